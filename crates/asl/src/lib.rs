#![doc = include_str!("../README.md")]
//!
//! ## Parts
//! | part | owns |
//! | --- | --- |
//! | `notation` | text, JSON or YAML, to a tree in which every value knows its place |
//! | `placeholder` | what other tools fill in before AWS sees the text |
//! | `check` | the tree to findings and, if it is good, to a `definition` |
//! | `definition`, `outline` | what a good definition says, and its shape |
//! | `path`, `template`, `intrinsic`, `context` | expressions and what they can see |
//! | `jsonata`, `query` | the second query language |
//! | `flow`, `variables` | how data gets into a state and out of it, in either language |
//! | `choice`, `failure`, `payload`, `timestamp`, `random` | single notions of the language |
//! | `run` | the stepper |
//! | `answers` | what AWS's answers to calls are made of |
//! | `attribute_values` | what DynamoDB takes as an attribute value |
//! | `needs` | what a call asks of the execution role |
//! | `trace` | what an execution did, out of its history or its log |
//! | `effect`, `details` | what goes in and out of the stepper |
//!
//! The language: <https://states-language.net/spec.html>; AWS's dialect:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html>.

mod answers;
mod attribute_values;
mod check;
mod choice;
mod context;
#[cfg(test)]
mod coverage;
mod definition;
mod details;
mod effect;
mod failure;
mod finding;
mod flow;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod intrinsic;
mod jsonata;
mod needs;
mod notation;
mod outline;
mod path;
mod payload;
mod placeholder;
mod query;
mod random;
#[cfg(test)]
mod recordings;
mod references;
mod run;
mod scope;
mod template;
mod text;
mod timestamp;
pub mod trace;
mod variables;

pub use answers::{answer_members, submitted_members};
pub use attribute_values::{AttributeFault, AttributeMistake, AttributesIn, attribute_mistake};
pub use check::{Asked, Rule, check, integration, lint, outline, parse, parse_yaml};
pub use definition::{Definition, EdgeKind};
pub use details::Details;
pub use effect::{Command, Effects, Event, Outcome, Pattern, Resource, Seed, Signal, Task, TaskId, TimerId};
pub use finding::{Finding, aws_message};
pub use needs::{CalledOn, Needed, managed_rule, needed};
pub use notation::{Syntax, json_error, yaml_to_json};
pub use outline::{Outline, OutlineParent, OutlineScope, OutlineState, OutlineTransition};
pub use path::find_path;
pub use references::variable_references;
pub use run::{Run, is_task_token};
