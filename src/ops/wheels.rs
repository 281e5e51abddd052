//! The wheels of functions with requirements: fetched once by pip, kept in the user's cache, and put beside the pack's own files.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::local::runtime::find_python;
use crate::model::requirements::{self, Requirement, normalized};
use crate::model::{FunctionTemplate, Lab, Pack, hexadecimal};
use crate::source::{Diagnostic, Diagnostics, SourceText, Span};
use crate::{host, render};

/// What stands behind a requirements file's name where its wheels are folders of the pack.
const INSIDE: char = '!';

/// What an operating system's part of a wheel's name is for Lambda. <https://docs.aws.amazon.com/lambda/latest/dg/python-package.html>
const PLATFORMS: [(&str, &str); 2] = [("x86_64", "manylinux2014_x86_64"), ("arm64", "manylinux2014_aarch64")];

/// A wheel's name and content.
type Wheel = (String, Vec<u8>);

/// The lab with what its functions require; the lab itself where they require nothing.
///
/// # Errors
/// What cannot be fetched, and wheels that are for one platform, each at its requirement.
pub(crate) fn with(lab: &Lab) -> Result<Cow<'_, Lab>, Diagnostics> {
    let mut wanted: BTreeMap<&String, BTreeSet<(String, &str)>> = BTreeMap::new();
    for function in &lab.pack.functions {
        let Some(file) = &function.requirements else { continue };
        let runtimes = render::runtimes_of(lab, function);
        if let (Some(other), Some(required)) =
            (runtimes.iter().find(|runtime| !runtime.starts_with("python")), Required::of(&lab.pack, file))
        {
            let message = format!("function `{}` runs on {other}, and requirements are Python's", function.name);
            let help = "leave `requirements` out there; what the function imports lies in its folder";
            return Err(Diagnostics(vec![required.finding("pack::requirement", "", message, help)]));
        }
        let architecture = function.architecture.as_deref().unwrap_or("x86_64");
        let versions = runtimes.into_iter();
        let versions = versions.filter_map(|runtime| Some(runtime.strip_prefix("python")?.to_owned()));
        wanted.entry(file).or_default().extend(versions.map(|version| (version, architecture)));
    }
    if wanted.is_empty() {
        return Ok(Cow::Borrowed(lab));
    }
    let mut findings = Diagnostics::default();
    let mut own = lab.clone();
    for (file, runtimes) in wanted {
        match unpacked(&lab.pack, file, &runtimes) {
            Ok(files) => add(&mut own.pack, file, files),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.has_errors() { Err(findings) } else { Ok(Cow::Owned(own)) }
}

/// Puts files into the pack below a folder that its functions share.
fn add(pack: &mut Pack, file: &str, files: BTreeMap<String, Vec<u8>>) {
    let folder = format!("{file}{INSIDE}");
    pack.files.extend(files.into_iter().map(|(path, bytes)| (format!("{folder}/{path}"), Arc::from(bytes))));
    let of_file = |it: &&mut FunctionTemplate| it.requirements.as_deref() == Some(file);
    pack.functions.iter_mut().filter(of_file).for_each(|function| function.shared.push(folder.clone()));
}

/// A requirements file, for what is to be said of it.
struct Required<'pack> {
    bytes: &'pack [u8],
    source: Arc<SourceText>,
    all: Vec<Requirement>,
    /// Whether every line is a requirement of which pip has nothing to choose.
    is_sound: bool,
    /// The wheels that lie in the pack, in `wheels/` beside the file.
    brought: Vec<Wheel>,
}

