//! When an execution was in which state, as SVG. Colours are classes of the console's style sheet.

use std::fmt::Write as _;

use labctl_asl::trace::{End, Trace, Visit};
use labctl_picture::chart::duration;
use labctl_picture::escape;

/// The picture's width in pixels, of which names take the left part.
const WIDTH: i64 = 720;
const NAMES: i64 = 190;
/// Room for the last figure.
const FIGURES: i64 = 80;
const ROW: i64 = 20;
/// Letters of a name.
const LETTERS: usize = 26;
/// Rows at the most.
const MOST: usize = 200;

/// A row for each stay in a state. `now_ms` is the end of what still runs. Nothing without a beginning.
pub(super) fn svg(trace: &Trace, now_ms: i64) -> Option<String> {
    let began = trace.started_ms.or_else(|| trace.visits.iter().filter_map(|visit| visit.entered_ms).min())?;
    let visits: Vec<&Visit> = trace.visits.iter().filter(|visit| visit.entered_ms.is_some()).take(MOST).collect();
    if visits.is_empty() {
        return None;
    }
    let is_open = trace.ended_ms.is_none();
    let left =
        |visit: &Visit| visit.left_ms.unwrap_or(if is_open { now_ms } else { visit.entered_ms.unwrap_or(began) });
    let ended = trace.ended_ms.unwrap_or_else(|| visits.iter().map(|visit| left(visit)).max().unwrap_or(began));
    let whole = (ended - began).max(1);
    let height = i64::try_from(visits.len()).unwrap_or(0) * ROW + ROW;
    let mut svg = format!(
        "<svg class=\"timeline\" role=\"img\" aria-label=\"Timeline\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">"
    );
    let room = WIDTH - NAMES - FIGURES;
    for quarter in 0..=4 {
        let x = NAMES + room * quarter / 4;
        let at = u64::try_from(whole * quarter / 4).unwrap_or(0);
        let _ = write!(
            svg,
            "<path class=\"rule\" d=\"M{x} {ROW}V{height}\"/><text class=\"dim\" x=\"{x}\" y=\"13\" text-anchor=\"middle\">{}</text>",
            duration(at)
        );
    }
    for (row, visit) in (1_i64..).zip(&visits) {
        let entered = visit.entered_ms.unwrap_or(began);
        let (from, to) = (scaled(entered - began, whole, room), scaled(left(visit) - began, whole, room));
        let (y, length) = (row * ROW, (to - from).max(2));
        let ms = u64::try_from(left(visit) - entered).unwrap_or(0);
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{length}\" height=\"{}\" rx=\"2\"/>\
             <text class=\"dim\" x=\"{}\" y=\"{}\">{}</text>",
            NAMES - 8,
            y + 14,
            escape(&cut(&visit.state)),
            class(visit.end),
            NAMES + from,
            y + 3,
            ROW - 6,
            NAMES + to.max(from + 2) + 5,
            y + 14,
            duration(ms)
        );
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn scaled(part: i64, whole: i64, room: i64) -> i64 {
    let scaled = i128::from(part.clamp(0, whole)) * i128::from(room) / i128::from(whole.max(1));
    i64::try_from(scaled).unwrap_or(0)
}

fn cut(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    name.chars().take(LETTERS - 1).chain(['…']).collect()
}

fn class(end: Option<End>) -> &'static str {
    match end {
        None => "busy",
        Some(End::Succeeded) => "good",
        Some(End::Caught) => "warn",
        Some(End::Failed | End::TimedOut) => "bad",
        Some(End::Aborted) => "dim",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stay_has_a_row_within_the_picture() {
        let visit = |state: &str, from, to| Visit {
            event_id: 1,
            state: state.to_owned(),
            state_type: "Task".to_owned(),
            inside: None,
            entered_ms: Some(from),
            left_ms: to,
            end: to.map(|_| End::Succeeded),
            input: None,
            output: None,
            attempts: Vec::new(),
            error: None,
            caught_by: None,
            lanes: Vec::new(),
        };
        let mut trace = Trace {
            started_ms: Some(1000),
            visits: vec![visit("<A>", 1000, Some(1500)), visit("B", 1500, None)],
            ..Trace::default()
        };
        let running = svg(&trace, 3000).unwrap();
        assert!(
            running.contains("&lt;A&gt;") && running.contains("class=\"busy\"") && running.contains(">1.5 s</text>"),
            "{running}"
        );
        // Time goes on only while it runs.
        trace.ended_ms = Some(1600);
        assert!(!svg(&trace, 900_000).unwrap().contains("min"));
        assert_eq!(svg(&Trace::default(), 1), None);
    }
}
