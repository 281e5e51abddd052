//! Progress on stderr while a command runs: a bar on a terminal, else a line per finished user or every tenth execution.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::sink::Sink;
use super::style::{Style, Verbosity, counted, fine_duration};
use super::time_left::{TimeLeft, about, clock};
use super::unanswered::unanswered;
use crate::event::{Event, Happened, Listener, ProgressKind};
use crate::model::Key;

/// Between redraws of a bar that nothing moves, so that its clock goes on.
const TICK: Duration = Duration::from_millis(200);

/// Terminals with fewer columns get no bar.
const NARROW: usize = 60;

/// Hears events and shows them.
pub(super) struct Progress {
    sink: Sink,
    style: Style,
    verbosity: Verbosity,
    state: Arc<Mutex<State>>,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(kind: ProgressKind, sink: Sink, style: Style, verbosity: Verbosity) -> Self {
        let state = Arc::new(Mutex::new(State::new(kind)));
        let bar = (style.terminal && verbosity > Verbosity::Quiet).then(|| bar(style, &state));
        Self { sink, style, verbosity, state, bar }
    }

    /// Takes the bar away.
    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn say(&self, line: &str) {
        let line = self.style.wrap(&self.style.spell(line), 4);
        match &self.bar {
            Some(bar) => bar.suspend(|| self.sink.line(&line)),
            None => self.sink.line(&line),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Listener for Progress {
    fn hear(&self, event: &Event) {
        let (line, position, total, message) = {
            let mut state = lock(&self.state);
            let line = state.hear(&event.event, self.style, self.verbosity, self.bar.is_some());
            let (position, total) = state.position();
            (line, position, total, state.message())
        };
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(position);
            let message = if message.is_empty() { message } else { format!(": {message}") };
            bar.set_message(self.style.spell(&message));
        }
        if let Some(line) = line.filter(|_| self.verbosity > Verbosity::Quiet) {
            self.say(&line);
        }
        if matches!(event.event, Happened::RunFinished { .. }) {
            self.finish();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bar(style: Style, state: &Arc<Mutex<State>>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    // Narrow terminals keep the counts and what is worth most of the message, wide ones get a bar too.
    let is_narrow = style.width < NARROW;
    let template = match (is_narrow, style.color) {
        (true, _) => "{pos}/{len}{left}{wide_msg}",
        (false, false) => "[{bar:20}] {pos}/{len} {clock}{left}{wide_msg}",
        (false, true) => "[{bar:20.cyan}] {pos}/{len} {clock}{left}{wide_msg}",
    };
    let state = Arc::clone(state);
    // A text that cannot be written is no text.
    let left = move |bar: &ProgressState, text: &mut dyn std::fmt::Write| {
        if let Some(left) = lock(&state).left.after(bar.elapsed()) {
            let _ = write!(text, ", {}{} left", if is_narrow { "" } else { "about " }, about(left));
        }
    };
    let elapsed = |bar: &ProgressState, text: &mut dyn std::fmt::Write| {
        let _ = text.write_str(&clock(bar.elapsed()));
    };
    if let Ok(look) = ProgressStyle::with_template(template) {
        let look = look.with_key("left", left).with_key("clock", elapsed);
        bar.set_style(look.progress_chars(if style.unicode { "█▌ " } else { "#> " }));
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// What has been heard so far.
#[derive(Debug, Default)]
struct State {
    users: u64,
    done: u64,
    failed: u64,
    interrupted: u64,
    waiting: BTreeMap<String, BTreeSet<(String, Key)>>,
    /// Operations of which an unanswered call was reported.
    unanswered: BTreeSet<String>,
    started: u64,
    finished: u64,
    expected: u64,
    tenths: u64,
    outcomes: BTreeMap<String, u64>,
    judged: BTreeMap<&'static str, u64>,
    scenarios: u64,
    left: TimeLeft,
}

impl State {
    fn new(kind: ProgressKind) -> Self {
        match kind {
            ProgressKind::Changes { users, foreseen } => {
                Self { users: count(users), left: TimeLeft { foreseen, ..TimeLeft::default() }, ..Self::default() }
            }
            ProgressKind::Scenarios { total } => Self { scenarios: count(total), ..Self::default() },
            ProgressKind::Executions { total } => Self { expected: total, ..Self::default() },
        }
    }

    /// Counts an event and gives the line it is worth.
    fn hear(&mut self, happened: &Happened, style: Style, verbosity: Verbosity, barred: bool) -> Option<String> {
        let verbose = verbosity == Verbosity::Verbose;
        match happened {
            Happened::ChangeStarted { user, key, .. } => {
                self.wait_is_over(user, key);
                None
            }
            Happened::ChangeSucceeded { user, key, action, ms, .. } => {
                self.wait_is_over(user, key);
                self.left.done += 1;
                verbose.then(|| format!("{user}: {action} {key}: {ms} ms"))
            }
            Happened::ChangeFailed { user, key, action, error, .. } => {
                self.wait_is_over(user, key);
                self.left.done += 1;
                verbose.then(|| format!("{user}: {action} {key}: failed: {error}"))
            }
            Happened::Waited { user, key, reason, ms } => {
                self.waiting.entry(reason.clone()).or_default().insert((user.clone(), key.clone()));
                verbose.then(|| format!("{user}: {key}: waits {ms} ms for {}", waits_for(reason)))
            }
            Happened::CallUnanswered { operation, .. } => {
                let is_first = self.unanswered.insert(operation.clone());
                (is_first || verbose).then(|| unanswered(happened)).flatten()
            }
            Happened::UserFinished { user, ok, changed, error } => {
                self.done += 1;
                let is_cut_off = !ok && error.is_none();
                self.interrupted += u64::from(is_cut_off);
                self.failed += u64::from(!ok && !is_cut_off);
                // That a run was interrupted is said once.
                let tell = verbose || !is_cut_off && (!barred || !ok);
                tell.then(|| match error {
                    _ if *ok => format!("{} {}: {}", style.mark(true), style.user(user), counted(*changed, "change")),
                    Some(error) => format!("{} {}: {error}", style.mark(false), style.user(user)),
                    None => format!("{} {}: interrupted", style.mark(false), style.user(user)),
                })
            }
            Happened::ExecutionStarted { .. } => {
                self.started += 1;
                None
            }
            Happened::StateEntered { state, after_ms, .. } => Some(format!("{:>9}  {state}", fine_duration(*after_ms))),
            Happened::ExecutionFinished { user, outcome, ms, arn, .. } => {
                self.finished += 1;
                *self.outcomes.entry(outcome.clone()).or_default() += 1;
                let tenth = self.passed_a_tenth();
                if verbose {
                    return Some(format!("{user}: {outcome} after {ms} ms: {arn}"));
                }
                (tenth && !barred && self.expected > 1)
                    .then(|| format!("{} of {} executions over: {}", self.finished, self.expected, self.counts()))
            }
            Happened::ScenarioJudged { user, name, passed, skipped, problem, .. } => {
                let word = if *skipped {
                    "skipped"
                } else if *passed {
                    "passed"
                } else {
                    "failed"
                };
                *self.judged.entry(word).or_default() += 1;
                let problem = problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
                verbose.then(|| format!("{user}: {name} {word}{problem}"))
            }
            Happened::Planned { actions, .. } => {
                self.left.total = ["create", "update", "delete"].iter().filter_map(|action| actions.get(*action)).sum();
                None
            }
            Happened::RunStarted { .. }
            | Happened::LabPut { .. }
            | Happened::LabRemoved { .. }
            | Happened::ThresholdJudged { .. }
            | Happened::RunFinished { .. } => None,
        }
    }

    fn wait_is_over(&mut self, user: &str, key: &Key) {
        let entry = (user.to_owned(), key.clone());
        self.waiting.retain(|_, waiting| {
            waiting.remove(&entry);
            !waiting.is_empty()
        });
    }

    /// Whether another tenth of the executions is over.
    fn passed_a_tenth(&mut self) -> bool {
        let tenths = (self.finished * 10).checked_div(self.expected).unwrap_or(0);
        let passed = tenths > self.tenths;
        self.tenths = self.tenths.max(tenths);
        passed
    }

    fn position(&self) -> (u64, u64) {
        if self.scenarios > 0 {
            (self.judged.values().sum(), self.scenarios)
        } else if self.expected > 0 || self.started > 0 {
            (self.finished, self.expected.max(self.started))
        } else {
            (self.done, self.users)
        }
    }

    /// What stands beside the bar.
    fn message(&self) -> String {
        if self.expected > 0 || self.started > 0 || self.scenarios > 0 {
            let running = self.started.saturating_sub(self.finished);
            let judged: u64 = self.judged.values().sum();
            let counts = if judged > 0 { words(self.judged.iter()) } else { self.counts() };
            return [format!("{running} running"), counts]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
        }
        // What may need the instructor comes first: narrow terminals cut off the end.
        let mut parts = Vec::new();
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        for (reason, waiting) in &self.waiting {
            let users: BTreeSet<&str> = waiting.iter().map(|(user, _)| user.as_str()).collect();
            parts.push(format!("{} waiting for {}", users.len(), waits_for(reason)));
        }
        if self.interrupted > 0 {
            parts.push(format!("{} interrupted", self.interrupted));
        }
        parts.push(format!("{} ok", self.done - self.failed - self.interrupted));
        parts.join(", ")
    }

    fn counts(&self) -> String {
        words(self.outcomes.iter())
    }
}

fn words<'a, N: std::fmt::Display + 'a>(counts: impl Iterator<Item = (N, &'a u64)>) -> String {
    counts.map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

/// The reason of a wait, in words.
fn waits_for(reason: &str) -> &str {
    match reason {
        "iam" => "IAM",
        "busy" => "a change in progress",
        "throttled" => "AWS's request limits",
        "service" => "a service that fails",
        "unreachable" => "an endpoint that does not answer",
        "no answer" => "an answer that is the service's",
        other => other,
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn changes(users: usize) -> ProgressKind {
        ProgressKind::Changes { users, foreseen: None }
    }

    fn finished(user: &str, error: Option<&str>) -> Happened {
        Happened::UserFinished { user: user.into(), ok: error.is_none(), changed: 12, error: error.map(str::to_owned) }
    }

    fn hear(state: &mut State, happened: &Happened, barred: bool) -> Option<String> {
        state.hear(happened, Style::plain(), Verbosity::Normal, barred)
    }

    #[test]
    fn a_pipe_gets_a_line_per_finished_user_and_a_bar_only_failures() {
        for (barred, lines) in [(false, vec!["ok ann: 12 changes", "!! ben: denied"]), (true, vec!["!! ben: denied"])] {
            let mut state = State::new(changes(2));
            let reported: Vec<_> = [finished("ann", None), finished("ben", Some("denied"))]
                .iter()
                .filter_map(|happened| hear(&mut state, happened, barred))
                .collect();
            assert_eq!(reported, lines);
            assert_eq!(state.position(), (2, 2));
            assert_eq!(state.message(), "1 failed, 1 ok");
        }
    }

    #[test]
    fn an_interruption_is_not_reported_user_by_user() {
        for barred in [false, true] {
            let mut state = State::new(changes(2));
            let cut_off = Happened::UserFinished { user: "ann".into(), ok: false, changed: 3, error: None };
            assert_eq!(hear(&mut state, &cut_off, barred), None);
            assert_eq!(state.message(), "1 interrupted, 0 ok");
            let reported = state.hear(&cut_off, Style::plain(), Verbosity::Verbose, barred);
            assert_eq!(reported.as_deref(), Some("!! ann: interrupted"));
        }
    }

    #[test]
    fn waiting_is_shown_until_it_is_over() {
        let mut state = State::new(changes(1));
        let key = Key::new(Kind::Function, "ann-pay");
        let waited = Happened::Waited { user: "ann".into(), key: key.clone(), reason: "iam".into(), ms: 500 };
        hear(&mut state, &waited, true);
        hear(&mut state, &waited, true);
        let other = Key::new(Kind::Function, "ann-check");
        hear(
            &mut state,
            &Happened::Waited { user: "ann".into(), key: other.clone(), reason: "iam".into(), ms: 500 },
            true,
        );
        assert_eq!(state.message(), "1 waiting for IAM, 0 ok");
        let over =
            Happened::ChangeSucceeded { user: "ann".into(), key, action: "create".into(), arn: String::new(), ms: 1 };
        hear(&mut state, &over, true);
        assert_eq!(state.message(), "1 waiting for IAM, 0 ok", "users are counted, not what they wait with");
        let (user, action, class) = ("ann".into(), "create".into(), "denied".into());
        hear(&mut state, &Happened::ChangeFailed { user, key: other, action, error: String::new(), class }, true);
        assert_eq!(state.message(), "0 ok");
    }

    #[test]
    fn the_time_left_follows_the_changes_of_the_plan() {
        let foreseen = Some(Duration::from_mins(2));
        let mut state = State::new(ProgressKind::Changes { users: 2, foreseen });
        let planned = [("create", 6), ("delete", 2), ("unchanged", 30)];
        let actions = planned.iter().map(|(action, count)| ((*action).to_owned(), *count)).collect();
        hear(&mut state, &Happened::Planned { actions, users: 2 }, true);
        let over = Happened::ChangeSucceeded {
            user: "ann".into(),
            key: Key::new(Kind::Role, "ann-r"),
            action: "create".into(),
            arn: String::new(),
            ms: 1,
        };
        hear(&mut state, &over, true);
        hear(&mut state, &over, true);
        assert_eq!(state.left, TimeLeft { foreseen, total: 8, done: 2 });
    }

    #[test]
    fn a_pipe_hears_of_every_tenth_of_the_executions() {
        let mut state = State::new(ProgressKind::Executions { total: 50 });
        let mut lines = Vec::new();
        for number in 0..50 {
            let started = Happened::ExecutionStarted { user: "ann".into(), machine: "m".into(), arn: "a".into() };
            assert_eq!(hear(&mut state, &started, false), None);
            let outcome = if number % 5 == 0 { "FAILED" } else { "COMPLETED" };
            let over = Happened::ExecutionFinished {
                user: "ann".into(),
                arn: "a".into(),
                status: "SUCCEEDED".into(),
                outcome: outcome.into(),
                ms: 3,
            };
            lines.extend(hear(&mut state, &over, false));
        }
        assert_eq!(lines.len(), 10);
        assert_eq!(lines[0], "5 of 50 executions over: 4 COMPLETED, 1 FAILED");
        assert_eq!(state.message(), "0 running, 40 COMPLETED, 10 FAILED");
        assert_eq!(state.position(), (50, 50));
    }
}
