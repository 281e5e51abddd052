//! The bulk runs that are kept under `out/runs/`: listed, found, compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::session::Session;
use super::options::BulkTestOptions;
use super::view::{latency, state};
use crate::host;
use crate::model::TargetKind;
use crate::trial::{
    Comparison, DurationChange, NotOneRun, OutcomeChange, RULE, RunSettings, SavedFigures, SavedRun, SettingChange,
};
use crate::ui::view::{
    ComparedView, ComparisonView, DurationChangeView, OutcomeChangeView, RunView, RunsView, SettingChangeView,
};

/// The largest document of a run that is read.
const LARGEST_DOCUMENT: u64 = 64 << 20;

/// Where runs are kept: `<run id>.jsonl` with a line per execution, `<run id>.json` with the document.
pub(crate) fn folder(context: &Context) -> PathBuf {
    context.settings.out.join("runs")
}

/// The run a user means.
///
/// # Errors
/// When no run or several go by that name.
pub(crate) fn find(context: &Context, name: &str) -> Result<SavedRun, Failure> {
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
pub(crate) fn list(context: &Context) -> Result<RunsView, Failure> {
    let folder = folder(context);
    let saved = SavedRun::all(&folder).map_err(|error| Failure::file("read", &folder, error))?;
    Ok(RunsView { runs: saved.iter().map(shown).collect::<Result<_, _>>()? })
}

/// Two saved runs beside each other, as the user names them.
///
/// # Errors
/// When no run or several go by a name, or a run's file cannot be read.
pub(crate) fn compare_saved(context: &Context, before: &str, after: &str) -> Result<ComparedView, Failure> {
    let (before, after) = (find(context, before)?, find(context, after)?);
    Ok(ComparedView { comparison: compare(&before, &after)? })
}

/// A later run beside an earlier one.
///
/// # Errors
/// When a run's file cannot be read.
pub(crate) fn compare(before: &SavedRun, after: &SavedRun) -> Result<ComparisonView, Failure> {
    let (earlier, later) = (figures(before)?, figures(after)?);
    let (made_before, made_after) = (settings(before)?, settings(after)?);
    let changes = made_before.as_ref().zip(made_after.as_ref()).map(|(before, after)| before.differences(after));
    let comparison = Comparison::of(&earlier, &later);
    let outcomes = comparison.outcomes.into_iter().map(|(outcome, change)| {
        let OutcomeChange { before, after, z, verdict } = change;
        (outcome, OutcomeChangeView { before, after, z, verdict })
    });
    Ok(ComparisonView {
        before: view(before, &earlier, made_before.as_ref()),
        after: view(after, &later, made_after.as_ref()),
        settings: changes.map(|changes| changes.into_iter().map(change).collect()),
        executions: durations(&comparison.executions),
        states: comparison.states.iter().map(|(state, change)| (state.clone(), durations(change))).collect(),
        outcomes: outcomes.collect(),
        rule: RULE.to_owned(),
    })
}

fn figures(run: &SavedRun) -> Result<SavedFigures, Failure> {
    SavedFigures::read(&run.records).map_err(|error| Failure::file("read", &run.records, error))
}

/// How a run was made, if that is known.
///
/// # Errors
/// When its file cannot be read.
pub(super) fn settings(run: &SavedRun) -> Result<Option<RunSettings>, Failure> {
    run.settings().map_err(|error| Failure::file("read", &SavedRun::settings_path(&run.records), error))
}

/// A saved run as it is listed.
///
/// # Errors
/// When a file of it cannot be read.
pub(super) fn shown(run: &SavedRun) -> Result<RunView, Failure> {
    Ok(view(run, &figures(run)?, settings(run)?.as_ref()))
}

fn change(change: SettingChange) -> SettingChangeView {
    let SettingChange { name, before, after } = change;
    SettingChangeView { name, before, after }
}

/// Writes down how a run is made, beside its records.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_settings(
    context: &Context,
    session: &Session,
    options: &BulkTestOptions,
    machine: &str,
    seed: u64,
    records: &Path,
) -> Result<(), Failure> {
    let settings = RunSettings {
        machine: machine.to_owned(),
        count: options.count,
        rate: options.rate,
        invalid: options.invalid,
        concurrency: options.concurrency,
        in_flight: options.in_flight,
        histories: options.histories,
        seed,
        ..made_in(context, session)
    };
    let path = SavedRun::settings_path(records);
    settings.write(&path).map_err(|error| Failure::file("write", &path, error))
}

/// What of a run's settings is the session's: where it goes, and what users have set.
fn made_in(context: &Context, session: &Session) -> RunSettings {
    let (mut settings, mut places) = (BTreeMap::new(), Vec::new());
    for user in &session.users {
        for (name, value) in &user.settings {
            let known = settings.entry(name.clone()).or_insert_with(|| value.clone());
            if known != value {
                *known = Value::Null;
            }
        }
    }
    for place in context.target_report.places() {
        let known = |part: Option<String>| part.unwrap_or_default();
        // The embedded endpoint has another port each time, which changes nothing.
        places.push(match place.kind {
            Some(TargetKind::Local) => format!("local {}", known(place.region)),
            _ => format!("aws {} {} {}", known(place.account), known(place.region), known(place.endpoint)),
        });
    }
    places.dedup();
    let factor = session.time_factor;
    RunSettings {
        labctl: env!("CARGO_PKG_VERSION").to_owned(),
        target: places,
        time: match factor {
            f64::INFINITY => "jump".to_owned(),
            _ if factor > 1.0 => format!("{factor}x"),
            _ => "real".to_owned(),
        },
        quotas: context.settings.quotas.clone(),
        faults: context.settings.faults.as_ref().map(|file| file.display().to_string()),
        pack: session.lab.pack.name.clone(),
        users: session.users.len(),
        settings,
        ..RunSettings::default()
    }
}

fn view(run: &SavedRun, figures: &SavedFigures, settings: Option<&RunSettings>) -> RunView {
    let written = jiff::Timestamp::from_millisecond(run.written_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    RunView {
        id: run.id.clone(),
        records: run.records.clone(),
        written: written.strftime("%Y-%m-%d %H:%M").to_string(),
        complete: is_complete(&run.document()),
        users: figures.users,
        started: figures.started,
        finished: figures.finished,
        latency_ms: figures.latency_ms().map(latency),
        settings: settings.and_then(|settings| serde_json::to_value(settings).ok()),
        count: settings.map(|settings| settings.count),
        place: settings.and_then(|settings| short(&settings.target)),
    }
}

/// Whether a run's document is there, and says nothing of an interruption.
fn is_complete(document: &Path) -> bool {
    let text = host::read(document, LARGEST_DOCUMENT);
    let Some(document) = text.ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok()) else { return false };
    document.pointer("/interrupted") != Some(&Value::Bool(true))
}

/// The first place without its endpoint, and how many more there are.
fn short(places: &[String]) -> Option<String> {
    let words = places.first()?.split(' ').take(3).collect::<Vec<_>>().join(" ");
    Some(if places.len() > 1 { format!("{words} +{}", places.len() - 1) } else { words })
}

fn durations(change: &DurationChange) -> DurationChangeView {
    DurationChangeView {
        before: state(change.before),
        after: state(change.after),
        p50_ratio: change.p50_ratio,
        slower_share: change.slower_share,
        z: change.z,
        verdict: change.verdict,
    }
}
