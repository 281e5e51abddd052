//! Findings of definitions as diagnostics, and all findings as `--json` gives them.

use crate::asl;
use crate::model::Diagnostics;
use crate::ui::view::{FindingView, RuleView};

/// All findings, in order.
pub(super) fn findings(found: &Diagnostics) -> Vec<FindingView> {
    found.0.iter().map(FindingView::from).collect()
}

/// A rule of the language as it is shown.
pub(super) fn rule_view(rule: &asl::Rule) -> RuleView {
    RuleView {
        code: rule.code,
        severity: rule.severity,
        aws_code: rule.aws,
        title: rule.title,
        text: rule.text,
        file: None,
        wrong: rule.wrong.to_owned(),
        right: rule.right.to_owned(),
        page: rule.page,
    }
}
