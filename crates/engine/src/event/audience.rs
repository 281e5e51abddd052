//! Who is told, beside events, what a use case has to say: remarks, findings, a question.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::{Happened, Listener};
use crate::source::Diagnostics;

/// What a command counts while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressKind {
    /// Resources of this many users are made, changed or removed.
    Changes {
        /// How many users.
        users: usize,
        /// How long that takes as far as is known beforehand.
        foreseen: Option<Duration>,
    },
    /// This many scenarios are run.
    Scenarios {
        /// Over all users.
        total: usize,
    },
    /// This many executions are started.
    Executions {
        /// Over all users.
        total: u64,
    },
}

/// A line that a function or a machine wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// Milliseconds since 1970.
    #[serde(skip)]
    pub at_ms: i64,
    /// The same, RFC 3339.
    pub at: String,
    /// Who wrote it.
    pub name: String,
    /// The log group.
    pub group: String,
    /// The stream in it.
    pub stream: String,
    /// The line, or several.
    pub text: String,
}

/// Whoever ran a use case. The use case says what there is to say, the audience decides whether and how it is shown.
pub trait Audience: Send + Sync {
    /// How the roster calls users, by name.
    fn labels(&self, labels: BTreeMap<String, String>);

    /// Something worth knowing beside the result.
    fn note(&self, text: &str);

    /// What functions and machines wrote, as it comes.
    fn log(&self, lines: &[LogLine]);

    /// A call that is not answered, where no listener shows it.
    fn unanswered(&self, happened: &Happened);

    /// Something that may be a mistake and stops nothing.
    fn warning(&self, text: &str);

    /// Findings in the user's files.
    fn diagnostics(&self, found: &Diagnostics);

    /// A listener that shows how far the work has come, until the run is finished.
    fn progress(&self, kind: ProgressKind) -> Box<dyn Listener>;

    /// Whether there is somebody who can answer a question.
    fn can_be_asked(&self) -> bool;

    /// Asks, and waits for the answer; only `yes` is yes. `false` when there is nobody to ask.
    fn confirm(&self, question: &str) -> bool;
}
