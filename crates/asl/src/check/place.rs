//! Places in the text that the tree does not know: characters inside of strings, and what other tools will replace.

use super::entry::Syntax;
use crate::finding::Finding;
use crate::placeholder::has_placeholder;

/// The rest of the line at a finding.
fn rest<'t>(lines: &[&'t str], finding: &Finding) -> &'t str {
    let line = lines.get(finding.line.saturating_sub(1)).copied().unwrap_or_default();
    let start = line.char_indices().nth(finding.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    line.get(start..).unwrap_or_default()
}

/// Whether the finding is about a text that another tool completes.
pub(super) fn is_replaced(lines: &[&str], finding: &Finding) -> bool {
    let shown: String = rest(lines, finding).chars().take(finding.length).collect();
    has_placeholder(&shown)
}

/// Points a finding at the character inside the text where it goes wrong, if that is known and can be found.
pub(super) fn narrow(lines: &[&str], finding: &mut Finding, syntax: Syntax) {
    let Some(character) = finding.inside else { return };
    let written: Vec<char> = rest(lines, finding).chars().take(finding.length).collect();
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
    use super::*;

    fn at(written: &str, character: usize, syntax: Syntax) -> Option<usize> {
        written_at(&written.chars().collect::<Vec<_>>(), character, syntax)
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
