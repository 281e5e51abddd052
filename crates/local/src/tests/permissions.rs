//! A role's keys may do what its policies say.

use serde_json::json;

use super::client::{Client, start};
use crate::Config;

#[tokio::test]
async fn a_handlers_keys_are_checked_against_its_role() {
    let (endpoint, client) = start(Config::default()).await;
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}).to_string();
    let policy =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "logs:Describe*", "Resource": "*"}})
            .to_string();
    client
        .form("iam", &[("Action", "CreateRole"), ("RoleName", "u-lambda"), ("AssumeRolePolicyDocument", &trust)])
        .await;
    client
        .form(
            "iam",
            &[("Action", "PutRolePolicy"), ("RoleName", "u-lambda"), ("PolicyName", "p"), ("PolicyDocument", &policy)],
        )
        .await;
    let (key, secret, token) = endpoint.authority().temporary_keys("arn:aws:iam::000000000000:role/u-lambda", "u-f");
    let handler = Client { keys: (key, secret), token: Some(token), ..Client::of(&endpoint) };
    let who = handler.form("sts", &[("Action", "GetCallerIdentity")]).await;
    assert!(who.body.contains("<Arn>arn:aws:sts::000000000000:assumed-role/u-lambda/u-f</Arn>"), "{who:?}");
    assert_eq!(handler.json("logs", "Logs_20140328.DescribeLogGroups", &json!({})).await.status, 200);
    let denied = handler.json("logs", "Logs_20140328.CreateLogGroup", &json!({"logGroupName": "g"})).await.json();
    assert_eq!(denied["__type"], "AccessDeniedException");
    let denied = handler.form("iam", &[("Action", "DeleteRole"), ("RoleName", "u-lambda")]).await;
    assert!(
        denied.status == 403
            && denied.body.contains(
                "is not authorized to perform: iam:DeleteRole on resource: arn:aws:iam::000000000000:role/u-lambda"
            ),
        "{denied:?}"
    );
    let without_token = Client { token: None, ..handler };
    assert_eq!(without_token.form("sts", &[("Action", "GetCallerIdentity")]).await.status, 403);
    endpoint.stop().await;
}