impl<'pack> Required<'pack> {
    fn of(pack: &'pack Pack, file: &str) -> Option<Self> {
        let bytes = pack.files.get(file)?.as_ref();
        let source = SourceText::new(pack.display_path(file), std::str::from_utf8(bytes).ok()?);
        let read = requirements::parse(&source.text);
        let is_sound = read.iter().all(|one| one.as_ref().is_ok_and(Requirement::is_fixed));
        let all = read.into_iter().flatten().collect();
        let folder =
            file.rsplit_once('/').map_or_else(|| "wheels/".to_owned(), |(folder, _)| format!("{folder}/wheels/"));
        let brought = pack.files.iter().filter_map(|(path, bytes)| {
            let name = path.strip_prefix(&folder).filter(|name| !name.contains('/'))?;
            Path::new(name).extension().filter(|extension| *extension == "whl")?;
            Some((name.to_owned(), bytes.to_vec()))
        });
        let brought = brought.collect();
        Some(Self { bytes, source, all, is_sound, brought })
    }

    /// The wheels that the pack brings, if they are all that is required.
    ///
    /// # Errors
    /// One that is not the wheel of any line.
    fn brought(&self) -> Result<Option<Vec<Wheel>>, Diagnostic> {
        if let Some((name, _)) = self.brought.iter().find(|(_, bytes)| !self.has(bytes)) {
            let message = format!("`wheels/{name}` has a hash that no line names");
            return Err(self.finding(
                "pack::requirement",
                name,
                message,
                "write its hash into its line, or take it out",
            ));
        }
        let digests: Vec<String> = self.brought.iter().map(|(_, bytes)| hexadecimal(&Sha256::digest(bytes))).collect();
        let is_whole = self.all.iter().all(|one| digests.iter().any(|digest| one.hashes.contains(digest)));
        Ok(is_whole.then(|| self.brought.clone()).filter(|wheels| !wheels.is_empty()))
    }

    /// A finding at the requirement that a text is about; at the file's beginning where it is about none.
    fn finding(&self, code: &'static str, about: &str, message: String, help: &str) -> Diagnostic {
        let about = normalized(about);
        let at = self
            .all
            .iter()
            .find(|one| about.starts_with(&one.name))
            .map_or(Span { offset: 0, length: 1 }, |one| one.at);
        Diagnostic::error(code, message).at(&self.source, at).help(help)
    }

    fn has(&self, wheel: &[u8]) -> bool {
        let digest = hexadecimal(&Sha256::digest(wheel));
        self.all.iter().any(|one| one.hashes.contains(&digest))
    }
}

/// The files of all wheels, which must be the same for every runtime.
fn unpacked(
    pack: &Pack,
    file: &str,
    runtimes: &BTreeSet<(String, &str)>,
) -> Result<BTreeMap<String, Vec<u8>>, Diagnostic> {
    // What is wrong with the file itself is told where the pack is checked; pip would only stumble over it.
    let Some(required) = Required::of(pack, file).filter(|required| required.is_sound) else {
        return Ok(BTreeMap::new());
    };
    let mut fetched: Option<Vec<Wheel>> = None;
    for (version, architecture) in runtimes {
        let wheels = wheels(&required, version, architecture)?;
        if fetched.as_ref().is_some_and(|known| *known != wheels) {
            let message =
                format!("`{file}` gives other wheels for Python {version} than for another runtime of the class");
            return Err(required.finding(
                "pack::requirement",
                "",
                message,
                "give all users one runtime, or pin what all of them take",
            ));
        }
        fetched = Some(wheels);
    }
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, bytes) in fetched.unwrap_or_default() {
        if !name.ends_with("-none-any.whl") {
            let platform = name.rsplit('-').next().unwrap_or_default().trim_end_matches(".whl");
            let message = format!("`{name}` is for {platform}, and packages take pure Python wheels");
            let help = "pin a version that has a wheel for any platform (`…-none-any.whl`), or bring it in a layer";
            return Err(required.finding("pack::platform-wheel", &name, message, help));
        }
        let unpacked = render::unpack_wheel(&bytes).map_err(|error| {
            required.finding(
                "pack::requirement",
                &name,
                format!("`{name}` is no wheel: {error}"),
                "pin another version",
            )
        })?;
        files.extend(unpacked);
    }
    Ok(files)
}

