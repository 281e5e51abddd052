//! `aws-sdk:` tasks, carried out by the services themselves with the execution role's rights.

use serde_json::{Value, json};

use super::client::{Client, start};
use crate::{Config, TimeMode};

pub(super) const ROLE: &str = "arn:aws:iam::000000000000:role/workflow";

/// An endpoint with a role that machines may have, which may do what the policy's actions say.
async fn stage(actions: &[&str]) -> (crate::Endpoint, Client) {
    stage_on(actions, Config::default()).await
}

pub(super) async fn stage_on(actions: &[&str], config: Config) -> (crate::Endpoint, Client) {
    let (endpoint, client) = start(Config { time: TimeMode::Jump, ..config }).await;
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}}).to_string();
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
        .to_string();
    let role = ("RoleName", "workflow");
    client.form("iam", &[("Action", "CreateRole"), role, ("AssumeRolePolicyDocument", &trust)]).await;
    client.form("iam", &[("Action", "PutRolePolicy"), role, ("PolicyName", "p"), ("PolicyDocument", &policy)]).await;
    (endpoint, client)
}

impl Client {
    pub(super) async fn states(&self, operation: &str, input: &Value) -> Value {
        self.json("states", &format!("AWSStepFunctions.{operation}"), input).await.json()
    }

    /// Makes a machine and gives its ARN, or the refusal.
    pub(super) async fn machine(&self, name: &str, states: &Value) -> Value {
        let first = states.as_object().unwrap().keys().next().unwrap();
        let definition = json!({"StartAt": first, "States": states}).to_string();
        let input = json!({"name": name, "definition": definition, "roleArn": ROLE});
        self.states("CreateStateMachine", &input).await
    }

    /// Runs one Task and describes what came of it.
    async fn task(&self, resource: &str, parameters: &Value) -> Value {
        let name = resource.replace([':', '.'], "-");
        let states = json!({"T": {"Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": parameters, "End": true}});
        let made = self.machine(&name, &states).await;
        assert!(made["stateMachineArn"].is_string(), "{made}");
        let started = self
            .states("StartExecution", &json!({"stateMachineArn": made["stateMachineArn"], "input": "{\"a\":1}"}))
            .await;
        self.over(&started["executionArn"]).await
    }

