//! Dashboards: put, get, list, delete.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body;
use super::service::{CloudWatchService, DASHBOARDS};
use crate::service::members::{Members, missing};
use crate::service::page::page;
use crate::service::tags::{self, Tags};
use crate::wire::Fault;

/// A dashboard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Dashboard {
    pub(super) body: String,
    pub(super) changed_ms: i64,
    pub(super) tags: Tags,
}

/// The code of a parameter that AWS refuses.
pub(super) const INVALID: &str = "InvalidParameterValueException";

impl CloudWatchService {
    pub(super) fn put_dashboard(&self, members: Members<'_>) -> Result<Value, Fault> {
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
        let mut state = self.state();
        // Tags are taken when the dashboard is made, and not when it is replaced.
        let tags = if let Some(known) = state.dashboards.get(name) {
            known.tags.clone()
        } else {
            let mut all = Tags::new();
            tags::merge(&mut all, new).map_err(|message| Fault::client(INVALID, message))?;
            all
        };
        let dashboard = Dashboard { body: body.to_owned(), changed_ms: self.clock.now_ms(), tags };
        self.save_dashboard(name, &dashboard);
        state.dashboards.insert(name.to_owned(), dashboard);
        Ok(json!({"DashboardValidationMessages": []}))
    }

    pub(super) fn save_dashboard(&self, name: &str, dashboard: &Dashboard) {
        if let Ok(value) = serde_json::to_value(dashboard) {
            self.store.put(DASHBOARDS, name, value);
        }
    }

    pub(super) fn get_dashboard(&self, members: Members<'_>) -> Result<Value, Fault> {
        let name = members.text("DashboardName").ok_or_else(|| missing(INVALID, "DashboardName"))?;
        let state = self.state();
        let dashboard = state.dashboards.get(name).ok_or_else(|| no_dashboard(name))?;
        Ok(json!({
            "DashboardArn": self.dashboard_arn(name), "DashboardBody": dashboard.body, "DashboardName": name,
        }))
    }

    pub(super) fn list_dashboards(&self, members: Members<'_>) -> Result<Value, Fault> {
        let prefix = members.text("DashboardNamePrefix").unwrap_or_default();
        let state = self.state();
        let fitting: Vec<_> = state.dashboards.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
        let page = page(fitting, |(name, _)| (*name).clone(), members.text("NextToken"), 1000)
            .ok_or_else(|| Fault::client(INVALID, "Invalid nextToken"))?;
        let shown = |(name, dashboard): &(&String, &Dashboard)| {
            json!({
                "DashboardName": name,
                "DashboardArn": self.dashboard_arn(name),
                "LastModified": dashboard.changed_ms / 1000,
                "Size": dashboard.body.len(),
            })
        };
        Ok(json!({"DashboardEntries": page.items.iter().map(shown).collect::<Vec<_>>(), "NextToken": page.next}))
    }

    /// Deletes what is there. A name that is not is no error: the API dropped `DashboardNotFoundError` of this operation.
    pub(super) fn delete_dashboards(&self, members: Members<'_>) -> Result<Value, Fault> {
        let names = members.texts("DashboardNames");
        if names.is_empty() {
            return Err(missing(INVALID, "DashboardNames"));
        }
        if names.len() > 100 {
            return Err(Fault::client(INVALID, "DeleteDashboards takes at most 100 names"));
        }
        let mut state = self.state();
        for name in names {
            if state.dashboards.remove(name).is_some() {
                self.store.delete(DASHBOARDS, name);
            }
        }
        Ok(json!({}))
    }
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
