//! The service over real handlers, with IAM, Logs and CloudWatch faked.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::LambdaService;
use crate::clock::{Clock, TimeMode};
use crate::service::{Authority, Deps, Invoker as _, LogSink, MetricSink, QueueSink, Service as _, TagSource as _};
use crate::store::Store;
use crate::wire::{Answer, AnswerBody, Call, Caller, Fault};

const ROLE: &str = "arn:aws:iam::000000000000:role/LabRole";

/// A zip, base64, as `ZipFile` carries it.
pub(super) fn zip(files: &[(&str, &str)]) -> String {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    STANDARD.encode(writer.finish().unwrap().into_inner())
}

/// Remembers what it is told; refuses the actions in `denied`; trusts `ROLE` only.
#[derive(Default)]
struct World {
    denied: Mutex<Vec<String>>,
    log: Mutex<Vec<(String, String)>>,
    metrics: Mutex<Vec<(String, f64)>>,
}

impl Authority for World {
    fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), String> {
        if matches!(caller, Caller::Root) || !self.denied.lock().unwrap().iter().any(|denied| denied == action) {
            return Ok(());
        }
        Err(format!("not authorized to perform: {action} on resource: {resource}"))
    }

    fn may_assume(&self, role_arn: &str, principal: &str, _: &str) -> bool {
        role_arn == ROLE && principal == "lambda.amazonaws.com"
    }

    fn temporary_keys(&self, _: &str, _: &str) -> (String, String, String) {
        ("ASIA".into(), "secret".into(), "token".into())
    }
}

impl LogSink for World {
    fn has_group(&self, _: &str, _: &str) -> bool {
        true
    }

    fn write(&self, _: &str, group: &str, _: &str, messages: Vec<(i64, String)>, _: bool) {
        self.log.lock().unwrap().extend(messages.into_iter().map(|(_, text)| (group.to_owned(), text)));
    }
}

impl MetricSink for World {
    fn record(&self, _: &str, _: &str, metric: &str, _: &[(&str, &str)], _: i64, value: f64, _: &str) {
        self.metrics.lock().unwrap().push((metric.to_owned(), value));
    }
}

impl QueueSink for World {
    fn send(&self, _: &str, _: &Caller, _: &Value) -> Result<Value, Fault> {
        Ok(Value::Null)
    }
}

struct Bench {
    lambda: Arc<LambdaService>,
    world: Arc<World>,
    deps: Deps,
    _folder: tempfile::TempDir,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::default());
    let deps = Deps {
        clock: Clock::new(TimeMode::Real, 0),
        store: Store::open(None).unwrap(),
        folder: folder.path().to_owned(),
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
    Bench { lambda: LambdaService::new(&deps).unwrap(), world, deps, _folder: folder }
}

fn call(operation: &str, input: Value) -> Call {
    Call {
        service: "lambda",
        operation: operation.into(),
        region: "us-east-1".into(),
        caller: Caller::Root,
        input,
        payload: Vec::new(),
        headers: Vec::new(),
    }
}

fn create(name: &str, code: &str) -> Call {
    call(
        "CreateFunction",
        json!({
            "FunctionName": name, "Runtime": "python3.13", "Role": ROLE, "Handler": "app.handler",
            "Code": { "ZipFile": zip(&[("app.py", code)]) }, "Tags": { "Lab": "six" },
        }),
    )
}

