//! One expression, read once.

use std::sync::Arc;

use labctl_jsonata::Node;

use super::referenced_names::{ReferencedNames, plain_path};

/// Longer expressions are refused, so that reading one cannot take long.
const LONGEST: usize = 65_536;

/// An expression, without its `{%` and `%}`.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    /// As it is written, without spaces around it.
    pub text: String,
    pub(super) tree: Arc<Node>,
    pub(super) referenced: ReferencedNames,
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
        let tree = labctl_jsonata::parse(text).map_err(|error| error.to_string())?;
        let referenced = ReferencedNames::of(&tree);
        if referenced.names.contains("eval") {
            return Err("Step Functions does not support `$eval`".to_owned());
        }
        Ok(Self { text: text.to_owned(), tree: Arc::new(tree), referenced, path: plain_path(text) })
    }

    /// Where reading it stops, in characters from 0; None if nothing is wrong with it.
    pub(crate) fn flaw(text: &str) -> Option<usize> {
        if text.len() > LONGEST {
            return None;
        }
        match labctl_jsonata::parse(text) {
            Err(error) => Some(error.at),
            Ok(tree) if ReferencedNames::of(&tree).names.contains("eval") => {
                text.split_once("$eval").map(|(before, _)| before.chars().count())
            }
            Ok(_) => None,
        }
    }

    /// The variables and functions it may use, in order, without the `$`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.referenced.names.iter().map(String::as_str)
    }
}
