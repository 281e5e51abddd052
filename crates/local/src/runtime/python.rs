//! The host's python3.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::error::RuntimeError;

/// A python3 that starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// The interpreter itself, also when a launcher was found first.
    pub path: PathBuf,
    /// `3.13.1`.
    pub version: String,
    /// The folders of the packages that are installed for it.
    pub(super) packages: Vec<String>,
    /// The host's Node.js, where there is one.
    pub(super) node: Option<PathBuf>,
}

/// What was found on the path, if it was looked for.
static ON_THE_PATH: Mutex<Option<Python>> = Mutex::new(None);

/// The first on the path.
pub(super) const ANY: &str = "python3";

/// What an interpreter is asked once. It imports nothing that is not there already: each import is some milliseconds.
const QUESTION: &str = "\
import os, sys
places = (os.path.join(folder, 'node') for folder in os.environ.get('PATH', os.defpath).split(os.pathsep))
node = next((place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), '')
packages = [path for path in sys.path if 'site-packages' in path or 'dist-packages' in path]
told = ['%d.%d.%d' % sys.version_info[:3], sys.executable, os.path.realpath(node) if node else ''] + packages
sys.stdout.buffer.write(b'\\0'.join(map(os.fsencode, told)))
";

/// Finds the python3 that would run handlers: the one given, or the first on the path. `None` when none starts.
/// Starts it once, so this takes some thirty milliseconds; a launcher, such as pyenv's, takes a hundred. What is on the path is looked for
/// once, and who asks meanwhile waits.
pub fn find_python(given: Option<&Path>) -> Option<Python> {
    known(given.unwrap_or_else(|| Path::new(ANY))).ok()
}

/// The same, with what stands in the way.
pub(super) fn known(python: &Path) -> Result<Python, RuntimeError> {
    if python != Path::new(ANY) {
        return ask(python);
    }
    let mut on_the_path = ON_THE_PATH.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(python) = &*on_the_path {
        return Ok(python.clone());
    }
    ask(python).inspect(|found| *on_the_path = Some(found.clone()))
}

/// What it means that a program could not be started as a python3.
pub(super) fn not_started(python: &Path, error: &io::Error) -> RuntimeError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
            RuntimeError::NoPython { python: python.to_owned() }
        }
        _ => RuntimeError::Broken { python: python.to_owned(), reason: error.to_string() },
    }
}

/// The last of what a program said, or that it said nothing.
pub(super) fn last_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    match said.trim_end().rsplit('\n').next() {
        Some(line) if !line.is_empty() => line.to_owned(),
        _ => "it ended without a word".to_owned(),
    }
}

fn ask(python: &Path) -> Result<Python, RuntimeError> {
    let output = Command::new(python)
        .args(["-c", QUESTION])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(python, &error))?;
    let told = String::from_utf8(output.stdout).unwrap_or_default();
    let mut told = told.split('\0').map(str::to_owned);
    match (told.next(), told.next(), told.next()) {
        (Some(version), Some(path), Some(node)) if output.status.success() => Ok(Python {
            path: PathBuf::from(path),
            version,
            packages: told.collect(),
            node: (!node.is_empty()).then(|| PathBuf::from(node)),
        }),
        _ => Err(RuntimeError::Broken { python: python.to_owned(), reason: last_line(&output.stderr) }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{RuntimeError, find_python, known};

    #[test]
    fn the_python_on_the_path_is_found() {
        let python = find_python(None).expect("the project needs python3");
        assert!(python.version.starts_with("3."), "{python:?}");
        assert!(python.path.is_absolute());
        assert_eq!(find_python(Some(&python.path)).expect("it started").path, python.path);
    }

    #[test]
    fn what_does_not_start_is_none() {
        assert_eq!(find_python(Some(Path::new("/nowhere/python3"))), None);
        let no = known(Path::new("/nowhere/python3")).unwrap_err();
        assert!(matches!(no, RuntimeError::NoPython { .. }), "{no}");
        let broken = known(Path::new("/bin/cat")).unwrap_err();
        assert!(matches!(&broken, RuntimeError::Broken { reason, .. } if !reason.is_empty()), "{broken}");
    }
}
