//! What commands share that show executions: the machines of a user, an execution's events, what its handlers wrote, its view.
//!
//! | file | is |
//! |---|---|
//! | `found` | an execution with its machine |
//! | `machine`, `machines` | a user's machine as it is, and those of all chosen users |
//! | `read` | an execution's events from its history or its log |
//! | `handler_log` | what handlers wrote, beside the attempts that called them |
//! | `view` | executions and their states as documents have them |

mod found;
pub(crate) mod handler_log;
mod machine;
mod machines;
pub(crate) mod read;
pub(crate) mod view;

pub(crate) use found::FoundExecution;
pub(crate) use machine::OwnMachine;
pub(crate) use machines::machines;
