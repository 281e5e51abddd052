//! `labctl trace` as text: why, then what happened when.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::short::shortened;
use super::super::style::{Ink, Style, Verbosity, counted_len, fine_duration};
use super::super::view::{ExecutionView, TraceAttempt, TraceState, TraceView};
use crate::asl::trace::End;
use crate::model::MachineType;

/// Characters of the first line, two fewer than there may be: `…` may be spelt `...`.
const HEADLINE: usize = 198;

/// Columns that bars have, at least and at most.
const BARS: (usize, usize) = (12, 40);

/// Lines of a handler's log that are shown of one state, unless all are asked for.
const LOG_LINES: usize = 6;

/// The text of the document; quiet, the first line.
pub(in crate::ui) fn trace(view: &TraceView, style: Style, verbosity: Verbosity) -> String {
    let execution = &view.execution;
    let mut text = headline(execution, style);
    if verbosity == Verbosity::Quiet {
        return text;
    }
    if let Some(hint) = execution.cause.as_ref().and_then(|cause| cause.hint.as_ref()) {
        let _ = write!(text, "\n{}", style.wrap(&format!("  hint: {hint}"), 8));
    }
    let took = execution.ms.map_or_else(|| "not over yet".to_owned(), fine_duration);
    let kind = match execution.machine_type {
        MachineType::Standard => "STANDARD",
        MachineType::Express => "EXPRESS",
    };
    let (machine, user) = (&execution.machine, style.user(execution.user.as_str()));
    let whose = format!("{machine} of {user}, {kind}, started {}, {took}", execution.started);
    let _ = write!(text, "\n\n  {whose}\n  {}\n", execution.arn);
    let is_whole = view.full || verbosity == Verbosity::Verbose;
    text.push_str(&timeline(view, style, is_whole));
    for note in &view.notes {
        let _ = write!(text, "\n{}", style.wrap(&format!("  note: {note}"), 4));
    }
    text.trim_end().to_owned()
}

/// Status, state, error, message, place.
fn headline(execution: &ExecutionView, style: Style) -> String {
    let ExecutionView { status, outcome, cause, .. } = execution;
    let named = if **outcome == **status { (*status).to_owned() } else { format!("{status} with outcome {outcome}") };
    let ink = if cause.is_some() { Ink::Bad } else { Ink::Good };
    let Some(cause) = cause else {
        let took = execution.ms.map(|ms| format!(" in {}", fine_duration(ms))).unwrap_or_default();
        return format!("{}{took}", style.paint(ink, named));
    };
    let before = if cause.state.is_some() { format!("{named} at ") } else { format!("{named}: ") };
    let text = cause.text_within(HEADLINE.saturating_sub(before.chars().count()));
    style.spell(&format!("{}{text}", style.paint(ink, before)))
}

/// Every state on a line with its bar, and below it what there is to say.
fn timeline(view: &TraceView, style: Style, is_whole: bool) -> String {
    if view.states.is_empty() {
        let what = if view.only_failed { "no state failed" } else { "no state was entered" };
        return format!("\n  {what}\n");
    }
    let name = |state: &TraceState| state.depth * 2 + state.name.chars().count();
    let names = view.states.iter().map(name).max().unwrap_or_default().clamp(5, 44);
    // Two marks, the name, two times.
    let columns = style.width.saturating_sub(names + 26).clamp(BARS.0, BARS.1);
    let scale = Scale { total_ms: total(view), columns, style };
    let mut text = format!("\n     {:names$}  {:>9}  {:>9}\n", "state", "after", "took");
    let mut lane = None;
    for state in &view.states {
        let here = (state.parent_id, state.branch, state.iteration);
        if state.parent.is_some() && lane != Some(here) {
            let which = match (state.branch, state.iteration) {
                (Some(branch), _) => format!("branch {}", branch + 1),
                (_, Some(iteration)) => format!("iteration {iteration}"),
                _ => "inside".to_owned(),
            };
            let _ =
                writeln!(text, "    {}{}", "  ".repeat(state.depth.saturating_sub(1)), style.paint(Ink::Dim, which));
        }
        lane = Some(here);
        text.push_str(&scale.line(state, names));
        text.push_str(&details(state, style, is_whole));
    }
    let _ = write!(text, "\n  {}", legend(view, is_whole));
    text + "\n"
}

