//! `labctl bulk-test` as text.

use std::fmt::Write as _;

use super::super::histogram;
use super::super::style::{Ink, Style, Verbosity, duration};
use super::super::view::{BulkUserView, BulkView, Document, LatencyView, StatesFromView, StatesSource};
use super::causes::causes;
use super::comparison::comparison;
use super::figures::{grouped, percent};
use super::table::table;

/// The text of the document, the summary line last.
pub(in crate::ui) fn bulk(document: &Document<BulkView>, style: Style, verbosity: Verbosity) -> String {
    let view = &document.body;
    let summary = style.wrap(&summary(document, style), 2);
    let thresholds = thresholds(view, style);
    if verbosity == Verbosity::Quiet {
        return thresholds + &summary;
    }
    let mut text = outcomes(view, style);
    text.push_str(&causes(&view.summary.causes, view.summary.started, style, verbosity));
    text.push_str(&latency(view, style));
    text.push_str(&users(view, style, verbosity));
    if !view.states.is_empty() {
        let rows = view.states.iter().map(|(name, state)| {
            vec![
                name.clone(),
                state.count.to_string(),
                state.p50.to_string(),
                state.p95.to_string(),
                state.p99.to_string(),
            ]
        });
        let head = format!("States, ms{}", states_from(&view.states_from));
        let _ = writeln!(text, "{}", style.wrap(&style.paint(Ink::Bold, head), 2));
        text.push_str(&table(&["state", "count", "p50", "p95", "p99"], rows.collect(), 1, style));
    }
    // A run in which nothing was started is none of those that are kept.
    if view.summary.started > 0 {
        let saved = format!("Saved as run {}: {}", view.run.id, view.run.records.display());
        let _ = writeln!(text, "{}", style.wrap(&saved, 2));
    }
    for note in &view.notes {
        let _ = writeln!(text, "{}", style.wrap(&format!("note: {note}"), 2));
    }
    if let Some(view) = &view.comparison {
        text.push_str(&comparison(view, style));
    }
    text + &thresholds + &summary
}

fn outcomes(view: &BulkView, style: Style) -> String {
    let finished = view.summary.finished;
    let rows = view
        .summary
        .outcomes
        .iter()
        .map(|(name, count)| vec![name.clone(), count.to_string(), percent(*count, finished)]);
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() { String::new() } else { table(&["outcome", "executions", "share"], rows, 1, style) }
}

/// Users named before the rest is counted.
const NAMED: usize = 5;

/// Who had to wait longest; nothing of a class of one, and nothing where nothing ended.
fn users(view: &BulkView, style: Style, verbosity: Verbosity) -> String {
    if view.users.len() < 2 || view.summary.finished == 0 {
        return String::new();
    }
    let mut slowest: Vec<&BulkUserView> = view.users.iter().collect();
    slowest.sort_by_key(|user| std::cmp::Reverse(user.latency_ms.map(|latency| (latency.p95, latency.p50))));
    let named = if verbosity == Verbosity::Verbose { slowest.len() } else { NAMED };
    let cell = |user: &BulkUserView, figure: fn(LatencyView) -> u64| {
        user.latency_ms.map_or_else(|| "-".to_owned(), |latency| figure(latency).to_string())
    };
    let rows = slowest.iter().take(named).map(|user| {
        let most = user.outcomes.iter().max_by_key(|(_, count)| **count);
        vec![
            style.user(&user.user),
            user.finished.to_string(),
            cell(user, |latency| latency.p50),
            cell(user, |latency| latency.p95),
            cell(user, |latency| latency.p99),
            most.map(|(outcome, count)| format!("{count} {outcome}")).unwrap_or_default(),
        ]
    });
    let mut text = format!("{}\n", style.paint(Ink::Bold, "Slowest users, ms"));
    text.push_str(&table(&["user", "finished", "p50", "p95", "p99", "mostly"], rows.collect(), 1, style));
    let more = slowest.len().saturating_sub(named);
    if more > 0 {
        let _ = writeln!(text, "  {} {more} more (--verbose lists them)", style.ellipsis());
    }
    text
}

/// ` (from 200 of 3,000 executions, histories)`
fn states_from(from: &StatesFromView) -> String {
    let source = match from.source {
        StatesSource::LogGroup => "log group",
        StatesSource::History => "histories",
    };
    if from.executions == from.of {
        format!(" (from all {} executions, {source})", grouped(from.of))
    } else {
        format!(" (from {} of {} executions, {source})", grouped(from.executions), grouped(from.of))
    }
}

fn latency(view: &BulkView, style: Style) -> String {
    if view.summary.finished == 0 {
        return String::new();
    }
    let LatencyView { p50, p90, p95, p99, max } = view.latency_ms;
    let line = format!("Latency: p50 {p50} ms, p90 {p90} ms, p95 {p95} ms, p99 {p99} ms, max {max} ms.");
    format!("{}\n{}", style.wrap(&line, 2), histogram::text(&view.histogram, style))
}

