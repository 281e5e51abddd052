//! Finding a rule.

use super::rule::Rule;
use super::rules;

impl Rule {
    /// Every rule of the language, ordered by theme.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        rules::ALL.iter().flat_map(|theme| theme.iter().copied())
    }

    /// The rule of a code, with or without `asl::`.
    pub fn named(code: &str) -> Option<&'static Self> {
        Self::all().find(|rule| rule.code == code || rule.name() == code)
    }
}
