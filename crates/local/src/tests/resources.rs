//! Resources of any type through the Cloud Control API.

use serde_json::{Value, json};

use super::client::{Client, Reply, start};
use crate::Config;

async fn call(client: &Client, operation: &str, input: Value) -> Reply {
    client.json("cloudcontrolapi", &format!("CloudApiService.{operation}"), &input).await
}

fn table(name: &str) -> String {
    let key = json!([{"AttributeName": "id", "KeyType": "HASH"}]);
    json!({"TableName": name, "KeySchema": key, "Tags": [{"Key": "lab", "Value": "6"}]}).to_string()
}

/// Changes something and gives the event that ends the request.
async fn done(client: &Client, operation: &str, input: Value) -> Value {
    let begun = call(client, operation, input).await.json();
    assert_eq!(begun["ProgressEvent"]["OperationStatus"], "IN_PROGRESS", "{begun}");
    let token = json!({"RequestToken": begun["ProgressEvent"]["RequestToken"]});
    call(client, "GetResourceRequestStatus", token).await.json()["ProgressEvent"].clone()
}

async fn read(client: &Client, type_name: &str, identifier: &str) -> Option<Value> {
    let reply = call(client, "GetResource", json!({"TypeName": type_name, "Identifier": identifier})).await;
    if reply.status != 200 {
        assert_eq!(reply.json()["__type"], "ResourceNotFoundException");
        return None;
    }
    let properties = reply.json()["ResourceDescription"]["Properties"].as_str().unwrap().to_owned();
    Some(serde_json::from_str(&properties).unwrap())
}

const TABLE: &str = "AWS::DynamoDB::Table";

