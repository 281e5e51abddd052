//! Reads a definition and finds everything in it that AWS would refuse, in one go.
//!
//! One walk both checks and builds: a definition without errors comes out as a [`crate::Definition`].

mod arguments;
mod assigned;
mod choice;
mod entry;
mod fields;
mod help;
mod integration;
mod language;
mod lint;
mod map;
mod owners;
mod parallel;
mod payload;
mod place;
mod reader;
mod recovery;
mod report;
mod rule;
mod rule_table;
pub(crate) mod rules;
mod scope;
mod state;
mod state_language;
mod storage;
mod task;
mod transitions;
mod variables;
mod warnings;
mod written;

#[cfg(test)]
mod broken;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod explained;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod refused;

pub use entry::{check, outline, parse, parse_yaml};
pub use integration::integration;
#[cfg(test)]
pub(crate) use integration::optimised;
pub use lint::{Asked, lint};
pub use rule::Rule;