/// The wheels for one runtime: from the cache, else by pip.
fn wheels(required: &Required<'_>, version: &str, architecture: &str) -> Result<Vec<Wheel>, Diagnostic> {
    if let Some(brought) = required.brought()? {
        return Ok(brought);
    }
    let platform =
        PLATFORMS.iter().find(|(name, _)| *name == architecture).map_or("manylinux2014_x86_64", |(_, it)| *it);
    let digest = Sha256::new_with_prefix(required.bytes).chain_update(format!(" {version} {platform}")).finalize();
    let key = hexadecimal(&digest);
    let cannot = |what: &str, path: &Path, error: &std::io::Error| {
        let message = format!("cannot {what} `{}`: {}", path.display(), error.to_string().to_lowercase());
        required.finding(
            "pack::requirement",
            "",
            message,
            "wheels are kept in the cache folder: XDG_CACHE_HOME, else `~/.cache`",
        )
    };
    let cache = cache();
    let folder = cache.join(&key);
    if let Ok(kept) = read(&folder)
        && !kept.is_empty()
        && kept.iter().all(|(_, bytes)| required.has(bytes))
    {
        return Ok(kept);
    }
    fs::create_dir_all(&cache).map_err(|error| cannot("make", &cache, &error))?;
    let fresh = tempfile::Builder::new().prefix("fetching-").tempdir_in(&cache);
    let fresh = fresh.map_err(|error| cannot("write to", &cache, &error))?;
    download(required, fresh.path(), version, platform)?;
    let fetched = read(fresh.path()).map_err(|error| cannot("read", fresh.path(), &error))?;
    // Another labctl may have been first, or what was there was broken.
    let _ = fs::remove_dir_all(&folder);
    let _ = fs::rename(fresh.path(), &folder);
    Ok(fetched)
}

/// The folder of all wheels. <https://specifications.freedesktop.org/basedir/latest/>
fn cache() -> PathBuf {
    let own = host::env("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || host::env("HOME").map(|home| Path::new(&home).join(".cache"));
    own.or_else(home).unwrap_or_else(std::env::temp_dir).join("labctl/wheels")
}

/// Every wheel of a folder, by name.
fn read(folder: &Path) -> std::io::Result<Vec<Wheel>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_some_and(|extension| extension == "whl") {
            found.push((name, host::read(&path, host::LARGEST_FILE)?));
        }
    }
    found.sort();
    Ok(found)
}

/// Has pip put wheels into a folder. Its environment (PIP_INDEX_URL, PIP_FIND_LINKS, PIP_NO_INDEX) says where from.
/// <https://pip.pypa.io/en/stable/cli/pip_download/>
fn download(required: &Required<'_>, folder: &Path, version: &str, platform: &str) -> Result<(), Diagnostic> {
    let failed = |why: &str, said: &str| {
        let mut words = said.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
        let about = words.find(|word| required.all.iter().any(|one| one.name == normalized(word)));
        let message = format!("pip cannot fetch the wheels for Python {version}: {why}");
        let help = "wheels are fetched once, by `python3 -m pip download`, and kept: connect, or correct the line";
        required.finding("pack::requirement", about.unwrap_or_default(), message, help)
    };
    let python = find_python(None).ok_or_else(|| failed("there is no `python3` on the PATH", ""))?;
    let list = folder.join("requirements.txt");
    host::write_atomic(&list, required.bytes).map_err(|error| failed(&error.to_string(), ""))?;
    let ran = Command::new(&python.path)
        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"])
        .args(["--only-binary", ":all:", "--implementation", "cp", "--python-version", version, "--platform", platform])
        .arg("--dest")
        .arg(folder)
        .arg("--requirement")
        .arg(&list)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(&error.to_string(), ""))?;
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    let errors = said.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("WARNING"));
    let line = errors.clone().find(|line| line.starts_with("ERROR")).or_else(|| errors.clone().next_back());
    Err(failed(line.unwrap_or("it said nothing").trim_start_matches("ERROR: ").trim(), &said))
}
