//! What a call asks of the execution role, as far as it is certain.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html>

use serde_json::Value;

use crate::effect::{Pattern, Resource};

/// An action that the role must be allowed for a call to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// `dynamodb:PutItem`.
    pub action: String,
    /// What it is called on; None where that is not known.
    pub on: Option<CalledOn>,
}

/// What an action is called on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalledOn {
    /// By its ARN.
    Arn(String),
    /// In the machine's own account and region.
    Own {
        /// The service in its ARN.
        service: &'static str,
        /// `table/orders`.
        name: String,
    },
}

/// Optimised integrations that need one action on what one argument names: integration, action, argument. An empty action is one of several,
/// or none.
const OPTIMISED: [(&str, &str, &str); 39] = [
    ("apigateway:invoke", "execute-api:Invoke", ""),
    ("athena:getQueryExecution", "athena:GetQueryExecution", ""),
    ("athena:getQueryResults", "athena:GetQueryResults", ""),
    ("athena:startQueryExecution", "athena:StartQueryExecution", ""),
    ("athena:stopQueryExecution", "athena:StopQueryExecution", ""),
    ("batch:submitJob", "batch:SubmitJob", ""),
    ("bedrock:createModelCustomizationJob", "bedrock:CreateModelCustomizationJob", ""),
    ("bedrock:invokeModel", "bedrock:InvokeModel", "ModelId"),
    ("codebuild:batchDeleteBuilds", "codebuild:BatchDeleteBuilds", ""),
    ("codebuild:startBuild", "codebuild:StartBuild", "ProjectName"),
    ("codebuild:stopBuild", "codebuild:StopBuild", ""),
    ("databrew:startJobRun", "databrew:StartJobRun", ""),
    ("dynamodb:deleteItem", "dynamodb:DeleteItem", "TableName"),
    ("dynamodb:getItem", "dynamodb:GetItem", "TableName"),
    ("dynamodb:putItem", "dynamodb:PutItem", "TableName"),
    ("dynamodb:updateItem", "dynamodb:UpdateItem", "TableName"),
    ("ecs:runTask", "ecs:RunTask", ""),
    ("eks:createCluster", "eks:CreateCluster", ""),
    ("eks:createFargateProfile", "eks:CreateFargateProfile", ""),
    ("eks:createNodegroup", "eks:CreateNodegroup", ""),
    ("eks:deleteCluster", "eks:DeleteCluster", ""),
    ("eks:deleteFargateProfile", "eks:DeleteFargateProfile", ""),
    ("eks:deleteNodegroup", "eks:DeleteNodegroup", ""),
    ("elasticmapreduce:addStep", "elasticmapreduce:AddJobFlowSteps", ""),
    ("elasticmapreduce:createCluster", "elasticmapreduce:RunJobFlow", ""),
    ("elasticmapreduce:terminateCluster", "elasticmapreduce:TerminateJobFlows", ""),
    ("emr-containers:startJobRun", "emr-containers:StartJobRun", ""),
    ("emr-serverless:startJobRun", "emr-serverless:StartJobRun", ""),
    ("events:putEvents", "events:PutEvents", ""),
    ("glue:startJobRun", "glue:StartJobRun", "JobName"),
    ("http:invoke", "states:InvokeHTTPEndpoint", ""),
    ("lambda:invoke", "lambda:InvokeFunction", "FunctionName"),
    ("mediaconvert:createJob", "mediaconvert:CreateJob", ""),
    ("sagemaker:createTrainingJob", "sagemaker:CreateTrainingJob", ""),
    ("sagemaker:createTransformJob", "sagemaker:CreateTransformJob", ""),
    ("sns:publish", "sns:Publish", "TopicArn"),
    ("sqs:sendMessage", "sqs:SendMessage", "QueueUrl"),
    ("states:startExecution", "states:StartExecution", "StateMachineArn"),
    // The cluster's own roles decide.
    ("eks:call", "", ""),
];

