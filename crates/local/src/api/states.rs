//! The table of Step Functions. What is not offered is listed too: anything else is unknown to it.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html>, buckets:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>

use super::operation::{Api, Sdk, offered, refused};
use crate::wire::Protocol;

pub(super) static API: Api = Api {
    signing: "states",
    actions: "states",
    target: Some(("AWSStepFunctions", Protocol::Json10)),
    times: &["creationDate", "redriveDate", "startDate", "stopDate", "timestamp", "updateDate"],
    sdk: Sdk {
        prefix: "sfn",
        name: "Sfn",
        is_camel: true,
        errors: &["Conflict", "ExecutionAlreadyExists", "ExecutionDoesNotExist", "ExecutionLimitExceeded", "InvalidArn", "InvalidDefinition", "InvalidExecutionInput", "InvalidLoggingConfiguration", "InvalidName", "InvalidOutput", "InvalidToken", "InvalidTracingConfiguration", "MissingRequiredParameter", "ResourceNotFound", "StateMachineAlreadyExists", "StateMachineDeleting", "StateMachineDoesNotExist", "StateMachineLimitExceeded", "StateMachineTypeNotSupported", "TaskDoesNotExist", "TaskTimedOut", "TooManyTags", "Validation"],
    },
    operations: &[
        refused("CreateActivity")
            .bucket(100.0, 1.0),
        offered("CreateStateMachine", "name!:1..80 definition!:1..1048576B roleArn!:1..256 type:STANDARD|EXPRESS loggingConfiguration:structure \
             loggingConfiguration.level:ALL|FATAL|ERROR|OFF loggingConfiguration.includeExecutionData \
             loggingConfiguration.destinations[].cloudWatchLogsLogGroup.logGroupArn:1..256 tags:list tags[].key:1..128 tags[].value:0..256 \
             tracingConfiguration:structure tracingConfiguration.enabled publish:bool versionDescription:0..256B \
             encryptionConfiguration:structure encryptionConfiguration.type!:CUSTOMER_MANAGED_KMS_KEY|AWS_OWNED_KEY encryptionConfiguration.kmsKeyId:1..2048 \
             ~encryptionConfiguration.kmsDataKeyReusePeriodSeconds")
            .bucket(100.0, 1.0),
        refused("CreateStateMachineAlias"),
        refused("DeleteActivity"),
        offered("DeleteStateMachine", "stateMachineArn!:1..256")
            .bucket(100.0, 1.0),
        refused("DeleteStateMachineAlias"),
        refused("DeleteStateMachineVersion"),
        refused("DescribeActivity")
            .bucket(200.0, 1.0),
        offered("DescribeExecution", "executionArn!:1..256 includedData:ALL_DATA|METADATA_ONLY")
            .buckets((300.0, 15.0), (250.0, 10.0)),
        refused("DescribeMapRun"),
        offered("DescribeStateMachine", "stateMachineArn!:1..256 includedData:ALL_DATA|METADATA_ONLY")
            .bucket(200.0, 20.0),
        refused("DescribeStateMachineAlias"),
        offered("DescribeStateMachineForExecution", "executionArn!:1..256 includedData:ALL_DATA|METADATA_ONLY")
            .bucket(200.0, 1.0),
        refused("GetActivityTask"),
        offered("GetExecutionHistory", "executionArn!:1..256 maxResults:#1000 reverseOrder:bool nextToken:1..1024 includeExecutionData:bool")
            .bucket(400.0, 20.0),
        refused("ListActivities"),
        offered("ListExecutions", "stateMachineArn:1..256 statusFilter:SUCCEEDED|TIMED_OUT|PENDING_REDRIVE|ABORTED|FAILED|RUNNING maxResults:#1000 \
             nextToken:1..3096 mapRunArn:1..2000 redriveFilter:REDRIVEN|NOT_REDRIVEN")
            .buckets((200.0, 5.0), (100.0, 2.0)),
        refused("ListMapRuns"),
        refused("ListStateMachineAliases"),
        refused("ListStateMachineVersions"),
        offered("ListStateMachines", "maxResults:#1000 nextToken:1..1024")
            .bucket(100.0, 5.0),
        offered("ListTagsForResource", "resourceArn!:1..256")
            .bucket(100.0, 1.0),
        refused("PublishStateMachineVersion"),
        refused("RedriveExecution")
            .buckets((1300.0, 300.0), (800.0, 150.0)),
        offered("SendTaskFailure", "taskToken!:1..2048 error:0..256B cause:0..32768B")
            .buckets((3000.0, 500.0), (1500.0, 300.0)),
        offered("SendTaskHeartbeat", "taskToken!:1..2048")
            .buckets((3000.0, 500.0), (1500.0, 300.0)),
        offered("SendTaskSuccess", "taskToken!:1..2048 output!:0..262144B")
            .buckets((3000.0, 500.0), (1500.0, 300.0)),
        offered("StartExecution", "stateMachineArn!:1..256 name:1..80 input:0..262144B traceHeader:0..256/\\p{ASCII}*/")
            .buckets((1300.0, 300.0), (800.0, 150.0)),
        offered("StartSyncExecution", "stateMachineArn!:1..256 name:1..80 input:0..262144B traceHeader:0..256/\\p{ASCII}*/ includedData:ALL_DATA|METADATA_ONLY")
            .waits(),
        offered("StopExecution", "executionArn!:1..256 error:0..256B cause:0..32768B")
            .buckets((1000.0, 200.0), (500.0, 25.0)),
        offered("TagResource", "resourceArn!:1..256 tags!:list tags[].key:1..128 tags[].value:0..256")
            .bucket(200.0, 1.0),
        refused("TestState")
            .bucket(50.0, 10.0)
            .largest(16 << 20),
        offered("UntagResource", "resourceArn!:1..256 tagKeys!:list tagKeys[]:1..128")
            .bucket(200.0, 1.0),
        refused("UpdateMapRun"),
        offered("UpdateStateMachine", "stateMachineArn!:1..256 definition:1..1048576B roleArn:1..256 loggingConfiguration:structure \
             loggingConfiguration.level:ALL|FATAL|ERROR|OFF loggingConfiguration.includeExecutionData \
             loggingConfiguration.destinations[].cloudWatchLogsLogGroup.logGroupArn:1..256 tracingConfiguration:structure \
             tracingConfiguration.enabled publish:bool versionDescription:0..256B encryptionConfiguration:structure \
             encryptionConfiguration.type!:CUSTOMER_MANAGED_KMS_KEY|AWS_OWNED_KEY encryptionConfiguration.kmsKeyId:1..2048 ~encryptionConfiguration.kmsDataKeyReusePeriodSeconds")
            .bucket(100.0, 1.0),
        refused("UpdateStateMachineAlias"),
        offered("ValidateStateMachineDefinition", "definition!:1..1048576B type:STANDARD|EXPRESS severity:ERROR|WARNING maxResults:#100")
            .bucket(100.0, 1.0),
    ],
    ..Api::EMPTY
};
