//! One account in one region: the seam's verbs, handed to the file of the kind they concern.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::caller::{Caller, refused};
use super::fresh::{Fresh, Seen};
use super::log_group::Imposed;
use super::role::Going;
use super::settle::Settling;
use crate::asl::trace::HistoryEvent;
use crate::cloud::{AccountLimits, CallOrder, Cloud, CloudError, ErrorClass, Identity, Paced, Scope, Started, Tenant};
use crate::kind::{Live, Observed, Part, Resource};
use crate::model::{AccountId, Execution, ExecutionStatus, Key, Kind, LogEvent, Owner, Place, Region};

/// The clients of one account and region, and what their calls share.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) region: Region,
    /// The target's file of further certificate authorities.
    pub(super) ca_bundle: Option<PathBuf>,
    pub(super) identity: Arc<OnceCell<Identity>>,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) states: aws_sdk_sfn::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) dashboards: aws_sdk_cloudwatch::Client,
    pub(super) queues: aws_sdk_sqs::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) tagging: aws_sdk_resourcegroupstagging::Client,
    pub(super) quotas: aws_sdk_servicequotas::Client,
    pub(super) caller: Caller,
    /// What the last look showed.
    pub(super) fresh: Arc<Fresh>,
    /// Retention that is the account's to decide.
    pub(super) imposed: Arc<Imposed>,
    /// Functions that are waited for.
    pub(super) settling: Arc<Settling>,
}

impl Account {
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>, asked once.
    async fn who(&self) -> Result<&Identity, CloudError> {
        let ask = || async {
            let answer = self.caller.call("sts:GetCallerIdentity", || self.sts.get_caller_identity().send()).await?;
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            self.caller.calls_into(answer.account().unwrap_or_default(), &self.region);
            Ok(Identity { account: text(answer.account()), arn: text(answer.arn()) })
        };
        self.identity.get_or_try_init(ask).await
    }

    /// The account and region, as ARNs need them.
    pub(super) async fn place(&self) -> Result<Place, CloudError> {
        let account = &self.who().await?.account;
        let account = AccountId::new(account).map_err(|error| {
            refused("sts:GetCallerIdentity", ErrorClass::Other, format!("the account `{account}` {error}"))
        })?;
        Ok(Place { account, region: self.region.clone() })
    }

    /// The ARN of a resource whose path does not matter.
    pub(super) async fn arn(&self, kind: Kind, name: &str) -> Result<String, CloudError> {
        Ok(self.place().await?.arn(&Key::new(kind, name), "/"))
    }

    /// What the last look showed of a thing, if that can be relied on for deleting it.
    pub(super) fn seen(&self, kind: Kind, name: &str, owner: &Owner) -> Option<Seen> {
        self.fresh.take(self.caller.time.elapsed(), &Key::new(kind, name), owner)
    }

    async fn replace(&self, resource: &Resource, live_arn: &str, owner: &Owner) -> Result<(), CloudError> {
        match resource.key.kind {
            Kind::Role => Box::pin(self.delete_role(&resource.key.name, owner, Going::ToComeBack)).await?,
            _ => self.delete(&resource.key, live_arn, owner).await?,
        };
        self.create(resource).await.map(|_| ())
    }
}

#[async_trait]
impl Cloud for Account {
    fn ordered(self: Arc<Self>, order: CallOrder) -> Arc<dyn Cloud> {
        let account = Self::clone(&self);
        Arc::new(Self { caller: self.caller.ordered(order), ..account })
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        self.who().await.cloned()
    }

