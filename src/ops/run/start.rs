//! The use case.

use super::super::context::Context;
use super::super::execution::read::{self, LoggedExecution};
use super::super::execution::{FoundExecution, OwnMachine, handler_log, view};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::participants::run_id;
use super::super::session::Session;
use super::super::step::{Finished, Step};
use super::super::{load, python, undeployed};
use super::input::{Chosen, check_name, choose};
use super::options::RunOptions;
use crate::asl::trace::is_complete;
use crate::cause::PolicyFiles;
use crate::cloud::{CloudError, ErrorClass};
use crate::event::{Journal, ProgressKind};
use crate::host;
use crate::model::{Execution, ExecutionStatus, Lab, MachineType, User};
use crate::source;
use crate::trial::{self, Pace, Single, SingleRun};
use crate::ui::view::{SingleRunScenario, SingleRunView, TraceView};

/// Starts one execution and follows it to its end.
///
/// # Errors
/// What names no machine, input or scenario; an execution that cannot be started or read. How it ended is in the result.
pub(crate) async fn run(context: &Context, options: &RunOptions) -> Result<Finished<SingleRunView>, Failure> {
    let lab = load::lab(context)?;
    let users = options.selection.choose(&lab, &context.settings.journal_path())?;
    let [user] = users.as_slice() else {
        return Err(Failure::usage(
            format!("`run` starts one execution, and {} users are chosen", users.len()),
            "choose one with `--user NAME`; `labctl test` and `labctl bulk-test` are for many",
        ));
    };
    options.name.as_deref().map(check_name).transpose()?;
    let user = user.clone();
    let short = short_name(&options.machine, &user);
    // What may be a student's own machine is looked for; a slip is reported before anything is asked.
    let session = Box::pin(Session::for_users(context, lab, users)).await?;
    let done = run_in(context, &session, &user, short, options).await;
    session.close().await;
    done
}

/// A machine's name without the user's prefix.
fn short_name<'n>(name: &'n str, user: &User) -> &'n str {
    name.strip_prefix(user.name.as_str()).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name)
}

async fn run_in(
    context: &Context,
    session: &Session,
    user: &User,
    short: &str,
    options: &RunOptions,
) -> Result<Finished<SingleRunView>, Failure> {
    let chosen = choose(&session.lab.pack, short, options)?;
    python::require(session)?;
    let cloud = &session.connection(user)?.cloud;
    let machine = context.unless_interrupted(OwnMachine::read(&session.lab, user, cloud, short)).await?;
    let Some(machine) = machine else { return Err(absent(&session.lab, user, short)) };
    undeployed::note_of_run(context, session);
    context.confirm(&format!("start an execution of `{}`", machine.name), &session.connections).await?;
    if let Some(note) = &chosen.note {
        context.audience.note(note);
    }
    if options.watch && machine.is_express() {
        context.audience.note(&format!("`{}` is EXPRESS: its states are known when it is over", machine.name));
    }
    let step = Step::whole(context);
    let journal = session.begin(context, "run", ProgressKind::Executions { total: 1 })?;
    let (execution, stopped) = started(context, session, &machine, &chosen, options, &journal).await?;
    let found = FoundExecution { machine, execution, logged: None };
    let (view, exit) = shown(context, session, found, &chosen, stopped).await?;
    let summary = format!("{} {}", view.trace.execution.status, view.trace.execution.name);
    step.finish(&journal, "run", exit, summary)?;
    Ok(Finished { document: step.document(context, "run", exit == Exit::Done, view), exit })
}

fn absent(lab: &Lab, user: &User, short: &str) -> Failure {
    let known: Vec<&str> = lab.pack.machines.iter().map(|machine| machine.name.as_str()).collect();
    let Some(machine) = lab.pack.machines.iter().find(|machine| machine.name == short) else {
        return Failure::usage(
            format!(
                "no machine `{short}` in the pack `{}`, and none of `{}`'s own is called so",
                lab.pack.name, user.name
            ),
            source::help(short, known),
        );
    };
    let help = match &machine.when {
        Some(setting) if user.settings.get(setting).and_then(serde_json::Value::as_bool) != Some(true) => {
            format!("it is there only with the setting `{setting} = true`; then run `labctl deploy`")
        }
        _ => "run `labctl deploy` first".to_owned(),
    };
    Failure::NotDeployed { message: format!("the state machine `{}-{short}` is not there", user.name), help }
}

