//! Views as text: pure functions to strings, without a line end after the last line. Each ends with the summary line,
//! which is stable; quiet, it is all there is.

mod bulk;
mod causes;
mod cleanup;
mod comparison;
mod cost;
mod deploy;
mod differences;
mod doctor;
mod executions;
mod explain;
mod export;
mod figures;
mod gradebook;
mod lint;
mod logs;
mod others;
mod plan;
mod preflight;
mod pull;
mod rehearse;
mod report;
mod single_run;
mod status;
mod table;
mod test;
#[cfg(test)]
mod testing;
mod trace;
mod verify;

pub(super) use bulk::bulk;
pub(super) use cleanup::cleanup;
pub(super) use comparison::{comparison, runs};
pub(super) use cost::cost;
pub(super) use deploy::{deploy, stopped};
pub(super) use doctor::doctor;
pub(super) use executions::executions;
pub(super) use explain::explain;
pub(super) use export::export;
pub(super) use gradebook::gradebook;
pub(super) use lint::lint;
pub(super) use logs::log_lines;
pub(super) use plan::plan;
pub(super) use pull::pull;
pub(super) use rehearse::rehearse;
pub(super) use report::report;
pub(super) use single_run::single_run;
pub(super) use status::status;
pub(super) use test::test;
pub(super) use trace::trace;
pub(super) use verify::{board, verify};
