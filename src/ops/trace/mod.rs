//! What one execution did, and why it did not do what it should.
//!
//! | file | is |
//! |---|---|
//! | `options`, `run` | what is asked for, and the use case |
//! | `reference` | how a user names an execution |
//! | `machine`, `find`, `read` | the user's machines, the execution meant, its events from its history or its log |
//! | `handler_log` | what handlers wrote, beside the attempts that called them |
//! | `view` | the trace as a document |

mod find;
mod handler_log;
mod machine;
mod options;
mod read;
mod reference;
mod run;
mod view;

pub(crate) use options::{TraceForm, TraceOptions};
pub(crate) use run::trace;
