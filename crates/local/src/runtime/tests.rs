//! Real handlers in real processes.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::zygote::Confinement;
use super::{Function, Ran, Runtime, RuntimeError};

pub(super) const ID: &str = "11111111-2222-4333-8444-555555555555";

/// A function with this code, and the folder that holds it.
pub(super) fn function(code: &str) -> (Function, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::File::create(folder.path().join("app.py")).unwrap().write_all(code.as_bytes()).unwrap();
    let function = Function {
        arn: "arn:aws:lambda:us-east-1:000000000000:function:f".into(),
        name: "f".into(),
        version: "$LATEST".into(),
        revision: "1".into(),
        handler: "app.handler".into(),
        memory_mb: 128,
        timeout: Duration::from_secs(10),
        log_group: "/aws/lambda/f".into(),
        code: folder.path().to_owned(),
        region: "us-east-1".into(),
        runtime: "python3.13".into(),
        environment: Arc::new([("GREETING".to_owned(), "grüß dich".to_owned())].into()),
        endpoint_url: "http://127.0.0.1:1".into(),
        wants_boto3: false,
        keys: Arc::new(|| ("AKID".into(), "secret".into(), "token".into())),
        stream: Arc::new(|| "2026/01/01/[$LATEST]0".into()),
    };
    (function, folder)
}

async fn run(code: &str, event: Value) -> Ran {
    let (function, _folder) = function(code);
    let runtime = Runtime::new(None);
    let ran = runtime.run(&function, ID, event.to_string().as_bytes()).await.unwrap();
    runtime.shutdown().await;
    ran
}

pub(super) fn payload(ran: &Ran) -> Value {
    serde_json::from_slice(&ran.payload).unwrap()
}

#[tokio::test]
async fn a_handler_gets_its_event_and_lambdas_environment() {
    let ran = run(
        "import os, json\n\
         def handler(event, context):\n\
         \x20   print('hello', event['name'])\n\
         \x20   return {'environment': dict(os.environ), 'id': context.aws_request_id, 'memory': context.memory_limit_in_mb,\n\
         \x20           'left': context.get_remaining_time_in_millis(), 'file': __file__, 'cwd': os.getcwd()}\n",
        json!({ "name": "Zoë 🎓" }),
    )
    .await;
    let payload = payload(&ran);
    assert_eq!(ran.lines, ["hello Zoë 🎓"]);
    assert_eq!(payload["id"], ID);
    assert_eq!(payload["memory"], "128");
    assert!((9000..=10_000).contains(&payload["left"].as_i64().unwrap()), "{payload}");
    let environment = payload["environment"].as_object().unwrap();
    assert_eq!(environment["GREETING"], "grüß dich");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "f");
    assert_eq!(environment["AWS_SESSION_TOKEN"], "token");
    assert_eq!(environment["LAMBDA_TASK_ROOT"], payload["cwd"]);
    assert_eq!(payload["file"], json!(format!("{}/app.py", payload["cwd"].as_str().unwrap())));
    assert!(!environment.contains_key("CARGO_MANIFEST_DIR"), "the host's environment leaks");
}

#[tokio::test]
async fn a_package_may_call_its_modules_as_the_runtime_calls_its_own() {
    let runtime = Runtime::new(None);
    for name in ["worker", "answer", "temporary", "confine", "zygote"] {
        let (mut function, folder) = function("");
        let code =
            format!("import json\ndef handler(event, context):\n    return {{'own': '{name}', 'event': event}}\n");
        let mut file = std::fs::File::create(folder.path().join(format!("{name}.py"))).unwrap();
        file.write_all(code.as_bytes()).unwrap();
        function.arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{name}");
        function.handler = format!("{name}.handler");
        let ran = runtime.run(&function, ID, b"{\"a\": 1}").await.unwrap();
        assert_eq!(payload(&ran), json!({ "own": name, "event": { "a": 1 } }));
        // A second request, and an error, are answered by the runtime as ever.
        let again = runtime.run(&function, ID, b"no json").await.unwrap();
        assert_eq!(payload(&again)["errorType"], "Runtime.UnmarshalError");
    }
    runtime.shutdown().await;
}

