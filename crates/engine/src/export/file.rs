//! A file of an export.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::model::hexadecimal;

/// A file below the folder of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Its path there, with `/` between the parts.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl ExportFile {
    /// A file of text.
    pub(super) fn text(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), bytes: text.into().into_bytes() }
    }

    /// The digest of its bytes, in hexadecimal digits.
    pub fn sha256(&self) -> String {
        hexadecimal(&Sha256::digest(&self.bytes))
    }

    /// A document as JSON with a line's end at its end.
    pub(super) fn json(path: impl Into<String>, document: &Value) -> Self {
        Self::text(path, format!("{document:#}\n"))
    }
}
