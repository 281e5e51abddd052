//! Functions' deployment packages: zips that come out the same on every machine.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::index;
use super::template::Templates;
use crate::model::{FunctionTemplate, Pack};
use crate::source::Diagnostic;

/// The largest zip that CreateFunction takes in a request, in bytes.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(super) const LARGEST_ZIP: usize = 50 * 1024 * 1024;
/// The most a package may hold once unpacked, in bytes.
pub(super) const LARGEST_UNPACKED: usize = 250 * 1024 * 1024;

/// A package, built once for all users.
pub(super) struct Zip {
    pub(super) bytes: Vec<u8>,
    /// SHA-256 as Lambda gives it.
    pub(super) sha256_base64: String,
    /// SHA-256 as the index has it.
    pub(super) sha256_hex: String,
}

/// What of a pack goes into a package: functions for which it is the same have one package.
pub(super) type Origin = Vec<String>;

/// Packages by where they come from.
pub(super) type Packages = BTreeMap<Origin, Arc<Zip>>;

/// Where a function's package comes from.
pub(super) fn origin(function: &FunctionTemplate) -> Origin {
    function.paths().map(str::to_owned).collect()
}

/// Builds the package of every function.
///
/// # Errors
/// Sources that are not in the pack or get in each other's way, packages that are too large.
pub(super) fn build(templates: &Templates<'_>) -> Result<Packages, Vec<Diagnostic>> {
    let mut packages = Packages::new();
    let mut findings = Vec::new();
    for (index, function) in templates.pack.functions.iter().enumerate() {
        let at = format!("/functions/{index}");
        let origin = origin(function);
        if !templates.pack.is_read(&at) || packages.contains_key(&origin) {
            continue;
        }
        match build_one(templates, function) {
            Ok(package) => {
                packages.insert(origin, Arc::new(package));
            }
            Err(finding) => {
                let first = function.source.first().map_or("", String::as_str);
                findings.push(templates.at_place(finding, &format!("{at}/source"), first));
            }
        }
    }
    if findings.is_empty() { Ok(packages) } else { Err(findings) }
}

/// A file's name in the package of a source; `None` for one that is not of it.
fn inside<'pack>(path: &'pack str, source: &str) -> Option<&'pack str> {
    match path.strip_prefix(source.trim_end_matches('/'))? {
        "" => path.rsplit('/').next(),
        rest => rest.strip_prefix('/'),
    }
}

/// The paths in the pack of a package's files, by their names in it; or two that would have one name.
fn paths<'pack>(
    files: &'pack BTreeMap<String, Arc<[u8]>>,
    function: &FunctionTemplate,
) -> Result<BTreeMap<&'pack str, &'pack str>, (&'pack str, [&'pack str; 2])> {
    let wanted = |name: &&str| {
        !name.split('/').any(|part| part == "__pycache__" || part.is_empty())
            && Path::new(name).extension().is_none_or(|extension| extension != "pyc")
    };
    let mut found = BTreeMap::new();
    for source in function.paths() {
        for path in files.keys() {
            let Some(name) = inside(path, source).filter(wanted) else { continue };
            if let Some(other) = found.insert(name, path.as_str()).filter(|other| other != path) {
                return Err((name, [other, path]));
            }
        }
    }
    Ok(found)
}

/// The path in the pack of a file of a function's package.
pub(super) fn path_of<'pack>(pack: &'pack Pack, function: &FunctionTemplate, name: &str) -> Option<&'pack str> {
    paths(&pack.files, function).ok()?.get(name).copied()
}

/// The files of a function's package by their names in it; none where two have one name.
pub(super) fn entries<'pack>(pack: &'pack Pack, function: &FunctionTemplate) -> BTreeMap<&'pack str, &'pack [u8]> {
    let paths = paths(&pack.files, function).unwrap_or_default();
    paths.into_iter().filter_map(|(name, path)| Some((name, pack.files.get(path)?.as_ref()))).collect()
}

fn build_one(templates: &Templates<'_>, function: &FunctionTemplate) -> Result<Zip, Diagnostic> {
    let pack = templates.pack;
    let paths = paths(&pack.files, function).map_err(|(name, [one, other])| {
        let message =
            format!("`{one}` and `{other}` would both be `{name}` in the package of function `{}`", function.name);
        Diagnostic::error("render::package-clash", message).help("rename one of the two, or leave its folder out")
    })?;
    let source = function.origin();
    if paths.is_empty() {
        return Err(Diagnostic::error("render::no-source", format!("the pack has no file or folder `{source}`"))
            .help("`source` is a path inside the pack, such as `lambda/order_validator.py`"));
    }
    let entries = entries(pack, function);
    let unpacked: usize = entries.values().map(|bytes| bytes.len()).sum();
    if unpacked > LARGEST_UNPACKED {
        return Err(too_large(&source, "unpacked", unpacked, LARGEST_UNPACKED));
    }
    let programs = paths.iter().filter(|(_, path)| pack.executables.contains(**path)).map(|(name, _)| *name).collect();
    let bytes = zipped(&entries, &programs)
        .map_err(|error| Diagnostic::error("render::package", format!("`{source}` cannot be packed: {error}")))?;
    if bytes.len() > LARGEST_ZIP {
        return Err(too_large(&source, "packed", bytes.len(), LARGEST_ZIP));
    }
    let digest = Sha256::digest(&bytes);
    Ok(Zip {
        sha256_base64: base64::engine::general_purpose::STANDARD.encode(digest),
        sha256_hex: index::hex(&digest),
        bytes,
    })
}

