//! Everything that can be explained, in one table.

use super::{manifest, others, pack, render, roster};
use crate::asl::Rule;

/// The language's rules, then those of files: manifest, roster, pack, what is rendered, and what single commands say.
pub(crate) fn all() -> impl Iterator<Item = &'static Rule> {
    Rule::all().chain(of_files())
}

/// The rules of files.
pub(crate) fn of_files() -> impl Iterator<Item = &'static Rule> {
    [manifest::ALL, roster::ALL, pack::ALL, render::ALL, others::ALL].into_iter().flatten()
}
