//! Two bulk runs beside each other, and the list of saved runs, as text.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::style::{Ink, Style, counted};
use super::super::view::{ComparisonView, DurationChangeView, RunView, RunsView, StateLatencyView};
use super::figures::{grouped, percent};
use super::table::table;
use crate::trial::Verdict;

/// The comparison, the rule it follows last.
pub(in crate::ui) fn comparison(view: &ComparisonView, style: Style) -> String {
    let ComparisonView { before, after, .. } = view;
    let head = format!("Run {} beside {}", after.id, before.id);
    let mut text = format!("{}\n", style.paint(Ink::Bold, head));
    let side = |word: &str, run: &RunView| {
        let (users, executions) = (run.users as u64, grouped(run.finished));
        let line = format!("  {word}: {}, {executions} executions over, {}", counted(users, "user"), run.written);
        style.wrap(&line, 4) + "\n"
    };
    text.push_str(&side("before", before));
    text.push_str(&side("after", after));
    for run in [before, after].into_iter().filter(|run| !run.complete) {
        let line = format!("  run {} was cut off: what it had seen until then is compared", run.id);
        text.push_str(&(style.wrap(&style.paint(Ink::Warning, line), 4) + "\n"));
    }
    text.push_str(&settings(view, style));
    let executions = ("executions", &view.executions);
    let states = view.states.iter().map(|(state, change)| (state.as_str(), change));
    let rows = std::iter::once(executions).chain(states).map(|(name, change)| durations(name, change, style));
    let header = ["ms", "p50", "p95", "p99", "p50 change", "verdict"];
    text.push_str(&table(&header, rows.collect(), 1, style));
    let rows = view.outcomes.iter().map(|(outcome, change)| {
        vec![
            outcome.clone(),
            format!("{} ({})", change.before, percent(change.before, before.finished)),
            format!("{} ({})", change.after, percent(change.after, after.finished)),
            words(change.verdict).to_owned(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        text.push_str(&table(&["outcome", "before", "after", "verdict"], rows, 1, style));
    }
    text + &style.wrap(&format!("  {}", view.rule), 2) + "\n"
}

/// What was set differently: without it, figures would be held against each other that are of different things.
fn settings(view: &ComparisonView, style: Style) -> String {
    let Some(changes) = &view.settings else {
        let unknown = [&view.before, &view.after].into_iter().filter(|run| run.settings.is_none());
        let ids: Vec<&str> = unknown.map(|run| run.id.as_str()).collect();
        let line = format!("  settings: not written down with {}, so they may differ", ids.join(" and "));
        return style.wrap(&line, 4) + "\n";
    };
    if changes.is_empty() {
        return "  settings: the same\n".to_owned();
    }
    let mut text = style.paint(Ink::Warning, "  settings that differ:") + "\n";
    for change in changes {
        let line = format!("    {}: {} {} {}", change.name, plain(&change.before), style.arrow(), plain(&change.after));
        text.push_str(&(style.wrap(&line, 6) + "\n"));
    }
    text
}

/// A setting's value without quotes; nothing is a dash.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn durations(name: &str, change: &DurationChangeView, style: Style) -> Vec<String> {
    let DurationChangeView { before, after, .. } = change;
    let cell = |figure: fn(&StateLatencyView) -> u64| format!("{} {} {}", figure(before), style.arrow(), figure(after));
    let ratio = change.p50_ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{:+.1} %", (ratio - 1.0) * 100.0));
    vec![
        name.to_owned(),
        cell(|latency| latency.p50),
        cell(|latency| latency.p95),
        cell(|latency| latency.p99),
        ratio,
        words(change.verdict).to_owned(),
    ]
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "no difference beyond noise",
        Verdict::Slower => "slower",
        Verdict::Faster => "faster",
        Verdict::More => "more",
        Verdict::Fewer => "fewer",
        Verdict::TooFew => "too few to tell",
    }
}

/// The saved runs, one per line.
pub(in crate::ui) fn runs(view: &RunsView, style: Style) -> String {
    if view.runs.is_empty() {
        return "No saved runs.".to_owned();
    }
    let rows = view.runs.iter().map(|run| {
        let figure = |figure: fn(super::super::view::LatencyView) -> u64| {
            run.latency_ms.map_or_else(|| "-".to_owned(), |latency| figure(latency).to_string())
        };
        vec![
            run.id.clone(),
            run.written.clone(),
            if run.complete { "complete" } else { "cut off" }.to_owned(),
            run.place.clone().unwrap_or_else(|| "-".to_owned()),
            run.users.to_string(),
            run.count.map_or_else(|| "-".to_owned(), grouped),
            grouped(run.started),
            grouped(run.finished),
            figure(|latency| latency.p50),
            figure(|latency| latency.p95),
        ]
    });
    let header =
        ["run", "last line (UTC)", "state", "target", "users", "-n", "started", "finished", "p50 ms", "p95 ms"];
    let mut text = table(&header, rows.collect(), 4, style);
    let _ = write!(text, "{}.", counted(view.runs.len() as u64, "saved run"));
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ui::view::{LatencyView, OutcomeChangeView, SettingChangeView};

    fn run(id: &str, complete: bool) -> RunView {
        RunView {
            id: id.into(),
            records: format!("out/runs/{id}.jsonl").into(),
            written: "2026-11-22 21:40".into(),
            complete,
            users: 30,
            started: 3000,
            finished: 2998,
            latency_ms: complete.then_some(LatencyView { p50: 700, p90: 720, p95: 730, p99: 800, max: 900 }),
            settings: complete.then(|| serde_json::json!({ "count": 100 })),
            count: complete.then_some(100),
            place: complete.then(|| "local".into()),
        }
    }

    #[test]
    fn settings_come_before_the_figures() {
        let change = SettingChangeView { name: "-n".into(), before: 100.into(), after: 50.into() };
        let reported = |settings: Option<Vec<SettingChangeView>>| {
            let (before, after) = (run("1a2b3c4d", settings.is_some()), run("5e6f7a8b", true));
            comparison(&ComparisonView { before, after, settings, ..ComparisonView::default() }, Style::plain())
        };
        let text = reported(Some(vec![change]));
        let (settings, figures) =
            (text.find("  settings that differ:\n    -n: 100").unwrap(), text.find("p50").unwrap());
        assert!(settings < figures, "{text}");
        assert!(reported(Some(Vec::new())).contains("  settings: the same\n"));
        let text = reported(None);
        assert!(text.contains("  settings: not written down with 1a2b3c4d, so they may differ\n"), "{text}");
    }

    #[test]
    fn a_comparison_says_what_differs_and_how_that_was_judged() {
        let change = |before, after, ratio, verdict| DurationChangeView {
            before: StateLatencyView { count: 3000, p50: before, p95: before + 30, p99: before + 40 },
            after: StateLatencyView { count: 3000, p50: after, p95: after + 30, p99: after + 40 },
            p50_ratio: Some(ratio),
            verdict,
            ..DurationChangeView::default()
        };
        let outcome = |before, after, verdict| OutcomeChangeView { before, after, z: 0.0, verdict };
        let view = ComparisonView {
            before: run("1a2b3c4d", true),
            after: run("5e6f7a8b", true),
            settings: Some(Vec::new()),
            executions: change(700, 840, 1.2, Verdict::Slower),
            states: BTreeMap::from([("ValidateOrder".into(), change(100, 99, 0.99, Verdict::Same))]),
            outcomes: BTreeMap::from([
                ("COMPLETED".into(), outcome(2700, 2400, Verdict::Fewer)),
                ("LOST".into(), outcome(0, 1, Verdict::Same)),
            ]),
            rule: "beyond noise: by ranks".into(),
        };
        insta::assert_snapshot!(comparison(&view, Style::plain()));
        let narrow = Style { width: 60, terminal: true, ..Style::plain() };
        let text = comparison(&view, narrow);
        assert!(text.lines().all(|line| line.len() <= 60), "{text}");
    }

    #[test]
    fn saved_runs_are_listed() {
        let view = RunsView { runs: vec![run("5e6f7a8b", false), run("1a2b3c4d", true)] };
        insta::assert_snapshot!(runs(&view, Style::plain()));
        assert_eq!(runs(&RunsView::default(), Style::plain()), "No saved runs.");
    }
}
