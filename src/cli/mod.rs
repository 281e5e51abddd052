//! argv → rooms, and exit codes. One file per command; the only room that names clap.
//!
//! | file | is |
//! |---|---|
//! | `args`, `selection` | the command line and which users it chooses |
//! | `run`, `exit`, `failure`, `finish` | from a command to its exit code |
//! | `context`, `session`, `endpoint`, `step`, `look`, `participants`, `python`, `handlers`, `findings` | what commands share |
//! | the others | one command each |

mod args;
mod bulk_test;
mod cleanup;
mod completions;
mod context;
mod deploy;
mod doctor;
mod endpoint;
mod exit;
mod explain;
mod failure;
mod findings;
mod finish;
mod handlers;
mod init;
mod interrupt;
mod lint;
mod local;
mod look;
mod participants;
mod plan;
mod python;
mod rehearse;
mod render;
mod run;
mod schema;
mod selection;
mod session;
mod status;
mod step;
mod test;
mod validate;

pub use run::run;
