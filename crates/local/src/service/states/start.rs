//! StartExecution and StartSyncExecution.

use crate::member::Member as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::access::Access;
use super::driver::{Tasks, drive};
use super::engine::Engine;
use super::execution::{Execution, Facts, Progress, Status};
use super::fault::{type_not_supported, unreadable};
use super::logger::Logger;
use super::machine::{Record, StateMachine, seconds};
use super::metrics;
use super::name::{checked_machine_arn, checked_name};
use super::read::all_data;
use super::recorder::Recorder;
use super::registry::Registry;
use super::state::text;
use crate::mock::Mocked;
use crate::random;
use crate::wire::{Answer, Call, Fault};
use labctl_asl::{Run, Seed};

/// A name can be used again this long after its execution ended: 90 days.
const NAME_KEPT_MS: i64 = 90 * 24 * 3_600_000;

/// What is to be started.
pub(super) struct Start<'input> {
    pub(super) machine_arn: &'input str,
    /// A random one when there is none.
    pub(super) name: Option<&'input str>,
    /// JSON text.
    pub(super) input: &'input str,
    pub(super) trace_header: Option<&'input str>,
    /// Those of the execution that starts it; without one they go by its name.
    pub(super) mocked: Option<&'input Mocked>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
pub(super) async fn start_execution(
    access: &Access,
    engine: &Arc<Engine>,
    tasks: &Arc<dyn Tasks>,
    call: &Call,
) -> Result<Answer, Fault> {
    let wanted = read_start(access, call)?;
    // Short executions are over before they could wait themselves.
    engine.registry.store.breathe().await;
    let machine = engine.registry.startable(wanted.machine_arn)?;
    let execution = start(engine, tasks, machine, &wanted)?;
    Ok(Answer::members(json!({
        "executionArn": execution.facts.arn,
        "startDate": seconds(execution.facts.started_ms),
    })))
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html>
pub(super) async fn start_sync_execution(
    access: &Access,
    engine: &Arc<Engine>,
    tasks: &Arc<dyn Tasks>,
    call: &Call,
) -> Result<Answer, Fault> {
    let wanted = read_start(access, call)?;
    let with_data = all_data(&call.input);
    engine.registry.store.breathe().await;
    let machine = engine.registry.startable(wanted.machine_arn)?;
    if !machine.record.express {
        return Err(type_not_supported());
    }
    let execution = start(engine, tasks, machine, &wanted)?;
    execution.wait().await;
    Ok(Answer::members(execution.describe_sync(with_data)))
}

fn read_start<'call>(access: &Access, call: &'call Call) -> Result<Start<'call>, Fault> {
    let input = &call.input;
    let machine_arn = checked_machine_arn(text(input, "stateMachineArn"))?;
    access.permit(call, machine_arn)?;
    Ok(Start {
        machine_arn,
        name: input.member("name").as_str(),
        input: input.member("input").as_str().unwrap_or("{}"),
        trace_header: input.member("traceHeader").as_str(),
        mocked: None,
    })
}

/// Starts an execution. The same name and input again give the execution that runs (STANDARD).
///
/// # Errors
/// `InvalidName`, `InvalidExecutionInput`, `ExecutionAlreadyExists`.
pub(super) fn start(
    engine: &Arc<Engine>,
    tasks: &Arc<dyn Tasks>,
    machine: Arc<StateMachine>,
    wanted: &Start,
) -> Result<Arc<Execution>, Fault> {
    let name = match wanted.name {
        Some(name) => checked_name(name)?.to_owned(),
        None => random::uuid(),
    };
    let input = checked_input(wanted.input)?;
    let definition = engine.registry.definition(&machine)?;
    let record = &machine.record;
    let arn = if record.express {
        let base = record.arn.replacen(":stateMachine:", ":express:", 1);
        format!("{base}:{name}:{}", random::uuid())
    } else {
        format!("{}:{name}", record.arn.replacen(":stateMachine:", ":execution:", 1))
    };
    let registry = &engine.registry;
    let mocked = wanted.mocked.map_or_else(|| engine.mocks.of_execution(&name), Mocked::for_child);
    let busy = engine.clock.busy();
    let facts = Facts {
        arn,
        name,
        machine_arn: record.arn.clone(),
        region: record.region.clone(),
        started_ms: engine.clock.now_ms(),
        number: registry.next_number(),
        input: wanted.input.to_owned(),
        trace_header: wanted.trace_header.map(str::to_owned),
        revision: record.revision.clone(),
    };
    let logger = Logger::new(&record.logging, &record.name, &facts.arn, facts.started_ms, &engine.logs);
    let recorder = Recorder::new((!record.express).then_some(facts.number), logger);
    let (execution, messages) = Execution::new(facts, Arc::clone(&machine), recorder, mocked);
    let execution = Arc::new(execution);
    {
        let mut state = registry.state();
        if record.express {
            state.executions.insert(execution.facts.arn.clone(), Arc::clone(&execution));
        } else {
            let there = state.execution(&execution.facts.arn, &registry.store).map_err(|error| unreadable(&error))?;
            if let Some(there) = there {
                if let Some(running) = same_again(registry, &there, &execution)? {
                    return Ok(running);
                }
                if let Some(executions) = state.by_machine.get_mut(&there.facts.machine_arn) {
                    executions.remove(&there.facts.number);
                }
            }
            registry.store.put_execution(execution.to_store(&Progress::running()));
            state.insert(Arc::clone(&execution));
        }
    }
    let run = Run::begin(definition, seed(&execution.facts, &machine.record, input));
    metrics::started(engine.metrics.as_ref(), &execution.facts);
    let (engine, tasks) = (Arc::clone(engine), Arc::clone(tasks));
    tokio::spawn(drive(engine, tasks, Arc::clone(&execution), machine, messages, run, busy));
    Ok(execution)
}

/// What the interpreter is told of an execution.
fn seed(facts: &Facts, machine: &Record, input: Value) -> Seed {
    Seed {
        execution_arn: facts.arn.clone(),
        execution_name: facts.name.clone(),
        machine_arn: machine.arn.clone(),
        machine_name: machine.name.clone(),
        role_arn: machine.role_arn.clone(),
        express: machine.express,
        input,
        started_ms: facts.started_ms,
        token_seed: u64::from_le_bytes(random::bytes()),
    }
}

/// What a name that was used before means: the same request again, a mistake, or long ago.
fn same_again(
    registry: &Registry,
    there: &Arc<Execution>,
    wanted: &Execution,
) -> Result<Option<Arc<Execution>>, Fault> {
    let progress = there.progress();
    if progress.status == Status::Running && there.facts.input == wanted.facts.input {
        return Ok(Some(Arc::clone(there)));
    }
    let long_ago = progress.stopped_ms.is_some_and(|at| wanted.facts.started_ms - at > NAME_KEPT_MS);
    if long_ago {
        registry.store.delete_execution(there.facts.number);
        return Ok(None);
    }
    let message = format!("Execution Already Exists: '{}'", there.facts.arn);
    Err(Fault::client("ExecutionAlreadyExists", message))
}

fn checked_input(input: &str) -> Result<Value, Fault> {
    serde_json::from_str(input).map_err(|_| {
        let message = format!("Invalid State Machine Execution Input: '{}'", labctl_asl::json_error(input));
        Fault::client("InvalidExecutionInput", message)
    })
}
