//! What the states of a machine need, as far as it is certain.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html>

use serde_json::Value;

use crate::asl::{self, CalledOn, Resource};
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
        let Some((_, name)) = resource.split_once(":states:::") else { return Vec::new() };
        let Ok(called) = asl::integration(name) else { return Vec::new() };
        let arguments = state.get("Parameters").or_else(|| state.get("Arguments")).unwrap_or(&Value::Null);
        let mut needs: Vec<Need> = self.call(&called, arguments).into_iter().collect();
        let on = needs.first().and_then(|need| need.resource.clone());
        if name.starts_with("states:startExecution.sync") {
            needs.extend(nested(on.as_deref()));
        }
        if let Some(rule) = asl::managed_rule(&called) {
            let rule = self.arn("events", &format!("rule/{rule}"));
            let of_rules = ["events:PutTargets", "events:PutRule", "events:DescribeRule"];
            needs.extend(of_rules.iter().map(|action| Need::new(*action, Some(rule.clone()))));
        }
        needs
    }

    /// What one call needs.
    fn call(&self, called: &Resource, arguments: &Value) -> Option<Need> {
        let needed = asl::needed(called, arguments)?;
        let on = needed.on.map(|on| match on {
            CalledOn::Arn(arn) => arn,
            CalledOn::Own { service, name } => self.arn(service, &name),
        });
        Some(Need::new(needed.action, on))
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let place = self.place;
        format!("arn:{}:{service}:{}:{}:{resource}", place.partition(), place.region, place.account)
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
            let called = resource.and_then(|(_, call)| asl::integration(&format!("aws-sdk:{call}")).ok());
            needs.extend(called.and_then(|called| self.call(&called, &Value::Null)));
        }
        needs
    }
}

/// A text argument that is there as it stands.
fn literal<'value>(arguments: Option<&'value Value>, name: &str) -> Option<&'value str> {
    arguments?.get(name)?.as_str().filter(|text| !text.trim_start().starts_with("{%"))
}

/// A nested execution that is waited for is looked at and stopped.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-nested-workflows.html>
fn nested(machine: Option<&str>) -> Vec<Need> {
    let execution = machine.map(|arn| format!("{}:any", arn.replacen(":stateMachine:", ":execution:", 1)));
    let of_executions = ["states:DescribeExecution", "states:StopExecution"];
    of_executions.iter().map(|action| Need::new(*action, execution.clone())).collect()
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
            "arn:aws:states:::eks:call",
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
