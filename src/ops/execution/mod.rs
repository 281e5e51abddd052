//! What commands share that show executions: the machines of a user, an execution's events, what its handlers wrote, its view.
//!
//! | file | is |
//! |---|---|
//! | `found` | an execution with its machine |
//! | `machine` | the user's machines, as they are |
//! | `read` | an execution's events from its history or its log |
//! | `handler_log` | what handlers wrote, beside the attempts that called them |
//! | `view` | executions and their states as documents have them |

mod found;
pub(crate) mod handler_log;
mod machine;
pub(crate) mod read;
pub(crate) mod view;

pub(crate) use found::FoundExecution;
pub(crate) use machine::OwnMachine;
