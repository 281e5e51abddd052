//! Places in the text that the tree does not know: characters inside of strings, and what other tools will replace.

use crate::finding::Finding;
use crate::notation::Syntax;
use crate::placeholder::has_placeholder;

/// Whether the finding is about a text that another tool completes.
pub(super) fn is_replaced(text: &str, finding: &Finding) -> bool {
    has_placeholder(finding.at.of(text))
}

/// Points a finding at the character inside the text where it goes wrong, if that is known and can be found.
pub(super) fn narrow(text: &str, finding: &mut Finding, syntax: Syntax) {
    let Some(character) = finding.inside else { return };
    let written: Vec<char> = finding.at.of(text).chars().collect();
    let Some(at) = written_at(&written, character, syntax) else { return };
    finding.at.offset += written.iter().take(at).map(|letter| letter.len_utf8()).sum::<usize>();
    finding.at.length = written.get(at).map_or(0, |letter| letter.len_utf8());
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
