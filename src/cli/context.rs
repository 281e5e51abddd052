//! What every command is given: the global options, the ways to speak, the user's interruption.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::args::{ColorChoice, Global};
use super::exit::Exit;
use super::failure::Failure;
use super::locate;
use super::session::Connection;
use super::unanswered::Unanswered;
use super::whereabouts::Whereabouts;
use crate::apply::ApplyOptions;
use crate::event::{Journal, Listener};
use crate::host::{self, Interrupt, Stopwatch};
use crate::model::{Target, TargetKind};
use crate::ui::view::{Document, FindingView, Head};
use crate::ui::{Color, Environment, ProgressKind, Ui};

/// What every command is given.
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) ui: Ui,
    pub(super) interrupt: Interrupt,
    pub(super) stopwatch: Stopwatch,
    pub(super) whereabouts: Whereabouts,
    pub(super) unanswered: Unanswered,
    /// Whether the user has agreed to what costs.
    confirmed: AtomicBool,
}

impl Context {
    pub(super) fn new(mut global: Global) -> Self {
        locate::fill_in(&mut global);
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| host::env(name)).unwrap_or_default();
        let environment = Environment {
            color: match global.color {
                ColorChoice::Auto => Color::Auto,
                ColorChoice::Always => Color::Always,
                ColorChoice::Never => Color::Never,
            },
            no_color: host::env("NO_COLOR").is_some(),
            term: host::env("TERM"),
            locale_utf8: locale.to_ascii_lowercase().replace('-', "").contains("utf8"),
            columns: host::env("COLUMNS").and_then(|columns| columns.parse().ok()),
            stdout_terminal: std::io::stdout().is_terminal(),
            stderr_terminal: std::io::stderr().is_terminal(),
        };
        let ui = Ui::from_environment(&environment, global.json, global.quiet, global.verbose);
        let (interrupt, stopwatch, unanswered) = (Interrupt::new(), Stopwatch::start(), Unanswered::new(ui.clone()));
        Self {
            global,
            ui,
            interrupt,
            stopwatch,
            whereabouts: Whereabouts::default(),
            unanswered,
            confirmed: AtomicBool::new(false),
        }
    }

    /// Tells why a command could not do its work: on stderr, and with `--json` as a document on stdout too.
    pub(super) fn show_failure(&self, failure: &Failure) {
        match failure {
            Failure::Diagnostics(found) => self.ui.diagnostics(found),
            Failure::NobodyFailed | Failure::Interrupted => self.ui.note(&failure.message()),
            _ => self.ui.error(&failure.message(), failure.help().as_deref()),
        }
        if self.global.json {
            let told = Told {
                exit_code: failure.exit().code(),
                error: failure.message(),
                help: failure.help(),
                findings: failure.findings(),
            };
            self.ui.print_json(&self.document("error", failure.exit() == Exit::Done, told));
        }
    }

    /// Shows a result: the document itself with `--json`, else its text.
    pub(super) fn show(&self, document: &impl Serialize, text: impl FnOnce(&Ui)) {
        if self.global.json {
            self.ui.print_json(document);
        } else {
            text(&self.ui);
        }
    }

    /// Where the journal lies.
    pub(super) fn journal_path(&self) -> PathBuf {
        self.global.out.join("journal.jsonl")
    }

    /// The journal of this run, with the progress display listening.
    pub(super) fn journal(&self, progress: ProgressKind) -> Result<Journal, Failure> {
        let listeners: Vec<Box<dyn Listener>> = vec![self.ui.progress(progress)];
        let journal = Journal::open(Some(&self.journal_path()), self.global.events.as_deref(), listeners)?;
        self.unanswered.to(&journal, true);
        Ok(journal)
    }

    /// How plans are applied; cleanup does not mind foreign things.
    pub(super) fn apply_options(&self, foreign_fails: bool) -> ApplyOptions {
        ApplyOptions { interrupt: self.interrupt.clone(), foreign_fails, ..ApplyOptions::default() }
    }

    /// The user's interruption, for whoever waits.
    pub(super) fn cancel(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Whether the user has interrupted.
    pub(super) fn is_cancelled(&self) -> bool {
        self.interrupt.is_set()
    }

    /// Does what only looks: an interruption ends it at once.
    ///
    /// # Errors
    /// What the work ends with, or [`Failure::Interrupted`].
    pub(super) async fn unless_interrupted<T, E>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, Failure>
    where
        Failure: From<E>,
    {
        tokio::select! {
            done = work => done.map_err(Failure::from),
            () = self.interrupt.wait() => Err(Failure::Interrupted),
        }
    }

    /// Asks before costly or destructive work on AWS, once: who agrees to a rehearsal agrees to its steps. A loopback endpoint and the
    /// local target are never asked about. An interruption ends the waiting for an answer.
    ///
    /// # Errors
    /// Without a terminal and without `--yes`, when the answer is not `yes`, or when the user interrupts; nothing was touched.
    pub(super) async fn confirm(&self, work: &str, connections: &BTreeMap<Target, Connection>) -> Result<(), Failure> {
        let is_costly =
            |connection: &&Connection| connection.target.kind == TargetKind::Aws && !connection.cloud.is_loopback();
        let costly: BTreeSet<String> = connections.values().filter(is_costly).map(described).collect();
        if costly.is_empty() || self.global.yes || self.confirmed.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.ask(work, costly).await
    }

    /// Asks whatever the target is: before work on what labctl did not make.
    ///
    /// # Errors
    /// As [`Context::confirm`].
    pub(super) async fn confirm_anywhere(
        &self,
        work: &str,
        connections: &BTreeMap<Target, Connection>,
    ) -> Result<(), Failure> {
        if self.global.yes {
            return Ok(());
        }
        self.ask(work, connections.values().map(described).collect()).await
    }

    async fn ask(&self, work: &str, places: BTreeSet<String>) -> Result<(), Failure> {
        let question = format!("{work} in {}?", places.into_iter().collect::<Vec<_>>().join("; "));
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Err(Failure::usage(
                format!("{question} nobody can be asked here, and nothing was touched"),
                "add `--yes` to go on without being asked",
            ));
        }
        let ui = self.ui.clone();
        // A read cannot be called off: whoever interrupts leaves it to itself, and it ends with the process.
        let answer = tokio::task::spawn_blocking(move || ui.confirm(&question));
        if answered(&self.interrupt, answer).await? {
            self.confirmed.store(true, Ordering::Relaxed);
            Ok(())
        } else {
            Err(Failure::Other { message: "not confirmed: nothing was touched".to_owned(), help: None })
        }
    }

    /// A document of the whole command, with all that is known of where it worked and what it called.
    pub(super) fn document<T>(&self, command: &str, ok: bool, body: T) -> Document<T> {
        let (places, calls) = (self.whereabouts.places(), self.whereabouts.calls());
        Document { head: Head::new(command, ok, self.stopwatch.elapsed_ms(), places, calls), body }
    }
}

