//! What the states of a machine need, as far as it is certain.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html>

use serde_json::Value;

use crate::model::Place;

/// An action that something needs on a resource; None is a resource that is known only when the machine runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) action: String,
    pub(super) resource: Option<String>,
}

impl Need {
    pub(super) fn new(action: impl Into<String>, resource: Option<String>) -> Self {
        Self { action: action.into(), resource }
    }
}

/// What a machine's role must allow for its events to be logged. AWS's example policy may name `logs:CreateLogStream` and
/// `logs:PutLogEvents` too; whether roles with these eight alone are refused was not measured, so that nobody is warned of the two.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>
pub(super) const LOG_DELIVERY: [&str; 8] = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
];

/// Optimised integrations that need one action on what one argument names: integration, action, argument.
const OPTIMISED: [(&str, &str, &str); 15] = [
    ("apigateway:invoke", "execute-api:Invoke", ""),
    ("batch:submitJob", "batch:SubmitJob", ""),
    ("bedrock:invokeModel", "bedrock:InvokeModel", ""),
    ("codebuild:startBuild", "codebuild:StartBuild", ""),
    ("dynamodb:deleteItem", "dynamodb:DeleteItem", "TableName"),
    ("dynamodb:getItem", "dynamodb:GetItem", "TableName"),
    ("dynamodb:putItem", "dynamodb:PutItem", "TableName"),
    ("dynamodb:updateItem", "dynamodb:UpdateItem", "TableName"),
    ("ecs:runTask", "ecs:RunTask", ""),
    ("events:putEvents", "events:PutEvents", ""),
    ("glue:startJobRun", "glue:StartJobRun", ""),
    ("lambda:invoke", "lambda:InvokeFunction", "FunctionName"),
    ("sns:publish", "sns:Publish", "TopicArn"),
    ("sqs:sendMessage", "sqs:SendMessage", "QueueUrl"),
    ("states:startExecution", "states:StartExecution", "StateMachineArn"),
];

/// SDK integrations whose actions are named after the operation: the service in the Resource, and IAM's prefix for it.
const SERVICES: [(&str, &str); 19] = [
    ("athena", "athena"),
    ("cloudwatch", "cloudwatch"),
    ("cloudwatchlogs", "logs"),
    ("comprehend", "comprehend"),
    ("dynamodb", "dynamodb"),
    ("eventbridge", "events"),
    ("glue", "glue"),
    ("kms", "kms"),
    ("lambda", "lambda"),
    ("polly", "polly"),
    ("rekognition", "rekognition"),
    ("s3", "s3"),
    ("secretsmanager", "secretsmanager"),
    ("sfn", "states"),
    ("sns", "sns"),
    ("sqs", "sqs"),
    ("ssm", "ssm"),
    ("textract", "textract"),
    ("translate", "translate"),
];

/// Operations whose action has another name; an empty one is several actions, or none that is certain.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const RENAMED: [(&str, &str); 18] = [
    ("dynamodb:batchExecuteStatement", ""),
    ("dynamodb:executeStatement", ""),
    ("dynamodb:executeTransaction", ""),
    ("dynamodb:transactGetItems", "dynamodb:GetItem"),
    ("dynamodb:transactWriteItems", ""),
    ("lambda:invoke", "lambda:InvokeFunction"),
    ("s3:copyObject", ""),
    ("s3:deleteObjects", "s3:DeleteObject"),
    ("s3:headBucket", "s3:ListBucket"),
    ("s3:headObject", "s3:GetObject"),
    ("s3:listBuckets", "s3:ListAllMyBuckets"),
    ("s3:listObjects", "s3:ListBucket"),
    ("s3:listObjectsV2", "s3:ListBucket"),
    ("s3:selectObjectContent", "s3:GetObject"),
    ("sns:publishBatch", "sns:Publish"),
    ("sqs:sendMessageBatch", "sqs:SendMessage"),
    ("sqs:deleteMessageBatch", "sqs:DeleteMessage"),
    ("sqs:changeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
];

/// What each state needs, in the order of the definition. `machine_arn` is the machine's own.
pub(super) fn of_machine(definition: &Value, machine_arn: &str, place: &Place) -> Vec<(String, Vec<Need>)> {
    let mut found = Vec::new();
    let reader = Reader { machine_arn, place };
    reader.scope(definition, &mut found);
    found
}

struct Reader<'run> {
    machine_arn: &'run str,
    place: &'run Place,
}

