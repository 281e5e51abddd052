//! The verbs of the seam, handed to the file that makes their calls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::clients::Clients;
use super::kind::{self, Owned, Update, every};
use super::{definition, events, execution, history, limits, metrics, observe, tenants};
use crate::asl::trace::HistoryEvent;
use crate::cloud::{
    AccountLimits, CallOrder, Cloud, CloudError, ExecutionQuery, Identity, LogQuery, MetricQuery, Paced, Scope,
    Started, Tenant,
};
use crate::kind::{Live, Observed, Part, Resource, StateMachine};
use crate::model::{Execution, Key, LogEvent, Owner};

#[async_trait]
impl Cloud for Clients {
    fn ordered(self: Arc<Self>, order: CallOrder) -> Arc<dyn Cloud> {
        let account = Self::clone(&self);
        Arc::new(Self { caller: self.caller.ordered(order), ..account })
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        self.who().await.cloned()
    }

    async fn observe(&self, scope: &Scope) -> Result<Observed, CloudError> {
        Box::pin(observe::observe(self, scope)).await
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, CloudError> {
        Box::pin(tenants::tenants(self)).await
    }

    async fn create(&self, resource: &Resource) -> Result<String, CloudError> {
        every::create(self, resource).await
    }

    async fn update(
        &self,
        resource: &Resource,
        live_arn: &str,
        parts: &BTreeSet<Part>,
        owner: &Owner,
    ) -> Result<(), CloudError> {
        every::update(self, resource, Update { live: Owned { arn: live_arn, owner }, parts }).await
    }

    async fn delete(&self, key: &Key, arn: &str, owner: &Owner) -> Result<bool, CloudError> {
        every::delete(self, key, Owned { arn, owner }).await
    }

    async fn read(&self, key: &Key) -> Result<Option<Live>, CloudError> {
        every::read(self, key).await
    }

    async fn package(&self, function: &str) -> Result<Option<Vec<u8>>, CloudError> {
        kind::function::download_package(self, function).await
    }

    async fn start(&self, machine_arn: &str, name: &str, input: &Value) -> Result<Started, CloudError> {
        execution::start(self, machine_arn, name, input).await
    }

    async fn start_sync(&self, machine_arn: &str, name: &str, input: &Value) -> Result<Execution, CloudError> {
        execution::start_sync(self, machine_arn, name, input).await
    }

    async fn execution(&self, arn: &str) -> Result<Execution, CloudError> {
        execution::describe(self, arn).await
    }

    async fn executions(&self, machine_arn: &str, query: ExecutionQuery) -> Result<Vec<Execution>, CloudError> {
        execution::list(self, machine_arn, query).await
    }

    async fn history(&self, arn: &str, data: bool) -> Result<Vec<HistoryEvent>, CloudError> {
        history::history(self, arn, data).await
    }

    async fn execution_definition(&self, arn: &str) -> Result<String, CloudError> {
        execution::definition(self, arn).await
    }

    async fn stop(&self, arn: &str, cause: &str) -> Result<(), CloudError> {
        execution::stop(self, arn, cause).await
    }

    async fn machine(&self, name: &str) -> Result<Option<(String, StateMachine)>, CloudError> {
        kind::state_machine::described(self, name).await
    }

    async fn machine_names(&self) -> Result<Vec<String>, CloudError> {
        kind::state_machine::names(self).await
    }

    async fn log_groups(&self, prefix: &str) -> Result<Vec<String>, CloudError> {
        kind::log_group::names(self, prefix).await
    }

    async fn logs(&self, query: LogQuery<'_>) -> Result<Vec<LogEvent>, CloudError> {
        let mut events = Vec::new();
        events::pages(self, query, &mut |page| events.extend(page)).await?;
        Ok(events)
    }

    async fn log_pages(
        &self,
        query: LogQuery<'_>,
        each: &mut (dyn FnMut(Vec<LogEvent>) + Send),
    ) -> Result<(), CloudError> {
        events::pages(self, query, each).await
    }

    async fn metrics(&self, queries: &[MetricQuery], since_ms: i64, until_ms: i64) -> Result<Vec<f64>, CloudError> {
        metrics::sums(self, queries, since_ms, until_ms).await
    }

    async fn validate_definition(&self, definition: &str, express: bool) -> Result<Vec<String>, CloudError> {
        definition::validate(self, definition, express).await
    }

    async fn limits(&self) -> AccountLimits {
        Box::pin(limits::limits(self)).await
    }

    fn bucket(&self, operation: &str) -> Option<Paced> {
        self.caller.queue.bucket(operation)
    }

    fn calls(&self) -> BTreeMap<String, u64> {
        self.caller.counts.all()
    }

    fn throttles(&self) -> BTreeMap<String, u64> {
        self.caller.queue.throttles()
    }

    fn ahead_ms(&self) -> i64 {
        self.caller.clock.ahead_ms()
    }

    fn endpoint(&self) -> String {
        self.caller.endpoints.reported()
    }

    fn is_loopback(&self) -> bool {
        self.caller.endpoints.all_loopback()
    }
}
