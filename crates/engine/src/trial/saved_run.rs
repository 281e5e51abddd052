//! The runs kept in a folder, and how a user names one of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::run_settings::RunSettings;

/// A run on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedRun {
    /// Its id; the file's name for one from elsewhere.
    pub id: String,
    /// The file with one line per execution.
    pub records: PathBuf,
    /// When its last line was written, milliseconds since 1970.
    pub written_ms: i64,
}

/// No run, or more than one, goes by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOneRun {
    /// No saved run is named so.
    None,
    /// Several begin so.
    Several(Vec<String>),
}

impl SavedRun {
    /// The runs in a folder in which anything was started, newest first; none when it is not there.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn all(folder: &Path) -> io::Result<Vec<Self>> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut runs = Vec::new();
        for entry in entries {
            let entry = entry?;
            let is_empty = entry.metadata().is_ok_and(|file| file.len() == 0);
            runs.extend(Self::at(&entry.path()).filter(|_| !is_empty));
        }
        runs.sort_by(|one, other| (other.written_ms, &other.id).cmp(&(one.written_ms, &one.id)));
        Ok(runs)
    }

    /// The run that a user means: `last`, an id or its beginning, or the path of one of its files.
    ///
    /// # Errors
    /// When none or several go by that name, or the folder cannot be read.
    pub fn find(folder: &Path, name: &str) -> io::Result<Result<Self, NotOneRun>> {
        if let Some(run) = Self::at(&Path::new(name).with_extension("jsonl")).filter(|_| is_path(name)) {
            return Ok(Ok(run));
        }
        let mut runs = Self::all(folder)?;
        if name == "last" {
            return Ok(runs.into_iter().next().ok_or(NotOneRun::None));
        }
        if let Some(place) = runs.iter().position(|run| run.id == name) {
            return Ok(Ok(runs.swap_remove(place)));
        }
        runs.retain(|run| !name.is_empty() && run.id.starts_with(name));
        Ok(match runs.len() {
            0 => Err(NotOneRun::None),
            1 => Ok(runs.swap_remove(0)),
            _ => Err(NotOneRun::Several(runs.into_iter().map(|run| run.id).collect())),
        })
    }

    /// Its document; there once the run had ended.
    pub fn document(&self) -> PathBuf {
        self.records.with_extension("json")
    }

    /// Where its settings lie.
    pub fn settings_path(records: &Path) -> PathBuf {
        records.with_extension("settings.json")
    }

    /// How it was made; none for a run of a labctl that did not write it down.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn settings(&self) -> io::Result<Option<RunSettings>> {
        RunSettings::read(&Self::settings_path(&self.records))
    }

    fn at(path: &Path) -> Option<Self> {
        let id = path.file_stem()?.to_str()?;
        if path.extension()? != "jsonl" || !path.is_file() {
            return None;
        }
        let written = path.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let written_ms = i64::try_from(written.as_millis()).unwrap_or(i64::MAX);
        Some(Self { id: id.to_owned(), records: path.to_owned(), written_ms })
    }
}

fn is_path(name: &str) -> bool {
    name.contains(std::path::is_separator)
        || Path::new(name).extension().is_some_and(|extension| extension == "jsonl" || extension == "json")
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_run_is_found_by_id_beginning_place_and_age() {
        let folder = tempfile::tempdir().unwrap();
        File::create(folder.path().join("0000.jsonl")).unwrap();
        for (age, name) in ["1a2b.jsonl", "1a3c.jsonl", "9f00.jsonl", "9f00.json", "note.txt"].iter().enumerate() {
            let mut file = File::create(folder.path().join(name)).unwrap();
            file.write_all(b"{}\n").unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1000 - age as u64)).unwrap();
        }
        let find = |name: &str| SavedRun::find(folder.path(), name).unwrap().map(|run| run.id);
        assert_eq!(find("last").as_deref(), Ok("1a2b"));
        assert_eq!((find("9").as_deref(), find("1a3c").as_deref()), (Ok("9f00"), Ok("1a3c")));
        assert_eq!(find("1a"), Err(NotOneRun::Several(vec!["1a2b".into(), "1a3c".into()])));
        assert_eq!(find("0000"), Err(NotOneRun::None), "nothing was started");
        assert_eq!([find("x"), find(""), find("note")], [(); 3].map(|()| Err(NotOneRun::None)));
        let path = folder.path().join("9f00.json");
        assert_eq!(find(path.to_str().unwrap()).as_deref(), Ok("9f00"));
        assert_eq!(SavedRun::find(&folder.path().join("none"), "last").unwrap(), Err(NotOneRun::None));
    }
}
