//! Unpacked packages are read-only while the endpoint runs, as `/var/task` is: no handler can change its code for the
//! others that share it. When the endpoint stops the folders may be deleted again by anybody who may delete the store.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Makes a folder and everything in it read-only; programs stay programs.
pub(super) fn seal(folder: &Path) -> io::Result<()> {
    let found = walk(folder)?;
    for file in found.files {
        let mode = if is_program(&file) { 0o555 } else { 0o444 };
        fs::set_permissions(file, Permissions::from_mode(mode))?;
    }
    found.folders.into_iter().try_for_each(|folder| fs::set_permissions(folder, Permissions::from_mode(0o555)))
}

/// Whether a file's owner may run it.
pub(super) fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o100 != 0)
}

/// Makes the folders in a folder, and itself, writable.
pub(super) fn open(folder: &Path) -> io::Result<()> {
    // From the top, so that each can be looked into.
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(())
}

/// Deletes a sealed folder.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    open(folder)?;
    fs::remove_dir_all(folder)
}

/// What is in a folder, at any depth.
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    /// With the folder itself.
    pub(super) folders: Vec<PathBuf>,
    /// Neither; nothing that a package brought.
    pub(super) others: Vec<PathBuf>,
}

/// Looks through a folder without following links.
pub(super) fn walk(folder: &Path) -> io::Result<Found> {
    let mut found = Found { files: Vec::new(), folders: Vec::new(), others: Vec::new() };
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.files.push(entry.path());
            } else {
                found.others.push(entry.path());
            }
        }
        found.folders.push(folder);
    }
    Ok(found)
}
