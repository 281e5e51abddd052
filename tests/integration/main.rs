//! One binary for every test that drives the real `labctl`, reads the project's documents, or holds its walls.
#![expect(clippy::disallowed_methods, reason = "tests ask for time, environment and files as they need them")]
#![expect(clippy::indexing_slicing, reason = "a document without the member that a test asks for fails the test")]
#![expect(clippy::panic, clippy::string_slice, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod account;
mod account_policies;
mod acknowledged;
mod answers;
mod bad_input;
mod broken_packs;
mod bulk;
mod causes;
mod choices;
mod cohort;
mod console;
mod cost;
mod documents;
mod endless;
mod executions;
mod export;
mod faults;
mod glossary;
mod gradebook;
mod graph;
mod harness;
mod heads;
mod instructor;
mod interruption;
mod journey;
mod kill_points;
mod kinds;
mod leaving;
mod lint;
mod logs;
mod mocks;
mod names;
mod ownership;
mod pacing;
mod packs;
mod places;
mod proxy;
mod reading;
mod rehearsal;
mod report;
mod resources;
mod rosters;
mod runs;
mod server;
mod serving;
mod shells;
mod terminal;
mod tidy;
mod trace;
mod unanswered;
mod undeployed;
mod verify;
mod warnings;
