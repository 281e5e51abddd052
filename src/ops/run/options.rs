//! What is started, and what it is given.

use super::super::selection::Selection;

/// What is started, and what it is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunOptions {
    /// The machine, with the user's prefix or without.
    pub(crate) machine: String,
    /// Whose; one user.
    pub(crate) selection: Selection,
    /// The scenario whose input it has, and by which it is judged.
    pub(crate) scenario: Option<String>,
    /// An input of the pack, a file, or `-` for stdin.
    pub(crate) input: Option<String>,
    /// The execution's name; else one that is made.
    pub(crate) name: Option<String>,
    /// Whether each state is reported as it is entered.
    pub(crate) watch: bool,
}
