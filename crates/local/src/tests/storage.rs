//! What was answered is there after the endpoint is started again.

use std::path::Path;

use serde_json::{Value, json};

use super::client::{Client, start};
use crate::clock::{Clock, TimeMode};
use crate::random;
use crate::store::Store;
use crate::{Config, Endpoint, StartError, find_running};

fn on(store: &Path) -> Config {
    Config { store: Some(store.to_owned()), ..Config::default() }
}

const EXECUTION: &str = "arn:aws:states:us-east-1:000000000000:execution:m:e";

/// A message that is delivered once, however often it is sent.
fn once() -> Value {
    json!({"QueueUrl": "x/q.fifo", "MessageBody": "once", "MessageGroupId": "g", "MessageDeduplicationId": "d e"})
}

async fn make_something(client: &Client) {
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}).to_string();
    client.form("iam", &[("Action", "CreateRole"), ("RoleName", "r"), ("AssumeRolePolicyDocument", &trust)]).await;
    client.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "g"})).await;
    let place = json!({"logGroupName": "g", "logStreamName": "a b"});
    client.json("logs", "Logs_20140328.CreateLogStream", &place).await;
    let mut events = place;
    events["logEvents"] = json!([{"timestamp": Clock::real_ms(), "message": "kept"}]);
    client.json("logs", "Logs_20140328.PutLogEvents", &events).await;
    client.json("sqs", "AmazonSQS.CreateQueue", &json!({"QueueName": "q"})).await;
    client.json("sqs", "AmazonSQS.SendMessage", &json!({"QueueUrl": "x/q", "MessageBody": "kept"})).await;
    let fifo = json!({"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true"}});
    client.json("sqs", "AmazonSQS.CreateQueue", &fifo).await;
    client.json("sqs", "AmazonSQS.SendMessage", &once()).await;
    let trust = trust.replace("lambda", "states");
    client.form("iam", &[("Action", "CreateRole"), ("RoleName", "m"), ("AssumeRolePolicyDocument", &trust)]).await;
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}).to_string();
    let machine = json!({"name": "m", "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/m"});
    client.json("states", "AWSStepFunctions.CreateStateMachine", &machine).await;
    let machine = EXECUTION.replace("execution", "stateMachine").replace(":m:e", ":m");
    let policy = json!({"policyName": "p", "policyDocument": "{}"});
    client.json("logs", "Logs_20140328.PutResourcePolicy", &policy).await;
    let started = json!({"stateMachineArn": machine, "name": "e"});
    assert_eq!(client.json("states", "AWSStepFunctions.StartExecution", &started).await.status, 200);
    let body = json!({"DashboardName": "d", "DashboardBody": "{\"widgets\": []}"});
    client.json("monitoring", "GraniteServiceVersion20100801.PutDashboard", &body).await;
    let datum = json!({"Namespace": "N", "MetricData": [{"MetricName": "m", "Value": 2}]});
    client.json("monitoring", "GraniteServiceVersion20100801.PutMetricData", &datum).await;
}

#[tokio::test]
async fn a_stopped_endpoint_is_the_same_when_it_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, client) = start(on(folder.path())).await;
    make_something(&client).await;
    endpoint.stop().await;
    let (endpoint, client) = start(on(folder.path())).await;
    assert_eq!(client.form("iam", &[("Action", "GetRole"), ("RoleName", "r")]).await.status, 200);
    let get = json!({"logGroupName": "g", "logStreamName": "a b"});
    let events = client.json("logs", "Logs_20140328.GetLogEvents", &get).await.json();
    assert_eq!(events["events"][0]["message"], "kept");
    let received = client.json("sqs", "AmazonSQS.ReceiveMessage", &json!({"QueueUrl": "x/q"})).await.json();
    assert_eq!(received["Messages"][0]["Body"], "kept");
    let dashboards = client.json("monitoring", "GraniteServiceVersion20100801.ListDashboards", &json!({})).await.json();
    assert_eq!(dashboards["DashboardEntries"][0]["DashboardName"], "d");
    let own = json!({"Namespace": "N"});
    let metrics = client.json("monitoring", "GraniteServiceVersion20100801.ListMetrics", &own).await.json();
    assert_eq!(metrics["Metrics"][0]["MetricName"], "m");
    endpoint.stop().await;
}

