//! Spans on rows: each group of spans has as many as it takes for none to overlap another one.

use std::collections::BTreeMap;

use super::exported::{Span, Subject};
use crate::asl::trace::Trace;

/// A row, with what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) title: String,
    busy_until_ms: i64,
}

/// For each span the place of its row, and the rows in the order of reading.
pub(super) fn rows(trace: &Trace, spans: &[Span<'_>]) -> (Vec<usize>, Vec<Row>) {
    let mut rows: Vec<Row> = Vec::new();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|at| spans.get(*at).map(|span| (span.start_ms, *at)));
    let mut placed = vec![0; spans.len()];
    for at in order {
        let Some(span) = spans.get(at) else { continue };
        let title = group(trace, span);
        let of_group = groups.entry(title.clone()).or_default();
        let is_free = |row: &&usize| rows.get(**row).is_some_and(|row| row.busy_until_ms <= span.start_ms);
        let free = of_group.iter().find(is_free).copied();
        let row = free.unwrap_or(rows.len());
        if free.is_none() {
            let number = of_group.len() + 1;
            let title = if number == 1 { title } else { format!("{title} ({number})") };
            rows.push(Row { title, busy_until_ms: i64::MIN });
            of_group.push(row);
        }
        if let (Some(on), Some(placed)) = (rows.get_mut(row), placed.get_mut(at)) {
            on.busy_until_ms = span.end_ms;
            *placed = row;
        }
    }
    (placed, rows)
}

/// What a span is shown beside: the execution, the states of the machine, a branch, an iteration, and the attempts of each.
fn group(trace: &Trace, span: &Span<'_>) -> String {
    match span.subject {
        Subject::Execution => "execution".to_owned(),
        Subject::Visit(at) => lane(trace, at),
        Subject::Attempt(at, _) => format!("{}, attempts", lane(trace, at)),
    }
}

fn lane(trace: &Trace, at: usize) -> String {
    let Some(inside) = trace.visits.get(at).and_then(|visit| visit.inside) else { return "states".to_owned() };
    let Some(outer) = trace.visits.get(inside.visit) else { return "states".to_owned() };
    let index = outer.lanes.get(inside.lane).map_or(0, |lane| lane.index);
    let what = if outer.state_type == "Map" { "iteration" } else { "branch" };
    format!("{}, {what} {index}", outer.state)
}
