//! The table of CloudWatch Logs.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html>

use super::operation::{Api, Sdk, offered};
use crate::wire::Protocol;

pub(super) static API: Api = Api {
    signing: "logs",
    actions: "logs",
    target: Some(("Logs_20140328", Protocol::Json11)),
    internal: "ServiceUnavailableException",
    unavailable: "ServiceUnavailableException",
    sdk: Sdk {
        prefix: "cloudwatchlogs",
        name: "CloudWatchLogs",
        is_camel: true,
        errors: &["AccessDenied", "Conflict", "DataAlreadyAccepted", "InvalidOperation", "InvalidParameter", "InvalidSequenceToken", "LimitExceeded", "OperationAborted", "ResourceAlreadyExists", "ResourceNotFound", "ServiceUnavailable", "Throttling", "TooManyTags", "UnrecognizedClient", "Validation"],
    },
    operations: &[
        offered("CreateLogGroup", "logGroupName tags logGroupClass deletionProtectionEnabled")
            .bucket(5.0, 5.0),
        offered("CreateLogStream", "logGroupName logStreamName"),
        offered("DeleteLogGroup", "logGroupName")
            .bucket(5.0, 5.0),
        offered("DeleteLogStream", "logGroupName logStreamName"),
        offered("DeleteResourcePolicy", "policyName"),
        offered("DeleteRetentionPolicy", "logGroupName"),
        offered("DescribeLogGroups", "logGroupNamePrefix logGroupNamePattern nextToken limit includeLinkedAccounts=false logGroupClass logGroupIdentifiers")
            .bucket(5.0, 5.0),
        offered("DescribeLogStreams", "logGroupName logGroupIdentifier logStreamNamePrefix orderBy descending nextToken limit"),
        offered("DescribeResourcePolicies", "nextToken limit policyScope=ACCOUNT"),
        offered("FilterLogEvents", "logGroupName logGroupIdentifier logStreamNames logStreamNamePrefix startTime endTime filterPattern nextToken limit \
             startFromHead ~interleaved ~unmask")
            .bucket(5.0, 5.0),
        offered("GetLogEvents", "logGroupName logGroupIdentifier logStreamName startTime endTime nextToken limit startFromHead ~unmask")
            .bucket(10.0, 10.0),
        offered("ListTagsForResource", "resourceArn"),
        offered("ListTagsLogGroup", "logGroupName"),
        offered("PutLogEvents", "logGroupName logStreamName logEvents[].timestamp logEvents[].message ~sequenceToken"),
        offered("PutLogGroupDeletionProtection", "logGroupIdentifier deletionProtectionEnabled"),
        offered("PutResourcePolicy", "policyName policyDocument"),
        offered("PutRetentionPolicy", "logGroupName retentionInDays"),
        offered("TagLogGroup", "logGroupName tags"),
        offered("TagResource", "resourceArn tags"),
        offered("UntagLogGroup", "logGroupName tags"),
        offered("UntagResource", "resourceArn tagKeys"),
    ],
    ..Api::EMPTY
};
