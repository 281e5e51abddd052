//! Machines of the field whose services the endpoint does not have, run on mocks.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::workflows::{ROLE, output, stage_on};
use crate::{Config, Endpoint, Mock, MockAnswer, MockBook, MockOutcome, Mocks};

fn answer(outcome: MockOutcome) -> MockAnswer {
    MockAnswer { outcome, delay: Duration::ZERO, submitted: None }
}

fn gives(output: &Value) -> MockAnswer {
    answer(MockOutcome::Output(output.clone()))
}

fn error(error: &str, cause: &str) -> MockAnswer {
    answer(MockOutcome::Error { error: error.to_owned(), cause: cause.to_owned() })
}

fn mock(integration: &str, answers: Vec<MockAnswer>) -> Mock {
    Mock { integration: integration.to_owned(), when: None, answers }
}

async fn stage(actions: &[&str], shared: Vec<Mock>) -> (Endpoint, Client) {
    let mocks = Mocks::new(MockBook { shared, named: vec![] });
    stage_on(actions, Config { mocks, ..Config::default() }).await
}

impl Client {
    /// Makes a machine of these states and runs it; described when it is over, with its history.
    async fn tried(&self, name: &str, states: &Value, input: &Value) -> (Value, Vec<Value>) {
        let made = self.machine(name, states).await;
        assert!(made["stateMachineArn"].is_string(), "{made}");
        let start = json!({"stateMachineArn": made["stateMachineArn"], "input": input.to_string()});
        let started = self.states("StartExecution", &start).await;
        let described = self.over(&started["executionArn"]).await;
        let asked = json!({"executionArn": started["executionArn"], "maxResults": 1000});
        let history = self.states("GetExecutionHistory", &asked).await;
        (described, history["events"].as_array().unwrap().clone())
    }

    async fn one(&self, resource: &str, parameters: &Value) -> (Value, Vec<Value>) {
        let state = json!({"Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": parameters,
            "TimeoutSeconds": 3600, "End": true});
        self.tried(&resource.replace([':', '.'], "-"), &json!({"Work": state}), &json!({"id": "o-1"})).await
    }
}

/// Types of the events between the entry of the first state and its exit.
fn inner(history: &[Value]) -> Vec<&str> {
    let types = history.iter().map(|event| event["type"].as_str().unwrap());
    types.filter(|name| name.starts_with("Task") && !name.starts_with("TaskState")).collect()
}

const CALL: [&str; 3] = ["TaskScheduled", "TaskStarted", "TaskSucceeded"];
const JOB: [&str; 4] = ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"];

