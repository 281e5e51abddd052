//! `GetMetricStatistics`, and what it reads of a request as `GetMetricData` does.

use serde_json::{Map, Value, json};

use super::dashboard_store::INVALID;
use super::metric_calls::periods;
use super::metric_store::MetricStore;
use super::samples::{Samples, Statistic};
use super::series::{Series, dimensions};
use crate::service::members::{Members, missing};
use crate::wire::Fault;

/// Figures in one answer of `GetMetricStatistics`.
const MOST_FIGURES: usize = 1440;

pub(super) fn get_metric_statistics(metrics: &MetricStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let (start, end) = span(members)?;
    let period = period_ms(members)?;
    let plain = statistics(&members.texts("Statistics"))?;
    let extended = statistics(&members.texts("ExtendedStatistics"))?;
    if plain.is_empty() && extended.is_empty() {
        let message = "Must specify either Statistics or ExtendedStatistics";
        return Err(Fault::client("InvalidParameterCombinationException", message));
    }
    let series = named(region, members);
    let mut found = periods(metrics, &series, start, end, period)?;
    found.retain(|(_, samples)| is_in(members.text("Unit"), samples));
    if found.len() > MOST_FIGURES {
        let message =
            format!("You have requested up to {} datapoints, which exceeds the limit of {MOST_FIGURES}.", found.len());
        return Err(Fault::client("InvalidParameterCombinationException", message));
    }
    let shown = |(at, samples): &(i64, Samples)| {
        let unit = if samples.unit.is_empty() { "None" } else { samples.unit.as_str() };
        let mut members = figures(samples, &plain);
        members.insert("Timestamp".to_owned(), (at / 1000).into());
        members.insert("Unit".to_owned(), unit.into());
        if !extended.is_empty() {
            members.insert("ExtendedStatistics".to_owned(), Value::Object(figures(samples, &extended)));
        }
        Value::Object(members)
    };
    Ok(json!({"Label": series.name, "Datapoints": found.iter().map(shown).collect::<Vec<_>>()}))
}

/// Whether samples were collected with the unit that is asked for; without one, all are given.
pub(super) fn is_in(unit: Option<&str>, samples: &Samples) -> bool {
    let of_samples = if samples.unit.is_empty() { "None" } else { samples.unit.as_str() };
    unit.is_none_or(|unit| unit == of_samples)
}

fn figures(samples: &Samples, statistics: &[(String, Statistic)]) -> Map<String, Value> {
    statistics
        .iter()
        .filter_map(|(name, statistic)| Some((name.clone(), samples.statistic(*statistic)?.into())))
        .collect()
}

fn statistics(names: &[&str]) -> Result<Vec<(String, Statistic)>, Fault> {
    names.iter().map(|name| Ok(((*name).to_owned(), statistic(name)?))).collect()
}

pub(super) fn statistic(name: &str) -> Result<Statistic, Fault> {
    Statistic::read(name)
        .ok_or_else(|| Fault::client(INVALID, format!("The value {name} for parameter Stat is not supported.")))
}

pub(super) fn named(region: &str, members: Members<'_>) -> Series {
    Series::new(region, members.given("Namespace"), members.given("MetricName"), dimensions(members))
}

pub(super) fn period_ms(members: Members<'_>) -> Result<i64, Fault> {
    let seconds = members.integer("Period").unwrap_or_default();
    let fits = matches!(seconds, 1 | 5 | 10 | 20 | 30) || (seconds >= 60 && seconds % 60 == 0 && seconds <= 31_536_000);
    if !fits {
        return Err(Fault::client(INVALID, "Period must be 1, 5, 10, 20, 30 or a multiple of 60."));
    }
    // Figures are kept by the minute.
    Ok(seconds.max(60) * 1000)
}

pub(super) fn span(members: Members<'_>) -> Result<(i64, i64), Fault> {
    let need = |name: &str| members.time_ms(name).ok_or_else(|| missing("MissingRequiredParameterException", name));
    let (start, end) = (need("StartTime")?, need("EndTime")?);
    if start >= end {
        let message = "The parameter StartTime must be less than the parameter EndTime.";
        return Err(Fault::client(INVALID, message));
    }
    Ok((start, end))
}
