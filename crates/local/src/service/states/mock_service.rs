//! How the services that can only be mocked call their errors in a workflow, and what their answers carry.

use super::errand::Failure;
use crate::random;
use crate::wire::Fault;
use labctl_asl::Resource;

/// A service as optimised integrations show it: its name in a Resource and at the front of its errors, and its name in the SDK for Java's first
/// version, which is that of an error that its model does not list: `DynamoDB.AmazonDynamoDBException`. A service whose model lists
/// `AccessDeniedException` is marked so.
struct Shown {
    service: &'static str,
    prefix: &'static str,
    sdk: &'static str,
    lists_denial: bool,
    /// Of its answers, where the integration adds their HTTP side.
    content_type: Option<&'static str>,
}

const JSON_0: Option<&str> = Some("application/x-amz-json-1.0");
const JSON_1: Option<&str> = Some("application/x-amz-json-1.1");
const JSON: Option<&str> = Some("application/json");
const XML: Option<&str> = Some("text/xml");

const fn shown(
    service: &'static str,
    prefix: &'static str,
    sdk: &'static str,
    lists_denial: bool,
    content_type: Option<&'static str>,
) -> Shown {
    Shown { service, prefix, sdk, lists_denial, content_type }
}

/// Names as Retry and Catch of published machines have them.
const OPTIMISED: [Shown; 17] = [
    shown("apigateway", "ApiGateway", "AmazonApiGateway", false, None),
    shown("athena", "Athena", "AmazonAthena", false, JSON_1),
    shown("batch", "Batch", "AWSBatch", false, JSON),
    shown("bedrock", "Bedrock", "AmazonBedrock", true, None),
    shown("codebuild", "CodeBuild", "AWSCodeBuild", false, JSON_1),
    shown("databrew", "DataBrew", "AWSGlueDataBrew", true, JSON),
    shown("dynamodb", "DynamoDB", "AmazonDynamoDB", false, JSON_0),
    shown("ecs", "ECS", "AmazonECS", true, JSON_1),
    shown("eks", "EKS", "AmazonEKS", true, None),
    shown("elasticmapreduce", "EMR", "AmazonElasticMapReduce", false, JSON_1),
    shown("emr-containers", "EMRContainers", "AmazonEMRContainers", false, JSON),
    shown("emr-serverless", "EMRServerless", "AWSEMRServerless", false, JSON),
    shown("events", "EventBridge", "AmazonEventBridge", false, JSON_1),
    shown("glue", "Glue", "AWSGlue", true, JSON_1),
    shown("mediaconvert", "MediaConvert", "AWSMediaConvert", false, JSON),
    shown("sagemaker", "SageMaker", "AmazonSageMaker", false, JSON_1),
    shown("sns", "SNS", "AmazonSNS", false, XML),
];

/// Services whose name in the SDK for Java is not that of the Resource with a capital: Resource, SDK.
const SDK: [(&str, &str); 23] = [
    ("apigateway", "ApiGateway"),
    ("bedrockagentruntime", "BedrockAgentRuntime"),
    ("bedrockruntime", "BedrockRuntime"),
    ("cloudformation", "CloudFormation"),
    ("codebuild", "CodeBuild"),
    ("codepipeline", "CodePipeline"),
    ("cognitoidentityprovider", "CognitoIdentityProvider"),
    ("costexplorer", "CostExplorer"),
    ("dynamodb", "DynamoDb"),
    ("emrcontainers", "EmrContainers"),
    ("emrserverless", "EmrServerless"),
    ("eventbridge", "EventBridge"),
    ("mediaconvert", "MediaConvert"),
    ("opensearch", "OpenSearch"),
    ("rdsdata", "RdsData"),
    ("redshiftdata", "RedshiftData"),
    ("route53", "Route53"),
    ("s3control", "S3Control"),
    ("sagemaker", "SageMaker"),
    ("sagemakerruntime", "SageMakerRuntime"),
    ("secretsmanager", "SecretsManager"),
    ("sesv2", "SesV2"),
    ("timestreamquery", "TimestreamQuery"),
];