/// Integration, arguments, what the mock gives, and the events that AWS documents for its pattern.
fn field() -> Vec<(&'static str, Value, Value, &'static [&'static str])> {
    let key = json!({"id": {"S.$": "$.id"}});
    vec![
        (
            "dynamodb:getItem",
            json!({"TableName": "orders", "Key": key}),
            json!({"Item": {"id": {"S": "o-1"}, "total": {"N": "12"}}}),
            &CALL,
        ),
        ("dynamodb:putItem", json!({"TableName": "orders", "Item": key}), json!({}), &CALL),
        (
            "dynamodb:updateItem",
            json!({"TableName": "orders", "Key": key, "UpdateExpression": "SET paid = :p",
                "ExpressionAttributeValues": {":p": {"BOOL": true}}, "ReturnValues": "ALL_NEW"}),
            json!({"Attributes": {"id": {"S": "o-1"}, "paid": {"Bool": true}}}),
            &CALL,
        ),
        (
            "sns:publish",
            json!({"TopicArn": "arn:aws:sns:us-east-1:000000000000:orders", "Message.$": "$"}),
            json!({"MessageId": "m-1"}),
            &CALL,
        ),
        (
            "events:putEvents",
            json!({"Entries": [{"Source": "shop", "DetailType": "paid", "Detail.$": "$", "EventBusName": "default"}]}),
            json!({"Entries": [{"EventId": "e-1"}], "FailedEntryCount": 0}),
            &CALL,
        ),
        (
            "bedrock:invokeModel",
            json!({"ModelId": "anthropic.some-model", "Body": {"prompt.$": "$.id"}}),
            json!({"Body": {"completion": "hello"}, "ContentType": "application/json"}),
            &CALL,
        ),
        (
            "ecs:runTask.sync",
            json!({"LaunchType": "FARGATE", "Cluster": "c", "TaskDefinition": "invoice"}),
            json!({"TaskArn": "arn:aws:ecs:us-east-1:000000000000:task/c/1", "LastStatus": "STOPPED", "StopCode": "EssentialContainerExited"}),
            &JOB,
        ),
        (
            "batch:submitJob.sync",
            json!({"JobName": "resize", "JobQueue": "q", "JobDefinition": "d"}),
            json!({"JobId": "j-1", "JobName": "resize", "Status": "SUCCEEDED"}),
            &JOB,
        ),
        (
            "glue:startJobRun.sync",
            json!({"JobName": "nightly"}),
            json!({"Id": "jr_1", "JobName": "nightly", "JobRunState": "SUCCEEDED"}),
            &JOB,
        ),
        (
            "sagemaker:createTrainingJob.sync",
            json!({"TrainingJobName.$": "$.id", "RoleArn": "arn:aws:iam::000000000000:role/train"}),
            json!({"TrainingJobName": "o-1", "TrainingJobStatus": "Completed"}),
            &JOB,
        ),
        (
            "athena:startQueryExecution.sync",
            json!({"QueryString": "SELECT 1", "WorkGroup": "primary"}),
            json!({"QueryExecution": {"QueryExecutionId": "q-1", "Status": {"State": "SUCCEEDED"}}}),
            &JOB,
        ),
        (
            "elasticmapreduce:addStep.sync",
            json!({"ClusterId": "j-1", "Step": {"Name": "count", "HadoopJarStep": {"Jar": "command-runner.jar"}}}),
            json!({"Step": {"Id": "s-1", "Status": {"State": "COMPLETED"}}}),
            &JOB,
        ),
    ]
}

#[tokio::test]
async fn machines_of_the_field_run_with_the_histories_that_aws_documents() {
    let mocks = field().into_iter().map(|(name, _, output, _)| mock(name, vec![gives(&output)])).collect();
    let (endpoint, client) = stage(&["*"], mocks).await;
    for (name, parameters, wanted, events) in field() {
        let (described, history) = client.one(name, &parameters).await;
        let given = output(&described);
        for (member, value) in wanted.as_object().unwrap() {
            assert_eq!(given[member], *value, "{name}: {given}");
        }
        assert_eq!(inner(&history), events, "{name}");
        let (kind, action) = name.split_once(':').unwrap();
        let of = |event: &str, member: &str| {
            let event = history.iter().find(|found| found["type"] == event).unwrap();
            let details = event.as_object().unwrap().iter().find(|(name, _)| name.ends_with("EventDetails")).unwrap();
            details.1[member].clone()
        };
        for event in events {
            assert_eq!((of(event, "resourceType"), of(event, "resource")), (json!(kind), json!(action)), "{name}");
        }
        assert_eq!(
            (of("TaskScheduled", "region"), of("TaskScheduled", "timeoutInSeconds")),
            (json!("us-east-1"), json!(3600))
        );
        assert!(of("TaskScheduled", "parameters").as_str().unwrap().starts_with('{'), "{name}");
        let has_headers = |value: &Value| value["SdkHttpMetadata"]["HttpStatusCode"] == 200;
        let is_job = events.len() == JOB.len();
        assert_eq!(has_headers(&given), !is_job && kind != "bedrock", "{name}: {given}");
        if is_job {
            let submitted: Value = serde_json::from_str(of("TaskSubmitted", "output").as_str().unwrap()).unwrap();
            assert!(has_headers(&submitted), "{name}: {submitted}");
        }
    }
    endpoint.stop().await;
}

#[tokio::test]
async fn without_a_mock_the_state_fails_by_name_and_nobody_catches_it() {
    let urgent =
        Mock { when: Some(json!({"Message": {"urgent": true}})), ..mock("sns:publish", vec![gives(&json!({}))]) };
    let (endpoint, client) = stage(&["*"], vec![urgent]).await;
    let caught = json!({
        "Save": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": {"TableName": "t", "Item": {}},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}], "End": true},
        "Sorry": {"Type": "Succeed"}});
    let (described, history) = client.tried("caught", &caught, &json!({})).await;
    assert_eq!(
        (&described["status"], &described["error"]),
        (&json!("FAILED"), &json!("States.Runtime")),
        "{described}"
    );
    let cause = described["cause"].as_str().unwrap();
    assert!(
        cause.starts_with(
            "state `Save`: the local endpoint does not have the integration `dynamodb:putItem`, and there is no mock"
        ),
        "{cause}"
    );
    assert!(
        cause.ends_with("of the scenario: - { integration: dynamodb:putItem, answers: [{ output: {} }] }"),
        "{cause}"
    );
    assert_eq!(inner(&history), ["TaskScheduled", "TaskStarted", "TaskFailed"]);
    let asks = json!({"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Message": {"urgent": false}});
    let (described, _) = client.one("sns:publish", &asks).await;
    let cause = described["cause"].as_str().unwrap();
    assert!(cause.contains("the arguments fit the `when` of none of its mocks (1): {"), "{cause}");
    let token = json!({"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Message.$": "$$.Task.Token"});
    let (described, _) = client.one("sns:publish.waitForTaskToken", &token).await;
    assert!(
        described["cause"].as_str().unwrap().ends_with("answers: [{ token: success, output: {} }] }"),
        "{described}"
    );
    endpoint.stop().await;
}

#[tokio::test]
async fn attribute_values_that_dynamodb_does_not_take_fail_the_state() {
    let (endpoint, client) = stage(&["*"], vec![mock("dynamodb:putItem", vec![gives(&json!({}))])]).await;
    let put = |name: &'static str, value: Value| {
        let state = json!({"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "End": true,
            "Parameters": {"TableName": "t", "Item": {"n": value}}});
        let client = &client;
        async move { client.tried(name, &json!({"Put": state}), &json!({"n": 5, "t": "5"})).await.0 }
    };
    let described = put("number", json!({"N.$": "$.n"})).await;
    assert_eq!(described["error"], "States.Runtime", "{described}");
    let said = "could not be used to start the Task: [The value for the field 'N' must be a STRING]";
    assert!(described["cause"].as_str().unwrap().contains(said), "{described}");
    let described = put("word", json!({"N": "five"})).await;
    assert_eq!(described["error"], "DynamoDB.AmazonDynamoDBException", "{described}");
    assert!(described["cause"].as_str().unwrap().contains("ValidationException"), "{described}");
    assert_eq!(put("text", json!({"N.$": "$.t"})).await["status"], "SUCCEEDED");
    endpoint.stop().await;
}