impl Reader<'_> {
    fn scope(&self, scope: &Value, found: &mut Vec<(String, Vec<Need>)>) {
        for (name, state) in scope.get("States").and_then(Value::as_object).into_iter().flatten() {
            let needs = match state.get("Type").and_then(Value::as_str) {
                Some("Task") => self.task(state),
                Some("Map") => self.map(state),
                _ => Vec::new(),
            };
            if !needs.is_empty() {
                found.push((name.clone(), needs));
            }
            for branch in state.get("Branches").and_then(Value::as_array).into_iter().flatten() {
                self.scope(branch, found);
            }
            for processor in ["ItemProcessor", "Iterator"].iter().filter_map(|key| state.get(*key)) {
                self.scope(processor, found);
            }
        }
    }

    fn task(&self, state: &Value) -> Vec<Need> {
        let Some(resource) = state.get("Resource").and_then(Value::as_str) else { return Vec::new() };
        if let Some(credentials) = state.get("Credentials") {
            // The other role's policies are not here.
            let role =
                literal(Some(credentials), "RoleArn").map(|role| Need::new("sts:AssumeRole", Some(role.to_owned())));
            return role.into_iter().collect();
        }
        if resource.contains(":lambda:") && resource.contains(":function:") {
            return vec![Need::new("lambda:InvokeFunction", Some(resource.to_owned()))];
        }
        let Some((_, integration)) = resource.split_once(":states:::") else { return Vec::new() };
        let arguments = state.get("Parameters").or_else(|| state.get("Arguments"));
        let (call, pattern) = integration.split_once('.').unwrap_or((integration, ""));
        if let Some(sdk) = call.strip_prefix("aws-sdk:") {
            return sdk_action(sdk).map(|action| Need::new(action, None)).into_iter().collect();
        }
        let Some((_, action, argument)) = OPTIMISED.iter().find(|(known, ..)| *known == call) else {
            return Vec::new();
        };
        let resource = literal(arguments, argument).and_then(|text| self.resource(call, text));
        let mut needs = vec![Need::new(*action, resource.clone())];
        if call == "states:startExecution" && pattern.starts_with("sync") {
            needs.extend(self.nested(resource.as_deref()));
        }
        needs
    }

    /// The ARN of what an argument names.
    fn resource(&self, call: &str, text: &str) -> Option<String> {
        let (service, _) = call.split_once(':')?;
        if text.starts_with("arn:") {
            return Some(text.to_owned());
        }
        if text.contains("${") {
            return None;
        }
        match service {
            "sqs" => Some(self.arn("sqs", text.rsplit('/').next()?)),
            "dynamodb" => Some(self.arn("dynamodb", &format!("table/{text}"))),
            "lambda" if !text.contains(':') => Some(self.arn("lambda", &format!("function:{text}"))),
            _ => None,
        }
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let place = self.place;
        format!("arn:{}:{service}:{}:{}:{resource}", place.partition(), place.region, place.account)
    }

    /// A nested execution that is waited for is looked at, stopped, and told of by a rule of EventBridge.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-nested-workflows.html>
    fn nested(&self, machine: Option<&str>) -> Vec<Need> {
        let execution = machine.map(|arn| format!("{}:any", arn.replacen(":stateMachine:", ":execution:", 1)));
        let rule = self.arn("events", "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule");
        let of_executions = ["states:DescribeExecution", "states:StopExecution"];
        let of_rules = ["events:PutTargets", "events:PutRule", "events:DescribeRule"];
        (of_executions.iter().map(|action| Need::new(*action, execution.clone())))
            .chain(of_rules.iter().map(|action| Need::new(*action, Some(rule.clone()))))
            .collect()
    }

    /// A distributed Map starts executions of its own machine, and reads and writes in S3.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html>
    fn map(&self, state: &Value) -> Vec<Need> {
        if state.pointer("/ItemProcessor/ProcessorConfig/Mode").and_then(Value::as_str) != Some("DISTRIBUTED") {
            return Vec::new();
        }
        let mut needs = vec![Need::new("states:StartExecution", Some(self.machine_arn.to_owned()))];
        for pointer in ["/ItemReader/Resource", "/ResultWriter/Resource"] {
            let resource =
                state.pointer(pointer).and_then(Value::as_str).and_then(|text| text.split_once(":states:::"));
            needs.extend(resource.and_then(|(_, call)| sdk_action(call)).map(|action| Need::new(action, None)));
        }
        needs
    }
}

/// A text argument that is there as it stands.
fn literal<'value>(arguments: Option<&'value Value>, name: &str) -> Option<&'value str> {
    arguments?.get(name)?.as_str().filter(|text| !text.trim_start().starts_with("{%"))
}

