//! Trials: starts executions, watches them to their end, measures them.
//!
//! [`run_scenarios`] compares what happened with what a pack's scenarios expect; [`bulk()`] starts many executions and
//! counts. Both know AWS only through [`crate::cloud::Cloud`] and tell what happens through the journal.
//!
//! | file | is |
//! |---|---|
//! | `participant` | a user's machines and the cloud they are in |
//! | `coverage` | what the traces of executions reached of the machines |
//! | `express_log`, `log_reader` | the log group of a machine read as histories |
//! | `watch`, `arn_polling`, `line` | waiting for ends: of many by one listing per machine, of a scenario's execution by its ARN, in turn |
//! | `sharers`, `run_clock` | no more polls than the bucket holds, and not for ever |
//! | `scenarios`, `group`, `judge`, `stuck` | expectation against execution, and where one stands that does not end |
//! | `single` | one execution, followed by its ARN |
//! | `bulk`, `bulk_run`, `account`, `user_run`, `follow` | many executions, and those of one user, followed to their end |
//! | `source`, `sample` | where what is known of many comes from |
//! | `failures`, `look_into`, `read_budget` | why executions failed, and how many are asked about one by one |
//! | `tally`, `latency`, `threshold`, `outcomes`, `bulk_report` | figures and what they must reach |
//! | `record`, `run_settings`, `saved_run`, `comparison` | what a run leaves on disk, and two of them beside each other |

mod account;
mod arn_polling;
mod bulk;
mod bulk_report;
mod bulk_run;
mod comparison;
mod composed;
mod coverage;
mod execution;
mod express_log;
mod failures;
#[cfg(test)]
pub(crate) mod fake;
mod follow;
mod group;
mod judge;
mod latency;
mod line;
mod log_reader;
mod look_into;
mod outcomes;
mod pace;
mod participant;
mod read_budget;
mod record;
mod run_clock;
mod run_settings;
mod sample;
mod saved_run;
mod scenario_run;
mod scenarios;
mod sharers;
mod single;
mod source;
mod stuck;
mod tally;
mod threshold;
mod user_run;
mod watch;

pub use bulk::bulk;
pub use bulk_report::{BulkFailure, BulkReport, BulkUser};
pub use bulk_run::{BulkRun, MakeInput};
pub use comparison::{Comparison, DurationChange, OutcomeChange, RULE, SavedFigures, Verdict};
pub use coverage::{Coverage, Covered};
pub use execution::execution_name;
pub use judge::judge;
pub use latency::{Bucket, Latency, StateLatency};
pub use outcomes::{Named, Outcomes, Unknown, pointer_help};
pub use pace::{Cancel, Pace};
pub use participant::{Logged, Machine, Participant};
pub use record::{Record, RecordFile, RecordedCause, each_record};
pub use run_settings::{RunSettings, SettingChange};
pub use saved_run::{NotOneRun, SavedRun};
pub use scenario_run::{Actual, ScenarioOutcome, ScenarioRun};
pub use scenarios::{ScenarioReport, count_scenarios, run_scenarios};
pub use single::{Single, SingleRun, run_single};
pub use source::Source;
pub use threshold::{Judged, Threshold};
