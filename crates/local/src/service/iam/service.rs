//! The service's state and its operations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::role::{Entry, Role};
use crate::api;
use crate::clock::Clock;
use crate::keys::KeyRing;
use crate::service::members::Members;
use crate::service::{Authority, Service, not_offered};
use crate::store::{Store, StoreError};
use crate::wire::{Answer, Call, Caller, Fault};

/// Roles are kept under their name in lower case, since names are unique without regard to case.
pub(super) type Roles = BTreeMap<String, Entry>;

/// The store's table.
const TABLE: &str = "iam_role";

/// IAM.
pub(crate) struct IamService {
    pub(super) clock: Clock,
    store: Store,
    pub(super) keys: Arc<KeyRing>,
    pub(super) account: String,
    pub(super) partition: &'static str,
    /// Milliseconds until a new or changed role is in force.
    pub(super) delay_ms: i64,
    /// A role that never had a policy may do nothing.
    pub(super) strict: bool,
    roles: Mutex<Roles>,
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
        let roles = store.load::<Role>(TABLE)?.into_iter();
        let roles = roles.map(|(key, role)| (key, Entry::new(role, i64::MIN))).collect();
        Ok(Arc::new(Self {
            clock,
            store,
            keys,
            account: account.to_owned(),
            partition,
            delay_ms: i64::try_from(delay_ms).unwrap_or(i64::MAX),
            strict,
            roles: Mutex::new(roles),
        }))
    }

    pub(super) fn roles(&self) -> MutexGuard<'_, Roles> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn save(&self, role: &Role) {
        match serde_json::to_value(role) {
            Ok(value) => self.store.put(TABLE, &role.name.to_lowercase(), value),
            Err(_) => self.forget(role),
        }
    }

    pub(super) fn forget(&self, role: &Role) {
        self.store.delete(TABLE, &role.name.to_lowercase());
    }

    /// Changes a role; what it grants spreads with the configured delay.
    pub(super) fn change<T>(&self, name: &str, change: impl FnOnce(&mut Role) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut roles = self.roles();
        let entry = roles.get_mut(&name.to_lowercase()).ok_or_else(|| no_role(name))?;
        let mut role = entry.role.clone();
        let result = change(&mut role)?;
        entry.role = role;
        entry.changed(self.clock.now_ms(), self.delay_ms);
        self.save(&entry.role);
        Ok(result)
    }

    /// Looks at a role.
    pub(super) fn look<T>(&self, name: &str, look: impl FnOnce(&Role) -> Result<T, Fault>) -> Result<T, Fault> {
        look(&self.roles().get(&name.to_lowercase()).ok_or_else(|| no_role(name))?.role)
    }

    /// A role's ARN, for authorisation, whether or not it exists.
    pub(super) fn arn_of(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:role{path}{name}", self.partition, self.account)
    }

    fn permit(&self, call: &Call) -> Result<(), Fault> {
        if call.caller == Caller::Root {
            return Ok(());
        }
        let members = Members::of(call);
        let resource = members.text("RoleName").map_or_else(
            || "*".to_owned(),
            |name| {
                let known = self.roles().get(&name.to_lowercase()).map(|entry| entry.role.arn.clone());
                known.unwrap_or_else(|| self.arn_of(members.text("Path").unwrap_or("/"), name))
            },
        );
        self.authorize(&call.caller, &api::action(call), &resource)
            .map_err(|message| Fault::client("AccessDenied", message).status(403))
    }
}

/// What a member is called that must be there.
pub(super) const VALIDATION: &str = "ValidationError";

/// A role that is not there.
pub(super) fn no_role(name: &str) -> Fault {
    Fault::client("NoSuchEntity", format!("The role with name {name} cannot be found.")).status(404)
}

#[async_trait]
impl Service for IamService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        self.permit(&call)?;
        let members = Members::of(&call);
        let output = match call.operation.as_str() {
            "CreateRole" => self.create_role(members)?,
            "GetRole" => self.get_role(members)?,
            "DeleteRole" => self.delete_role(members)?,
            "ListRoles" => self.list_roles(members)?,
            "UpdateRole" => self.update_role(members)?,
            "UpdateRoleDescription" => self.update_role_description(members)?,
            "UpdateAssumeRolePolicy" => self.update_assume_role_policy(members)?,
            "PutRolePermissionsBoundary" => self.put_role_permissions_boundary(members)?,
            "DeleteRolePermissionsBoundary" => self.delete_role_permissions_boundary(members)?,
            "PutRolePolicy" => self.put_role_policy(members)?,
            "GetRolePolicy" => self.get_role_policy(members)?,
            "DeleteRolePolicy" => self.delete_role_policy(members)?,
            "ListRolePolicies" => self.list_role_policies(members)?,
            "AttachRolePolicy" => self.attach_role_policy(members)?,
            "DetachRolePolicy" => self.detach_role_policy(members)?,
            "ListAttachedRolePolicies" => self.list_attached_role_policies(members)?,
            "ListInstanceProfilesForRole" => self.list_instance_profiles_for_role(members)?,
            "TagRole" => self.tag_role(members)?,
            "UntagRole" => self.untag_role(members)?,
            "ListRoleTags" => self.list_role_tags(members)?,
            "GetAccountAuthorizationDetails" => self.get_account_authorization_details(members)?,
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}
