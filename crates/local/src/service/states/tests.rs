//! The service over the real stepper, with IAM, Logs, CloudWatch, SQS and Lambda faked.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::StatesService;
use crate::clock::{Clock, TimeMode};
use crate::service::{
    Authority, Deps, Invoked, Invoker, LogSink, LogSource as _, MetricSink, QueueSink, Service as _, TagSource as _,
};
use crate::store::Store;
use crate::wire::{Answer, AnswerBody, Call, Caller, Fault};

pub(super) const ROLE: &str = "arn:aws:iam::000000000000:role/workflow";
pub(super) const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
pub(super) const GROUP: &str = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/m:*";

/// Remembers what it is told; refuses the actions in `denied`; trusts `ROLE` only.
#[derive(Default)]
pub(super) struct World {
    pub(super) denied: Mutex<Vec<&'static str>>,
    log: Mutex<Vec<(String, Value)>>,
    metrics: Mutex<Vec<String>>,
    sent: Mutex<Vec<Value>>,
    events: Mutex<Vec<Value>>,
}

impl Authority for World {
    fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), String> {
        if matches!(caller, Caller::Root) || !self.denied.lock().unwrap().contains(&action) {
            return Ok(());
        }
        Err(format!("User: x is not authorized to perform: {action} on resource: {resource}"))
    }

    fn may_assume(&self, role_arn: &str, principal: &str, _: &str) -> bool {
        role_arn == ROLE && principal == "states.amazonaws.com"
    }

    fn temporary_keys(&self, _: &str, _: &str) -> (String, String, String) {
        Default::default()
    }
}

impl LogSink for World {
    fn has_group(&self, _: &str, group: &str) -> bool {
        group == "/aws/vendedlogs/states/m"
    }

    fn write(&self, _: &str, _: &str, stream: &str, messages: Vec<(i64, String)>, make_group: bool) {
        assert!(!make_group);
        let lines = messages.iter().map(|(_, text)| (stream.to_owned(), serde_json::from_str(text).unwrap()));
        self.log.lock().unwrap().extend(lines);
    }
}

impl MetricSink for World {
    fn record(&self, _: &str, _: &str, metric: &str, _: &[(&str, &str)], _: i64, _: f64, _: &str) {
        self.metrics.lock().unwrap().push(metric.to_owned());
    }
}

impl QueueSink for World {
    fn send(&self, _: &str, _: &Caller, input: &Value) -> Result<Value, Fault> {
        if input["MessageBody"].is_null() {
            return Err(Fault::client("MissingParameter", "The request must contain the parameter MessageBody."));
        }
        self.sent.lock().unwrap().push(input.clone());
        Ok(json!({ "MessageId": "1", "MD5OfMessageBody": "2" }))
    }
}

