//! What one execution did, and why it did not do what it should.
//!
//! | file | is |
//! |---|---|
//! | `options`, `run` | what is asked for, and the use case |
//! | `reference`, `find` | how a user names an execution, and the execution meant |

mod find;
mod options;
mod reference;
mod run;

pub(crate) use options::{TraceForm, TraceOptions};
pub(crate) use run::trace;
