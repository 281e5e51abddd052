//! `labctl bulk-test`.

use std::io;
use std::path::Path;

use clap::Args;
use serde_json::Value;

use super::args::Selection;
use super::bulk_runs;
use super::bulk_view::view;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::finish::finish;
use super::participants::{participants, run_id};
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use crate::host;
use crate::model::UserName;
use crate::render::BulkInputs;
use crate::trial::{self, BulkReport, BulkRun, Pace, RecordFile, RunSettings, SavedRun, Threshold};
use crate::ui::ProgressKind;
use crate::ui::view::{BulkView, ComparedView, Document, SavedRunView};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Executions per user.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// Starts a second, over all users; without it as fast as quotas allow.
    #[arg(long, value_name = "PER_SECOND", value_parser = positive)]
    rate: Option<f64>,
    /// The share of inputs that are invalid on purpose (`10%` or `0.1`).
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    invalid: f64,
    /// A threshold, such as `COMPLETED>=80%`, `p95<5s`, `failed_to_start==0`; may be given more than once.
    #[arg(long, value_name = "EXPRESSION", value_parser = Threshold::parse)]
    expect: Vec<Threshold>,
    /// Histories read for the latencies of states where no log group tells them, at most.
    #[arg(long, value_name = "N", default_value_t = HISTORIES)]
    histories: usize,
    /// Starts at once.
    #[arg(long, value_name = "N", default_value_t = AT_ONCE, value_parser = at_least_one)]
    concurrency: usize,
    /// Executions that run at once, at most; spares an account with little Lambda concurrency, or a small machine.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    in_flight: Option<usize>,
    /// Show the run beside an earlier one: its id or the beginning of it, `last`, or the path of its file.
    #[arg(long, value_name = "RUN", conflicts_with = "runs")]
    compare: Option<String>,
    /// With `--compare`: start nothing, and compare with this saved run instead.
    #[arg(long, value_name = "RUN", requires = "compare")]
    with: Option<String>,
    /// List the saved runs and start nothing.
    #[arg(long)]
    runs: bool,
}

impl Arguments {
    /// A bulk test of valid inputs, as a rehearsal runs it.
    pub(super) fn rehearsal(count: u64, expect: Vec<Threshold>) -> Self {
        Self {
            selection: Selection::default(),
            count,
            rate: None,
            invalid: 0.0,
            expect,
            histories: HISTORIES,
            concurrency: AT_ONCE,
            in_flight: None,
            compare: None,
            with: None,
            runs: false,
        }
    }
}

