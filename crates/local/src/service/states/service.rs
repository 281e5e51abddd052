//! The Step Functions service: its state, and which operation is answered where.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;

use super::execution::{Execution, Message, Status};
use super::fault::access_denied;
use super::state::{STOPPED, State};
use super::token::Tokens;
use crate::api;
use crate::service::{Deps, Invoker, Service, TagSource, Tagged, not_offered};
use crate::store::StoreError;
use crate::wire::{Answer, Call, Caller, Fault};
use labctl_asl::Signal;

/// How long running executions may take to end when the endpoint stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// Step Functions. Cheap to share.
pub(crate) struct StatesService {
    pub(super) inner: Arc<Inner>,
}

/// The services of the endpoint by signing name. Weak, because some of them hold this one.
type Peers = Vec<(&'static str, Weak<dyn Service>)>;

/// What drivers share with the service.
pub(super) struct Inner {
    pub(super) deps: Deps,
    pub(super) invoker: Arc<dyn Invoker>,
    pub(super) numbers: AtomicU64,
    pub(super) tokens: Tokens,
    peers: OnceLock<Peers>,
    state: Mutex<State>,
}

impl Inner {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A service of the endpoint, unless it is stopping.
    pub(super) fn peer(&self, signing: &str) -> Option<Arc<dyn Service>> {
        self.peers.get()?.iter().find(|(name, _)| *name == signing)?.1.upgrade()
    }

    /// Checks a caller's policies; the endpoint's own key pair may do everything.
    pub(super) fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), Fault> {
        self.deps.authority.authorize(caller, action, resource).map_err(access_denied)
    }

    /// Checks whether a caller may make its call.
    pub(super) fn permit(&self, call: &Call, resource: &str) -> Result<(), Fault> {
        self.authorize(&call.caller, &api::action(call), resource)
    }

    /// Tells an execution to stop.
    pub(super) fn stop(&self, execution: &Execution, error: Option<String>, cause: Option<String>) {
        let busy = self.deps.clock.busy();
        execution.tell(Message::new(Signal::Stop { error, cause }, busy));
    }
}

impl StatesService {
    /// The service over a store's machines and executions. Functions are run by `invoker`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(deps: &Deps, invoker: Arc<dyn Invoker>) -> Result<Arc<Self>, StoreError> {
        let numbers = AtomicU64::new(1);
        let state = State::load(deps, &numbers)?;
        let (tokens, peers, state) = (Tokens::default(), OnceLock::new(), Mutex::new(state));
        let inner = Inner { deps: deps.clone(), invoker, numbers, tokens, peers, state };
        Ok(Arc::new(Self { inner: Arc::new(inner) }))
    }

    /// Tells it of all services of the endpoint, for `aws-sdk:` tasks; before the first request, once.
    pub(crate) fn connect<'all>(&self, services: impl IntoIterator<Item = &'all (&'static str, Arc<dyn Service>)>) {
        let peers = services.into_iter().map(|(name, service)| (*name, Arc::downgrade(service))).collect();
        let _ = self.inner.peers.set(peers);
    }

    /// Aborts what runs, and returns when the histories are complete and written.
    pub(crate) async fn shutdown(&self) {
        let running: Vec<Arc<Execution>> = {
            let state = self.inner.state();
            let running = |execution: &&Arc<Execution>| execution.status() == Status::Running;
            state.executions.values().filter(running).cloned().collect()
        };
        for execution in &running {
            self.inner.stop(execution, None, Some(STOPPED.to_owned()));
        }
        let all = async {
            for execution in &running {
                execution.wait().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, all).await;
        self.inner.deps.store.flush().await;
    }
}

#[async_trait]
impl Service for StatesService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        let inner = &self.inner;
        api::hold(call.service, &call.operation, &call.input)?;
        match call.operation.as_str() {
            "CreateStateMachine" => inner.create_state_machine(&call),
            "UpdateStateMachine" => inner.update_state_machine(&call),
            "DeleteStateMachine" => inner.delete_state_machine(&call),
            "DescribeStateMachine" => inner.describe_state_machine(&call),
            "DescribeStateMachineForExecution" => inner.describe_for_execution(&call),
            "ListStateMachines" => inner.list_state_machines(&call),
            "ValidateStateMachineDefinition" => inner.validate(&call),
            "TagResource" => inner.tag_resource(&call),
            "UntagResource" => inner.untag_resource(&call),
            "ListTagsForResource" => inner.list_tags(&call),
            "StartExecution" => inner.start_execution(&call),
            "StartSyncExecution" => inner.start_sync_execution(&call).await,
            "StopExecution" => inner.stop_execution(&call).await,
            "DescribeExecution" => inner.describe_execution(&call),
            "ListExecutions" => inner.list_executions(&call),
            "GetExecutionHistory" => inner.get_execution_history(&call).await,
            "SendTaskSuccess" => inner.send_task_success(&call).await,
            "SendTaskFailure" => inner.send_task_failure(&call).await,
            "SendTaskHeartbeat" => inner.send_task_heartbeat(&call),
            known if api::operation(call.service, known).is_some() => Err(not_offered(&call)),
            unknown => {
                let message = format!("the local endpoint knows no operation `{unknown}` of states");
                Err(Fault::client("UnknownOperationException", message))
            }
        }
    }
}

impl TagSource for StatesService {
    fn regions(&self) -> Vec<String> {
        self.inner.state().machines.values().map(|machine| machine.record.region.clone()).collect()
    }

    fn tagged(&self, region: &str) -> Vec<Tagged> {
        self.inner
            .state()
            .machines
            .values()
            .map(|machine| &machine.record)
            .filter(|record| record.region == region && !record.tags.is_empty() && !record.deleting)
            .map(|record| Tagged {
                arn: record.arn.clone(),
                resource_type: "states:stateMachine",
                tags: record.tags.clone().into_iter().collect(),
            })
            .collect()
    }
}
