//! The executions of the chosen users, newest first.
//!
//! | file | is |
//! |---|---|
//! | `options`, `run` | what is asked for, and the use case |
//! | `list` | the executions of each machine: listed, or reported from its log |
//! | `details` | outcomes and causes: from what a bulk test wrote down, else asked for |

mod details;
mod list;
mod options;
mod run;

pub(crate) use options::ExecutionsOptions;
pub(crate) use run::executions;
