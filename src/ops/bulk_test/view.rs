//! What a bulk run came to, as `bulk-test` shows it.

use std::collections::BTreeMap;

use crate::trial::{BulkReport, BulkUser, Latency, Source, StateLatency};
use crate::ui::counted;
use crate::ui::view::{
    BarView, BulkSummary, BulkUserView, BulkView, LatencyView, SavedRunView, StateLatencyView, StatesFromView,
    StatesSource, ThresholdView, Trouble,
};

/// The view of a report.
pub(crate) fn view(run: SavedRunView, report: BulkReport) -> BulkView {
    let not_looked_into = not_looked_into(&report);
    BulkView {
        run,
        latency_ms: report.latency_ms.map(latency).unwrap_or_default(),
        users: report.users.into_iter().map(user).collect(),
        states: report.states.into_iter().map(|(name, latency)| (name, state(latency))).collect(),
        states_from: StatesFromView {
            source: match report.source {
                Some(Source::LogGroup) => StatesSource::LogGroup,
                _ => StatesSource::History,
            },
            executions: report.states_of,
            of: report.finished,
        },
        thresholds: report
            .thresholds
            .into_iter()
            .map(|judged| ThresholdView { expr: judged.expr, passed: judged.passed, actual: judged.actual })
            .collect(),
        histogram: report
            .histogram
            .iter()
            .map(|bucket| BarView { up_to_ms: bucket.up_to_ms, count: bucket.count })
            .collect(),
        troubles: report
            .failures
            .into_iter()
            .map(|failure| {
                let is_absent = report.not_deployed.contains(&failure.user);
                Trouble {
                    what: counted(failure.count, "execution"),
                    user: failure.user,
                    cause: failure.error,
                    help: is_absent.then(|| "run `labctl deploy` first".to_owned()),
                    is_credentials: false,
                }
            })
            .collect(),
        comparison: None,
        notes: unlogged(&report.unlogged).into_iter().chain(not_looked_into).collect(),
        still_running: report.still_running,
        interrupted: report.interrupted,
        summary: BulkSummary {
            started: report.started,
            finished: report.finished,
            outcomes: report.outcomes,
            throttled: report.throttled,
            failed_to_start: report.failed_to_start,
            failed: report.failed,
            not_looked_into: report.taken_alike + report.unexplained,
            causes: report.causes,
        },
    }
}

/// What is not known of the causes.
fn not_looked_into(report: &BulkReport) -> Option<String> {
    let (taken, without) = (report.taken_alike, report.unexplained);
    let why =
        "an account gives so many histories, and an EXPRESS machine tells of its states only in a log of level ALL";
    let rest = match (taken, without) {
        (0, 0) => return None,
        (0, _) => "they are in no cause".to_owned(),
        (_, 0) => "they have the cause of others that ended alike, or of their own end".to_owned(),
        _ => format!("{taken} have the cause of others that ended alike, or of their own end, and {without} none"),
    };
    Some(format!("{} of {} that failed were not looked into ({why}): {rest}", taken + without, report.failed))
}

fn unlogged(unlogged: &BTreeMap<String, u64>) -> Option<String> {
    let (first, _) = unlogged.first_key_value()?;
    let who = match unlogged.len() - 1 {
        0 => format!("`{first}`"),
        1 => format!("`{first}` and 1 other user"),
        others => format!("`{first}` and {others} other users"),
    };
    let count: u64 = unlogged.values().sum();
    Some(format!(
        "{} of {who} {} read one by one: the log group did not tell of them in time; is the machine's logging \
         level ALL?",
        counted(count, "execution"),
        if count == 1 { "was" } else { "were" },
    ))
}

fn user(user: BulkUser) -> BulkUserView {
    BulkUserView {
        user: user.user,
        started: user.started,
        finished: user.finished,
        failed_to_start: user.failed_to_start,
        outcomes: user.outcomes,
        latency_ms: user.latency_ms.map(latency),
    }
}

/// Percentiles as they are shown.
pub(crate) fn latency(latency: Latency) -> LatencyView {
    let Latency { p50, p90, p95, p99, max } = latency;
    LatencyView { p50, p90, p95, p99, max }
}

/// Percentiles of a state as they are shown.
pub(crate) fn state(latency: StateLatency) -> StateLatencyView {
    let StateLatency { count, p50, p95, p99 } = latency;
    StateLatencyView { count, p50, p95, p99 }
}
