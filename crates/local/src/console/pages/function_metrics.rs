//! The metrics of a function, as Lambda's tab Monitor has them.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-functions-access-metrics.html>

use serde_json::{Value, json};

use super::figures::{asked, drawn, ranges, usual};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// The page.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    ask.must_see(name)?;
    let found = ask.call("lambda", "GetFunctionConfiguration", json!({"FunctionName": name})).await;
    // An ARN or a version is another way to a function, and no name.
    if found.map_err(|_| Refusal::NotFound)?.member("FunctionName") != name {
        return Err(Refusal::NotFound);
    }
    let range = asked(request, ask.now_ms).unwrap_or_else(|| usual(ask.now_ms));
    let view = json!({
        "name": name, "form": null, "here": request.path, "ranges": ranges(request, false),
        "widgets": drawn(ask, &body_of(name, ask.region), range).await,
    });
    let trail = vec![
        ("Functions".to_owned(), ask.path(&["functions"])),
        (name.to_owned(), ask.path(&["functions", name])),
        ("Metrics".to_owned(), request.path.clone()),
    ];
    let title = format!("Metrics of {name}");
    Ok(Outcome::Page(Page { template: "function-metrics", title, trail, is_live: true, view }))
}

/// A dashboard of the metrics that Lambda has of a function.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>
fn body_of(name: &str, region: &str) -> String {
    let row = |(metric, stat): &(&str, &str)| json!(["AWS/Lambda", metric, "FunctionName", name, {"stat": stat, "label": format!("{metric}, {stat}")}]);
    let widget = |x: u64, y: u64, title: &str, metrics: &[(&str, &str)]| {
        let metrics: Vec<Value> = metrics.iter().map(row).collect();
        json!({"type": "metric", "x": x, "y": y, "width": 12, "height": 6, "properties": {
            "title": title, "region": region, "view": "timeSeries", "period": 60, "metrics": metrics,
        }})
    };
    json!({"widgets": [
        widget(0, 0, "Invocations", &[("Invocations", "Sum")]),
        widget(12, 0, "Duration", &[("Duration", "Minimum"), ("Duration", "Average"), ("Duration", "Maximum")]),
        widget(0, 6, "Errors and throttles", &[("Errors", "Sum"), ("Throttles", "Sum")]),
        widget(12, 6, "Total concurrent executions", &[("ConcurrentExecutions", "Maximum")]),
    ]})
    .to_string()
}
