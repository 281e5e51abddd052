//! What CloudWatch refuses in a dashboard's body.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>

use serde_json::{Map, Value};

/// One thing that is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// `/widgets/0/properties`
    pub(super) path: String,
    pub(super) message: String,
}

const TOP: [&str; 5] = ["widgets", "start", "end", "periodOverride", "variables"];
const KINDS: [&str; 8] = ["metric", "text", "log", "alarm", "explorer", "custom", "trace", "chart"];
const MOST_WIDGETS: usize = 500;
/// Metrics in one widget, and in all.
const MOST_METRICS: usize = 500;
const MOST_METRICS_OF_ALL: usize = 2500;

/// Everything that is wrong with a body.
pub(super) fn check(text: &str) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    match serde_json::from_str(text) {
        Ok(Value::Object(body)) => findings.body(&body),
        Ok(_) => findings.add("", "Should be object"),
        Err(error) => findings.add("", format!("The field DashboardBody must be a valid JSON object: {error}")),
    }
    findings.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Finding { path: path.into(), message: message.into() });
    }

    fn body(&mut self, body: &Map<String, Value>) {
        for name in body.keys().filter(|name| !TOP.contains(&name.as_str())) {
            self.add("", format!("Should NOT have additional properties: '{name}'"));
        }
        let Some(widgets) = body.get("widgets") else {
            return self.add("", "Should have required property 'widgets'");
        };
        let Some(widgets) = widgets.as_array() else {
            return self.add("/widgets", "Should be array");
        };
        if widgets.len() > MOST_WIDGETS {
            self.add("/widgets", format!("Should NOT have more than {MOST_WIDGETS} items"));
        }
        let mut metrics = 0;
        for (index, widget) in widgets.iter().enumerate() {
            let path = format!("/widgets/{index}");
            match widget.as_object() {
                Some(widget) => metrics += self.widget(&path, widget),
                None => self.add(path, "Should be object"),
            }
        }
        if metrics > MOST_METRICS_OF_ALL {
            self.add("/widgets", format!("Should NOT have more than {MOST_METRICS_OF_ALL} metrics"));
        }
    }

    /// Checks a widget; the number of its metrics.
    fn widget(&mut self, path: &str, widget: &Map<String, Value>) -> usize {
        for (name, least, most) in [("x", 0, 23), ("y", 0, i64::MAX), ("width", 1, 24), ("height", 1, 1000)] {
            let Some(value) = widget.get(name) else { continue };
            match value.as_i64() {
                None => self.add(format!("{path}/{name}"), "Should be integer"),
                Some(value) if value < least => self.add(format!("{path}/{name}"), format!("Should be >= {least}")),
                Some(value) if value > most => self.add(format!("{path}/{name}"), format!("Should be <= {most}")),
                Some(_) => {}
            }
        }
        let Some(kind) = widget.get("type").and_then(Value::as_str) else {
            self.add(path, "Should have required property 'type'");
            return 0;
        };
        if !KINDS.contains(&kind) {
            self.add(
                format!("{path}/type"),
                format!("Should be equal to one of the allowed values: {}", KINDS.join(", ")),
            );
            return 0;
        }
        let Some(properties) = widget.get("properties").and_then(Value::as_object) else {
            self.add(path, "Should have required property 'properties'");
            return 0;
        };
        let path = format!("{path}/properties");
        match kind {
            "text" => self.need_text(&path, properties, "markdown"),
            "log" => {
                self.need_text(&path, properties, "query");
                self.need_text(&path, properties, "region");
            }
            "metric" => return self.metric(&path, properties),
            _ => {}
        }
        0
    }

    fn need_text(&mut self, path: &str, properties: &Map<String, Value>, name: &str) {
        match properties.get(name) {
            None => self.add(path, format!("Should have required property '{name}'")),
            Some(value) if !value.is_string() => self.add(format!("{path}/{name}"), "Should be string"),
            Some(_) => {}
        }
    }

    fn metric(&mut self, path: &str, properties: &Map<String, Value>) -> usize {
        self.need_text(path, properties, "region");
        if properties.get("period").is_some_and(|period| period.as_i64().is_none_or(|period| period <= 0)) {
            self.add(format!("{path}/period"), "Should be a positive integer");
        }
        let allowed = ["timeSeries", "singleValue", "gauge", "bar", "pie", "table"];
        if properties.get("view").is_some_and(|view| !view.as_str().is_some_and(|view| allowed.contains(&view))) {
            self.add(format!("{path}/view"), "Should be equal to one of the allowed values");
        }
        let Some(metrics) = properties.get("metrics") else {
            if !properties.contains_key("annotations") {
                self.add(path, "Should have required property 'metrics'");
            }
            return 0;
        };
        let Some(rows) = metrics.as_array() else {
            self.add(format!("{path}/metrics"), "Should be array");
            return 0;
        };
        if rows.len() > MOST_METRICS {
            self.add(format!("{path}/metrics"), format!("Should NOT have more than {MOST_METRICS} items"));
        }
        for (index, row) in rows.iter().enumerate() {
            self.row(&format!("{path}/metrics/{index}"), row);
        }
        rows.len()
    }

    /// `[namespace, name, dimension, value, …, {options}]`, where `.` and `...` repeat the row above.
    fn row(&mut self, path: &str, row: &Value) {
        let Some(items) = row.as_array() else {
            return self.add(path, "Should be array");
        };
        let (texts, options) = match items.split_last() {
            Some((Value::Object(options), texts)) => (texts, Some(options)),
            _ => (items.as_slice(), None),
        };
        if let Some(at) = texts.iter().position(|item| !item.is_string()) {
            return self.add(format!("{path}/{at}"), "Should be string");
        }
        let is_expression = options.is_some_and(|options| options.contains_key("expression"));
        let repeats = texts.iter().any(|item| item == "...");
        if texts.is_empty() && is_expression || repeats {
            return;
        }
        if texts.len() < 2 || texts.len() % 2 != 0 {
            self.add(path, "Should have a namespace, a metric name, and a value for each dimension");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(body: &Value) -> Vec<(String, String)> {
        check(&body.to_string()).into_iter().map(|finding| (finding.path, finding.message)).collect()
    }

    #[test]
    fn the_labs_dashboard_passes() {
        let body = json!({"widgets": [
            {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {
                "metrics": [["AWS/States", "ExecutionsStarted", "StateMachineArn", "arn"], [".", "ExecutionsFailed", ".", "."], ["..."], [{"expression": "m1+m2"}]],
                "view": "timeSeries", "stacked": false, "region": "us-east-1", "stat": "Sum", "period": 60}},
            {"type": "text", "properties": {"markdown": "# x"}}]});
        assert_eq!(found(&body), []);
    }

    #[test]
    fn each_mistake_has_its_place() {
        let widget = |widget: Value| found(&json!({"widgets": [widget]}));
        let metric = |name: &str, value: Value| {
            let mut properties = json!({"region": "us-east-1", "metrics": []});
            properties[name] = value;
            widget(json!({"type": "metric", "properties": properties}))
        };
        for (findings, path, message) in [
            (found(&json!({})), "", "Should have required property 'widgets'"),
            (found(&json!([])), "", "Should be object"),
            (found(&json!({"widgets": {}})), "/widgets", "Should be array"),
            (found(&json!({"widgets": [], "x": 1})), "", "Should NOT have additional properties: 'x'"),
            (widget(json!({"properties": {}})), "/widgets/0", "Should have required property 'type'"),
            (
                widget(json!({"type": "text", "properties": {}})),
                "/widgets/0/properties",
                "Should have required property 'markdown'",
            ),
            (
                widget(json!({"type": "text", "width": 25, "properties": {"markdown": ""}})),
                "/widgets/0/width",
                "Should be <= 24",
            ),
            (
                widget(json!({"type": "metric", "properties": {"metrics": []}})),
                "/widgets/0/properties",
                "Should have required property 'region'",
            ),
            (
                metric("metrics", json!([["AWS/States"]])),
                "/widgets/0/properties/metrics/0",
                "Should have a namespace, a metric name, and a value for each dimension",
            ),
            (metric("metrics", json!([["a", 5]])), "/widgets/0/properties/metrics/0/1", "Should be string"),
            (
                metric("view", json!("cake")),
                "/widgets/0/properties/view",
                "Should be equal to one of the allowed values",
            ),
        ] {
            assert_eq!(findings, [(path.to_owned(), message.to_owned())]);
        }
        assert!(check("{").len() == 1);
    }
}