fn too_large(source: &str, how: &str, size: usize, limit: usize) -> Diagnostic {
    let mebibytes = |bytes: usize| bytes.div_ceil(1024 * 1024);
    let message = format!(
        "the package of `{source}` is too large: {} MiB {how}, and Lambda takes {} MiB",
        mebibytes(size),
        mebibytes(limit)
    );
    Diagnostic::error("render::package-too-large", message).help("leave out what the function does not need")
}

/// Entries in the order of their names, one time (1980-01-01) for all, one mode for programs (0755) and one for the rest
/// (0644), no folders.
fn zipped(entries: &BTreeMap<&str, &[u8]>, programs: &BTreeSet<&str>) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::DEFAULT);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let mode = if programs.contains(name) { 0o755 } else { 0o644 };
        writer.start_file(*name, options.unix_permissions(mode))?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> BTreeMap<String, Arc<[u8]>> {
        paths.iter().map(|path| ((*path).to_owned(), Arc::from(path.as_bytes()))).collect()
    }

    fn function(source: &[&str], shared: &[&str]) -> FunctionTemplate {
        serde_json::from_value(serde_json::json!({
            "name": "f", "source": source, "shared": shared, "handler": "a.b", "runtime": "python3.13", "role": "r",
            "timeout_seconds": "3", "memory_mib": "128",
        }))
        .unwrap()
    }

    #[test]
    fn a_file_goes_in_by_its_name_and_a_folder_by_what_is_in_it() {
        let files = files(&[
            "lambda/a.py",
            "lambda/b/b.py",
            "lambda/b/x/y.txt",
            "lambda/b2.py",
            "lambda/b/__pycache__/b.pyc",
            "common/u.py",
        ]);
        let names = |source: &[&str], shared: &[&str]| {
            paths(&files, &function(source, shared)).map(|found| found.into_keys().collect::<Vec<_>>())
        };
        assert_eq!(names(&["lambda/a.py"], &[]).unwrap(), ["a.py"]);
        assert_eq!(names(&["lambda/b"], &[]).unwrap(), ["b.py", "x/y.txt"]);
        assert_eq!(names(&["lambda/b/"], &[]).unwrap(), ["b.py", "x/y.txt"]);
        assert!(names(&["lambda/c"], &[]).unwrap().is_empty());
        assert_eq!(names(&["lambda/a.py", "lambda/b"], &["common"]).unwrap(), ["a.py", "b.py", "u.py", "x/y.txt"]);
        // The same file twice is one; two files of one name are none.
        assert_eq!(names(&["lambda/b", "lambda/b/b.py"], &["lambda/b"]).unwrap(), ["b.py", "x/y.txt"]);
        let mut more = files.clone();
        more.insert("common/b.py".to_owned(), Arc::from(*b"x"));
        let clash = paths(&more, &function(&["lambda/b"], &["common"]));
        assert_eq!(clash, Err(("b.py", ["lambda/b/b.py", "common/b.py"])));
    }

    /// A change here means that every function of every class is uploaded again.
    #[test]
    fn a_package_has_the_same_bytes_on_every_machine() {
        let text = b"def lambda_handler(event, context):\n    return event\n".repeat(20);
        let bytes = zipped(&BTreeMap::from([("handler.py", text.as_slice())]), &BTreeSet::new()).unwrap();
        assert_eq!(index::sha256(&bytes), "cfcf53b8deae455ab50ae1bf877292ed7402576fcb2a7b767a70e9fc5baf0189");
    }

    #[test]
    fn a_package_is_the_same_every_time_and_holds_no_clock() {
        let files = files(&["b.py", "a.py"]);
        let entries = BTreeMap::from([("a.py", files["a.py"].as_ref()), ("b.py", files["b.py"].as_ref())]);
        let programs = BTreeSet::from(["b.py"]);
        let bytes = zipped(&entries, &programs).unwrap();
        assert_eq!(bytes, zipped(&entries, &programs).unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(archive.len(), 2);
        for index in 0..archive.len() {
            let entry = archive.by_index(index).unwrap();
            assert_eq!(entry.name().unwrap(), ["a.py", "b.py"][index]);
            assert_eq!(entry.unix_mode().unwrap() & 0o777, [0o644, 0o755][index]);
            assert_eq!(entry.last_modified().unwrap().to_string(), "1980-01-01 00:00:00");
        }
    }
}
