//! Findings in files: the line, a caret, what to do next.

use std::borrow::Cow;
use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, SourceCode, SourceSpan, SpanContents};

use super::style::{Ink, Style, counted};
use crate::source::{Diagnostic, Diagnostics, Severity, SourceText, Span};

/// All findings in their order, then `N errors, M warnings`; empty when there are none.
pub(super) fn text(diagnostics: &Diagnostics, style: Style) -> String {
    if diagnostics.0.is_empty() {
        return String::new();
    }
    shown(diagnostics, style) + &summary(diagnostics, style)
}

/// All findings in their order, each followed by an empty line.
pub(super) fn shown(diagnostics: &Diagnostics, style: Style) -> String {
    let handler = handler(style);
    let mut text = String::new();
    for diagnostic in &diagnostics.0 {
        let diagnostic = &harmless(diagnostic);
        let mut shown = String::new();
        if handler.render_report(&mut shown, &Shown::of(diagnostic)).is_err() {
            shown.clone_from(&diagnostic.message);
        }
        for line in shown.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

/// `2 errors, 1 warning`, and notes if there are any.
pub(super) fn summary(diagnostics: &Diagnostics, style: Style) -> String {
    let count = |severity| {
        u64::try_from(diagnostics.0.iter().filter(|finding| finding.severity == severity).count()).unwrap_or(u64::MAX)
    };
    let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
    let ink = if errors > 0 { Ink::Bad } else { Ink::Warning };
    let mut text = format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"));
    if notes > 0 {
        text.extend([", ", &counted(notes, "note")]);
    }
    style.paint(ink, text)
}

/// The same finding without characters that would steer a terminal: in its words and in the file it points into.
fn harmless(diagnostic: &Diagnostic) -> Cow<'_, Diagnostic> {
    let texts = [Some(&diagnostic.message), diagnostic.label.as_ref(), diagnostic.help.as_ref()];
    let source = diagnostic.place.as_ref().map(|(source, _)| source);
    if !texts.into_iter().flatten().any(|text| text.contains(steers))
        && !source.is_some_and(|it| it.text.contains(steers))
    {
        return Cow::Borrowed(diagnostic);
    }
    let mut plain = diagnostic.clone();
    plain.message = without_steering(&plain.message);
    plain.label = plain.label.as_deref().map(without_steering);
    plain.help = plain.help.as_deref().map(without_steering);
    plain.place =
        plain.place.map(|(source, span)| (SourceText::new(&source.path, without_steering(&source.text)), span));
    Cow::Owned(plain)
}

fn steers(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')
}

/// Each such character gives way to one of as many bytes, so that places stay what they are.
fn without_steering(text: &str) -> String {
    let plain = |letter: char| match (steers(letter), letter.len_utf8()) {
        (false, _) => letter,
        (true, 1) => '?',
        (true, _) => '¿',
    };
    text.chars().map(plain).collect()
}

fn handler(style: Style) -> GraphicalReportHandler {
    let theme = match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(if style.terminal { style.width } else { usize::from(u16::MAX) })
        .with_wrap_lines(style.terminal)
        .with_links(false)
        .with_context_lines(1)
}

/// A finding as miette reads it.
struct Shown<'a> {
    finding: &'a Diagnostic,
    text: Option<ShownText<'a>>,
}

/// The text a finding points into, as miette reads it.
struct ShownText<'a>(&'a SourceText);

impl<'a> Shown<'a> {
    fn of(finding: &'a Diagnostic) -> Self {
        Self { finding, text: finding.place.as_ref().map(|(source, _)| ShownText(source)) }
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(formatter)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.finding.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.finding.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.finding.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display + 'a>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.text.as_ref().map(|text| text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (source, span) = self.finding.place.as_ref()?;
        let Span { offset, length } = clamp(source, *span);
        let label = LabeledSpan::new_primary_with_span(self.finding.label.clone(), (offset, length));
        Some(Box::new(std::iter::once(label)))
    }
}

/// Lines longer than this are shown around the finding only: a caret far to the right helps nobody, and miette counts
/// columns in sixteen bits.
const LONGEST_LINE: usize = 2000;
/// What is shown of a long line on either side of the finding, and of the finding itself.
const AROUND: usize = 60;

/// The part of a long line to show; `None` where the line is short enough.
fn window(text: &str, offset: usize, length: usize) -> Option<std::ops::Range<usize>> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(offset..)?.find('\n').map_or(text.len(), |at| offset + at);
    (end - start > LONGEST_LINE).then(|| {
        let from = text.floor_char_boundary(offset.saturating_sub(AROUND).max(start));
        let to = text.ceil_char_boundary(offset.saturating_add(length.min(AROUND) + AROUND).min(end));
        from..to
    })
}

