//! Dashboards: the list, a new one, and one of them.

use serde_json::{Value, json};

use super::figures::{asked, drawn, ranges, usual};
use super::words::{ms, when};
use crate::console::ask::{Ask, Refusal};
use crate::console::dashboard::{empty, range_of, remove};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// Dashboards in the list at the most.
const MOST: usize = 10_000;

/// The list, with Create dashboard.
pub(super) async fn list(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let mut said = None;
    if request.is_form() {
        let name = request.field("name").trim().to_owned();
        match created(ask, &name).await {
            Ok(()) => return Ok(Outcome::Elsewhere(ask.path(&["dashboards", &name, "add"]))),
            Err(refused) => said = Some(refused),
        }
    }
    let more = ("NextToken", "NextToken");
    let found = ask.all("monitoring", "ListDashboards", json!({}), "DashboardEntries", more, MOST).await?;
    let rows: Vec<Value> = found
        .iter()
        .filter_map(|entry| {
            let name = entry.member("DashboardName").as_str().filter(|name| ask.sees(name))?;
            let modified = ms(entry.member("LastModified")).map(when);
            Some(json!({"name": name, "path": ask.path(&["dashboards", name]), "modified": modified}))
        })
        .collect();
    let view = json!({
        "rows": rows, "form": ask.form(&request.path), "name": request.field("name"), "said": said, "prefix": ask.session.prefix,
    });
    let title = "Dashboards".to_owned();
    Ok(Outcome::Page(Page { template: "dashboards", title, trail: Vec::new(), is_live: false, view }))
}

async fn created(ask: &Ask<'_>, name: &str) -> Result<(), String> {
    if !ask.sees(name) {
        return Err(format!("the name must begin with `{}`", ask.session.prefix.as_deref().unwrap_or_default()));
    }
    if ask.call("monitoring", "GetDashboard", json!({"DashboardName": name})).await.is_ok() {
        return Err(format!("there is a dashboard `{name}` already"));
    }
    put(ask, name, &empty()).await
}

/// Puts a body, and says what CloudWatch has against it.
pub(super) async fn put(ask: &Ask<'_>, name: &str, body: &str) -> Result<(), String> {
    let input = json!({"DashboardName": name, "DashboardBody": body});
    // What CloudWatch only warns of is there all the same, and the page draws what can be drawn.
    ask.call("monitoring", "PutDashboard", input).await.map(|_| ()).map_err(|fault| {
        let messages = fault.members.member("dashboardValidationMessages").as_array().into_iter().flatten();
        format!("{}: {}{}", fault.code, fault.message, messages.map(message).collect::<String>())
    })
}

fn message(message: &Value) -> String {
    let part = |name: &str| message.member(name).as_str().unwrap_or_default().to_owned();
    format!("\n{} {}", part("DataPath"), part("Message"))
}

/// A dashboard's body.
pub(super) async fn body(ask: &Ask<'_>, name: &str) -> Result<String, Refusal> {
    ask.must_see(name)?;
    let found = ask.call("monitoring", "GetDashboard", json!({"DashboardName": name})).await;
    let found = found.map_err(|_| Refusal::NotFound)?;
    Ok(found.member("DashboardBody").as_str().unwrap_or_default().to_owned())
}

/// The words and paths that lead to a dashboard.
pub(super) fn trail(ask: &Ask<'_>, name: &str) -> Vec<(String, String)> {
    vec![("Dashboards".to_owned(), ask.path(&["dashboards"])), (name.to_owned(), ask.path(&["dashboards", name]))]
}

/// One dashboard, or what comes of its forms: a widget less.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    let body = body(ask, name).await?;
    if request.is_form() {
        let index = request.field("remove").parse::<usize>().map_err(|_| Refusal::NotFound)?;
        let input = json!({"DashboardName": name, "DashboardBody": remove(&body, index)});
        ask.call("monitoring", "PutDashboard", input).await?;
        return Ok(Outcome::Elsewhere(request.path.clone()));
    }
    let own = range_of(&body, ask.now_ms);
    let range = asked(request, ask.now_ms).or(own).unwrap_or_else(|| usual(ask.now_ms));
    let view = json!({
        "name": name, "here": request.path, "widgets": drawn(ask, &body, range).await, "ranges": ranges(request, own.is_some()),
        "has_own": own.is_some(), "form": ask.form(&request.path),
        "add": ask.path(&["dashboards", name, "add"]), "source": ask.path(&["dashboards", name, "source"]),
    });
    Ok(Outcome::Page(Page {
        template: "dashboard",
        title: name.to_owned(),
        trail: trail(ask, name),
        is_live: true,
        view,
    }))
}

/// View/edit source.
pub(super) async fn source(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    let there = body(ask, name).await?;
    let mut said = None;
    if request.is_form() {
        match put(ask, name, &request.field("body")).await {
            Ok(()) => return Ok(Outcome::Elsewhere(ask.path(&["dashboards", name]))),
            Err(refused) => said = Some(refused),
        }
    }
    let shown = if request.is_form() { request.field("body") } else { super::words::pretty(&there) };
    let view = json!({"name": name, "form": ask.form(&request.path), "body": shown, "said": said});
    let mut trail = trail(ask, name);
    trail.push(("View/edit source".to_owned(), request.path.clone()));
    Ok(Outcome::Page(Page { template: "source", title: format!("Source of {name}"), trail, is_live: false, view }))
}
