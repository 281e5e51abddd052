//! `labctl lint` as text.

use super::super::diagnostics;
use super::super::style::{Ink, Style, Verbosity, counted_len};
use super::super::view::LintView;
use crate::source::{Diagnostics, Severity};

/// The findings with their carets, then a line that sums up.
pub(in crate::ui) fn lint(view: &LintView, style: Style, verbosity: Verbosity) -> String {
    let mut shown = view.shown.clone();
    if verbosity == Verbosity::Quiet {
        shown.0.retain(|finding| finding.severity == Severity::Error);
    }
    let files = counted_len(view.summary.files, "definition");
    let mut text = diagnostics::shown(&shown, style);
    if view.summary.unlisted > 0 {
        text.extend([&counted_len(view.summary.unlisted, "more finding"), " not shown.\n"]);
    }
    if view.shown.0.is_empty() {
        return text + &style.paint(Ink::Good, format!("Lint: no findings in {files}."));
    }
    let count = diagnostics::summary(&Diagnostics(view.shown.0.clone()), style);
    text + &format!("Lint: {count} in {files}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Diagnostic, SourceText, Span};
    use crate::ui::view::LintSummary;

    fn view() -> LintView {
        let text =
            "{\n  \"StartAt\": \"Greet\",\n  \"States\": { \"Greet\": { \"Type\": \"Pass\", \"Nxt\": \"Dóne\" } }\n}\n";
        let source = SourceText::new("order.asl.json", text);
        let at = |word: &str| Span { offset: text.find(word).unwrap(), length: word.len() };
        let shown = Diagnostics(vec![
            Diagnostic::error("asl::unknown-field", "Field 'Nxt' is not supported (`/States/Greet`)")
                .at(&source, at("\"Nxt\""))
                .label("SCHEMA_VALIDATION_FAILED")
                .help("did you mean `Next`?"),
            Diagnostic::warning("asl::endless-loop", "from `Greet` on, no end of the workflow can be reached")
                .at(&source, at("\"Greet\": {"))
                .help("let one of the states in the loop lead out of it, for instance by a Choice that counts"),
        ]);
        LintView { summary: LintSummary { files: 1, ..LintSummary::default() }, findings: Vec::new(), shown }
    }

    #[test]
    fn in_a_pipe_lines_are_whole() {
        insta::assert_snapshot!("lint_pipe", lint(&view(), Style::plain(), Verbosity::Normal));
    }

    #[test]
    fn a_narrow_terminal_gets_wrapped_lines() {
        let style = Style { width: 48, terminal: true, unicode: true, ..Style::plain() };
        insta::assert_snapshot!("lint_narrow", lint(&view(), style, Verbosity::Normal));
    }

    #[test]
    fn quiet_tells_errors_only() {
        let text = lint(&view(), Style::plain(), Verbosity::Quiet);
        assert!(text.contains("unknown-field") && !text.contains("endless-loop"), "{text}");
        assert!(text.ends_with("Lint: 1 error, 1 warning in 1 definition."), "{text}");
    }

    #[test]
    fn nothing_found_is_said() {
        let view = LintView { summary: LintSummary { files: 2, ..LintSummary::default() }, ..LintView::default() };
        assert_eq!(lint(&view, Style::plain(), Verbosity::Normal), "Lint: no findings in 2 definitions.");
    }
}
