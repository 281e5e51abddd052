//! What tests of several use cases stand on.

use std::fs;
use std::path::{Path, PathBuf};

/// Puts the smallest pack into a folder, as `tiny`.
pub(super) fn copy_tiny_pack(folder: &Path) {
    copy(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/packs/tiny"), &folder.join("tiny"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
