//! The functions that the service keeps.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::RwLock;

use super::name::Named;
use super::package::{seal_packages, zip_of};
use super::record::Record;
use super::seal;
use crate::arn::arn;
use crate::clock::Clock;
use crate::runtime::Runtime;
use crate::service::Deps;
use crate::store::{Store, StoreError};
use crate::wire::Fault;

/// The collection in the store.
const TABLE: &str = "lambda-function";

/// How long a function is `Pending` after it was made, and `InProgress` after it was changed. Tests look on meanwhile, however
/// busy the machine is.
pub(super) const SETTLING: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 20 });

/// Functions by region and name.
type Functions = BTreeMap<(String, String), Arc<Record>>;

/// Functions and their unpacked packages: in memory behind a lock, in the store and in its folder.
pub(super) struct FunctionStore {
    clock: Clock,
    store: Store,
    pub(super) folder: PathBuf,
    account: String,
    runtime: Arc<Runtime>,
    functions: Mutex<Functions>,
    /// Read while a package is unpacked for a function; written to while one is removed.
    pub(super) packages: RwLock<()>,
}

impl FunctionStore {
    /// What the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(deps: &Deps, runtime: &Arc<Runtime>) -> Result<Self, StoreError> {
        seal_packages(&deps.folder);
        let records = deps.store.load::<Record>(TABLE)?.into_iter();
        let functions =
            records.map(|(_, record)| ((record.region.clone(), record.name.clone()), Arc::new(record))).collect();
        Ok(Self {
            clock: deps.clock.clone(),
            store: deps.store.clone(),
            folder: deps.folder.clone(),
            account: deps.account.clone(),
            runtime: Arc::clone(runtime),
            functions: Mutex::new(functions),
            packages: RwLock::default(),
        })
    }

    pub(super) fn functions(&self) -> MutexGuard<'_, Functions> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn arn(&self, region: &str, name: &str) -> String {
        arn("lambda", region, &self.account, &format!("function:{name}"))
    }

    /// The function that is named, if it is there and its qualifier means `$LATEST`.
    pub(super) fn find(&self, named: &Named) -> Result<Arc<Record>, Fault> {
        let ours = named.account.as_ref().is_none_or(|account| *account == self.account);
        let latest = named.qualifier.as_deref().is_none_or(|qualifier| qualifier == "$LATEST");
        self.functions()
            .get(&(named.region.clone(), named.name.clone()))
            .filter(|_| ours && latest)
            .cloned()
            .ok_or_else(|| self.not_found(named))
    }

    pub(super) fn not_found(&self, named: &Named) -> Fault {
        let mut arn = self.arn(&named.region, &named.name);
        if let Some(qualifier) = &named.qualifier {
            arn = format!("{arn}:{qualifier}");
        }
        Fault::client("ResourceNotFoundException", format!("Function not found: {arn}")).status(404)
    }

    /// Takes a changed function over: a new revision that settles in a moment; kept, written, old workers ended.
    pub(super) fn settle(&self, mut record: Record) -> Arc<Record> {
        record.revision = crate::random::uuid();
        record.modified_ms = self.clock.now_ms();
        record.settles = Some(self.clock.deadline(SETTLING));
        self.runtime.retire(&record.arn);
        let record = Arc::new(record);
        self.keep(Arc::clone(&record));
        record
    }

    /// Keeps a function and writes it.
    pub(super) fn keep(&self, record: Arc<Record>) {
        let value = serde_json::to_value(&*record).unwrap_or_default();
        self.store.put(TABLE, &record.key(), value);
        self.functions().insert((record.region.clone(), record.name.clone()), record);
    }

    /// Forgets a function; its unpacked package goes unless another function has the same.
    pub(super) fn forget(&self, record: &Record) {
        self.store.delete(TABLE, &record.key());
        self.functions().remove(&(record.region.clone(), record.name.clone()));
        self.runtime.retire(&record.arn);
        self.drop_package(&record.code_folder());
    }

    /// Removes an unpacked package that no function has any more. While others are being unpacked it stays: one of them
    /// may be the same.
    pub(super) fn drop_package(&self, folder: &Path) {
        let Ok(_alone) = self.packages.try_write() else { return };
        if !self.functions().values().any(|other| other.code_folder() == folder) {
            let unpacked = self.folder.join(folder);
            let _ = seal::remove(&unpacked);
            let _ = std::fs::remove_file(zip_of(&unpacked));
        }
    }
}
