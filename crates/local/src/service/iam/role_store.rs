//! What the service keeps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::role::{Entry, Grants, Role};
use crate::clock::Clock;
use crate::store::{Store, StoreError};
use crate::wire::Fault;

/// Roles are kept under their name in lower case, since names are unique without regard to case.
pub(super) type Roles = BTreeMap<String, Entry>;

/// The store's table.
const TABLE: &str = "iam_role";

/// The account's roles: in memory behind a lock, and in the store.
pub(super) struct RoleStore {
    pub(super) clock: Clock,
    store: Store,
    pub(super) account: String,
    partition: &'static str,
    /// Milliseconds until a new or changed role is in force.
    delay_ms: i64,
    roles: Mutex<Roles>,
}

impl RoleStore {
    /// What the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(
        clock: Clock,
        store: Store,
        account: &str,
        partition: &'static str,
        delay_ms: u64,
    ) -> Result<Self, StoreError> {
        let roles = store.load::<Role>(TABLE)?.into_iter();
        let roles = Mutex::new(roles.map(|(key, role)| (key, Entry::new(role, i64::MIN))).collect());
        let delay_ms = i64::try_from(delay_ms).unwrap_or(i64::MAX);
        Ok(Self { clock, store, account: account.to_owned(), partition, delay_ms, roles })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Roles> {
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
        let mut roles = self.lock();
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
        look(&self.lock().get(&name.to_lowercase()).ok_or_else(|| no_role(name))?.role)
    }

    /// A role's ARN, for authorisation, whether or not it exists.
    pub(super) fn arn_of(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:role{path}{name}", self.partition, self.account)
    }

    /// The grants in force of a role, by its ARN.
    pub(super) fn in_force(&self, role_arn: &str) -> Option<Arc<Grants>> {
        let name = role_arn.rsplit('/').next()?.to_lowercase();
        let roles = self.lock();
        let entry = roles.get(&name).filter(|entry| entry.role.arn == role_arn)?;
        entry.in_force(self.clock.now_ms(), self.delay_ms).cloned()
    }
}

/// What a member is called that must be there.
pub(super) const VALIDATION: &str = "ValidationError";

/// A role that is not there.
pub(super) fn no_role(name: &str) -> Fault {
    Fault::client("NoSuchEntity", format!("The role with name {name} cannot be found.")).status(404)
}