/// SDK integrations whose actions are named after the operation: the service in the Resource, and IAM's prefix for it.
const SERVICES: [(&str, &str); 47] = [
    ("athena", "athena"),
    ("batch", "batch"),
    ("bedrock", "bedrock"),
    ("bedrockagentruntime", "bedrock"),
    ("bedrockruntime", "bedrock"),
    ("cloudcontrol", "cloudformation"),
    ("cloudformation", "cloudformation"),
    ("cloudwatch", "cloudwatch"),
    ("cloudwatchlogs", "logs"),
    ("codebuild", "codebuild"),
    ("cognitoidentityprovider", "cognito-idp"),
    ("comprehend", "comprehend"),
    ("dynamodb", "dynamodb"),
    ("ec2", "ec2"),
    ("ecr", "ecr"),
    ("ecs", "ecs"),
    ("eks", "eks"),
    ("emr", "elasticmapreduce"),
    ("emrserverless", "emr-serverless"),
    ("eventbridge", "events"),
    ("firehose", "firehose"),
    ("glue", "glue"),
    ("iam", "iam"),
    ("kinesis", "kinesis"),
    ("kms", "kms"),
    ("lambda", "lambda"),
    ("organizations", "organizations"),
    ("polly", "polly"),
    ("rds", "rds"),
    ("rdsdata", "rds-data"),
    ("redshiftdata", "redshift-data"),
    ("rekognition", "rekognition"),
    ("resourcegroupstaggingapi", "tag"),
    ("s3", "s3"),
    ("sagemaker", "sagemaker"),
    ("sagemakerruntime", "sagemaker"),
    ("scheduler", "scheduler"),
    ("secretsmanager", "secretsmanager"),
    ("ses", "ses"),
    ("sesv2", "ses"),
    ("sfn", "states"),
    ("sns", "sns"),
    ("sqs", "sqs"),
    ("ssm", "ssm"),
    ("textract", "textract"),
    ("transcribe", "transcribe"),
    ("translate", "translate"),
];

/// Operations whose action has another name; an empty one is several actions, or none that is certain.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const RENAMED: [(&str, &str); 20] = [
    ("bedrockruntime:converse", "bedrock:InvokeModel"),
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
    ("sqs:changeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
    ("sqs:deleteMessageBatch", "sqs:DeleteMessage"),
    ("sqs:sendMessageBatch", "sqs:SendMessage"),
    ("sts:getCallerIdentity", ""),
];

/// The EventBridge rules by which `.sync` hears of a job's end: integration, rule. Other jobs are asked after.
const RULES: [(&str, &str); 11] = [
    ("batch:submitJob", "StepFunctionsGetEventsForBatchJobsRule"),
    ("codebuild:startBuild", "StepFunctionsGetEventsForCodeBuildStartBuildRule"),
    ("ecs:runTask", "StepFunctionsGetEventsForECSTaskRule"),
    ("elasticmapreduce:addStep", "StepFunctionsGetEventForEMRAddJobFlowStepsRule"),
    ("elasticmapreduce:createCluster", "StepFunctionsGetEventForEMRRunJobFlowRule"),
    ("elasticmapreduce:terminateCluster", "StepFunctionsGetEventForEMRTerminateJobFlowsRule"),
    ("emr-serverless:startJobRun", "StepFunctionsGetEventsForEMRServerlessJobRule"),
    ("mediaconvert:createJob", "StepFunctionsGetEventsForMediaConvertJobRule"),
    ("sagemaker:createTrainingJob", "StepFunctionsGetEventsForSageMakerTrainingJobsRule"),
    ("sagemaker:createTransformJob", "StepFunctionsGetEventsForSageMakerTransformJobsRule"),
    ("states:startExecution", "StepFunctionsGetEventsForStepFunctionsExecutionRule"),
];

/// What the role must be allowed for a call with these arguments to be answered; None where that is not certain.
pub fn needed(resource: &Resource, arguments: &Value) -> Option<Needed> {
    match resource {
        Resource::LambdaFunction { arn } => {
            Some(Needed { action: "lambda:InvokeFunction".to_owned(), on: Some(CalledOn::Arn(arn.clone())) })
        }
        Resource::Integration { service, action, .. } => {
            let call = format!("{service}:{action}");
            let (_, action, argument) = OPTIMISED.iter().find(|(known, ..)| *known == call)?;
            let on = || called_on(service, arguments.get(argument)?.as_str()?);
            (!action.is_empty()).then(|| Needed { action: (*action).to_owned(), on: on() })
        }
        Resource::AwsSdk { service, action, .. } => {
            sdk_action(service, action).map(|action| Needed { action, on: None })
        }
    }
}

