//! The Lambda service: its state, and which operation is answered where.

use crate::api;
use crate::member::Member as _;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;

use super::download::Downloads;
use super::name::Named;
use super::package::seal_packages;
use super::record::Record;
use crate::arn::arn;
use crate::runtime::{Function, Runtime};
use crate::service::{Deps, Service, TagSource, Tagged, not_offered};
use crate::store::StoreError;
use crate::wire::{Answer, Call, Caller, Fault};

/// The collection in the store.
const TABLE: &str = "lambda-function";

/// How long a function is `Pending` after it was made, and `InProgress` after it was changed. Tests look on meanwhile, however
/// busy the machine is.
pub(super) const SETTLING: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 20 });

/// Lambda.
pub(crate) struct LambdaService {
    pub(super) deps: Deps,
    pub(super) runtime: Arc<Runtime>,
    pub(super) downloads: Downloads,
    functions: Mutex<BTreeMap<(String, String), Record>>,
    settling: Duration,
    /// Read while a package is unpacked for a function; written to while one is removed.
    pub(super) packages: tokio::sync::RwLock<()>,
    /// Requests at work or in line, across all functions.
    pub(super) concurrent: Arc<AtomicUsize>,
    /// Asynchronous invocations.
    pub(super) background: Mutex<JoinSet<()>>,
}

impl LambdaService {
    /// The service over a store's functions.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(deps: &Deps) -> Result<Arc<Self>, StoreError> {
        seal_packages(&deps.folder);
        let mut functions = BTreeMap::new();
        for (_, record) in deps.store.load::<Record>(TABLE)? {
            functions.insert((record.region.clone(), record.name.clone()), record);
        }
        Ok(Arc::new(Self {
            deps: deps.clone(),
            runtime: Arc::new(Runtime::new(deps.python.as_deref())),
            downloads: Downloads::default(),
            functions: Mutex::new(functions),
            settling: SETTLING,
            packages: tokio::sync::RwLock::default(),
            concurrent: Arc::default(),
            background: Mutex::default(),
        }))
    }

    /// Ends all handlers, also those at work, and returns when their processes are gone.
    pub(crate) async fn shutdown(&self) {
        let mut background = std::mem::take(&mut *lock(&self.background));
        background.abort_all();
        self.runtime.shutdown().await;
    }

    /// The package behind a path that `GetFunction` gave out; `None` for any other path.
    pub(crate) fn download(&self, path: &str) -> Option<Vec<u8>> {
        self.downloads.take(path)
    }

    pub(super) fn functions(&self) -> MutexGuard<'_, BTreeMap<(String, String), Record>> {
        lock(&self.functions)
    }

    pub(super) fn function_arn(&self, region: &str, name: &str) -> String {
        arn("lambda", region, &self.deps.account, &format!("function:{name}"))
    }

    /// Reads the `FunctionName` (and `Qualifier`) of a request.
    pub(super) fn named(call: &Call) -> Result<Named, Fault> {
        let text = call.input.member("FunctionName").as_str().unwrap_or_default();
        let mut named = Named::read(text, &call.region)?;
        if let Some(qualifier) = call.input.member("Qualifier").as_str() {
            named.qualifier = Some(qualifier.to_owned());
        }
        Ok(named)
    }

    /// The function that is named, if it is there and its qualifier means `$LATEST`.
    pub(super) fn find(&self, named: &Named) -> Result<Record, Fault> {
        let ours = named.account.as_ref().is_none_or(|account| *account == self.deps.account);
        let latest = named.qualifier.as_deref().is_none_or(|qualifier| qualifier == "$LATEST");
        self.functions()
            .get(&(named.region.clone(), named.name.clone()))
            .filter(|_| ours && latest)
            .cloned()
            .ok_or_else(|| self.not_found(named))
    }

    pub(super) fn not_found(&self, named: &Named) -> Fault {
        let mut arn = self.function_arn(&named.region, &named.name);
        if let Some(qualifier) = &named.qualifier {
            arn = format!("{arn}:{qualifier}");
        }
        Fault::client("ResourceNotFoundException", format!("Function not found: {arn}")).status(404)
    }

    /// Checks whether a caller may make its call.
    pub(super) fn permit(&self, call: &Call, resource: &str) -> Result<(), Fault> {
        self.authorize(&call.caller, &api::action(call), resource)
    }

    /// Checks a role's policies for an action; the endpoint's own key pair may do everything.
    pub(super) fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), Fault> {
        self.deps
            .authority
            .authorize(caller, action, resource)
            .map_err(|message| Fault::client("AccessDeniedException", message).status(403))
    }

    /// Takes a changed function over: a new revision that settles in a moment; kept, written, old workers ended.
    pub(super) fn settle(&self, mut record: Record) -> Record {
        record.revision = crate::random::uuid();
        record.modified_ms = self.deps.clock.now_ms();
        record.settles = Some(self.deps.clock.deadline(self.settling));
        self.runtime.retire(&record.arn);
        self.keep(record.clone());
        record
    }

    /// Keeps a function and writes it.
    pub(super) fn keep(&self, record: Record) {
        let value = serde_json::to_value(&record).unwrap_or_default();
        self.deps.store.put(TABLE, &record.key(), value);
        self.functions().insert((record.region.clone(), record.name.clone()), record);
    }

    /// Forgets a function; its unpacked package goes unless another function has the same.
    pub(super) fn forget(&self, record: &Record) {
        self.deps.store.delete(TABLE, &record.key());
        self.functions().remove(&(record.region.clone(), record.name.clone()));
        self.runtime.retire(&record.arn);
        self.drop_package(&record.code_folder());
    }

    /// Removes an unpacked package that no function has any more. While others are being unpacked it stays: one of them
    /// may be the same.
    pub(super) fn drop_package(&self, folder: &std::path::Path) {
        let Ok(_alone) = self.packages.try_write() else { return };
        if !self.functions().values().any(|other| other.code_folder() == folder) {
            let unpacked = self.deps.folder.join(folder);
            let _ = super::seal::remove(&unpacked);
            let _ = std::fs::remove_file(super::package::zip_of(&unpacked));
        }
    }

    /// The function as the runtime needs it.
    pub(super) fn runnable(&self, record: &Record) -> Function {
        let authority = Arc::clone(&self.deps.authority);
        let (role, session) = (record.configuration.role.clone(), record.name.clone());
        let clock = self.deps.clock.clone();
        Function {
            arn: record.arn.clone(),
            name: record.name.clone(),
            version: "$LATEST".to_owned(),
            revision: record.revision.clone(),
            handler: record.configuration.handler.clone(),
            memory_mb: record.configuration.memory,
            timeout: Duration::from_secs(record.configuration.timeout),
            log_group: record.log_group(),
            code: self.absolute(&record.code_folder()),
            region: record.region.clone(),
            runtime: record.configuration.runtime.clone(),
            environment: record.configuration.environment.clone().into_iter().collect(),
            endpoint_url: self.deps.endpoint_url.get().cloned().unwrap_or_default(),
            wants_boto3: record.package.wants_boto3,
            keys: Arc::new(move || authority.temporary_keys(&role, &session)),
            stream: Arc::new(move || log_stream(clock.now_ms())),
        }
    }

    /// A path below the endpoint's folder that holds wherever a process stands.
    pub(super) fn absolute(&self, folder: &std::path::Path) -> PathBuf {
        let folder = self.deps.folder.join(folder);
        std::path::absolute(&folder).unwrap_or(folder)
    }
}

