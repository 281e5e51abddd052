//! Zip packages: looked at, unpacked, digested.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Cursor, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::seal;
use crate::store::files::{CODE, ZIPS};
use crate::wire::Fault;

/// The largest zip the API takes. <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LARGEST_ZIP: usize = 50 << 20;

/// The largest unpacked package.
const LARGEST_UNPACKED: u64 = 250 << 20;

/// The endpoint's own limits, so that no package can exhaust the host: how deep an entry may lie, and how many there may
/// be (the most that a zip without extensions counts).
const DEEPEST: usize = 64;
const MOST_ENTRIES: usize = 65_535;

/// A package that was unpacked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Package {
    /// Of the zip, base64.
    pub(super) sha256: String,
    /// The zip's bytes.
    pub(super) size: usize,
    /// Whether a source file mentions boto3.
    pub(super) wants_boto3: bool,
}

impl Package {
    /// Reads the `ZipFile` member and unpacks it below `folder`, once per content.
    ///
    /// # Errors
    /// `InvalidParameterValueException`, `RequestEntityTooLargeException` in AWS's words; `ServiceException` when the
    /// folder cannot be written.
    pub(super) fn unpack(zip_file: &str, folder: &Path, operation: &str) -> Result<Self, Fault> {
        let zip = STANDARD.decode(zip_file).map_err(|_| unreadable())?;
        if zip.len() > LARGEST_ZIP {
            let message = format!("Request must be smaller than 70167211 bytes for the {operation} operation");
            return Err(Fault::client("RequestEntityTooLargeException", message).status(413));
        }
        let sha256 = STANDARD.encode(Sha256::digest(&zip));
        let mut package = Self { sha256, size: zip.len(), wants_boto3: false };
        let target = folder.join(package.folder());
        if !is_unpacked(&zip, &target)? {
            let root = target.parent().unwrap_or(folder);
            fs::create_dir_all(root).map_err(|error| cannot_write(root, &error))?;
            let temporary = || tempfile::Builder::new().prefix("new-").tempdir_in(root);
            let fresh = temporary().map_err(|error| cannot_write(root, &error))?;
            unpack_all(&zip, fresh.path())?;
            seal::seal(fresh.path()).map_err(|error| cannot_write(fresh.path(), &error))?;
            // What was changed since it was unpacked makes way.
            if target.is_dir() {
                let changed = temporary().map_err(|error| cannot_write(root, &error))?.keep();
                if fs::rename(&target, &changed).is_ok() {
                    let _ = seal::remove(&changed);
                }
            }
            // Two requests with one package may meet here; either result will do.
            let fresh = fresh.keep();
            if fs::rename(&fresh, &target).is_err() {
                let _ = seal::remove(&fresh);
            }
        }
        keep_zip(&zip, &zip_of(&target))?;
        package.wants_boto3 = mentions_boto3(&target);
        Ok(package)
    }

    /// Where it is unpacked, below the endpoint's folder.
    pub(super) fn folder(&self) -> PathBuf {
        Path::new(CODE).join(self.sha256.replace('/', "_").replace('+', "-").trim_end_matches('='))
    }
}

/// Where the zip is that a folder was unpacked from: what is downloaded is what was uploaded, byte for byte, and has its digest.
pub(super) fn zip_of(unpacked: &Path) -> PathBuf {
    let name = unpacked.file_name().unwrap_or_default();
    let root = unpacked.parent().and_then(Path::parent).unwrap_or(unpacked);
    root.join(ZIPS).join(name).with_extension("zip")
}

fn keep_zip(zip: &[u8], path: &Path) -> Result<(), Fault> {
    if path.is_file() {
        return Ok(());
    }
    let keep = || {
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(zip)?;
        file.persist(path).map_err(|error| error.error)
    };
    keep().map(drop).map_err(|error| cannot_write(path, &error))
}

fn unpack_all(zip: &[u8], folder: &Path) -> Result<(), Fault> {
    each_entry(zip, |path, content| {
        let path = folder.join(path);
        let Some(content) = content else {
            return fs::create_dir_all(&path).map_err(|error| cannot_write(&path, &error));
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| cannot_write(parent, &error))?;
        }
        write(&path, &content).map_err(|error| cannot_write(&path, &error))
    })
}

/// A file of a package.
struct Content {
    bytes: Vec<u8>,
    /// Its owner may run it.
    program: bool,
}

impl Content {
    fn is_at(&self, path: &Path) -> bool {
        seal::is_program(path) == self.program && fs::read(path).is_ok_and(|there| there == self.bytes)
    }
}