/// A span that lies in its text, on boundaries of characters, and in what is shown of a long line.
fn clamp(source: &SourceText, span: Span) -> Span {
    let text = &source.text;
    let offset = text.floor_char_boundary(span.offset.min(text.len()));
    let longest = if window(text, offset, 0).is_some() { AROUND } else { usize::MAX };
    let span = Span { offset: span.offset, length: span.length.min(longest) };
    let end = text.ceil_char_boundary(span.offset.saturating_add(span.length).min(text.len()));
    Span { offset, length: end.saturating_sub(offset) }
}

impl SourceCode for ShownText<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text: &'a str = &self.0.text;
        if before + after > 0
            && let Some(window) = window(text, span.offset(), span.len())
        {
            let lines = text.get(..window.start).unwrap_or_default();
            let column = window.start - lines.rfind('\n').map_or(0, |at| at + 1);
            return Ok(Box::new(miette::MietteSpanContents::new_named(
                self.0.path.display().to_string(),
                text.as_bytes().get(window.clone()).unwrap_or_default(),
                SourceSpan::from((window.start, window.len())),
                lines.matches('\n').count(),
                column,
                1,
            )));
        }
        let contents = text.read_span(span, before, after)?;
        // Asked for a place alone, it is reported in characters, as everywhere else; miette counts bytes.
        let column =
            if before + after == 0 { self.0.line_column(span.offset()).1.saturating_sub(1) } else { contents.column() };
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.0.path.display().to_string(),
            contents.data(),
            *contents.span(),
            contents.line(),
            column,
            contents.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Diagnostics {
        let text = "[lab]\npack = \"step-functions\"\nnmae = \"lab6\"\n\n[target]\nkind = \"moon\"\n";
        let source = SourceText::new("lab-manifest.toml", text);
        let at = |word: &str| Span { offset: text.find(word).unwrap(), length: word.len() };
        Diagnostics(vec![
            Diagnostic::error("manifest::unknown-key", "unknown key `nmae` in `[lab]`")
                .at(&source, at("nmae"))
                .label("not a key of `[lab]`")
                .help("did you mean `name`?"),
            Diagnostic::error("manifest::wrong-value", "`target.kind` is `moon`").at(&source, at("\"moon\"")),
            Diagnostic::warning("manifest::deprecated", "runtime `python3.9` is out of support")
                .help("use `python3.13`"),
        ])
    }

    #[test]
    fn each_finding_points_into_its_file() {
        insta::assert_snapshot!("diagnostics_ascii", text(&findings(), Style::plain()));
    }

    #[test]
    fn a_narrow_terminal_gets_unicode_and_wrapped_help() {
        let style = Style { width: 40, terminal: true, unicode: true, ..Style::plain() };
        insta::assert_snapshot!("diagnostics_narrow", text(&findings(), style));
    }

    #[test]
    fn colour_is_only_added() {
        let coloured = text(&findings(), Style { color: true, ..Style::plain() });
        assert!(coloured.contains("\u{1b}["));
        assert!(!text(&findings(), Style::plain()).contains('\u{1b}'));
    }

    #[test]
    fn a_line_of_any_length_is_shown_around_the_finding() {
        let text_of = format!("{{\n  \"a\": \"{}\", \"nmae\": 1}}\n", "x".repeat(100_000));
        let at = text_of.find("nmae").unwrap();
        let source = SourceText::new("m.json", text_of.as_str());
        for length in [4, 70_000] {
            let finding = Diagnostic::error("a::b", "broken").at(&source, Span { offset: at, length });
            let shown = text(&Diagnostics(vec![finding]), Style::plain());
            assert!(shown.contains("m.json:2:"), "{shown}");
            assert!(shown.contains("nmae") && shown.len() < 1500, "{shown}");
        }
    }

    #[test]
    fn no_file_and_no_word_steers_the_terminal() {
        let text_of = "{ \"a\u{1b}[31m\u{9b}\": 1,\u{7} \"nmae\": 2 }";
        let source = SourceText::new("m.json", text_of);
        let finding = Diagnostic::error("a::b", "`\u{1b}[2J` is broken")
            .at(&source, Span { offset: text_of.find("nmae").unwrap(), length: 4 });
        let shown = text(&Diagnostics(vec![finding]), Style::plain());
        assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{7}']), "{shown:?}");
        assert!(shown.contains("nmae") && shown.contains("m.json:1:"), "{shown}");
    }

    #[test]
    fn a_span_outside_its_text_is_no_panic() {
        let source = SourceText::new("é.toml", "é");
        for (offset, length) in [(1, 0), (1, 1), (9, 9), (0, usize::MAX), (usize::MAX, usize::MAX)] {
            let finding = Diagnostic::error("a::b", "broken").at(&source, Span { offset, length });
            assert!(text(&Diagnostics(vec![finding]), Style::plain()).contains("broken"));
        }
    }
}
