//! Throttles and faults reach the client as AWS words them.

use serde_json::json;

use super::client::{Request, start};
use crate::{Config, Faults, Quotas};

const GROUPS: &str = "Logs_20140328.DescribeLogGroups";

#[tokio::test]
async fn a_bucket_that_is_empty_throttles() {
    let quotas: Quotas = serde_json::from_value(json!({"logs:DescribeLogGroups": {"burst": 2, "per_second": 0.001},
        "iam:*": {"burst": 1, "per_second": 0.001}, "lambda:*": {"burst": 1, "per_second": 0.001}}))
    .unwrap();
    let (endpoint, client) = start(Config { quotas, ..Config::default() }).await;
    for expected in [200, 200, 400] {
        assert_eq!(client.json("logs", GROUPS, &json!({})).await.status, expected);
    }
    let reply = client.json("logs", GROUPS, &json!({})).await.json();
    assert_eq!((&reply["__type"], &reply["message"]), (&json!("ThrottlingException"), &json!("Rate exceeded")));
    client.form("iam", &[("Action", "ListRoles")]).await;
    let reply = client.form("iam", &[("Action", "GetRole"), ("RoleName", "r")]).await;
    assert!(
        reply.status == 400 && reply.body.contains("<Code>Throttling</Code><Message>Rate exceeded</Message>"),
        "{reply:?}"
    );
    let list =
        || Request { method: "GET", path: "/2015-03-31/functions/", service: "lambda", headers: vec![], body: vec![] };
    client.send(list()).await;
    let reply = client.send(list()).await;
    assert!(reply.status == 429 && reply.head.contains("x-amzn-errortype: toomanyrequestsexception"), "{reply:?}");
    assert_eq!(reply.json()["Reason"], "CallerRateLimitExceeded");
    endpoint.stop().await;
}

#[tokio::test]
async fn rules_break_named_requests() {
    let faults: Faults = serde_json::from_value(json!({"rules": [
        {"operation": "logs:DescribeLogGroups", "nth": 2, "code": "ServiceUnavailableException", "status": 503},
        {"operation": "sts:*", "reset": true}]}))
    .unwrap();
    let (endpoint, client) = start(Config { faults, ..Config::default() }).await;
    for expected in [200, 503, 200] {
        assert_eq!(client.json("logs", GROUPS, &json!({})).await.status, expected);
    }
    let reset = tokio::spawn(async move { client.form("sts", &[("Action", "GetCallerIdentity")]).await }).await;
    assert!(reset.is_err(), "the connection breaks before an answer");
    endpoint.stop().await;
}

/// The examples of a document, in the order of the text.
fn examples(text: &str) -> Vec<&str> {
    text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_examples_in_the_document_are_read() {
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/endpoints.md")).unwrap();
    let [quotas, faults] = examples(&document)[..] else { panic!("two examples") };
    assert_ne!(serde_json::from_str::<Quotas>(quotas).unwrap(), Quotas::none());
    let faults: Faults = serde_json::from_str(faults).unwrap();
    assert!(faults.check().is_ok() && faults.are_active() && faults.rules.len() == 1);
}
