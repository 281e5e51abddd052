//! argv → rooms, and exit codes. One file per command; the only room that names clap.
//!
//! | file | is |
//! |---|---|
//! | `args`, `selection` | the command line and which users it chooses |
//! | `run`, `exit`, `failure`, `finish` | from a command to its exit code |
//! | `context`, `session`, `whereabouts`, `endpoint`, `locate`, `lock`, `step`, `look`, `participants`, `python`, `handlers`, `findings`, `explanations` | what commands share |
//! | `caution`, `deployed`, `leaving`, `sweep`, `preflight`, `simulate` | parts of one command or two |
//! | the others | one command each |

mod args;
mod bulk_runs;
mod bulk_test;
mod bulk_view;
mod caution;
mod cleanup;
mod code_diff;
mod completions;
mod context;
mod deploy;
mod deployed;
mod doctor;
mod edits;
mod endpoint;
mod exit;
mod explain;
mod explanations;
mod failure;
mod findings;
mod finish;
mod graph;
mod handlers;
mod init;
mod interrupt;
mod leaving;
mod lint;
mod local;
mod locate;
mod lock;
mod look;
mod man;
mod origins;
mod participants;
mod plan;
mod preflight;
mod pull;
mod python;
mod rehearse;
mod render;
mod run;
mod schema;
mod selection;
mod session;
mod simulate;
mod status;
mod step;
mod sweep;
mod test;
mod time;
mod told;
mod unanswered;
mod validate;
mod whereabouts;

pub use run::run;
