//! The Cloud Control API as the wire meets it.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;

use super::change_calls::change;
use super::read_calls::{get_resource, known, list_resources, request_status};
use super::record_store::RecordStore;
use super::resource_type::{Handler, ResourceType};
use crate::api;
use crate::clock::Clock;
use crate::service::members::Members;
use crate::service::page::in_region;
use crate::service::{Authority, Service, TagSource, Tagged, not_offered};
use crate::store::{Store, StoreError};
use crate::wire::{Answer, Call, Fault};

/// The Cloud Control API.
pub(crate) struct CloudControlService {
    records: RecordStore,
    authority: Arc<dyn Authority>,
}

impl CloudControlService {
    /// The service with the resources of the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(
        clock: Clock,
        store: Store,
        authority: Arc<dyn Authority>,
        account: &str,
    ) -> Result<Arc<Self>, StoreError> {
        Ok(Arc::new(Self { records: RecordStore::load(clock, store, account)?, authority }))
    }

    fn authorize(&self, call: &Call, action: &str, resource: &str) -> Result<(), Fault> {
        let denied = |message| Fault::client("AccessDeniedException", message);
        self.authority.authorize(&call.caller, action, resource).map_err(denied)
    }

    /// A handler reads with what its caller may do.
    fn may_read(&self, call: &Call, handler: Handler) -> Result<(), Fault> {
        let known = known(Members::of(call))?;
        let arn = match handler {
            Handler::List => "*".to_owned(),
            _ => known.arn_of(&call.region, &self.records.account, Members::of(call).given("Identifier")),
        };
        self.authorize(call, known.action(handler), &arn)
    }
}

impl TagSource for CloudControlService {
    fn regions(&self) -> Vec<String> {
        self.records.state().records.keys().map(|(region, _)| region.clone()).collect()
    }

    fn resource_types(&self) -> Vec<&'static str> {
        ResourceType::tag_index_types()
    }

    fn tagged(&self, region: &str, after: &str, each: &mut dyn FnMut(Tagged) -> ControlFlow<()>) {
        let state = self.records.state();
        let mut shown = in_region(&state.records, region, after).filter_map(|(arn, record)| {
            let known = ResourceType::find(&record.type_name)?;
            let tags = Some(record.tags()).filter(|tags| !tags.is_empty())?;
            Some(Tagged { arn: arn.clone(), resource_type: known.tagged, tags })
        });
        let _ = shown.try_for_each(each);
    }
}

#[async_trait]
impl Service for CloudControlService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        self.authorize(&call, &api::action(&call), "*")?;
        api::hold(&call)?;
        let (records, members) = (&self.records, Members::of(&call));
        let region = call.region.as_str();
        let may = |action: &str, arn: &str| self.authority.authorize(&call.caller, action, arn);
        let output = match call.operation.as_str() {
            "CreateResource" | "UpdateResource" | "DeleteResource" => change(records, &call, &may)?,
            "GetResource" => {
                self.may_read(&call, Handler::Read)?;
                get_resource(records, region, members)?
            }
            "ListResources" => {
                self.may_read(&call, Handler::List)?;
                list_resources(records, region, members)?
            }
            "GetResourceRequestStatus" => request_status(records, region, members)?,
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}
