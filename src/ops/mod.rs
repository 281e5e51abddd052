//! The use cases: plain options in, results out. They print nothing and know no command line; whoever runs one is its
//! [`Audience`](crate::event::Audience) and hears its events.
//!
//! | file | is |
//! |---|---|
//! | `deploy`, `plan`, `cleanup`, `status`, `pull`, `test`, `bulk_test`, `verify`, `gradebook`, `report`, `cost`, `rehearse`, `render`, `validate`, `lint`, `graph`, `run`, `executions`, `logs`, `candidates`, `trace`, `doctor`, `init`, `pack`, `explain`, `local`, `console` | one use case each |
//! | `context`, `settings`, `locate`, `target_report` | what every use case is given |
//! | `session`, `connection`, `local_endpoint`, `endpoint`, `time`, `lock`, `unanswered` | the chosen users and a way to each target |
//! | `selection`, `history`, `origins`, `made`, `undeployed`, `load`, `reported` | whom it is for, what earlier runs left, the manifest |
//! | `rendering`, `unrendered`, `observing`, `notices`, `teardown`, `by_hand`, `edits`, `preflight`, `participants`, `python`, `handlers`, `mocks`, `outcomes`, `unused`, `wheels`, `stages`, `execution`, `since`, `browser`, `watching` | parts that use cases share |
//! | `step`, `exit`, `failure`, `advice`, `explanations` | what a use case ends with |

mod advice;
mod browser;
pub(crate) mod bulk_test;
mod by_hand;
mod candidates;
pub(crate) mod cleanup;
mod connection;
pub(crate) mod console;
mod context;
pub(crate) mod cost;
pub(crate) mod deploy;
pub(crate) mod doctor;
mod edits;
mod endpoint;
mod execution;
pub(crate) mod executions;
mod exit;
pub(crate) mod explain;
mod explanations;
pub(crate) mod export;
mod failure;
pub(crate) mod gradebook;
pub(crate) mod graph;
mod handlers;
mod history;
pub(crate) mod init;
pub(crate) mod lint;
mod load;
pub(crate) mod local;
mod local_endpoint;
mod locate;
mod lock;
pub(crate) mod logs;
mod made;
mod mocks;
mod notices;
mod observing;
mod origins;
mod outcomes;
pub(crate) mod pack;
mod participants;
pub(crate) mod plan;
mod preflight;
pub(crate) mod pull;
mod python;
pub(crate) mod rehearse;
pub(crate) mod render;
mod rendering;
pub(crate) mod report;
mod reported;
pub(crate) mod roster;
pub(crate) mod run;
mod selection;
mod session;
mod settings;
mod since;
mod stages;
pub(crate) mod status;
mod step;
mod target_report;
mod teardown;
pub(crate) mod test;
#[cfg(test)]
mod test_support;
mod time;
pub(crate) mod trace;
mod unanswered;
mod undeployed;
mod unrendered;
mod unused;
pub(crate) mod validate;
pub(crate) mod verify;
pub(crate) mod watching;
mod wheels;

pub(crate) use candidates::candidates;
pub(crate) use context::Context;
pub(crate) use endpoint::parse_time;
pub(crate) use exit::Exit;
pub(crate) use failure::Failure;
pub(crate) use selection::Selection;
pub(crate) use settings::Settings;
pub(crate) use since::{Since, parse_duration, parse_since};
pub(crate) use step::Finished;
pub(crate) use teardown::{TeardownOptions, Whose};
