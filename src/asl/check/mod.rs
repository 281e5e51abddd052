//! Reads a definition and finds everything in it that AWS would refuse, in one go.
//!
//! One walk both checks and builds: a definition without errors comes out as a [`super::machine::Machine`].

mod choice;
mod entry;
mod fields;
mod integration;
mod language;
mod map;
mod parallel;
mod payload;
mod reader;
mod recovery;
mod report;
mod state;
mod task;
mod transitions;
mod variables;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod ledger;

pub use entry::{Syntax, check, outline, parse, parse_yaml};
