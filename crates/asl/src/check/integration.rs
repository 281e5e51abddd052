//! What a Task may call. <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html>

use crate::effect::{Pattern, Resource};

/// Why a Resource cannot be called.
pub(super) enum Unknown {
    /// A worker outside polls for it.
    Activity,
    /// A function or an activity whose region or account is still to be filled in: `arn:aws:lambda:REGION:ACCOUNT_ID:function:f`.
    Unfilled,
    /// AWS knows no such thing.
    Nothing {
        /// The resource that was perhaps meant.
        near: Option<String>,
    },
}

/// Service, action, and the patterns it knows beside request and response: `s` for `.sync`, `2` for `.sync:2`, `t` for a token.
const OPTIMISED: [(&str, &str, &str); 40] = [
    ("apigateway", "invoke", "t"),
    ("athena", "getQueryExecution", ""),
    ("athena", "getQueryResults", ""),
    ("athena", "startQueryExecution", "s"),
    ("athena", "stopQueryExecution", ""),
    ("batch", "submitJob", "s"),
    ("bedrock", "createModelCustomizationJob", "s"),
    ("bedrock", "invokeModel", ""),
    ("codebuild", "batchDeleteBuilds", ""),
    ("codebuild", "startBuild", "s"),
    ("codebuild", "stopBuild", ""),
    ("databrew", "startJobRun", "s"),
    ("dynamodb", "deleteItem", ""),
    ("dynamodb", "getItem", ""),
    ("dynamodb", "putItem", ""),
    ("dynamodb", "updateItem", ""),
    ("ecs", "runTask", "st"),
    ("eks", "call", ""),
    ("eks", "createCluster", "s"),
    ("eks", "createFargateProfile", "s"),
    ("eks", "createNodegroup", "s"),
    ("eks", "deleteCluster", "s"),
    ("eks", "deleteFargateProfile", "s"),
    ("eks", "deleteNodegroup", "s"),
    ("eks", "runJob", "s"),
    ("elasticmapreduce", "addStep", "s"),
    ("elasticmapreduce", "createCluster", "s"),
    ("elasticmapreduce", "terminateCluster", "s"),
    ("emr-containers", "startJobRun", "s"),
    ("emr-serverless", "startJobRun", "s"),
    ("events", "putEvents", "t"),
    ("glue", "startJobRun", "s"),
    ("http", "invoke", ""),
    ("lambda", "invoke", "t"),
    ("mediaconvert", "createJob", "s"),
    ("sagemaker", "createTrainingJob", "s"),
    ("sagemaker", "createTransformJob", "s"),
    ("sns", "publish", "t"),
    ("sqs", "sendMessage", "t"),
    ("states", "startExecution", "s2t"),
];

/// What stands behind `arn:aws:states:::` in a Resource: `dynamodb:putItem`, `ecs:runTask.sync`, `aws-sdk:s3:getObject`.
///
/// # Errors
/// What was perhaps meant, where AWS knows no such integration.
pub fn integration(name: &str) -> Result<Resource, Option<String>> {
    const FRONT: &str = "arn:aws:states:::";
    parse(&format!("{FRONT}{name}")).map_err(|unknown| match unknown {
        Unknown::Nothing { near: Some(near) } => near.strip_prefix(FRONT).map(str::to_owned),
        _ => None,
    })
}

/// The optimised integrations, without patterns.
#[cfg(test)]
pub(crate) fn optimised() -> impl Iterator<Item = String> {
    OPTIMISED.iter().map(|(service, action, _)| format!("{service}:{action}"))
}

/// What a Resource names.
pub(super) fn parse(text: &str) -> Result<Resource, Unknown> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "lambda", region, account, rest]
            if !partition.is_empty() && !region.is_empty() && is_account(account) && is_function(rest) =>
        {
            Ok(Resource::LambdaFunction { arn: text.to_owned() })
        }
        ["arn", _, "states", region, account, rest]
            if !region.is_empty() && is_account(account) && rest.starts_with("activity:") =>
        {
            Err(Unknown::Activity)
        }
        ["arn", _, "lambda", _, _, rest] if is_function(rest) => Err(Unknown::Unfilled),
        ["arn", _, "states", _, _, rest] if rest.strip_prefix("activity:").is_some_and(|name| !name.is_empty()) => {
            Err(Unknown::Unfilled)
        }
        ["arn", partition, "states", "", "", rest] if !partition.is_empty() => named(text, rest),
        _ => Err(Unknown::Nothing { near: None }),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `function:name` or `function:name:qualifier`.
