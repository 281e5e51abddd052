//! What shall be there: resources with every template filled in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::numbers::{alike_everywhere, alike_in_definition};
use super::{Digest, Key, Kind, Place, Policy, Tags, UserName, canonical_json};

/// A Lambda deployment package on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    /// The zip file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// A function's code: by digest everywhere, with bytes at hand only where it is to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Code {
    /// SHA-256 of the zip, base64, as Lambda's `CodeSha256` gives it.
    pub sha256: String,
    /// Where the zip lies; absent on what was read from an account.
    pub package: Option<Package>,
}

/// STANDARD or EXPRESS. Cannot be changed after creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MachineType {
    /// Durable, with a history.
    Standard,
    /// At most five minutes; its log group is the only record.
    Express,
}

/// A state machine's logging configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Logging {
    /// `ALL`, `ERROR`, `FATAL` or `OFF`.
    pub level: String,
    /// Whether input and output go into the log.
    pub include_execution_data: bool,
    /// The log group's name.
    pub log_group: String,
}

/// The content of a resource, the same type for what is wanted and for what was found, so that comparing is `==` of digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Body {
    /// An IAM role.
    Role {
        /// `/`, or what `[iam] path` says; `/labctl/<lab>/` where an earlier build made it.
        path: String,
        /// Free text.
        description: String,
        /// Who may assume it.
        trust_policy: Policy,
        /// Inline policies by name.
        inline_policies: BTreeMap<String, Policy>,
        /// Managed policy ARNs, sorted.
        managed_policies: Vec<String>,
        /// The ARN of the policy that bounds it. Where none is wanted, one that is there is the institution's and no difference.
        permissions_boundary: Option<String>,
    },
    /// A log group.
    LogGroup {
        /// Days; `None` keeps for ever.
        retention_days: Option<u32>,
    },
    /// A function.
    Function {
        /// `python3.13`.
        runtime: String,
        /// `module.function`.
        handler: String,
        /// The execution role's ARN.
        role: String,
        /// Free text.
        description: String,
        /// Seconds.
        timeout_seconds: u32,
        /// MiB.
        memory_mib: u32,
        /// Environment variables.
        environment: BTreeMap<String, String>,
        /// What runs.
        code: Code,
    },
    /// A queue.
    Queue {
        /// Attributes as `SetQueueAttributes` names them.
        attributes: BTreeMap<String, String>,
    },
    /// A state machine.
    StateMachine {
        /// Fixed at creation.
        machine_type: MachineType,
        /// The execution role's ARN.
        role: String,
        /// The definition as text, as it is sent. Clones share it.
        definition: Arc<str>,
        /// Where its events are logged.
        logging: Option<Logging>,
    },
    /// A dashboard.
    Dashboard {
        /// The body as text, without the ownership marker (see `cloud`). Clones share it.
        body: Arc<str>,
    },
}

