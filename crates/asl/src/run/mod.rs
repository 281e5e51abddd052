//! The stepper: what a machine does next.
//!
//! | file | owns |
//! | --- | --- |
//! | `stepper` | a run: its threads, what comes in, what is due next |
//! | `thread` | one line of control: the state it is in, and what it waits for |
//! | `enter` | entering and leaving states; Pass, Choice, Wait, Succeed, Fail |
//! | `work` | tasks: scheduled, started, submitted, ended, timed out |
//! | `nested` | Parallel and Map: children joined and aborted |
//! | `map` | Map: its elements, and how iterations start |
//! | `recover` | Retry and Catch |
//! | `history` | events and their numbers |

mod enter;
mod history;
mod map;
mod nested;
mod recover;
mod stepper;
mod thread;
mod work;

#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod jsonata;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod recorded;
#[cfg(test)]
pub(crate) mod trial;

pub use stepper::Run;
pub use work::is_task_token;
