//! What the endpoint acknowledged is there after SIGKILL.
//!
//! Clients of every kind of work call a server until it is killed at a random moment; another one on the same store is then asked
//! for all that was acknowledged. `LABCTL_KILLS` sets how often (4), `LABCTL_SEED` the chance that picks the moments.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::harness::{Test, wait_until};
use crate::server::Server;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["states.amazonaws.com","lambda.amazonaws.com"]},"Action":"sts:AssumeRole"}]}"#;
const ANYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const ROLE: &str = "arn:aws:iam::000000000000:role/all";
const MACHINES: &str = "arn:aws:states:us-east-1:000000000000:stateMachine";
/// Messages of `asked` carry the tokens of executions that wait.
const WAITS: &str = r#"{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"QueueUrl":"http://127.0.0.1/000000000000/asked","MessageBody":{"token.$":"$$.Task.Token","name.$":"$$.Execution.Name"}},"End":true}}}"#;
const PASSES: &str = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#;

/// What the clients of one server were told.
#[derive(Default)]
struct Told {
    count: AtomicUsize,
    sent: Mutex<BTreeSet<String>>,
    /// Asked to be deleted, whether or not it was acknowledged.
    doomed: Mutex<BTreeSet<String>>,
    deleted: Mutex<BTreeSet<String>>,
    logged: Mutex<BTreeSet<String>>,
    started: Mutex<BTreeSet<String>>,
    /// Names of executions whose tokens were answered.
    answered: Mutex<BTreeSet<String>>,
    invoked: Mutex<BTreeSet<String>>,
    measured: AtomicUsize,
    measured_at_most: AtomicUsize,
}

impl Told {
    fn keep(&self, set: &Mutex<BTreeSet<String>>, what: String) {
        set.lock().unwrap().insert(what);
        self.count.fetch_add(1, Ordering::SeqCst);
    }
}

fn queue(name: &str) -> String {
    format!("http://x/000000000000/{name}")
}

fn prepare(server: &Server) {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for body in [
        format!("Action=CreateRole&RoleName=all&AssumeRolePolicyDocument={TRUST}"),
        format!("Action=PutRolePolicy&RoleName=all&PolicyName=p&PolicyDocument={ANYTHING}"),
    ] {
        server.send("iam", ("POST", "/"), &form, body.as_bytes());
    }
    for (name, definition) in [("waits", WAITS), ("passes", PASSES)] {
        let machine = json!({"name": name, "definition": definition, "roleArn": ROLE});
        server.call("states", "AWSStepFunctions.CreateStateMachine", &machine);
    }
    let echo = "def handler(event, context):\n    print('ran ' + event['id'])\n";
    let function = json!({"FunctionName": "echo", "Runtime": "python3.12", "Role": ROLE, "Handler": "m.handler",
        "Code": {"ZipFile": crate::account::zipped("m.py", echo)}});
    server.send("lambda", ("POST", "/2015-03-31/functions"), &[], function.to_string().as_bytes());
    wait_until("the function is active", || {
        let shown = server.send("lambda", ("GET", "/2015-03-31/functions/echo/configuration"), &[], b"");
        shown.contains(r#""State":"Active""#)
    });
    for group in ["g", "/aws/lambda/echo"] {
        server.call("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": group}));
    }
    server.call("sqs", "AmazonSQS.CreateQueue", &json!({"QueueName": "asked"}));
}

