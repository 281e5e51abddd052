//! `labctl bulk-test`.

use std::io;
use std::path::Path;
use std::time::Duration;

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
use crate::model::{Lab, User, UserName};
use crate::render::BulkInputs;
use crate::trial::{
    self, BulkReport, BulkRun, Named, Outcomes, Pace, RecordFile, RunSettings, SavedRun, Threshold, Unknown,
};
use crate::ui::view::{BulkView, ComparedView, Document, SavedRunView, Trouble};
use crate::ui::{ProgressKind, counted};

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
        let work = format!("start {}", counted(arguments.count * session.users.len() as u64, "execution"));
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
    let doubts = check_names(context, session, &arguments.expect)?;
    // A rehearsal has told them before it deployed.
    if !step.is_part() {
        for doubt in &doubts {
            context.ui.note(&format!("warning: {doubt}"));
        }
    }
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
        outcome: session.lab.pack.bulk_outcome().map(str::to_owned),
        thresholds: arguments.expect.clone(),
        histories: arguments.histories,
        records: &records,
        keeps_time: session.time_factor <= 1.0,
        concurrency: arguments.concurrency,
        in_flight: arguments.in_flight,
        run_id: run_id.clone(),
        pace: pace(session, &bulk.machine),
        time: session.time(),
        journal: &journal,
        cancel: context.cancel(),
    })
    .await;
    let completion = Completion::of(&report, &session.lab, arguments);
    let exit = judge(&report, completion.as_ref());
    let summary = format!("{} started, {} finished", report.started, report.finished);
    let exit = finish(step, &journal, "bulk-test", exit, summary)?;
    if let Some(error) = records.failure() {
        return Err(Failure::file("write", &path, error));
    }
    let run = SavedRunView { id: run_id, records: path.clone() };
    let mut view = view(run, report);
    view.troubles.extend(completion.map(Completion::told));
    view.notes.extend(pretended(session));
    if context.global.json {
        view.notes.extend(doubts);
    }
    if let Some(before) = before {
        view.comparison = Some(bulk_runs::compare(&before, &bulk_runs::find(context, &path.to_string_lossy())?)?);
    }
    let document = step.document(context, "bulk-test", exit == Exit::Done, view);
    save(&path.with_extension("json"), &document)?;
    Ok((document, exit))
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

/// Holds what is named against what the pack knows, before anything starts: an outcome that nothing has would hold or fail for ever.
///
/// Gives what is in doubt: names that nothing speaks of, where outcomes are put together at run time.
///
/// # Errors
/// An outcome that does not exist, a pointer that hits nothing.
pub(super) fn check_names(
    context: &Context,
    session: &Session,
    thresholds: &[Threshold],
) -> Result<Vec<String>, Failure> {
    let pack = &session.lab.pack;
    let Some(bulk) = &pack.bulk else { return Ok(Vec::new()) };
    let participants = participants(context, session)?;
    let machines = participants.iter().filter_map(|participant| participant.machines.get(&bulk.machine));
    let definitions = machines.map(|machine| machine.definition.as_str()).collect();
    let pointer = pack.bulk_outcome();
    let outcomes = Outcomes::of(pack, &bulk.machine, pointer, &definitions);
    if let Err(meant) = outcomes.check_pointer() {
        let help = meant.map_or_else(
            || "name a member of the machine's output, as the `expect.output` of its scenarios does".to_owned(),
            |meant| format!("did you mean `/{meant}`?"),
        );
        return Err(Failure::usage(
            format!(
                "`outcome = \"{}\"` of `{}` hits nothing: no output of `{}` is known to have it",
                pointer.unwrap_or_default(),
                pack.display_path("pack.toml").display(),
                bulk.machine
            ),
            help,
        ));
    }
    let mut doubts = Vec::new();
    for threshold in thresholds {
        let Some(name) = threshold.outcome() else { continue };
        let help = |unknown: Unknown| {
            let known = unknown.known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let meant = unknown.meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
            format!("{meant}known outcomes: {known}")
        };
        match outcomes.check_name(name) {
            Named::Known => {}
            Named::Doubtful(unknown) => doubts.push(format!(
                "`--expect '{threshold}'`: nothing in the pack speaks of the outcome `{name}`, which `{}` may put together as it runs; {}",
                bulk.machine,
                help(unknown)
            )),
            Named::Never(unknown) => {
                return Err(Failure::usage(
                    format!("`--expect '{threshold}'`: no execution of `{}` ends as `{name}`", bulk.machine),
                    help(unknown),
                ));
            }
        }
    }
    Ok(doubts)
}

/// Why a run proves nothing, though nobody set a threshold.
enum Completion {
    /// No execution went well.
    None { finished: u64, outcomes: String },
    /// No output has an outcome where one is looked for.
    Nameless { succeeded: u64, pointer: String },
}

impl Completion {
    /// What is wrong; inputs that are all invalid on purpose complete nothing.
    fn of(report: &BulkReport, lab: &Lab, arguments: &Arguments) -> Option<Self> {
        let pack = &lab.pack;
        if let Some(pointer) = pack.bulk_outcome().filter(|_| report.succeeded > 0 && report.named == 0) {
            return Some(Self::Nameless { succeeded: report.succeeded, pointer: pointer.to_owned() });
        }
        let machine = pack.bulk.as_ref().and_then(|bulk| pack.machines.iter().find(|it| it.name == bulk.machine));
        let good = machine.map_or(&[][..], |machine| &machine.good);
        let completed = match good {
            [] => report.succeeded,
            good => good.iter().filter_map(|name| report.outcomes.get(name)).sum(),
        };
        let is_on_purpose = arguments.invalid >= 1.0 || !arguments.expect.is_empty() || report.interrupted;
        let outcomes: Vec<String> = report.outcomes.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let none = || Self::None { finished: report.finished, outcomes: outcomes.join(", ") };
        (completed == 0 && report.started > 0 && !is_on_purpose).then(none)
    }

    fn told(self) -> Trouble {
        let (what, cause, help) = match self {
            Self::None { finished: 0, .. } => {
                ("the bulk test".to_owned(), "nothing ended".to_owned(), "look at one execution with `labctl test`")
            }
            Self::None { finished, outcomes } => (
                counted(finished, "execution"),
                format!("nothing completed: {outcomes}"),
                "`labctl test` shows what goes wrong; `--expect` says what may",
            ),
            Self::Nameless { succeeded, pointer } => (
                counted(succeeded, "execution"),
                format!("the outcome `{pointer}` hits nothing: no output has it"),
                "correct `outcome` in the pack's `pack.toml`, or what the machine gives",
            ),
        };
        Trouble { what, user: String::new(), cause, help: Some(help.to_owned()), is_credentials: false }
    }
}

/// Everything ended and every threshold held, or not.
fn judge(report: &BulkReport, completion: Option<&Completion>) -> Exit {
    if report.interrupted {
        Exit::Interrupted
    } else if report.thresholds.iter().any(|threshold| !threshold.passed) || completion.is_some() {
        Exit::NotMet
    } else if report.started == 0 {
        Exit::Failed
    } else if report.still_running > 0 || report.failed_to_start > 0 {
        Exit::Partial
    } else {
        Exit::Done
    }
}