#[tokio::test]
async fn what_was_answered_survives_an_endpoint_that_is_not_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, client) = start(on(folder.path())).await;
    make_something(&client).await;
    drop(endpoint);
    let (endpoint, client) = start(on(folder.path())).await;
    assert_eq!(client.form("iam", &[("Action", "GetRole"), ("RoleName", "r")]).await.status, 200);
    // The id is known as before, and the message is not doubled.
    assert_eq!(client.json("sqs", "AmazonSQS.SendMessage", &once()).await.status, 200);
    let ask = json!({"QueueUrl": "x/q.fifo", "MaxNumberOfMessages": 10});
    let received = client.json("sqs", "AmazonSQS.ReceiveMessage", &ask).await.json();
    assert_eq!(received["Messages"].as_array().map(Vec::len), Some(1), "{received}");
    endpoint.stop().await;
}

#[tokio::test]
async fn a_change_that_is_not_on_disk_is_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, client) = start(on(folder.path())).await;
    let make =
        async |name: &str| client.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": name})).await;
    assert_eq!(make("before").await.status, 200);
    let full = "CREATE TRIGGER full BEFORE INSERT ON item BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
    rusqlite::Connection::open(folder.path().join("endpoint.sqlite")).unwrap().execute_batch(full).unwrap();
    // What is acknowledged until the database refuses is in the journal.
    let mut acknowledged = vec!["before".to_owned()];
    let refused = loop {
        let name = format!("after-{}", acknowledged.len());
        let reply = make(&name).await;
        if reply.status == 500 {
            break reply;
        }
        acknowledged.push(name);
        assert!(acknowledged.len() < 1_000, "the database never refused");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    assert!(refused.json()["message"].as_str().unwrap().contains("disk is full; free some space"), "{refused:?}");
    endpoint.stop().await;
    // There is room again, and what was acknowledged is there.
    rusqlite::Connection::open(folder.path().join("endpoint.sqlite"))
        .unwrap()
        .execute_batch("DROP TRIGGER full")
        .unwrap();
    let (endpoint, client) = start(on(folder.path())).await;
    let listed = client.json("logs", "Logs_20140328.DescribeLogGroups", &json!({})).await.json();
    let names: Vec<&str> =
        listed["logGroups"].as_array().unwrap().iter().filter_map(|group| group["logGroupName"].as_str()).collect();
    assert!(acknowledged.iter().all(|name| names.contains(&name.as_str())), "{names:?}");
    endpoint.stop().await;
}

#[test]
fn what_the_journal_has_and_the_database_has_not_is_written_once_when_the_store_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let value = |store: &Store| store.get::<i64>("numbers", "n").unwrap();
    let copy = tempfile::tempdir().unwrap();
    let snapshot = |names: &[&str]| {
        for name in names {
            std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
        }
    };
    let store = Store::open(Some(folder.path())).unwrap();
    store.put("numbers", "n", 1);
    store.close();
    drop(store);
    // As a kill leaves it: the database of before, the journal of after.
    snapshot(&["endpoint.sqlite"]);
    let store = Store::open(Some(folder.path())).unwrap();
    store.put("numbers", "n", 2);
    store.delete_all("numbers", "");
    store.put("numbers", "n", 3);
    store.keep();
    snapshot(&["endpoint.journal-0", "endpoint.journal-1"]);
    drop(store);
    let store = Store::open(Some(copy.path())).unwrap();
    assert_eq!(value(&store), Some(3));
    store.put("numbers", "n", 4);
    store.close();
    drop(store);
    // A journal that is older than the database changes nothing.
    snapshot(&["endpoint.journal-0", "endpoint.journal-1"]);
    assert_eq!(value(&Store::open(Some(copy.path())).unwrap()), Some(4));
}

