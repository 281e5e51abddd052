//! Inputs of a bulk test.

use handlebars::Context;
use serde_json::{Value, json};

use super::document;
use super::template::Templates;
use crate::model::{Bulk, Digest, Pack, User};
use crate::source::{Diagnostic, Diagnostics};

/// Makes the inputs of a bulk test from the pack's templates, compiled once.
pub struct BulkInputs<'pack> {
    templates: Templates<'pack>,
    bulk: &'pack Bulk,
}

impl<'pack> BulkInputs<'pack> {
    /// Compiles the pack's bulk templates; `None` when the pack has no bulk test.
    ///
    /// # Errors
    /// Templates that do not parse, at their place.
    pub fn new(pack: &'pack Pack) -> Result<Option<Self>, Diagnostics> {
        let Some(bulk) = &pack.bulk else { return Ok(None) };
        Ok(Some(Self { templates: Templates::compile(pack)?, bulk }))
    }

    /// The input of one execution. The same `user`, `run` and `index` give the same input on every machine.
    ///
    /// `run` goes into names that must not repeat between runs; `valid: false` asks for an input that fails on purpose,
    /// where the pack has one.
    ///
    /// # Errors
    /// A value the template asks for that is not there, or a result that is not JSON, at its place.
    pub fn input(&self, user: &User, run: &str, index: u64, valid: bool) -> Result<Value, Diagnostic> {
        input(&self.templates, self.bulk, user, (run, index), valid)
    }
}

/// One input, from templates that are compiled already; `of` is the run and the number in it.
pub(super) fn input(
    templates: &Templates<'_>,
    bulk: &Bulk,
    user: &User,
    of: (&str, u64),
    valid: bool,
) -> Result<Value, Diagnostic> {
    let (run, index) = of;
    let file = match &bulk.invalid_input {
        Some(invalid) if !valid => invalid,
        _ => &bulk.input,
    };
    let seed = Digest::of(format!("{}/{run}/{index}", user.name).as_bytes());
    let seed = seed.as_str().get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(index);
    let data = json!({
        "user": user.name.as_str(), "region": user.target.region.as_str(), "settings": user.settings,
        "run": run, "index": index, "seed": seed,
    });
    let context = Context::wraps(&data).unwrap_or_else(|_| Context::null());
    document::value(templates, file, &context)
}
