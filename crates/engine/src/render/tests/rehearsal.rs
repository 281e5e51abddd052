//! Every scenario, played through: the rendered definitions in the stepper, the packages' handlers in Python.
//!
//! Time jumps from timer to timer, so the five minutes of the callback and the waits of a Retry take none.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};

use super::class::{lab, places, repository, users, with_setting};
use crate::asl::{self, Command, Effects, Outcome, Resource, Run, Seed, Signal, Task};
use crate::kind::StateMachine;
use crate::model::{ExecutionStatus, Scenario};
use crate::render::render;

/// Calls a handler as Lambda does and prints its answer, and what it sent to Step Functions, as one line of JSON.
const INVOKE: &str = r#"
import importlib, json, os, sys, types
calls = []
class Client:
    def send_task_success(self, **given): calls.append({"output": json.loads(given["output"])})
    def send_task_failure(self, **given): calls.append({"error": given["error"], "cause": given["cause"]})
boto3 = types.ModuleType("boto3"); boto3.client = lambda service: Client(); sys.modules["boto3"] = boto3
sys.path.insert(0, sys.argv[1])
talk, sys.stdout = sys.stdout, open(os.devnull, "w")
try:
    answer = {"result": importlib.import_module(sys.argv[2]).lambda_handler(json.load(sys.stdin), None)}
except Exception as error:
    answer = {"error": type(error).__name__, "cause": str(error)}
print(json.dumps({**answer, "calls": calls}), file=talk)
"#;

