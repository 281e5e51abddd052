//! What every use case is given: the settings, the audience, the user's interruption.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::connection::Connection;
use super::failure::Failure;
use super::locate;
use super::settings::Settings;
use super::target_report::TargetReport;
use super::unanswered::Unanswered;
use crate::apply::ApplyOptions;
use crate::event::{Audience, Journal, Listener, ProgressKind};
use crate::host::{self, Interrupt, Stopwatch};
use crate::model::Target;
use crate::source::Diagnostics;
use crate::ui::view::{Document, Head};

/// What every use case is given.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    /// Who hears of what there is to say while the use case runs.
    pub(crate) audience: Arc<dyn Audience>,
    pub(crate) interrupt: Interrupt,
    begun: Mutex<Stopwatch>,
    pub(crate) target_report: TargetReport,
    pub(crate) unanswered: Unanswered,
    /// Whether the user has agreed to what costs.
    confirmed: AtomicBool,
    /// Whether it was said which manifest is read.
    is_manifest_said: AtomicBool,
}

impl Context {
    /// A context of one command, whose time begins now.
    pub(crate) fn new(settings: Settings, audience: Arc<dyn Audience>) -> Self {
        Self {
            settings,
            unanswered: Unanswered::new(Arc::clone(&audience)),
            audience,
            interrupt: Interrupt::new(),
            begun: Mutex::new(Stopwatch::start()),
            target_report: TargetReport::default(),
            confirmed: AtomicBool::new(false),
            is_manifest_said: AtomicBool::new(false),
        }
    }

    /// The time since the command began, or its work began again.
    pub(crate) fn stopwatch(&self) -> Stopwatch {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work begins again, as with `--watch`: what was waited for it to do so is no part of it.
    pub(crate) fn begin_again(&self) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Stopwatch::start();
    }

    /// Waits until nobody wants what a command says that goes on by itself: the user interrupts, or nobody reads.
    pub(crate) async fn unwanted(&self) {
        tokio::select! {
            () = self.interrupt.wait() => {}
            () = host::nobody_reads() => {}
        }
    }

    /// Says once which manifest is read, where nobody named it and it is not plain.
    pub(crate) fn say_manifest(&self) {
        if self.settings.is_manifest_found
            && !self.is_manifest_said.swap(true, Ordering::Relaxed)
            && let Some(said) = locate::doubt(&self.settings.manifest)
        {
            self.audience.note(&said);
        }
    }

    /// Shows findings that stop nothing.
    pub(crate) fn warn(&self, found: &Diagnostics) {
        if !found.0.is_empty() {
            self.audience.diagnostics(found);
        }
    }

    /// The journal of this run, with the progress display listening.
    pub(crate) fn journal(&self, progress: ProgressKind) -> Result<Journal, Failure> {
        let listeners: Vec<Box<dyn Listener>> = vec![self.audience.progress(progress)];
        let journal = Journal::open(Some(&self.settings.journal_path()), self.settings.events.as_deref(), listeners)?;
        self.unanswered.to(&journal, true);
        Ok(journal)
    }

    /// How plans are applied; cleanup does not mind foreign things.
    pub(crate) fn apply_options(&self, foreign_fails: bool) -> ApplyOptions {
        ApplyOptions { interrupt: self.interrupt.clone(), foreign_fails, ..ApplyOptions::default() }
    }

    /// The user's interruption, for whoever waits.
    pub(crate) fn cancel(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Whether the user has interrupted.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.interrupt.is_set()
    }

    /// Does what only looks: an interruption ends it at once.
    ///
    /// # Errors
    /// What the work ends with, or [`Failure::Interrupted`].
    pub(crate) async fn unless_interrupted<T, E>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, Failure>
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
    pub(crate) async fn confirm(&self, work: &str, connections: &BTreeMap<Target, Connection>) -> Result<(), Failure> {
        let costly = connections.values().filter(|connection| connection.is_costly());
        let costly: BTreeSet<String> = costly.map(Connection::described).collect();
        if costly.is_empty() || self.settings.yes || self.confirmed.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.ask(work, costly).await
    }

    /// Asks whatever the target is: before work on what labctl did not make.
    ///
    /// # Errors
    /// As [`Context::confirm`].
    pub(crate) async fn confirm_anywhere(
        &self,
        work: &str,
        connections: &BTreeMap<Target, Connection>,
    ) -> Result<(), Failure> {
        if self.settings.yes {
            return Ok(());
        }
        self.ask(work, connections.values().map(Connection::described).collect()).await
    }

    async fn ask(&self, work: &str, places: BTreeSet<String>) -> Result<(), Failure> {
        let question = format!("{work} in {}?", places.into_iter().collect::<Vec<_>>().join("; "));
        if !self.audience.can_be_asked() {
            return Err(Failure::usage(
                format!("{question} nobody can be asked here, and nothing was touched"),
                "add `--yes` to go on without being asked",
            ));
        }
        let audience = Arc::clone(&self.audience);
        // A read cannot be called off: whoever interrupts leaves it to itself, and it ends with the process.
        let answer = tokio::task::spawn_blocking(move || audience.confirm(&question));
        if answered(&self.interrupt, answer).await? {
            self.confirmed.store(true, Ordering::Relaxed);
            Ok(())
        } else {
            Err(Failure::Other { message: "not confirmed: nothing was touched".to_owned(), help: None })
        }
    }

    /// A document of the whole command, with all that is known of where it worked and what it called.
    pub(crate) fn document<T>(&self, command: &str, ok: bool, body: T) -> Document<T> {
        let (places, calls) = (self.target_report.places(), self.target_report.calls());
        Document { head: Head::new(command, ok, self.stopwatch().elapsed_ms(), places, calls), body }
    }
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{pending, ready};

    use super::super::exit::Exit;
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
