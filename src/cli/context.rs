//! What every command is given: the use cases' context, and the ways to show what they come to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::global::Global;
use crate::event::Audience as _;
use crate::ops::{self, Exit, Failure, Finished};
use crate::ui::view::{Document, FindingView, Head};
use crate::ui::{Environment, Ui};

/// What a command ends with: its exit code, or why it could not do its work.
pub(super) type Ended = Result<Exit, Failure>;

/// What every command is given.
pub(super) struct Context {
    pub(super) ops: ops::Context,
    pub(super) ui: Ui,
    /// Whether one JSON document is printed instead of text.
    pub(super) json: bool,
}

impl Context {
    pub(super) fn new(global: &Global) -> Self {
        let ui = global.ui();
        Self { ops: ops::Context::new(global.settings(), Arc::new(ui.clone())), ui, json: global.json }
    }

    /// Tells why a command could not do its work: on stderr, and with `--json` as a document on stdout too.
    pub(super) fn show_failure(&self, failure: &Failure) {
        match failure {
            Failure::Diagnostics(found) => self.ui.diagnostics(found),
            Failure::NobodyFailed | Failure::Interrupted | Failure::LeftRunning { .. } => {
                self.ui.note(&failure.message());
            }
            _ => self.ui.error(&failure.message(), failure.help().as_deref()),
        }
        if self.json {
            let body = FailureDocument {
                exit_code: failure.exit().code(),
                error: failure.message(),
                help: failure.help(),
                findings: failure.findings(),
            };
            self.ui.print_json(&self.ops.document("error", failure.exit() == Exit::Done, body));
        }
    }

    /// Shows a result: the document itself with `--json`, else its text.
    pub(super) fn show(&self, document: &impl Serialize, text: impl FnOnce(&Ui)) {
        if self.json {
            self.ui.print_json(document);
        } else {
            text(&self.ui);
        }
    }

    /// Shows what a use case came to, and gives how it ended.
    pub(super) fn finish<T: Serialize>(&self, finished: &Finished<T>, text: fn(&Ui, &Document<T>)) -> Exit {
        self.show(&finished.document, |ui| text(ui, &finished.document));
        finished.exit
    }
}

/// Prints the document of a command line that could not be understood: the parser's first paragraph, and the rest as help.
pub(super) fn show_usage_document(text: &str) {
    let mut paragraphs = text.trim().split("\n\n").map(str::trim);
    let error = paragraphs.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let help = paragraphs.next().map(|help| help.trim_start_matches("tip: ").to_owned());
    let body = FailureDocument { exit_code: Exit::Usage.code(), error, help, findings: Vec::new() };
    let document = Document { head: Head::new("error", false, 0, Vec::new(), BTreeMap::new()), body };
    Ui::from_environment(&Environment::default(), true, false, false).print_json(&document);
}

/// Why a command could not do its work, as its document says it.
#[derive(Serialize)]
struct FailureDocument {
    exit_code: u8,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingView>,
}
