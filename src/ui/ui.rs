//! What commands call to show something.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::progress::Progress;
use super::sink::Sink;
use super::style::{Environment, Ink, Labels, Style, Verbosity};
use super::unanswered::unanswered;
use super::view::{
    BulkView, CleanupView, ComparisonView, ConsoleView, CostView, DeployView, DoctorView, Document, ExecutionsView,
    ExplainView, ExportView, GradebookView, LintView, LogsView, PlanView, PullView, RehearseView, ReportView, RuleView,
    RunsView, SingleRunView, StatusView, TestView, TraceView, Trouble, VerifyView,
};
use super::{diagnostics, failures, sarif, text};
use crate::event::{Audience, Happened, Listener, LogLine, ProgressKind};
use crate::source::Diagnostics;

/// The terminal, or what stands for it. Cheap to share; all writes go through one place per stream.
#[derive(Clone)]
pub struct Ui {
    out: Style,
    err: Style,
    labels: Arc<OnceLock<Labels>>,
    verbosity: Verbosity,
    stdout: Sink,
    stderr: Sink,
}

impl Ui {
    /// Writes to this process's streams; how text looks is decided for each. With `json` nothing is said but documents,
    /// trouble and progress.
    pub fn from_environment(environment: &Environment, json: bool, quiet: bool, verbose: bool) -> Self {
        let width = |size: Option<(terminal_size::Width, _)>| size.map(|(width, _)| usize::from(width.0));
        let out = width(terminal_size::terminal_size_of(io::stdout()));
        let err = width(terminal_size::terminal_size_of(io::stderr()));
        Self::new(
            Style::from(environment, environment.stdout_terminal, out),
            Style::from(environment, environment.stderr_terminal, err),
            json,
            quiet,
            verbose,
        )
    }

