//! What commands come to, as data: `--json` prints it as it is, the text views draw it. Field names and words are the contract of the
//! user's guide. One file per command; a word of a fixed set is an enum of `words`.

mod bulk;
mod cleanup;
mod comparison;
mod console;
mod cost;
mod deploy;
mod doctor;
mod executions;
mod export;
mod findings;
mod gradebook;
mod latency;
mod logs;
mod plan;
mod pull;
mod rehearse;
mod report;
mod single_run;
mod status;
mod test;
mod trace;
mod trouble;
mod verify;
mod words;

pub use super::head::{Document, Head, TargetView};
pub use bulk::{BarView, BulkSummary, BulkUserView, BulkView, SavedRunView, StatesFromView, ThresholdView};
pub use cleanup::{ApartView, ByHandResource, ByHandView, CleanedResource, CleanedUser, CleanupSummary, CleanupView};
pub use comparison::{
    ComparedView, ComparisonView, DurationChangeView, MergedView, OutcomeChangeView, RunView, RunsView,
    SettingChangeView,
};
pub use console::{ConsoleUser, ConsoleView};
pub use cost::{
    CostClass, CostGroup, CostItem, CostOf, CostPrices, CostTotal, CostUser, CostView, FreeItemView, PriceOrigin,
    Quantity, UnpricedItem,
};
pub use deploy::{DeploySummary, DeployView, DeployedResource, DeployedUser, StoppedView};
pub use doctor::{DoctorCheck, DoctorView};
pub use executions::{ExecutionsSummary, ExecutionsView};
pub use export::{ExportFileView, ExportView};
pub use findings::{ExplainView, FindingView, LintSummary, LintView, RuleView};
pub use gradebook::{GradebookView, SkippedUser, UnmatchedView};
pub use latency::{LatencyView, StateLatencyView};
pub use logs::LogsView;
pub use plan::{PlanView, PreflightView, SimulationView};
pub use pull::{PullSummary, PullView, PulledResource, PulledUser};
pub use rehearse::{RehearseSteps, RehearseView};
pub use report::ReportView;
pub use single_run::{SingleRunScenario, SingleRunView};
pub use status::{CodeView, StatusResource, StatusSummary, StatusUser, StatusView};
pub use test::{CoverageView, CoveredView, TestScenario, TestSummary, TestView};
pub use trace::{ExecutionView, TraceAttempt, TraceData, TraceLogLine, TraceState, TraceView};
pub use trouble::Trouble;
pub use verify::{VerifyCause, VerifyChange, VerifyCheck, VerifyEvidence, VerifySummary, VerifyUser, VerifyView};
pub use words::{CheckState, CleanedAs, DeployedAs, ResourceState, StatesSource, StopReason, UserOutcome};