/// Whether a folder holds just what a zip holds.
fn is_unpacked(zip: &[u8], folder: &Path) -> Result<bool, Fault> {
    let Ok(found) = seal::walk(folder) else { return Ok(false) };
    let mut unchecked: BTreeSet<PathBuf> = found.files.into_iter().chain(found.folders).chain(found.others).collect();
    let mut same = true;
    each_entry(zip, |path, content| {
        let path = folder.join(path);
        same &= match content {
            None => path.is_dir(),
            Some(content) => unchecked.contains(&path) && content.is_at(&path),
        };
        for known in path.ancestors().take_while(|known| known.starts_with(folder)) {
            unchecked.remove(known);
        }
        Ok(())
    })?;
    Ok(same && unchecked.is_empty())
}

/// Goes through a zip: a path below the package's folder, and a file's content.
fn each_entry(zip: &[u8], mut visit: impl FnMut(&Path, Option<Content>) -> Result<(), Fault>) -> Result<(), Fault> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|_| unreadable())?;
    check_shape(&archive)?;
    let mut left = LARGEST_UNPACKED;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| unreadable())?;
        // A path that would leave the folder makes the package unreadable as a whole.
        let path = entry.enclosed_name().ok_or_else(unreadable)?;
        if entry.is_symlink() {
            let message = format!("the local endpoint does not offer symbolic links in packages: `{}`", path.display());
            return Err(Fault::client("NotImplemented", message).status(501));
        }
        if entry.is_dir() {
            visit(&path, None)?;
            continue;
        }
        // The size in the directory of the zip may lie; what comes out is counted.
        let program = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        let mut bytes = Vec::new();
        entry.take(left + 1).read_to_end(&mut bytes).map_err(|_| unreadable())?;
        left = left.checked_sub(bytes.len() as u64).ok_or_else(too_large)?;
        visit(&path, Some(Content { bytes, program }))?;
    }
    Ok(())
}

/// Refuses what cannot be a package before anything of it is written.
fn check_shape(archive: &ZipArchive<Cursor<&[u8]>>) -> Result<(), Fault> {
    let refused = |reason: String| Err(Fault::client("InvalidParameterValueException", reason));
    if archive.is_empty() {
        return refused("Uploaded file must be a non-empty zip".to_owned());
    }
    if archive.len() > MOST_ENTRIES {
        return refused(format!(
            "the local endpoint takes packages of at most {MOST_ENTRIES} entries; this one has {}",
            archive.len()
        ));
    }
    for name in archive.file_names() {
        let name = name.map_err(|_| unreadable())?;
        // Some writers separate with `\\`.
        if name.split(['/', '\\']).count() > DEEPEST {
            let start: String = name.chars().take(60).collect();
            return refused(format!(
                "the local endpoint takes packages of at most {DEEPEST} nested folders; `{start}…` lies deeper"
            ));
        }
    }
    Ok(())
}

fn write(path: &Path, content: &Content) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(&content.bytes)?;
    if content.program { file.set_permissions(Permissions::from_mode(0o755)) } else { Ok(()) }
}

fn mentions_boto3(folder: &Path) -> bool {
    let files = seal::walk(folder).map(|found| found.files).unwrap_or_default();
    files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .any(|path| fs::read(path).is_ok_and(|text| text.windows(5).any(|window| window == b"boto3")))
}

/// Makes the packages in an endpoint's folder read-only, for as long as handlers may run.
pub(super) fn seal_packages(folder: &Path) {
    // What cannot be sealed is found changed, or as it should be, when it is used again.
    for package in fs::read_dir(folder.join(CODE)).into_iter().flatten().flatten() {
        let _ = seal::seal(&package.path());
    }
}

/// Lets the packages in an endpoint's folder be deleted by anybody who may delete the folder.
pub(crate) fn open_packages(folder: &Path) {
    let _ = seal::open(&folder.join(CODE));
}