/// Calls until the server is gone.
fn work(server: &Server, told: &Told, round: usize) {
    let call = |service: &str, target: &str, input: Value| server.try_call(service, target, &input);
    let sqs = |operation: &str, input: Value| call("sqs", &format!("AmazonSQS.{operation}"), input);
    let states = |operation: &str, input: Value| call("states", &format!("AWSStepFunctions.{operation}"), input);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                let body = format!("{round}-{number}");
                let Some(_) = sqs("SendMessage", json!({"QueueUrl": queue(&format!("q{round}")), "MessageBody": body}))
                else {
                    return;
                };
                told.keep(&told.sent, body);
            }
        });
        scope.spawn(|| {
            loop {
                let asked = json!({"QueueUrl": queue(&format!("q{round}"))});
                let Some(received) = sqs("ReceiveMessage", asked) else { return };
                for message in received["Messages"].as_array().into_iter().flatten() {
                    let body = message["Body"].as_str().unwrap().to_owned();
                    told.doomed.lock().unwrap().insert(body.clone());
                    let delete =
                        json!({"QueueUrl": queue(&format!("q{round}")), "ReceiptHandle": message["ReceiptHandle"]});
                    let Some(_) = sqs("DeleteMessage", delete) else { return };
                    told.keep(&told.deleted, body);
                }
            }
        });
        scope.spawn(|| {
            for number in 0.. {
                let text = format!("{round}-{number}");
                let event = json!({"timestamp": jiff::Timestamp::now().as_millisecond(), "message": text});
                let put = json!({"logGroupName": "g", "logStreamName": round.to_string(), "logEvents": [event]});
                let Some(_) = call("logs", "Logs_20140328.PutLogEvents", put) else { return };
                told.keep(&told.logged, text);
            }
        });
        scope.spawn(|| {
            loop {
                for machine in ["passes", "waits"] {
                    let Some(begun) =
                        states("StartExecution", json!({"stateMachineArn": format!("{MACHINES}:{machine}")}))
                    else {
                        return;
                    };
                    told.keep(&told.started, begun["executionArn"].as_str().unwrap().to_owned());
                }
            }
        });
        scope.spawn(|| {
            loop {
                let Some(received) = sqs("ReceiveMessage", json!({"QueueUrl": queue("asked")})) else { return };
                for message in received["Messages"].as_array().into_iter().flatten() {
                    let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
                    let answer = json!({"taskToken": body["token"], "output": "{\"kept\": true}"});
                    // Tokens of an earlier server are refused; their executions have ended.
                    let Some(answered) = states("SendTaskSuccess", answer) else { return };
                    if answered.get("__type").is_none() {
                        told.keep(&told.answered, body["name"].as_str().unwrap().to_owned());
                    }
                    let delete = json!({"QueueUrl": queue("asked"), "ReceiptHandle": message["ReceiptHandle"]});
                    let Some(_) = sqs("DeleteMessage", delete) else { return };
                }
            }
        });
        scope.spawn(|| {
            loop {
                told.measured_at_most.fetch_add(1, Ordering::SeqCst);
                let datum = json!({"MetricName": format!("m{round}"), "Value": 1});
                let put = json!({"Namespace": "N", "MetricData": [datum]});
                let Some(_) = call("monitoring", "GraniteServiceVersion20100801.PutMetricData", put) else { return };
                told.measured.fetch_add(1, Ordering::SeqCst);
                told.count.fetch_add(1, Ordering::SeqCst);
            }
        });
        scope.spawn(|| {
            for number in 0.. {
                let id = format!("{round}-{number}");
                let event = json!({"id": id}).to_string();
                let path = "/2015-03-31/functions/echo/invocations";
                let headers = [("x-amz-invocation-type", "Event")];
                let Some(_) = server.try_send("lambda", ("POST", path), &headers, event.as_bytes()) else { return };
                told.keep(&told.invoked, id);
            }
        });
        scope.spawn(|| {
            // The server ends when so much was acknowledged, with much more under way.
            let moment = 1 + random(round) % 400;
            wait_until("enough is acknowledged", || told.count.load(Ordering::SeqCst) >= moment);
            server.strike();
        });
    });
}

/// A number that the seed and the round decide.
fn random(round: usize) -> usize {
    let seed: usize = std::env::var("LABCTL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(9);
    let mut state = (seed * 1000 + round) as u64 ^ 0x9E37_79B9_7F4A_7C15;
    for _ in 0..3 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    usize::try_from(state >> 33).unwrap()
}

/// All messages of a queue; they are hidden from now on.
fn drain(server: &Server, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let ask = json!({"QueueUrl": queue(name), "MaxNumberOfMessages": 10, "VisibilityTimeout": 3600});
        let received = server.call("sqs", "AmazonSQS.ReceiveMessage", &ask);
        let bodies = received["Messages"].as_array().into_iter().flatten();
        let before = found.len();
        found.extend(bodies.map(|message| message["Body"].as_str().unwrap().to_owned()));
        if found.len() == before {
            return found;
        }
    }
}

