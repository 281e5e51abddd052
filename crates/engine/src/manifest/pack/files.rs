use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::host;
use crate::source::{Diagnostic, Diagnostics};

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
/// What cannot be read is left out and told, and so are hidden files that are no tool's.
pub(super) fn read(folder: &Path) -> (Files, Diagnostics) {
    let mut files = Files::default();
    let mut findings = Diagnostics::default();
    let mut hidden = Vec::new();
    collect(folder, "", &mut files, &mut hidden, &mut findings);
    if !hidden.is_empty() {
        hidden.sort();
        let named: Vec<String> = hidden.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
        let more = hidden.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!("hidden files are no part of a pack and of no package: {}{more}", named.join(", "));
        let help = "a file that a handler reads needs a name without the dot in front; others may stay";
        findings.push(Diagnostic::warning("pack::hidden-file", message).help(help));
    }
    (files, findings)
}

/// Hidden files that are named before the rest is counted.
const NAMED: usize = 5;

/// What editors, file managers and tools keep in a folder: nobody misses it in a package.
const OF_TOOLS: [&str; 14] = [
    ".DS_Store",
    ".direnv",
    ".editorconfig",
    ".git",
    ".gitattributes",
    ".gitignore",
    ".gitkeep",
    ".idea",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    ".vs",
    ".vscode",
];

fn collect(folder: &Path, prefix: &str, files: &mut Files, hidden: &mut Vec<String>, findings: &mut Diagnostics) {
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
        let inner = format!("{prefix}{name}");
        if name.starts_with('.') && !OF_TOOLS.contains(&name.as_str()) {
            hidden.push(inner);
            continue;
        }
        if name.starts_with('.') || name == "__pycache__" || compiled {
            continue;
        }
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
            // A FIFO, a device or a socket: which one is said.
            Ok(kind) => {
                let why = host::refuse_kind(kind).err().map(|error| error.to_string()).unwrap_or_default();
                refuse(&path, &why, "put the file itself into the pack");
            }
            Err(error) => refuse(&path, &error.to_string().to_lowercase(), "check that it may be read"),
        }
    }
    for (path, prefix) in folders {
        collect(&path, &prefix, files, hidden, findings);
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