fn log_stream(at_ms: i64) -> String {
    let day = jiff::Timestamp::from_millisecond(at_ms).map(|at| at.strftime("%Y/%m/%d").to_string());
    format!("{}/[$LATEST]{}", day.unwrap_or_default(), crate::random::hex::<16>())
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Service for LambdaService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        match call.operation.as_str() {
            "CreateFunction" => self.create_function(&call).await,
            "GetFunction" => self.get_function(&call),
            "GetFunctionConfiguration" => self.get_function_configuration(&call),
            "ListFunctions" => self.list_functions(&call),
            "UpdateFunctionCode" => self.update_function_code(&call).await,
            "UpdateFunctionConfiguration" => self.update_function_configuration(&call),
            "DeleteFunction" => self.delete_function(&call),
            "Invoke" => self.invoke_operation(&call).await,
            "TagResource" => self.tag_resource(&call),
            "UntagResource" => self.untag_resource(&call),
            "ListTags" => self.list_tags(&call),
            _ => Err(not_offered(&call)),
        }
    }
}

impl TagSource for LambdaService {
    fn regions(&self) -> Vec<String> {
        self.functions().keys().map(|(region, _)| region.clone()).collect()
    }

    fn tagged(&self, region: &str) -> Vec<Tagged> {
        self.functions()
            .values()
            .filter(|record| record.region == region && !record.tags.is_empty())
            .map(|record| Tagged {
                arn: record.arn.clone(),
                resource_type: "lambda:function",
                tags: record.tags.clone().into_iter().collect(),
            })
            .collect()
    }
}