fn total(view: &TraceView) -> u64 {
    let ends = view.states.iter().map(|state| state.at_ms + state.ms.unwrap_or_default());
    view.execution.ms.unwrap_or_default().max(ends.max().unwrap_or_default()).max(1)
}

/// What the marks mean, and what was left out.
fn legend(view: &TraceView, is_whole: bool) -> String {
    let mut parts = Vec::new();
    if view.states.iter().any(|state| state.critical) {
        parts.push("* the execution would have been over sooner without it".to_owned());
    }
    if !is_whole {
        parts.push("`--full` shows inputs, outputs and logs whole".to_owned());
    }
    parts.join("; ")
}

/// How time becomes columns.
struct Scale {
    total_ms: u64,
    columns: usize,
    style: Style,
}

impl Scale {
    fn line(&self, state: &TraceState, names: usize) -> String {
        let mark = if state.critical { "*" } else { " " };
        let (ink, sign) = match state.end {
            Some(End::Succeeded) => (Ink::Good, " "),
            Some(End::Caught) => (Ink::Warning, "!"),
            Some(End::Failed | End::TimedOut) => (Ink::Bad, "x"),
            Some(End::Aborted) => (Ink::Dim, "-"),
            None => (Ink::Notice, ">"),
        };
        let indented = format!("{}{}", "  ".repeat(state.depth), state.name);
        let (at, took) = (fine_duration(state.at_ms), state.ms.map(fine_duration).unwrap_or_default());
        let line = format!("{indented:names$}  {at:>9}  {took:>9}");
        let line = format!("{mark}{} {line}  {}", self.style.paint(ink, sign), self.bar(state, ink));
        format!("  {}\n", line.trim_end())
    }

    /// The time of a state, its attempts darker than the waits between them.
    fn bar(&self, state: &TraceState, ink: Ink) -> String {
        let (full, light) = if self.style.unicode { ('█', '░') } else { ('#', '.') };
        let (from, to) = self.cells(state.at_ms, state.ms);
        let is_retried = state.attempts.len() > 1;
        let mut cells: Vec<char> = vec![if is_retried { light } else { full }; to - from];
        for attempt in state.attempts.iter().filter(|_| is_retried) {
            let (begin, end) = self.cells(attempt.at_ms, attempt.ms);
            let inside = cells.iter_mut().enumerate().filter(|(at, _)| (begin..end).contains(&(at + from)));
            inside.for_each(|(_, cell)| *cell = full);
        }
        format!("{}{}", " ".repeat(from), self.style.paint(ink, cells.into_iter().collect::<String>()))
    }

    /// The cells of a stretch of time; one at least.
    fn cells(&self, at_ms: u64, ms: Option<u64>) -> (usize, usize) {
        let place = |ms: u64| {
            let scaled = u128::from(ms.min(self.total_ms)) * self.columns as u128 / u128::from(self.total_ms);
            usize::try_from(scaled).unwrap_or(self.columns)
        };
        let from = place(at_ms).min(self.columns.saturating_sub(1));
        let end_ms = ms.map_or(self.total_ms, |ms| at_ms.saturating_add(ms));
        (from, place(end_ms).clamp(from + 1, self.columns.max(from + 1)))
    }
}

