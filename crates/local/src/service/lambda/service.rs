//! Lambda as the wire and the other services meet it.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;

use super::accepted;
use super::access::Access;
use super::create::create_function;
use super::download::Downloads;
use super::function_store::FunctionStore;
use super::invocations::Invocations;
use super::invoke::{invocable, invoke_operation, run_later, run_now};
use super::name::Named;
use super::read::{get_function, get_function_configuration, list_functions};
use super::tags::{list_tags, tag_resource, untag_resource};
use super::update::{delete_function, update_function_code, update_function_configuration};
use crate::api;
use crate::runtime::Runtime;
use crate::service::page::in_region;
use crate::service::{Deps, Invoked, Invoker, Service, TagSource, Tagged, names_after, not_offered};
use crate::store::StoreError;
use crate::wire::{Answer, Call, Caller, Fault};

/// Lambda.
pub(crate) struct LambdaService {
    access: Access,
    functions: FunctionStore,
    invocations: Invocations,
    downloads: Downloads,
}

impl LambdaService {
    /// The service over a store's functions.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(deps: &Deps) -> Result<Arc<Self>, StoreError> {
        let runtime = Arc::new(Runtime::new(deps.python.as_deref()));
        Ok(Arc::new(Self {
            access: Access { authority: Arc::clone(&deps.authority) },
            functions: FunctionStore::load(deps, &runtime)?,
            invocations: Invocations::new(deps, &runtime),
            downloads: Downloads::default(),
        }))
    }

    /// Takes up the asynchronous invocations that an earlier endpoint on this store did not bring to their end.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn resume(&self) -> Result<(), StoreError> {
        accepted::resume(&self.invocations, &self.functions)
    }

    /// Starts what handlers are forked from, ahead of the first request and beside whatever comes before it.
    pub(crate) fn warm(&self) {
        let runtime = Arc::clone(&self.invocations.runtime);
        tokio::spawn(async move { runtime.warm().await });
    }

    /// Ends all handlers, also those at work, and returns when their processes are gone.
    pub(crate) async fn shutdown(&self) {
        self.invocations.shutdown().await;
    }

    /// The package behind a path that `GetFunction` gave out; `None` for any other path.
    pub(crate) fn download(&self, path: &str) -> Option<Vec<u8>> {
        self.downloads.take(path)
    }

    fn endpoint_url(&self) -> &str {
        self.invocations.deps.endpoint_url.get().map_or("", String::as_str)
    }
}

#[async_trait]
impl Service for LambdaService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        api::hold(&call)?;
        let (access, functions, call) = (&self.access, &self.functions, &call);
        match call.operation.as_str() {
            "CreateFunction" => create_function(access, functions, call).await,
            "GetFunction" => get_function(access, functions, &self.downloads, self.endpoint_url(), call),
            "GetFunctionConfiguration" => get_function_configuration(access, functions, call),
            "ListFunctions" => list_functions(access, functions, call),
            "UpdateFunctionCode" => update_function_code(access, functions, call).await,
            "UpdateFunctionConfiguration" => update_function_configuration(access, functions, call),
            "DeleteFunction" => delete_function(access, functions, call),
            "Invoke" => invoke_operation(access, functions, &self.invocations, call).await,
            "TagResource" => tag_resource(access, functions, call),
            "UntagResource" => untag_resource(access, functions, call),
            "ListTags" => list_tags(access, functions, call),
            _ => Err(not_offered(call)),
        }
    }
}

impl TagSource for LambdaService {
    fn regions(&self) -> Vec<String> {
        self.functions.functions().keys().map(|(region, _)| region.clone()).collect()
    }

    fn resource_types(&self) -> Vec<&'static str> {
        vec!["lambda:function"]
    }

    fn tagged(&self, region: &str, after: &str, each: &mut dyn FnMut(Tagged) -> ControlFlow<()>) {
        let Some(after) = names_after(&self.functions.arn(region, ""), after) else { return };
        let functions = self.functions.functions();
        let tagged = in_region(&functions, region, after).filter(|(_, record)| !record.tags.is_empty());
        let mut shown = tagged.map(|(_, record)| Tagged {
            arn: record.arn.clone(),
            resource_type: "lambda:function",
            tags: record.tags.clone().into_iter().collect(),
        });
        let _ = shown.try_for_each(each);
    }
}

#[async_trait]
impl Invoker for LambdaService {
    async fn invoke(&self, region: &str, caller: &Caller, function: &str, payload: Vec<u8>) -> Result<Invoked, Fault> {
        let mut named = Named::read(function, region)?;
        named.qualifier.get_or_insert_with(|| "$LATEST".to_owned());
        let record = invocable(&self.access, &self.functions, caller, &named)?;
        run_now(&self.invocations, &record, payload).await
    }

    async fn invoke_event(&self, region: &str, caller: &Caller, function: &str, payload: Vec<u8>) -> Result<(), Fault> {
        let mut named = Named::read(function, region)?;
        named.qualifier.get_or_insert_with(|| "$LATEST".to_owned());
        let record = invocable(&self.access, &self.functions, caller, &named)?;
        run_later(&self.invocations, &record, payload)
    }
}
