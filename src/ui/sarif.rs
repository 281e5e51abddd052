//! Findings in SARIF 2.1.0, which code hosts and editors read.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::view::{LintView, RuleView};
use crate::source::{Diagnostic, Severity};

/// What a path may not hold as it is in a URI.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b']')
    .add(b'\\')
    .add(b'`');

/// The whole log: one run of `labctl` with its rules and what it found.
pub(super) fn log(view: &LintView, rules: &[RuleView]) -> Value {
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "labctl",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": view.shown.0.iter().map(|finding| result(finding, rules)).collect::<Vec<_>>(),
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn rule(rule: &RuleView) -> Value {
    json!({
        "id": rule.code,
        "name": rule.code.rsplit("::").next().unwrap_or(rule.code),
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.text },
        "help": { "text": format!("{}\n\nWrong:\n{}\n\nRight:\n{}", rule.text, rule.wrong, rule.right) },
        "helpUri": rule.page,
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn result(finding: &Diagnostic, rules: &[RuleView]) -> Value {
    let text = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let mut result = json!({
        "ruleId": finding.code,
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": location(finding).into_iter().collect::<Vec<_>>(),
    });
    let index = rules.iter().position(|rule| rule.code == finding.code);
    if let (Some(index), Some(members)) = (index, result.as_object_mut()) {
        members.insert("ruleIndex".to_owned(), json!(index));
    }
    result
}

fn location(finding: &Diagnostic) -> Option<Value> {
    let (source, span) = finding.place.as_ref()?;
    let (start_line, start_column) = source.line_column(span.offset);
    let (end_line, end_column) = source.line_column(span.offset.saturating_add(span.length.max(1)));
    let path = source.path.to_string_lossy().replace('\\', "/");
    Some(json!({ "physicalLocation": {
        "artifactLocation": { "uri": utf8_percent_encode(&path, ESCAPED).to_string() },
        "region": {
            "startLine": start_line,
            "startColumn": start_column,
            "endLine": end_line,
            "endColumn": end_column,
        },
    } }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Diagnostics, SourceText, Span};

    #[test]
    fn a_finding_has_its_rule_and_its_place() {
        let source = SourceText::new("my lab/é.asl.json", "{\n  \"é\": 1 }\n");
        let rules = [RuleView {
            code: "asl::unknown-field",
            severity: Severity::Error,
            aws_code: None,
            title: "a field is not part of the language",
            text: "AWS refuses it.",
            file: None,
            wrong: String::new(),
            right: String::new(),
            page: "https://states-language.net/spec.html",
        }];
        let finding = Diagnostic::error("asl::unknown-field", "Field 'é' is not supported")
            .at(&source, Span { offset: 4, length: 4 })
            .help("remove it");
        let elsewhere = Diagnostic::warning("lint::unreadable", "cannot read `x`");
        let view = LintView { shown: Diagnostics(vec![finding, elsewhere]), ..LintView::default() };
        insta::assert_json_snapshot!("sarif", log(&view, &rules), { ".runs[0].tool.driver.semanticVersion" => "VERSION" });
    }
}