/// All messages of a log group.
fn logged(server: &Server, group: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut token = Value::Null;
    loop {
        let page =
            server.call("logs", "Logs_20140328.FilterLogEvents", &json!({"logGroupName": group, "nextToken": token}));
        found.extend(
            page["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap().trim().to_owned()),
        );
        token = page["nextToken"].clone();
        if token.is_null() {
            return found;
        }
    }
}

fn verify(server: &Server, told: &Told, round: usize) {
    let lost =
        |what: &str, missing: Vec<&String>| assert!(missing.is_empty(), "round {round}: lost {what}: {missing:?}");
    let there = drain(server, &format!("q{round}"));
    let (doomed, deleted) = (told.doomed.lock().unwrap(), told.deleted.lock().unwrap());
    lost(
        "messages",
        told.sent.lock().unwrap().iter().filter(|body| !doomed.contains(*body) && !there.contains(*body)).collect(),
    );
    lost("deletions", deleted.intersection(&there).collect());
    lost("log events", told.logged.lock().unwrap().difference(&logged(server, "g")).collect());
    let describe =
        |arn: &str| server.call("states", "AWSStepFunctions.DescribeExecution", &json!({"executionArn": arn}));
    for arn in told.started.lock().unwrap().iter() {
        let described = describe(arn);
        let status = described["status"].as_str().unwrap();
        let told_why = described["cause"] == "the local endpoint was stopped";
        assert!(status == "SUCCEEDED" || (status == "ABORTED" && told_why), "{described}");
    }
    for name in told.answered.lock().unwrap().iter() {
        let described = describe(&format!("{}:waits:{name}", MACHINES.replace("stateMachine", "execution")));
        assert!(described["status"] == "SUCCEEDED" && described["output"] == r#"{"kept":true}"#, "{described}");
    }
    let (at_least, at_most) = (told.measured.load(Ordering::SeqCst), told.measured_at_most.load(Ordering::SeqCst));
    let now = jiff::Timestamp::now().as_second();
    let ask = json!({"Namespace": "N", "MetricName": format!("m{round}"), "StartTime": now - 3600, "EndTime": now + 60,
        "Period": 3600, "Statistics": ["SampleCount"]});
    let answer = server.call("monitoring", "GraniteServiceVersion20100801.GetMetricStatistics", &ask);
    let counts = answer["Datapoints"].as_array().unwrap().iter().map(|point| point["SampleCount"].as_f64().unwrap());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of counts")]
    let count = counts.sum::<f64>() as usize;
    assert!((at_least..=at_most).contains(&count), "round {round}: {count} of {at_least} to {at_most} data");
    wait_until("all accepted invocations have run", || {
        let ran = logged(server, "/aws/lambda/echo");
        told.invoked.lock().unwrap().iter().all(|id| ran.contains(&format!("ran {id}")))
    });
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill_at_any_moment() {
    let kills: usize = std::env::var("LABCTL_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(4);
    let test = Test::empty();
    let mut server = Server::start(&test, &[]);
    prepare(&server);
    let mut totals = [0; 7];
    for round in 0..kills {
        let attributes = json!({"QueueName": format!("q{round}"), "Attributes": {"VisibilityTimeout": "0"}});
        server.call("sqs", "AmazonSQS.CreateQueue", &attributes);
        server.call(
            "logs",
            "Logs_20140328.CreateLogStream",
            &json!({"logGroupName": "g", "logStreamName": round.to_string()}),
        );
        let told = Told::default();
        work(&server, &told, round);
        server.kill();
        server = Server::start(&test, &[]);
        verify(&server, &told, round);
        let sets = [&told.sent, &told.deleted, &told.logged, &told.started, &told.answered, &told.invoked];
        for (total, set) in totals.iter_mut().zip(sets) {
            *total += set.lock().unwrap().len();
        }
        totals[6] += told.measured.load(Ordering::SeqCst);
    }
    assert!(
        totals.iter().all(|total| *total > 0),
        "sent, deleted, logged, started, answered, invoked, measured: {totals:?}"
    );
}
