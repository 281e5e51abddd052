//! The table of CloudWatch Logs.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html>

use super::operation::{Api, Sdk, Wording, offered};
use crate::wire::Protocol;

pub(super) static API: Api = Api {
    signing: "logs",
    actions: "logs",
    target: Some(("Logs_20140328", Protocol::Json11)),
    wording: Wording::Listed { missing: "InvalidParameterException", broken: "InvalidParameterException", is_small: false },
    internal: "ServiceUnavailableException",
    unavailable: "ServiceUnavailableException",
    sdk: Sdk {
        prefix: "cloudwatchlogs",
        name: "CloudWatchLogs",
        is_camel: true,
        errors: &["AccessDenied", "Conflict", "DataAlreadyAccepted", "InvalidOperation", "InvalidParameter", "InvalidSequenceToken", "LimitExceeded", "OperationAborted", "ResourceAlreadyExists", "ResourceNotFound", "ServiceUnavailable", "Throttling", "TooManyTags", "UnrecognizedClient", "Validation"],
    },
    operations: &[
        offered("CreateLogGroup", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/ tags:map1..50 logGroupClass:STANDARD|INFREQUENT_ACCESS|DELIVERY \
             deletionProtectionEnabled:bool")
            .bucket(5.0, 5.0),
        offered("CreateLogStream", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/ logStreamName!:1..512/[^:*]*/"),
        offered("DeleteLogGroup", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/")
            .bucket(5.0, 5.0),
        offered("DeleteLogStream", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/ logStreamName!:1..512/[^:*]*/"),
        offered("DeleteResourcePolicy", "policyName"),
        offered("DeleteRetentionPolicy", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/"),
        offered("DescribeLogGroups", "logGroupNamePrefix:1..512/[\\.\\-_/#A-Za-z0-9]+/ logGroupNamePattern:0..512/[\\.\\-_/#A-Za-z0-9]*/ nextToken:1.. \
             limit:#1..50 includeLinkedAccounts=false logGroupClass:STANDARD|INFREQUENT_ACCESS|DELIVERY \
             logGroupIdentifiers:list1..50 logGroupIdentifiers[]:1..2048/[\\w#+=/:,.@-]*/")
            .bucket(5.0, 5.0),
        offered("DescribeLogStreams", "logGroupName:1..512/[\\.\\-_/#A-Za-z0-9]+/ logGroupIdentifier:1..2048/[\\w#+=/:,.@-]*/ \
             logStreamNamePrefix:1..512/[^:*]*/ orderBy:LogStreamName|LastEventTime descending:bool nextToken:1.. limit:#1..50"),
        offered("DescribeResourcePolicies", "nextToken:1.. limit:#1..50 policyScope=ACCOUNT"),
        offered("FilterLogEvents", "logGroupName:1..512/[\\.\\-_/#A-Za-z0-9]+/ logGroupIdentifier:1..2048/[\\w#+=/:,.@-]*/ logStreamNames:list1..100 \
             logStreamNames[]:1..512/[^:*]*/ logStreamNamePrefix:1..512/[^:*]*/ startTime:#0.. endTime:#0.. filterPattern:0..1024 \
             nextToken:1.. limit:#1..10000 startFromHead:bool ~interleaved ~unmask")
            .bucket(5.0, 5.0),
        offered("GetLogEvents", "logGroupName:1..512/[\\.\\-_/#A-Za-z0-9]+/ logGroupIdentifier:1..2048/[\\w#+=/:,.@-]*/ logStreamName!:1..512/[^:*]*/ \
             startTime:#0.. endTime:#0.. nextToken:1.. limit:#1..10000 startFromHead:bool ~unmask")
            .bucket(10.0, 10.0),
        offered("ListTagsForResource", "resourceArn!:1..1011/[\\w+=/:,.@-]*/"),
        offered("ListTagsLogGroup", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/"),
        offered("PutLogEvents", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/ logStreamName!:1..512/[^:*]*/ logEvents!:list1..10000 \
             logEvents[].timestamp!:#0.. logEvents[].message!:1.. ~sequenceToken"),
        offered("PutLogGroupDeletionProtection", "logGroupIdentifier!:1..2048/[\\w#+=/:,.@-]*/ deletionProtectionEnabled!:bool"),
        offered("PutResourcePolicy", "policyName policyDocument:1..5120B"),
        offered("PutRetentionPolicy", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/ retentionInDays!:#1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653"),
        offered("TagLogGroup", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/ tags!:map1..50"),
        offered("TagResource", "resourceArn!:1..1011/[\\w+=/:,.@-]*/ tags!:map1..50"),
        offered("UntagLogGroup", "logGroupName!:1..512/[\\.\\-_/#A-Za-z0-9]+/ tags!:list1.. tags[]:1..128/^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$/"),
        offered("UntagResource", "resourceArn!:1..1011/[\\w+=/:,.@-]*/ tagKeys!:list0..50 tagKeys[]:1..128/^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$/"),
    ],
    ..Api::EMPTY
};
