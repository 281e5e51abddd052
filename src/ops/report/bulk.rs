//! The last bulk test, as its document tells.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::context::Context;
use crate::host;
use crate::report::{BulkRunFigures, ReportCause, StateSeconds, UserSeconds};
use crate::trial::{SavedFigures, SavedRun};

/// A run's document is never larger.
const MOST: u64 = 1 << 30;
/// Bars of the histogram.
const BARS: u64 = 16;

#[derive(Deserialize)]
struct Saved {
    summary: Summary,
    latency_ms: Latency,
    #[serde(default)]
    states: BTreeMap<String, State>,
    #[serde(default)]
    users: Vec<OfUser>,
    #[serde(default)]
    thresholds: Vec<Threshold>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary {
    started: u64,
    finished: u64,
    failed: u64,
    throttled: u64,
    failed_to_start: u64,
    outcomes: BTreeMap<String, u64>,
    causes: Vec<OfCause>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Latency {
    p50: u64,
    p90: u64,
    p95: u64,
    p99: u64,
    max: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    count: u64,
    p50: u64,
    p95: u64,
    p99: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OfUser {
    user: String,
    started: u64,
    finished: u64,
    failed_to_start: u64,
    outcomes: BTreeMap<String, u64>,
    latency_ms: Option<Latency>,
}

#[derive(Deserialize)]
struct Threshold {
    expr: String,
    passed: bool,
    actual: String,
}

#[derive(Deserialize)]
struct OfCause {
    key: String,
    text: String,
    hint: Option<String>,
    count: u64,
}

/// The newest bulk test that came to its end; of one student, what is the student's own. None where there is none.
pub(super) fn newest(context: &Context, student: Option<&str>) -> Option<BulkRunFigures> {
    let runs = SavedRun::all(&context.settings.out.join("runs")).ok()?;
    runs.iter().find_map(|run| {
        let saved: Saved = serde_json::from_slice(&host::read(&run.document(), MOST).ok()?).ok()?;
        let machine = run.settings().ok().flatten().map(|settings| settings.machine).unwrap_or_default();
        let figures = match student {
            Some(student) => of_student(saved, student)?,
            None => BulkRunFigures { histogram: bars(run), ..of_class(saved) },
        };
        Some(BulkRunFigures { run: run.id.clone(), machine, ..figures })
    })
}

fn bars(run: &SavedRun) -> Vec<(u64, u64)> {
    let figures = SavedFigures::read(&run.records).unwrap_or_default();
    figures.histogram(BARS).into_iter().map(|bucket| (bucket.up_to_ms, bucket.count)).collect()
}

fn percentiles(latency: Latency) -> Vec<(&'static str, u64)> {
    let Latency { p50, p90, p95, p99, max } = latency;
    vec![("p50", p50), ("p90", p90), ("p95", p95), ("p99", p99), ("max", max)]
}

fn of_class(saved: Saved) -> BulkRunFigures {
    let Summary { started, finished, failed, throttled, failed_to_start, outcomes, causes } = saved.summary;
    let state =
        |(state, it): (String, State)| StateSeconds { state, count: it.count, p50: it.p50, p95: it.p95, p99: it.p99 };
    let user = |it: OfUser| UserSeconds {
        user: it.user,
        finished: it.finished,
        latency_ms: it.latency_ms.map(|ms| [ms.p50, ms.p95, ms.p99]),
        outcomes: it.outcomes,
    };
    let cause = |it: OfCause| ReportCause {
        key: it.key,
        text: it.text,
        hint: it.hint,
        count: it.count,
        ..ReportCause::default()
    };
    BulkRunFigures {
        started,
        finished,
        failed,
        throttled,
        failed_to_start,
        outcomes,
        latency_ms: percentiles(saved.latency_ms),
        states: saved.states.into_iter().map(state).collect(),
        users: saved.users.into_iter().map(user).collect(),
        causes: causes.into_iter().map(cause).collect(),
        thresholds: saved.thresholds.into_iter().map(|it| (it.expr, it.actual, it.passed)).collect(),
        ..BulkRunFigures::default()
    }
}

/// What is known of one user alone: how many failed is not.
fn of_student(saved: Saved, student: &str) -> Option<BulkRunFigures> {
    let own = saved.users.into_iter().find(|user| user.user == student)?;
    Some(BulkRunFigures {
        started: own.started,
        finished: own.finished,
        failed_to_start: own.failed_to_start,
        outcomes: own.outcomes,
        latency_ms: own.latency_ms.map(percentiles).unwrap_or_default(),
        ..BulkRunFigures::default()
    })
}
