//! `PutMetricData`.

use serde_json::Value;

use super::dashboard_store::INVALID;
use super::metric_store::{Datum, MetricStore};
use super::samples::Samples;
use super::series::{Series, dimensions};
use crate::service::members::Members;
use crate::wire::Fault;

const MOST_DATA: usize = 1000;
const MOST_VALUES: usize = 150;

pub(super) fn put_metric_data(metrics: &MetricStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let namespace = members.given("Namespace");
    if namespace.starts_with("AWS/") {
        let message = "The value AWS/ for parameter Namespace is invalid.";
        return Err(Fault::client(INVALID, message));
    }
    let data = members.list("MetricData");
    if data.len() > MOST_DATA {
        return Err(Fault::client(
            INVALID,
            format!("The collection MetricData must not have a size greater than {MOST_DATA}."),
        ));
    }
    let now = metrics.clock.now_ms();
    // Nothing is taken of a request that is refused.
    let read = |(index, datum): (usize, &Value)| datum_of(region, namespace, index, Members::within(datum), now);
    let read: Vec<Datum> = data.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    metrics.take(&read);
    Ok(Value::Null)
}

fn datum_of(region: &str, namespace: &str, index: usize, datum: Members<'_>, now: i64) -> Result<Datum, Fault> {
    let place = format!("MetricData.member.{}", index + 1);
    let refuse = |what: &str| Fault::client(INVALID, format!("The parameter {place}.{what}"));
    let (name, dimensions) = (datum.given("MetricName"), dimensions(datum));
    let unit = datum.text("Unit").unwrap_or("None");
    let samples = if let Some(set) = datum.value("StatisticValues") {
        let set = Members::within(set);
        let figure =
            |name: &str| set.number(name).ok_or_else(|| refuse(&format!("StatisticValues.{name} must be a number.")));
        Samples::summary(figure("SampleCount")?, figure("Sum")?, figure("Minimum")?, figure("Maximum")?, unit)
    } else if let Some(value) = datum.number("Value") {
        Samples::of(value, 1.0, unit)
    } else {
        values(datum, unit, &refuse)?
    };
    let series = Series::new(region, namespace, name, dimensions);
    Ok((series, datum.time_ms("Timestamp").unwrap_or(now), samples))
}

/// `Values` with their `Counts`.
fn values(datum: Members<'_>, unit: &str, refuse: &impl Fn(&str) -> Fault) -> Result<Samples, Fault> {
    let number =
        |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number| number.is_finite());
    let (values, counts) = (datum.list("Values"), datum.list("Counts"));
    if values.is_empty() || values.len() > MOST_VALUES || (!counts.is_empty() && counts.len() != values.len()) {
        return Err(refuse("Value, StatisticValues or Values (at most 150, with as many Counts) must be given."));
    }
    let mut all = Samples::default();
    for (at, value) in values.iter().enumerate() {
        let value = number(value).ok_or_else(|| refuse("Values must be numbers."))?;
        let count = counts.get(at).map_or(Some(1.0), number).ok_or_else(|| refuse("Counts must be numbers."))?;
        all.merge(&Samples::of(value, count, unit));
    }
    Ok(all)
}