#[tokio::test]
async fn a_resource_is_made_read_changed_listed_and_removed() {
    let (endpoint, client) = start(Config::default()).await;
    let create = json!({"TypeName": TABLE, "DesiredState": table("ann-orders"), "ClientToken": "one"});
    let made = done(&client, "CreateResource", create.clone()).await;
    assert_eq!(
        (&made["OperationStatus"], &made["Identifier"], &made["Operation"]),
        (&json!("SUCCESS"), &json!("ann-orders"), &json!("CREATE"))
    );
    assert!(made["EventTime"].is_number() && made["ResourceModel"].is_string(), "{made}");
    let repeated = call(&client, "CreateResource", create).await.json();
    assert_eq!(repeated["ProgressEvent"]["RequestToken"], made["RequestToken"]);
    let other = json!({"TypeName": TABLE, "DesiredState": table("ann-other"), "ClientToken": "one"});
    assert_eq!(call(&client, "CreateResource", other).await.json()["__type"], "ClientTokenConflictException");
    let again = done(&client, "CreateResource", json!({"TypeName": TABLE, "DesiredState": table("ann-orders")})).await;
    assert_eq!((&again["OperationStatus"], &again["ErrorCode"]), (&json!("FAILED"), &json!("AlreadyExists")));

    let there = read(&client, TABLE, "ann-orders").await.unwrap();
    assert_eq!(there["Arn"], "arn:aws:dynamodb:us-east-1:000000000000:table/ann-orders");
    let filter = json!({"TagFilters": [{"Key": "lab"}], "ResourceTypeFilters": ["dynamodb"]});
    let tagged = client.json("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", &filter).await.json();
    assert_eq!(tagged["ResourceTagMappingList"][0]["ResourceARN"], there["Arn"]);

    let patch = json!([{"op": "add", "path": "/BillingMode", "value": "PAY_PER_REQUEST"}]).to_string();
    let update = |identifier: &str| json!({"TypeName": TABLE, "Identifier": identifier, "PatchDocument": patch});
    assert_eq!(done(&client, "UpdateResource", update("ann-orders")).await["OperationStatus"], "SUCCESS");
    assert_eq!(read(&client, TABLE, "ann-orders").await.unwrap()["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(done(&client, "UpdateResource", update("ann-none")).await["ErrorCode"], "NotFound");

    done(&client, "CreateResource", json!({"TypeName": TABLE, "DesiredState": table("ann-second")})).await;
    let mut listed = Vec::new();
    let mut ask = json!({"TypeName": TABLE, "MaxResults": 1});
    loop {
        let page = call(&client, "ListResources", ask.clone()).await.json();
        listed.extend(page["ResourceDescriptions"].as_array().unwrap().clone());
        let Some(token) = page["NextToken"].as_str() else { break };
        ask["NextToken"] = token.into();
    }
    let names: Vec<&str> = listed.iter().filter_map(|it| it["Identifier"].as_str()).collect();
    assert_eq!(names, ["ann-orders", "ann-second"]);

    let remove = json!({"TypeName": TABLE, "Identifier": "ann-orders"});
    assert_eq!(done(&client, "DeleteResource", remove.clone()).await["OperationStatus"], "SUCCESS");
    assert_eq!(read(&client, TABLE, "ann-orders").await, None);
    assert_eq!(done(&client, "DeleteResource", remove).await["ErrorCode"], "NotFound");
    endpoint.stop().await;
}

#[tokio::test]
async fn each_type_has_its_identifier_and_its_arn() {
    let (endpoint, client) = start(Config::default()).await;
    for (type_name, properties, identifier, arn) in [
        (
            "AWS::SNS::Topic",
            json!({"TopicName": "ann-news"}),
            "arn:aws:sns:us-east-1:000000000000:ann-news",
            ("TopicArn", "arn:aws:sns:us-east-1:000000000000:ann-news"),
        ),
        ("AWS::S3::Bucket", json!({"BucketName": "ann-files"}), "ann-files", ("Arn", "arn:aws:s3:::ann-files")),
        (
            "AWS::Events::Rule",
            json!({"Name": "ann-rule", "EventBusName": "own", "ScheduleExpression": "rate(1 day)"}),
            "arn:aws:events:us-east-1:000000000000:rule/own/ann-rule",
            ("Arn", "arn:aws:events:us-east-1:000000000000:rule/own/ann-rule"),
        ),
        (
            "AWS::SSM::Parameter",
            json!({"Name": "/ann-p", "Type": "String", "Value": "v", "Description": "not shown", "Tags": {"lab": "6"}}),
            "/ann-p",
            ("Arn", "arn:aws:ssm:us-east-1:000000000000:parameter/ann-p"),
        ),
    ] {
        let create = json!({"TypeName": type_name, "DesiredState": properties.to_string()});
        let made = done(&client, "CreateResource", create).await;
        assert_eq!(made["Identifier"], identifier, "{made}");
        let there = read(&client, type_name, identifier).await.unwrap();
        assert_eq!((&there[arn.0], &there["Description"]), (&json!(arn.1), &Value::Null), "{there}");
    }
    // A bucket's name is nobody else's in any region.
    let elsewhere = Client { region: "eu-west-1", ..Client::of(&endpoint) };
    let bucket = json!({"TypeName": "AWS::S3::Bucket", "DesiredState": "{\"BucketName\": \"ann-files\"}"});
    assert_eq!(done(&elsewhere, "CreateResource", bucket).await["ErrorCode"], "AlreadyExists");
    assert_eq!(read(&elsewhere, "AWS::SSM::Parameter", "/ann-p").await, None, "a region is by itself");
    endpoint.stop().await;
}

#[tokio::test]
async fn what_a_request_lacks_is_told_at_once_and_other_types_by_name() {
    let (endpoint, client) = start(Config::default()).await;
    for (operation, input, code, message) in [
        (
            "CreateResource",
            json!({"TypeName": TABLE, "DesiredState": "{}"}),
            "ValidationException",
            "Model validation failed (#: required key [KeySchema] not found)",
        ),
        (
            "GetResource",
            json!({"TypeName": "AWS::Kinesis::Stream", "Identifier": "x"}),
            "TypeNotFoundException",
            "The type 'AWS::Kinesis::Stream' cannot be found.",
        ),
        ("CreateResource", json!({"TypeName": TABLE, "DesiredState": "["}), "InvalidRequestException", "no JSON"),
        ("GetResource", json!({"TypeName": TABLE}), "ValidationException", "Value null at 'identifier'"),
        ("GetResourceRequestStatus", json!({"RequestToken": "t"}), "RequestTokenNotFoundException", "token t"),
        ("ListResourceRequests", json!({}), "NotImplemented", "cloudcontrolapi:ListResourceRequests"),
        (
            "CreateResource",
            json!({"TypeName": TABLE, "DesiredState": "{}", "RoleArn": "arn:aws:iam::1:role/r"}),
            "NotImplemented",
            "RoleArn",
        ),
    ] {
        let fault = call(&client, operation, input).await.json();
        assert_eq!(fault["__type"], code, "{fault}");
        assert!(fault["message"].as_str().unwrap().contains(message), "{fault}");
    }
    endpoint.stop().await;
}

/// A role needs Cloud Control's action and the one of the service behind the type.
#[tokio::test]
async fn a_role_may_do_what_its_policies_say_of_both_services() {
    let (endpoint, client) = start(Config::default()).await;
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}).to_string();
    let role = ("RoleName", "u-r");
    client.form("iam", &[("Action", "CreateRole"), role, ("AssumeRolePolicyDocument", &trust)]).await;
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["cloudformation:*Resource*", "dynamodb:CreateTable"], "Resource": "*"}}).to_string();
    client.form("iam", &[("Action", "PutRolePolicy"), role, ("PolicyName", "p"), ("PolicyDocument", &policy)]).await;
    let (key, secret, token) = endpoint.authority().temporary_keys("arn:aws:iam::000000000000:role/u-r", "u-f");
    let handler = Client { keys: (key, secret), token: Some(token), ..Client::of(&endpoint) };
    let create = json!({"TypeName": TABLE, "DesiredState": table("t")});
    assert_eq!(done(&handler, "CreateResource", create).await["OperationStatus"], "SUCCESS");
    let denied = done(&handler, "DeleteResource", json!({"TypeName": TABLE, "Identifier": "t"})).await;
    assert_eq!(denied["ErrorCode"], "AccessDenied");
    assert!(denied["StatusMessage"].as_str().unwrap().contains("dynamodb:DeleteTable"), "{denied}");
    let denied = call(&handler, "GetResource", json!({"TypeName": TABLE, "Identifier": "t"})).await.json();
    assert_eq!(denied["__type"], "AccessDeniedException", "{denied}");
    endpoint.stop().await;
}

#[tokio::test]
async fn resources_and_requests_are_there_after_the_endpoint_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config { store: Some(folder.path().to_owned()), ..Config::default() };
    let (endpoint, client) = start(config()).await;
    let create = json!({"TypeName": TABLE, "DesiredState": table("kept"), "ClientToken": "same"});
    let made = done(&client, "CreateResource", create.clone()).await;
    drop(endpoint);
    let (endpoint, client) = start(config()).await;
    assert!(read(&client, TABLE, "kept").await.is_some());
    let again = call(&client, "CreateResource", create).await.json();
    assert_eq!(again["ProgressEvent"]["RequestToken"], made["RequestToken"]);
    endpoint.stop().await;
}