#[tokio::test]
async fn errors_are_caught_and_tried_again_and_answers_go_on_from_there() {
    let throttled = error("DynamoDB.ProvisionedThroughputExceededException", "slow down");
    let mocks = vec![
        mock(
            "dynamodb:updateItem",
            vec![throttled.clone(), throttled, gives(&json!({"Attributes": {"n": {"N": "3"}}}))],
        ),
        mock("batch:submitJob.sync", vec![error("States.TaskFailed", "{\"Status\":\"FAILED\"}")]),
        mock("glue:startJobRun.sync", vec![error("Glue.ConcurrentRunsExceededException", "two at once")]),
        mock("events:putEvents", vec![gives(&json!({"Entries": [{"ErrorCode": "x"}], "FailedEntryCount": 1}))]),
    ];
    let (endpoint, client) = stage(&["*"], mocks).await;
    let states = json!({"Count": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:updateItem",
        "Parameters": {"TableName": "t", "Key": {}},
        "Retry": [{"ErrorEquals": ["DynamoDB.ProvisionedThroughputExceededException"], "IntervalSeconds": 30}], "End": true}});
    let (described, history) = client.tried("retried", &states, &json!({})).await;
    assert_eq!(output(&described)["Attributes"]["n"]["N"], "3");
    assert_eq!(inner(&history).iter().filter(|kind| **kind == "TaskFailed").count(), 2);
    let job = json!({"JobName": "j", "JobQueue": "q", "JobDefinition": "d"});
    let (described, history) = client.one("batch:submitJob.sync", &job).await;
    assert_eq!(inner(&history), ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskFailed"], "the job ran");
    assert_eq!(
        (&described["error"], &described["cause"]),
        (&json!("States.TaskFailed"), &json!("{\"Status\":\"FAILED\"}"))
    );
    let (described, history) = client.one("glue:startJobRun.sync", &json!({"JobName": "n"})).await;
    assert_eq!(inner(&history), ["TaskScheduled", "TaskStarted", "TaskFailed"], "the call failed");
    assert_eq!(described["error"], "Glue.ConcurrentRunsExceededException");
    let (described, _) = client.one("events:putEvents", &json!({"Entries": [{}]})).await;
    assert_eq!(described["error"], "EventBridge.FailedEntry");
    assert!(described["cause"].as_str().unwrap().contains("\"FailedEntryCount\":1"), "{described}");
    endpoint.stop().await;
}

