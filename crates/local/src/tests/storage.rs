//! What was answered is there after the endpoint is started again.

use std::path::Path;

use serde_json::json;

use super::client::{Client, start};
use crate::clock::{Clock, TimeMode};
use crate::{Config, Endpoint, StartError, find_running};

fn on(store: &Path) -> Config {
    Config { store: Some(store.to_owned()), ..Config::default() }
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
    let metrics = client.json("monitoring", "GraniteServiceVersion20100801.ListMetrics", &json!({})).await.json();
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
    for name in ["first", "second"] {
        let reply = make(name).await;
        assert_eq!(reply.status, 500, "{name}");
        assert!(reply.json()["message"].as_str().unwrap().contains("disk is full; free some space"), "{reply:?}");
    }
    endpoint.stop().await;
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
        matches!(broken, StartError::Store { .. }) && broken.to_string().contains("no database of the endpoint"),
        "{broken}"
    );
    let blocked = Endpoint::start(on(&folder.path().join("endpoint.sqlite").join("sub"))).await.err().unwrap();
    assert!(matches!(blocked, StartError::StoreFolder { .. }), "{blocked}");
    let account = Endpoint::start(Config { account: "12".to_owned(), ..Config::default() }).await.err().unwrap();
    assert!(account.to_string().contains("`12`"), "{account}");
}

#[tokio::test]
async fn a_store_that_cannot_be_understood_is_refused_rather_than_read_as_empty() {
    for (damage, words) in [
        ("PRAGMA user_version = 7", "has format 7"),
        ("PRAGMA user_version = 0", "has format 0"),
        ("UPDATE item SET value = '{' WHERE key = 'r'", "`r` of "),
        ("UPDATE item SET value = '{\"name\": 5}' WHERE key LIKE '% g'", " g` of `log_group`"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (endpoint, client) = start(on(folder.path())).await;
        make_something(&client).await;
        endpoint.stop().await;
        let file = rusqlite::Connection::open(folder.path().join("endpoint.sqlite")).unwrap();
        file.execute_batch(damage).unwrap();
        drop(file);
        let refused = Endpoint::start(on(folder.path())).await.err().map(|error| error.to_string());
        let said = refused.unwrap_or_else(|| panic!("{damage}"));
        assert!(said.contains(words) && said.contains("`labctl local reset`"), "{said}");
    }
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
