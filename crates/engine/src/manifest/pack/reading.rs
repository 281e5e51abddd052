//! The files of a pack as documents, and values in them as what they are.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::manifest::document::{Codes, Document, from_bytes};
use crate::manifest::reporter::Reporter;
use crate::model::Pack;
use crate::source::{Diagnostic, Diagnostics, Format, Node, SourceText};

/// The text of a pack's file.
pub(super) fn text(pack: &Pack, file: &str, findings: &mut Diagnostics) -> Option<Arc<SourceText>> {
    let bytes = pack.files.get(file)?;
    match from_bytes(&pack.display_path(file), bytes, &Codes::PACK) {
        Ok(source) => Some(source),
        Err(finding) => {
            findings.push(finding);
            None
        }
    }
}

pub(super) fn parse(source: &Arc<SourceText>, format: Format, findings: &mut Diagnostics) -> Option<Document> {
    match Document::parse(source, format, &Codes::PACK) {
        Ok(document) => Some(document),
        Err(mistakes) => {
            findings.extend(mistakes.0);
            None
        }
    }
}

/// Holds a value against its type's schema, then reads it.
pub(super) fn read_as<T: DeserializeOwned>(
    node: &Node,
    schema: &Value,
    path: &str,
    reporter: &mut Reporter<'_>,
) -> Option<T> {
    if !reporter.check(node, schema, schema, path) {
        return None;
    }
    value_of(node, reporter)
}

/// Reads a value that its schema takes.
pub(super) fn value_of<T: DeserializeOwned>(node: &Node, reporter: &mut Reporter<'_>) -> Option<T> {
    match serde_json::from_value(node.to_value()) {
        Ok(value) => Some(value),
        // What a schema cannot say, such as a number too large for its type.
        Err(error) => {
            let finding = Diagnostic::error(Codes::PACK.wrong_type, format!("this cannot be read: {error}"));
            reporter.tell(finding, node.at);
            None
        }
    }
}
