//! The host's python3.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A python3 that starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// The interpreter itself, also when a launcher was found first.
    pub path: PathBuf,
    /// `3.13.1`.
    pub version: String,
}

/// Finds the python3 that would run handlers: the one given, or the first on the path. `None` when none starts.
/// Starts it once, so this takes some ten milliseconds.
pub fn find_python(given: Option<&Path>) -> Option<Python> {
    let program = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";
    let output = Command::new(given.unwrap_or_else(|| Path::new("python3")))
        .args(["-c", program])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (version, path) = text.trim_end().split_once('\n')?;
    Some(Python { path: PathBuf::from(path), version: version.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::find_python;

    #[test]
    fn the_python_on_the_path_is_found() {
        let python = find_python(None).expect("the project needs python3");
        assert!(python.version.starts_with("3."), "{python:?}");
        assert!(python.path.is_absolute());
    }

    #[test]
    fn what_does_not_start_is_none() {
        assert_eq!(find_python(Some(Path::new("/nowhere/python3"))), None);
    }
}
