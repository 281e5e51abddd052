//! What an execution did: from its history, or from what its machine logged, to a tree of visits.
//!
//! Branches of a Parallel and iterations of a Map run at the same time, so their events are interleaved. Each event names the one
//! it follows, and a chain of those never leaves its branch: following it tells which visit of which Parallel or Map an inner
//! state belongs to, and which attempt a failure ends. An event that was never delivered costs what hangs on it, not the rest.
//!
//! | part | owns |
//! | --- | --- |
//! | `event` | one event, out of a history or a line of a log |
//! | `tree` | the visits, and what can be asked of them |
//! | `walk` | events to visits: which event belongs to which visit |
//! | `judge` | how each visit ended, once all events are known |
//! | `order` | visits in the order of reading |
//! | `origin` | where a failure began, caught or not |
//! | `handlers` | what the handlers of functions wrote, beside the attempts that called them |
//! | `chosen` | which of several ways out of a Choice state was gone |
//! | `along` | the tree of a path that was only named |

mod along;
mod chosen;
mod event;
mod handlers;
mod judge;
mod order;
mod origin;
mod step;
mod tree;
mod walk;

#[cfg(test)]
mod broken;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod recorded;

pub use event::{EventData, HistoryEvent, function_called, is_complete};
pub use handlers::{CallSpan, LoggedLine, function_name, handler_calls, handler_lines};
pub use origin::FailureOrigin;
pub use tree::{Attempt, Chosen, End, Inside, Lane, Trace, TraceError, Transition, Visit};
