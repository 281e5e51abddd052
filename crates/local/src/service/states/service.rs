//! The Step Functions service: what its operations are given, and which operation is answered where.

use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;

use super::access::Access;
use super::answer::{send_task_failure, send_task_heartbeat, send_task_success};
use super::checker::Checker;
use super::create::create_state_machine;
use super::driver::Tasks;
use super::engine::Engine;
use super::errand::Surroundings;
use super::execution::{Execution, Status};
use super::history::get_execution_history;
use super::list::{list_executions, list_state_machines};
use super::read::{describe_execution, describe_for_execution, describe_state_machine};
use super::recorder::OLDEST;
use super::registry::Registry;
use super::start::{start_execution, start_sync_execution};
use super::state::STOPPED;
use super::stop::stop_execution;
use super::tags::{list_tags, tag_resource, untag_resource};
use super::token::Tokens;
use super::update::{delete_state_machine, update_state_machine};
use super::validate::validate;
use crate::api;
use crate::service::{Deps, Invoker, LogSource, Service, TagSource, Tagged, not_offered};
use crate::store::StoreError;
use crate::wire::{Answer, Call, Fault};

/// How long running executions may take to end when the endpoint stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// Step Functions.
pub(crate) struct StatesService {
    pub(super) engine: Arc<Engine>,
    access: Access,
    checker: Checker,
    surroundings: Arc<Surroundings>,
}

impl StatesService {
    /// The service over a store's machines and executions. Functions are run by `invoker`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(deps: &Deps, invoker: Arc<dyn Invoker>) -> Result<Arc<Self>, StoreError> {
        let engine = Arc::new(Engine {
            clock: deps.clock.clone(),
            registry: Registry::load(&deps.store, &deps.clock, deps.keep)?,
            tokens: Tokens::default(),
            logs: Arc::clone(&deps.logs),
            metrics: Arc::clone(&deps.metrics),
            mocks: deps.mocks.clone(),
        });
        let access = Access::new(&deps.authority);
        let checker = Checker {
            access: access.clone(),
            logs: Arc::clone(&deps.logs),
            account: deps.account.clone(),
            published_limits: deps.published_limits,
        };
        let surroundings = Arc::new(Surroundings {
            engine: Arc::clone(&engine),
            access: access.clone(),
            invoker,
            queues: Arc::clone(&deps.queues),
            peers: OnceLock::new(),
        });
        Ok(Arc::new(Self { engine, access, checker, surroundings }))
    }

    /// Tells it of all services of the endpoint, for `aws-sdk:` tasks; before the first request, once.
    pub(crate) fn connect<'all>(&self, services: impl IntoIterator<Item = &'all (&'static str, Arc<dyn Service>)>) {
        let peers = services.into_iter().map(|(name, service)| (*name, Arc::downgrade(service))).collect();
        let _ = self.surroundings.peers.set(peers);
        tokio::spawn(settle_old(Arc::downgrade(&self.engine)));
    }

    /// Aborts what runs, and returns when the histories are complete and written.
    pub(crate) async fn shutdown(&self) {
        let running: Vec<Arc<Execution>> = {
            let state = self.engine.registry.state();
            let running = |execution: &&Arc<Execution>| execution.status() == Status::Running;
            state.executions.values().filter(running).cloned().collect()
        };
        for execution in &running {
            self.engine.stop(execution, None, Some(STOPPED.to_owned()));
        }
        let all = async {
            for execution in &running {
                execution.wait().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, all).await;
        self.engine.registry.store.flush().await;
    }
}

impl LogSource for StatesService {
    fn deliver(&self, region: &str, group: &str) {
        let registry = &self.engine.registry;
        let holds = |execution: &&Arc<Execution>| execution.recorder.holds_for(region, group);
        let holding: Vec<_> = registry.state().executions.values().filter(holds).cloned().collect();
        for execution in holding {
            execution.recorder.settle(&registry.store);
        }
    }
}

/// Keeps what executions have held back for long, for as long as the service lives.
async fn settle_old(engine: Weak<Engine>) {
    loop {
        tokio::time::sleep(OLDEST).await;
        let Some(engine) = engine.upgrade() else { return };
        engine.registry.expire(engine.clock.now_ms());
        let executions: Vec<_> = engine.registry.state().executions.values().cloned().collect();
        for execution in executions {
            execution.recorder.settle_old(&engine.registry.store);
        }
    }
}

#[async_trait]
impl Service for StatesService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        let tasks: Arc<dyn Tasks> = self.surroundings.clone();
        let (access, engine, registry, call) = (&self.access, &self.engine, &self.engine.registry, &call);
        api::hold(call)?;
        match call.operation.as_str() {
            "CreateStateMachine" => create_state_machine(&self.checker, registry, &engine.clock, call),
            "UpdateStateMachine" => update_state_machine(&self.checker, registry, &engine.clock, call),
            "DeleteStateMachine" => delete_state_machine(access, engine, call),
            "DescribeStateMachine" => describe_state_machine(access, registry, call),
            "DescribeStateMachineForExecution" => describe_for_execution(access, registry, call),
            "ListStateMachines" => list_state_machines(access, registry, call),
            "ValidateStateMachineDefinition" => validate(access, call),
            "TagResource" => tag_resource(access, registry, call),
            "UntagResource" => untag_resource(access, registry, call),
            "ListTagsForResource" => list_tags(access, registry, call),
            "StartExecution" => start_execution(access, engine, &tasks, call).await,
            "StartSyncExecution" => start_sync_execution(access, engine, &tasks, call).await,
            "StopExecution" => stop_execution(access, engine, call).await,
            "DescribeExecution" => describe_execution(access, registry, call),
            "ListExecutions" => list_executions(access, registry, call),
            "GetExecutionHistory" => get_execution_history(access, registry, call).await,
            "SendTaskSuccess" => send_task_success(access, engine, call).await,
            "SendTaskFailure" => send_task_failure(access, engine, call).await,
            "SendTaskHeartbeat" => send_task_heartbeat(access, engine, call),
            known if api::operation(call.service, known).is_some() => Err(not_offered(call)),
            unknown => {
                let message = format!("the local endpoint knows no operation `{unknown}` of states");
                Err(Fault::client("UnknownOperationException", message))
            }
        }
    }
}

impl TagSource for StatesService {
    fn regions(&self) -> Vec<String> {
        self.engine.registry.state().machines.values().map(|machine| machine.record.region.clone()).collect()
    }

    fn resource_types(&self) -> Vec<&'static str> {
        vec!["states:stateMachine"]
    }

    fn tagged(&self, region: &str, after: &str, each: &mut dyn FnMut(Tagged) -> ControlFlow<()>) {
        let state = self.engine.registry.state();
        let rest = state.machines.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let records = rest.map(|(_, machine)| &machine.record);
        let tagged = records.filter(|record| record.region == region && !record.tags.is_empty() && !record.deleting);
        let mut shown = tagged.map(|record| Tagged {
            arn: record.arn.clone(),
            resource_type: "states:stateMachine",
            tags: record.tags.clone().into_iter().collect(),
        });
        let _ = shown.try_for_each(each);
    }
}
