//! Add widget: what it is, which metrics of which resources, statistic, period and title.

use serde_json::{Value, json};

use super::dashboards::{body, put, trail};
use super::figures::metrics;
use crate::console::ask::{Ask, Refusal};
use crate::console::dashboard::{Namespace, NewKind, NewMetric, NewWidget, add};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;

/// The widgets on offer: the word of the form, the word on the page, and what it is.
const KINDS: [(&str, &str, NewKind); 7] = [
    ("line", "Line", NewKind::Line),
    ("stacked", "Stacked area", NewKind::Stacked),
    ("number", "Number", NewKind::Number),
    ("bar", "Bar", NewKind::Bar),
    ("pie", "Pie", NewKind::Pie),
    ("gauge", "Gauge", NewKind::Gauge),
    ("text", "Text", NewKind::Text),
];
/// Statistics and periods on offer.
pub(super) const STATISTICS: [&str; 8] = ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50", "p95", "p99"];
pub(super) const PERIODS: [(i64, &str); 5] =
    [(60, "1 minute"), (300, "5 minutes"), (900, "15 minutes"), (3600, "1 hour"), (86_400, "1 day")];

/// The form, or what comes of it.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    let body = body(ask, name).await?;
    let mut said = None;
    if request.is_form() {
        match created(ask, request, name, &body).await {
            Ok(()) => return Ok(Outcome::Elsewhere(ask.path(&["dashboards", name]))),
            Err(refused) => said = Some(refused),
        }
    }
    let given = |field: &str| {
        if request.is_form() { request.field(field) } else { request.query(field).unwrap_or_default().to_owned() }
    };
    let kind = given("kind");
    let kind = if kind.is_empty() { "line".to_owned() } else { kind };
    let mut view = chooser(&metrics(ask).await?, &given("namespace"), request);
    let more = json!({
        "name": name, "form": ask.form(&request.path), "here": request.path, "said": said, "title": given("title"),
        "markdown": given("markdown"), "is_text": kind == "text", "kind": kind,
        "kinds": KINDS.map(|(value, word, _)| json!({"value": value, "word": word, "is_chosen": value == kind})),
        "back": ask.path(&["dashboards", name]),
    });
    if let (Some(view), Value::Object(more)) = (view.as_object_mut(), more) {
        view.extend(more);
    }
    let mut trail = trail(ask, name);
    trail.push(("Add widget".to_owned(), request.path.clone()));
    let title = format!("Add widget to {name}");
    Ok(Outcome::Page(Page { template: "widget", title, trail, is_live: false, view }))
}

/// What there is to choose from: namespaces, and the resources and metrics of the chosen one.
pub(super) fn chooser(namespaces: &[Namespace], chosen: &str, request: &Request) -> Value {
    let listed: Vec<Value> = namespaces
        .iter()
        .map(|it| json!({"name": it.name, "count": it.metrics, "is_chosen": it.name == chosen}))
        .collect();
    let given = |field: &str| if request.is_form() { request.fields(field) } else { request.queries(field) };
    let (of, picked) = (given("of"), given("metric"));
    let one = |field: &str, usual: &str| {
        given(field).into_iter().find(|value| !value.is_empty()).unwrap_or_else(|| usual.to_owned())
    };
    let (stat, period) = (one("stat", "Average"), one("period", "60"));
    let groups: Vec<Value> = namespaces
        .iter()
        .filter(|it| it.name == chosen)
        .flat_map(|it| &it.dimensions)
        .map(|dimension| {
            let rows = dimension.rows.iter().map(|row| {
                let value = Value::from(dimension.names.iter().zip(&row.values).map(|(name, value)| json!([name, value])).collect::<Vec<_>>()).to_string();
                json!({"is_chosen": of.contains(&value), "title": if row.title.is_empty() { "all of the account" } else { &row.title }, "value": value})
            });
            json!({"title": dimension.title, "rows": rows.collect::<Vec<_>>()})
        })
        .collect();
    let mut all: Vec<&String> = namespaces
        .iter()
        .filter(|it| it.name == chosen)
        .flat_map(|it| &it.dimensions)
        .flat_map(|it| &it.rows)
        .flat_map(|row| &row.metrics)
        .collect();
    all.sort();
    all.dedup();
    json!({
        "namespaces": listed, "namespace": chosen, "groups": groups,
        "metrics": all.iter().map(|name| json!({"name": name, "is_chosen": picked.contains(name)})).collect::<Vec<_>>(),
        "statistics": STATISTICS.map(|name| json!({"name": name, "is_chosen": name == stat})),
        "periods": PERIODS.map(|(seconds, word)| json!({"seconds": seconds, "word": word, "is_chosen": seconds.to_string() == period})),
    })
}

/// Every chosen metric of every chosen resource, as far as there is such a one.
pub(super) fn chosen(namespaces: &[Namespace], namespace: &str, of: &[String], named: &[String]) -> Vec<NewMetric> {
    let mut found = Vec::new();
    for name in named {
        for dimension in namespaces.iter().filter(|it| it.name == namespace).flat_map(|it| &it.dimensions) {
            for row in dimension.rows.iter().filter(|row| row.metrics.contains(name)) {
                let dimensions: Vec<(String, String)> =
                    dimension.names.iter().cloned().zip(row.values.iter().cloned()).collect();
                if of.contains(&json!(dimensions).to_string()) {
                    found.push(NewMetric { name: name.clone(), dimensions });
                }
            }
        }
    }
    found
}

async fn created(ask: &Ask<'_>, request: &Request, name: &str, body: &str) -> Result<(), String> {
    let namespaces = metrics(ask).await.map_err(|fault| format!("{}: {}", fault.code, fault.message))?;
    let kind = KINDS.iter().find(|(word, ..)| *word == request.field("kind")).map_or(NewKind::Line, |(.., kind)| *kind);
    let namespace = request.field("namespace");
    let metrics = chosen(&namespaces, &namespace, &request.fields("of"), &request.fields("metric"));
    if kind != NewKind::Text && metrics.is_empty() {
        return Err("choose at least one resource and one metric that it has".to_owned());
    }
    let widget = NewWidget {
        kind,
        title: request.field("title"),
        region: ask.region.to_owned(),
        namespace,
        metrics,
        stat: request.field("stat"),
        period: request.field("period").parse().ok(),
        markdown: request.field("markdown"),
    };
    put(ask, name, &add(body, &widget)).await
}
