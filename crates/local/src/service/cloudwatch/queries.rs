//! The queries of one `GetMetricData`: metrics and expressions over them.

use std::collections::{BTreeMap, BTreeSet};

use super::math::{Node, Refusal, parse};
use super::read_calls::{named, period_ms, statistic};
use super::samples::Statistic;
use super::series::Series;
use crate::service::members::Members;
use crate::wire::Fault;

/// Queries in one request.
const MOST_QUERIES: usize = 500;

/// A query.
pub(super) struct Query<'request> {
    pub(super) id: &'request str,
    pub(super) label: Option<&'request str>,
    pub(super) is_returned: bool,
    pub(super) asks: Asks<'request>,
}

/// What a query asks for.
pub(super) enum Asks<'request> {
    Metric {
        series: Series,
        statistic: Statistic,
        /// The statistic as it is written.
        name: &'request str,
        period_ms: i64,
        unit: Option<&'request str>,
    },
    Math {
        text: &'request str,
        node: Node,
        period_ms: Option<i64>,
    },
}

/// The queries of a request.
///
/// # Errors
/// When one is wrong, in the service's words.
pub(super) fn queries<'request>(region: &str, members: Members<'request>) -> Result<Vec<Query<'request>>, Fault> {
    let asked = members.list("MetricDataQueries");
    if asked.is_empty() || asked.len() > MOST_QUERIES {
        return Err(wrong(format!("MetricDataQueries must have 1 to {MOST_QUERIES} members")));
    }
    let mut ids = BTreeSet::new();
    let mut read = Vec::new();
    for (index, query) in asked.iter().enumerate() {
        let query = Members::within(query);
        let id = query.given("Id");
        let place = format!("MetricDataQueries.member.{}", index + 1);
        if !is_id(id) {
            let pattern = "^[a-z][a-zA-Z0-9_]*$";
            let message =
                format!("The value {id} for parameter {place}.Id is not matching the expected pattern {pattern}.");
            return Err(wrong(message));
        }
        if !ids.insert(id) {
            return Err(wrong("The values for parameter id in MetricDataQueries are not unique."));
        }
        let is_returned = query.truth("ReturnData") != Some(false);
        read.push(Query { id, label: query.text("Label"), is_returned, asks: asks(region, id, &place, query)? });
    }
    Ok(read)
}

fn is_id(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn asks<'request>(region: &str, id: &str, place: &str, query: Members<'request>) -> Result<Asks<'request>, Fault> {
    match (query.value("MetricStat").map(Members::within), query.text("Expression")) {
        (Some(_), Some(_)) => Err(wrong(format!(
            "The parameters {place}.Expression and {place}.MetricStat are mutually exclusive and you have specified both."
        ))),
        (None, None) => Err(wrong("Each MetricDataQuery must have either MetricStat or Expression")),
        (Some(metric), None) => {
            let named_by = metric.value("Metric").map_or(metric, Members::within);
            let name = metric.given("Stat");
            Ok(Asks::Metric {
                series: named(region, named_by),
                statistic: statistic(name)?,
                name,
                period_ms: period_ms(metric)?,
                unit: metric.text("Unit"),
            })
        }
        (None, Some(text)) => {
            let period_ms = query.value("Period").map(|_| period_ms(query)).transpose()?;
            let node = parse(text).map_err(|refusal| fault(id, text, refusal))?;
            Ok(Asks::Math { text, node, period_ms })
        }
    }
}

pub(super) fn wrong(message: impl Into<String>) -> Fault {
    Fault::client("ValidationError", message)
}

/// An expression that has no value.
pub(super) fn fault(id: &str, expression: &str, refusal: Refusal) -> Fault {
    match refusal {
        Refusal::Wrong(message) => wrong(format!("Error in expression '{id}': {message}")),
        Refusal::NotOffered(name) => {
            let message = format!("the local endpoint does not offer `{name}` in metric math: `{expression}`");
            Fault::client("NotImplemented", message).status(501)
        }
    }
}

/// The expressions of a request, each after those it names.
///
/// # Errors
/// When one names what is not there, or itself by way of others.
pub(super) fn in_order<'queries>(
    queries: &'queries [Query<'queries>],
) -> Result<Vec<&'queries Query<'queries>>, Fault> {
    let mut waiting: BTreeMap<&str, (&Query<'_>, BTreeSet<&str>)> = BTreeMap::new();
    let metrics: BTreeSet<&str> = queries.iter().filter(|query| query.node().is_none()).map(|query| query.id).collect();
    for query in queries {
        let Asks::Math { node, text, .. } = &query.asks else { continue };
        let ids = node.ids();
        if let Some(id) = ids.iter().find(|id| !queries.iter().any(|query| query.id == **id)) {
            return Err(fault(query.id, text, Refusal::Wrong(format!("ID '{id}' not found"))));
        }
        waiting.insert(query.id, (query, ids.into_iter().filter(|id| !metrics.contains(id)).collect()));
    }
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let ready: Vec<&str> = waiting.iter().filter(|(_, (_, ids))| ids.is_empty()).map(|(id, _)| *id).collect();
        let Some(first) = waiting.keys().next().filter(|_| ready.is_empty()).copied() else {
            order.extend(ready.iter().filter_map(|id| Some(waiting.remove(id)?.0)));
            for (_, ids) in waiting.values_mut() {
                ids.retain(|id| !ready.contains(id));
            }
            continue;
        };
        return Err(wrong(format!("Error in expression '{first}': Circular reference")));
    }
    Ok(order)
}

impl Query<'_> {
    fn node(&self) -> Option<&Node> {
        match &self.asks {
            Asks::Math { node, .. } => Some(node),
            Asks::Metric { .. } => None,
        }
    }
}