/// Attempts, errors, data and logs of a state.
fn details(state: &TraceState, style: Style, is_whole: bool) -> String {
    let indent = " ".repeat(6 + state.depth * 2);
    let mut text = String::new();
    let mut line = |line: &str| {
        let _ = writeln!(text, "{indent}{}", style.spell(line));
    };
    if state.attempts.len() > 1 {
        for (number, attempt) in state.attempts.iter().enumerate() {
            line(&attempt_line(attempt, number + 1));
        }
    } else if let Some(error) = reported(state.error.as_deref(), state.cause.as_deref()) {
        line(&error);
    }
    if let Some(by) = &state.caught_by {
        line(&format!("caught, went on with {by}"));
    }
    let failed = !matches!(state.end, Some(End::Succeeded) | None);
    for (what, data) in [("input", &state.input), ("output", &state.output)] {
        if data.is_none() || !(is_whole || (failed && what == "input")) {
            continue;
        }
        let value = data.value();
        if is_whole {
            let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
            line(&format!("{what}: {}", pretty.replace('\n', &format!("\n{indent}"))));
        } else {
            line(&format!("{what}: {}", folded(&value)));
        }
    }
    let shown = if is_whole { state.log.len() } else { LOG_LINES };
    for entry in state.log.iter().take(shown) {
        let written = entry.text.replace('\n', &format!("\n{indent}  "));
        let written = if is_whole { written } else { shortened(entry.text.lines().next().unwrap_or_default()) };
        line(&format!("| {written}"));
    }
    let more = state.log.len().saturating_sub(shown);
    if more > 0 {
        line(&format!("| … {} more", counted_len(more, "line")));
    }
    text
}

fn folded(value: &Value) -> String {
    shortened(&value.to_string())
}

fn attempt_line(attempt: &TraceAttempt, number: usize) -> String {
    let of = attempt.most.max(number as u64);
    let took = attempt.ms.map_or_else(|| "not over yet".to_owned(), fine_duration);
    let error = reported(attempt.error.as_deref(), attempt.cause.as_deref());
    let next = attempt.next_in_ms.map(|ms| format!(", next in {}", fine_duration(ms))).unwrap_or_default();
    let error = error.map(|error| format!(", {error}")).unwrap_or_default();
    format!("{number} of {of}: {took}{error}{next}")
}