    pub(super) async fn over(&self, arn: &Value) -> Value {
        for _ in 0..2000 {
            let described = self.states("DescribeExecution", &json!({"executionArn": arn})).await;
            if described["status"] != "RUNNING" {
                return described;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        panic!("{arn} does not end");
    }
}

pub(super) fn output(described: &Value) -> Value {
    assert_eq!(described["status"], "SUCCEEDED", "{described}");
    serde_json::from_str(described["output"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn every_offered_service_is_called_by_its_sdk_name() {
    let (endpoint, client) = stage(&["*"]).await;
    let queue = output(&client.task("aws-sdk:sqs:createQueue", &json!({"QueueName": "q"})).await);
    let url = queue["QueueUrl"].as_str().unwrap();
    let sent =
        output(&client.task("aws-sdk:sqs:sendMessage", &json!({"QueueUrl": url, "MessageBody": {"b": 1}})).await);
    assert!(sent["Md5OfMessageBody"].is_string() && sent.get("SdkHttpMetadata").is_none(), "{sent}");
    let received =
        output(&client.task("aws-sdk:sqs:receiveMessage", &json!({"QueueUrl": url, "WaitTimeSeconds": 20})).await);
    assert_eq!(received["Messages"][0]["Body"], "{\"b\":1}");
    let group = json!({"LogGroupName": "/g", "Tags": {"Owner": "x"}});
    assert_eq!(output(&client.task("aws-sdk:cloudwatchlogs:createLogGroup", &group).await), json!({}));
    let groups = output(&client.task("aws-sdk:cloudwatchlogs:describeLogGroups", &json!({})).await);
    assert_eq!(groups["LogGroups"][0]["LogGroupName"], "/g");
    assert!(groups["LogGroups"][0]["CreationTime"].is_number());
    let role = output(&client.task("aws-sdk:iam:getRole", &json!({"RoleName": "workflow"})).await);
    assert!(role["Role"]["CreateDate"].as_str().is_some_and(|date| date.ends_with('Z')), "{role}");
    let who = output(&client.task("aws-sdk:sts:getCallerIdentity", &json!({})).await);
    assert!(who["Arn"].as_str().unwrap().contains("assumed-role/workflow/"), "{who}");
    assert!(output(&client.task("aws-sdk:cloudwatch:listDashboards", &json!({})).await)["DashboardEntries"].is_array());
    assert!(output(&client.task("aws-sdk:lambda:listFunctions", &json!({})).await)["Functions"].is_array());
    let tagged = output(&client.task("aws-sdk:resourcegroupstaggingapi:getResources", &json!({})).await);
    assert!(tagged["ResourceTagMappingList"][0]["ResourceARN"].is_string(), "{tagged}");
    let machines = output(&client.task("aws-sdk:sfn:listStateMachines", &json!({"MaxResults": 1})).await);
    assert!(machines["StateMachines"][0]["CreationDate"].is_string() && machines["NextToken"].is_string());
    endpoint.stop().await;
}

#[tokio::test]
async fn a_wait_in_a_call_lets_time_go_on() {
    let (endpoint, client) = stage(&["*"]).await;
    let queue = output(&client.task("aws-sdk:sqs:createQueue", &json!({"QueueName": "q"})).await);
    let parameters = json!({"QueueUrl": queue["QueueUrl"], "WaitTimeSeconds": 20});
    let empty = client.task("aws-sdk:sqs:receiveMessage", &parameters).await;
    assert_eq!(output(&empty), json!({}));
    let passed = empty["stopDate"].as_f64().unwrap() - empty["startDate"].as_f64().unwrap();
    assert!(passed >= 20.0, "{passed}");
    let express = json!({"name": "e", "type": "EXPRESS", "roleArn": ROLE, "definition":
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}}).to_string()});
    let made = client.states("CreateStateMachine", &express).await;
    let parameters = json!({"StateMachineArn": made["stateMachineArn"], "Input": {"x": 1}});
    let sync = output(&client.task("aws-sdk:sfn:startSyncExecution", &parameters).await);
    assert_eq!((&sync["Status"], &sync["Output"]), (&json!("SUCCEEDED"), &json!("{\"x\":1}")));
    assert!(sync["BillingDetails"]["BilledDurationInMilliseconds"].is_number(), "{sync}");
    endpoint.stop().await;
}

#[tokio::test]
async fn refusals_have_the_sdks_names_and_words() {
    let (endpoint, client) = stage(&["sqs:*", "states:*"]).await;
    let failed = |described: Value| {
        assert_eq!(described["status"], "FAILED", "{described}");
        (described["error"].as_str().unwrap().to_owned(), described["cause"].as_str().unwrap().to_owned())
    };
    let nothing = json!({"ExecutionArn": "arn:aws:states:us-east-1:000000000000:execution:m:n"});
    let (error, cause) = failed(client.task("aws-sdk:sfn:describeExecution", &nothing).await);
    assert_eq!(error, "Sfn.ExecutionDoesNotExistException");
    assert!(cause.contains(" (Service: Sfn, Status Code: 400, Request ID: "), "{cause}");
    let gone = json!({"QueueUrl": "http://127.0.0.1/000000000000/gone"});
    assert_eq!(failed(client.task("aws-sdk:sqs:deleteQueue", &gone).await).0, "Sqs.QueueDoesNotExistException");
    let (error, cause) = failed(client.task("aws-sdk:sqs:purgeQueue", &json!({"QueueUrl": "gone"})).await);
    assert_eq!(error, "Sqs.SdkClientException");
    assert_eq!(cause, "Unable to execute HTTP request: gone: Name or service not known");
    let (error, cause) = failed(client.task("aws-sdk:iam:deleteRole", &json!({"RoleName": "workflow"})).await);
    assert_eq!(error, "Iam.IamException");
    assert!(cause.contains("iam:DeleteRole") && cause.contains("Status Code: 403"), "{cause}");
    let (error, cause) = failed(client.task("aws-sdk:sfn:createActivity", &json!({})).await);
    assert_eq!(error, "States.Runtime");
    assert!(cause.contains("- { integration: aws-sdk:sfn:createActivity, answers: [{ output: {} }] }"), "{cause}");
    endpoint.stop().await;
}

#[tokio::test]
async fn a_task_may_answer_anothers_token() {
    let (endpoint, client) = stage(&["*"]).await;
    let queue = output(&client.task("aws-sdk:sqs:createQueue", &json!({"QueueName": "q"})).await);
    let url = &queue["QueueUrl"];
    let asking = json!({"Ask": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}, "End": true}});
    let answering = json!({
        "Get": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:receiveMessage",
            "Parameters": {"QueueUrl": url, "WaitTimeSeconds": 20}, "Next": "Answer"},
        "Answer": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
            "Parameters": {"TaskToken.$": "$.Messages[0].Body", "Output": {"yes": true}}, "End": true}});
    let asking = client.machine("asking", &asking).await;
    let answering = client.machine("answering", &answering).await;
    let asked = client.states("StartExecution", &json!({"stateMachineArn": asking["stateMachineArn"]})).await;
    let answered = client.states("StartExecution", &json!({"stateMachineArn": answering["stateMachineArn"]})).await;
    assert_eq!(output(&client.over(&answered["executionArn"]).await), json!({}));
    assert_eq!(output(&client.over(&asked["executionArn"]).await), json!({"yes": true}));
    endpoint.stop().await;
}
