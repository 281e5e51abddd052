//! The API's rules, operation by operation.

use serde_json::{Value, json};

use super::tests::{Bench, GROUP, MACHINE, ROLE, bench, bench_on, call, machine, pass, task, types};
use crate::clock::TimeMode;
use crate::service::Service as _;
use crate::store::Store;
use crate::wire::Caller;

/// A machine that waits for as long as a test needs.
fn long() -> Value {
    machine(&json!({ "W": { "Type": "Wait", "Seconds": 3600, "End": true } }))
}

fn real() -> Bench {
    bench_on(Store::open(None).unwrap(), TimeMode::Real)
}

impl Bench {
    async fn refused(&self, operation: &str, input: Value) -> (String, String) {
        let fault = self.fault(operation, input).await;
        (fault.code, fault.message)
    }

    /// All pages of a list, and how many there were.
    async fn pages(&self, operation: &str, mut input: Value, list: &str) -> (Vec<Value>, usize) {
        let (mut all, mut count) = (Vec::new(), 0);
        loop {
            let answer = self.ok(operation, input.clone()).await;
            all.extend(answer[list].as_array().unwrap().clone());
            count += 1;
            match answer.get("nextToken") {
                Some(token) => input["nextToken"] = token.clone(),
                None => return (all, count),
            }
        }
    }
}

#[tokio::test]
async fn a_machine_is_described_with_its_variables_and_without_its_definition() {
    let bench = bench();
    let definition = machine(&json!({
        "A": { "Type": "Pass", "Assign": { "x": 1 }, "Next": "B" },
        "B": { "Type": "Pass", "Parameters": { "y.$": "$x" }, "End": true },
    }));
    bench.create(&definition).await;
    let whole = bench.ok("DescribeStateMachine", json!({ "stateMachineArn": MACHINE })).await;
    assert_eq!(whole["variableReferences"], json!({ "B": ["x"] }));
    assert_eq!(whole["encryptionConfiguration"], json!({ "type": "AWS_OWNED_KEY" }));
    let input = json!({ "stateMachineArn": MACHINE, "includedData": "METADATA_ONLY" });
    let metadata = bench.ok("DescribeStateMachine", input).await;
    assert_eq!((&metadata["definition"], metadata.get("variableReferences")), (&json!("{}"), None));
    let arn = bench.run(json!({})).await["executionArn"].clone();
    let other = machine(&json!({ "C": { "Type": "Succeed" } })).to_string();
    bench.ok("UpdateStateMachine", json!({ "stateMachineArn": MACHINE, "definition": other })).await;
    let run = bench.ok("DescribeStateMachineForExecution", json!({ "executionArn": arn })).await;
    assert_eq!((&run["definition"], run.get("revisionId")), (&json!(definition.to_string()), None));
    assert_eq!(run["variableReferences"], json!({ "B": ["x"] }));
}

