//! A machine, and how it shall be drawn.

use super::marks::Marks;
use labctl_asl::Outline;

/// Where the flow goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From top to bottom.
    #[default]
    Down,
    /// From left to right.
    Right,
}

/// A picture of a machine. Every notation shows the same states and transitions.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'m> {
    /// The machine: [`labctl_asl::Definition::outline`].
    pub outline: &'m Outline,
    /// The machine's name, for people.
    pub title: &'m str,
    /// Where the flow goes; text always goes down.
    pub direction: Direction,
    /// What an execution did; SVG, DOT, Mermaid and text show it.
    pub marks: Option<&'m Marks>,
}
