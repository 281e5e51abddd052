//! The host's python3.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A python3 that starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// The interpreter itself, also when a launcher was found first.
    pub path: PathBuf,
    /// `3.13.1`.
    pub version: String,
}

/// What was found on the path, if it was looked for.
static ON_THE_PATH: OnceLock<Python> = OnceLock::new();

/// The first on the path.
pub(super) const ANY: &str = "python3";

/// Finds the python3 that would run handlers: the one given, or the first on the path. `None` when none starts.
/// Starts it once, so this takes some ten milliseconds; a launcher, such as pyenv's, takes a hundred. What is on the path is looked for
/// once.
pub fn find_python(given: Option<&Path>) -> Option<Python> {
    if let Some(given) = given {
        return ask(given);
    }
    let found = ON_THE_PATH.get().cloned().or_else(|| ask(Path::new(ANY)))?;
    Some(ON_THE_PATH.get_or_init(|| found).clone())
}

/// The interpreter itself, where it is known to which one this leads: it starts sooner than what launches it.
pub(super) fn without_launcher(python: &Path) -> PathBuf {
    let known = ON_THE_PATH.get().filter(|_| python == Path::new(ANY));
    known.map_or_else(|| python.to_owned(), |known| known.path.clone())
}

fn ask(python: &Path) -> Option<Python> {
    let program = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";
    let output = Command::new(python)
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
        assert_eq!(super::without_launcher(Path::new("python3")), python.path);
        assert_eq!(super::without_launcher(Path::new("/other/python3")), Path::new("/other/python3"));
    }

    #[test]
    fn what_does_not_start_is_none() {
        assert_eq!(find_python(Some(Path::new("/nowhere/python3"))), None);
    }
}
