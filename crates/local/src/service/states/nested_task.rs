//! `states:startExecution`: executions that start others, and wait for them or not.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html>

use crate::api;
use crate::member::Member as _;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::driver::Tasks;
use super::errand::{Errand, Failure, Outcome};
use super::execution::{Execution, Status};
use super::fault::invalid_arn;
use super::metadata::json_call;
use super::name::checked_machine_arn;
use super::start::{self, Start};
use crate::clock::Busy;
use crate::random;
use crate::wire::Fault;
use labctl_asl::{Pattern, Signal};

/// The errors of StartExecution in the model; others come as `StepFunctions.AWSStepFunctionsException`.
const MODELLED: [&str; 8] = [
    "ExecutionAlreadyExists",
    "ExecutionLimitExceeded",
    "InvalidArn",
    "InvalidExecutionInput",
    "InvalidName",
    "StateMachineDeleting",
    "StateMachineDoesNotExist",
    "ValidationException",
];

/// Starts an execution and does not wait for its end.
pub(super) fn start(errand: &Errand) -> Outcome {
    begin(errand).map(|child| answer(errand, &child)).map_err(|fault| refused(&fault))
}

/// Starts an execution, and reports its end as the task's. It is stopped when nobody waits for it any more.
pub(super) async fn start_and_wait(
    errand: &Errand,
    pattern: Pattern,
    unwanted: oneshot::Receiver<()>,
    busy: Option<Busy>,
) {
    let task = errand.task.id;
    let failed = |Failure { error, cause }| Signal::TaskFailed { task, error, cause };
    let child = match begin(errand) {
        Ok(child) => child,
        Err(fault) => return errand.report(failed(refused(&fault))),
    };
    errand.report(Signal::TaskSubmitted { task, output: answer(errand, &child) });
    // Its end could not be asked for: EXPRESS executions are not described.
    if child.machine.record.express {
        return errand.report(failed(refused(&invalid_arn("Resource type not valid in this context: express"))));
    }
    drop(busy);
    tokio::select! {
        () = child.wait() => {}
        _ = unwanted => return errand.surroundings.engine.stop(&child, None, None),
    }
    let described = describe(&child, pattern);
    errand.report(if child.status() == Status::Succeeded {
        Signal::TaskSucceeded { task, output: described }
    } else {
        failed(Failure { error: "States.TaskFailed".to_owned(), cause: described.to_string() })
    });
}

fn refused(fault: &Fault) -> Failure {
    Failure::of_call(fault, "StepFunctions", "AWSStepFunctions", &MODELLED)
}

fn begin(errand: &Errand) -> Result<Arc<Execution>, Fault> {
    let (surroundings, parameters) = (&errand.surroundings, &errand.task.input);
    let arn = parameters.member("StateMachineArn").as_str().unwrap_or_default();
    let input = match parameters.member("Input") {
        Value::Null => "{}".to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let (name, trace_header) = (parameters.member("Name"), parameters.member("TraceHeader"));
    let members = json!({
        "stateMachineArn": parameters.member("StateMachineArn"), "name": name, "input": input, "traceHeader": trace_header,
    });
    api::hold_input("states", "StartExecution", &members)?;
    checked_machine_arn(arn)?;
    surroundings.access.authorize(&errand.caller, &api::action_of("states", "StartExecution"), arn)?;
    let machine = surroundings.engine.registry.startable(arn)?;
    let (name, trace_header) = (name.as_str(), trace_header.as_str());
    let mocked = Some(&errand.execution.mocked);
    let wanted = Start { machine_arn: arn, name, input: &input, trace_header, mocked };
    let tasks: Arc<dyn Tasks> = surroundings.clone();
    start::start(&surroundings.engine, &tasks, machine, &wanted)
}

fn answer(errand: &Errand, child: &Execution) -> Value {
    let mut members = Map::new();
    members.insert("ExecutionArn".to_owned(), json!(child.facts.arn));
    let mut answer = json_call(members, &random::uuid(), errand.surroundings.engine.clock.now_ms());
    if let Some(members) = answer.as_object_mut() {
        members.insert("StartDate".to_owned(), json!(child.facts.started_ms));
    }
    answer
}

/// The child as DescribeExecution gives it, with capitals; `.sync:2` reads its input and output.
fn describe(child: &Execution, pattern: Pattern) -> Value {
    let progress = child.described();
    let data = |text: &str| match pattern {
        Pattern::Sync2 => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        _ => json!(text),
    };
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    for (name, text) in [("Cause", &progress.cause), ("Error", &progress.error)] {
        if let Some(text) = text {
            set(name, json!(text));
        }
    }
    set("ExecutionArn", json!(child.facts.arn));
    set("Input", data(&child.facts.input));
    set("InputDetails", json!({ "Included": true }));
    set("Name", json!(child.facts.name));
    if let Some(output) = &progress.output {
        set("Output", data(output));
        set("OutputDetails", json!({ "Included": true }));
    }
    set("StartDate", json!(child.facts.started_ms));
    set("StateMachineArn", json!(child.facts.machine_arn));
    set("Status", json!(progress.status.name()));
    set("StopDate", json!(progress.stopped_ms));
    Value::Object(members)
}
