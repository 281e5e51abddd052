//! What exists now, against what should, and the code of functions file by file.

mod code;
mod run;

pub(crate) use run::{StatusOptions, status};