/// An error in one line.
fn reported(error: Option<&str>, cause: Option<&str>) -> Option<String> {
    let message = cause.map(crate::cause::message_of).filter(|message| !message.is_empty());
    let parts: Vec<String> = [error.map(str::to_owned), message].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| shortened(&parts.join(": ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::view::{TraceData, TraceLogLine};
    use super::*;
    use crate::cause::Cause;

    fn state(name: &str, id: i64, at_ms: u64, ms: u64) -> TraceState {
        TraceState {
            name: name.to_owned(),
            id,
            state_type: "Task".to_owned(),
            parent: None,
            parent_id: None,
            branch: None,
            iteration: None,
            entered: None,
            ms: Some(ms),
            end: Some(End::Succeeded),
            critical: true,
            attempts: Vec::new(),
            error: None,
            cause: None,
            caught_by: None,
            input: TraceData::of(Some(json!({"orderId": "o-1"}).to_string().into())),
            output: TraceData::of(Some(json!({"ok": true}).to_string().into())),
            log: Vec::new(),
            depth: 0,
            at_ms,
        }
    }

    fn inside(name: &str, id: i64, (at_ms, ms): (u64, u64), branch: usize) -> TraceState {
        let state = state(name, id, at_ms, ms);
        TraceState { parent: Some("Both".into()), parent_id: Some(4), branch: Some(branch), depth: 1, ..state }
    }

    fn view() -> TraceView {
        let attempt = |at_ms, ms, next: Option<u64>| TraceAttempt {
            ms: Some(ms),
            error: next.map(|_| "Busy".to_owned()),
            cause: None,
            next_in_ms: next,
            most: 4,
            at_ms,
        };
        let validate = TraceState {
            attempts: vec![attempt(0, 500, Some(2000)), attempt(2500, 500, None)],
            ..state("Validate", 2, 0, 3000)
        };
        let both = TraceState {
            state_type: "Parallel".into(),
            end: Some(End::Caught),
            caught_by: Some("Failed".into()),
            ..state("Both", 4, 3000, 1000)
        };
        let object = json!({"errorType": "ValueError", "errorMessage": "no amount"}).to_string();
        let pay = TraceState {
            end: Some(End::Failed),
            error: Some("ValueError".into()),
            cause: Some(object),
            log: vec![TraceLogLine { at: "t".into(), text: "Processing payment: {}".into() }],
            ..inside("Pay", 6, (3000, 1000), 0)
        };
        let reserve = TraceState { critical: false, end: Some(End::Aborted), ..inside("Reserve", 7, (3000, 900), 1) };
        TraceView {
            execution: ExecutionView {
                arn: "arn:aws:states:us-east-1:000000000000:execution:ann-orders:e1".into(),
                name: "e1".into(),
                user: crate::model::UserName::new("ann").unwrap(),
                machine: "orders".into(),
                machine_type: MachineType::Standard,
                status: "SUCCEEDED",
                outcome: "FAILED".into(),
                started: "2026-11-30T10:00:00.000Z".into(),
                ms: Some(4000),
                cause: Some(Box::new(Cause {
                    key: "k".into(),
                    state: Some("Pay".into()),
                    error: Some("ValueError".into()),
                    message: "no amount".into(),
                    place: Some("pay.py:31".into()),
                    hint: Some("look there".into()),
                })),
            },
            states: vec![
                validate,
                both,
                pay,
                reserve,
                TraceState { state_type: "Pass".into(), ..state("Failed", 12, 4000, 0) },
            ],
            notes: vec!["a note".into()],
            exported: None,
            written: None,
            picture: None,
            full: false,
            only_failed: false,
        }
    }

    #[test]
    fn the_first_line_says_why_and_the_timeline_when() {
        let text = trace(&view(), Style::plain(), Verbosity::Normal);
        let wanted = "\
SUCCEEDED with outcome FAILED at Pay: ValueError: no amount (pay.py:31)
  hint: look there

  orders of ann, STANDARD, started 2026-11-30T10:00:00.000Z, 4.0 s
  arn:aws:states:us-east-1:000000000000:execution:ann-orders:e1

     state          after       took
  *  Validate        0 ms      3.0 s  #####....................#####
      1 of 4: 500 ms, Busy, next in 2.0 s
      2 of 4: 500 ms
  *! Both           3.0 s      1.0 s                                ##########
      caught, went on with Failed
      input: {\"orderId\":\"o-1\"}
    branch 1
  *x   Pay          3.0 s      1.0 s                                ##########
        ValueError: no amount
        input: {\"orderId\":\"o-1\"}
        | Processing payment: {}
    branch 2
   -   Reserve      3.0 s     900 ms                                #########
        input: {\"orderId\":\"o-1\"}
  *  Failed         4.0 s       0 ms                                         #

  * the execution would have been over sooner without it; `--full` shows inputs, outputs and logs whole

  note: a note";
        assert_eq!(text, wanted, "\n{text}");
    }

    #[test]
    fn the_first_line_is_short_and_alone_when_quiet() {
        let mut view = view();
        if let Some(cause) = &mut view.execution.cause {
            cause.message = "x".repeat(5000);
        }
        let line = trace(&view, Style::plain(), Verbosity::Quiet);
        assert!(
            line.chars().count() <= HEADLINE + 2 && line.ends_with(" (pay.py:31)") && !line.contains('\n'),
            "{line}"
        );
        view.execution.cause = None;
        view.execution.outcome = "COMPLETED".into();
        assert_eq!(trace(&view, Style::plain(), Verbosity::Quiet), "SUCCEEDED with outcome COMPLETED in 4.0 s");
    }

    #[test]
    fn full_shows_data_and_logs_whole() {
        let mut view = view();
        view.full = true;
        view.states[2].log = (0..20).map(|at| TraceLogLine { at: "t".into(), text: format!("line {at}") }).collect();
        let text = trace(&view, Style::plain(), Verbosity::Normal);
        assert!(text.contains("output: {\n") && text.contains("| line 19") && !text.contains("--full"), "{text}");
        view.full = false;
        assert!(trace(&view, Style::plain(), Verbosity::Normal).contains("| ... 14 lines more"));
    }
}