#[tokio::test]
async fn a_store_has_one_server_and_others_find_it() {
    let folder = tempfile::tempdir().unwrap();
    assert!(find_running(folder.path()).is_none());
    let (endpoint, client) = start(Config { announce: true, ..on(folder.path()) }).await;
    let running = find_running(folder.path()).unwrap();
    assert_eq!((running.url.as_str(), &running.access_key_id), (endpoint.url(), &client.keys.0));
    let second = Endpoint::start(on(folder.path())).await;
    assert!(matches!(second, Err(StartError::StoreHeld { pid: Some(pid), .. }) if pid == std::process::id()));
    endpoint.stop().await;
    assert!(find_running(folder.path()).is_none());
}

#[tokio::test]
async fn an_endpoint_that_is_not_announced_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, _) = start(on(folder.path())).await;
    assert!(find_running(folder.path()).is_none());
    let (second, ()) = tokio::join!(Endpoint::start(on(folder.path())), endpoint.stop());
    second.unwrap().stop().await;
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let (endpoint, client) = start(Config::default()).await;
    let port: u16 = client.address.rsplit(':').next().unwrap().parse().unwrap();
    let taken = Endpoint::start(Config { port, ..Config::default() }).await.err().unwrap();
    assert!(matches!(taken, StartError::PortInUse { .. }) && taken.to_string().contains(&port.to_string()), "{taken}");
    endpoint.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let mut file = std::fs::File::create(folder.path().join("endpoint.sqlite")).unwrap();
    std::io::Write::write_all(
        &mut file,
        "this is no database, but long enough to be read as one ".repeat(20).as_bytes(),
    )
    .unwrap();
    let broken = Endpoint::start(on(folder.path())).await.err().unwrap();
    assert!(
        matches!(broken, StartError::Store { .. })
            && broken.advice().is_some_and(|advice| advice.contains("no database of the endpoint")),
        "{broken}: {:?}",
        broken.advice()
    );
    let blocked = Endpoint::start(on(&folder.path().join("endpoint.sqlite").join("sub"))).await.err().unwrap();
    assert!(matches!(blocked, StartError::StoreFolder { .. }), "{blocked}");
    let account = Endpoint::start(Config { account: "12".to_owned(), ..Config::default() }).await.err().unwrap();
    assert!(account.to_string().contains("`12`"), "{account}");
}

/// A store with one of everything, as an endpoint that was stopped left it.
async fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, client) = start(on(folder.path())).await;
    make_something(&client).await;
    endpoint.stop().await;
    folder
}

/// Damages a copy of a store, and gives the endpoint that starts on it or its refusal.
async fn damaged(store: &Path, damage: &str) -> (tempfile::TempDir, Result<Endpoint, String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("endpoint.sqlite");
    std::fs::copy(store.join("endpoint.sqlite"), &path).unwrap();
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute_batch(damage).unwrap();
    drop(file);
    let refused = |error: StartError| format!("{error}; {}", error.advice().unwrap_or_default());
    let started = Endpoint::start(on(folder.path())).await.map_err(refused);
    (folder, started)
}

#[tokio::test]
async fn a_store_that_cannot_be_understood_is_refused_rather_than_read_as_empty() {
    let store = made().await;
    for (damage, words) in [
        ("PRAGMA user_version = 7", "has format 7"),
        ("PRAGMA user_version = 0", "has format 0"),
        ("UPDATE item SET value = '{' WHERE key = 'r'", "`r` of "),
        ("UPDATE item SET value = '{\"name\": 5}' WHERE key LIKE '% g'", " g` of `log_group`"),
    ] {
        let said = damaged(store.path(), damage).await.1.err().unwrap_or_else(|| panic!("{damage}"));
        assert!(said.contains(words) && said.contains("`labctl local reset`"), "{said}");
    }
}

