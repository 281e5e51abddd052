//! `ListMetrics`, and the figures of a metric by period.

use serde_json::{Value, json};

use super::dashboard_store::INVALID;
use super::metric_store::MetricStore;
use super::samples::Samples;
use super::series::{MINUTE_MS, Series};
use crate::service::members::Members;
use crate::service::page::page;
use crate::store::StoreError;
use crate::wire::Fault;

/// Metrics in one answer.
const PAGE: usize = 500;

pub(super) fn list_metrics(metrics: &MetricStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let (namespace, name) = (members.text("Namespace"), members.text("MetricName"));
    let filters: Vec<Members<'_>> = members.list("Dimensions").iter().map(Members::within).collect();
    let fits = |series: &Series| {
        series.region == region
            && namespace.is_none_or(|wanted| wanted == series.namespace)
            && name.is_none_or(|wanted| wanted == series.name)
            && filters.iter().all(|filter| {
                let (name, value) = (filter.text("Name"), filter.text("Value"));
                series
                    .dimensions
                    .iter()
                    .any(|(known, its)| name == Some(known.as_str()) && value.is_none_or(|value| value == its))
            })
    };
    // The key must sort as the series do.
    let key = |series: &Series| {
        let dimensions: Vec<String> =
            series.dimensions.iter().map(|(name, value)| format!("{name}\u{1}{value}")).collect();
        format!("{}\u{0}{}\u{0}{}", series.namespace, series.name, dimensions.join("\u{0}"))
    };
    let mut fitting: Vec<(String, Value)> =
        metrics.series(|series| fits(series).then(|| (key(series), series.shown())));
    fitting.sort_by(|(one, _), (other, _)| one.cmp(other));
    let page = page(fitting, |(key, _)| key.clone(), members.text("NextToken"), PAGE)
        .ok_or_else(|| Fault::client(INVALID, "Invalid nextToken"))?;
    let shown: Vec<Value> = page.items.into_iter().map(|(_, shown)| shown).collect();
    Ok(json!({"Metrics": shown, "NextToken": page.next}))
}

/// Samples of a metric by period, oldest first: the period's start in milliseconds, and what fell into it.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn periods(
    metrics: &MetricStore,
    series: &Series,
    start_ms: i64,
    end_ms: i64,
    period_ms: i64,
) -> Result<Vec<(i64, Samples)>, Fault> {
    // Figures are by the minute, so a start within a minute takes the whole of it.
    let first = start_ms - start_ms.rem_euclid(MINUTE_MS);
    let mut found: Vec<(i64, Samples)> = Vec::new();
    let minutes = metrics.minutes(series, first, end_ms);
    let failed = |error: StoreError| Fault::client("InternalServiceFault", error.to_string()).status(500);
    for (minute, samples) in minutes.map_err(failed)? {
        let at = minute - minute.rem_euclid(period_ms);
        match found.last_mut() {
            Some((last, all)) if *last == at => all.merge(&samples),
            _ => found.push((at, samples)),
        }
    }
    Ok(found)
}