    async fn observe(&self, scope: &Scope) -> Result<Observed, CloudError> {
        Box::pin(self.observe_scope(scope)).await
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, CloudError> {
        Box::pin(self.tenants_here()).await
    }

    async fn create(&self, resource: &Resource) -> Result<String, CloudError> {
        match resource.key.kind {
            Kind::Role => self.create_role(resource).await,
            Kind::LogGroup => self.create_log_group(resource).await,
            Kind::Function => self.create_function(resource).await,
            Kind::Queue => self.create_queue(resource).await,
            Kind::StateMachine => self.create_state_machine(resource).await,
            Kind::Dashboard => self.create_dashboard(resource).await,
        }
    }

    async fn update(
        &self,
        resource: &Resource,
        live_arn: &str,
        parts: &BTreeSet<Part>,
        owner: &Owner,
    ) -> Result<(), CloudError> {
        if parts.contains(&Part::Type) {
            return self.replace(resource, live_arn, owner).await;
        }
        match resource.key.kind {
            Kind::Role => self.update_role(resource, parts).await,
            Kind::LogGroup => self.update_log_group(resource, parts).await,
            Kind::Function => self.update_function(resource, live_arn, parts).await,
            Kind::Queue => self.update_queue(resource, parts).await,
            Kind::StateMachine => self.update_state_machine(resource, live_arn, parts).await,
            // Content and marker are one body.
            Kind::Dashboard => self.update_dashboard(resource, owner).await,
        }
    }

    async fn delete(&self, key: &Key, arn: &str, owner: &Owner) -> Result<bool, CloudError> {
        match key.kind {
            Kind::Role => Box::pin(self.delete_role(&key.name, owner, Going::ForGood)).await,
            Kind::LogGroup => self.delete_log_group(&key.name, owner).await,
            Kind::Function => self.delete_function(&key.name, owner).await,
            Kind::Queue => self.delete_queue(&key.name, owner).await,
            Kind::StateMachine => self.delete_state_machine(arn, owner).await,
            Kind::Dashboard => self.delete_dashboard(&key.name, owner).await,
        }
    }

    async fn read(&self, key: &Key) -> Result<Option<Live>, CloudError> {
        match key.kind {
            Kind::Role => self.read_role(&key.name).await,
            Kind::LogGroup => self.read_log_group(&key.name).await,
            Kind::Function => self.read_function(&key.name).await,
            Kind::Queue => self.read_queue(&key.name).await,
            Kind::StateMachine => {
                let arn = self.arn(key.kind, &key.name).await?;
                self.read_state_machine(&arn, None).await
            }
            Kind::Dashboard => self.read_dashboard(&key.name).await,
        }
    }

    async fn package(&self, function: &str) -> Result<Option<Vec<u8>>, CloudError> {
        self.download_package(function).await
    }

    async fn start(&self, machine_arn: &str, name: &str, input: &Value) -> Result<Started, CloudError> {
        self.start_execution(machine_arn, name, input).await
    }

    async fn start_sync(&self, machine_arn: &str, name: &str, input: &Value) -> Result<Execution, CloudError> {
        self.start_sync_execution(machine_arn, name, input).await
    }

    async fn execution(&self, arn: &str) -> Result<Execution, CloudError> {
        self.describe_execution(arn).await
    }

    async fn executions(
        &self,
        machine_arn: &str,
        status: Option<ExecutionStatus>,
        since_ms: i64,
    ) -> Result<Vec<Execution>, CloudError> {
        self.list_executions(machine_arn, status, since_ms).await
    }

    async fn history(&self, arn: &str) -> Result<Vec<HistoryEvent>, CloudError> {
        self.execution_history(arn).await
    }

    async fn stop(&self, arn: &str, cause: &str) -> Result<(), CloudError> {
        self.stop_execution(arn, cause).await
    }

    async fn logs(&self, group: &str, filter: &str, since_ms: i64) -> Result<Vec<LogEvent>, CloudError> {
        self.log_events(group, filter, since_ms).await
    }

    async fn validate_definition(&self, definition: &str, express: bool) -> Result<Vec<String>, CloudError> {
        self.validate_machine(definition, express).await
    }

    async fn limits(&self) -> AccountLimits {
        Box::pin(self.account_limits()).await
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

    fn endpoint(&self) -> String {
        self.caller.endpoints.told()
    }

    fn is_loopback(&self) -> bool {
        self.caller.endpoints.all_loopback()
    }
}
