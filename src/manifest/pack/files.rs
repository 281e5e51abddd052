use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::host;
use crate::model::{Diagnostic, Diagnostics};

/// What a pack's folder holds.
#[derive(Default)]
pub(super) struct Files {
    /// By `/`-separated path inside the folder.
    pub(super) files: BTreeMap<String, Arc<[u8]>>,
    /// Those that are programs.
    pub(super) executables: BTreeSet<String>,
}

/// Every file of a pack's folder. Hidden files, `__pycache__` and `*.pyc` are no part of a pack.
///
/// What cannot be read is left out and told.
pub(super) fn read(folder: &Path) -> (Files, Diagnostics) {
    let mut files = Files::default();
    let mut findings = Diagnostics::default();
    collect(folder, "", &mut files, &mut findings);
    (files, findings)
}

fn collect(folder: &Path, prefix: &str, files: &mut Files, findings: &mut Diagnostics) {
    let mut refuse = |path: &Path, why: &str, help: &str| {
        let message = format!("cannot read `{}`: {why}", path.display());
        findings.push(Diagnostic::error("pack::unreadable", message).help(help));
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            refuse(folder, &error.to_string().to_lowercase(), "check that the folder is there and may be read");
            return;
        }
    };
    let mut folders = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            refuse(&path, "its name is not UTF-8", "rename it");
            continue;
        };
        let compiled = path.extension().is_some_and(|extension| extension == "pyc");
        if name.starts_with('.') || name == "__pycache__" || compiled {
            continue;
        }
        let inner = format!("{prefix}{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => folders.push((path, format!("{inner}/"))),
            Ok(kind) if kind.is_file() => match host::read(&path, host::LARGEST_TEXT) {
                Ok(bytes) => {
                    if entry.metadata().is_ok_and(|about| is_program(&about)) {
                        files.executables.insert(inner.clone());
                    }
                    files.files.insert(inner, Arc::from(bytes));
                }
                Err(error) => refuse(&path, &error.to_string().to_lowercase(), "check that it may be read"),
            },
            // What a link leads to could be anywhere on the disk, and would go to the students.
            Ok(kind) if kind.is_symlink() => {
                refuse(
                    &path,
                    "it is a symbolic link, which a pack does not follow",
                    "put the file itself into the pack",
                );
            }
            Ok(_) => refuse(&path, "it is neither a file nor a folder", "put the file itself into the pack"),
            Err(error) => refuse(&path, &error.to_string().to_lowercase(), "check that it may be read"),
        }
    }
    for (path, prefix) in folders {
        collect(&path, &prefix, files, findings);
    }
}

/// Whether the file's owner may run it; elsewhere than on Unix nobody says.
#[cfg(unix)]
fn is_program(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_program(_: &fs::Metadata) -> bool {
    false
}