fn members(answer: Answer) -> Value {
    match answer.body {
        AnswerBody::Members(members) => members,
        AnswerBody::Raw(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}

#[tokio::test]
async fn an_account_has_a_thousand_requests_at_a_time_where_quotas_are_published() {
    for published_limits in [false, true] {
        let bench = bench();
        let deps = Deps { published_limits, ..bench.deps.clone() };
        let invocations = super::invocations::Invocations::new(&deps, &Arc::new(crate::runtime::Runtime::new(None)));
        let held: Vec<_> = (0..1001).map(|_| invocations.count_in("us-east-1", "f")).collect();
        let refused = held.iter().filter(|count| count.is_err()).count();
        assert_eq!(refused, usize::from(published_limits), "{published_limits}");
    }
}

impl Bench {
    async fn ok(&self, call: Call) -> Value {
        members(self.lambda.call(call).await.unwrap())
    }

    async fn fault(&self, call: Call) -> Fault {
        self.lambda.call(call).await.unwrap_err()
    }

    async fn settled(&self, name: &str) -> Value {
        loop {
            let configuration = self.ok(call("GetFunctionConfiguration", json!({ "FunctionName": name }))).await;
            if configuration["LastUpdateStatus"] == "Successful" {
                return configuration;
            }
            tokio::time::sleep(super::function_store::SETTLING).await;
        }
    }
}

#[tokio::test]
async fn a_function_lives_from_pending_to_gone() {
    let bench = bench();
    let code = "def handler(event, context):\n    print('seen')\n    return event['n'] + 1\n";
    let made = bench.ok(create("f", code)).await;
    assert_eq!((&made["State"], &made["Timeout"], &made["MemorySize"]), (&json!("Pending"), &json!(3), &json!(128)));
    let early = bench.fault(call("UpdateFunctionConfiguration", json!({ "FunctionName": "f", "Timeout": 5 }))).await;
    assert_eq!((early.code.as_str(), early.status), ("ResourceConflictException", 409));
    assert!(early.message.ends_with("in the following state: Pending"), "{}", early.message);
    assert_eq!(bench.fault(create("f", code)).await.message, "Function already exist: f");
    assert_eq!(bench.settled("f").await["State"], "Active");

    let mut invoke = call("Invoke", json!({ "FunctionName": "f" }));
    invoke.payload = b"{\"n\": 41}".to_vec();
    invoke.headers = vec![("x-amz-log-type".into(), "Tail".into())];
    let answer = bench.lambda.call(invoke).await.unwrap();
    let header = |name: &str| answer.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    assert_eq!(answer.body, AnswerBody::Raw(b"42".to_vec()));
    let tail = String::from_utf8(STANDARD.decode(header("x-amz-log-result").unwrap()).unwrap()).unwrap();
    assert!(tail.starts_with("START RequestId: ") && tail.contains("\nseen\nEND RequestId: "), "{tail}");
    assert!(tail.contains("\tMemory Size: 128 MB\tMax Memory Used: ") && tail.contains("Init Duration"), "{tail}");
    assert_eq!(bench.world.log.lock().unwrap()[1], ("/aws/lambda/f".to_owned(), "seen\n".to_owned()));
    assert!(bench.world.metrics.lock().unwrap().contains(&("Errors".to_owned(), 0.0)));

    let code = zip(&[("app.py", "def handler(event, context):\n    raise KeyError('gone')\n")]);
    let changed = bench.ok(call("UpdateFunctionCode", json!({ "FunctionName": "f", "ZipFile": code }))).await;
    assert_eq!((&changed["State"], &changed["LastUpdateStatus"]), (&json!("Active"), &json!("InProgress")));
    let tags = json!({ "Resource": changed["FunctionArn"], "Tags": { "A": "b" } });
    let early = bench.fault(call("TagResource", tags.clone())).await;
    assert!(early.message.contains("An update is in progress for resource: arn:aws:lambda"), "{}", early.message);
    bench.settled("f").await;
    bench.lambda.call(call("TagResource", tags)).await.unwrap();
    let invoked = bench.lambda.invoke("us-east-1", &Caller::Root, "f", b"{}".to_vec()).await.unwrap();
    assert_eq!(invoked.function_error, Some("Unhandled"));
    assert_eq!(bench.lambda.all_tagged("us-east-1")[0].tags.len(), 2);
    let folders = || std::fs::read_dir(bench.deps.folder.join("lambda-code")).unwrap().count();
    assert_eq!(folders(), 1, "the old package is gone");
    let zips = || std::fs::read_dir(bench.deps.folder.join("lambda-zips")).unwrap().count();
    assert_eq!(zips(), 1, "and its zip");

    bench.lambda.call(call("DeleteFunction", json!({ "FunctionName": "f" }))).await.unwrap();
    assert_eq!((folders(), zips()), (0, 0));
    let gone = bench.fault(call("GetFunction", json!({ "FunctionName": "f" }))).await;
    assert_eq!(gone.message, "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f");
    assert_eq!((gone.code.as_str(), gone.status), ("ResourceNotFoundException", 404));
    bench.lambda.shutdown().await;
}

#[tokio::test]
async fn functions_survive_a_restart() {
    let bench = bench();
    bench.ok(create("f", "def handler(event, context):\n    return 'still here'\n")).await;
    bench.deps.store.flush().await;
    let again = LambdaService::new(&bench.deps).unwrap();
    let invoked = again.invoke("us-east-1", &Caller::Root, "f", b"{}".to_vec()).await.unwrap();
    assert_eq!(invoked.payload, b"\"still here\"");
    again.shutdown().await;
}

#[tokio::test]
async fn a_role_that_lambda_cannot_assume_is_refused() {
    let bench = bench();
    let mut create = create("f", "");
    create.input["Role"] = json!("arn:aws:iam::000000000000:role/other");
    let fault = bench.fault(create).await;
    assert_eq!(fault.code, "InvalidParameterValueException");
    assert_eq!(fault.message, "The role defined for the function cannot be assumed by Lambda.");
}

#[tokio::test]
async fn a_caller_without_permission_is_refused() {
    let bench = bench();
    bench.ok(create("f", "def handler(event, context):\n    pass\n")).await;
    bench.settled("f").await;
    bench.world.denied.lock().unwrap().push("lambda:InvokeFunction".into());
    let role = Caller::Role { role_arn: ROLE.into(), session: "x".into() };
    let fault = bench.lambda.invoke("us-east-1", &role, "f", b"{}".to_vec()).await.unwrap_err();
    assert_eq!((fault.code.as_str(), fault.status), ("AccessDeniedException", 403));
    assert!(bench.lambda.invoke("us-east-1", &Caller::Root, "f", b"{}".to_vec()).await.is_ok());
    bench.lambda.shutdown().await;
}

#[tokio::test]
async fn a_role_without_log_permissions_leaves_no_log() {
    let bench = bench();
    bench.ok(create("f", "def handler(event, context):\n    print('x')\n")).await;
    bench.settled("f").await;
    bench.world.denied.lock().unwrap().push("logs:PutLogEvents".into());
    bench.lambda.invoke("us-east-1", &Caller::Root, "f", b"{}".to_vec()).await.unwrap();
    assert!(bench.world.log.lock().unwrap().is_empty());
    bench.lambda.shutdown().await;
}

#[tokio::test]
async fn functions_are_listed_in_pages() {
    let bench = bench();
    for name in ["a", "b", "c"] {
        bench.ok(create(name, "")).await;
    }
    let first = bench.ok(call("ListFunctions", json!({ "MaxItems": "2" }))).await;
    assert_eq!(first["Functions"].as_array().unwrap().len(), 2);
    assert!(first["Functions"][0].get("State").is_none(), "a list leaves states out: {first}");
    let rest = bench.ok(call("ListFunctions", json!({ "Marker": first["NextMarker"] }))).await;
    assert_eq!(rest["Functions"][0]["FunctionName"], "c");
    assert!(rest.get("NextMarker").is_none());
}

#[tokio::test]
async fn what_is_not_offered_answers_501_by_name() {
    let bench = bench();
    let fault = bench.fault(call("PublishVersion", json!({ "FunctionName": "f" }))).await;
    assert_eq!((fault.status, fault.message.contains("lambda:PublishVersion")), (501, true));
    let mut create = create("f", "");
    create.input["Code"] = json!({ "S3Bucket": "b", "S3Key": "k" });
    assert!(bench.fault(create).await.message.contains("`S3Bucket`"));
}

#[tokio::test]
async fn an_event_that_is_no_json_is_refused_and_async_ones_run_later() {
    let bench = bench();
    bench.ok(create("f", "def handler(event, context):\n    print('ran', event)\n")).await;
    bench.settled("f").await;
    let mut invoke = call("Invoke", json!({ "FunctionName": "f" }));
    invoke.payload = b"{no json".to_vec();
    assert_eq!(bench.fault(invoke.clone()).await.code, "InvalidRequestContentException");
    invoke.payload = b"7".to_vec();
    invoke.headers = vec![("x-amz-invocation-type".into(), "Event".into())];
    assert_eq!(bench.lambda.call(invoke).await.unwrap().status, 202);
    for _ in 0..500 {
        if bench.world.log.lock().unwrap().iter().any(|(_, line)| line == "ran 7\n") {
            bench.lambda.shutdown().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the event was not handled");
}
