//! IAM as the wire meets it.

use std::sync::Arc;

use async_trait::async_trait;

use super::details::get_account_authorization_details;
use super::policy_calls::{
    attach_role_policy, delete_role_policy, detach_role_policy, get_role_policy, list_attached_role_policies,
    list_role_policies, put_role_policy,
};
use super::role_calls::{
    create_role, delete_role, delete_role_permissions_boundary, get_role, list_instance_profiles_for_role, list_roles,
    put_role_permissions_boundary, update_assume_role_policy, update_role, update_role_description,
};
use super::role_store::RoleStore;
use super::tag_calls::{list_role_tags, tag_role, untag_role};
use crate::api;
use crate::clock::Clock;
use crate::keys::KeyRing;
use crate::service::members::Members;
use crate::service::{Authority, Service, not_offered};
use crate::store::{Store, StoreError};
use crate::wire::{Answer, Call, Caller, Fault};

/// IAM.
pub(crate) struct IamService {
    pub(super) roles: RoleStore,
    pub(super) keys: Arc<KeyRing>,
    /// A role that never had a policy may do nothing.
    pub(super) strict: bool,
}

impl IamService {
    /// IAM with the roles of the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(
        clock: Clock,
        store: Store,
        keys: Arc<KeyRing>,
        account: &str,
        partition: &'static str,
        delay_ms: u64,
        strict: bool,
    ) -> Result<Arc<Self>, StoreError> {
        Ok(Arc::new(Self { roles: RoleStore::load(clock, store, account, partition, delay_ms)?, keys, strict }))
    }

    fn permit(&self, call: &Call) -> Result<(), Fault> {
        if call.caller == Caller::Root {
            return Ok(());
        }
        let members = Members::of(call);
        let resource = members.text("RoleName").map_or_else(
            || "*".to_owned(),
            |name| {
                let known = self.roles.lock().get(&name.to_lowercase()).map(|entry| entry.role.arn.clone());
                known.unwrap_or_else(|| self.roles.arn_of(members.text("Path").unwrap_or("/"), name))
            },
        );
        self.authorize(&call.caller, &api::action(call), &resource)
            .map_err(|message| Fault::client("AccessDenied", message).status(403))
    }
}

#[async_trait]
impl Service for IamService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        self.permit(&call)?;
        api::hold(&call)?;
        let (roles, members) = (&self.roles, Members::of(&call));
        let output = match call.operation.as_str() {
            "CreateRole" => create_role(roles, members)?,
            "GetRole" => get_role(roles, members)?,
            "DeleteRole" => delete_role(roles, members)?,
            "ListRoles" => list_roles(roles, members)?,
            "UpdateRole" => update_role(roles, members)?,
            "UpdateRoleDescription" => update_role_description(roles, members)?,
            "UpdateAssumeRolePolicy" => update_assume_role_policy(roles, members)?,
            "PutRolePermissionsBoundary" => put_role_permissions_boundary(roles, members)?,
            "DeleteRolePermissionsBoundary" => delete_role_permissions_boundary(roles, members)?,
            "PutRolePolicy" => put_role_policy(roles, members)?,
            "GetRolePolicy" => get_role_policy(roles, members)?,
            "DeleteRolePolicy" => delete_role_policy(roles, members)?,
            "ListRolePolicies" => list_role_policies(roles, members)?,
            "AttachRolePolicy" => attach_role_policy(roles, members)?,
            "DetachRolePolicy" => detach_role_policy(roles, members)?,
            "ListAttachedRolePolicies" => list_attached_role_policies(roles, members)?,
            "ListInstanceProfilesForRole" => list_instance_profiles_for_role(roles, members)?,
            "TagRole" => tag_role(roles, members)?,
            "UntagRole" => untag_role(roles, members)?,
            "ListRoleTags" => list_role_tags(roles, members)?,
            "GetAccountAuthorizationDetails" => get_account_authorization_details(roles, members)?,
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}