#[tokio::test]
async fn tokens_come_back_fail_or_stay_out() {
    let later =
        |outcome| MockAnswer { outcome, delay: Duration::from_mins(30), submitted: Some(json!({"MessageId": "m"})) };
    let denied = MockOutcome::TokenFailure { error: "Denied".to_owned(), cause: "by hand".to_owned() };
    let answers = vec![
        later(MockOutcome::TokenSuccess(json!({"approved": true}))),
        later(denied),
        answer(MockOutcome::TokenSilent),
        error("SNS.NotFoundException", "no topic"),
    ];
    let (endpoint, client) = stage(&["*"], vec![mock("sns:publish.waitForTaskToken", answers)]).await;
    let ask = |next: Value| {
        let mut state = json!({"Type": "Task", "Resource": "arn:aws:states:::sns:publish.waitForTaskToken", "TimeoutSeconds": 7200,
            "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Message.$": "$$.Task.Token"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Again"}]});
        state.as_object_mut().unwrap().extend(next.as_object().unwrap().clone());
        state
    };
    // One state that is entered again takes the next answer each time.
    let states = json!({
        "Ask": ask(json!({"Next": "Again"})),
        "Again": {"Type": "Choice", "Choices": [{"Variable": "$.approved", "IsPresent": true, "Next": "Ask"},
            {"Variable": "$.Error", "StringEquals": "Denied", "Next": "Ask"},
            {"Variable": "$.Error", "StringEquals": "States.Timeout", "Next": "Ask"}], "Default": "Done"},
        "Done": {"Type": "Succeed"}});
    let (described, history) = client.tried("tokens", &states, &json!({})).await;
    assert_eq!(output(&described), json!({"Error": "SNS.NotFoundException", "Cause": "no topic"}));
    let submitted = [&JOB[..3], &["TaskSucceeded"], &JOB[..3], &["TaskFailed"], &JOB[..3], &["TaskTimedOut"]].concat();
    assert_eq!(inner(&history), [submitted, CALL[..2].to_vec(), vec!["TaskFailed"]].concat());
    let passed = described["stopDate"].as_f64().unwrap() - described["startDate"].as_f64().unwrap();
    assert!((10_800.0..10_900.0).contains(&passed), "{passed}");
    endpoint.stop().await;
}

#[tokio::test]
async fn a_token_that_is_silent_is_answered_by_whoever_has_it() {
    let silent = mock("sns:publish.waitForTaskToken", vec![answer(MockOutcome::TokenSilent)]);
    let (endpoint, client) = stage(&["*"], vec![silent]).await;
    let states = json!({"Ask": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish.waitForTaskToken", "TimeoutSeconds": 86400,
        "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Message.$": "$$.Task.Token"}, "End": true},
        "Beside": {"Type": "Succeed"}});
    let wait = json!({"Both": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Ask", "States": {"Ask": states["Ask"]}}, {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 1, "End": true}}}]}});
    let made = client.machine("asks", &wait).await;
    let started = client.states("StartExecution", &json!({"stateMachineArn": made["stateMachineArn"]})).await;
    let arn = json!({"executionArn": started["executionArn"]});
    let token = loop {
        let history = client.states("GetExecutionHistory", &arn).await;
        let events = history["events"].as_array().unwrap();
        if let Some(event) = events.iter().find(|event| event["type"] == "TaskScheduled") {
            let text = event["taskScheduledEventDetails"]["parameters"].as_str().unwrap();
            break serde_json::from_str::<Value>(text).unwrap()["Message"].clone();
        }
    };
    client.states("SendTaskSuccess", &json!({"taskToken": token, "output": "{\"by\":\"hand\"}"})).await;
    assert_eq!(output(&client.over(&started["executionArn"]).await)[0], json!({"by": "hand"}));
    endpoint.stop().await;
}

#[tokio::test]
async fn a_role_that_may_not_is_refused_and_one_that_may_not_have_the_rule_makes_no_machine() {
    let mocks = field().into_iter().map(|(name, _, output, _)| mock(name, vec![gives(&output)])).collect();
    let (endpoint, client) = stage(&["sns:Publish", "events:PutTargets", "ecs:*"], mocks).await;
    let (_, parameters, ..) = field().remove(1);
    let (described, history) = client.one("dynamodb:putItem", &parameters).await;
    assert_eq!(described["error"], "DynamoDB.AmazonDynamoDBException");
    let cause = described["cause"].as_str().unwrap();
    let named = "is not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/orders";
    assert!(cause.contains(named) && cause.contains("Error Code: AccessDeniedException"), "{cause}");
    assert_eq!(inner(&history), ["TaskScheduled", "TaskStarted", "TaskFailed"]);
    let may = client.one("sns:publish", &field().remove(3).1).await.0;
    assert_eq!(output(&may)["MessageId"], "m-1");
    let state =
        json!({"T": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {}, "End": true}});
    let refused = client.machine("rule", &state).await;
    assert_eq!(refused["message"], format!("'{ROLE}' is not authorized to create managed-rule."));
    endpoint.stop().await;
}

#[tokio::test]
async fn executions_that_others_start_have_their_mocks_and_logs_tell_of_them() {
    let named = vec![(
        "labctl-good-".to_owned(),
        vec![mock("aws-sdk:bedrockruntime:converse", vec![gives(&json!({"StopReason": "end_turn"}))])],
    )];
    let mocks = Mocks::new(MockBook {
        shared: vec![mock("aws-sdk:bedrockruntime:converse", vec![gives(&json!({"StopReason": "max_tokens"}))])],
        named,
    });
    let (endpoint, client) = stage_on(&["*"], Config { mocks, ..Config::default() }).await;
    let group = json!({"logGroupName": "/aws/vendedlogs/states/child"});
    client.json("logs", "Logs_20140328.CreateLogGroup", &group).await;
    let definition = json!({"StartAt": "Talk", "States": {"Talk": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:bedrockruntime:converse",
        "Parameters": {"ModelId": "m"}, "End": true}}});
    let child = client.states("CreateStateMachine", &json!({"name": "child", "definition": definition.to_string(), "roleArn": ROLE,
        "loggingConfiguration": {"level": "ALL", "includeExecutionData": true, "destinations": [{"cloudWatchLogsLogGroup":
            {"logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/child:*"}}]}})).await;
    let parent = json!({"Start": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child["stateMachineArn"]}, "OutputPath": "$.Output", "End": true}});
    let parent = client.machine("parent", &parent).await;
    for (name, reason) in [("labctl-good-1", "end_turn"), ("labctl-other-1", "max_tokens")] {
        let start = json!({"stateMachineArn": parent["stateMachineArn"], "name": name});
        let started = client.states("StartExecution", &start).await;
        assert_eq!(output(&client.over(&started["executionArn"]).await), json!({"StopReason": reason}), "{name}");
    }
    let logged = client.json("logs", "Logs_20140328.FilterLogEvents", &group).await.json();
    let lines = logged["events"].as_array().unwrap().iter();
    let lines: Vec<Value> =
        lines.map(|event| serde_json::from_str(event["message"].as_str().unwrap()).unwrap()).collect();
    let kinds: Vec<&str> =
        lines.iter().filter_map(|line| line["type"].as_str()).filter(|kind| CALL.contains(kind)).collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    let succeeded = lines.iter().find(|line| line["type"] == "TaskSucceeded").unwrap();
    assert_eq!(
        (&succeeded["details"]["resourceType"], &succeeded["details"]["resource"]),
        (&json!("aws-sdk:bedrockruntime"), &json!("converse"))
    );
    endpoint.stop().await;
}