#[tokio::test]
async fn the_hosts_environment_is_not_in_proc_either() {
    let (function, _folder) = function(
        "def handler(event, context):\n\
         \x20   try: above = open('/proc/%d/environ' % __import__('os').getppid()).read()\n\
         \x20   except OSError: above = ''\n\
         \x20   return open('/proc/self/environ').read() + above\n",
    );
    let runtime = Runtime::new(None).confined(Confinement::Nothing);
    let environment = payload(&runtime.run(&function, ID, b"{}").await.unwrap());
    assert!(!environment.as_str().unwrap().contains("CARGO"), "{environment}");
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_worker_has_its_own_descriptors_and_no_others() {
    let _listening = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ran = run(
        "import os\ndef handler(event, context):\n    names = os.listdir('/proc/self/fd')\n    \
         return [os.readlink('/proc/self/fd/' + name) for name in names if os.path.exists('/proc/self/fd/' + name)]\n",
        json!({}),
    )
    .await;
    let payload = payload(&ran);
    let sockets = payload.as_array().unwrap().iter().filter(|name| name.as_str().unwrap().starts_with("socket:"));
    // Standard output and error are one connection, the requests the other.
    assert_eq!(sockets.count(), 3, "{payload}");
}

#[tokio::test]
async fn a_raised_exception_is_reported_as_lambda_does() {
    let ran = run(
        "class OrderError(Exception):\n    pass\ndef handler(event, context):\n    raise OrderError('no such order: ü')\n",
        json!({}),
    )
    .await;
    assert!(ran.failed);
    let payload = payload(&ran);
    assert_eq!(payload["errorType"], "OrderError");
    assert_eq!(payload["errorMessage"], "no such order: ü");
    assert_eq!(payload["requestId"], ID);
    let trace = payload["stackTrace"].as_array().unwrap();
    assert_eq!(trace.len(), 1);
    assert!(
        trace[0].as_str().unwrap().starts_with("  File \"/var/task/app.py\", line 4, in handler\n    raise"),
        "{trace:?}"
    );
    assert!(ran.lines[0].starts_with("[ERROR] OrderError: no such order: ü\nTraceback"), "{:?}", ran.lines);
}

#[tokio::test]
async fn what_is_wrong_with_the_package_has_lambdas_names() {
    for (code, handler, kind, message) in [
        (
            "import nothing_like_it\n",
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'nothing_like_it'",
        ),
        ("", "other.handler", "Runtime.ImportModuleError", "Unable to import module 'other': No module named 'other'"),
        ("", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("def handler(:\n", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': "),
        ("", "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler': "),
        ("raise ValueError('at load')\n", "app.handler", "ValueError", "at load"),
        (
            "import os\nos._exit(5)\n",
            "app.handler",
            "Runtime.ExitError",
            "RequestId: 11111111-2222-4333-8444-555555555555 Error: Runtime exited with error: exit status 5",
        ),
        (
            "import pip\n",
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'pip'",
        ),
    ] {
        let (mut function, _folder) = function(code);
        function.handler = handler.into();
        let runtime = Runtime::new(None);
        for _ in 0..2 {
            let ran = runtime.run(&function, ID, b"{}").await.unwrap();
            assert!(ran.failed);
            assert_eq!(payload(&ran)["errorType"], kind, "{code}");
            assert!(payload(&ran)["errorMessage"].as_str().unwrap().starts_with(message), "{ran:?}");
        }
    }
}

#[tokio::test]
async fn a_result_that_is_no_json_is_a_marshal_error() {
    let ran = run("def handler(event, context):\n    return {'when': {1, 2}}\n", json!({})).await;
    assert_eq!(payload(&ran)["errorType"], "Runtime.MarshalError");
    assert_eq!(
        payload(&ran)["errorMessage"],
        "Unable to marshal response: Object of type set is not JSON serializable"
    );
}

#[tokio::test]
async fn time_runs_out() {
    let (mut function, _folder) = function(
        "import time\ndef handler(event, context):\n    print('begun')\n    time.sleep(60 if event else 0)\n    return 'ok'\n",
    );
    function.timeout = Duration::from_millis(300);
    let runtime = Runtime::new(None);
    let ran = runtime.run(&function, ID, b"1").await.unwrap();
    assert_eq!(payload(&ran)["errorType"], "Sandbox.Timedout");
    assert_eq!(payload(&ran)["errorMessage"], format!("RequestId: {ID} Error: Task timed out after 0.30 seconds"));
    assert_eq!(ran.lines, ["begun".to_owned(), format!("{ID} Task timed out after 0.30 seconds")]);
    let next = runtime.run(&function, ID, b"0").await.unwrap();
    assert_eq!(payload(&next), json!("ok"), "the next request gets a fresh worker");
    assert!(next.init_ms.is_some());
}

#[tokio::test]
async fn a_process_that_exits_or_dies_fails_its_request_only() {
    let (function, _folder) = function(
        "import os, sys, signal\n\
         def handler(event, context):\n\
         \x20   print('about to', event, flush=True)\n\
         \x20   if event == 'exit': sys.exit(3)\n\
         \x20   if event == '_exit': os._exit(4)\n\
         \x20   if event == 'kill': os.kill(os.getpid(), signal.SIGKILL)\n\
         \x20   if event == 'memory': return len(bytearray(4 << 30))\n\
         \x20   return os.getpid()\n",
    );
    let runtime = Runtime::new(None);
    for (event, kind, message) in [
        ("exit", "Runtime.ExitError", "exit status 3"),
        ("_exit", "Runtime.ExitError", "exit status 4"),
        ("kill", "Runtime.ExitError", "signal: killed"),
        ("memory", "Runtime.OutOfMemory", "signal: killed"),
    ] {
        let ran = runtime.run(&function, ID, json!(event).to_string().as_bytes()).await.unwrap();
        assert_eq!(payload(&ran)["errorType"], kind, "{event}: {ran:?}");
        let expected = format!("RequestId: {ID} Error: Runtime exited with error: {message}");
        assert_eq!(payload(&ran)["errorMessage"], expected);
        assert_eq!(ran.lines[0], format!("about to {event}"));
        let next = runtime.run(&function, ID, b"0").await.unwrap();
        assert!(!next.failed);
    }
}

#[tokio::test]
async fn a_worker_that_died_while_idle_is_not_used() {
    let (function, _folder) = function("import os\ndef handler(event, context):\n    return os.getpid()\n");
    let runtime = Runtime::new(None).confined(Confinement::Nothing);
    let first = payload(&runtime.run(&function, ID, b"0").await.unwrap());
    let again = payload(&runtime.run(&function, ID, b"0").await.unwrap());
    assert_eq!(first, again, "a warm worker is used again");
    let pid = rustix::process::Pid::from_raw(i32::try_from(first.as_i64().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let mut next = runtime.run(&function, ID, b"0").await.unwrap();
    if next.failed {
        // The end was not heard of yet: the request failed as one that meets a crash does.
        assert_eq!(payload(&next)["errorType"], "Runtime.ExitError");
        next = runtime.run(&function, ID, b"0").await.unwrap();
    }
    assert_ne!(payload(&next), first);
}

#[tokio::test]
async fn nothing_outlives_the_runtime() {
    let (function, _folder) = function(
        "import os, subprocess\n\
         def handler(event, context):\n\
         \x20   child = subprocess.Popen(['sleep', '600'])\n\
         \x20   return [os.getpid(), os.getppid(), child.pid]\n",
    );
    let runtime = Runtime::new(None).confined(Confinement::Nothing);
    let ran = runtime.run(&function, ID, b"0").await.unwrap();
    runtime.shutdown().await;
    all_gone(&payload(&ran)).await;
    assert!(matches!(runtime.run(&function, ID, b"0").await, Err(RuntimeError::Stopping)));
}

/// Names the file that the handler of `holds_a_handler` writes its processes to.
const PIDS: &str = "LABCTL_TEST_PIDS";

#[tokio::test]
#[ignore = "is started, and killed, by the test below"]
async fn holds_a_handler() {
    let (function, _folder) = function(
        "import os, subprocess\n\
         def handler(event, context):\n\
         \x20   with open(event + '.new', 'w') as file: file.write('[%d, %d, %d]' % (os.getpid(), os.getppid(), subprocess.Popen(['sleep', '60']).pid))\n\
         \x20   os.rename(event + '.new', event)\n\
         \x20   while True: pass\n",
    );
    let event = json!(std::env::var_os(PIDS).unwrap().to_str()).to_string();
    Runtime::new(None).confined(Confinement::Nothing).run(&function, ID, event.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_handler_at_work_does_not_outlive_an_endpoint_that_is_killed() {
    // Not below `/tmp`, which is the worker's own; and root's handlers are another user's.
    let folder = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let file = folder.path().join("pids");
    let mut endpoint = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "runtime::tests::holds_a_handler"])
        .env(PIDS, &file)
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    while !file.exists() {
        assert!(endpoint.try_wait().unwrap().is_none(), "it ended before its handler began");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    endpoint.kill().await.unwrap();
    all_gone(&serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()).await;
}

/// Waits until the processes are gone.
async fn all_gone(pids: &Value) {
    for pid in pids.as_array().unwrap() {
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid.as_i64().unwrap()).unwrap()).unwrap();
        let mut gone = false;
        for _ in 0..500 {
            gone = rustix::process::test_kill_process(pid).is_err() || is_zombie(pid);
            if gone {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(gone, "process {pid:?} is left");
    }
}

/// Killed, but its parent (pid 1 of a container, perhaps) has not reaped it.
fn is_zombie(pid: rustix::process::Pid) -> bool {
    std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
        .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

#[tokio::test]
async fn large_events_answers_and_floods_of_output_pass() {
    let (function, _folder) = function(
        "import sys\n\
         def handler(event, context):\n\
         \x20   for i in range(100000): print('line', i, 'of a flood that is longer than any pipe')\n\
         \x20   return event\n",
    );
    let runtime = Runtime::new(None);
    let event = json!("ü".repeat(1 << 20)).to_string();
    let ran = runtime.run(&function, ID, event.as_bytes()).await.unwrap();
    assert_eq!(ran.payload, event.as_bytes());
    assert!(ran.lines.last().unwrap().contains("more were dropped"), "{:?}", ran.lines.last());
    assert_eq!(ran.lines[0], "line 0 of a flood that is longer than any pipe");
}

#[tokio::test]
async fn an_answer_over_six_megabytes_is_refused() {
    let ran = run("def handler(event, context):\n    return 'x' * 7000000\n", json!({})).await;
    assert_eq!(payload(&ran)["errorType"], "Function.ResponseSizeTooLarge");
}

#[tokio::test]
async fn logging_has_lambdas_format() {
    let ran = run(
        "import logging\nlog = logging.getLogger()\nlog.setLevel(logging.INFO)\n\
         def handler(event, context):\n    log.info('stock %d', 3)\n",
        json!({}),
    )
    .await;
    assert_eq!(ran.payload, b"null");
    let line = &ran.lines[0];
    assert!(line.starts_with("[INFO]\t20") && line.ends_with(&format!("Z\t{ID}\tstock 3")), "{line}");
}

#[tokio::test]
async fn requests_beyond_the_limit_wait_for_their_turn() {
    let (function, _folder) = function("def handler(event, context):\n    return event\n");
    let runtime = Runtime::new(None);
    let requests = (0..100).map(|number| {
        let (runtime, function) = (&runtime, &function);
        async move { payload(&runtime.run(function, ID, number.to_string().as_bytes()).await.unwrap()) }
    });
    let answers = futures::future::join_all(requests).await;
    assert_eq!(answers, (0..100).map(|number| json!(number)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_missing_python_is_named() {
    let (function, _folder) = function("");
    let runtime = Runtime::new(Some(std::path::Path::new("/nowhere/python3")));
    let error = runtime.run(&function, ID, b"{}").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot run handlers: `/nowhere/python3` was not found; install python3 (3.9 or later) or put it on the path"
    );
}

#[tokio::test]
async fn something_else_called_python_is_named() {
    let (function, _folder) = function("");
    let runtime = Runtime::new(Some(std::path::Path::new("/bin/false")));
    let error = runtime.run(&function, ID, b"{}").await.unwrap_err();
    assert_eq!(error.to_string(), "cannot run handlers: `/bin/false` did not start: it ended without a word");
}

#[tokio::test]
async fn handlers_that_wait_do_not_keep_others_from_starting() {
    // Each waits until all forty are there, which eight at a time would never be.
    let meeting = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = meeting.local_addr().unwrap().port();
    let met = std::thread::spawn(move || (0..40).map(|_| meeting.accept().unwrap().0).collect::<Vec<_>>().len());
    let (mut function, _folder) = function(
        "import socket\n\
         def handler(event, context):\n\
         \x20   socket.create_connection(('127.0.0.1', event['port'])).recv(1)\n\
         \x20   return event['name']\n",
    );
    function.timeout = Duration::from_mins(1);
    let runtime = Runtime::new(None);
    let all = (0..40).map(|number| {
        let event = json!({ "port": port, "name": number.to_string() }).to_string();
        let (runtime, function) = (&runtime, &function);
        async move { runtime.run(function, ID, event.as_bytes()).await.unwrap() }
    });
    let all = futures::future::join_all(all).await;
    assert!(all.iter().all(|ran| !ran.failed), "{:?}", all.iter().find(|ran| ran.failed));
    assert_eq!(met.join().unwrap(), 40);
    runtime.shutdown().await;
}

/// Answers each request with the next of these and gives what was asked.
async fn fake_aws(answers: Vec<(u16, Value)>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let mut asked = Vec::new();
        for (status, answer) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            while !request.ends_with(b"}") {
                let count = stream.read(&mut piece).await.unwrap();
                request.extend_from_slice(&piece[..count]);
            }
            asked.push(String::from_utf8(request).unwrap());
            let body = answer.to_string();
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).await.unwrap();
        }
        asked
    });
    (url, asked)
}

/// Hides the host's own boto3, so that ours is found.
const WITHOUT_BOTO3: &str =
    "import sys\nsys.meta_path = [one for one in sys.meta_path if type(one).__name__ != 'RuntimePackages']\n";

#[tokio::test]
async fn the_stand_in_for_boto3_answers_task_tokens_signed() {
    let late = json!({ "__type": "TaskTimedOut", "message": "Task Timed Out: 'Provided task does not exist anymore'" });
    let started = json!({ "executionArn": "arn", "startDate": 1_767_225_600.5 });
    let (url, asked) = fake_aws(vec![(200, json!({})), (400, late), (200, started)]).await;
    let (mut function, _folder) = function(&format!(
        "{WITHOUT_BOTO3}\
         import boto3\n\
         from botocore.exceptions import ClientError\n\
         client = boto3.client('stepfunctions')\n\
         def handler(event, context):\n\
         \x20   client.send_task_success(taskToken='T', output='{{}}')\n\
         \x20   try: client.send_task_heartbeat(taskToken='T')\n\
         \x20   except client.exceptions.TaskTimedOut as error: late = [str(error), isinstance(error, ClientError), error.response['Error']['Code']]\n\
         \x20   return late + [client.start_execution(stateMachineArn='m')['startDate'].isoformat(), boto3.__version__]\n",
    ));
    function.endpoint_url = url;
    let runtime = Runtime::new(None);
    let ran = runtime.run(&function, ID, b"{}").await.unwrap();
    let words = "An error occurred (TaskTimedOut) when calling the SendTaskHeartbeat operation: \
                 Task Timed Out: 'Provided task does not exist anymore'";
    let expected = json!([words, true, "TaskTimedOut", "2026-01-01T00:00:00.500000+00:00", "0.0.0+standin"]);
    assert_eq!(payload(&ran), expected, "{ran:?}");
    let asked = asked.await.unwrap();
    assert!(asked[0].contains("x-amz-target: AWSStepFunctions.SendTaskSuccess\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("x-amz-security-token: token\r\n"), "{}", asked[0]);
    let scope = "/us-east-1/states/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=";
    assert!(
        asked[0].contains("authorization: AWS4-HMAC-SHA256 Credential=AKID/") && asked[0].contains(scope),
        "{}",
        asked[0]
    );
}

#[tokio::test]
async fn what_the_stand_in_lacks_it_names() {
    let (function, _folder) = function(&format!(
        "{WITHOUT_BOTO3}\
         import boto3\n\
         def handler(event, context):\n\
         \x20   words = []\n\
         \x20   for lacking in ('client(\"s3\")', 'resource(\"s3\")', 'client(\"sqs\").list_queues()', 'dynamodb', 'client(\"sqs\").send_message(QueueUrl=1)'):\n\
         \x20       try: eval('boto3.' + lacking)\n\
         \x20       except Exception as error: words.append(str(error))\n\
         \x20   return words\n",
    ));
    let ran = Runtime::new(None).run(&function, ID, b"{}").await.unwrap();
    let words: Vec<String> = serde_json::from_slice(&ran.payload).unwrap();
    let names = ["boto3.client('s3')", "boto3.resource('s3')", "boto3.client('sqs').list_queues", "boto3.dynamodb"];
    for (words, name) in words.iter().zip(names) {
        assert!(words.contains(&format!("does not have {name}; ")) && words.ends_with("pip install boto3"), "{words}");
    }
    assert!(words[4].contains("Missing required parameter in input: \"MessageBody\""), "{}", words[4]);
}