fn unreadable() -> Fault {
    Fault::client(
        "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    )
}

fn too_large() -> Fault {
    let message = format!("Unzipped size must be smaller than {LARGEST_UNPACKED} bytes");
    Fault::client("InvalidParameterValueException", message)
}

fn cannot_write(path: &Path, error: &io::Error) -> Fault {
    let message = format!("the local endpoint cannot write `{}`: {error}", path.display());
    Fault::client("ServiceException", message).status(500)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{Package, open_packages, seal_packages};
    use crate::service::lambda::tests::zip;

    #[test]
    fn a_package_is_unpacked_once_per_content() {
        let folder = tempfile::tempdir().unwrap();
        let zip = zip(&[("app.py", "import boto3"), ("lib/more.py", "")]);
        let package = Package::unpack(&zip, folder.path(), "CreateFunction").unwrap();
        assert!(package.wants_boto3);
        assert!(folder.path().join(package.folder()).join("lib/more.py").is_file());
        assert_eq!(Package::unpack(&zip, folder.path(), "CreateFunction").unwrap(), package);
        let entries = std::fs::read_dir(folder.path().join("lambda-code")).unwrap().count();
        assert_eq!(entries, 1, "nothing temporary is left");
        let kept = std::fs::read(super::zip_of(&folder.path().join(package.folder()))).unwrap();
        assert_eq!(STANDARD.encode(kept), zip, "what is downloaded is what was uploaded");
    }

    #[test]
    fn an_unpacked_package_is_read_only_until_the_endpoint_stops() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let package = Package::unpack(&zip(&[("lib/app.py", "")]), folder.path(), "CreateFunction").unwrap();
        let code = folder.path().join(package.folder());
        let modes = || ["", "lib", "lib/app.py"].map(|path| code.join(path).metadata().unwrap().permissions().mode());
        let sealed = [0o40555, 0o40555, 0o100_444];
        assert_eq!(modes(), sealed);
        open_packages(folder.path());
        assert_eq!(modes()[..2], [0o40755, 0o40755]);
        seal_packages(folder.path());
        assert_eq!(modes(), sealed);
        open_packages(folder.path());
    }

    #[test]
    fn programs_stay_programs() {
        use std::io::Write as _;
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let zip = |modes: [u32; 3]| {
            let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            for (name, mode) in [".hidden", "app.py", "bin/tool.sh"].into_iter().zip(modes) {
                let options = zip::write::SimpleFileOptions::default().unix_permissions(mode);
                writer.start_file(name, options).unwrap();
                writer.write_all(b"#!/bin/sh\n").unwrap();
            }
            STANDARD.encode(writer.finish().unwrap().into_inner())
        };
        for modes in [[0o644, 0o644, 0o755], [0o755, 0o600, 0o700]] {
            let package = Package::unpack(&zip(modes), folder.path(), "CreateFunction").unwrap();
            let found = [".hidden", "app.py", "bin/tool.sh"].map(|name| {
                let path = folder.path().join(package.folder()).join(name);
                path.metadata().unwrap().permissions().mode() & 0o777
            });
            assert_eq!(found, modes.map(|mode| if mode & 0o100 == 0 { 0o444 } else { 0o555 }));
        }
        open_packages(folder.path());
    }

    #[test]
    fn a_package_that_was_changed_is_unpacked_again() {
        use std::fs;
        let folder = tempfile::tempdir().unwrap();
        let zip = zip(&[("app.py", "right"), ("lib/more.py", "more")]);
        let unpack = || Package::unpack(&zip, folder.path(), "CreateFunction").unwrap();
        let code = folder.path().join(unpack().folder());
        let change: [fn(&std::path::Path); 3] = [
            |code| fs::rename(code.join("lib/more.py"), code.join("app.py")).unwrap(),
            |code| drop(fs::File::create(code.join("lib/json.py")).unwrap()),
            |code| std::os::unix::fs::symlink("/etc", code.join("etc")).unwrap(),
        ];
        for change in change {
            open_packages(folder.path());
            change(&code);
            unpack();
            let names = |folder: &std::path::Path| fs::read_dir(folder).unwrap().count();
            assert_eq!(fs::read_to_string(code.join("app.py")).unwrap(), "right");
            assert_eq!((names(&code), names(&code.join("lib")), names(code.parent().unwrap())), (2, 1, 1));
        }
        open_packages(folder.path());
    }

    #[test]
    fn a_path_that_leaves_the_folder_is_refused_and_nothing_is_left() {
        for name in ["../escape.py", "/escape.py", "a/../../escape.py"] {
            let folder = tempfile::tempdir().unwrap();
            let inner = folder.path().join("inner");
            std::fs::create_dir(&inner).unwrap();
            let result = Package::unpack(&zip(&[(name, "x")]), &inner, "CreateFunction");
            // An absolute name is taken as relative by some writers of zips; either way nothing may escape.
            if name.contains("..") {
                assert!(result.unwrap_err().message.starts_with("Could not unzip"), "{name}");
            }
            assert!(!folder.path().join("escape.py").exists() && !inner.join("escape.py").exists(), "{name}");
        }
    }

    #[test]
    fn a_package_that_is_too_deep_is_refused_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let unpack = |depth: usize| {
            let name = "a/".repeat(depth) + "x.py";
            Package::unpack(&zip(&[(&name, "import boto3")]), folder.path(), "CreateFunction")
        };
        assert!(unpack(63).unwrap().wants_boto3);
        for depth in [64, 2000] {
            let fault = unpack(depth).unwrap_err();
            assert_eq!(fault.code, "InvalidParameterValueException");
            assert!(fault.message.contains("at most 64 nested folders; `a/a/"), "{}", fault.message);
        }
        assert_eq!(std::fs::read_dir(folder.path().join("lambda-code")).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_zip_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "%%%", &STANDARD.encode("no zip at all")] {
            let fault = Package::unpack(text, folder.path(), "CreateFunction").unwrap_err();
            assert_eq!(fault.code, "InvalidParameterValueException");
            assert!(fault.message.starts_with("Could not unzip uploaded file."), "{}", fault.message);
        }
    }
}