/// The action of an SDK integration (`sqs:sendMessage`).
fn sdk_action(call: &str) -> Option<String> {
    let (service, operation) = call.split_once(':')?;
    if let Some((_, action)) = RENAMED.iter().find(|(known, _)| *known == call) {
        return Some((*action).to_owned()).filter(|action| !action.is_empty());
    }
    let (_, prefix) = SERVICES.iter().find(|(known, _)| *known == service)?;
    let mut letters = operation.chars();
    let first = letters.next()?.to_ascii_uppercase();
    Some(format!("{prefix}:{first}{}", letters.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{AccountId, Region};

    #[expect(clippy::needless_pass_by_value, reason = "each call has a literal")]
    fn needs(state: Value) -> Vec<String> {
        let place =
            Place { account: AccountId::new("123456789012").unwrap(), region: Region::new("us-east-1").unwrap() };
        let definition = json!({ "States": { "S": state } });
        let found = of_machine(&definition, "arn:aws:states:us-east-1:123456789012:stateMachine:m", &place);
        let all = found.into_iter().flat_map(|(_, needs)| needs);
        all.map(|need| format!("{} {}", need.action, need.resource.as_deref().unwrap_or("?"))).collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "each call has a literal")]
    fn task(resource: &str, parameters: Value) -> Vec<String> {
        needs(json!({ "Type": "Task", "Resource": resource, "Parameters": parameters, "End": true }))
    }

    #[test]
    fn tasks_need_what_they_call() {
        let function = "arn:aws:lambda:us-east-1:123456789012:function:f";
        assert_eq!(task(function, json!({})), [format!("lambda:InvokeFunction {function}")]);
        for name in ["f", function] {
            let called = task("arn:aws:states:::lambda:invoke.waitForTaskToken", json!({ "FunctionName": name }));
            assert_eq!(called, [format!("lambda:InvokeFunction {function}")]);
        }
        assert_eq!(
            task("arn:aws:states:::lambda:invoke", json!({ "FunctionName.$": "$.f" })),
            ["lambda:InvokeFunction ?"]
        );
        let url = "https://sqs.us-east-1.amazonaws.com/123456789012/q";
        assert_eq!(
            task("arn:aws:states:::sqs:sendMessage", json!({ "QueueUrl": url })),
            ["sqs:SendMessage arn:aws:sqs:us-east-1:123456789012:q"]
        );
        assert_eq!(
            task("arn:aws-cn:states:::dynamodb:putItem", json!({ "TableName": "t" })),
            ["dynamodb:PutItem arn:aws:dynamodb:us-east-1:123456789012:table/t"]
        );
        for (call, action) in [
            ("sfn:sendTaskSuccess", "states:SendTaskSuccess"),
            ("s3:listObjectsV2", "s3:ListBucket"),
            ("lambda:invoke", "lambda:InvokeFunction"),
            ("cloudwatchlogs:putLogEvents", "logs:PutLogEvents"),
            ("dynamodb:query", "dynamodb:Query"),
        ] {
            assert_eq!(task(&format!("arn:aws:states:::aws-sdk:{call}"), json!({})), [format!("{action} ?")]);
        }
        // What is not certain is not asked for.
        for resource in [
            "arn:aws:states:::aws-sdk:unheardof:call",
            "arn:aws:states:::http:invoke",
            "arn:aws:states:us-east-1:1:activity:a",
            "${Fn}",
        ] {
            assert_eq!(task(resource, json!({})), [""; 0], "{resource}");
        }
    }

    #[test]
    fn a_nested_execution_that_is_waited_for_needs_six() {
        let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:other";
        let waited = task("arn:aws:states:::states:startExecution.sync:2", json!({ "StateMachineArn": machine }));
        let actions: Vec<&str> = waited.iter().filter_map(|need| need.split(' ').next()).collect();
        assert_eq!(
            actions,
            [
                "states:StartExecution",
                "states:DescribeExecution",
                "states:StopExecution",
                "events:PutTargets",
                "events:PutRule",
                "events:DescribeRule"
            ]
        );
        assert!(waited[1].ends_with(":execution:other:any"), "{waited:?}");
        assert_eq!(task("arn:aws:states:::states:startExecution", json!({ "StateMachineArn": machine })).len(), 1);
    }

    #[test]
    fn states_inside_states_and_other_roles() {
        let inner = json!({ "StartAt": "I", "States": { "I": { "Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Arguments": { "TopicArn": "{% $t %}" } } } });
        assert_eq!(
            needs(json!({ "Type": "Parallel", "Branches": [inner, inner] })),
            ["sns:Publish ?", "sns:Publish ?"]
        );
        assert_eq!(needs(json!({ "Type": "Map", "Iterator": inner })), ["sns:Publish ?"]);
        let mut processor = inner.clone();
        processor["ProcessorConfig"] = json!({ "Mode": "DISTRIBUTED" });
        let distributed = needs(
            json!({ "Type": "Map", "ItemProcessor": processor, "ItemReader": { "Resource": "arn:aws:states:::s3:getObject" },
            "ResultWriter": { "Resource": "arn:aws:states:::s3:putObject" } }),
        );
        assert_eq!(distributed.len(), 4, "{distributed:?}");
        assert!(distributed.iter().any(|need| {
            need.starts_with("states:StartExecution arn:aws:states:us-east-1:123456789012:stateMachine:m")
        }));
        let other = needs(
            json!({ "Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Credentials": { "RoleArn": "arn:aws:iam::1:role/r" } }),
        );
        assert_eq!(other, ["sts:AssumeRole arn:aws:iam::1:role/r"]);
    }
}
