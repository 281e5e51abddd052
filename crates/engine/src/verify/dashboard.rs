//! What a dashboard shows, read from its body.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A metric in a widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    namespace: String,
    metric: String,
    dimensions: BTreeMap<String, String>,
    stat: String,
}

/// A metric that is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) namespace: &'a str,
    pub(super) metric: &'a str,
    pub(super) dimension: (&'a str, &'a str),
    pub(super) stat: Option<&'a str>,
}

/// The metrics of a body and the expressions in it; none where it is no dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DashboardMetrics {
    shown: Vec<Shown>,
    expressions: Vec<String>,
}

impl DashboardMetrics {
    pub(super) fn read(body: &str) -> Option<Self> {
        let body: Value = serde_json::from_str(body).ok()?;
        let mut metrics = Self::default();
        for widget in body.get("widgets")?.as_array()? {
            if let Some(properties) = widget.get("properties").and_then(Value::as_object) {
                metrics.widget(properties);
            }
        }
        Some(metrics)
    }

    fn widget(&mut self, properties: &Map<String, Value>) {
        let stat = properties.get("stat").and_then(Value::as_str).unwrap_or("Average");
        let mut before: Vec<String> = Vec::new();
        for row in properties.get("metrics").and_then(Value::as_array).into_iter().flatten() {
            let Some(row) = row.as_array() else { continue };
            let options = row.last().and_then(Value::as_object);
            let option = |name: &str| options.and_then(|options| options.get(name));
            if let Some(expression) = option("expression").and_then(Value::as_str) {
                self.expressions.push(expression.to_owned());
                continue;
            }
            let texts: Vec<&str> = row.iter().filter_map(Value::as_str).collect();
            before = spelt_out(&texts, &before);
            let is_hidden = option("visible").and_then(Value::as_bool) == Some(false);
            let stat = option("stat").and_then(Value::as_str).unwrap_or(stat);
            if let ([namespace, metric, dimensions @ ..], false) = (before.as_slice(), is_hidden) {
                let pairs = dimensions.chunks_exact(2);
                let pairs = pairs.filter_map(|pair| Some((pair.first()?.clone(), pair.last()?.clone())));
                let (namespace, metric, stat) = (namespace.clone(), metric.clone(), stat.to_owned());
                self.shown.push(Shown { namespace, metric, dimensions: pairs.collect(), stat });
            }
        }
    }

    /// Whether a metric is shown; a search that names namespace and metric finds it for everybody.
    pub(super) fn has(&self, wanted: Wanted<'_>) -> bool {
        let Wanted { namespace, metric, dimension: (name, value), stat } = wanted;
        let is_it = |shown: &Shown| {
            shown.namespace == namespace
                && shown.metric == metric
                && shown.dimensions.get(name).is_some_and(|shown| shown == value)
                && stat.is_none_or(|stat| shown.stat == stat)
        };
        let finds = |text: &String| {
            let has = |word: &str| text.contains(word);
            has("SEARCH(") && has(namespace) && has(metric) && has(name) && stat.is_none_or(has)
        };
        self.shown.iter().any(is_it) || self.expressions.iter().any(finds)
    }

    /// Metrics of this name, for telling what is shown instead.
    pub(super) fn like(&self, metric: &str) -> Vec<String> {
        let like = self.shown.iter().filter(|shown| shown.metric == metric);
        like.map(|shown| {
            let dimensions = shown.dimensions.iter().map(|(name, value)| format!("{name}={value}"));
            format!(
                "{} {} ({}) of {}",
                shown.namespace,
                shown.metric,
                shown.stat,
                dimensions.collect::<Vec<_>>().join(", ")
            )
        })
        .collect()
    }
}

/// A row with its shorthands replaced: `.` is what stood at this place in the row before, `...` as much of that row as leaves
/// the rest to what follows.
fn spelt_out(row: &[&str], before: &[String]) -> Vec<String> {
    let mut spelt: Vec<String> = Vec::new();
    for (place, text) in row.iter().enumerate() {
        match *text {
            "..." => {
                let following = row.len() - place - 1;
                let upto = before.len().saturating_sub(following);
                spelt.extend(before.get(spelt.len()..upto).unwrap_or_default().iter().cloned());
            }
            "." => spelt.push(before.get(spelt.len()).cloned().unwrap_or_default()),
            text => spelt.push(text.to_owned()),
        }
    }
    spelt
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of_lambda<'a>(metric: &'a str, function: &'a str, stat: Option<&'a str>) -> Wanted<'a> {
        Wanted { namespace: "AWS/Lambda", metric, dimension: ("FunctionName", function), stat }
    }

    #[test]
    fn shorthands_options_and_searches_are_read() {
        let body = json!({"widgets": [
            {"type": "text", "properties": {"markdown": "# hello"}},
            {"type": "metric", "properties": {"stat": "Sum", "metrics": [
                ["AWS/Lambda", "Invocations", "FunctionName", "ann-a"],
                ["...", "ann-b", {"stat": "Average"}],
                [".", "Errors", ".", "."],
                ["AWS/Lambda", "Duration", "FunctionName", "ann-a", {"visible": false}],
                [{"expression": "SEARCH('{AWS/Lambda,FunctionName} Throttles', 'Sum', 300)", "id": "e1"}]
            ]}}
        ]});
        let metrics = DashboardMetrics::read(&body.to_string()).unwrap();
        let has = |metric, function, stat| metrics.has(of_lambda(metric, function, stat));
        assert!(has("Invocations", "ann-a", Some("Sum")) && !has("Invocations", "ann-a", Some("Average")));
        assert!(has("Invocations", "ann-b", Some("Average")) && has("Errors", "ann-b", Some("Sum")));
        assert!(!has("Errors", "ann-a", None) && !has("Duration", "ann-a", None), "hidden");
        assert!(has("Throttles", "whoever", Some("Sum")) && !has("Throttles", "whoever", Some("Average")));
        assert_eq!(metrics.like("Errors"), ["AWS/Lambda Errors (Sum) of FunctionName=ann-b"]);
        assert_eq!((DashboardMetrics::read("no"), DashboardMetrics::read("{}")), (None, None));
    }
}
