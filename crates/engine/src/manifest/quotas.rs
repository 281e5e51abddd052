//! `[quotas]`: token buckets by `service:Operation`.

use std::collections::BTreeMap;

use super::reporter::Reporter;
use crate::kind::operation;
use crate::model::Quota;
use crate::source::{self, Diagnostic, Node};

/// Reads a table that has been held against the schema; what is wrong in it is told and left out.
pub(super) fn read(table: &Node, reporter: &mut Reporter<'_>) -> BTreeMap<String, Quota> {
    let mut quotas = BTreeMap::new();
    for entry in table.members().unwrap_or_default() {
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
            reporter.tell(finding.help("write it as IAM actions are: `\"states:CreateStateMachine\"`, or `\"lambda:*\"` for a bucket the service's calls share"), entry.key_at);
            continue;
        }
        let key = operation::with_usual_service(&entry.key);
        if !operation::is_called(&key) {
            let message = format!("`{}` is no operation that labctl calls, so it limits nothing", entry.key);
            let finding = Diagnostic::error("manifest::bad-value", message).label("not an operation of labctl's");
            let help = match source::nearest(&key, operation::all().map(|(operation, _)| operation)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`api_calls` of any `--json` document names the operations that were called".to_owned(),
            };
            reporter.tell(finding.help(help), entry.key_at);
            continue;
        }
        let number = |key: &str| entry.value.get(key).and_then(Node::number);
        if let (Some(burst), Some(per_second)) = (number("burst"), number("per_second")) {
            let quota = Quota { burst, per_second };
            if quotas.insert(key.clone(), quota).is_some() {
                let message = format!("`{}` and another name of `{key}` are given", entry.key);
                let finding = Diagnostic::error("manifest::bad-value", message).label("the second name of it");
                reporter.tell(finding.help(format!("keep `{key}`")), entry.key_at);
            }
        }
    }
    quotas
}