/// Services of `aws-sdk:` resources whose models list `AccessDeniedException`.
const LIST_DENIAL: [&str; 11] = [
    "bedrock",
    "bedrockagentruntime",
    "bedrockruntime",
    "comprehend",
    "ecs",
    "eks",
    "glue",
    "rdsdata",
    "rekognition",
    "scheduler",
    "textract",
];

fn optimised(resource: &Resource) -> Option<&'static Shown> {
    let Resource::Integration { service, .. } = resource else { return None };
    OPTIMISED.iter().find(|row| row.service == service)
}

/// The type of content that the integration shows of an answer; None where it shows none.
pub(super) fn content_type(resource: &Resource) -> Option<&'static str> {
    let is_call = !matches!(resource, Resource::Integration { action, .. } if action == "call" || action == "runJob");
    optimised(resource).filter(|_| is_call)?.content_type
}

/// What a workflow sees of a call that its service refuses, mostly because its role may not make it.
pub(super) fn refused(resource: &Resource, fault: &Fault) -> Failure {
    match resource {
        Resource::AwsSdk { service, .. } => {
            let name = sdk_name(service);
            let kind = if LIST_DENIAL.contains(&service.as_str()) { "AccessDenied" } else { name.as_str() };
            let cause = format!(
                "{} (Service: {name}, Status Code: 400, Request ID: {}) (SDK Attempt Count: 1)",
                fault.message,
                random::uuid()
            );
            Failure { error: format!("{name}.{kind}Exception"), cause }
        }
        // A policy is missing, whatever the service behind the connection would say.
        Resource::Integration { service, .. } if service == "http" => {
            Failure { error: "States.Http.AccessDenied".to_owned(), cause: fault.message.clone() }
        }
        Resource::Integration { service, .. } if service == "sns" => {
            let fault = Fault { code: "AuthorizationError".to_owned(), ..fault.clone() };
            Failure::of_call(&fault, "SNS", "AmazonSNS", &["AuthorizationError"])
        }
        _ => match optimised(resource) {
            Some(row) => {
                let listed: &[&str] = if row.lists_denial { &["AccessDeniedException"] } else { &[] };
                Failure::of_call(fault, row.prefix, row.sdk, listed)
            }
            None => Failure { error: "States.Runtime".to_owned(), cause: fault.message.clone() },
        },
    }
}

/// A service's name in the SDK for Java.
fn sdk_name(service: &str) -> String {
    if let Some((_, name)) = SDK.iter().find(|(known, _)| *known == service) {
        return (*name).to_owned();
    }
    let mut letters = service.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use labctl_asl::integration;

    #[test]
    fn a_denial_has_the_name_that_workflows_catch() {
        let fault = Fault::client("AccessDeniedException", "no");
        for (name, error) in [
            ("dynamodb:putItem", "DynamoDB.AmazonDynamoDBException"),
            ("ecs:runTask.sync", "ECS.AccessDeniedException"),
            ("batch:submitJob.sync", "Batch.AWSBatchException"),
            ("glue:startJobRun", "Glue.AccessDeniedException"),
            ("elasticmapreduce:createCluster", "EMR.AmazonElasticMapReduceException"),
            ("sns:publish.waitForTaskToken", "SNS.AuthorizationErrorException"),
            ("aws-sdk:dynamodb:query", "DynamoDb.DynamoDbException"),
            ("aws-sdk:bedrockruntime:invokeModel", "BedrockRuntime.AccessDeniedException"),
            ("aws-sdk:s3:getObject", "S3.S3Exception"),
        ] {
            assert_eq!(refused(&integration(name).unwrap(), &fault).error, error, "{name}");
        }
    }

    #[test]
    fn what_sends_requests_itself_shows_no_headers() {
        for (name, shown) in
            [("dynamodb:getItem", JSON_0), ("eks:call", None), ("http:invoke", None), ("aws-sdk:s3:getObject", None)]
        {
            assert_eq!(content_type(&integration(name).unwrap()), shown, "{name}");
        }
    }
}