/// An account and endpoint, as they are named in a question.
fn described(connection: &Connection) -> String {
    format!(
        "account {}, region {}, endpoint {} (as {})",
        connection.identity.account,
        connection.place.region,
        connection.cloud.endpoint(),
        connection.identity.arn
    )
}

/// The answer to a question, unless the user interrupts before it is given.
///
/// # Errors
/// [`Failure::Interrupted`], also where both came: an interruption is the later wish.
async fn answered<E>(interrupt: &Interrupt, answer: impl Future<Output = Result<bool, E>>) -> Result<bool, Failure> {
    tokio::select! {
        biased;
        () = interrupt.wait() => Err(Failure::Interrupted),
        answer = answer => Ok(answer.unwrap_or(false)),
    }
}

/// Prints the document of a command line that could not be understood: the parser's first paragraph, and the rest as help.
pub(super) fn show_usage_document(told: &str) {
    let mut paragraphs = told.trim().split("\n\n").map(str::trim);
    let error = paragraphs.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let help = paragraphs.next().map(|help| help.trim_start_matches("tip: ").to_owned());
    let body = Told { exit_code: Exit::Usage.code(), error, help, findings: Vec::new() };
    let document = Document { head: Head::new("error", false, 0, Vec::new(), BTreeMap::new()), body };
    Ui::from_environment(&Environment::default(), true, false, false).print_json(&document);
}

/// Why a command could not do its work, as its document says it.
#[derive(Serialize)]
struct Told {
    exit_code: u8,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingView>,
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn an_interruption_outweighs_the_answer() {
        let interrupt = Interrupt::new();
        let yes = || ready(Ok::<_, Infallible>(true));
        assert!(answered(&interrupt, yes()).await.unwrap());
        assert!(
            !answered(&interrupt, ready(Err(()))).await.unwrap(),
            "a question that could not be asked is not agreed to"
        );
        interrupt.trigger();
        assert_eq!(answered(&interrupt, yes()).await.unwrap_err().exit(), Exit::Interrupted);
        assert_eq!(answered(&interrupt, pending::<Result<_, ()>>()).await.unwrap_err().exit(), Exit::Interrupted);
    }
}