fn invoke(function: &str, event: &Value) -> Value {
    let module = function.rsplit_once(":user3-").unwrap().1.replace('-', "_");
    let folder = repository().join("templates/step-functions/lambda");
    let mut python = Process::new("python3")
        .args(["-B", "-c", INVOKE, folder.to_str().unwrap(), &module])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(event.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is reported for one attempt of a task, in order.
fn carry_out(task: &Task) -> Vec<Signal> {
    let id = task.id;
    let failed = |answer: &Value| Signal::TaskFailed {
        task: id,
        error: answer["error"].as_str().unwrap().to_owned(),
        cause: answer["cause"].as_str().unwrap().to_owned(),
    };
    match &task.resource {
        Resource::LambdaFunction { arn } => {
            let answer = invoke(arn, &task.input);
            match answer.get("result") {
                Some(output) => vec![Signal::TaskSucceeded { task: id, output: output.clone() }],
                None => vec![failed(&answer)],
            }
        }
        Resource::Integration { service, .. } if service == "lambda" => {
            let mut payload = task.input["Payload"].clone();
            assert_eq!(payload["taskToken"].as_str(), task.token.as_deref());
            payload["taskToken"] = json!("token");
            let answer = invoke(task.input["FunctionName"].as_str().unwrap(), &payload);
            let mut signals = vec![Signal::TaskSubmitted { task: id, output: answer["result"].clone() }];
            signals.extend(answer["calls"].as_array().unwrap().iter().map(|call| match call.get("output") {
                Some(output) => Signal::TaskSucceeded { task: id, output: output.clone() },
                None => failed(call),
            }));
            signals
        }
        Resource::Integration { service, .. } if service == "sqs" => {
            assert!(task.input["QueueUrl"].as_str().unwrap().ends_with("/user3-order-events"));
            vec![Signal::TaskSucceeded { task: id, output: json!({ "MessageId": "m" }) }]
        }
        other => panic!("{other:?}"),
    }
}

struct Played {
    status: ExecutionStatus,
    output: Option<Value>,
    /// States in the order they were entered.
    entered: Vec<String>,
    /// Milliseconds by the execution's own clock.
    took_ms: i64,
}

fn play(definition: &str, scenario: &Scenario) -> Played {
    let machine = Arc::new(asl::parse(definition).unwrap());
    let machine_arn = format!("arn:aws:states:us-east-1:123456789012:stateMachine:user3-{}", scenario.machine);
    let seed = Seed {
        execution_arn: machine_arn.replace("stateMachine", "execution") + ":e",
        execution_name: "e".into(),
        machine_name: format!("user3-{}", scenario.machine),
        machine_arn,
        role_arn: "arn:aws:iam::123456789012:role/r".into(),
        express: scenario.machine.starts_with("express"),
        input: scenario.input.clone(),
        started_ms: 0,
        token_seed: 7,
    };
    let mut played = Played { status: ExecutionStatus::Running, output: None, entered: Vec::new(), took_ms: 0 };
    let mut timers: BTreeMap<u64, i64> = BTreeMap::new();
    let mut signals: Vec<Signal> = Vec::new();
    let (mut run, mut effects) = Run::start(machine, seed);
    loop {
        take_in(std::mem::take(&mut effects), &mut played, &mut timers, &mut signals);
        if run.is_over() {
            return played;
        }
        let signal = if signals.is_empty() {
            let (timer, at_ms) =
                timers.iter().min_by_key(|(_, at_ms)| **at_ms).map(|(timer, at)| (*timer, *at)).unwrap();
            timers.remove(&timer);
            played.took_ms = played.took_ms.max(at_ms);
            Signal::TimerFired(timer)
        } else {
            signals.remove(0)
        };
        effects = run.handle(played.took_ms, signal);
    }
}

fn take_in(effects: Effects, played: &mut Played, timers: &mut BTreeMap<u64, i64>, signals: &mut Vec<Signal>) {
    for event in &effects.events {
        if let Some(("stateEnteredEventDetails", details)) = &event.details {
            played.entered.push(details["name"].as_str().unwrap().to_owned());
        }
    }
    for command in effects.commands {
        match command {
            Command::RunTask(task) => signals.extend(carry_out(&task)),
            Command::SetTimer { timer, at_ms } => drop(timers.insert(timer, at_ms)),
            Command::CancelTimer(timer) => drop(timers.remove(&timer)),
            Command::CancelTask(_) => {}
        }
    }
    match effects.outcome {
        Some(Outcome::Succeeded { output }) => {
            played.status = ExecutionStatus::Succeeded;
            played.output = Some(output);
        }
        Some(other) => panic!("{other:?}"),
        None => {}
    }
}

/// Whether everything wanted stands in what was found.
fn stands_in(wanted: &Value, found: &Value) -> bool {
    match wanted {
        Value::Object(wanted) => {
            wanted.iter().all(|(key, value)| found.get(key).is_some_and(|found| stands_in(value, found)))
        }
        wanted => wanted == found,
    }
}

#[test]
fn every_scenario_does_what_it_says() {
    if Process::new("python3").arg("-V").output().is_err() {
        writeln!(std::io::stderr(), "skipped: python3 cannot be started").unwrap();
        return;
    }
    let lab = with_setting(lab(&["user3"]), "sqs_exercise", json!(true));
    let rendered = render(&lab, &users(&lab), &places(&lab), "out".as_ref()).unwrap_or_else(|_| panic!());
    let definition = |machine: &str| {
        let resources = &rendered.desired.users[0].resources;
        let resource = resources.iter().find(|resource| resource.key.name == format!("user3-{machine}")).unwrap();
        resource.body.of::<StateMachine>().unwrap().definition.clone()
    };
    for scenario in &lab.pack.scenarios {
        let played = play(&definition(&scenario.machine), scenario);
        let expect = &scenario.expect;
        assert_eq!(played.status, expect.status, "{}", scenario.name);
        assert_eq!(&played.entered, expect.path.as_ref().unwrap(), "{}", scenario.name);
        let (wanted, found) = (expect.output.as_ref().unwrap(), played.output.unwrap());
        assert!(stands_in(wanted, &found), "{}: {found}", scenario.name);
        assert_eq!(played.took_ms, i64::from(scenario.waits_seconds) * 1000, "{}", scenario.name);
    }
}
