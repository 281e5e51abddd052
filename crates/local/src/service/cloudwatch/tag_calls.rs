//! Tags of dashboards.

use serde_json::{Value, json};

use super::dashboard_store::{Dashboard, DashboardStore, INVALID};
use crate::service::members::Members;
use crate::service::tags;
use crate::wire::Fault;

pub(super) fn tag_resource(dashboards: &DashboardStore, members: Members<'_>) -> Result<Value, Fault> {
    let new = tags::read_list(members.list("Tags")).map_err(|message| Fault::client(INVALID, message))?;
    tagged_dashboard(dashboards, members, |name, dashboard| {
        tags::merge(&mut dashboard.tags, new).map_err(|message| Fault::client(INVALID, message))?;
        dashboards.save(name, dashboard);
        Ok(json!({}))
    })
}

pub(super) fn untag_resource(dashboards: &DashboardStore, members: Members<'_>) -> Result<Value, Fault> {
    tagged_dashboard(dashboards, members, |name, dashboard| {
        tags::remove(&mut dashboard.tags, &members.texts("TagKeys"));
        dashboards.save(name, dashboard);
        Ok(json!({}))
    })
}

pub(super) fn list_tags_for_resource(dashboards: &DashboardStore, members: Members<'_>) -> Result<Value, Fault> {
    tagged_dashboard(dashboards, members, |_, dashboard| Ok(json!({"Tags": tags::list(&dashboard.tags)})))
}

fn tagged_dashboard(
    dashboards: &DashboardStore,
    members: Members<'_>,
    then: impl FnOnce(&str, &mut Dashboard) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    let arn = members.given("ResourceARN");
    let mut all = dashboards.lock();
    let named = arn.rsplit_once(":dashboard/").map(|(_, name)| name).filter(|name| dashboards.arn(name) == arn);
    let found = named.and_then(|name| Some((name, all.get_mut(name)?)));
    let (name, dashboard) = found.ok_or_else(|| {
        Fault::client("ResourceNotFoundException", format!("Resource {arn} was not found")).status(404)
    })?;
    then(name, dashboard)
}