/// Histories read for the latencies of states where no log group tells them, at most.
const HISTORIES: usize = 200;
/// Starts at once.
const AT_ONCE: usize = 32;

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("expected a number above 0".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(value) if value > 0 => Ok(value),
        _ => Err("expected a whole number above 0".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    match number.trim().parse::<f64>() {
        Ok(value) if (0.0..=scale).contains(&value) => Ok(value / scale),
        _ => Err("expected a share such as `10%` or `0.1`".to_owned()),
    }
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    if arguments.runs {
        let view = bulk_runs::list(context)?;
        let document = context.document("bulk-test-runs", true, view);
        context.show(&document, |ui| ui.runs(&document.body));
        return Ok(Exit::Done);
    }
    if let (Some(before), Some(after)) = (&arguments.compare, &arguments.with) {
        let (before, after) = (bulk_runs::find(context, before)?, bulk_runs::find(context, after)?);
        let view = ComparedView { comparison: bulk_runs::compare(&before, &after)? };
        let document = context.document("bulk-test-comparison", true, view);
        context.show(&document, |ui| ui.comparison(&document.body.comparison));
        return Ok(Exit::Done);
    }
    let (document, exit) = Session::during(context, &arguments.selection, async |session| {
        let work = format!("start {} executions", arguments.count * session.users.len() as u64);
        context.confirm(&work, &session.connections).await?;
        execute(context, session, arguments, &Step::whole(context)).await
    })
    .await?;
    context.show(&document, |ui| ui.bulk(&document));
    Ok(exit)
}

/// Runs the bulk test for the session's users.
pub(super) async fn execute(
    context: &Context,
    session: &Session,
    arguments: &Arguments,
    step: &Step,
) -> Result<(Document<BulkView>, Exit), Failure> {
    let no_bulk = || {
        Failure::usage(
            format!("the pack `{}` has no `[bulk]` table", session.lab.pack.name),
            "add one to its `pack.toml`; docs/packs.md shows how",
        )
    };
    let Some(bulk) = session.lab.pack.bulk.clone() else { return Err(no_bulk()) };
    // Found before anything runs: `last` is the run before this one.
    let before = arguments.compare.as_deref().map(|name| bulk_runs::find(context, name)).transpose()?;
    super::python::require(session)?;
    let participants = participants(context, session)?;
    let run_id = run_id();
    let Some(inputs) = BulkInputs::new(&session.lab.pack)? else { return Err(no_bulk()) };
    let make_input = |name: &UserName, index: u64, invalid: bool| -> Result<Value, String> {
        let user = session.users.iter().find(|user| user.name == *name).ok_or("is not in the session")?;
        inputs.input(user, &run_id, index, !invalid).map_err(|finding| finding.message)
    };
    let total = arguments.count * participants.len() as u64;
    let path = bulk_runs::folder(context).join(format!("{run_id}.jsonl"));
    let records = RecordFile::create(&path).map_err(|error| Failure::file("write", &path, error))?;
    let seed = host::random_u64();
    let settings = RunSettings {
        machine: bulk.machine.clone(),
        count: arguments.count,
        rate: arguments.rate,
        invalid: arguments.invalid,
        concurrency: arguments.concurrency,
        in_flight: arguments.in_flight,
        histories: arguments.histories,
        seed,
        ..bulk_runs::made_in(context, session)
    };
    let settings_path = SavedRun::settings_path(&path);
    settings.write(&settings_path).map_err(|error| Failure::file("write", &settings_path, error))?;
    let journal = session.begin(context, "bulk-test", ProgressKind::Executions { total })?;
    let report = trial::bulk(BulkRun {
        participants,
        machine: bulk.machine.clone(),
        count: arguments.count,
        per_second: arguments.rate,
        invalid_share: arguments.invalid,
        seed,
        make_input: &make_input,
        outcome: bulk.outcome.clone(),
        thresholds: arguments.expect.clone(),
        histories: arguments.histories,
        records: &records,
        keeps_time: session.time_factor <= 1.0,
        concurrency: arguments.concurrency,
        in_flight: arguments.in_flight,
        run_id: run_id.clone(),
        pace: Pace::default(),
        journal: &journal,
        cancel: context.cancel(),
    })
    .await;
    let exit = judge(&report);
    let summary = format!("{} started, {} finished", report.started, report.finished);
    let exit = finish(step, &journal, "bulk-test", exit, summary)?;
    if let Some(error) = records.failure() {
        return Err(Failure::file("write", &path, error));
    }
    let run = SavedRunView { id: run_id, records: path.clone() };
    let mut view = view(run, report);
    if let Some(before) = before {
        view.comparison = Some(bulk_runs::compare(&before, &bulk_runs::find(context, &path.to_string_lossy())?)?);
    }
    let document = step.document(context, "bulk-test", exit == Exit::Done, view);
    save(&path.with_extension("json"), &document)?;
    Ok((document, exit))
}

fn save(path: &Path, document: &Document<BulkView>) -> Result<(), Failure> {
    let text = serde_json::to_vec_pretty(document).map_err(io::Error::other);
    text.and_then(|text| host::write_atomic(path, &text)).map_err(|error| Failure::file("write", path, error))
}

/// Everything ended and every threshold held, or not.
fn judge(report: &BulkReport) -> Exit {
    if report.interrupted {
        Exit::Interrupted
    } else if report.thresholds.iter().any(|threshold| !threshold.passed) {
        Exit::NotMet
    } else if report.started == 0 {
        Exit::Failed
    } else if report.still_running > 0 || report.failed_to_start > 0 {
        Exit::Partial
    } else {
        Exit::Done
    }
}