/// What the endpoint answers to a question for the figures of every metric.
async fn figures(endpoint: &Endpoint) -> String {
    let client = Client::of(endpoint);
    let ask = async |operation: &str, input: &Value| {
        client.json("monitoring", &format!("GraniteServiceVersion20100801.{operation}"), input).await
    };
    let listed = ask("ListMetrics", &json!({})).await.json();
    let queries = listed["Metrics"].as_array().unwrap().iter().enumerate().map(
        |(at, metric)| json!({"Id": format!("m{at}"), "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}),
    );
    let span = json!({"MetricDataQueries": queries.collect::<Vec<_>>(), "StartTime": 0, "EndTime": 4_000_000_000_u64});
    let reply = ask("GetMetricData", &span).await;
    assert_eq!(reply.status, 500, "{reply:?}");
    reply.body
}

/// Every document of every table, made no JSON, JSON of another kind, and cut in the middle.
#[tokio::test]
async fn no_damaged_document_of_any_table_is_passed_over() {
    let store = made().await;
    let file = rusqlite::Connection::open(store.path().join("endpoint.sqlite")).unwrap();
    let mut query = file.prepare("SELECT DISTINCT collection FROM item ORDER BY 1").unwrap();
    let tables: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for expected in [
        "dashboard",
        "log_group",
        "log_policy",
        "log_stream",
        "metric",
        "sqs_message",
        "sqs_queue",
        "sqs_sent",
        "states-machine",
    ] {
        assert!(tables.iter().any(|table| table == expected), "{expected} is not tried: {tables:?}");
    }
    for table in tables {
        for value in ["'no JSON'", "'[[[]]]'", "substr(value, 1, length(value) / 2)"] {
            let damage = format!("UPDATE item SET value = {value} WHERE collection = '{table}'");
            // Half a number is a number.
            if value.starts_with("substr") && ["endpoint", "log_stream"].contains(&table.as_str()) {
                continue;
            }
            let (_folder, started) = damaged(store.path(), &damage).await;
            // Figures are read when somebody asks for them.
            let said = match started {
                Ok(endpoint) if table == "metric" => figures(&endpoint).await,
                started => started.err().unwrap_or_else(|| panic!("{damage}: it starts as if nothing were wrong")),
            };
            assert!(said.contains(&format!("of `{table}` cannot be read")), "{damage}: {said}");
        }
    }
}

#[tokio::test]
async fn damaged_events_are_told_with_their_group_or_execution() {
    let store = made().await;
    for damage in ["substr(it, 1, length(it) / 2)", "'no text of ours'", "''", "x'ff'"] {
        let tables = [("history", "lines"), ("log", "frames")];
        let damage: Vec<String> = tables
            .iter()
            .map(|(table, column)| format!("UPDATE {table} SET {column} = {};", damage.replace("it", column)))
            .collect();
        let damage = damage.concat();
        let (_folder, started) = damaged(store.path(), &damage).await;
        let endpoint = started.unwrap();
        let client = Client::of(&endpoint);
        let filter = json!({"logGroupName": "g"});
        let get = json!({"logGroupName": "g", "logStreamName": "a b"});
        for (target, input) in [("FilterLogEvents", &filter), ("GetLogEvents", &get)] {
            let reply = client.json("logs", &format!("Logs_20140328.{target}"), input).await;
            assert_eq!(reply.status, 500, "{damage}: {target} {reply:?}");
            assert!(reply.json()["message"].as_str().unwrap().contains("log group `g`"), "{damage}: {reply:?}");
        }
        let history = json!({"executionArn": EXECUTION});
        let reply = client.json("states", "AWSStepFunctions.GetExecutionHistory", &history).await;
        assert!(reply.status == 500 && reply.body.contains(EXECUTION), "{damage}: {reply:?}");
        endpoint.stop().await;
    }
    let (_folder, started) = damaged(store.path(), "UPDATE execution SET record = substr(record, 2)").await;
    let endpoint = started.unwrap();
    let asked = json!({"executionArn": EXECUTION});
    let reply = Client::of(&endpoint).json("states", "AWSStepFunctions.DescribeExecution", &asked).await;
    assert!(reply.status == 500 && reply.body.contains(EXECUTION), "{reply:?}");
    endpoint.stop().await;
    let (_folder, started) = damaged(store.path(), "DELETE FROM history").await;
    let endpoint = started.unwrap();
    let history = json!({"executionArn": EXECUTION});
    let reply = Client::of(&endpoint).json("states", "AWSStepFunctions.GetExecutionHistory", &history).await;
    assert!(reply.status == 500 && reply.body.contains(EXECUTION), "{reply:?}");
    endpoint.stop().await;
}

/// Text that does not get smaller by much when it is packed.
fn noise(size: usize) -> String {
    std::iter::repeat_with(random::hex::<32>).flat_map(String::into_bytes).map(char::from).take(size).collect()
}

#[tokio::test]
async fn what_was_deleted_gives_its_disk_back() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, client) = start(on(folder.path())).await;
    client.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "g"})).await;
    client.json("logs", "Logs_20140328.CreateLogStream", &json!({"logGroupName": "g", "logStreamName": "s"})).await;
    for _ in 0..20 {
        let event = json!({"timestamp": Clock::real_ms(), "message": noise(500_000)});
        let events = json!({"logGroupName": "g", "logStreamName": "s", "logEvents": [event]});
        assert_eq!(client.json("logs", "Logs_20140328.PutLogEvents", &events).await.status, 200);
    }
    endpoint.stop().await;
    let size = || std::fs::metadata(folder.path().join("endpoint.sqlite")).unwrap().len();
    let full = size();
    assert!(full > 4_000_000, "{full}");
    let (endpoint, client) = start(on(folder.path())).await;
    client.json("logs", "Logs_20140328.DeleteLogGroup", &json!({"logGroupName": "g"})).await;
    endpoint.stop().await;
    assert!(size() < full / 5, "{} of {full}", size());
}

