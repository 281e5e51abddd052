//! Where a lab goes: partition, region and account, as ARNs need them.

use serde::Serialize;

use super::{AccountId, Key, Kind, Region};

/// One account in one region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The account's twelve digits.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

impl Place {
    /// The second field of its ARNs: `aws`, `aws-cn`, `aws-eusc`, …
    pub fn partition(&self) -> &'static str {
        self.region.partition().id
    }

    /// The ARN of a resource by its key. `path` is an IAM role's path (`/` or `/labctl/lab6/`), unused for other kinds.
    /// Formats: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    pub fn arn(&self, key: &Key, path: &str) -> String {
        let (partition, region, account, name) = (self.partition(), &self.region, &self.account, &key.name);
        match key.kind {
            Kind::Role => format!("arn:{partition}:iam::{account}:role{path}{name}"),
            Kind::LogGroup => format!("arn:{partition}:logs:{region}:{account}:log-group:{name}"),
            Kind::Function => format!("arn:{partition}:lambda:{region}:{account}:function:{name}"),
            Kind::Queue => format!("arn:{partition}:sqs:{region}:{account}:{name}"),
            Kind::StateMachine => format!("arn:{partition}:states:{region}:{account}:stateMachine:{name}"),
            Kind::Dashboard => format!("arn:{partition}:cloudwatch::{account}:dashboard/{name}"),
        }
    }
}
