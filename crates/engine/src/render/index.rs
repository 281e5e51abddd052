//! `index.json` of a user's folder: the digest of each file labctl put there, and so the list of files that are labctl's.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The index's name in the user's folder.
pub(super) const FILE: &str = "index.json";
/// The folders that labctl writes into, beside the index.
pub(super) const FOLDERS: [&str; 5] = ["asl", "dashboards", "iam", "lambda", "resources"];
const SCHEMA: &str = "labctl/index/1";

/// The content of an index.
#[derive(Serialize, Deserialize)]
pub(super) struct Index {
    schema: String,
    pub(super) lab: String,
    pub(super) user: String,
    /// SHA-256 in hexadecimal digits by path.
    pub(super) files: BTreeMap<String, String>,
}

impl Index {
    pub(super) fn new(lab: &str, user: &str) -> Self {
        Self { schema: SCHEMA.into(), lab: lab.into(), user: user.into(), files: BTreeMap::new() }
    }

    /// Reads an index; anything else is nobody's.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|index: &Self| index.schema == SCHEMA)
    }

    /// The text as it is written.
    pub(super) fn text(&self) -> String {
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}

/// Folder and name of a path, if it is one that labctl could have written: an index is a file, and files can be forged.
pub(super) fn parts(path: &str) -> Option<(&str, &str)> {
    let (folder, name) = path.split_once('/')?;
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
    (plain && FOLDERS.contains(&folder)).then_some((folder, name))
}

/// SHA-256 of some bytes in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_path_is_not_ours() {
        assert_eq!(parts("asl/a.asl.json"), Some(("asl", "a.asl.json")));
        for forged in
            ["../x", "asl/../x", "asl/..", "/etc/passwd", "asl/", "home/x", "asl", "asl/.ssh", "index.json", "asl/a/b"]
        {
            assert_eq!(parts(forged), None, "{forged}");
        }
    }

    #[test]
    fn another_file_of_that_name_is_not_an_index() {
        assert!(Index::parse(br#"{"schema":"other/1","lab":"l","user":"u","files":{}}"#).is_none());
        assert!(Index::parse(Index::new("l", "u").text().as_bytes()).is_some());
    }
}
