//! `labctl explain` as text.

use super::super::style::{Ink, Style};
use super::super::view::{ExplainView, RuleView};
use crate::source::Severity;

/// One rule in full, or a line for each.
pub(in crate::ui) fn explain(view: &ExplainView, style: Style) -> String {
    if !view.listed {
        let rules: Vec<String> = view.rules.iter().map(|rule| one(rule, style)).collect();
        return rules.join("\n\n");
    }
    let widest = view.rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    let mut lines: Vec<String> = Vec::with_capacity(view.rules.len() + 1);
    for rule in &view.rules {
        let line = format!("{:widest$}  {:7}  {}", rule.code, severity(rule.severity), rule.title);
        lines.push(style.wrap(&line, widest + 11));
    }
    lines.push(style.wrap(&format!("{} findings. `labctl explain CODE` tells more of one.", view.rules.len()), 2));
    lines.join("\n")
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn one(rule: &RuleView, style: Style) -> String {
    let ink = match rule.severity {
        Severity::Error => Ink::Bad,
        Severity::Warning => Ink::Warning,
        Severity::Note => Ink::Notice,
    };
    let mut head = format!("{} ({})", style.paint(ink, rule.code), severity(rule.severity));
    if let Some(code) = rule.aws_code {
        head.extend([", AWS says ", code]);
    }
    let mut parts = vec![format!("{}\n{}", style.wrap(&head, 2), style.paint(Ink::Bold, style.wrap(rule.title, 2)))];
    parts.push(style.wrap(rule.text, 0));
    let place = rule.file.map(|file| format!(" in {file}")).unwrap_or_default();
    for (name, example) in [("Wrong", &rule.wrong), ("Right", &rule.right)] {
        if !example.is_empty() {
            let lines: Vec<String> = example.lines().map(|line| format!("  {line}").trim_end().to_owned()).collect();
            parts.push(format!("{}\n{}", style.paint(Ink::Dim, format!("{name}{place}:")), lines.join("\n")));
        }
    }
    parts.push(format!("See {}", rule.page));
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> RuleView {
        RuleView {
            code: "asl::missing-next",
            severity: Severity::Error,
            aws_code: Some("SCHEMA_VALIDATION_FAILED"),
            title: "a state leads nowhere",
            text: "Every Task says what follows: `\"Next\": \"…\"`, or `\"End\": true` if nothing does.",
            file: None,
            wrong: "\"Greet\": { \"Type\": \"Pass\" }".to_owned(),
            right: "\"Greet\": { \"Type\": \"Pass\", \"End\": true }".to_owned(),
            page: "https://docs.aws.amazon.com/step-functions/",
        }
    }

    #[test]
    fn a_rule_is_reported_with_its_examples() {
        let view = ExplainView { rules: vec![rule()], listed: false };
        insta::assert_snapshot!("explain_one", explain(&view, Style::plain()));
        let style = Style { width: 40, terminal: true, unicode: true, ..Style::plain() };
        insta::assert_snapshot!("explain_narrow", explain(&view, style));
    }

    #[test]
    fn rules_are_listed_in_columns() {
        let other = RuleView { code: "asl::x", severity: Severity::Note, ..rule() };
        let view = ExplainView { rules: vec![rule(), other], listed: true };
        insta::assert_snapshot!("explain_list", explain(&view, Style::plain()));
    }
}
