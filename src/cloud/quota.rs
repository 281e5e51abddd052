//! How many calls AWS takes, as it publishes it.
//!
//! Step Functions: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
//! Lambda: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
//! CloudWatch: <https://docs.aws.amazon.com/general/latest/gr/cw_region.html>
//! Logs: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>

use crate::model::Quota;

/// The bucket an operation draws from: its own name, or the family that shares one.
pub(super) fn family(operation: &str) -> &str {
    match operation {
        "lambda:GetFunction" | "lambda:Invoke" => operation,
        // Fifteen a second over all control-plane calls together.
        _ if operation.starts_with("lambda:") => "lambda:*",
        // AWS publishes nothing; see `published`.
        _ if operation.starts_with("iam:") => "iam:*",
        _ => operation,
    }
}

/// The published bucket of a family in a region, `None` where AWS publishes none and labctl keeps to none.
pub(super) fn published(family: &str, region: &str) -> Option<Quota> {
    let large = matches!(region, "us-east-1" | "us-west-2" | "eu-west-1");
    let by_region = |here: (f64, f64), elsewhere: (f64, f64)| if large { here } else { elsewhere };
    let (burst, per_second) = match family {
        "states:CreateStateMachine"
        | "states:UpdateStateMachine"
        | "states:DeleteStateMachine"
        | "states:ListTagsForResource"
        | "states:ValidateStateMachineDefinition" => (100.0, 1.0),
        "states:DescribeStateMachine" => (200.0, 20.0),
        "states:ListStateMachines" => (100.0, 5.0),
        "states:TagResource" | "states:UntagResource" => (200.0, 1.0),
        "states:StartExecution" => by_region((1300.0, 300.0), (800.0, 150.0)),
        "states:DescribeExecution" => by_region((300.0, 15.0), (250.0, 10.0)),
        "states:GetExecutionHistory" => (400.0, 20.0),
        "states:ListExecutions" => by_region((200.0, 5.0), (100.0, 2.0)),
        "states:StopExecution" => by_region((1000.0, 200.0), (500.0, 25.0)),
        "lambda:*" => (15.0, 15.0),
        "lambda:GetFunction" => (100.0, 100.0),
        // labctl's own figure: AWS throttles IAM account-wide, cannot raise it and says no number.
        "iam:*" => (20.0, 10.0),
        "logs:CreateLogGroup"
        | "logs:DeleteLogGroup"
        | "logs:DescribeLogGroups"
        | "logs:FilterLogEvents"
        | "logs:PutRetentionPolicy"
        | "logs:TagResource"
        | "logs:ListTagsForResource" => (5.0, 5.0),
        "cloudwatch:PutDashboard" | "cloudwatch:GetDashboard" | "cloudwatch:DeleteDashboards" => (10.0, 10.0),
        _ => return None,
    };
    Some(Quota { burst, per_second })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_shares_one_bucket_but_for_its_exceptions() {
        assert_eq!(family("lambda:CreateFunction"), "lambda:*");
        assert_eq!(family("lambda:TagResource"), "lambda:*");
        assert_eq!(family("lambda:GetFunction"), "lambda:GetFunction");
        assert_eq!(family("states:CreateStateMachine"), "states:CreateStateMachine");
    }

    #[test]
    fn three_regions_have_larger_buckets() {
        let start = |region| published("states:StartExecution", region).map(|quota| quota.per_second);
        assert_eq!((start("eu-west-1"), start("eu-north-1")), (Some(300.0), Some(150.0)));
        assert_eq!(published("sts:GetCallerIdentity", "eu-west-1"), None);
    }
}
