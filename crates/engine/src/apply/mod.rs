//! Makes a plan true; chooses nothing.
//!
//! `engine` runs ranks in order and everything within one at once, user by user; `step` does one change: say so in the journal,
//! call, wait out what passes, say how it ended; `needs` knows what a change
//! stands on, so that a failure takes along only what depends on it; `clouds` knows the way to each user's place; `rollout` lets users begin in rounds and stops a class that fails.

mod clouds;
mod engine;
mod needs;
mod options;
mod outcome;
mod rollout;
mod skip;
mod step;

pub use clouds::Clouds;
pub use engine::apply;
pub use options::ApplyOptions;
pub use outcome::{Applied, ChangeResult, Outcome, UserResult};
pub use rollout::{RolloutPolicy, StopCause, Stopped};
pub use skip::Skip;
