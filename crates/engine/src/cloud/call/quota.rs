//! How many calls AWS takes: as it publishes it, as the account's Service Quotas say, as the manifest says.
//!
//! Step Functions: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
//! Lambda: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
//! CloudWatch: <https://docs.aws.amazon.com/general/latest/gr/cw_region.html>
//! Cloud Control, "this service has no quotas": <https://docs.aws.amazon.com/general/latest/gr/cloudcontrolapi.html>
//! Logs: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>

use std::collections::BTreeMap;

use crate::cloud::Paced;
use crate::model::Quota;

/// The bucket that AWS publishes for an operation (`service:Operation`) in a region; `None` where it publishes none. For IAM, labctl's
/// own figure.
pub fn published_bucket(operation: &str, region: &str) -> Option<Paced> {
    let quotas = Quotas { region: region.to_owned(), published: true, ..Quotas::default() };
    quotas.of(operation)
}

/// The buckets of one account and region, from every source.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct Quotas {
    pub(in crate::cloud) region: String,
    /// Whether AWS's published figures hold here.
    pub(in crate::cloud) published: bool,
    /// `[quotas]` of the manifest: above all else.
    pub(in crate::cloud) given: BTreeMap<String, Quota>,
    /// What Service Quotas answered.
    pub(in crate::cloud) live: BTreeMap<String, Quota>,
}

impl Quotas {
    /// The bucket an operation draws from; `None` where nothing is known.
    pub(super) fn of(&self, operation: &str) -> Option<Paced> {
        let paced = |bucket: &str, quota: &Quota, source| Paced {
            bucket: bucket.to_owned(),
            quota: *quota,
            level: 1.0,
            source,
        };
        if let Some(quota) = self.given.get(operation) {
            return Some(paced(operation, quota, "manifest"));
        }
        let shared = shared(operation);
        if let Some((bucket, quota)) = shared.as_ref().and_then(|name| self.given.get_key_value(name)) {
            return Some(paced(bucket, quota, "manifest"));
        }
        if let Some(quota) = self.live.get(operation) {
            return Some(paced(operation, quota, "service-quotas"));
        }
        let bucket = family(operation);
        let quota = published(bucket, &self.region).filter(|_| self.published)?;
        // IAM's figure is labctl's own.
        let source = if bucket == "iam:*" { "labctl" } else { "published" };
        Some(paced(bucket, &quota, source))
    }
}

/// `service:*`, the bucket a service's other operations share. What runs the lab instead of making it shares none.
fn shared(operation: &str) -> Option<String> {
    let (service, operation) = operation.split_once(':')?;
    let runs = matches!(operation, "Invoke" | "StartExecution" | "StartSyncExecution");
    (!runs).then(|| format!("{service}:*"))
}

/// The bucket an operation draws from: its own name, or the family that shares one.
fn family(operation: &str) -> &str {
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
fn published(family: &str, region: &str) -> Option<Quota> {
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
        "states:DescribeStateMachineForExecution" | "states:TagResource" | "states:UntagResource" => (200.0, 1.0),
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
        "cloudwatch:PutDashboard"
        | "cloudwatch:GetDashboard"
        | "cloudwatch:DeleteDashboards"
        | "cloudwatch:ListDashboards" => (10.0, 10.0),
        _ => return None,
    };
    Some(Quota { burst, per_second })
}

/// Buckets from the names and values that Service Quotas lists for Step Functions (`CreateStateMachine throttle token bucket size`,
/// `CreateStateMachine throttle token refill rate per second`); an operation with one of the two alone has none.
/// <https://docs.aws.amazon.com/general/latest/gr/step-functions.html>
#[cfg(any(feature = "aws", test))]
pub(in crate::cloud) fn buckets_of<'a>(quotas: impl IntoIterator<Item = (&'a str, f64)>) -> BTreeMap<String, Quota> {
    let (mut bursts, mut rates) = (BTreeMap::new(), BTreeMap::new());
    for (name, value) in quotas {
        let Some((operation, what)) = name.split_once(' ') else { continue };
        match what {
            "throttle token bucket size" if value >= 1.0 => bursts.insert(operation, value),
            "throttle token refill rate per second" if value > 0.0 => rates.insert(operation, value),
            _ => None,
        };
    }
    let both = bursts.into_iter().filter_map(|(operation, burst)| {
        let per_second = *rates.get(operation)?;
        Some((format!("states:{operation}"), Quota { burst, per_second }))
    });
    both.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotas(published: bool, given: &[(&str, f64)]) -> Quotas {
        let given = given.iter().map(|(key, rate)| ((*key).to_owned(), Quota { burst: 1.0, per_second: *rate }));
        Quotas { region: "eu-west-1".into(), published, given: given.collect(), live: BTreeMap::new() }
    }

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

    #[test]
    fn the_manifest_is_above_service_quotas_and_these_above_what_is_published() {
        let mut known = quotas(true, &[("states:CreateStateMachine", 7.0), ("lambda:*", 3.0)]);
        known.live = buckets_of([
            ("CreateStateMachine throttle token bucket size", 500.0),
            ("CreateStateMachine throttle token refill rate per second", 5.0),
            ("DeleteStateMachine throttle token bucket size", 500.0),
            ("DeleteStateMachine throttle token refill rate per second", 5.0),
            ("TagResource throttle token bucket size", 500.0),
            ("Maximum number of registered activities", 10_000.0),
        ]);
        let of =
            |operation: &str| known.of(operation).map(|paced| (paced.bucket, paced.quota.per_second, paced.source));
        let reported = |bucket: &str, rate, source| Some((bucket.to_owned(), rate, source));
        assert_eq!(of("states:CreateStateMachine"), reported("states:CreateStateMachine", 7.0, "manifest"));
        assert_eq!(of("states:DeleteStateMachine"), reported("states:DeleteStateMachine", 5.0, "service-quotas"));
        assert_eq!(of("states:TagResource"), reported("states:TagResource", 1.0, "published"));
        assert_eq!(of("lambda:CreateFunction"), reported("lambda:*", 3.0, "manifest"));
        assert_eq!(of("lambda:GetFunction"), reported("lambda:*", 3.0, "manifest"));
        assert_eq!(of("lambda:Invoke"), None);
        assert_eq!(of("iam:CreateRole"), reported("iam:*", 10.0, "labctl"));
    }

    #[test]
    fn where_nothing_is_published_only_the_manifest_counts() {
        let here = quotas(false, &[("states:CreateStateMachine", 1.0)]);
        assert!(here.of("lambda:CreateFunction").is_none());
        assert!(here.of("states:CreateStateMachine").is_some());
        assert!(quotas(true, &[]).of("sts:GetCallerIdentity").is_none());
    }
}
