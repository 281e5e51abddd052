//! argv → a use case → what is shown, and the exit code. One file per command; the only room that names clap.
//!
//! | file | is |
//! |---|---|
//! | `args`, `run` | the parser and the dispatch: the only ones that know all commands |
//! | `global`, `users`, `edits` | options that commands share |
//! | `context`, `interrupt` | what every command is given; Ctrl-C |
//! | the others | one command each |

mod args;
mod bulk_test;
mod cleanup;
mod completions;
mod console;
mod context;
mod cost;
mod deploy;
mod doctor;
mod edits;
mod executions;
mod explain;
mod export;
mod global;
mod gradebook;
mod graph;
mod init;
mod interrupt;
mod lint;
mod local;
mod logs;
mod man;
mod pack;
mod plan;
mod pull;
mod rehearse;
mod render;
mod report;
mod roster;
mod run;
mod schema;
mod start;
mod status;
mod test;
mod trace;
mod users;
mod validate;
mod verify;
mod watch;

pub use run::run;
