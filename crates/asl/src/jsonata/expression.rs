//! One expression, read once.

use jsonata_core::ast::AstNode;
use jsonata_core::parser::{self, ParserError};

use super::reference;
use super::sight::{Sight, plain_path};

/// Longer expressions are refused, so that reading one cannot take long.
const LONGEST: usize = 65_536;

/// In characters: the place of a mistake is looked for in expressions up to this.
const LONGEST_LOOK: usize = 2000;

/// Whether more text could still put this right.
fn wants_more(error: &ParserError) -> bool {
    match error {
        ParserError::UnexpectedEnd
        | ParserError::UnclosedString
        | ParserError::UnclosedComment
        | ParserError::UnclosedBacktick => true,
        ParserError::Expected { found, .. } | ParserError::UnexpectedToken(found) => found.contains("Eof"),
        _ => false,
    }
}

/// An expression, without its `{%` and `%}`.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    /// As it is written, without spaces around it.
    pub text: String,
    pub(super) syntax: AstNode,
    pub(super) sight: Sight,
    /// `$a.b.c` and nothing else: needs no engine.
    pub(super) path: Option<Vec<String>>,
}

/// What stands between `{%` and `%}`, if `text` is a JSONata string: nothing may stand before or after the marks.
pub(crate) fn between_marks(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}").map(str::trim)
}

impl Expression {
    /// Reads an expression; the error says what is wrong with it, with JSONata's code if there is one.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the expression is empty".to_owned());
        }
        if text.len() > LONGEST {
            return Err(format!("the expression is longer than {LONGEST} bytes"));
        }
        let sight = Sight::of(text);
        if sight.names.contains("eval") {
            return Err("Step Functions does not support `$eval`".to_owned());
        }
        // The engine is another's: a panic in it is a mistake in the expression as far as its author is concerned.
        let syntax = std::panic::catch_unwind(|| parser::parse(text))
            .map_err(|_| "the JSONata engine cannot read this expression".to_owned())?
            .map_err(|error| error.to_string())?;
        if let Some(reason) = reference::too_new(&syntax) {
            return Err(reason);
        }
        Ok(Self { text: text.to_owned(), syntax, sight, path: plain_path(text) })
    }

    /// Where reading it stops, in characters from 0; None if nothing is wrong with it, or if it is too long to look.
    ///
    /// The crate's errors name no place: it is the first character with which the text can no longer go on.
    pub(crate) fn flaw(text: &str) -> Option<usize> {
        let letters = text.chars().count();
        if letters > LONGEST_LOOK || Self::parse(text).is_ok() {
            return None;
        }
        if let Some((before, _)) = text.split_once("$eval").filter(|_| Sight::of(text).names.contains("eval")) {
            return Some(before.chars().count());
        }
        if parser::parse(text).is_ok() {
            let signs = ["??", "?:", ".."];
            return signs.iter().find_map(|sign| text.split_once(sign)).map(|(before, _)| before.chars().count());
        }
        let mut ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).enumerate();
        let stuck = ends.by_ref().collect::<Vec<_>>().into_iter().rev().take_while(|(_, end)| {
            text.get(..*end).is_some_and(|start| parser::parse(start).is_err_and(|error| !wants_more(&error)))
        });
        Some(stuck.last().map_or(letters, |(index, _)| index))
    }

    /// The variables and functions it may use, in order, without the `$`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.sight.names.iter().map(String::as_str)
    }
}