/// Each threshold and whether it held, a line each.
pub(super) fn thresholds(view: &BulkView, style: Style) -> String {
    let mut text = String::new();
    for threshold in &view.thresholds {
        let line = format!("{} {}: {}", style.mark(threshold.passed), threshold.expr, threshold.actual);
        let word = if threshold.passed { "" } else { " (not met)" };
        let _ = writeln!(text, "{}", style.wrap(&format!("{line}{word}"), 4));
    }
    text
}

/// `Bulk test complete: N started, N finished, N failed to start, N throttled in 12.3 s.`
pub(super) fn summary(document: &Document<BulkView>, style: Style) -> String {
    let BulkView { summary, still_running, .. } = &document.body;
    let (word, ink) =
        if still_running + summary.failed_to_start == 0 { ("complete", Ink::Good) } else { ("incomplete", Ink::Bad) };
    let head = style.paint(ink, format!("Bulk test {word}:"));
    let running = match still_running {
        0 => String::new(),
        still => format!(", {still} still running"),
    };
    format!(
        "{head} {} started, {} finished{running}, {} failed to start, {} throttled in {}.",
        summary.started,
        summary.finished,
        summary.failed_to_start,
        summary.throttled,
        duration(document.head.elapsed_ms)
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::document_of;
    use super::*;
    use crate::cause::CommonCause;
    use crate::ui::view::{BarView, BulkSummary, SavedRunView, StateLatencyView, ThresholdView};

    fn document() -> Document<BulkView> {
        let user = |name: &str, p95| BulkUserView {
            user: name.into(),
            started: 50,
            finished: 49,
            outcomes: BTreeMap::from([("COMPLETED".into(), 40), ("FAILED".into(), 9)]),
            latency_ms: Some(LatencyView { p50: 120, p90: 180, p95, p99: 240, max: 260 }),
            ..BulkUserView::default()
        };
        let view = BulkView {
            run: SavedRunView { id: "1a2b3c4d".into(), records: "out/runs/1a2b3c4d.jsonl".into() },
            users: vec![
                user("ann", 170),
                user("ben", 190),
                BulkUserView { user: "cyd".into(), ..BulkUserView::default() },
            ],
            states_from: StatesFromView { source: StatesSource::History, executions: 98, of: 3098 },
            summary: BulkSummary {
                started: 100,
                finished: 98,
                outcomes: BTreeMap::from([("COMPLETED".into(), 80), ("FAILED".into(), 18)]),
                throttled: 2,
                failed_to_start: 1,
                failed: 18,
                not_looked_into: 0,
                causes: vec![CommonCause {
                    key: "ValueError/Pay/no-amount".into(),
                    text: "Pay: ValueError: no amount (pay.py:31)".into(),
                    hint: Some("look there".into()),
                    count: 18,
                    users: ["ann".into(), "ben".into()].into(),
                    example: Some("ann:orders:labctl-bulk-3-1a2b3c4d".into()),
                }],
            },
            latency_ms: LatencyView { p50: 120, p90: 180, p95: 190, p99: 240, max: 260 },
            histogram: vec![BarView { up_to_ms: 199, count: 90 }, BarView { up_to_ms: 299, count: 8 }],
            states: BTreeMap::from([(
                "ValidateOrder".into(),
                StateLatencyView { count: 98, p50: 40, p95: 60, p99: 70 },
            )]),
            thresholds: vec![
                ThresholdView { expr: "COMPLETED>=80%".into(), passed: true, actual: "80 of 100 (80.0 %)".into() },
                ThresholdView { expr: "p95<100ms".into(), passed: false, actual: "190 ms".into() },
            ],
            comparison: None,
            notes: vec!["3 executions of `ann` were read one by one".into()],
            troubles: Vec::new(),
            interrupted: false,
            still_running: 2,
        };
        document_of(false, 3210, view)
    }

    #[test]
    fn everything_that_was_measured_is_shown() {
        insta::assert_snapshot!(bulk(&document(), Style::plain(), Verbosity::Normal));
    }

    #[test]
    fn a_narrow_terminal_holds() {
        let style = Style { width: 40, terminal: true, unicode: true, ..Style::plain() };
        let text = bulk(&document(), style, Verbosity::Normal);
        // A command is copied, so that it is never broken.
        let mut lines = text.lines().filter(|line| !line.contains("labctl trace"));
        assert!(lines.all(|line| unicode_width::UnicodeWidthStr::width(line) <= 40), "{text}");
        assert!(text.contains("✗ p95<100ms: 190 ms (not met)"), "{text}");
    }
}
