//! The table of SQS.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>

use super::operation::{Api, Sdk, Wording, flat, offered};
use crate::wire::Protocol;

pub(super) static API: Api = Api {
    signing: "sqs",
    actions: "sqs",
    target: Some(("AmazonSQS", Protocol::Json10)),
    is_form: true,
    namespace: "http://queue.amazonaws.com/doc/2012-11-05/",
    maps: &[("Attributes", flat("Attribute", "Name", "Value")), ("MessageAttributes", flat("MessageAttribute", "Name", "Value")), ("Tags", flat("Tag", "Key", "Value"))],
    lists: &[("QueueUrls", "QueueUrl"), ("queueUrls", "QueueUrl"), ("Messages", "Message"), ("Failed", "BatchResultErrorEntry"), ("Entries", "Entry")],
    older_codes: &[("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"), ("QueueNameExists", "QueueAlreadyExists"), ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"), ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress"), ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"), ("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"), ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"), ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")],
    wording: Wording::Sentence,
    throttled: "RequestThrottled",
    sdk: Sdk {
        prefix: "sqs",
        name: "Sqs",
        is_camel: false,
        errors: &["BatchEntryIdsNotDistinct", "BatchRequestTooLong", "EmptyBatchRequest", "InvalidAttributeName", "InvalidAttributeValue", "InvalidBatchEntryId", "InvalidIdFormat", "InvalidMessageContents", "MessageNotInflight", "OverLimit", "PurgeQueueInProgress", "QueueDeletedRecently", "QueueDoesNotExist", "QueueNameExists", "ReceiptHandleIsInvalid", "RequestThrottled", "TooManyEntriesInBatchRequest", "UnsupportedOperation"],
    },
    operations: &[
        offered("ChangeMessageVisibility", "QueueUrl! ReceiptHandle! VisibilityTimeout!:#0..43200"),
        offered("CreateQueue", "QueueName! Attributes Tags"),
        offered("DeleteMessage", "QueueUrl! ReceiptHandle!"),
        offered("DeleteMessageBatch", "QueueUrl! Entries[].Id Entries[].ReceiptHandle")
            .action("sqs:DeleteMessage"),
        offered("DeleteQueue", "QueueUrl!"),
        offered("GetQueueAttributes", "QueueUrl! AttributeNames"),
        offered("GetQueueUrl", "QueueName! QueueOwnerAWSAccountId"),
        offered("ListQueueTags", "QueueUrl!"),
        offered("ListQueues", "QueueNamePrefix NextToken MaxResults:#1..1000"),
        offered("PurgeQueue", "QueueUrl!"),
        offered("ReceiveMessage", "QueueUrl! AttributeNames MessageSystemAttributeNames MessageAttributeNames MaxNumberOfMessages:#1..10 \
             VisibilityTimeout:#0..43200 WaitTimeSeconds:#0..20")
            .waits(),
        offered("SendMessage", "QueueUrl! MessageBody! DelaySeconds:#0..900 MessageAttributes.*.StringValue MessageAttributes.*.BinaryValue \
             MessageAttributes.*.DataType MessageDeduplicationId MessageGroupId"),
        offered("SendMessageBatch", "QueueUrl! Entries[].Id Entries[].MessageBody Entries[].DelaySeconds Entries[].MessageAttributes.*.StringValue \
             Entries[].MessageAttributes.*.BinaryValue Entries[].MessageAttributes.*.DataType Entries[].MessageDeduplicationId \
             Entries[].MessageGroupId")
            .action("sqs:SendMessage"),
        offered("SetQueueAttributes", "QueueUrl! Attributes!:map"),
        offered("TagQueue", "QueueUrl! Tags!:map"),
        offered("UntagQueue", "QueueUrl! TagKeys!:list"),
    ],
    ..Api::EMPTY
};