/// The execution that is over, and a note where it had to be stopped.
async fn started(
    context: &Context,
    session: &Session,
    machine: &OwnMachine,
    chosen: &Chosen<'_>,
    options: &RunOptions,
    journal: &Journal,
) -> Result<(Execution, Option<String>), Failure> {
    let name = options.name.clone().unwrap_or_else(|| trial::execution_name(&chosen.label, &run_id()));
    let scenarios = session.lab.pack.scenarios.iter().filter(|scenario| scenario.machine == machine.short_name());
    let pace = Pace { longest: std::time::Duration::from_secs(2), ..Pace::default() };
    // An input of which nobody said how long it takes may take as long as anything of its machine, and some minutes.
    let (waits_seconds, grace) = match chosen.scenario {
        Some(scenario) => (scenario.waits_seconds, pace.grace),
        None => (scenarios.map(|scenario| scenario.waits_seconds).max().unwrap_or_default(), pace.patience),
    };
    let ended = trial::run_single(SingleRun {
        user: &machine.user.name,
        cloud: machine.cloud.as_ref(),
        machine: &machine.name,
        machine_arn: &machine.arn,
        machine_type: machine.content.machine_type,
        name: &name,
        input: &chosen.input,
        waits_seconds,
        watch: options.watch,
        pace: Pace { grace, ..pace },
        time_factor: session.time_factor,
        time: session.time(),
        journal,
        cancel: context.cancel(),
    });
    match ended.await.map_err(|error| refused(error, &name))? {
        Single::Over(execution, stopped) => Ok((execution, stopped)),
        Single::Silent(limit) => Err(Failure::other(
            format!("`{}` was not over after {} s", machine.name, limit.as_secs()),
            "an EXPRESS execution cannot be stopped, and ends by itself after five minutes; `labctl trace` tells of it then",
        )),
        Single::LeftRunning(arn) => Err(left_running(session, machine, &name, arn.as_deref())),
    }
}

/// What becomes of an execution that nobody waits for any more.
fn left_running(session: &Session, machine: &OwnMachine, name: &str, arn: Option<&str>) -> Failure {
    let reference = format!("{}:{}:{name}", machine.user.name, machine.short_name());
    let goes_on = if session.is_embedded() {
        "ends with this command, in which the local endpoint ran; with `labctl local serve` it would go on"
    } else if machine.content.machine_type == MachineType::Express {
        "goes on: an EXPRESS execution cannot be stopped, and ends after five minutes at the latest"
    } else {
        "goes on"
    };
    let what = arn.map_or_else(|| format!("the execution `{name}`"), |arn| format!("`{arn}`"));
    Failure::LeftRunning {
        message: format!("interrupted: {what} {goes_on}; `labctl trace {reference}` shows what became of it"),
    }
}

fn refused(error: CloudError, name: &str) -> Failure {
    if error.class != ErrorClass::Exists {
        return error.into();
    }
    Failure::usage(
        format!("an execution `{name}` was there already, with another input or over: {error}"),
        "choose another `--name`; without it the name is one that nobody had",
    )
}

/// What the execution did, and whether that is as it should be.
async fn shown(
    context: &Context,
    session: &Session,
    mut found: FoundExecution,
    chosen: &Chosen<'_>,
    stopped: Option<String>,
) -> Result<(SingleRunView, Exit), Failure> {
    if found.machine.is_express() {
        found.logged = Some(logged(context, &found).await?);
    }
    let reported = read::reported(&found.machine, &found.execution, found.logged.as_ref()).await?;
    let (lines, more) = handler_log::read(found.machine.cloud.as_ref(), &reported.trace).await;
    let policies = PolicyFiles::of(&session.lab, &found.machine.user);
    let scenario = chosen.scenario.map(|scenario| {
        let path = reported.path();
        let mut problems = trial::judge(&scenario.expect, &found.execution, path.as_deref());
        if scenario.expect.path.is_some() && path.is_none() {
            problems.push(format!("path: not known: the log of `{}` does not tell of it", found.machine.name));
        }
        problems.extend(stopped.clone());
        SingleRunScenario { name: scenario.name.clone(), passed: problems.is_empty(), problems }
    });
    let is_good = match &scenario {
        Some(scenario) => scenario.passed,
        None => found.execution.status == ExecutionStatus::Succeeded,
    };
    let trace = TraceView {
        execution: view::execution(&found, &reported, &policies),
        states: view::states(&found, &reported, &lines, false),
        notes: reported.notes.iter().cloned().chain(more).chain(stopped).collect(),
        exported: None,
        written: None,
        picture: None,
        full: false,
        only_failed: false,
    };
    Ok((SingleRunView { trace, scenario }, if is_good { Exit::Done } else { Exit::NotMet }))
}

/// What the machine's log tells of an EXPRESS execution, once it tells all or has had its time.
async fn logged(context: &Context, found: &FoundExecution) -> Result<LoggedExecution, Failure> {
    let arn = &found.execution.arn;
    let nothing = || LoggedExecution { arn: arn.clone(), events: Vec::new() };
    let logging = found.machine.content.logging.as_ref();
    let pace = Pace::default();
    let (time, mut length) = (host::real_time(), pace.first);
    let patience = if logging.is_some_and(|logging| logging.level == "ALL") { pace.log_patience } else { length };
    loop {
        let read = read::logged(&found.machine, &format!("\"{arn}\""), read::ALWAYS).await?;
        let logged = read.into_iter().find(|logged| logged.arn == *arn).unwrap_or_else(nothing);
        if is_complete(&logged.events) || time.elapsed() >= patience || context.is_cancelled() {
            return Ok(logged);
        }
        tokio::select! {
            () = time.sleep(length) => {}
            () = context.interrupt.wait() => {}
        }
        length = (length * 3 / 2).min(pace.longest);
    }
}