    /// Writes to this process's streams.
    pub fn new(stdout: Style, stderr: Style, json: bool, quiet: bool, verbose: bool) -> Self {
        let verbosity = match (quiet, verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        // Documents are for programs, which no colour may reach.
        let stdout = if json { Style { color: false, terminal: false, ..stdout } } else { stdout };
        Self::to(stdout, stderr, verbosity, Box::new(io::stdout()), Box::new(io::stderr()))
    }

    fn to(
        out: Style,
        err: Style,
        verbosity: Verbosity,
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
    ) -> Self {
        Self { out, err, labels: Arc::default(), verbosity, stdout: Sink::new(stdout), stderr: Sink::new(stderr) }
    }

    fn out(&self) -> Style {
        Style { labels: self.labels.get().copied().unwrap_or_default(), ..self.out }
    }

    fn err(&self) -> Style {
        Style { labels: self.labels.get().copied().unwrap_or_default(), ..self.err }
    }

    /// Prints a value as one JSON document on stdout.
    pub fn print_json(&self, value: &impl Serialize) {
        self.stdout.write(|writer| {
            serde_json::to_writer_pretty(&mut *writer, value)?;
            writer.write_all(b"\n")
        });
    }

    /// Prints on stdout, as it is.
    pub fn raw(&self, text: &str) {
        self.stdout.write(|writer| writer.write_all(text.as_bytes()));
    }

    /// What stdout shows: its columns, and whether it shows characters beyond ASCII.
    pub fn columns(&self) -> (usize, bool) {
        (self.out.width, self.out.unicode)
    }

    /// Shows what a linter found, as its result on stdout; when quiet, errors and the last line only.
    pub fn lint(&self, view: &LintView) {
        self.stdout.line(&text::lint(view, self.out(), self.verbosity));
    }

    /// Prints what a linter found as a SARIF log, with all its rules.
    pub fn sarif(&self, view: &LintView, rules: &[RuleView]) {
        self.print_json(&sarif::log(view, rules));
    }

    /// Explains rules.
    pub fn explain(&self, view: &ExplainView) {
        self.stdout.line(&text::explain(view, self.out()));
    }

    /// Says on stderr why a command failed, causes after colons, and what to do next.
    pub fn error(&self, message: &str, help: Option<&str>) {
        let mut lines = vec![self.err().wrap(&format!("{} {message}", self.err().paint(Ink::Bad, "error:")), 2)];
        lines.extend(help.map(|help| self.err().wrap(&format!("  next: {help}"), 4)));
        self.stderr.line(&lines.join("\n"));
    }

    /// Shows a plan.
    pub fn plan(&self, view: &PlanView) {
        self.stdout.line(&text::plan(view, self.out(), self.verbosity));
    }

    /// Shows a deploy and, on stderr, what failed.
    pub fn deploy(&self, document: &Document<DeployView>) {
        self.troubles(&document.body.troubles);
        if let Some(stopped) = &document.body.stopped {
            let (message, help) = text::stopped(stopped);
            self.error(&message, Some(help));
        }
        self.stdout.line(&text::deploy(document, self.out(), self.verbosity));
    }

    /// Shows what is there.
    pub fn status(&self, document: &Document<StatusView>) {
        self.stdout.line(&text::status(document, self.out(), self.verbosity));
    }

    /// Shows what was saved of users' edits.
    pub fn pull(&self, view: &PullView) {
        self.stdout.line(&text::pull(view, self.out(), self.verbosity));
    }

    /// Shows what the scenarios came to and, on stderr, what could not be started.
    pub fn test(&self, document: &Document<TestView>) {
        self.troubles(&document.body.troubles);
        self.stdout.line(&text::test(document, self.out(), self.verbosity));
    }

    /// Shows what the checklist came to.
    pub fn verify(&self, document: &Document<VerifyView>) {
        self.stdout.line(&text::verify(document, self.out(), self.verbosity));
    }

    /// Shows what was written into a gradebook, and for whom nothing was.
    pub fn gradebook(&self, document: &Document<GradebookView>) {
        self.stdout.line(&text::gradebook(document, self.out(), self.verbosity));
    }

    /// Says where a report was written.
    pub fn report(&self, document: &Document<ReportView>) {
        self.stdout.line(&text::report(document, self.out()));
    }

    /// Shows what was exported.
    pub fn export(&self, document: &Document<ExportView>) {
        self.stdout.line(&text::export(document, self.out()));
    }

    /// Prints addresses of the console and nothing else: one alone, or a line a user with a tab between.
    pub fn console(&self, document: &Document<ConsoleView>) {
        let view = &document.body;
        let lines = view.users.iter().map(|it| format!("{}\t{}\n", it.user, it.address));
        let alone = view.address.iter().map(|address| format!("{address}\n"));
        self.raw(&alone.chain(lines).collect::<String>());
    }

    /// Shows what labs cost.
    pub fn cost(&self, document: &Document<CostView>) {
        self.stdout.line(&text::cost(document, self.out(), self.verbosity));
    }

    /// Shows where the class is.
    pub fn board(&self, document: &Document<VerifyView>) {
        self.stdout.line(&text::board(document, self.out()));
    }

    /// Shows what a bulk test came to and, on stderr, what failed.
    pub fn bulk(&self, document: &Document<BulkView>) {
        self.troubles(&document.body.troubles);
        self.stdout.line(&text::bulk(document, self.out(), self.verbosity));
    }

    /// Shows two bulk runs beside each other.
    pub fn comparison(&self, view: &ComparisonView) {
        self.stdout.line(text::comparison(view, self.out()).trim_end());
    }

    /// Shows the saved bulk runs.
    pub fn runs(&self, view: &RunsView) {
        self.stdout.line(&text::runs(view, self.out()));
    }

    /// Shows what an execution did, in the form that was asked for.
    pub fn trace(&self, document: &Document<TraceView>) {
        let view = &document.body;
        if let Some(file) = &view.written {
            self.note(&format!("Wrote the trace of {} to {file}.", view.execution.arn));
        } else if let Some(exported) = &view.exported {
            self.stdout.line(exported.text());
        } else if let Some(picture) = &view.picture {
            self.raw(picture);
        } else {
            self.stdout.line(&text::trace(view, self.out(), self.verbosity));
        }
    }

    /// Shows executions.
    pub fn executions(&self, document: &Document<ExecutionsView>) {
        self.stdout.line(&text::executions(&document.body, self.out(), self.verbosity));
    }

    /// Shows what functions and machines wrote.
    pub fn logs(&self, document: &Document<LogsView>) {
        for note in &document.body.notes {
            self.note(note);
        }
        self.log(&document.body.events);
    }

    /// Shows what an execution did that was started for this.
    pub fn single_run(&self, document: &Document<SingleRunView>) {
        self.stdout.line(&text::single_run(&document.body, self.out(), self.verbosity));
    }

    /// Shows a cleanup and, on stderr, what failed.
    pub fn cleanup(&self, document: &Document<CleanupView>) {
        self.troubles(&document.body.troubles);
        self.stdout.line(&text::cleanup(document, self.out(), self.verbosity));
    }

    /// Shows a rehearsal and, on stderr, what failed in its steps.
    pub fn rehearse(&self, document: &Document<RehearseView>) {
        let steps = &document.body.steps;
        self.troubles(steps.deploy.as_ref().map_or(&[], |step| step.body.troubles.as_slice()));
        self.troubles(steps.test.as_ref().map_or(&[], |step| step.body.troubles.as_slice()));
        self.troubles(steps.bulk_test.as_ref().map_or(&[], |step| step.body.troubles.as_slice()));
        self.troubles(steps.cleanup.as_ref().map_or(&[], |step| step.body.troubles.as_slice()));
        self.stdout.line(&text::rehearse(document, self.out(), self.verbosity));
    }

    /// Shows what would stop the class.
    pub fn doctor(&self, view: &DoctorView) {
        self.stdout.line(&text::doctor(view, self.out(), self.verbosity));
    }

    /// Shows what failed on stderr, grouped by cause.
    pub fn troubles(&self, troubles: &[Trouble]) {
        let text = failures::text(troubles, self.err(), self.verbosity);
        if !text.is_empty() {
            self.stderr.line(text.trim_end());
        }
    }

    /// Whether a question waits for its answer; nothing else happens meanwhile.
    pub fn is_asking(&self) -> bool {
        self.stderr.is_asking()
    }

    /// The first write that failed for another reason than a reader that has gone; the output is then incomplete.
    pub fn failure(&self) -> Option<io::Error> {
        self.stdout.failure().or_else(|| self.stderr.failure())
    }
}

impl Audience for Ui {
    fn labels(&self, labels: BTreeMap<String, String>) {
        // A command reads one roster; where it reads it twice, it is the same.
        self.labels.get_or_init(|| Labels::of(labels));
    }