/// The rule of EventBridge by which a call that is waited for hears of its job's end; the role must be allowed `events:PutTargets`,
/// `events:PutRule` and `events:DescribeRule` on it.
pub fn managed_rule(resource: &Resource) -> Option<&'static str> {
    let Resource::Integration { service, action, pattern: Pattern::Sync | Pattern::Sync2 } = resource else {
        return None;
    };
    let call = format!("{service}:{action}");
    RULES.iter().find(|(known, _)| *known == call).map(|(_, rule)| *rule)
}

/// What an argument names.
fn called_on(service: &str, text: &str) -> Option<CalledOn> {
    if text.starts_with("arn:") {
        return Some(CalledOn::Arn(text.to_owned()));
    }
    // A placeholder, or a JSONata expression that was not worked out.
    if text.contains("${") || text.trim_start().starts_with("{%") {
        return None;
    }
    let own = |service: &'static str, name: String| Some(CalledOn::Own { service, name });
    match service {
        "sqs" => own("sqs", text.rsplit('/').next()?.to_owned()),
        "dynamodb" => own("dynamodb", format!("table/{text}")),
        "lambda" if !text.contains(':') => own("lambda", format!("function:{text}")),
        "glue" => own("glue", format!("job/{text}")),
        "codebuild" => own("codebuild", format!("project/{text}")),
        _ => None,
    }
}

/// The action of an SDK integration.
fn sdk_action(service: &str, operation: &str) -> Option<String> {
    let call = format!("{service}:{operation}");
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

    #[test]
    fn every_optimised_integration_is_known_or_known_to_be_uncertain() {
        for call in crate::check::optimised() {
            let known = OPTIMISED.iter().any(|(known, ..)| *known == call);
            assert!(known || call == "eks:runJob", "{call}");
        }
        for (call, rule) in RULES {
            let resource = crate::integration(&format!("{call}.sync")).unwrap();
            assert_eq!(managed_rule(&resource), Some(rule), "{call}");
        }
    }

    #[test]
    fn calls_need_their_action_on_what_they_name() {
        let needs = |name: &str, arguments: Value| needed(&crate::integration(name).unwrap(), &arguments);
        let own = |service, name: &str| Some(CalledOn::Own { service, name: name.to_owned() });
        for (name, arguments, action, on) in [
            ("dynamodb:putItem", json!({"TableName": "orders"}), "dynamodb:PutItem", own("dynamodb", "table/orders")),
            ("sns:publish", json!({"TopicArn": "arn:t"}), "sns:Publish", Some(CalledOn::Arn("arn:t".to_owned()))),
            ("glue:startJobRun.sync", json!({"JobName": "j"}), "glue:StartJobRun", own("glue", "job/j")),
            ("glue:startJobRun.sync", json!({"JobName": "{% $j %}"}), "glue:StartJobRun", None),
            ("elasticmapreduce:addStep.sync", json!({}), "elasticmapreduce:AddJobFlowSteps", None),
            ("aws-sdk:bedrockruntime:converse", json!({}), "bedrock:InvokeModel", None),
            ("aws-sdk:dynamodb:query", json!({"TableName": "t"}), "dynamodb:Query", None),
        ] {
            assert_eq!(needs(name, arguments), Some(Needed { action: action.to_owned(), on }), "{name}");
        }
        for name in ["aws-sdk:dynamodb:executeStatement", "aws-sdk:nextyear:call", "eks:call"] {
            assert_eq!(needs(name, json!({})), None, "{name}");
        }
        assert_eq!(managed_rule(&crate::integration("ecs:runTask").unwrap()), None);
        assert_eq!(managed_rule(&crate::integration("glue:startJobRun.sync").unwrap()), None);
    }
}
