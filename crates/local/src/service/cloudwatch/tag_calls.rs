//! Tags of dashboards.

use serde_json::{Value, json};

use super::dashboard_calls::{Dashboard, INVALID};
use super::service::CloudWatchService;
use crate::service::members::{Members, missing};
use crate::service::tags;
use crate::wire::Fault;

impl CloudWatchService {
    pub(super) fn tag_resource(&self, members: Members<'_>) -> Result<Value, Fault> {
        let new = tags::read_list(members.list("Tags")).map_err(|message| Fault::client(INVALID, message))?;
        self.tagged_dashboard(members, |name, dashboard| {
            tags::merge(&mut dashboard.tags, new).map_err(|message| Fault::client(INVALID, message))?;
            self.save_dashboard(name, dashboard);
            Ok(json!({}))
        })
    }

    pub(super) fn untag_resource(&self, members: Members<'_>) -> Result<Value, Fault> {
        self.tagged_dashboard(members, |name, dashboard| {
            tags::remove(&mut dashboard.tags, &members.texts("TagKeys"));
            self.save_dashboard(name, dashboard);
            Ok(json!({}))
        })
    }

    pub(super) fn list_tags_for_resource(&self, members: Members<'_>) -> Result<Value, Fault> {
        self.tagged_dashboard(members, |_, dashboard| Ok(json!({"Tags": tags::list(&dashboard.tags)})))
    }

    fn tagged_dashboard(
        &self,
        members: Members<'_>,
        then: impl FnOnce(&str, &mut Dashboard) -> Result<Value, Fault>,
    ) -> Result<Value, Fault> {
        let arn = members.text("ResourceARN").ok_or_else(|| missing(INVALID, "ResourceARN"))?;
        let mut state = self.state();
        let named = arn.rsplit_once(":dashboard/").map(|(_, name)| name).filter(|name| self.dashboard_arn(name) == arn);
        let found = named.and_then(|name| Some((name, state.dashboards.get_mut(name)?)));
        let (name, dashboard) = found.ok_or_else(|| {
            Fault::client("ResourceNotFoundException", format!("Resource {arn} was not found")).status(404)
        })?;
        then(name, dashboard)
    }
}
