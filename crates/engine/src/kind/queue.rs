//! SQS queues. <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::content::when;
use super::{Content, Difference, Entry, Facts, Part};
use crate::model::{Digest, Pack, Place};

/// A queue's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Attributes as `SetQueueAttributes` names them.
    pub attributes: BTreeMap<String, String>,
}

/// What AWS sets an attribute to that nobody set.
fn default(name: &str) -> Option<&'static str> {
    Some(match name {
        "DelaySeconds" | "ReceiveMessageWaitTimeSeconds" => "0",
        "KmsDataKeyReusePeriodSeconds" => "300",
        "MaximumMessageSize" => "1048576",
        "MessageRetentionPeriod" => "345600",
        "SqsManagedSseEnabled" => "true",
        "VisibilityTimeout" => "30",
        _ => return None,
    })
}

impl Queue {
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
    pub fn url(place: &Place, name: &str) -> String {
        let suffix = place.region.partition().dns_suffix;
        format!("https://sqs.{}.{suffix}/{}/{name}", place.region, place.account)
    }
}

impl Content for Queue {
    const FACTS: Facts = Facts {
        plural: "queues",
        list: "queues",
        is_prefixed: true,
        name_suffix: Some(".fifo"),
        has_template: false,
        folder: "queues",
        service: "sqs",
        arn_prefix: "",
        has_path: false,
        is_global: false,
        rank: 1,
        teardown: 1,
        parts: &[Part::Configuration],
        way_out: super::content::RENAME,
        is_work: true,
        is_logged: false,
        is_known_late: false,
        scarce: None,
        finds_roles_out: false,
        is_indexed: true,
        is_few: true,
        limits: &[],
        price: None,
        operations: &[
            ("sqs:CreateQueue", &["QueueUrl"]),
            ("sqs:DeleteQueue", &[]),
            ("sqs:GetQueueAttributes", &["Attributes"]),
            ("sqs:GetQueueUrl", &["QueueUrl"]),
            // Neither has its member where there is nothing to list.
            ("sqs:ListQueueTags", &[]),
            ("sqs:ListQueues", &[]),
            ("sqs:SetQueueAttributes", &[]),
            ("sqs:TagQueue", &[]),
        ],
        delete_calls: &["sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:DeleteQueue", "sqs:GetQueueUrl"],
        constraints: CONSTRAINTS,
    };

    fn as_written(&self) -> Value {
        let Self { attributes } = self;
        json!({ "attributes": attributes })
    }

    fn compare(&self, wanted: &Self, found: &mut Difference) {
        let Self { attributes } = wanted;
        found.field(Part::Configuration, "attributes", &json!(self.attributes), &json!(attributes));
    }

    /// A queue has a dozen attributes nobody asked for, and those that stand at AWS's default count as absent unless they are wanted.
    fn comparable(&self, wanted: &Self) -> Cow<'_, Self> {
        let counts = |name: &String, value: &String| {
            wanted.attributes.contains_key(name) || default(name) != Some(value.as_str())
        };
        let counted = self.attributes.iter().filter(|(name, value)| counts(name, value));
        Cow::Owned(Self { attributes: counted.map(|(name, value)| (name.clone(), value.clone())).collect() })
    }

    /// Each attribute that stands at AWS's default may have been wanted so or not named at all. There are seven such attributes at most.
    fn could_have_digest(&self, digest: &Digest) -> bool {
        let is_default = |name: &str, value: &str| default(name) == Some(value);
        let (usual, set): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.attributes.clone().into_iter().partition(|(name, value)| is_default(name, value));
        let mut candidates = vec![set];
        for (name, value) in usual {
            let mut with = candidates.clone();
            for attributes in &mut with {
                attributes.insert(name.clone(), value.clone());
            }
            candidates.append(&mut with);
        }
        candidates.into_iter().any(|attributes| Self { attributes }.digest() == *digest)
    }

    fn replace_texts(&mut self, replace: &dyn Fn(&str) -> String) {
        self.attributes.values_mut().for_each(|value| *value = replace(value));
    }

    fn create_calls(&self) -> Vec<&'static str> {
        vec!["sqs:GetQueueUrl", "sqs:CreateQueue"]
    }

    fn update_calls(parts: &BTreeSet<Part>) -> Vec<&'static str> {
        let set = when(parts.contains(&Part::Configuration), &["sqs:SetQueueAttributes"]);
        [vec!["sqs:GetQueueUrl"], set, vec!["sqs:TagQueue"]].concat()
    }

    fn entries(pack: &Pack) -> Vec<Entry<'_>> {
        let entry = |name, when| Entry { name, when, brought_by: None, template: None };
        pack.queues.iter().map(|it| entry(&it.name, it.when.as_deref())).collect()
    }
}

