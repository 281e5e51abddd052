//! Trials: starts executions, watches them to their end, measures them.
//!
//! [`run_scenarios`] compares what happened with what a pack's scenarios expect; [`bulk()`] starts many executions and
//! counts. Both know AWS only through [`crate::cloud::Cloud`] and tell what happens through the journal.
//!
//! | file | is |
//! |---|---|
//! | `participant` | a user's machines and the cloud they are in |
//! | `chart`, `walk`, `coverage` | definition and history → path, transitions, what was reached |
//! | `express_log` | the log group of an EXPRESS machine read as histories |
//! | `watch` | one listing per machine instead of one question per execution |
//! | `scenarios`, `group`, `judge` | expectation against execution |
//! | `bulk`, `crew`, `tally`, `latency`, `threshold` | figures and what they must reach |

mod bulk;
mod chart;
mod coverage;
mod crew;
mod execution;
mod express_log;
#[cfg(test)]
mod fake;
mod group;
mod judge;
mod latency;
mod pace;
mod participant;
mod scenarios;
mod tally;
mod threshold;
mod walk;
mod watch;

pub use bulk::{BulkFailure, BulkReport, BulkRun, MakeInput, bulk};
pub use chart::Transition;
pub use coverage::{Coverage, Covered};
pub use latency::{Bucket, Latency, StateLatency};
pub use pace::{Cancel, Pace};
pub use participant::{Machine, Participant};
pub use scenarios::{Actual, ScenarioOutcome, ScenarioReport, ScenarioRun, run_scenarios};
pub use threshold::{Judged, Threshold};
