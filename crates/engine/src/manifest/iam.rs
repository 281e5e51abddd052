//! `[iam]`, and a user's fields over it.

use std::collections::BTreeMap;

use super::reporter::Reporter;
use super::target::{is_role_arn, is_role_name};
use crate::model::{AccountId, Iam, IamMode, Pack, Partition};
use crate::source::Node;

/// The fields that somebody gave.
#[derive(Clone, Debug, Default)]
pub(super) struct IamLayer {
    mode: Option<IamMode>,
    brought: BTreeMap<String, String>,
    permissions_boundary: Option<String>,
    path: Option<String>,
}

impl IamLayer {
    /// Reads a table that has been held against the schema; what is wrong in it is told and left out.
    pub(super) fn read(table: &Node, pack: Option<&Pack>, reporter: &mut Reporter<'_>) -> Self {
        let mode = match table.get("mode").and_then(Node::text) {
            Some("least-privilege") => Some(IamMode::LeastPrivilege),
            Some("as-written") => Some(IamMode::AsWritten),
            _ => None,
        };
        let mut brought = BTreeMap::new();
        for role in pack.into_iter().flat_map(|pack| &pack.roles) {
            let Some((node, text)) = table.get(&role.brought_by).and_then(|node| Some((node, node.text()?))) else {
                continue;
            };
            if is_role_name(text) || is_role_arn(text) {
                brought.insert(role.brought_by.clone(), text.to_owned());
            } else {
                let message = format!("`{text}` is neither a role's name nor its ARN");
                reporter.refuse(node.at, message, "write it as `LabRole` or `arn:aws:iam::123456789012:role/LabRole`");
            }
        }
        let permissions_boundary = boundary(table, reporter);
        Self { mode, brought, permissions_boundary, path: path(table, reporter) }
    }

    /// This layer over another: what it lacks comes from below.
    pub(super) fn over(self, below: &Self) -> Self {
        let mut brought = below.brought.clone();
        brought.extend(self.brought);
        Self {
            mode: self.mode.or(below.mode),
            brought,
            permissions_boundary: self.permissions_boundary.or_else(|| below.permissions_boundary.clone()),
            path: self.path.or_else(|| below.path.clone()),
        }
    }

    /// The table with every default filled in.
    pub(super) fn finish(&self) -> Iam {
        Iam {
            mode: self.mode.unwrap_or_default(),
            brought: self.brought.clone(),
            permissions_boundary: self.permissions_boundary.clone(),
            path: self.path.clone(),
        }
    }
}

/// The boundary, whose name alone IAM does not take.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
fn boundary(table: &Node, reporter: &mut Reporter<'_>) -> Option<String> {
    let node = table.get("permissions_boundary")?;
    let text = node.text()?;
    if is_policy_arn(text) {
        return Some(text.to_owned());
    }
    let name = text.rsplit('/').next().filter(|name| is_role_name(name)).unwrap_or("boundary");
    let help = format!("write it as `arn:aws:iam::123456789012:policy/{name}`, with your account's number");
    reporter.refuse(node.at, format!("`{text}` is not the ARN of a managed policy"), help);
    None
}

/// The path, which begins and ends with a slash and has at most 512 characters, none of them a blank.
fn path(table: &Node, reporter: &mut Reporter<'_>) -> Option<String> {
    let node = table.get("path")?;
    let text = node.text()?;
    let is_shaped = text.starts_with('/') && text.ends_with('/') && !text.contains("//");
    if is_shaped && text.len() <= 512 && text.chars().all(|letter| letter.is_ascii_graphic()) {
        return Some(text.to_owned());
    }
    let kept = |letter: &char| letter.is_ascii_alphanumeric() || "/_-.".contains(*letter);
    let inner: String = text.chars().filter(kept).collect::<String>().trim_matches('/').to_owned();
    let help = if inner.is_empty() { "write it as `/labs/`".to_owned() } else { format!("write it as `/{inner}/`") };
    reporter.refuse(node.at, format!("`{}` is no path of IAM's", text.escape_debug()), help);
    None
}

/// The shape of a managed policy's ARN, AWS's own or an account's.
fn is_policy_arn(text: &str) -> bool {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, policy] = fields.as_slice() else { return false };
    let name = policy.strip_prefix("policy/").and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    Partition::exists(partition)
        && (*account == "aws" || AccountId::new(account).is_ok())
        && (1..=128).contains(&name.len())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter))
}
