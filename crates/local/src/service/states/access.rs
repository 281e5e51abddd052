//! Who may do what.

use std::sync::Arc;

use super::fault::access_denied;
use crate::api;
use crate::service::Authority;
use crate::wire::{Call, Caller, Fault};

/// The policies that every operation is held to.
#[derive(Clone)]
pub(super) struct Access {
    authority: Arc<dyn Authority>,
}

impl Access {
    pub(super) fn new(authority: &Arc<dyn Authority>) -> Self {
        Self { authority: Arc::clone(authority) }
    }

    /// Checks a caller's policies; the endpoint's own key pair may do everything.
    pub(super) fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), Fault> {
        self.authority.authorize(caller, action, resource).map_err(access_denied)
    }

    /// Checks whether a caller may do something to anything at all.
    pub(super) fn authorize_somewhere(&self, caller: &Caller, action: &str) -> Result<(), Fault> {
        self.authority.authorize_somewhere(caller, action).map_err(access_denied)
    }

    /// Checks whether a caller may pass a role to Step Functions.
    pub(super) fn may_pass(&self, caller: &Caller, role_arn: &str) -> Result<(), Fault> {
        self.authority.may_pass(caller, role_arn, "states.amazonaws.com").map_err(access_denied)
    }

    /// Checks whether a caller may make its call.
    pub(super) fn permit(&self, call: &Call, resource: &str) -> Result<(), Fault> {
        self.authorize(&call.caller, &api::action(call), resource)
    }

    /// Whether an execution role may do all of these.
    pub(super) fn role_may(&self, role_arn: &str, actions: &[&str], resource: &str) -> bool {
        let role = Caller::Role { role_arn: role_arn.to_owned(), session: "states".to_owned() };
        actions.iter().all(|action| self.authority.authorize(&role, action, resource).is_ok())
    }

    /// Whether Step Functions may assume a role for a machine.
    pub(super) fn is_assumable(&self, role_arn: &str, machine_arn: &str) -> bool {
        self.authority.may_assume(role_arn, "states.amazonaws.com", machine_arn)
    }
}