#[tokio::test]
async fn a_large_store_is_small_again_while_the_endpoint_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, client) = start(on(folder.path())).await;
    client.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "g"})).await;
    client.json("logs", "Logs_20140328.CreateLogStream", &json!({"logGroupName": "g", "logStreamName": "s"})).await;
    for _ in 0..40 {
        let event = json!({"timestamp": Clock::real_ms(), "message": noise(500_000)});
        let events = json!({"logGroupName": "g", "logStreamName": "s", "logEvents": [event]});
        assert_eq!(client.json("logs", "Logs_20140328.PutLogEvents", &events).await.status, 200);
    }
    client.json("logs", "Logs_20140328.DeleteLogGroup", &json!({"logGroupName": "g"})).await;
    let size = || {
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        let ours = files.filter(|entry| entry.file_name().to_string_lossy().starts_with("endpoint.sqlite"));
        ours.map(|entry| entry.metadata().unwrap().len()).sum::<u64>()
    };
    // In the background, once nothing comes for a moment.
    for _ in 0..200 {
        if size() < 2_000_000 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(size() < 2_000_000, "{}", size());
    assert_eq!(client.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "g"})).await.status, 200);
    endpoint.stop().await;
}

#[tokio::test]
async fn time_that_jumped_ahead_does_not_go_back() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, client) = start(Config { time: TimeMode::Jump, ..on(folder.path()) }).await;
    client.json("sqs", "AmazonSQS.CreateQueue", &json!({"QueueName": "q"})).await;
    // Nothing comes: the wait of 20 seconds is jumped over.
    let waited = json!({"QueueUrl": "x/q", "WaitTimeSeconds": 20});
    assert_eq!(client.json("sqs", "AmazonSQS.ReceiveMessage", &waited).await.json(), json!({}));
    endpoint.stop().await;
    let (endpoint, client) = start(on(folder.path())).await;
    client.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "g"})).await;
    let groups = client.json("logs", "Logs_20140328.DescribeLogGroups", &json!({})).await.json();
    let made = groups["logGroups"][0]["creationTime"].as_i64().unwrap();
    assert!(made > Clock::real_ms() + 10_000, "{made}");
    endpoint.stop().await;
}