const CONSTRAINTS: &str = r#"{
  "queues.name": {"operation": "sqs:CreateQueue", "member": "QueueName", "shortest": 1, "longest": 80, "pattern":
    "[A-Za-z0-9_-]+(\\.fifo)?"},
  "queues.attributes": {"operation": "sqs:CreateQueue", "member": "Attributes", "values": ["Policy",
    "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "FifoQueue", "ContentBasedDeduplication", "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds", "DeduplicationScope", "FifoThroughputLimit", "RedriveAllowPolicy",
    "SqsManagedSseEnabled"]},
  "queues.attributes.ContentBasedDeduplication": {"operation": "sqs:CreateQueue", "member":
    "Attributes.ContentBasedDeduplication", "values": ["true", "false"]},
  "queues.attributes.DeduplicationScope": {"operation": "sqs:CreateQueue", "member":
    "Attributes.DeduplicationScope", "values": ["messageGroup", "queue"]},
  "queues.attributes.DelaySeconds": {"operation": "sqs:CreateQueue", "member": "Attributes.DelaySeconds", "minimum":
    0, "maximum": 900},
  "queues.attributes.FifoQueue": {"operation": "sqs:CreateQueue", "member": "Attributes.FifoQueue", "values":
    ["true", "false"]},
  "queues.attributes.FifoThroughputLimit": {"operation": "sqs:CreateQueue", "member":
    "Attributes.FifoThroughputLimit", "values": ["perQueue", "perMessageGroupId"]},
  "queues.attributes.KmsDataKeyReusePeriodSeconds": {"operation": "sqs:CreateQueue", "member":
    "Attributes.KmsDataKeyReusePeriodSeconds", "minimum": 60, "maximum": 86400},
  "queues.attributes.MaximumMessageSize": {"operation": "sqs:CreateQueue", "member":
    "Attributes.MaximumMessageSize", "minimum": 1024, "maximum": 1048576},
  "queues.attributes.MessageRetentionPeriod": {"operation": "sqs:CreateQueue", "member":
    "Attributes.MessageRetentionPeriod", "minimum": 60, "maximum": 1209600},
  "queues.attributes.ReceiveMessageWaitTimeSeconds": {"operation": "sqs:CreateQueue", "member":
    "Attributes.ReceiveMessageWaitTimeSeconds", "minimum": 0, "maximum": 20},
  "queues.attributes.SqsManagedSseEnabled": {"operation": "sqs:CreateQueue", "member":
    "Attributes.SqsManagedSseEnabled", "values": ["true", "false"]},
  "queues.attributes.VisibilityTimeout": {"operation": "sqs:CreateQueue", "member": "Attributes.VisibilityTimeout",
    "minimum": 0, "maximum": 43200}
}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::difference;

    fn queue(pairs: &[(&str, &str)]) -> Queue {
        Queue { attributes: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect() }
    }

    #[test]
    fn attributes_nobody_asked_for_count_only_off_their_default() {
        let difference = |live: &Queue, wanted: &Queue| difference(&live.clone().into(), &wanted.clone().into());
        let live = queue(&[("VisibilityTimeout", "30"), ("DelaySeconds", "0"), ("MessageRetentionPeriod", "345600")]);
        assert!(difference(&live, &queue(&[("VisibilityTimeout", "30")])).is_empty());
        assert!(difference(&live, &queue(&[])).is_empty());
        let edited = queue(&[("VisibilityTimeout", "30"), ("DelaySeconds", "9")]);
        let found = difference(&edited, &queue(&[("VisibilityTimeout", "30")]));
        assert_eq!(found.parts, BTreeSet::from([Part::Configuration]));
        assert_eq!(found.fields[0].field, "attributes.DelaySeconds");
    }

    #[test]
    fn a_queue_is_edited_only_where_no_wish_could_have_made_it() {
        let live = queue(&[("DelaySeconds", "0"), ("VisibilityTimeout", "30"), ("MessageRetentionPeriod", "60")]);
        let wished = queue(&[("VisibilityTimeout", "30"), ("MessageRetentionPeriod", "60")]);
        assert!(live.could_have_digest(&wished.digest()));
        assert!(live.could_have_digest(&queue(&[("MessageRetentionPeriod", "60")]).digest()));
        assert!(!live.could_have_digest(&queue(&[("VisibilityTimeout", "30")]).digest()));
        assert!(!live.could_have_digest(&queue(&[("MessageRetentionPeriod", "90")]).digest()));
    }
}
