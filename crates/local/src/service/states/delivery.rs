//! The resource policy of CloudWatch Logs in which Step Functions lets its events be delivered: one for the account in a region,
//! with an entry for each log group outside of `/aws/vendedlogs/`, and no longer than 5,120 characters.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html>

use std::collections::BTreeSet;

use serde_json::json;

use super::fault::invalid_logging;
use super::machine::Record;
use super::registry::Registry;
use crate::arn::partition;
use crate::wire::Fault;

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const LARGEST: usize = 5_120;
const VENDED: &str = "/aws/vendedlogs/";

/// Whether the policy can take the log group of one more machine.
///
/// # Errors
/// `InvalidLoggingConfiguration`, as AWS says it.
pub(super) fn check_policy(account: &str, registry: &Registry, record: &Record) -> Result<(), Fault> {
    let Some((region, group)) = record.logging.destination().filter(|(_, group)| !group.starts_with(VENDED)) else {
        return Ok(());
    };
    let state = registry.state();
    // Entries of other machines; those of machines that are gone are not kept, as far as is known.
    let mut groups: BTreeSet<&str> = state
        .machines
        .values()
        .filter(|machine| machine.record.arn != record.arn)
        .filter_map(|machine| machine.record.logging.destination())
        .filter(|(other, group)| *other == region && !group.starts_with(VENDED))
        .map(|(_, group)| group)
        .collect();
    groups.insert(group);
    if policy(region, account, &groups).len() <= LARGEST {
        return Ok(());
    }
    Err(invalid_logging(
        "The CloudWatch Logs Resource Policy size was exceeded. We suggest prefixing your CloudWatch log group name \
         with /aws/vendedlogs/states/.",
    ))
}

/// The policy as AWS writes it.
fn policy(region: &str, account: &str, groups: &BTreeSet<&str>) -> String {
    let entry =
        |group: &str| format!("arn:{}:logs:{region}:{account}:log-group:{group}:log-stream:*", partition(region));
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "AWSLogDeliveryWrite",
            "Effect": "Allow",
            "Principal": { "Service": "delivery.logs.amazonaws.com" },
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": groups.iter().map(|group| entry(group)).collect::<Vec<_>>(),
            "Condition": {
                "StringEquals": { "aws:SourceAccount": [account] },
                "ArnLike": { "aws:SourceArn": [format!("arn:{}:logs:{region}:{account}:*", partition(region))] },
            },
        }],
    });
    policy.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many users' log groups the policy takes.
    fn room(group: impl Fn(usize) -> String) -> usize {
        let names: Vec<String> = (1..=100).map(group).collect();
        let fits = |count: &usize| {
            let groups = names.iter().take(*count).map(String::as_str).collect();
            policy("us-east-1", "123456789012", &groups).len() <= LARGEST
        };
        (1..=100).take_while(fits).last().unwrap_or(0)
    }

    #[test]
    fn the_policy_is_full_after_some_dozens_of_log_groups() {
        assert_eq!(room(|number| format!("/lab/states/user{number}-greet")), 55);
        assert_eq!(room(|number| format!("/aws/states/user{number}-order-processing-workflow")), 45);
        assert_eq!(room(|_| "/lab/all".to_owned()), 100, "one log group is one entry");
    }
}
