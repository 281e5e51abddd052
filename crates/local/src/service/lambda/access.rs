//! Who may do what.

use std::sync::Arc;

use crate::api;
use crate::service::Authority;
use crate::wire::{Call, Caller, Fault};

/// Who assumes the roles of functions.
const PRINCIPAL: &str = "lambda.amazonaws.com";

/// The policies that every operation is held to.
pub(super) struct Access {
    pub(super) authority: Arc<dyn Authority>,
}

impl Access {
    /// Checks whether a caller may make its call.
    pub(super) fn permit(&self, call: &Call, resource: &str) -> Result<(), Fault> {
        self.authorize(&call.caller, &api::action(call), resource)
    }

    /// Checks a role's policies for an action; the endpoint's own key pair may do everything.
    pub(super) fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), Fault> {
        self.authority
            .authorize(caller, action, resource)
            .map_err(|message| Fault::client("AccessDeniedException", message).status(403))
    }

    /// Checks whether a caller may pass a role to Lambda.
    pub(super) fn may_pass(&self, caller: &Caller, role_arn: &str) -> Result<(), Fault> {
        self.authority
            .may_pass(caller, role_arn, PRINCIPAL)
            .map_err(|message| Fault::client("AccessDeniedException", message).status(403))
    }

    /// Whether Lambda may assume the role, as CreateFunction and UpdateFunctionConfiguration ask.
    pub(super) fn may_assume(&self, role: &str, function_arn: &str) -> Result<(), Fault> {
        if self.authority.may_assume(role, PRINCIPAL, function_arn) {
            return Ok(());
        }
        let message = "The role defined for the function cannot be assumed by Lambda.";
        Err(Fault::client("InvalidParameterValueException", message))
    }
}
