//! `GetMetricData`.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::label::{Properties, filled};
use super::math::{Line, Refusal, Scope, Span, Value, evaluate, points_of_a_request};
use super::metric_calls::periods;
use super::metric_store::MetricStore;
use super::queries::{Asks, Query, fault, in_order, queries};
use super::read_calls::{is_in, span};
use super::series::MINUTE_MS;
use crate::service::members::Members;
use crate::wire::Fault;

/// Figures in one answer.
const MOST_DATA: i64 = 100_800;

pub(super) fn get_metric_data(metrics: &MetricStore, region: &str, members: Members<'_>) -> Result<Json, Fault> {
    let queries = queries(region, members)?;
    let (start_ms, end_ms) = span(members)?;
    let results = results(metrics, &queries, Span { start_ms, end_ms })?;
    let oldest_first = members.text("ScanBy") == Some("TimestampAscending");
    let most = members.integer("MaxDatapoints").unwrap_or(MOST_DATA).clamp(1, MOST_DATA);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut shown = Vec::new();
    for query in queries.iter().filter(|query| query.is_returned) {
        let lines = match results.get(query.id) {
            Some(Value::Line(line)) => std::slice::from_ref(line),
            Some(Value::Lines(lines)) => lines.as_slice(),
            Some(Value::Number(_)) | None => &[],
        };
        shown.extend(lines.iter().map(|line| result(query.id, line, oldest_first, most)));
    }
    Ok(json!({"MetricDataResults": shown, "Messages": []}))
}

fn result(id: &str, line: &Line, oldest_first: bool, most: usize) -> Json {
    let mut points = line.points.clone();
    if !oldest_first {
        points.reverse();
    }
    let complete = points.len() <= most;
    points.truncate(most);
    json!({
        "Id": id,
        "Label": line.label,
        "Timestamps": points.iter().map(|(at, _)| at / 1000).collect::<Vec<_>>(),
        "Values": points.iter().map(|(_, value)| *value).collect::<Vec<_>>(),
        "StatusCode": if complete { "Complete" } else { "PartialData" },
    })
}

/// What each query comes to, by its id.
fn results(metrics: &MetricStore, queries: &[Query<'_>], span: Span) -> Result<BTreeMap<String, Value>, Fault> {
    let mut results = BTreeMap::new();
    let mut ids = Vec::new();
    let mut finest = None;
    for query in queries {
        if let Some(line) = metric(metrics, query, span)? {
            finest = finest.into_iter().chain([line.period_ms]).min();
            ids.push(query.id.to_owned());
            results.insert(query.id.to_owned(), Value::Line(line));
        }
    }
    let left = points_of_a_request();
    for query in in_order(queries)? {
        let Asks::Math { text, node, period_ms } = &query.asks else { continue };
        let period_ms = period_ms.or(finest).unwrap_or(MINUTE_MS);
        let value = evaluate(node, &Scope { results: &results, metrics: &ids, span, period_ms, left: &left });
        let value = value.and_then(|value| labelled(query, value)).map_err(|refusal| fault(query.id, text, refusal))?;
        results.insert(query.id.to_owned(), value);
    }
    Ok(results)
}

/// The series of a query that asks for a metric.
fn metric(metrics: &MetricStore, query: &Query<'_>, span: Span) -> Result<Option<Line>, Fault> {
    let Asks::Metric { series, statistic, name, period_ms, unit } = &query.asks else { return Ok(None) };
    let found = periods(metrics, series, span.start_ms, span.end_ms, *period_ms)?;
    let fitting = found.iter().filter(|(_, samples)| is_in(*unit, samples));
    let points = fitting.filter_map(|(at, samples)| Some((*at, samples.statistic(*statistic)?))).collect();
    let line = Line { label: series.name.clone(), period_ms: *period_ms, points, is_metric: true };
    let properties = Properties { series, statistic: name };
    let label = query.label.map(|label| filled(label, &line, Some(&properties)));
    Ok(Some(Line { label: label.unwrap_or_else(|| series.name.clone()), ..line }))
}

/// The result of an expression with its labels: its own, or before each label of an array.
fn labelled(query: &Query<'_>, value: Value) -> Result<Value, Refusal> {
    let label = query.label.unwrap_or_default();
    Ok(match value {
        Value::Number(_) => {
            let message = "The result must be a time series or an array of time series";
            return Err(Refusal::Wrong(message.to_owned()));
        }
        Value::Line(line) => {
            let line = Line { label: query.id.to_owned(), ..line };
            let label = query.label.map(|label| filled(label, &line, None));
            Value::Line(Line { label: label.unwrap_or_else(|| query.id.to_owned()), is_metric: false, ..line })
        }
        Value::Lines(lines) => {
            let one = |line: Line| {
                let filled = filled(label, &line, None);
                let names_each = label.is_empty() || label.contains("${LABEL}");
                let label = match (label.is_empty(), names_each) {
                    (true, _) => line.label.clone(),
                    (false, true) => filled,
                    (false, false) => format!("{filled} {}", line.label),
                };
                Line { label, is_metric: false, ..line }
            };
            Value::Lines(lines.into_iter().map(one).collect())
        }
    })
}