/// Functions by name: `echo` gives its event back, `fail` raises, `gone` is not there; `token` keeps its event.
#[async_trait]
impl Invoker for World {
    async fn invoke(&self, _: &str, caller: &Caller, function: &str, payload: Vec<u8>) -> Result<Invoked, Fault> {
        self.authorize(caller, "lambda:InvokeFunction", function)
            .map_err(|message| Fault::client("AccessDeniedException", message).status(403))?;
        let (payload, function_error) = match function.rsplit(':').next().unwrap() {
            "echo" => (payload, None),
            "fail" => (br#"{"errorType":"OrderError","errorMessage":"no"}"#.to_vec(), Some("Unhandled")),
            "token" => {
                self.events.lock().unwrap().push(serde_json::from_slice(&payload).unwrap());
                (b"null".to_vec(), None)
            }
            _ => {
                let message = format!("Function not found: {function}");
                return Err(Fault::client("ResourceNotFoundException", message).status(404));
            }
        };
        Ok(Invoked { payload, function_error, version: "$LATEST".into(), request_id: "r".into(), log: vec![] })
    }

    async fn invoke_event(&self, _: &str, _: &Caller, _: &str, _: Vec<u8>) -> Result<(), Fault> {
        Ok(())
    }
}

pub(super) struct Bench {
    pub(super) states: Arc<StatesService>,
    pub(super) world: Arc<World>,
    pub(super) deps: Deps,
}

pub(super) fn bench() -> Bench {
    bench_on(Store::open(None).unwrap(), TimeMode::Jump)
}

pub(super) fn bench_on(store: Store, mode: TimeMode) -> Bench {
    let world = Arc::new(World::default());
    let clock = Clock::new(mode, 0);
    tokio::spawn(clock.clone().drive());
    let deps = Deps {
        clock,
        store,
        folder: std::env::temp_dir(),
        account: "000000000000".into(),
        authority: world.clone(),
        logs: world.clone(),
        metrics: world.clone(),
        queues: world.clone(),
        endpoint_url: Arc::default(),
        published_limits: false,
        keep: Duration::from_hours(1),
        python: None,
        mocks: crate::Mocks::default(),
    };
    Bench { states: StatesService::new(&deps, world.clone()).unwrap(), world, deps }
}

pub(super) fn call(operation: &str, input: Value) -> Call {
    Call {
        service: "states",
        operation: operation.into(),
        region: "us-east-1".into(),
        caller: Caller::Root,
        input,
        payload: Vec::new(),
        headers: Vec::new(),
    }
}

pub(super) fn machine(states: &Value) -> Value {
    let first = states.as_object().unwrap().keys().next().unwrap().clone();
    json!({ "StartAt": first, "States": states })
}

pub(super) fn task(resource: &str, parameters: &Value) -> Value {
    machine(&json!({ "Work": { "Type": "Task", "Resource": resource, "Parameters": parameters, "End": true } }))
}

impl Bench {
    pub(super) async fn ok(&self, operation: &str, input: Value) -> Value {
        match self.states.call(call(operation, input)).await.unwrap() {
            Answer { body: AnswerBody::Members(members), .. } => members,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn fault(&self, operation: &str, input: Value) -> Fault {
        self.states.call(call(operation, input)).await.unwrap_err()
    }

    pub(super) async fn create(&self, definition: &Value) {
        self.create_with(definition, json!({})).await;
    }

    pub(super) async fn create_with(&self, definition: &Value, more: Value) {
        let mut input = json!({ "name": "m", "definition": definition.to_string(), "roleArn": ROLE });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ok("CreateStateMachine", input).await;
    }

    /// Starts an execution and gives its description once it is over.
    pub(super) async fn run(&self, input: Value) -> Value {
        let started =
            self.ok("StartExecution", json!({ "stateMachineArn": MACHINE, "input": input.to_string() })).await;
        self.over(started["executionArn"].as_str().unwrap()).await
    }

    pub(super) async fn over(&self, arn: &str) -> Value {
        for _ in 0..1000 {
            let described = self.ok("DescribeExecution", json!({ "executionArn": arn })).await;
            if described["status"] != "RUNNING" {
                return described;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{arn} does not end");
    }

    pub(super) async fn history(&self, arn: &Value) -> Vec<Value> {
        let answer = self.ok("GetExecutionHistory", json!({ "executionArn": arn, "maxResults": 1000 })).await;
        answer["events"].as_array().unwrap().clone()
    }
}

pub(super) fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

pub(super) fn pass() -> Value {
    machine(&json!({ "A": { "Type": "Pass", "End": true } }))
}

#[tokio::test]
async fn an_execution_runs_and_is_described_listed_and_told() {
    let bench = bench();
    bench.create(&pass()).await;
    let described = bench.run(json!({ "x": "ü" })).await;
    assert_eq!((&described["status"], &described["output"]), (&json!("SUCCEEDED"), &json!("{\"x\":\"ü\"}")));
    assert_eq!(described["redriveStatusReason"], "Execution is SUCCEEDED and cannot be redriven");
    let arn = &described["executionArn"];
    let events = bench.history(arn).await;
    assert_eq!(types(&events), ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]);
    let page =
        bench.ok("GetExecutionHistory", json!({ "executionArn": arn, "maxResults": 3, "reverseOrder": true })).await;
    assert_eq!(types(page["events"].as_array().unwrap())[0], "ExecutionSucceeded");
    let next = json!({ "executionArn": arn, "reverseOrder": true, "nextToken": page["nextToken"] });
    let rest = bench.ok("GetExecutionHistory", next).await;
    assert_eq!(
        (types(rest["events"].as_array().unwrap()), &rest["nextToken"]),
        (vec!["ExecutionStarted"], &Value::Null)
    );
    let bare = bench.ok("GetExecutionHistory", json!({ "executionArn": arn, "includeExecutionData": false })).await;
    assert!(bare["events"][0]["executionStartedEventDetails"].get("input").is_none(), "{bare}");
    let listed = bench.ok("ListExecutions", json!({ "stateMachineArn": MACHINE, "statusFilter": "SUCCEEDED" })).await;
    assert_eq!(listed["executions"][0]["executionArn"], *arn);
    let metrics = bench.world.metrics.lock().unwrap().clone();
    assert_eq!(metrics, ["ExecutionsStarted", "ExecutionsSucceeded", "ExecutionTime", "ConsumedCapacity"]);
}

#[tokio::test]
async fn creating_again_is_answered_the_same_unless_the_content_differs() {
    let bench = bench();
    bench.create(&pass()).await;
    bench.create_with(&pass(), json!({ "tags": [{ "key": "a", "value": "b" }] })).await;
    assert!(bench.states.all_tagged("us-east-1").is_empty(), "tags of the second request are not taken over");
    let other = json!({ "name": "m", "definition": format!(" {}", pass()), "roleArn": ROLE });
    let fault = bench.fault("CreateStateMachine", other).await;
    assert_eq!(fault.code, "StateMachineAlreadyExists");
    assert_eq!(fault.message, format!("State Machine Already Exists: '{MACHINE}'"));
}

#[tokio::test]
async fn what_aws_refuses_at_creation_is_refused() {
    let bench = bench();
    let create = |more: Value| {
        let mut input = json!({ "name": "m", "definition": pass().to_string(), "roleArn": ROLE });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bench.fault("CreateStateMachine", input)
    };
    assert_eq!(create(json!({ "definition": "{}" })).await.code, "InvalidDefinition");
    assert_eq!(create(json!({ "name": "a b" })).await.code, "InvalidName");
    assert_eq!(create(json!({ "roleArn": "LabRole" })).await.code, "InvalidArn");
    let untrusted = create(json!({ "roleArn": "arn:aws:iam::000000000000:role/other" })).await;
    assert!(untrusted.message.starts_with("Neither the global service principal"), "{}", untrusted.message);
    let logging = |arn: &str| {
        let destination = json!([{ "cloudWatchLogsLogGroup": { "logGroupArn": arn } }]);
        json!({ "loggingConfiguration": { "level": "ALL", "destinations": destination } })
    };
    assert_eq!(create(logging(GROUP.trim_end_matches(":*"))).await.code, "InvalidLoggingConfiguration");
    assert_eq!(create(logging(&GROUP.replace("/m:", "/other:"))).await.code, "InvalidLoggingConfiguration");
    bench.world.denied.lock().unwrap().push("logs:CreateLogDelivery");
    let denied = create(logging(GROUP)).await;
    assert_eq!(denied.code, "AccessDeniedException");
    assert_eq!(denied.message, "The state machine IAM Role is not authorized to access the Log Destination");
    assert_eq!(create(json!({ "publish": true })).await.status, 501);
}

#[tokio::test]
async fn starting_is_idempotent_while_it_runs() {
    let bench = bench_on(Store::open(None).unwrap(), TimeMode::Real);
    bench.create(&machine(&json!({ "W": { "Type": "Wait", "Seconds": 3600, "End": true } }))).await;
    let start = json!({ "stateMachineArn": MACHINE, "name": "n", "input": "{}" });
    let first = bench.ok("StartExecution", start.clone()).await;
    assert_eq!(bench.ok("StartExecution", start.clone()).await, first);
    let other = bench.fault("StartExecution", json!({ "stateMachineArn": MACHINE, "name": "n", "input": "1" })).await;
    assert_eq!(other.code, "ExecutionAlreadyExists");
    let arn = &first["executionArn"];
    bench.ok("StopExecution", json!({ "executionArn": arn, "error": "E", "cause": "C" })).await;
    let described = bench.ok("DescribeExecution", json!({ "executionArn": arn })).await;
    assert_eq!((&described["status"], &described["error"]), (&json!("ABORTED"), &json!("E")));
    assert_eq!(bench.fault("StartExecution", start).await.code, "ExecutionAlreadyExists");
    let fault = bench.fault("StartExecution", json!({ "stateMachineArn": MACHINE, "input": "{no" })).await;
    assert_eq!(fault.code, "InvalidExecutionInput");
    assert_eq!(bench.fault("StartExecution", json!({ "stateMachineArn": "m" })).await.code, "InvalidArn");
}

#[tokio::test]
async fn functions_answer_fail_and_are_missed_as_on_aws() {
    let bench = bench();
    bench
        .create(&task("arn:aws:states:::lambda:invoke", &json!({ "FunctionName.$": "$.f", "Payload": { "n": 1 } })))
        .await;
    let output: Value =
        serde_json::from_str(bench.run(json!({ "f": "echo" })).await["output"].as_str().unwrap()).unwrap();
    assert_eq!((&output["Payload"], &output["StatusCode"]), (&json!({ "n": 1 }), &json!(200)));
    assert_eq!(output["SdkHttpMetadata"]["HttpHeaders"]["X-Amz-Executed-Version"], "$LATEST");
    let failed = bench.run(json!({ "f": "fail" })).await;
    assert_eq!((&failed["status"], &failed["error"]), (&json!("FAILED"), &json!("OrderError")));
    assert_eq!(failed["cause"], r#"{"errorType":"OrderError","errorMessage":"no"}"#);
    let events = bench.history(&failed["executionArn"]).await;
    assert!(
        types(&events).ends_with(&["TaskScheduled", "TaskStarted", "TaskFailed", "ExecutionFailed"]),
        "{:?}",
        types(&events)
    );
    let missed = bench.run(json!({ "f": "gone" })).await;
    assert_eq!(missed["error"], "Lambda.ResourceNotFoundException");
    let cause = missed["cause"].as_str().unwrap();
    let words = "Function not found: gone (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ";
    assert!(cause.starts_with(words) && cause.ends_with("; Proxy: null)"), "{cause}");
    bench.world.denied.lock().unwrap().push("lambda:InvokeFunction");
    let denied = bench.run(json!({ "f": "echo" })).await;
    assert_eq!(denied["error"], "Lambda.AWSLambdaException");
    assert!(
        denied["cause"].as_str().unwrap().contains("Status Code: 403; Error Code: AccessDeniedException"),
        "{denied}"
    );
}

#[tokio::test]
async fn a_function_by_its_arn_gives_its_bare_result() {
    let bench = bench();
    bench.create(&task("arn:aws:lambda:us-east-1:000000000000:function:echo", &json!({ "n": 2 }))).await;
    let described = bench.run(json!({})).await;
    assert_eq!(described["output"], "{\"n\":2}");
    let metrics = bench.world.metrics.lock().unwrap().clone();
    assert!(metrics.contains(&"LambdaFunctionsSucceeded".to_owned()), "{metrics:?}");
}

fn callback() -> Value {
    machine(&json!({
        "Start": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 300,
            "Parameters": { "FunctionName": "token", "Payload": { "token.$": "$$.Task.Token" } },
            "Catch": [{ "ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Late" }],
            "Next": "Done"
        },
        "Done": { "Type": "Succeed" },
        "Late": { "Type": "Pass", "Result": "late", "End": true }
    }))
}

impl Bench {
    pub(super) async fn token(&self) -> Value {
        for _ in 0..1000 {
            if let Some(event) = self.world.events.lock().unwrap().pop() {
                return event["token"].clone();
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("no token came");
    }
}

#[tokio::test]
async fn a_token_is_answered_once() {
    let bench = bench_on(Store::open(None).unwrap(), TimeMode::Real);
    bench.create(&callback()).await;
    for (answer, input, status, field, value) in [
        ("SendTaskSuccess", json!({ "output": "{\"a\":1}" }), "SUCCEEDED", "output", "{\"a\":1}"),
        (
            "SendTaskFailure",
            json!({ "error": "TaskExecutionError", "cause": "why" }),
            "FAILED",
            "error",
            "TaskExecutionError",
        ),
    ] {
        let started = bench.ok("StartExecution", json!({ "stateMachineArn": MACHINE })).await;
        let token = bench.token().await;
        let mut input = input;
        input["taskToken"] = token.clone();
        bench.ok("SendTaskHeartbeat", json!({ "taskToken": token })).await;
        let bad = bench.fault("SendTaskSuccess", json!({ "taskToken": token, "output": "{no" })).await;
        assert_eq!(bad.code, "InvalidOutput");
        bench.ok(answer, input.clone()).await;
        let again = bench.fault(answer, input).await;
        assert_eq!(
            (again.code.as_str(), again.message.as_str()),
            ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        );
        let described = bench.over(started["executionArn"].as_str().unwrap()).await;
        assert_eq!((&described["status"], &described[field]), (&json!(status), &json!(value)));
    }
    assert_eq!(bench.fault("SendTaskHeartbeat", json!({ "taskToken": "AQ" })).await.code, "InvalidToken");
}

#[tokio::test]
async fn a_token_nobody_answers_times_out_without_waiting_for_it() {
    let bench = bench();
    bench.create(&callback()).await;
    let begun = tokio::time::Instant::now();
    let described = bench.run(json!({})).await;
    assert_eq!((&described["status"], &described["output"]), (&json!("SUCCEEDED"), &json!("\"late\"")));
    let passed = described["stopDate"].as_f64().unwrap() - described["startDate"].as_f64().unwrap();
    assert!((300.0..310.0).contains(&passed), "{passed}");
    assert!(begun.elapsed() < Duration::from_secs(30), "time jumped");
    let late = bench.fault("SendTaskSuccess", json!({ "taskToken": bench.token().await, "output": "1" })).await;
    assert_eq!(late.code, "TaskTimedOut");
    let events = bench.history(&described["executionArn"]).await;
    assert!(
        types(&events).contains(&"TaskSubmitted") && types(&events).contains(&"TaskTimedOut"),
        "{:?}",
        types(&events)
    );
}

#[tokio::test]
async fn messages_are_sent_and_refusals_are_worded_as_on_aws() {
    let bench = bench();
    let queue = "http://127.0.0.1/000000000000/q";
    bench
        .create(&task("arn:aws:states:::sqs:sendMessage", &json!({ "QueueUrl": queue, "MessageBody.$": "$.body" })))
        .await;
    let described = bench.run(json!({ "body": { "a": 1 } })).await;
    assert_eq!(described["status"], "SUCCEEDED", "{described}");
    assert_eq!(bench.world.sent.lock().unwrap()[0]["MessageBody"], "{\"a\":1}");
    let failed = bench.run(json!({ "body": null })).await;
    assert_eq!(failed["error"], "SQS.AmazonSQSException");
}

#[tokio::test]
async fn an_execution_may_start_another_and_wait_for_it() {
    let bench = bench();
    bench.create(&machine(&json!({ "W": { "Type": "Wait", "Seconds": 60, "Next": "F" }, "F": { "Type": "Fail", "Error": "E", "Cause": "C" } }))).await;
    let parent = task(
        "arn:aws:states:::states:startExecution.sync:2",
        &json!({ "StateMachineArn": MACHINE, "Input": { "a": 1 } }),
    );
    let created =
        bench.ok("CreateStateMachine", json!({ "name": "p", "definition": parent.to_string(), "roleArn": ROLE })).await;
    let started = bench.ok("StartExecution", json!({ "stateMachineArn": created["stateMachineArn"] })).await;
    let described = bench.over(started["executionArn"].as_str().unwrap()).await;
    assert_eq!((&described["status"], &described["error"]), (&json!("FAILED"), &json!("States.TaskFailed")));
    let cause: Value = serde_json::from_str(described["cause"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&cause["Error"], &cause["Status"], &cause["Input"]),
        (&json!("E"), &json!("FAILED"), &json!({ "a": 1 }))
    );
}

#[tokio::test]
async fn express_executions_have_logs_instead_of_histories() {
    let bench = bench();
    let destination = json!([{ "cloudWatchLogsLogGroup": { "logGroupArn": GROUP } }]);
    let logging = json!({ "level": "ALL", "includeExecutionData": false, "destinations": destination });
    bench.create_with(&pass(), json!({ "type": "EXPRESS", "loggingConfiguration": logging })).await;
    let answer =
        bench.ok("StartSyncExecution", json!({ "stateMachineArn": MACHINE, "input": "{\"a\":1}", "name": "n" })).await;
    assert_eq!((&answer["status"], &answer["output"]), (&json!("SUCCEEDED"), &json!("{\"a\":1}")));
    assert_eq!(answer["billingDetails"]["billedDurationInMilliseconds"], 100);
    let arn = answer["executionArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:states:us-east-1:000000000000:express:m:n:"), "{arn}");
    let fault = bench.fault("DescribeExecution", json!({ "executionArn": arn })).await;
    assert_eq!(fault.message, "Invalid Arn: 'Resource type not valid in this context: express'");
    assert_eq!(
        bench.fault("ListExecutions", json!({ "stateMachineArn": MACHINE })).await.code,
        "StateMachineTypeNotSupported"
    );
    let log = bench.world.log.lock().unwrap().clone();
    assert_eq!(log.len(), 4);
    assert!(log[0].0.starts_with("states/m/20"), "{}", log[0].0);
    assert_eq!((&log[3].1["type"], &log[3].1["id"]), (&json!("ExecutionSucceeded"), &json!("4")));
    assert!(log.iter().all(|(_, line)| line["details"].get("input").is_none()), "{log:?}");
    assert_eq!(log[0].1["details"]["roleArn"], ROLE);
}

#[tokio::test]
async fn a_machine_is_deleting_until_its_executions_have_ended() {
    let bench = bench_on(Store::open(None).unwrap(), TimeMode::Real);
    bench.create(&machine(&json!({ "W": { "Type": "Wait", "Seconds": 3600, "End": true } }))).await;
    bench.ok("StartExecution", json!({ "stateMachineArn": MACHINE })).await;
    bench.ok("DeleteStateMachine", json!({ "stateMachineArn": MACHINE })).await;
    for _ in 0..1000 {
        match bench.states.call(call("DescribeStateMachine", json!({ "stateMachineArn": MACHINE }))).await {
            Ok(answer) => {
                assert!(matches!(answer.body, AnswerBody::Members(members) if members["status"] == "DELETING"));
            }
            Err(fault) => {
                assert_eq!(fault.message, format!("State Machine Does Not Exist: '{MACHINE}'"));
                bench.ok("DeleteStateMachine", json!({ "stateMachineArn": MACHINE })).await;
                bench.create(&pass()).await;
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it is never gone");
}

#[tokio::test]
async fn what_ran_when_the_endpoint_stopped_is_aborted_and_everything_else_survives() {
    let store = Store::open(None).unwrap();
    let wait = machine(&json!({ "W": { "Type": "Wait", "Seconds": 3600, "End": true } }));
    let bench = bench_on(store.clone(), TimeMode::Real);
    bench.create_with(&wait, json!({ "tags": [{ "key": "lab", "value": "six" }] })).await;
    let orderly = bench.ok("StartExecution", json!({ "stateMachineArn": MACHINE, "name": "orderly" })).await;
    bench.states.shutdown().await;
    let described = bench.ok("DescribeExecution", json!({ "executionArn": orderly["executionArn"] })).await;
    assert_eq!(
        (&described["status"], &described["cause"]),
        (&json!("ABORTED"), &json!("the local endpoint was stopped"))
    );
    let killed = bench.ok("StartExecution", json!({ "stateMachineArn": MACHINE, "name": "killed" })).await;
    while bench.history(&killed["executionArn"]).await.len() < 2 {
        tokio::task::yield_now().await;
    }

    let again = bench_on(store, TimeMode::Real);
    let described = again.ok("DescribeExecution", json!({ "executionArn": killed["executionArn"] })).await;
    assert_eq!(
        (&described["status"], &described["cause"]),
        (&json!("ABORTED"), &json!("the local endpoint was stopped"))
    );
    assert_eq!(
        types(&again.history(&killed["executionArn"]).await),
        ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
    );
    assert_eq!(again.states.all_tagged("us-east-1")[0].tags, [("lab".to_owned(), "six".to_owned())]);
    let listed = again.ok("ListExecutions", json!({ "stateMachineArn": MACHINE })).await;
    let names: Vec<&str> =
        listed["executions"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["killed", "orderly"], "the newest first");
    again.deps.store.flush().await;
}

#[tokio::test]
async fn a_definition_that_was_damaged_in_the_store_is_told_when_it_is_needed() {
    let store = Store::open(None).unwrap();
    let bench = bench_on(store.clone(), TimeMode::Real);
    bench.create(&pass()).await;
    store.flush().await;
    let mut kept = store.load::<Value>("states-machine").unwrap().remove(0).1;
    kept["definition"] = json!("{ \"StartAt\": ");
    store.put("states-machine", MACHINE, kept);
    store.flush().await;
    let again = bench_on(store, TimeMode::Real);
    let fault = again.fault("StartExecution", json!({ "stateMachineArn": MACHINE })).await;
    assert_eq!((fault.code.as_str(), fault.status), ("InternalFailure", 500));
    assert!(fault.message.contains(MACHINE), "{}", fault.message);
}

#[tokio::test]
async fn a_history_that_nobody_read_before_a_kill_begins_as_every_history() {
    let store = Store::open(None).unwrap();
    let wait = machine(&json!({ "W": { "Type": "Wait", "Seconds": 3600, "End": true } }));
    let bench = bench_on(store.clone(), TimeMode::Real);
    bench.create(&wait).await;
    let arn = bench.ok("StartExecution", json!({ "stateMachineArn": MACHINE, "input": "{ \"a\": 1 }" })).await;
    store.flush().await;
    let again = bench_on(store, TimeMode::Real);
    let history = again.history(&arn["executionArn"]).await;
    assert_eq!(types(&history), ["ExecutionStarted", "ExecutionAborted"]);
    let details = &history[0]["executionStartedEventDetails"];
    assert_eq!((&details["input"], &details["roleArn"]), (&json!("{\"a\":1}"), &json!(ROLE)));
}

#[tokio::test]
async fn what_is_held_back_is_told_to_whoever_reads_the_log() {
    let bench = bench_on(Store::open(None).unwrap(), TimeMode::Real);
    let wait = machine(&json!({ "W": { "Type": "Wait", "Seconds": 3600, "End": true } }));
    let logging = json!({ "level": "ALL", "includeExecutionData": true,
        "destinations": [{ "cloudWatchLogsLogGroup": { "logGroupArn": GROUP } }] });
    bench.create_with(&wait, json!({ "loggingConfiguration": logging })).await;
    bench.ok("StartExecution", json!({ "stateMachineArn": MACHINE })).await;
    let told = |bench: &Bench| {
        bench.world.log.lock().unwrap().iter().map(|(_, line)| line["type"].clone()).collect::<Vec<_>>()
    };
    for _ in 0..200 {
        bench.states.deliver("us-east-1", "/aws/vendedlogs/states/other");
        bench.states.deliver("eu-west-1", "/aws/vendedlogs/states/m");
        assert_eq!(told(&bench), [""; 0], "nobody reads this group");
        if bench
            .states
            .engine
            .registry
            .state()
            .executions
            .values()
            .all(|one| one.last_event.load(Ordering::Acquire) == 2)
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench.states.deliver("us-east-1", "/aws/vendedlogs/states/m");
    assert_eq!(told(&bench), ["ExecutionStarted", "WaitStateEntered"]);
    bench.states.deliver("us-east-1", "/aws/vendedlogs/states/m");
    assert_eq!(told(&bench).len(), 2, "each once");
}

#[tokio::test]
async fn a_running_execution_keeps_the_definition_it_was_started_with() {
    let bench = bench_on(Store::open(None).unwrap(), TimeMode::Real);
    let wait = machine(&json!({ "W": { "Type": "Wait", "Seconds": 3600, "End": true } }));
    bench.create(&wait).await;
    let started = bench.ok("StartExecution", json!({ "stateMachineArn": MACHINE })).await;
    let updated =
        bench.ok("UpdateStateMachine", json!({ "stateMachineArn": MACHINE, "definition": pass().to_string() })).await;
    let described = bench.ok("DescribeStateMachine", json!({ "stateMachineArn": MACHINE })).await;
    assert_eq!(
        (&described["revisionId"], &described["definition"]),
        (&updated["revisionId"], &json!(pass().to_string()))
    );
    let arn = json!({ "executionArn": started["executionArn"] });
    assert_eq!(bench.ok("DescribeStateMachineForExecution", arn).await["definition"], wait.to_string());
    assert_eq!(
        bench.fault("UpdateStateMachine", json!({ "stateMachineArn": MACHINE })).await.code,
        "MissingRequiredParameter"
    );
}

#[tokio::test]
async fn executions_that_left_memory_are_still_described_listed_and_told() {
    let bench = bench_on(Store::open(None).unwrap(), TimeMode::Real);
    bench.create(&machine(&json!({ "Done": { "Type": "Pass", "End": true } }))).await;
    bench.states.engine.registry.state().finished.most = 16 * 1024;
    let mut arns = Vec::new();
    for number in 0..40 {
        arns.push(bench.run(json!(number)).await["executionArn"].clone());
    }
    for _ in 0..200 {
        if bench.states.engine.registry.state().executions.len() < 12 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(bench.states.engine.registry.state().executions.len() < 12, "the oldest leave");
    let check = async |bench: &Bench| {
        let first = bench.ok("DescribeExecution", json!({ "executionArn": arns[0] })).await;
        assert_eq!((&first["status"], &first["output"]), (&json!("SUCCEEDED"), &json!("0")));
        let told = bench.history(&arns[0]).await;
        assert_eq!(types(&told), ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]);
        let (mut listed, mut next) = (Vec::new(), Value::Null);
        loop {
            let mut input = json!({ "stateMachineArn": MACHINE, "maxResults": 7, "statusFilter": "SUCCEEDED" });
            if next.is_string() {
                input["nextToken"] = next;
            }
            let page = bench.ok("ListExecutions", input).await;
            listed.extend(page["executions"].as_array().unwrap().iter().map(|item| item["executionArn"].clone()));
            next = page["nextToken"].clone();
            if next.is_null() {
                break;
            }
        }
        assert!(listed.iter().eq(arns.iter().rev()), "the newest first, each once");
        let name = arns[0].as_str().unwrap().rsplit(':').next().unwrap();
        let again = json!({ "stateMachineArn": MACHINE, "name": name, "input": "1" });
        assert_eq!(bench.fault("StartExecution", again).await.code, "ExecutionAlreadyExists");
    };
    check(&bench).await;
    let reopened = bench_on(bench.deps.store.clone(), TimeMode::Real);
    check(&reopened).await;
    reopened.ok("DeleteStateMachine", json!({ "stateMachineArn": MACHINE })).await;
    reopened.create(&machine(&json!({ "Done": { "Type": "Pass", "End": true } }))).await;
    let list = reopened.ok("ListExecutions", json!({ "stateMachineArn": MACHINE })).await;
    assert_eq!(list["executions"], json!([]));
    assert_eq!(
        reopened.fault("DescribeExecution", json!({ "executionArn": arns[0] })).await.code,
        "ExecutionDoesNotExist"
    );
}

#[tokio::test]
async fn executions_that_were_over_long_ago_are_forgotten() {
    let bench = bench_on(Store::open(None).unwrap(), TimeMode::Real);
    bench.create(&machine(&json!({ "Done": { "Type": "Pass", "End": true } }))).await;
    let arn = bench.run(json!(1)).await["executionArn"].clone();
    let (registry, now) = (&bench.states.engine.registry, bench.deps.clock.now_ms());
    let listed = async || bench.ok("ListExecutions", json!({ "stateMachineArn": MACHINE })).await["executions"].clone();
    registry.expire(now + 3_500_000);
    bench.deps.store.flush().await;
    assert_eq!((listed().await.as_array().unwrap().len(), bench.history(&arn).await.len()), (1, 4));
    registry.expire(now + 3_700_000);
    bench.deps.store.flush().await;
    assert_eq!(listed().await, json!([]));
    for operation in ["DescribeExecution", "GetExecutionHistory"] {
        assert_eq!(bench.fault(operation, json!({ "executionArn": arn })).await.code, "ExecutionDoesNotExist");
    }
}

#[tokio::test]
async fn long_histories_are_complete_in_either_direction() {
    let bench = bench();
    let count = json!({ "Type": "Pass", "Parameters": { "n.$": "States.MathAdd($.n, 1)" }, "Next": "Enough" });
    let enough = json!({ "Type": "Choice", "Default": "Done",
        "Choices": [{ "Variable": "$.n", "NumericLessThan": 700, "Next": "Count" }] });
    bench.create(&machine(&json!({ "Count": count, "Enough": enough, "Done": { "Type": "Succeed" } }))).await;
    let arn = bench.run(json!({ "n": 0 })).await["executionArn"].clone();
    for reverse in [false, true] {
        let (mut ids, mut next) = (Vec::new(), Value::Null);
        loop {
            let mut input = json!({ "executionArn": arn, "maxResults": 300, "reverseOrder": reverse });
            if next.is_string() {
                input["nextToken"] = next;
            }
            let page = bench.ok("GetExecutionHistory", input).await;
            ids.extend(page["events"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()));
            next = page["nextToken"].clone();
            if next.is_null() {
                break;
            }
        }
        if reverse {
            ids.reverse();
        }
        assert!(ids.iter().copied().eq(1..=2804), "{:?}", ids.len());
    }
}

#[tokio::test]
async fn definitions_are_validated_with_diagnostics() {
    let bench = bench();
    let good = bench.ok("ValidateStateMachineDefinition", json!({ "definition": pass().to_string() })).await;
    assert_eq!(good, json!({ "result": "OK", "diagnostics": [], "truncated": false }));
    let bad = bench.ok("ValidateStateMachineDefinition", json!({ "definition": "{}" })).await;
    assert_eq!((&bad["result"], &bad["diagnostics"][0]["severity"]), (&json!("FAIL"), &json!("ERROR")));
}

#[tokio::test]
async fn what_is_not_offered_answers_501_by_name() {
    let bench = bench();
    let fault = bench.fault("PublishStateMachineVersion", json!({})).await;
    assert_eq!((fault.status, fault.message.contains("states:PublishStateMachineVersion")), (501, true));
    let definition = task("arn:aws:states:::aws-sdk:sfn:makeCoffee", &json!({})).to_string();
    let fault =
        bench.fault("CreateStateMachine", json!({ "name": "m", "definition": definition, "roleArn": ROLE })).await;
    assert_eq!(fault.code, "InvalidDefinition");
    assert!(fault.message.contains("aws-sdk:sfn:makeCoffee is not recognized"), "{}", fault.message);
}

#[tokio::test]
async fn tags_and_machines_are_listed() {
    let bench = bench();
    bench.create(&pass()).await;
    let arn = json!({ "resourceArn": MACHINE });
    bench.ok("TagResource", json!({ "resourceArn": MACHINE, "tags": [{ "key": "k", "value": "v" }] })).await;
    assert_eq!(bench.ok("ListTagsForResource", arn.clone()).await, json!({ "tags": [{ "key": "k", "value": "v" }] }));
    bench.ok("UntagResource", json!({ "resourceArn": MACHINE, "tagKeys": ["k", "z"] })).await;
    assert_eq!(bench.ok("ListTagsForResource", arn).await, json!({ "tags": [] }));
    for name in ["a", "z"] {
        bench
            .ok("CreateStateMachine", json!({ "name": name, "definition": pass().to_string(), "roleArn": ROLE }))
            .await;
    }
    let first = bench.ok("ListStateMachines", json!({ "maxResults": 2 })).await;
    let rest = bench.ok("ListStateMachines", json!({ "nextToken": first["nextToken"] })).await;
    assert_eq!((first["stateMachines"].as_array().unwrap().len(), &rest["stateMachines"][0]["name"]), (2, &json!("z")));
}

#[tokio::test]
async fn a_child_is_stopped_with_its_parent() {
    let bench = bench_on(Store::open(None).unwrap(), TimeMode::Real);
    bench.create(&machine(&json!({ "W": { "Type": "Wait", "Seconds": 3600, "End": true } }))).await;
    let parameters = json!({ "StateMachineArn": MACHINE, "Name": "child" });
    let parent = task("arn:aws:states:::states:startExecution.sync", &parameters).to_string();
    let created = bench.ok("CreateStateMachine", json!({ "name": "p", "definition": parent, "roleArn": ROLE })).await;
    let started = bench.ok("StartExecution", json!({ "stateMachineArn": created["stateMachineArn"] })).await;
    while bench.history(&started["executionArn"]).await.len() < 5 {
        tokio::task::yield_now().await;
    }
    bench.ok("StopExecution", json!({ "executionArn": started["executionArn"] })).await;
    let child = bench.over("arn:aws:states:us-east-1:000000000000:execution:m:child").await;
    assert_eq!(child["status"], "ABORTED");
}

/// The same call from somebody else.
pub(super) fn by(caller: Caller, call: Call) -> Call {
    Call { caller, ..call }
}
