//! `[quotas]`: token buckets by `service:Operation`.

use std::collections::BTreeMap;

use super::document::Node;
use super::reporter::Reporter;
use crate::model::{Diagnostic, Quota};

/// Reads a table that has been held against the schema; what is wrong in it is told and left out.
pub(super) fn read(table: &Node, reporter: &mut Reporter<'_>) -> BTreeMap<String, Quota> {
    let mut quotas = BTreeMap::new();
    for entry in table.entries() {
        let shaped = entry.key.split_once(':').is_some_and(|(service, operation)| {
            !service.is_empty()
                && service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                && (operation == "*"
                    || operation.starts_with(|c: char| c.is_ascii_uppercase())
                        && operation.chars().all(|c| c.is_ascii_alphanumeric()))
        });
        if !shaped {
            let message = format!("`{}` is not a `service:Operation`", entry.key.escape_debug());
            let finding = Diagnostic::error("manifest::bad-value", message).label("not an operation");
            reporter.tell(finding.help("write it as IAM actions are: `\"states:CreateStateMachine\"`, or `\"lambda:*\"` for a bucket the service's calls share"), entry.key_span);
            continue;
        }
        let number = |key: &str| entry.node.get(key).and_then(Node::number);
        if let (Some(burst), Some(per_second)) = (number("burst"), number("per_second")) {
            quotas.insert(entry.key.clone(), Quota { burst, per_second });
        }
    }
    quotas
}
