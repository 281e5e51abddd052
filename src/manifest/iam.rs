//! `[iam]`, and a user's fields over it.

use std::collections::BTreeMap;

use super::document::Node;
use super::reporter::Reporter;
use super::target::{is_role_arn, is_role_name};
use crate::model::{Iam, IamMode, Pack};

/// The fields that somebody gave.
#[derive(Clone, Debug, Default)]
pub(super) struct IamLayer {
    mode: Option<IamMode>,
    brought: BTreeMap<String, String>,
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
                reporter.refuse(
                    node.span,
                    message,
                    "write it as `LabRole` or `arn:aws:iam::123456789012:role/LabRole`",
                );
            }
        }
        Self { mode, brought }
    }

    /// This layer over another: what it lacks comes from below.
    pub(super) fn over(self, below: &Self) -> Self {
        let mut brought = below.brought.clone();
        brought.extend(self.brought);
        Self { mode: self.mode.or(below.mode), brought }
    }

    /// The table with every default filled in.
    pub(super) fn finish(&self) -> Iam {
        Iam { mode: self.mode.unwrap_or_default(), brought: self.brought.clone() }
    }
}