    /// Says something on stderr, unless quiet.
    fn note(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.stderr.line(&self.err().wrap(text, 2));
        }
    }

    /// Shows it on stdout, also when quiet: it is the result.
    fn log(&self, lines: &[LogLine]) {
        self.raw(&text::log_lines(lines, self.out(), self.verbosity));
    }

    /// Says on stderr that a call is not answered, where no progress is shown.
    fn unanswered(&self, happened: &Happened) {
        if let Some(text) = unanswered(happened) {
            self.note(&text);
        }
    }

    /// Warns on stderr, unless quiet.
    fn warning(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            let text = format!("{} {text}", self.err().paint(Ink::Warning, "warning:"));
            self.stderr.line(&self.err().wrap(&text, 2));
        }
    }

    /// Shows findings in files on stderr; when quiet, only if one of them is an error.
    fn diagnostics(&self, diagnostics: &Diagnostics) {
        if self.verbosity == Verbosity::Quiet && !diagnostics.has_errors() {
            return;
        }
        let text = diagnostics::text(diagnostics, self.err());
        if !text.is_empty() {
            self.stderr.line(&text);
        }
    }

    /// A listener that shows progress on stderr until the run is finished.
    fn progress(&self, kind: ProgressKind) -> Box<dyn Listener> {
        Box::new(Progress::new(kind, self.stderr.clone(), self.err(), self.verbosity))
    }

    /// Asks on stderr and waits for a line; only `yes` is yes. `false` when there is nobody to ask.
    fn confirm(&self, question: &str) -> bool {
        if !(io::stdin().is_terminal() && self.err.terminal) {
            return false;
        }
        let question = self.err().wrap(&format!("{question}\nType `yes` to go on:"), 0);
        self.stderr.ask(&question);
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        if answer.ends_with('\n') {
            self.stderr.answered();
        }
        read.is_ok() && answer.trim() == "yes"
    }

    fn can_be_asked(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }
}

#[cfg(test)]
mod tests {
    use super::super::paper::Paper;
    use super::*;
    use crate::ui::view::Head;

    fn ui(verbosity: Verbosity) -> (Ui, Paper, Paper) {
        let (out, err) = (Paper::default(), Paper::default());
        let ui = Ui::to(Style::plain(), Style::plain(), verbosity, Box::new(out.clone()), Box::new(err.clone()));
        (ui, out, err)
    }

    #[test]
    fn results_go_to_stdout_as_text_or_as_one_document() {
        let head = Head::new("cleanup", true, 1, Vec::new(), BTreeMap::new());
        let document = Document { head, body: CleanupView::default() };
        let (text, out, err) = ui(Verbosity::Normal);
        text.cleanup(&document);
        assert_eq!(out.read(), "Cleanup complete: 0 deleted, 0 already gone, 0 left.\n");
        assert_eq!(err.read(), "");
        let (json, out, _) = ui(Verbosity::Normal);
        json.print_json(&document);
        let value: serde_json::Value = serde_json::from_str(&out.read()).unwrap();
        assert_eq!((&value["schema"], &value["summary"]["residue"]), (&"labctl/cleanup/1".into(), &0.into()));
    }

    #[test]
    fn errors_go_to_stderr() {
        let (ui, out, err) = ui(Verbosity::Quiet);
        ui.error("cannot read `lab.toml`: no such file", Some("run `labctl init`"));
        ui.note("not heard");
        assert_eq!(out.read(), "");
        assert_eq!(err.read(), "error: cannot read `lab.toml`: no such file\n  next: run `labctl init`\n");
    }
}
