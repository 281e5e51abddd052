//! Queues. <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html>,
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sqs_queue>

use serde_json::{Map, Value, json};

use super::{Exported, Made};
use crate::export::module::{literal, tags};
use crate::export::{Module, Template};
use crate::kind::{Queue, Resource};

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Number,
    Truth,
    Text,
    Document,
}

/// An attribute, which CloudFormation calls the same, how its value is written, and Terraform's argument.
const ATTRIBUTES: [(&str, Form, &str); 14] = [
    ("ContentBasedDeduplication", Form::Truth, "content_based_deduplication"),
    ("DeduplicationScope", Form::Text, "deduplication_scope"),
    ("DelaySeconds", Form::Number, "delay_seconds"),
    ("FifoQueue", Form::Truth, "fifo_queue"),
    ("FifoThroughputLimit", Form::Text, "fifo_throughput_limit"),
    ("KmsDataKeyReusePeriodSeconds", Form::Number, "kms_data_key_reuse_period_seconds"),
    ("KmsMasterKeyId", Form::Text, "kms_master_key_id"),
    ("MaximumMessageSize", Form::Number, "max_message_size"),
    ("MessageRetentionPeriod", Form::Number, "message_retention_seconds"),
    ("ReceiveMessageWaitTimeSeconds", Form::Number, "receive_wait_time_seconds"),
    ("RedriveAllowPolicy", Form::Document, "redrive_allow_policy"),
    ("RedrivePolicy", Form::Document, "redrive_policy"),
    ("SqsManagedSseEnabled", Form::Truth, "sqs_managed_sse_enabled"),
    ("VisibilityTimeout", Form::Number, "visibility_timeout_seconds"),
];

/// Who may use a queue: an attribute for SQS and Terraform, a resource for CloudFormation.
const POLICY: &str = "Policy";

impl Form {
    /// A value that is a number or a truth as such.
    fn plain(self, text: &str) -> Option<Value> {
        match self {
            Self::Number => text.parse::<u64>().ok().map(Value::from),
            Self::Truth => text.parse::<bool>().ok().map(Value::from),
            Self::Text | Self::Document => None,
        }
    }
}

impl Exported for Queue {
    const TERRAFORM: &'static str = "aws_sqs_queue";

    fn cloudformation(&self, resource: &Resource, template: &mut Template<'_>) {
        let Self { attributes } = self;
        let key = &resource.key;
        let mut properties = Map::new();
        for (name, text) in attributes {
            let Some((_, form, _)) = ATTRIBUTES.iter().find(|(known, ..)| known == name) else {
                if name == POLICY {
                    let document = serde_json::from_str(text).unwrap_or_default();
                    let policy = template.document(key, &document);
                    let queues = template.reference(key).into_iter().collect::<Vec<_>>();
                    let policy = json!({ "PolicyDocument": policy, "Queues": queues });
                    template.add_beside(key, "Policy", "AWS::SQS::QueuePolicy", policy);
                } else {
                    template.unknown_attribute(key, name);
                }
                continue;
            };
            let value = match form {
                Form::Document => template.document(key, &serde_json::from_str(text).unwrap_or_default()),
                form => form.plain(text).unwrap_or_else(|| template.text(text)),
            };
            properties.insert(name.clone(), value);
        }
        properties.insert("QueueName".to_owned(), template.text(&key.name));
        properties.insert("Tags".to_owned(), template.tags(resource));
        template.add(key, "AWS::SQS::Queue", properties.into(), &[]);
    }

    fn terraform(&self, resource: &Resource, made: Made<'_>, module: &mut Module) {
        let Self { attributes } = self;
        let name = &resource.key.name;
        let mut arguments = Map::new();
        for (attribute, text) in attributes {
            let known = ATTRIBUTES.iter().find(|(known, ..)| known == attribute);
            let argument = known.map_or("policy", |(_, _, argument)| argument);
            let plain = known.and_then(|(_, form, _)| form.plain(text));
            if known.is_some() || attribute == POLICY {
                arguments.insert(argument.to_owned(), plain.unwrap_or_else(|| literal(text).into()));
            }
        }
        arguments.insert("name".to_owned(), literal(name).into());
        arguments.insert("tags".to_owned(), tags(&resource.tags));
        module.add(&resource.key, (Self::TERRAFORM, name), arguments.into(), &Self::url(made.place, name));
    }
}
