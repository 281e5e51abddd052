//! A run of verify on disk: a line that says what it is, then a line for each user.

use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::evidence::UserEvidence;
use crate::host;

/// The schema of the first line.
const SCHEMA: &str = "labctl/evidence/1";

/// What a run was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleHeader {
    /// `labctl/evidence/1`.
    pub schema: String,
    /// Its id.
    pub run: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// The lab's name.
    pub lab: String,
    /// The stage through which was judged.
    pub through: Option<String>,
    /// What ARNs of machines begin with, by user.
    pub machine_arns: std::collections::BTreeMap<String, String>,
}

/// A run and its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// What it was.
    pub header: BundleHeader,
    /// What was found, a user each.
    pub users: Vec<UserEvidence>,
}

impl BundleHeader {
    /// A header of this build's schema.
    pub fn new(run: &str, at_ms: i64, lab: &str) -> Self {
        Self { schema: SCHEMA.to_owned(), run: run.to_owned(), at_ms, lab: lab.to_owned(), ..Self::default() }
    }
}

impl Bundle {
    /// Writes it whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec(&self.header)?;
        for user in &self.users {
            text.push(b'\n');
            serde_json::to_writer(&mut text, user)?;
        }
        text.push(b'\n');
        if let Some(folder) = path.parent() {
            host::create_folder(folder)?;
        }
        host::write_private(path, &text)
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the file cannot be read, or is none: the message says in which line.
    pub fn read(path: &Path) -> io::Result<Self> {
        let bad =
            |number: usize, why: String| io::Error::new(io::ErrorKind::InvalidData, format!("line {number}: {why}"));
        let mut lines = BufReader::new(host::open(path)?).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let header: BundleHeader =
            serde_json::from_str(&first).map_err(|_| bad(1, "this is no evidence of `labctl verify`".to_owned()))?;
        if header.schema != SCHEMA {
            return Err(bad(1, format!("this is `{}`, and this build reads `{SCHEMA}`", header.schema)));
        }
        let users = lines
            .enumerate()
            .map(|(place, line)| serde_json::from_str(&line?).map_err(|error| bad(place + 2, error.to_string())));
        Ok(Self { header, users: users.collect::<io::Result<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_what_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/verify/1a2b.jsonl");
        let bundle = Bundle { header: BundleHeader::new("1a2b", 5, "lab6"), users: Vec::new() };
        bundle.write(&path).unwrap();
        assert_eq!(Bundle::read(&path).unwrap(), bundle);
        let other = br#"{"schema": "labctl/evidence/9", "run": "x", "at_ms": 1, "lab": "l", "machine_arns": {}}"#;
        host::write_private(&path, other).unwrap();
        assert!(Bundle::read(&path).unwrap_err().to_string().contains("labctl/evidence/9"));
        host::write_private(&path, b"[]\n").unwrap();
        assert!(Bundle::read(&path).unwrap_err().to_string().starts_with("line 1: this is no evidence"));
    }
}
