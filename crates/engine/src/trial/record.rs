//! What a bulk run leaves on disk: one line of JSON for each execution, written as soon as all is known of it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::host;

/// A cause as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedCause {
    /// The same for all that failed alike.
    pub key: String,
    /// In words.
    pub text: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl From<&Cause> for RecordedCause {
    fn from(cause: &Cause) -> Self {
        Self { key: cause.key.clone(), text: cause.text(), hint: cause.hint.clone() }
    }
}

/// One execution of a bulk run. What an earlier labctl did not write down is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its ARN.
    #[serde(default)]
    pub arn: String,
    /// Whose.
    pub user: String,
    /// The machine, by its name in the account.
    pub machine: String,
    /// The execution's name.
    pub name: String,
    /// `SUCCEEDED`, …; `RUNNING` when its end was not seen.
    pub status: String,
    /// The outcome's name (`COMPLETED`).
    pub outcome: String,
    /// The error's name, where it failed; also of one that a catcher took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why it did not do what it should, where it did not and that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<RecordedCause>,
    /// Milliseconds since 1970, as the service says.
    pub started_ms: i64,
    /// Milliseconds since 1970; none when its end was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_ms: Option<i64>,
    /// How long it ran by the service's clock; none when its end was not seen.
    #[serde(default)]
    pub ms: Option<u64>,
    /// Every stay in each state in milliseconds, where they were read; also in those that failed.
    #[serde(default)]
    pub states_ms: BTreeMap<String, Vec<u64>>,
    /// Whether its states were read because it failed: they say nothing of the usual ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_for_cause: bool,
}

impl Record {
    /// How long it ran by the service's clock; none when its end was not seen.
    pub(super) fn ms(&self) -> Option<u64> {
        let taken = |stopped: i64| u64::try_from(stopped.saturating_sub(self.started_ms)).unwrap_or(0);
        self.ms.or_else(|| self.stopped_ms.map(taken))
    }
}

/// The file that records go to, line by line, so that a run that is killed leaves all it had seen.
#[derive(Debug, Default)]
pub struct RecordFile {
    file: Option<(PathBuf, Mutex<File>)>,
    failure: Mutex<Option<io::Error>>,
}

impl RecordFile {
    /// A new file; folders are made.
    ///
    /// # Errors
    /// When it cannot be made, or is there already.
    pub fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            host::create_folder(folder)?;
        }
        let file = OpenOptions::new().create_new(true).append(true).open(path)?;
        Ok(Self { file: Some((path.to_owned(), Mutex::new(file))), failure: Mutex::default() })
    }

    /// Where it lies; none when nothing is written.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|(path, _)| path.as_path())
    }

    /// Adds a line. A failed write is kept for [`RecordFile::failure`]: measuring goes on.
    pub fn add(&self, record: &Record) {
        let (Some((_, file)), Ok(mut line)) = (&self.file, serde_json::to_string(record)) else { return };
        line.push('\n');
        let written = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        if let Err(error) = written {
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// The first write that failed, once.
    pub fn failure(&self) -> Option<io::Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Hands on the records of a file one by one; a line that was cut off is passed over.
///
/// # Errors
/// When the file cannot be read.
pub fn each_record(path: &Path, mut take: impl FnMut(Record)) -> io::Result<()> {
    for line in BufReader::new(host::open(path)?).split(b'\n') {
        if let Ok(record) = serde_json::from_slice(&line?) {
            take(record);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_cut_off_is_read_up_to_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/r.jsonl");
        let records = RecordFile::create(&path).unwrap();
        let record = |name: &str| Record {
            user: "ann".into(),
            name: name.into(),
            status: "SUCCEEDED".into(),
            started_ms: 1000,
            stopped_ms: Some(1250),
            states_ms: BTreeMap::from([("Work".into(), vec![40, 50])]),
            ..Record::default()
        };
        records.add(&record("one"));
        records.add(&Record { stopped_ms: None, ..record("two") });
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"user\":\"ann\",\"na").unwrap();
        let mut seen = Vec::new();
        each_record(&path, |record| seen.push(record)).unwrap();
        assert_eq!(seen.iter().map(|record| record.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(seen.iter().map(Record::ms).collect::<Vec<_>>(), [Some(250), None]);
        assert_eq!(seen[0], record("one"));
        assert!(RecordFile::create(&path).is_err(), "a run never writes into another one's file");
        assert!(records.failure().is_none());
    }

    #[test]
    fn what_an_earlier_labctl_wrote_down_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.jsonl");
        let line = r#"{"user":"ann","machine":"ann-m","name":"n","status":"SUCCEEDED","outcome":"COMPLETED","started_ms":1000,"stopped_ms":1250}"#;
        host::write_atomic(&path, line.as_bytes()).unwrap();
        let mut seen = Vec::new();
        each_record(&path, |record| seen.push(record)).unwrap();
        assert_eq!((seen[0].ms(), seen[0].arn.as_str(), &seen[0].cause), (Some(250), "", &None));
    }
}