fn is_function(text: &str) -> bool {
    let valid = |name: &str| {
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_$.".contains(letter))
    };
    let mut parts = text.split(':');
    parts.next() == Some("function")
        && parts.next().is_some_and(valid)
        && parts.next().is_none_or(valid)
        && parts.next().is_none()
}

fn named(text: &str, rest: &str) -> Result<Resource, Unknown> {
    let (rest, pattern) =
        [(".waitForTaskToken", Pattern::WaitForTaskToken), (".sync:2", Pattern::Sync2), (".sync", Pattern::Sync)]
            .into_iter()
            .find_map(|(suffix, pattern)| rest.strip_suffix(suffix).map(|rest| (rest, pattern)))
            .unwrap_or((rest, Pattern::RequestResponse));
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match rest.split(':').collect::<Vec<_>>().as_slice() {
        ["aws-sdk", service, action]
            if word(service)
                && word(action)
                && action.starts_with(|letter: char| letter.is_ascii_lowercase())
                && matches!(pattern, Pattern::RequestResponse | Pattern::WaitForTaskToken) =>
        {
            Ok(Resource::AwsSdk { service: (*service).to_owned(), action: (*action).to_owned(), pattern })
        }
        [service, action] => {
            let row = OPTIMISED.iter().find(|row| (row.0, row.1) == (*service, *action));
            let letter = match pattern {
                Pattern::RequestResponse => "",
                Pattern::Sync => "s",
                Pattern::Sync2 => "2",
                Pattern::WaitForTaskToken => "t",
            };
            if row.is_some_and(|row| row.2.contains(letter)) {
                return Ok(Resource::Integration {
                    service: (*service).to_owned(),
                    action: (*action).to_owned(),
                    pattern,
                });
            }
            Err(Unknown::Nothing { near: nearest(text, rest) })
        }
        _ => Err(Unknown::Nothing { near: None }),
    }
}

fn nearest(text: &str, rest: &str) -> Option<String> {
    let known: Vec<String> = OPTIMISED.iter().map(|(service, action, _)| format!("{service}:{action}")).collect();
    let near = labctl_source::nearest_within(rest, known.iter().map(String::as_str), |_| 3)?;
    Some(text.replacen(rest, near, 1)).filter(|near| near != text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_distinguished() {
        assert!(matches!(
            parse("arn:aws:lambda:us-east-1:111111111111:function:f-1"),
            Ok(Resource::LambdaFunction { .. })
        ));
        assert!(matches!(
            parse("arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST"),
            Ok(Resource::LambdaFunction { .. })
        ));
        assert!(matches!(
            parse("arn:aws:states:::lambda:invoke.waitForTaskToken"),
            Ok(Resource::Integration { pattern: Pattern::WaitForTaskToken, .. })
        ));
        assert!(matches!(
            parse("arn:aws-cn:states:::states:startExecution.sync:2"),
            Ok(Resource::Integration { pattern: Pattern::Sync2, .. })
        ));
        assert!(matches!(parse("arn:aws:states:::aws-sdk:sfn:describeExecution"), Ok(Resource::AwsSdk { .. })));
        assert!(matches!(parse("arn:aws:states:us-east-1:111111111111:activity:a"), Err(Unknown::Activity)));
    }

    #[test]
    fn what_aws_does_not_know_is_refused() {
        for text in [
            "",
            "f",
            "arn:aws:states:::dynamodb:query",
            "arn:aws:states:::lambda:invoke.sync",
            "arn:aws:states:::sqs",
            "arn:aws:sns:::x",
            "arn:aws:states:::aws-sdk:sfn:Describe",
            "arn:aws:states:::a:b:c:d",
        ] {
            assert!(matches!(parse(text), Err(Unknown::Nothing { .. })), "{text}");
        }
        for text in [
            "arn:aws:lambda:us-east-1:1:function:f",
            "arn:aws:lambda:REGION:ACCOUNT_ID:function:FUNCTION_NAME",
            "arn:aws:lambda:::function:SendToSNS",
            "arn:aws:states:us-east-1:xxxxxxxxxxxx:activity:pack",
        ] {
            assert!(matches!(parse(text), Err(Unknown::Unfilled)), "{text}");
        }
        for text in
            ["arn:aws:lambda:region-1:1234567890:function:f:", "arn:aws:lambda:region-1:1234567890:function:f:$*#$7"]
        {
            assert!(matches!(parse(text), Err(Unknown::Nothing { .. })), "{text}");
        }
        let Err(Unknown::Nothing { near }) = parse("arn:aws:states:::lambda:invok") else { panic!("refused") };
        assert_eq!(near.as_deref(), Some("arn:aws:states:::lambda:invoke"));
    }
}
