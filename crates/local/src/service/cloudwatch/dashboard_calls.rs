//! Dashboards: put, get, list, delete.

use serde_json::{Value, json};

use super::body;
use super::dashboard_store::{Dashboard, DashboardStore, INVALID};
use crate::service::members::Members;
use crate::service::page::page;
use crate::service::tags::{self, Tags};
use crate::wire::Fault;

pub(super) fn put_dashboard(dashboards: &DashboardStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.required("DashboardName", "DashboardInvalidInputError")?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !(1..=255).contains(&name.len()) || !name.bytes().all(fits) {
        let message = format!(
            "The value {name} for field DashboardName contains invalid characters. It can only contain alphanumerics, \
             dash (-) and underscore (_).\n"
        );
        return Err(Fault::client("DashboardInvalidInputError", message));
    }
    let body = members.required("DashboardBody", "DashboardInvalidInputError")?;
    check_body(body)?;
    let new = tags::read_list(members.list("Tags")).map_err(|message| Fault::client(INVALID, message))?;
    let mut all = dashboards.lock();
    // Tags are taken when the dashboard is made, and not when it is replaced.
    let tags = if let Some(known) = all.get(name) {
        known.tags.clone()
    } else {
        let mut tags = Tags::new();
        tags::merge(&mut tags, new).map_err(|message| Fault::client(INVALID, message))?;
        tags
    };
    let dashboard = Dashboard { body: body.to_owned(), changed_ms: dashboards.clock.now_ms(), tags };
    dashboards.save(name, &dashboard);
    all.insert(name.to_owned(), dashboard);
    Ok(json!({"DashboardValidationMessages": []}))
}

pub(super) fn get_dashboard(dashboards: &DashboardStore, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("DashboardName");
    let all = dashboards.lock();
    let dashboard = all.get(name).ok_or_else(|| no_dashboard(name))?;
    Ok(json!({
        "DashboardArn": dashboards.arn(name), "DashboardBody": dashboard.body, "DashboardName": name,
    }))
}

pub(super) fn list_dashboards(dashboards: &DashboardStore, members: Members<'_>) -> Result<Value, Fault> {
    let prefix = members.text("DashboardNamePrefix").unwrap_or_default();
    let all = dashboards.lock();
    let fitting: Vec<_> = all.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
    let page = page(fitting, |(name, _)| (*name).clone(), members.text("NextToken"), 1000)
        .ok_or_else(|| Fault::client(INVALID, "Invalid nextToken"))?;
    let shown = |(name, dashboard): &(&String, &Dashboard)| {
        json!({
            "DashboardName": name,
            "DashboardArn": dashboards.arn(name),
            "LastModified": dashboard.changed_ms / 1000,
            "Size": dashboard.body.len(),
        })
    };
    Ok(json!({"DashboardEntries": page.items.iter().map(shown).collect::<Vec<_>>(), "NextToken": page.next}))
}

/// Deletes what is there. A name that is not is no error: the API dropped `DashboardNotFoundError` of this operation.
pub(super) fn delete_dashboards(dashboards: &DashboardStore, members: Members<'_>) -> Result<Value, Fault> {
    let names = members.texts("DashboardNames");
    if names.len() > 100 {
        return Err(Fault::client(INVALID, "DeleteDashboards takes at most 100 names"));
    }
    let mut all = dashboards.lock();
    for name in names {
        if all.remove(name).is_some() {
            dashboards.forget(name);
        }
    }
    Ok(json!({}))
}

fn check_body(body: &str) -> Result<(), Fault> {
    let findings = body::check(body);
    if findings.is_empty() {
        return Ok(());
    }
    let shown: Vec<Value> =
        findings.iter().map(|finding| json!({"DataPath": finding.path, "Message": finding.message})).collect();
    let message = format!(
        "The field DashboardBody must be a valid JSON object, there are {} validation errors: {}",
        findings.len(),
        Value::Array(shown.clone())
    );
    Err(Fault {
        members: json!({"dashboardValidationMessages": shown}),
        ..Fault::client("DashboardInvalidInputError", message)
    })
}

fn no_dashboard(name: &str) -> Fault {
    Fault::client("DashboardNotFoundError", format!("Dashboard {name} does not exist")).status(404)
}
