//! The arguments of the integrations whose calls are known. <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>

use labctl_source::Node;

use super::fields::Fields;
use super::language::Language;
use super::reader::Reader;
use super::rules;
use crate::attribute_values::{AttributesIn, attribute_mistake};
use crate::effect::Resource;

/// What DynamoDB's putItem and deleteItem take alike.
const WRITES: [&str; 9] = [
    "Expected",
    "ReturnValues",
    "ReturnConsumedCapacity",
    "ReturnItemCollectionMetrics",
    "ConditionalOperator",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValuesOnConditionCheckFailure",
];

/// Service, action, the arguments it needs, and those it takes beside them.
const CALLS: [(&str, &str, &[&str], &[&str]); 8] = [
    (
        "lambda",
        "invoke",
        &["FunctionName"],
        &["InvocationType", "LogType", "ClientContext", "DurableExecutionName", "Payload", "Qualifier", "TenantId"],
    ),
    (
        "sqs",
        "sendMessage",
        &["QueueUrl", "MessageBody"],
        &["DelaySeconds", "MessageAttributes", "MessageSystemAttributes", "MessageDeduplicationId", "MessageGroupId"],
    ),
    ("states", "startExecution", &["StateMachineArn"], &["Input", "Name", "TraceHeader"]),
    (
        "sns",
        "publish",
        &["Message"],
        &[
            "TopicArn",
            "TargetArn",
            "PhoneNumber",
            "Subject",
            "MessageStructure",
            "MessageAttributes",
            "MessageDeduplicationId",
            "MessageGroupId",
        ],
    ),
    ("events", "putEvents", &["Entries"], &["EndpointId"]),
    (
        "dynamodb",
        "getItem",
        &["TableName", "Key"],
        &[
            "AttributesToGet",
            "ConsistentRead",
            "ReturnConsumedCapacity",
            "ProjectionExpression",
            "ExpressionAttributeNames",
        ],
    ),
    ("dynamodb", "putItem", &["TableName", "Item"], &WRITES),
    ("dynamodb", "deleteItem", &["TableName", "Key"], &WRITES),
];

impl Reader {
    /// Looks at Parameters or Arguments of a call that is known. Other integrations, and arguments made as a whole, are left alone.
    pub(super) fn arguments(&mut self, fields: &Fields<'_>, resource: &Resource) {
        self.attribute_values(fields, resource);
        let Resource::Integration { service, action, .. } = resource else { return };
        let name = if self.language == Language::Jsonata { "Arguments" } else { "Parameters" };
        let Some(members) = fields.get(name).and_then(Node::members) else { return };
        let call = CALLS.iter().find(|(known, call, ..)| (*known, *call) == (service.as_str(), action.as_str()));
        let Some((_, _, needed, others)) = call else { return };
        let arguments =
            Fields { members, at: fields.get(name).map_or(fields.at, |node| node.at), pointer: fields.pointer(name) };
        let bare = |key: &str| key.strip_suffix(".$").filter(|_| name == "Parameters").unwrap_or(key).to_owned();
        let written: Vec<String> = members.iter().map(|member| bare(&member.key)).collect();
        for (member, written) in members.iter().zip(&written) {
            let known = needed.iter().chain(*others);
            // Nested executions also learn who started them.
            if known.clone().any(|known| known == written) || written.starts_with("AWS_STEP_FUNCTIONS_") {
                continue;
            }
            let message = format!("The field \"{written}\" is not supported by Step Functions");
            self.report.tell(&rules::UNKNOWN_ARGUMENT, message, &arguments.pointer, member.key_at);
            self.report.help(format!("`{service}:{action}` takes {}", list(known.clone().copied())));
            self.report.suggest(written, known.copied());
        }
        for needed in needed.iter().filter(|needed| !written.iter().any(|written| written == *needed)) {
            let message = format!("The field \"{needed}\" is required but was missing");
            self.report.tell(&rules::MISSING_ARGUMENT, message, &arguments.pointer, arguments.at);
            self.report.help(format!("`{service}:{action}` needs `{needed}`, or `{needed}.$` with a path"));
            let misspelt = |written: &String| labctl_source::nearest(written, [*needed]).is_some();
            self.report.follows(written.iter().any(misspelt));
        }
    }

    /// Looks at DynamoDB's attribute values, as far as they are written out.
    fn attribute_values(&mut self, fields: &Fields<'_>, resource: &Resource) {
        let name = if self.language == Language::Jsonata { "Arguments" } else { "Parameters" };
        let Some(arguments) = fields.get(name) else { return };
        let Some(mistake) = attribute_mistake(resource, &arguments.to_value(), AttributesIn::Definition) else {
            return;
        };
        let (mut node, mut pointer) = (arguments, fields.pointer(name));
        for part in &mistake.at {
            let item = part.parse::<usize>().ok().and_then(|place| node.elements()?.get(place));
            let Some(next) = item.or_else(|| node.get(part)) else { break };
            (node, pointer) = (next, format!("{pointer}/{}", part.replace('~', "~0").replace('/', "~1")));
        }
        self.report.tell(&rules::ATTRIBUTE_VALUE, mistake.fault.to_string(), &pointer, node.at);
        self.report.help("an attribute value names one type and its value, a number as a text: `{ \"N\": \"5\" }`");
    }
}

fn list<'k>(names: impl Iterator<Item = &'k str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
