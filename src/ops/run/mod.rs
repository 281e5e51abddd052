//! One execution, started and followed.
//!
//! | file | is |
//! |---|---|
//! | `options`, `start` | what is asked for, and the use case |
//! | `input` | what the execution is given: a scenario's, the pack's, a file's, stdin's |

mod input;
mod options;
mod start;

pub(crate) use options::RunOptions;
pub(crate) use start::run;
