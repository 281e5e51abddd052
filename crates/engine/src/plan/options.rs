//! What the instructor allows a plan.

/// What the instructor allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// Take back what users edited (`--overwrite-edits`).
    pub overwrite_edits: bool,
    /// Take over things of a wanted name that carry nobody's tags (`--adopt`).
    pub adopt: bool,
}
