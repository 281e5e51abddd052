//! Dashboard bodies, held against CloudWatch's structure.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>

use serde_json::Value;

use super::policy::Mistake;

const MOST_METRICS_IN_A_WIDGET: usize = 500;
const MOST_METRICS: usize = 2_500;
/// The grid's columns.
const COLUMNS: u64 = 24;

/// Everything that is wrong with a body.
pub(super) fn check(body: &Value) -> Vec<Mistake> {
    let Some(widgets) = body.get("widgets") else {
        return vec![Mistake::new("", "`widgets` is missing", "a dashboard is `{\"widgets\": […]}`")];
    };
    let Some(widgets) = widgets.as_array() else {
        return vec![Mistake::new("/widgets", "`widgets` is no list", "a dashboard is `{\"widgets\": […]}`")];
    };
    let mut mistakes = Vec::new();
    let mut metrics = 0;
    for (index, widget) in widgets.iter().enumerate() {
        metrics += check_widget(widget, &format!("/widgets/{index}"), &mut mistakes);
    }
    if metrics > MOST_METRICS {
        let message = format!("the dashboard shows {metrics} metrics, and CloudWatch takes {MOST_METRICS}");
        mistakes.push(Mistake::new("/widgets", message, "show fewer"));
    }
    mistakes
}

/// Checks one widget and counts its metrics.
fn check_widget(widget: &Value, at: &str, mistakes: &mut Vec<Mistake>) -> usize {
    let types = ["metric", "text", "log", "alarm", "explorer", "custom"];
    match widget.get("type").and_then(Value::as_str) {
        Some(known) if types.contains(&known) => {}
        Some(other) => {
            mistakes.push(Mistake::new(
                format!("{at}/type"),
                format!("there is no widget of type `{other}`"),
                format!("CloudWatch knows {}", types.join(", ")),
            ));
        }
        None => mistakes.push(Mistake::new(at, "the widget has no `type`", "add `\"type\": \"metric\"`")),
    }
    if !widget.get("properties").is_some_and(Value::is_object) {
        mistakes.push(Mistake::new(at, "the widget has no `properties`", "add an object of properties"));
    }
    for (name, least, most) in [("x", 0, COLUMNS - 1), ("y", 0, u64::MAX), ("width", 1, COLUMNS), ("height", 1, 1000)] {
        if let Some(value) = widget.get(name)
            && !value.as_u64().is_some_and(|value| (least..=most).contains(&value))
        {
            let message = format!("`{name}` is {value}");
            mistakes.push(Mistake::new(
                format!("{at}/{name}"),
                message,
                format!("a whole number from {least} to {most}"),
            ));
        }
    }
    let is_metric = widget.get("type").and_then(Value::as_str) == Some("metric");
    if is_metric { check_metrics(widget, at, mistakes) } else { 0 }
}

fn check_metrics(widget: &Value, at: &str, mistakes: &mut Vec<Mistake>) -> usize {
    let at = format!("{at}/properties");
    if !widget.pointer("/properties/region").is_some_and(Value::is_string) {
        mistakes.push(Mistake::new(&at, "the metric widget has no `region`", "add `\"region\": \"{{region}}\"`"));
    }
    let Some(metrics) = widget.pointer("/properties/metrics") else { return 0 };
    let Some(metrics) = metrics.as_array() else {
        mistakes.push(Mistake::new(
            format!("{at}/metrics"),
            "`metrics` is no list",
            "write `[[\"AWS/States\", \"ExecutionsStarted\", …]]`",
        ));
        return 0;
    };
    if metrics.len() > MOST_METRICS_IN_A_WIDGET {
        let message =
            format!("the widget shows {} metrics, and CloudWatch takes {MOST_METRICS_IN_A_WIDGET}", metrics.len());
        mistakes.push(Mistake::new(format!("{at}/metrics"), message, "show fewer"));
    }
    for (index, metric) in metrics.iter().enumerate() {
        if let Some((message, help)) = wrong_metric(metric) {
            mistakes.push(Mistake::new(format!("{at}/metrics/{index}"), message, help));
        }
    }
    metrics.len()
}

fn wrong_metric(metric: &Value) -> Option<(String, &'static str)> {
    let shape = "a metric is `[\"namespace\", \"name\", \"dimension\", \"value\", …, {options}]`";
    let Some(parts) = metric.as_array().filter(|parts| !parts.is_empty()) else {
        return Some((format!("{metric} is no metric"), shape));
    };
    let names = parts.split_last().map_or(parts.as_slice(), |(last, rest)| if last.is_object() { rest } else { parts });
    // `[{"expression": …}]` is arithmetic over other metrics.
    if names.is_empty() {
        return None;
    }
    if !names.iter().all(Value::is_string) {
        return Some(("a namespace, name, dimension or value is no string".to_owned(), shape));
    }
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    // The handout's own mistake: the console shows machines by name, the metric has their ARN.
    if names.contains(&"AWS/States") && names.contains(&"StateMachineName") {
        return Some((
            "`AWS/States` has no dimension `StateMachineName`".to_owned(),
            "use `StateMachineArn` and `{{machine_arn \"…\"}}`",
        ));
    }
    let shortened = names.iter().any(|name| matches!(*name, "." | "..."));
    (!shortened && names.len() % 2 == 1).then(|| ("a metric needs a value for each dimension".to_owned(), shape))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(change: (&str, Value)) -> Vec<String> {
        let mut widget = json!({ "type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {
            "region": "eu-west-1", "metrics": [["AWS/States", "ExecutionTime", "StateMachineArn", "arn", { "label": "l" }], ["...", "b"]],
        } });
        *widget.pointer_mut(change.0).unwrap() = change.1;
        check(&json!({ "widgets": [widget] })).into_iter().map(|mistake| mistake.pointer).collect()
    }

    #[test]
    fn each_mistake_is_found_at_its_place() {
        assert_eq!(with(("/x", json!(0))), [""; 0]);
        assert_eq!(with(("/x", json!(24))), ["/widgets/0/x"]);
        assert_eq!(with(("/width", json!(25))), ["/widgets/0/width"]);
        assert_eq!(with(("/type", json!("metrics"))), ["/widgets/0/type"]);
        assert_eq!(with(("/properties/region", json!(null))), ["/widgets/0/properties"]);
        assert_eq!(with(("/properties/metrics/0/2", json!("StateMachineName"))), ["/widgets/0/properties/metrics/0"]);
        assert_eq!(with(("/properties/metrics/0/3", json!(7))), ["/widgets/0/properties/metrics/0"]);
        assert_eq!(
            with(("/properties/metrics/0", json!(["AWS/States", "a", "b"]))),
            ["/widgets/0/properties/metrics/0"]
        );
        assert_eq!(check(&json!({})).len(), 1);
    }
}
