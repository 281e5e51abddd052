//! Figures for what a browser may see, and the time ranges that it may choose.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::console::ask::Ask;
use crate::console::dashboard::{Namespace, Range, Reader, Widget, catalogue, widgets};
use crate::console::request::Request;
use crate::member::Member as _;
use crate::wire::Fault;

/// The ranges on offer: the word of the address, the word on the page, and minutes.
const RANGES: [(&str, &str, i64); 7] = [
    ("15m", "15 minutes", 15),
    ("1h", "1 hour", 60),
    ("3h", "3 hours", 180),
    ("12h", "12 hours", 720),
    ("1d", "1 day", 1440),
    ("3d", "3 days", 4320),
    ("1w", "1 week", 10_080),
];
/// What a lesson lasts, about.
const FIRST: &str = "3h";
/// Metrics in the list at the most.
const MOST: usize = 50_000;
/// What Step Functions tells of every machine.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html>
const OF_MACHINE: [&str; 7] = [
    "ExecutionTime",
    "ExecutionThrottled",
    "ExecutionsAborted",
    "ExecutionsFailed",
    "ExecutionsStarted",
    "ExecutionsSucceeded",
    "ExecutionsTimedOut",
];
/// What Lambda tells of every function. <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>
const OF_FUNCTION: [&str; 5] = ["ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"];
/// Dimensions that name a resource.
const RESOURCES: [&str; 7] =
    ["StateMachineArn", "FunctionName", "Resource", "QueueName", "LogGroupName", "LambdaFunctionArn", "ActivityArn"];

/// Reads figures as the browser's session.
pub(super) struct Figures<'ask, 'a>(pub(super) &'ask Ask<'a>);

#[async_trait]
impl Reader for Figures<'_, '_> {
    fn account(&self) -> &str {
        self.0.account
    }

    async fn get_metric_data(&self, region: &str, input: Value) -> Result<Value, String> {
        let queries = input.member("MetricDataQueries").as_array().into_iter().flatten();
        let mut metrics = queries.filter_map(|query| query.pointer("/MetricStat/Metric"));
        if let Some(hidden) = metrics.find(|metric| !is_seen(self.0, metric)) {
            let name = hidden.member("MetricName").as_str().unwrap_or_default();
            return Err(format!("`{name}` is of something that is not yours to see"));
        }
        let ask = Ask { region, ..*self.0 };
        let said = |Fault { code, message, .. }: Fault| format!("{code}: {message}");
        ask.call("monitoring", "GetMetricData", input).await.map_err(said)
    }
}

/// Whether a browser may see a metric: an instructor's any, a student's those of resources that the student may see.
fn is_seen(ask: &Ask<'_>, metric: &Value) -> bool {
    if ask.session.prefix.is_none() {
        return true;
    }
    let dimensions = metric.member("Dimensions").as_array().map(Vec::as_slice).unwrap_or_default();
    let of_resource = |pair: &&Value| pair.member("Name").as_str().is_some_and(|name| RESOURCES.contains(&name));
    let sees = |pair: &Value| {
        let value = pair.member("Value").as_str().unwrap_or_default();
        value.split([':', '/']).any(|part| ask.sees(part))
    };
    let mut named = dimensions.iter().filter(of_resource);
    named.clone().next().is_some() && named.all(sees)
}

/// The metrics that a browser may choose from.
pub(super) async fn metrics(ask: &Ask<'_>) -> Result<Vec<Namespace>, Fault> {
    let more = ("NextToken", "NextToken");
    let mut found = ask.all("monitoring", "ListMetrics", json!({}), "Metrics", more, MOST).await?;
    found.extend(to_come(ask).await?);
    found.retain(|metric| is_seen(ask, metric));
    Ok(catalogue(&found))
}

/// The metrics that machines and functions will have, whether there is a figure yet or not: a dashboard is often made before the first failure.
async fn to_come(ask: &Ask<'_>) -> Result<Vec<Value>, Fault> {
    let machines = json!({"maxResults": 1000});
    let machines =
        ask.all("states", "ListStateMachines", machines, "stateMachines", ("nextToken", "nextToken"), MOST).await?;
    let functions = ask
        .all("lambda", "ListFunctions", json!({"MaxItems": 50}), "Functions", ("NextMarker", "Marker"), MOST)
        .await?;
    let of = |namespace: &'static str, names: &'static [&'static str], dimension: &'static str, value: Value| {
        names.iter().map(move |name| {
            json!({"Namespace": namespace, "MetricName": name, "Dimensions": [{"Name": dimension, "Value": value}]})
        })
    };
    let machines = machines.iter().flat_map(|machine| {
        of("AWS/States", &OF_MACHINE, "StateMachineArn", machine.member("stateMachineArn").clone())
    });
    let functions = functions
        .iter()
        .flat_map(|function| of("AWS/Lambda", &OF_FUNCTION, "FunctionName", function.member("FunctionName").clone()));
    Ok(machines.chain(functions).collect())
}

/// The range that an address asks for; none where it asks for nothing.
pub(super) fn asked(request: &Request, now_ms: i64) -> Option<Range> {
    let chosen = request.query("range")?;
    let (.., minutes) = RANGES.iter().find(|(word, ..)| *word == chosen)?;
    Some(Range { start_ms: now_ms - minutes * 60_000, end_ms: now_ms, now_ms, period: period(*minutes) })
}

/// The range where nothing asks for one.
pub(super) fn usual(now_ms: i64) -> Range {
    Range { start_ms: now_ms - 180 * 60_000, end_ms: now_ms, now_ms, period: period(180) }
}

/// Seconds of a figure, so that a graph has some 60 to 300 of them.
fn period(minutes: i64) -> i64 {
    if minutes <= 180 {
        60
    } else if minutes <= 1440 {
        300
    } else {
        3600
    }
}

/// The ranges for a page to choose from.
pub(super) fn ranges(request: &Request, own: bool) -> Vec<Value> {
    let chosen = request.query("range").unwrap_or(if own { "" } else { FIRST });
    RANGES
        .iter()
        .map(|(value, word, _)| json!({"value": value, "word": word, "is_current": *value == chosen}))
        .collect()
}

/// The widgets of a body as a page takes them.
pub(super) async fn drawn(ask: &Ask<'_>, body: &str, range: Range) -> Vec<Widget> {
    widgets(body, range, &Figures(ask)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_one_of_those_on_offer() {
        let range = asked(&Request::at("/d", "range=1d"), 86_400_000).unwrap();
        assert_eq!((range.start_ms, range.end_ms, range.period), (0, 86_400_000, 300));
        assert!(asked(&Request::at("/d", "range=2y"), 0).is_none() && asked(&Request::at("/d", ""), 0).is_none());
        let shown = ranges(&Request::at("/d", ""), false);
        assert_eq!(shown.iter().filter(|range| range["is_current"] == true).count(), 1);
    }
}
