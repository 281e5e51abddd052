//! What is drawn, and how.

use std::path::PathBuf;

use crate::picture::Direction;

/// How a picture is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Notation {
    /// A picture for browsers.
    #[default]
    Svg,
    /// Mermaid's `flowchart`.
    Mermaid,
    /// Graphviz.
    Dot,
    /// Characters.
    Text,
}

/// What is drawn, and how.
#[derive(Clone, Debug)]
pub(crate) struct GraphOptions {
    /// A file with a definition, `-` for stdin, or a machine of the manifest's pack.
    pub(crate) machine: String,
    /// The notation; else the file's extension decides.
    pub(crate) notation: Option<Notation>,
    /// The notation where there is neither.
    pub(crate) unless_named: Notation,
    /// The columns that a text has, and whether it may have characters beyond ASCII.
    pub(crate) columns: (usize, bool),
    /// The file that the picture is written to.
    pub(crate) output: Option<PathBuf>,
    /// Where the flow goes.
    pub(crate) direction: Direction,
    /// The user whose rendering of the pack is drawn; else the first.
    pub(crate) user: Option<String>,
    /// States that are marked as entered, in this order.
    pub(crate) path: Vec<String>,
    /// A scenario of the pack whose path is marked.
    pub(crate) scenario: Option<String>,
}

impl Default for GraphOptions {
    fn default() -> Self {
        Self {
            machine: "-".to_owned(),
            notation: None,
            unless_named: Notation::default(),
            columns: (80, true),
            output: None,
            direction: Direction::Down,
            user: None,
            path: Vec::new(),
            scenario: None,
        }
    }
}