impl Body {
    /// The ARN of the role a function or machine runs under.
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::Function { role, .. } | Self::StateMachine { role, .. } => Some(role),
            Self::Role { .. } | Self::LogGroup { .. } | Self::Queue { .. } | Self::Dashboard { .. } => None,
        }
    }

    /// The same with one ARN in place of another, wherever it is named.
    #[must_use]
    pub fn with_arn(&self, from: &str, to: &str) -> Self {
        let text = |text: &str| replace_arn(text, from, to);
        let policy = |policy: &Policy| Policy::new(&document(&text(policy.as_str())));
        let mut body = self.clone();
        match &mut body {
            Self::Role { trust_policy, inline_policies, .. } => {
                *trust_policy = policy(trust_policy);
                for inline in inline_policies.values_mut() {
                    *inline = policy(inline);
                }
            }
            Self::Function { role, environment, .. } => {
                *role = text(role);
                for value in environment.values_mut() {
                    *value = text(value);
                }
            }
            Self::Queue { attributes } => attributes.values_mut().for_each(|value| *value = text(value)),
            Self::StateMachine { role, definition, .. } => {
                *role = text(role);
                *definition = text(definition).into();
            }
            Self::Dashboard { body } => *body = text(body).into(),
            Self::LogGroup { .. } => {}
        }
        body
    }

    /// The digest of the meaning: JSON documents count by content, not by white space, order of keys or how a number is written.
    pub fn digest(&self) -> Digest {
        Digest::of(canonical_json(&self.canonical()).as_bytes())
    }

    /// Whether that is the digest, or was by an earlier build, to which `2` and `2.0` were two numbers.
    pub fn has_digest(&self, digest: &Digest) -> bool {
        *digest == self.digest()
            || matches!(self, Self::StateMachine { .. } | Self::Dashboard { .. })
                && *digest == Digest::of(canonical_json(&self.as_written()).as_bytes())
    }

    /// The body as JSON, documents inside parsed, file paths left out, equal numbers written alike where they mean the same.
    pub fn canonical(&self) -> Value {
        let mut written = self.as_written();
        match self {
            Self::StateMachine { .. } => written.get_mut("definition").into_iter().for_each(alike_in_definition),
            Self::Dashboard { .. } => written.get_mut("body").into_iter().for_each(alike_everywhere),
            Self::Role { .. } | Self::LogGroup { .. } | Self::Function { .. } | Self::Queue { .. } => {}
        }
        written
    }

    fn as_written(&self) -> Value {
        match self {
            Self::Role {
                path: _,
                description,
                trust_policy,
                inline_policies,
                managed_policies,
                permissions_boundary: _,
            } => json!({
                "description": description, "trust_policy": trust_policy,
                "inline_policies": inline_policies, "managed_policies": managed_policies,
            }),
            Self::LogGroup { retention_days } => json!({ "retention_days": retention_days }),
            Self::Function { runtime, handler, role, description, timeout_seconds, memory_mib, environment, code } => {
                json!({
                    "runtime": runtime, "handler": handler, "role": role, "description": description,
                    "timeout_seconds": timeout_seconds, "memory_mib": memory_mib,
                    "environment": environment, "code": code.sha256,
                })
            }
            Self::Queue { attributes } => json!({ "attributes": attributes }),
            Self::StateMachine { machine_type, role, definition, logging } => json!({
                "type": machine_type, "role": role, "definition": document(definition), "logging": logging,
            }),
            Self::Dashboard { body } => json!({ "body": document(body) }),
        }
    }
}

/// A document inside a body as JSON, or as text where it is none.
fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Replaces an ARN where it ends as its name ends.
fn replace_arn(text: &str, from: &str, to: &str) -> String {
    let goes_on = |next: char| next.is_ascii_alphanumeric() || "+=,.@_-".contains(next);
    let mut parts = text.split(from);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        replaced.push_str(if rest.starts_with(goes_on) { from } else { to });
        replaced.push_str(rest);
    }
    replaced
}

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
        let own: &[Self] = match kind {
            Kind::Role => &[Self::Description, Self::TrustPolicy, Self::Policies, Self::Boundary],
            Kind::LogGroup => &[Self::Retention],
            Kind::Function => &[Self::Code, Self::Configuration],
            Kind::Queue => &[Self::Configuration],
            Kind::StateMachine => &[Self::Definition],
            Kind::Dashboard => &[Self::Body],
        };
        own.iter().copied().chain([Self::Tags]).collect()
    }
}

/// One wanted resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// Kind and name.
    pub key: Key,
    /// Content.
    pub body: Body,
    /// All tags it shall carry, [`super::tag::DIGEST`] among them.
    pub tags: Tags,
}

impl Resource {
    /// The digest its tags carry.
    pub fn digest(&self) -> Digest {
        super::tags::digest_of(&self.tags).unwrap_or_else(|| self.body.digest())
    }
}

/// What one user shall have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserDesired {
    /// Who.
    pub user: UserName,
    /// Where.
    pub place: Place,
    /// What, sorted by key. A plan shares it.
    pub resources: Vec<Arc<Resource>>,
}

/// What the whole selection of users shall have, in the manifest's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// One entry per user.
    pub users: Vec<UserDesired>,
}
