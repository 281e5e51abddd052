//! Places in the text that the tree does not know: characters inside of strings, and what other tools will replace.

use super::entry::Syntax;
use crate::finding::Finding;
use crate::placeholder::has_placeholder;

/// Letters between two whose place in a line is kept.
const STEP: usize = 256;

/// The lines of a text. A definition may be one line of a megabyte with thousands of findings, so that places in it are not counted from
/// its start each time.
pub(super) struct Lines<'t>(Vec<Line<'t>>);

struct Line<'t> {
    text: &'t str,
    /// Where each so many-th letter begins; empty where every letter is a byte.
    steps: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self(text.split('\n').map(Line::of).collect())
    }

    /// The rest of the line at a finding.
    fn rest(&self, finding: &Finding) -> &'t str {
        let Some(line) = self.0.get(finding.line.saturating_sub(1)) else { return "" };
        let column = finding.column.saturating_sub(1);
        let (from, more) = if line.steps.is_empty() {
            (column, 0)
        } else {
            (line.steps.get(column / STEP).copied().unwrap_or(line.text.len()), column % STEP)
        };
        let rest = line.text.get(from..).unwrap_or_default();
        rest.char_indices().nth(more).and_then(|(at, _)| rest.get(at..)).unwrap_or_default()
    }
}

impl<'t> Line<'t> {
    fn of(text: &'t str) -> Self {
        let steps =
            if text.is_ascii() { Vec::new() } else { text.char_indices().step_by(STEP).map(|(at, _)| at).collect() };
        Self { text, steps }
    }
}

/// Whether the finding is about a text that another tool completes.
pub(super) fn is_replaced(lines: &Lines<'_>, finding: &Finding) -> bool {
    let shown: String = lines.rest(finding).chars().take(finding.length).collect();
    has_placeholder(&shown)
}

/// Points a finding at the character inside the text where it goes wrong, if that is known and can be found.
pub(super) fn narrow(lines: &Lines<'_>, finding: &mut Finding, syntax: Syntax) {
    let Some(character) = finding.inside else { return };
    let written: Vec<char> = lines.rest(finding).chars().take(finding.length).collect();
    let Some(at) = written_at(&written, character, syntax) else { return };
    finding.column += at;
    finding.length = 1;
}

/// Where a character of a text stands in what is written for it; its last character is the end of what is written.
fn written_at(written: &[char], character: usize, syntax: Syntax) -> Option<usize> {
    let quote = match written.first() {
        Some('"') => '"',
        Some('\'') if syntax == Syntax::Yaml => '\'',
        Some('|' | '>') | None => return None,
        Some(_) => return Some(character.min(written.len().saturating_sub(1))),
    };
    let mut at = 1;
    for _ in 0..character {
        at += match (written.get(at), written.get(at + 1)) {
            (Some('\\'), Some('u')) if quote == '"' => 6,
            (Some('\\'), _) if quote == '"' => 2,
            (Some('\''), Some('\'')) if quote == '\'' => 2,
            _ => 1,
        };
    }
    Some(at.min(written.len().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::super::rules;
    use super::*;
    use crate::document::Position;

    fn at(written: &str, character: usize, syntax: Syntax) -> Option<usize> {
        written_at(&written.chars().collect::<Vec<_>>(), character, syntax)
    }

    #[test]
    fn places_in_long_lines_are_those_of_letters() {
        let line: String = "aé😀".repeat(400);
        let text = format!("short\n{line}\n{}", "b".repeat(2_000));
        let lines = Lines::of(&text);
        let letters: Vec<char> = line.chars().collect();
        for column in [1, 2, 255, 256, 257, 258, 512, 1_000, 1_200, 1_201, 9_999] {
            let finding = |line| {
                let told = Finding::new(&rules::TOO_LARGE, String::new(), "", Position::START);
                Finding { line, column, ..told }
            };
            let wanted: String = letters.iter().skip(column - 1).collect();
            assert_eq!(lines.rest(&finding(2)), wanted, "{column}");
            assert_eq!(lines.rest(&finding(3)).len(), 2_000_usize.saturating_sub(column - 1));
            assert_eq!(lines.rest(&finding(7)), "");
        }
    }

    #[test]
    fn escapes_count_for_what_they_stand_for() {
        assert_eq!(at("\"ab\"", 1, Syntax::Json), Some(2));
        assert_eq!(at(r#""\"a\u00e9b""#, 3, Syntax::Json), Some(10));
        assert_eq!(at("'it''s'", 4, Syntax::Yaml), Some(6));
        assert_eq!(at("plain", 2, Syntax::Yaml), Some(2));
        assert_eq!(at("|", 7, Syntax::Yaml), None);
        assert_eq!(at("\"ab\"", 99, Syntax::Json), Some(3));
    }
}
