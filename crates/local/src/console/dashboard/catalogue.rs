//! Which metrics there are to choose from, in the order in which the console lists them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::labels::short;

/// A namespace: `AWS/Lambda`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::console) struct Namespace {
    /// As it is written in a body.
    pub(in crate::console) name: String,
    /// As the console shows it: `Lambda`.
    pub(in crate::console) title: String,
    pub(in crate::console) metrics: usize,
    pub(in crate::console) dimensions: Vec<Dimension>,
}

/// The metrics with the same dimensions: one row for each of their values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::console) struct Dimension {
    /// `FunctionName`; none for metrics without dimensions.
    pub(in crate::console) names: Vec<String>,
    /// As the console shows it: `By Function Name`.
    pub(in crate::console) title: String,
    pub(in crate::console) rows: Vec<Valued>,
}

/// One set of values of the dimensions, with the names of its metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::console) struct Valued {
    pub(in crate::console) values: Vec<String>,
    /// What to call it: the name within an ARN.
    pub(in crate::console) title: String,
    pub(in crate::console) metrics: Vec<String>,
}

/// Names and values of dimensions, with the names of the metrics that have them.
type Rows = BTreeMap<Vec<String>, Vec<String>>;

/// The metrics of one or more outputs of ListMetrics. Namespaces of one's own come first, then AWS's; in them the dimensions by their
/// titles, the least specific last.
pub(in crate::console) fn catalogue(metrics: &[Value]) -> Vec<Namespace> {
    let mut found: BTreeMap<(bool, String), BTreeMap<Vec<String>, Rows>> = BTreeMap::new();
    for metric in metrics {
        let text = |name: &str| metric.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (namespace, name) = (text("Namespace"), text("MetricName"));
        let listed = metric.get("Dimensions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let of = |name: &str| -> Vec<String> {
            listed.iter().map(|pair| pair.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
        };
        let group = found.entry((namespace.starts_with("AWS/"), namespace)).or_default();
        group.entry(of("Name")).or_default().entry(of("Value")).or_default().push(name);
    }
    found.into_iter().map(|((_, name), groups)| namespace(name, groups)).collect()
}

fn namespace(name: String, groups: BTreeMap<Vec<String>, Rows>) -> Namespace {
    let mut dimensions: Vec<Dimension> = groups.into_iter().map(|(names, rows)| dimension(names, rows)).collect();
    dimensions.sort_by(|one, other| (one.names.is_empty(), &one.title).cmp(&(other.names.is_empty(), &other.title)));
    let metrics = dimensions.iter().flat_map(|dimension| &dimension.rows).map(|row| row.metrics.len()).sum();
    let title = title_of(&name).to_owned();
    Namespace { name, title, metrics, dimensions }
}

fn dimension(names: Vec<String>, rows: Rows) -> Dimension {
    let row = |(values, mut metrics): (Vec<String>, Vec<String>)| {
        metrics.sort();
        metrics.dedup();
        let title = values.iter().map(|value| short(value)).collect::<Vec<_>>().join(", ");
        Valued { values, title, metrics }
    };
    let mut rows: Vec<Valued> = rows.into_iter().map(row).collect();
    rows.sort_by(|one, other| one.title.cmp(&other.title).then_with(|| one.values.cmp(&other.values)));
    Dimension { title: title(&names), names, rows }
}

/// The console's name of a namespace.
fn title_of(name: &str) -> &str {
    match name {
        "AWS/States" => "States",
        "AWS/Logs" => "Logs",
        name => name.strip_prefix("AWS/").unwrap_or(name),
    }
}

/// The console's name of a set of dimensions.
fn title(names: &[String]) -> String {
    let plain: Vec<&str> = names.iter().map(String::as_str).collect();
    match plain.as_slice() {
        [] => "Metrics with no dimensions".to_owned(),
        ["StateMachineArn"] => "Execution Metrics".to_owned(),
        ["FunctionName"] => "By Function Name".to_owned(),
        ["FunctionName", "Resource"] => "By Resource".to_owned(),
        ["QueueName"] => "Queue Metrics".to_owned(),
        ["LogGroupName"] => "Log Group Metrics".to_owned(),
        names => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Value {
        let dimensions: Vec<Value> =
            dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        json!({"Namespace": namespace, "MetricName": name, "Dimensions": dimensions})
    }

    #[test]
    fn metrics_are_listed_as_the_console_lists_them() {
        let machine = |name: &str| format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}");
        let (b, a) = (machine("u-b"), machine("u-a"));
        let found = catalogue(&[
            metric("AWS/States", "ExecutionsStarted", &[("StateMachineArn", &b)]),
            metric("AWS/States", "ExecutionsFailed", &[("StateMachineArn", &a)]),
            metric("AWS/States", "ExecutionTime", &[("StateMachineArn", &a)]),
            metric("AWS/Lambda", "Errors", &[]),
            metric("AWS/Lambda", "Errors", &[("FunctionName", "u-f")]),
            metric("Shop", "Orders", &[("Kind", "x"), ("Shop", "y")]),
        ]);
        let names: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.title.as_str(), one.metrics)).collect();
        assert_eq!(names, [("Shop", "Shop", 1), ("AWS/Lambda", "Lambda", 2), ("AWS/States", "States", 3)]);
        let titles: Vec<_> = found[1].dimensions.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(titles, ["By Function Name", "Metrics with no dimensions"]);
        let rows = &found[2].dimensions[0].rows;
        assert_eq!(
            (rows[0].title.as_str(), &rows[0].values[0], &rows[0].metrics),
            ("u-a", &a, &vec!["ExecutionTime".to_owned(), "ExecutionsFailed".to_owned()])
        );
        assert_eq!(rows[1].title, "u-b");
        assert_eq!(
            (found[0].dimensions[0].title.as_str(), found[0].dimensions[0].rows[0].title.as_str()),
            ("Kind, Shop", "x, y")
        );
        assert!(catalogue(&[json!(5), json!({})]).len() == 1 && catalogue(&[]).is_empty());
    }
}
