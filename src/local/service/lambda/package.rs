//! Zip packages: looked at, unpacked, digested.

use std::fs::{self, File};
use std::io::{self, Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use crate::local::wire::Fault;

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
        if !target.is_dir() {
            let root = target.parent().unwrap_or(folder);
            fs::create_dir_all(root).map_err(|error| cannot_write(root, &error))?;
            let fresh = tempfile::Builder::new().prefix("new-").tempdir_in(root);
            let fresh = fresh.map_err(|error| cannot_write(root, &error))?;
            unpack_all(&zip, fresh.path())?;
            // Two requests with one package may meet here; either result will do.
            let fresh = fresh.keep();
            if fs::rename(&fresh, &target).is_err() {
                let _ = fs::remove_dir_all(&fresh);
            }
        }
        package.wants_boto3 = mentions_boto3(&target);
        Ok(package)
    }

    /// Where it is unpacked, below the endpoint's folder.
    pub(super) fn folder(&self) -> PathBuf {
        Path::new("lambda-code").join(self.sha256.replace('/', "_").replace('+', "-").trim_end_matches('='))
    }
}

fn unpack_all(zip: &[u8], folder: &Path) -> Result<(), Fault> {
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
        let path = folder.join(path);
        if entry.is_dir() {
            fs::create_dir_all(&path).map_err(|error| cannot_write(&path, &error))?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| cannot_write(parent, &error))?;
        }
        // The size in the directory of the zip may lie; what comes out is counted.
        let mut content = Vec::new();
        entry.take(left + 1).read_to_end(&mut content).map_err(|_| unreadable())?;
        left = left.checked_sub(content.len() as u64).ok_or_else(too_large)?;
        write(&path, &content).map_err(|error| cannot_write(&path, &error))?;
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

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    File::create(path)?.write_all(content)
}

fn mentions_boto3(folder: &Path) -> bool {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py")
                && fs::read(&path).is_ok_and(|text| text.windows(5).any(|window| window == b"boto3"))
            {
                return true;
            }
        }
    }
    false
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

    use super::Package;
    use crate::local::service::lambda::tests::zip;

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