#[tokio::test]
async fn a_revision_is_new_when_something_changed() {
    let bench = bench();
    bench.create(&pass()).await;
    let update = |more: Value| {
        let mut input = json!({ "stateMachineArn": MACHINE });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    assert_eq!(bench.refused("UpdateStateMachine", update(json!({}))).await.0, "MissingRequiredParameter");
    let same = bench.ok("UpdateStateMachine", update(json!({ "definition": pass().to_string() }))).await;
    assert!(same["updateDate"].is_number() && same["revisionId"].is_null(), "{same}");
    let first = bench.ok("UpdateStateMachine", update(json!({ "definition": long().to_string() }))).await;
    let again = bench.ok("UpdateStateMachine", update(json!({ "definition": long().to_string() }))).await;
    let traced = bench.ok("UpdateStateMachine", update(json!({ "tracingConfiguration": { "enabled": true } }))).await;
    assert_eq!(first["revisionId"], again["revisionId"]);
    assert_ne!(first["revisionId"], traced["revisionId"]);
    let nowhere = json!({ "stateMachineArn": format!("{MACHINE}2"), "roleArn": ROLE });
    assert_eq!(bench.refused("UpdateStateMachine", nowhere).await.0, "StateMachineDoesNotExist");
    for refused in [
        json!({ "publish": true, "roleArn": ROLE }),
        json!({ "encryptionConfiguration": { "type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k" } }),
    ] {
        assert_eq!(bench.fault("UpdateStateMachine", update(refused)).await.status, 501);
    }
    let described = update(json!({ "versionDescription": "v", "roleArn": ROLE }));
    assert_eq!(
        bench.refused("UpdateStateMachine", described).await,
        ("ValidationException".into(), "Version description can only be set when publish is true".into())
    );
}

#[tokio::test]
async fn names_types_and_encryption_are_checked() {
    let bench = bench();
    let create = |more: Value| {
        let mut input = json!({ "name": "m", "definition": pass().to_string(), "roleArn": ROLE });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bench.refused("CreateStateMachine", input)
    };
    let (code, message) = create(json!({ "name": "x".repeat(81) })).await;
    assert_eq!(code, "ValidationException");
    assert!(
        message.ends_with("at 'name' failed to satisfy constraint: Member must have length less than or equal to 80")
    );
    for name in ["a b", "a/b", "a:b", "a\u{0}", "a\u{7f}", "a~b", "a{b"] {
        assert_eq!(create(json!({ "name": name })).await, ("InvalidName".into(), format!("Invalid Name: '{name}'")));
    }
    let (code, message) = create(json!({ "type": "express" })).await;
    assert_eq!(code, "ValidationException");
    assert!(message.contains("Value 'express' at 'type'") && message.ends_with("[STANDARD, EXPRESS]"), "{message}");
    assert!(create(json!({ "encryptionConfiguration": {} })).await.1.contains("encryptionConfiguration.type"));
    let (code, message) = create(json!({ "name": null, "roleArn": null })).await;
    assert_eq!(code, "ValidationException");
    assert!(message.starts_with("2 validation errors detected: Value null at 'name'"), "{message}");
    assert_eq!(create(json!({ "roleArn": "arn:aws:iam::000000000000:user/u" })).await.0, "InvalidArn");
}

#[tokio::test]
async fn logging_needs_one_log_group() {
    let bench = bench();
    let create = |logging: Value| {
        let input =
            json!({ "name": "m", "definition": pass().to_string(), "roleArn": ROLE, "loggingConfiguration": logging });
        bench.refused("CreateStateMachine", input)
    };
    let group = json!({ "cloudWatchLogsLogGroup": { "logGroupArn": GROUP } });
    let (code, message) = create(json!({ "level": "all", "destinations": [group] })).await;
    assert_eq!(code, "ValidationException");
    assert!(message.contains("Value 'all' at 'loggingConfiguration.level'"), "{message}");
    for wrong in [
        json!({ "level": "ALL" }),
        json!({ "level": "ERROR", "destinations": [] }),
        json!({ "level": "FATAL", "destinations": [group, group] }),
        json!({ "level": "ALL", "destinations": [{}] }),
        json!({ "level": "OFF", "destinations": [{ "cloudWatchLogsLogGroup": { "logGroupArn": "g" } }] }),
    ] {
        assert_eq!(create(wrong.clone()).await.0, "InvalidLoggingConfiguration", "{wrong}");
    }
    bench.create_with(&pass(), json!({ "loggingConfiguration": { "includeExecutionData": true } })).await;
    let described = bench.ok("DescribeStateMachine", json!({ "stateMachineArn": MACHINE })).await;
    assert_eq!(described["loggingConfiguration"], json!({ "level": "OFF", "includeExecutionData": true }));
}

#[tokio::test]
async fn an_input_must_be_json_and_not_too_large() {
    let bench = bench();
    bench.create(&pass()).await;
    let start = |input: String| bench.refused("StartExecution", json!({ "stateMachineArn": MACHINE, "input": input }));
    let (code, message) = start("no json".to_owned()).await;
    assert_eq!(code, "InvalidExecutionInput");
    assert!(message.starts_with("Invalid State Machine Execution Input: 'Unrecognized token 'no': was"), "{message}");
    assert_eq!(start(String::new()).await.0, "InvalidExecutionInput");
    let (code, message) = start(format!("\"{}\"", "x".repeat(262_143))).await;
    assert_eq!(code, "ValidationException");
    assert!(message.contains("at 'input'") && !message.contains("xxx"), "{message}");
    let fits = format!("\"{}\"", "x".repeat(262_142));
    bench.ok("StartExecution", json!({ "stateMachineArn": MACHINE, "input": fits })).await;
    let nobody = json!({ "stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:none" });
    assert_eq!(bench.refused("StartExecution", nobody.clone()).await.0, "StateMachineDoesNotExist");
    assert_eq!(bench.refused("StartSyncExecution", nobody).await.0, "StateMachineDoesNotExist");
    let sync = bench.refused("StartSyncExecution", json!({ "stateMachineArn": MACHINE })).await;
    assert_eq!(sync.0, "StateMachineTypeNotSupported");
}

#[tokio::test]
async fn executions_are_listed_in_pages_the_newest_first() {
    let bench = real();
    bench.create(&long()).await;
    for number in 0..5 {
        let start = json!({ "stateMachineArn": MACHINE, "name": format!("n{number}") });
        bench.ok("StartExecution", start).await;
    }
    bench.ok("StopExecution", json!({ "executionArn": MACHINE.replace("stateMachine:m", "execution:m:n3") })).await;
    let of = |more: Value| {
        let mut input = json!({ "stateMachineArn": MACHINE, "maxResults": 2 });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let names =
        |items: &[Value]| items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let (all, count) = bench.pages("ListExecutions", of(json!({})), "executions").await;
    assert_eq!((names(&all), count), (["n4", "n3", "n2", "n1", "n0"].map(str::to_owned).to_vec(), 3));
    let (running, _) = bench.pages("ListExecutions", of(json!({ "statusFilter": "RUNNING" })), "executions").await;
    assert_eq!(running.len(), 4);
    let (aborted, _) = bench.pages("ListExecutions", of(json!({ "statusFilter": "ABORTED" })), "executions").await;
    assert_eq!(names(&aborted), ["n3"]);
    let (redriven, _) = bench.pages("ListExecutions", of(json!({ "redriveFilter": "REDRIVEN" })), "executions").await;
    assert!(redriven.is_empty());
    let token = bench.ok("ListExecutions", of(json!({}))).await["nextToken"].clone();
    for (input, code) in [
        (of(json!({ "nextToken": "nonsense" })), "InvalidToken"),
        (of(json!({ "nextToken": token, "statusFilter": "RUNNING" })), "InvalidToken"),
        (of(json!({ "maxResults": 1001 })), "ValidationException"),
        (of(json!({ "statusFilter": "PENDING_REDRIVE" })), "ValidationException"),
        (json!({}), "ValidationException"),
        (json!({ "stateMachineArn": "m" }), "InvalidArn"),
        (json!({ "stateMachineArn": format!("{MACHINE}x") }), "StateMachineDoesNotExist"),
    ] {
        assert_eq!(bench.refused("ListExecutions", input.clone()).await.0, code, "{input}");
    }
    assert_eq!(bench.fault("ListExecutions", json!({ "mapRunArn": "a" })).await.status, 501);
    assert_eq!(bench.refused("ListStateMachines", json!({ "nextToken": token })).await.0, "InvalidToken");
}

#[tokio::test]
async fn a_history_can_be_read_from_either_end_and_without_its_data() {
    let bench = bench();
    bench.create(&pass()).await;
    let arn = bench.run(json!({ "secret": 1 })).await["executionArn"].clone();
    let forth = bench.history(&arn).await;
    let of = |reverse: bool| json!({ "executionArn": arn, "maxResults": 1, "reverseOrder": reverse });
    let (paged, count) = bench.pages("GetExecutionHistory", of(false), "events").await;
    assert_eq!((&paged, count), (&forth, forth.len()));
    let (mut back, _) = bench.pages("GetExecutionHistory", of(true), "events").await;
    back.reverse();
    assert_eq!(back, forth);
    let bare = bench.ok("GetExecutionHistory", json!({ "executionArn": arn, "includeExecutionData": false })).await;
    assert!(!bare.to_string().contains("secret") && bare.to_string().contains("roleArn"), "{bare}");
    assert_eq!(types(bare["events"].as_array().unwrap()), types(&forth));
    for (wrong, code) in [
        ("m", "InvalidArn"),
        (MACHINE, "InvalidArn"),
        ("arn:aws:states:us-east-1:000000000000:express:m:n:1", "InvalidArn"),
        ("arn:aws:states:us-east-1:000000000000:execution:m:n", "ExecutionDoesNotExist"),
    ] {
        for operation in
            ["GetExecutionHistory", "DescribeExecution", "StopExecution", "DescribeStateMachineForExecution"]
        {
            assert_eq!(bench.refused(operation, json!({ "executionArn": wrong })).await.0, code, "{operation} {wrong}");
        }
    }
}

#[tokio::test]
async fn diagnostics_have_places_and_are_cut_off_where_it_is_said() {
    let bench = bench();
    let validate = |definition: &Value, more: Value| {
        let mut input = json!({ "definition": definition.to_string() });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bench.ok("ValidateStateMachineDefinition", input)
    };
    let wrong = machine(&json!({
        "A": { "Type": "Choice", "Choices": [{ "Variable": "$.x", "IsNull": true, "Next": "Nowhere" }], "Default": "B" },
        "B": { "Type": "Pass", "Next": "Elsewhere" },
        "C": { "Type": "Succeed" },
    }));
    let all = validate(&wrong, json!({})).await;
    assert_eq!((&all["result"], &all["truncated"]), (&json!("FAIL"), &json!(false)));
    let diagnostics = all["diagnostics"].as_array().unwrap();
    assert!(diagnostics.iter().any(|one| one["location"] == "/States/A/Choices[0]/Next"), "{all}");
    assert!(diagnostics.len() > 1);
    let first = validate(&wrong, json!({ "maxResults": 1 })).await;
    assert_eq!((first["diagnostics"].as_array().unwrap().len(), &first["truncated"]), (1, &json!(true)));
    let nowhere = validate(&json!({ "States": { "A": { "Type": "Succeed" } } }), json!({})).await;
    assert_eq!(
        nowhere["diagnostics"],
        json!([{ "severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED",
            "message": "These fields are required: [StartAt]", "location": "/" }])
    );
    let doubtful =
        machine(&json!({ "T": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": "f", "Payload": { "t.$": "$$.Task.Token" } }, "End": true } }));
    assert_eq!(validate(&doubtful, json!({})).await["diagnostics"], json!([]));
    let literal = machine(&json!({ "P": { "Type": "Pass", "Parameters": { "a": "$.path" }, "End": true } }));
    assert_eq!(validate(&literal, json!({})).await["diagnostics"], json!([]));
    let warned = validate(&literal, json!({ "severity": "WARNING" })).await;
    assert_eq!((&warned["result"], &warned["diagnostics"][0]["severity"]), (&json!("OK"), &json!("WARNING")));
    let express = validate(&doubtful, json!({ "type": "EXPRESS" })).await;
    assert_eq!(express["result"], "FAIL");
    let elsewhere = task("arn:aws:states:::sns:publish", &json!({ "TopicArn": "t", "Message": "m" }));
    assert_eq!(validate(&elsewhere, json!({})).await["diagnostics"], json!([]), "mocks may answer it");
    let unknown = task("arn:aws:states:::aws-sdk:sfn:startExecutions", &json!({}));
    let refused = validate(&unknown, json!({})).await;
    assert!(refused["diagnostics"][0]["message"].as_str().unwrap().contains("is not recognized"), "{refused}");
    assert_eq!(bench.refused("ValidateStateMachineDefinition", json!({})).await.0, "ValidationException");
    let many = json!({ "definition": "{}", "maxResults": 101 });
    assert_eq!(bench.refused("ValidateStateMachineDefinition", many).await.0, "ValidationException");
}

#[tokio::test]
async fn tags_have_limits() {
    let bench = bench();
    bench.create(&pass()).await;
    let tag = |tags: Value| bench.refused("TagResource", json!({ "resourceArn": MACHINE, "tags": tags }));
    let many: Vec<Value> = (0..51).map(|number| json!({ "key": format!("k{number}"), "value": "" })).collect();
    for (tags, code) in [
        (json!(many), "TooManyTags"),
        (json!([{ "key": "", "value": "" }]), "ValidationException"),
        (json!([{ "key": "k".repeat(129), "value": "" }]), "ValidationException"),
        (json!([{ "key": "k", "value": "v".repeat(257) }]), "ValidationException"),
        (json!([{ "key": "k!", "value": "" }]), "ValidationException"),
        (json!([{ "key": "AWS:k", "value": "" }]), "ValidationException"),
    ] {
        assert_eq!(tag(tags.clone()).await.0, code, "{tags}");
    }
    let there = json!({ "resourceArn": MACHINE, "tags": many.iter().take(50).collect::<Vec<_>>() });
    bench.ok("TagResource", there).await;
    assert_eq!(tag(json!([{ "key": "more", "value": "" }])).await.0, "TooManyTags");
    bench.ok("TagResource", json!({ "resourceArn": MACHINE, "tags": [{ "key": "k1", "value": "new" }] })).await;
    for operation in ["TagResource", "UntagResource", "ListTagsForResource"] {
        let of = |arn: &str| json!({ "resourceArn": arn, "tags": [], "tagKeys": [] });
        assert_eq!(bench.refused(operation, of("m")).await.0, "InvalidArn");
        assert_eq!(bench.refused(operation, of(&format!("{MACHINE}x"))).await.0, "ResourceNotFound");
    }
}

#[tokio::test]
async fn a_child_that_cannot_be_started_or_waited_for_says_why() {
    let bench = bench();
    bench.create(&pass()).await;
    let express = json!({ "name": "e", "type": "EXPRESS", "definition": pass().to_string(), "roleArn": ROLE });
    bench.ok("CreateStateMachine", express).await;
    let mut made = 0;
    let mut run = async |resource: &str, parameters: Value| {
        made += 1;
        let definition = task(&format!("arn:aws:states:::states:startExecution{resource}"), &parameters).to_string();
        let input = json!({ "name": format!("p{made}"), "definition": definition, "roleArn": ROLE });
        let parent = bench.ok("CreateStateMachine", input).await;
        let started = bench.ok("StartExecution", json!({ "stateMachineArn": parent["stateMachineArn"] })).await;
        let over = bench.over(started["executionArn"].as_str().unwrap()).await;
        (over["error"].as_str().unwrap_or_default().to_owned(), over["cause"].as_str().unwrap_or_default().to_owned())
    };
    let (error, cause) = run("", json!({ "StateMachineArn": format!("{MACHINE}x") })).await;
    assert_eq!(error, "StepFunctions.StateMachineDoesNotExistException");
    assert!(
        cause.contains("(Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; "),
        "{cause}"
    );
    assert_eq!(
        run("", json!({ "StateMachineArn": MACHINE, "Name": "a b" })).await.0,
        "StepFunctions.InvalidNameException"
    );
    assert_eq!(run(".sync", json!({ "StateMachineArn": "m" })).await.0, "StepFunctions.InvalidArnException");
    let long = json!({ "StateMachineArn": MACHINE, "Name": "x".repeat(81) });
    assert_eq!(run(".sync:2", long).await.0, "StepFunctions.ValidationException");
    let (error, cause) = run(".sync", json!({ "StateMachineArn": MACHINE.replace(":m", ":e") })).await;
    assert_eq!(error, "StepFunctions.InvalidArnException");
    assert!(cause.contains("Resource type not valid in this context: express"), "{cause}");
    bench.world.denied.lock().unwrap().push("states:StartExecution");
    let (error, cause) = run("", json!({ "StateMachineArn": MACHINE })).await;
    assert_eq!(error, "StepFunctions.AWSStepFunctionsException");
    assert!(cause.contains("states:StartExecution") && cause.contains("AccessDeniedException"), "{cause}");
    bench.world.denied.lock().unwrap().push("events:PutRule");
    let definition = task("arn:aws:states:::states:startExecution.sync:2", &json!({ "StateMachineArn": MACHINE }));
    let input = json!({ "name": "q", "definition": definition.to_string(), "roleArn": ROLE });
    assert_eq!(
        bench.refused("CreateStateMachine", input).await,
        ("AccessDeniedException".into(), format!("'{ROLE}' is not authorized to create managed-rule."))
    );
}

#[tokio::test]
async fn a_token_of_another_life_has_timed_out_and_nonsense_is_no_token() {
    let bench = bench();
    let old = format!("AQC{}=", "A".repeat(171));
    let send = |token: String| bench.refused("SendTaskHeartbeat", json!({ "taskToken": token }));
    assert_eq!(send(old).await.0, "TaskTimedOut");
    for nonsense in ["x".to_owned(), "AQC".to_owned(), "A".repeat(2048)] {
        assert_eq!(send(nonsense).await.0, "InvalidToken");
    }
    assert_eq!(send("A".repeat(2049)).await.0, "ValidationException");
    let cause = json!({ "taskToken": "t", "cause": "c".repeat(32_769), "error": "e".repeat(257) });
    let (code, message) = bench.refused("SendTaskFailure", cause).await;
    assert_eq!(code, "ValidationException");
    assert!(message.starts_with("2 validation errors detected: Value at 'error' failed"), "{message}");
}

#[tokio::test]
async fn a_role_needs_the_permission_of_each_operation() {
    let bench = bench();
    bench.create(&pass()).await;
    let input = json!({
        "stateMachineArn": MACHINE, "resourceArn": MACHINE, "tags": [], "tagKeys": [], "name": "m", "roleArn": ROLE,
        "definition": pass().to_string(), "executionArn": MACHINE.replace("stateMachine:m", "execution:m:n"),
        "taskToken": "t", "output": "1",
    });
    let rows = crate::api::find("states").unwrap().operations.iter();
    for operation in rows.filter(|row| row.is_offered).map(|row| row.name) {
        let action: &'static str = Box::leak(format!("states:{operation}").into_boxed_str());
        bench.world.denied.lock().unwrap().push(action);
        let role = Caller::Role { role_arn: ROLE.into(), session: "s".into() };
        let fault = bench.states.call(super::tests::by(role, call(operation, input.clone()))).await.unwrap_err();
        assert_eq!(fault.code, "AccessDeniedException", "{operation}: {fault:?}");
        assert!(fault.message.contains(action), "{fault:?}");
    }
}

#[tokio::test]
async fn every_operation_of_aws_is_offered_or_refused_by_name() {
    let bench = bench();
    let rows = crate::api::find("states").unwrap().operations;
    assert_eq!(rows.len(), 37, "the API has 37 operations");
    for operation in rows.iter().filter(|row| !row.is_offered).map(|row| row.name) {
        let fault = bench.fault(operation, json!({})).await;
        assert_eq!((fault.status, fault.code.as_str()), (501, "NotImplemented"), "{operation}");
        assert!(fault.message.contains(&format!("states:{operation}")));
    }
    assert_eq!(bench.refused("MakeCoffee", json!({})).await.0, "UnknownOperationException");
}
