//! The dashboards that the service keeps.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::service::tags::Tags;
use crate::store::{Store, StoreError};

/// The collection in the store.
const DASHBOARDS: &str = "dashboard";

/// The code of a parameter that AWS refuses.
pub(super) const INVALID: &str = "InvalidParameterValueException";

/// A dashboard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Dashboard {
    pub(super) body: String,
    pub(super) changed_ms: i64,
    pub(super) tags: Tags,
}

/// Dashboards by name, in memory behind a lock and in the store. They belong to the account, not to a region.
pub(super) struct DashboardStore {
    pub(super) clock: Clock,
    store: Store,
    account: String,
    pub(super) partition: &'static str,
    dashboards: Mutex<BTreeMap<String, Dashboard>>,
}

impl DashboardStore {
    /// What the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(clock: Clock, store: Store, account: &str, partition: &'static str) -> Result<Self, StoreError> {
        let dashboards = Mutex::new(store.load(DASHBOARDS)?.into_iter().collect());
        Ok(Self { clock, store, account: account.to_owned(), partition, dashboards })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Dashboard>> {
        self.dashboards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn arn(&self, name: &str) -> String {
        format!("arn:{}:cloudwatch::{}:dashboard/{name}", self.partition, self.account)
    }

    pub(super) fn save(&self, name: &str, dashboard: &Dashboard) {
        if let Ok(value) = serde_json::to_value(dashboard) {
            self.store.put(DASHBOARDS, name, value);
        }
    }

    pub(super) fn forget(&self, name: &str) {
        self.store.delete(DASHBOARDS, name);
    }
}
