//! The bulk runs that are kept under `out/runs/`: listed, found, compared.

use std::path::PathBuf;

use super::bulk_view::{latency, state};
use super::context::Context;
use super::failure::Failure;
use crate::trial::{Comparison, DurationChange, NotOneRun, RULE, SavedFigures, SavedRun, Verdict};
use crate::ui::view::{ComparisonView, DurationChangeView, OutcomeChangeView, RunView, RunsView};

/// Where runs are kept: `<run id>.jsonl` with a line per execution, `<run id>.json` with the document.
pub(super) fn folder(context: &Context) -> PathBuf {
    context.global.out.join("runs")
}

/// The run a user means.
///
/// # Errors
/// When no run or several go by that name.
pub(super) fn find(context: &Context, name: &str) -> Result<SavedRun, Failure> {
    let folder = folder(context);
    let found = SavedRun::find(&folder, name).map_err(|error| Failure::file("read", &folder, error))?;
    found.map_err(|problem| match problem {
        NotOneRun::None => Failure::usage(
            format!("no saved run `{name}` in `{}`", folder.display()),
            "`labctl bulk-test --runs` lists the saved runs; `last` is the newest, and a path to a run's file will do",
        ),
        NotOneRun::Several(runs) => Failure::usage(
            format!("several saved runs begin with `{name}`: {}", runs.join(", ")),
            "write more of its id",
        ),
    })
}

/// The saved runs, newest first.
///
/// # Errors
/// When the folder or a file in it cannot be read.
pub(super) fn list(context: &Context) -> Result<RunsView, Failure> {
    let folder = folder(context);
    let saved = SavedRun::all(&folder).map_err(|error| Failure::file("read", &folder, error))?;
    let runs: Result<_, Failure> = saved.iter().map(|run| Ok(view(run, &figures(run)?))).collect();
    Ok(RunsView { runs: runs? })
}

/// A later run beside an earlier one.
///
/// # Errors
/// When a run's file cannot be read.
pub(super) fn compare(before: &SavedRun, after: &SavedRun) -> Result<ComparisonView, Failure> {
    let (earlier, later) = (figures(before)?, figures(after)?);
    let comparison = Comparison::of(&earlier, &later);
    let outcomes = comparison.outcomes.into_iter().map(|(outcome, change)| {
        let verdict = word(change.verdict);
        (outcome, OutcomeChangeView { before: change.before, after: change.after, z: change.z, verdict })
    });
    Ok(ComparisonView {
        before: view(before, &earlier),
        after: view(after, &later),
        executions: durations(&comparison.executions),
        states: comparison.states.iter().map(|(state, change)| (state.clone(), durations(change))).collect(),
        outcomes: outcomes.collect(),
        rule: RULE.to_owned(),
    })
}

fn figures(run: &SavedRun) -> Result<SavedFigures, Failure> {
    SavedFigures::read(&run.records).map_err(|error| Failure::file("read", &run.records, error))
}

fn view(run: &SavedRun, figures: &SavedFigures) -> RunView {
    let written = jiff::Timestamp::from_millisecond(run.written_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    RunView {
        id: run.id.clone(),
        records: run.records.clone(),
        written: written.strftime("%Y-%m-%d %H:%M").to_string(),
        complete: run.document().is_file(),
        users: figures.users,
        started: figures.started,
        finished: figures.finished,
        latency_ms: figures.latency_ms().map(latency),
    }
}

fn durations(change: &DurationChange) -> DurationChangeView {
    DurationChangeView {
        before: state(change.before),
        after: state(change.after),
        p50_ratio: change.p50_ratio,
        slower_share: change.slower_share,
        z: change.z,
        verdict: word(change.verdict),
    }
}

fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Same => "same",
        Verdict::Slower => "slower",
        Verdict::Faster => "faster",
        Verdict::More => "more",
        Verdict::Fewer => "fewer",
        Verdict::TooFew => "too-few",
    }
    .to_owned()
}
