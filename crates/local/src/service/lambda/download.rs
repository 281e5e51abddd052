//! A function's package to download, as `GetFunction` promises with `Code.Location`: an address that whoever was given it may
//! read, for ten minutes. <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html>

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::package::zip_of;
use super::seal;
use crate::random;

/// Where packages are read; the token follows.
pub(crate) const PATH: &str = "/_code/";

/// How long an address holds.
const HOLDS: Duration = Duration::from_mins(10);

/// Addresses that were given out.
#[derive(Default)]
pub(super) struct Downloads(Mutex<BTreeMap<String, (PathBuf, Instant)>>);

impl Downloads {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (PathBuf, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A path for an unpacked package. Those that no longer hold are forgotten.
    pub(super) fn offer(&self, folder: PathBuf) -> String {
        let token = random::hex::<16>();
        let now = Instant::now();
        let mut given = self.lock();
        given.retain(|_, (_, until)| *until > now);
        given.insert(token.clone(), (folder, now + HOLDS));
        format!("{PATH}{token}")
    }

    /// The zip behind a path, if it was given out and still holds.
    pub(super) fn take(&self, path: &str) -> Option<Vec<u8>> {
        let token = path.strip_prefix(PATH)?;
        let (folder, until) = self.lock().get(token).cloned()?;
        // The store of an earlier version has no zips.
        (until > Instant::now()).then(|| fs::read(zip_of(&folder)).or_else(|_| packed(&folder)).ok()).flatten()
    }
}

fn packed(folder: &Path) -> std::io::Result<Vec<u8>> {
    let mut files = seal::walk(folder)?.files;
    files.sort();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file);
        let mode = if seal::is_program(&file) { 0o755 } else { 0o644 };
        zip.start_file_from_path(name, SimpleFileOptions::default().unix_permissions(mode))?;
        zip.write_all(&fs::read(&file)?)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_was_offered_can_be_read_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("lambda-code/digest");
        fs::create_dir_all(folder.join("inside")).unwrap();
        let mut file = fs::File::create(folder.join("inside/handler.py")).unwrap();
        file.write_all(b"x = 1\n").unwrap();
        let downloads = Downloads::default();
        let path = downloads.offer(folder.clone());
        let mut zip = zip::ZipArchive::new(Cursor::new(downloads.take(&path).unwrap())).unwrap();
        let mut text = String::new();
        zip.by_name("inside/handler.py").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "x = 1\n");
        let kept = zip_of(&folder);
        fs::create_dir_all(kept.parent().unwrap()).unwrap();
        fs::File::create(&kept).unwrap().write_all(b"as it came").unwrap();
        assert_eq!(downloads.take(&path).unwrap(), b"as it came");
        assert!(downloads.take("/_code/0123").is_none() && downloads.take("/_code/").is_none());
    }
}
