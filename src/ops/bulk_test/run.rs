//! The bulk test: many generated executions per user, measured.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::participants::{participants_of, run_id};
use super::super::session::Session;
use super::super::step::{Finished, Step};
use super::super::{python, rendering, undeployed};
use super::completion::Completion;
use super::names::check_names;
use super::options::BulkTestOptions;
use super::saved_runs;
use super::view::view;
use crate::event::ProgressKind;
use crate::host;
use crate::model::{User, UserName};
use crate::render::BulkInputs;
use crate::trial::{self, BulkReport, BulkRun, Pace, Participant, RecordFile};
use crate::ui::counted;
use crate::ui::view::{BulkView, Document, SavedRunView};

/// Runs the bulk test for the chosen users.
///
/// # Errors
/// Whatever hinders a start, and files that cannot be written; executions that fail are in the result.
pub(crate) async fn bulk_test(context: &Context, options: &BulkTestOptions) -> Result<Finished<BulkView>, Failure> {
    python::look_ahead(context);
    let work = async |session: &Session| {
        let work = format!("start {}", counted(options.count * session.users.len() as u64, "execution"));
        context.confirm(&work, &session.connections).await?;
        bulk_test_in(context, session, options, &Step::whole(context)).await
    };
    Session::during(context, &options.selection, work).await
}

/// Runs the bulk test for the session's users.
///
/// # Errors
/// Whatever hinders a start, and files that cannot be written; executions that fail are in the result.
pub(crate) async fn bulk_test_in(
    context: &Context,
    session: &Session,
    options: &BulkTestOptions,
    step: &Step,
) -> Result<Finished<BulkView>, Failure> {
    let no_bulk = || {
        Failure::usage(
            format!("the pack `{}` has no `[bulk]` table", session.lab.pack.name),
            "add one to its `pack.toml`; docs/packs.md shows how",
        )
    };
    let Some(bulk) = session.lab.pack.bulk.clone() else { return Err(no_bulk()) };
    let doubts = check_names(context, session, &options.expect)?;
    // A rehearsal has said so before it deployed.
    if !step.is_part() {
        for doubt in &doubts {
            context.audience.note(&format!("warning: {doubt}"));
        }
    }
    // Found before anything runs: `last` is the run before this one.
    let before = options.compare.as_deref().map(|name| saved_runs::find(context, name)).transpose()?;
    // Python comes up while the lab is rendered.
    session.warm_handlers();
    let desired = rendering::wanted(context, session)?.desired;
    let changed = undeployed::note(context, session, &desired, step);
    let participants = with_this_machine(participants_of(session, &desired)?, &bulk.machine);
    drop(desired);
    python::require(session)?;
    let run_id = run_id();
    let Some(inputs) = BulkInputs::new(&session.lab.pack)? else { return Err(no_bulk()) };
    let make_input = |name: &UserName, index: u64, invalid: bool| -> Result<Value, String> {
        let user = session.users.iter().find(|user| user.name == *name).ok_or("is not in the session")?;
        inputs.input(user, &run_id, index, !invalid).map_err(|finding| finding.message)
    };
    let total = options.count * participants.len() as u64;
    let path = saved_runs::folder(context).join(format!("{run_id}.jsonl"));
    let records = RecordFile::create(&path).map_err(|error| Failure::file("write", &path, error))?;
    let seed = host::random_u64();
    saved_runs::write_settings(context, session, options, &bulk.machine, seed, &path)?;
    let journal = session.begin(context, "bulk-test", ProgressKind::Executions { total })?;
    let report = trial::bulk(BulkRun {
        participants,
        machine: bulk.machine.clone(),
        count: options.count,
        per_second: options.rate,
        invalid_share: options.invalid,
        seed,
        make_input: &make_input,
        outcome: session.lab.pack.bulk_outcome().map(str::to_owned),
        thresholds: options.expect.clone(),
        histories: options.histories,
        records: &records,
        keeps_time: session.time_factor <= 1.0,
        concurrency: options.concurrency,
        in_flight: options.in_flight,
        run_id: run_id.clone(),
        pace: pace(session, &bulk.machine),
        time: session.time(),
        journal: &journal,
        cancel: context.cancel(),
    })
    .await;
    let completion = Completion::of(&report, &session.lab, options);
    let exit = judge(&report, completion.as_ref());
    let summary = format!("{} started, {} finished", report.started, report.finished);
    step.finish(&journal, "bulk-test", exit, summary)?;
    if let Some(error) = records.failure() {
        return Err(Failure::file("write", &path, error));
    }
    let run = SavedRunView { id: run_id, records: path.clone() };
    let mut view = view(run, report);
    view.troubles.extend(completion.map(Completion::trouble));
    view.notes.extend(pretended(session));
    if context.settings.for_program {
        view.notes.extend(doubts.into_iter().chain(changed));
    }
    if let Some(before) = before {
        view.comparison = Some(saved_runs::compare(&before, &saved_runs::find(context, &path.to_string_lossy())?)?);
    }
    let document = step.document(context, "bulk-test", exit == Exit::Done, view);
    save(&path.with_extension("json"), &document)?;
    Ok(Finished { document, exit })
}

/// A class has hundreds of machines that are not asked for.
fn with_this_machine(mut participants: Vec<Participant>, machine: &str) -> Vec<Participant> {
    for participant in &mut participants {
        participant.machines.retain(|name, _| name == machine);
    }
    participants
}

/// Says which failures the lab pretends, so that nobody looks for a mistake.
fn pretended(session: &Session) -> Option<String> {
    let settings = session.lab.pack.settings.iter().filter(|(_, setting)| setting.pretends_failures);
    let rates: Vec<String> = settings
        .filter_map(|(name, _)| {
            let of = |user: &User| user.settings.get(name).and_then(Value::as_f64).unwrap_or(0.0);
            let rate = session.users.iter().map(of).fold(0.0, f64::max);
            (rate > 0.0).then(|| format!("`{name}` = {rate}"))
        })
        .collect();
    let settings = if rates.len() == 1 { "setting" } else { "settings" };
    (!rates.is_empty()).then(|| {
        format!(
            "some failures are on purpose, by the {settings} {}; 0 under `[settings]` switches them off",
            rates.join(", ")
        )
    })
}

/// A machine that waits in its scenarios waits in a bulk run, too.
fn pace(session: &Session, machine: &str) -> Pace {
    let pace = Pace::default();
    let scenarios = session.lab.pack.scenarios.iter().filter(|scenario| scenario.machine == machine);
    let longest = scenarios.map(|scenario| scenario.waits_seconds).max().unwrap_or(0);
    Pace { patience: pace.patience + Duration::from_secs(u64::from(longest)), ..pace }
}

fn save(path: &Path, document: &Document<BulkView>) -> Result<(), Failure> {
    let text = serde_json::to_vec_pretty(document).map_err(io::Error::other);
    text.and_then(|text| host::write_atomic(path, &text)).map_err(|error| Failure::file("write", path, error))
}

/// Everything ended and every threshold held, or not.
fn judge(report: &BulkReport, completion: Option<&Completion>) -> Exit {
    if report.interrupted {
        Exit::Interrupted
    } else if report.thresholds.iter().any(|threshold| !threshold.passed)
        || completion.is_some()
        || report.started == 0 && report.is_not_deployed()
    {
        Exit::NotMet
    } else if report.started == 0 {
        Exit::Failed
    } else if report.still_running > 0 || report.failed_to_start > 0 {
        Exit::Partial
    } else {
        Exit::Done
    }
}
