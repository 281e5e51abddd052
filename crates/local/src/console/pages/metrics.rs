//! Metrics: which there are, a graph of some of them, and those of a state machine.

use serde_json::{Value, json};

use super::figures::{asked, drawn, metrics, ranges, usual};
use super::state_machine::Machine;
use super::widget::{chooser, chosen};
use crate::console::ask::{Ask, Refusal};
use crate::console::dashboard::{NewKind, NewWidget, add, empty};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// The page of all metrics.
pub(super) async fn show(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let namespaces = metrics(ask).await?;
    let first = namespaces.iter().find(|it| it.name == "AWS/States").or(namespaces.first());
    let namespace = request.query("namespace").or(first.map(|it| it.name.as_str())).unwrap_or_default().to_owned();
    let named = chosen(&namespaces, &namespace, &request.queries("of"), &request.queries("metric"));
    let range = asked(request, ask.now_ms).unwrap_or_else(|| usual(ask.now_ms));
    let mut view = chooser(&namespaces, &namespace, request);
    let widgets = if named.is_empty() {
        Vec::new()
    } else {
        let widget = NewWidget {
            kind: NewKind::Line,
            title: namespace.clone(),
            region: ask.region.to_owned(),
            namespace,
            metrics: named,
            stat: request.query("stat").unwrap_or("Average").to_owned(),
            period: request.query("period").and_then(|period| period.parse().ok()),
            markdown: String::new(),
        };
        drawn(ask, &whole(&add(&empty(), &widget)), range).await
    };
    let more = json!({
        "here": request.path, "form": null, "widgets": widgets, "ranges": ranges(request, false), "has_chosen": !request.queries("metric").is_empty(),
    });
    if let (Some(view), Value::Object(more)) = (view.as_object_mut(), more) {
        view.extend(more);
    }
    Ok(Outcome::Page(Page { template: "metrics", title: "Metrics".to_owned(), trail: Vec::new(), is_live: true, view }))
}

/// The body with its only widget as wide as the page.
fn whole(body: &str) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap_or_default();
    if let Some(widget) = body.pointer_mut("/widgets/0").and_then(Value::as_object_mut) {
        widget.insert("width".to_owned(), json!(24));
        widget.insert("height".to_owned(), json!(8));
    }
    body.to_string()
}

/// The metrics of a state machine, beside another one's where that is asked for.
pub(super) async fn of_machine(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    let machine = Machine::find(ask, name).await?;
    let other = match request.query("with") {
        Some(other) => Some(Machine::find(ask, other).await?),
        None => None,
    };
    let shown: Vec<&Machine> = std::iter::once(&machine).chain(&other).collect();
    let more = ("nextToken", "nextToken");
    let all =
        ask.all("states", "ListStateMachines", json!({"maxResults": 1000}), "stateMachines", more, 10_000).await?;
    // Machines of the same student: what stands before the first hyphen.
    let owner = name.split_once('-').map_or(name, |(owner, _)| owner);
    let others: Vec<Value> = all
        .iter()
        .filter_map(|machine| machine.member("name").as_str())
        .filter(|it| ask.sees(it) && *it != name && it.split_once('-').is_some_and(|(of, _)| of == owner))
        .map(|it| json!({"name": it, "is_chosen": request.query("with") == Some(it)}))
        .collect();
    let range = asked(request, ask.now_ms).unwrap_or_else(|| usual(ask.now_ms));
    let view = json!({
        "name": name, "form": null, "here": request.path, "ranges": ranges(request, false), "others": others,
        "widgets": drawn(ask, &body_of(&shown, ask.region), range).await,
    });
    let mut trail = machine.trail(ask);
    trail.push(("Metrics".to_owned(), request.path.clone()));
    let title = format!("Metrics of {name}");
    Ok(Outcome::Page(Page { template: "machine-metrics", title, trail, is_live: true, view }))
}

/// A dashboard of the metrics that Step Functions has of machines.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html>
fn body_of(machines: &[&Machine], region: &str) -> String {
    let rows = |metrics: &[(&str, Option<&str>)]| -> Vec<Value> {
        machines
            .iter()
            .flat_map(|machine| metrics.iter().map(move |metric| (machine, metric)))
            .map(|(machine, (name, stat))| {
                let label = if machines.len() > 1 { format!("{}: {name}", machine.name) } else { (*name).to_owned() };
                let label = stat.map_or(label.clone(), |stat| format!("{label}, {stat}"));
                let mut options = json!({"label": label});
                if let (Some(stat), Some(options)) = (stat, options.as_object_mut()) {
                    options.insert("stat".to_owned(), json!(stat));
                }
                json!(["AWS/States", name, "StateMachineArn", machine.arn, options])
            })
            .collect()
    };
    let widget = |x: u64, y: u64, title: &str, stat: &str, view: &str, metrics: Vec<Value>| {
        let height = if view == "singleValue" { 3 } else { 6 };
        json!({"type": "metric", "x": x, "y": y, "width": 12, "height": height, "properties": {
            "title": title, "region": region, "stat": stat, "view": view, "period": 60, "metrics": metrics, "setPeriodToTimeRange": view == "singleValue",
        }})
    };
    let rate = [("ExecutionsStarted", None), ("ExecutionsSucceeded", None)];
    let bad = [
        ("ExecutionsFailed", None),
        ("ExecutionsTimedOut", None),
        ("ExecutionsAborted", None),
        ("ExecutionThrottled", None),
    ];
    let time = [("ExecutionTime", Some("Average")), ("ExecutionTime", Some("p95")), ("ExecutionTime", Some("Maximum"))];
    let totals = [("ExecutionsStarted", None), ("ExecutionsSucceeded", None), ("ExecutionsFailed", None)];
    json!({"widgets": [
        widget(0, 0, "Executions", "Sum", "singleValue", rows(&totals)),
        widget(12, 0, "Average duration", "Average", "singleValue", rows(&[("ExecutionTime", None)])),
        widget(0, 3, "Execution rate", "Sum", "timeSeries", rows(&rate)),
        widget(12, 3, "Errors", "Sum", "timeSeries", rows(&bad)),
        widget(0, 9, "Execution time", "Average", "timeSeries", rows(&time)),
    ]})
    .to_string()
}
