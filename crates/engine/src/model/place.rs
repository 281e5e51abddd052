//! Where a lab goes: partition, region and account, as ARNs need them.

use serde::Serialize;

use super::{AccountId, Region};

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
}
