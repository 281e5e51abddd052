//! What an expression can see.

use std::borrow::Cow;

use serde_json::Value;

use super::context::Context;
use super::jsonata::Seen;
use super::path::{Missing, Path, Root};
use super::random::Random;

/// What an expression can see.
pub(super) struct Scope<'run> {
    /// `$` in JSONPath, `$states.input` in JSONata.
    pub input: &'run Value,
    /// `$states.result`
    pub result: Option<&'run Value>,
    /// `$states.errorOutput`
    pub error_output: Option<&'run Value>,
    pub context: &'run Context<'run>,
    pub random: &'run mut Random,
    /// What the state's JSONata expressions have looked at so far.
    pub seen: Seen,
}

impl<'run> Scope<'run> {
    /// A state that has nothing but its input yet.
    pub(super) fn new(input: &'run Value, context: &'run Context<'run>, random: &'run mut Random) -> Self {
        Self { input, result: None, error_output: None, context, random, seen: Seen::default() }
    }

    /// What a path finds, in the input or in the context object.
    pub(super) fn select(&self, path: &Path) -> Result<Cow<'_, Value>, Missing> {
        match &path.root {
            Root::Input => path.select(self.input),
            Root::Context | Root::Variable(_) => self.context.select(path),
        }
    }
}
