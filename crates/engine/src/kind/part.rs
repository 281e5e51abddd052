//! What of a resource can be changed by itself.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::Kind;

/// The separately updatable parts of a resource; a plan names them, so that nothing is left to choose when it is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// A function's package.
    Code,
    /// A function's configuration; a queue's attributes.
    Configuration,
    /// A role's description.
    Description,
    /// A role's trust policy.
    TrustPolicy,
    /// A role's inline and managed policies.
    Policies,
    /// The policy that bounds a role.
    Boundary,
    /// A log group's retention.
    Retention,
    /// A machine's definition, role and logging (one call updates all three).
    Definition,
    /// What cannot be changed in place (a machine's type, a role's path, a failed creation): deleted and made anew.
    Type,
    /// A dashboard's body.
    Body,
    /// Ownership tags, the digest among them.
    Tags,
}

impl Part {
    /// Everything that can be changed in place on a thing of this kind, [`Part::Tags`] among it.
    pub fn changeable(kind: Kind) -> BTreeSet<Self> {
        kind.facts().parts.iter().copied().chain([Self::Tags]).collect()
    }
}
