//! Which execution is meant.

use futures::future::try_join_all;

use super::super::execution::read::{self, LoggedExecution};
use super::super::execution::{self, FoundExecution, OwnMachine};
use super::super::failure::Failure;
use super::super::session::Session;
use super::reference::{Reference, Which};
use crate::cloud::ExecutionQuery;
use crate::model::ExecutionStatus;

/// Executions of one machine that are looked at, newest first, for one that failed.
const LOOKED_AT: usize = 1000;

/// How many of those that succeeded are asked for their outcomes, a call each.
const ASKED: usize = 100;

/// Finds the execution that is meant.
///
/// # Errors
/// When there is no such execution or machine, or something cannot be read.
pub(super) async fn find(session: &Session, reference: &Reference) -> Result<FoundExecution, Failure> {
    let machines = machines(session, reference).await?;
    if let (Which::Arn(arn), [machine]) = (&reference.which, machines.as_slice()) {
        return by_arn(machine, arn).await;
    }
    let found = try_join_all(machines.iter().map(|machine| latest(machine, &reference.which))).await?;
    let latest = found.into_iter().flatten().max_by_key(|found| found.execution.started_ms);
    latest.ok_or_else(|| nothing(session, reference))
}

/// The machines among whose executions it is.
async fn machines(session: &Session, reference: &Reference) -> Result<Vec<OwnMachine>, Failure> {
    let found = execution::machines(session, reference.machine.as_deref()).await?;
    if found.is_empty() {
        let what = match &reference.machine {
            Some(machine) => format!("the state machine `{machine}` is not there"),
            None => "no state machine is there".to_owned(),
        };
        return Err(Failure::other(what, "`labctl status` shows what is there; `labctl deploy` brings the lab"));
    }
    Ok(found)
}

async fn by_arn(machine: &OwnMachine, arn: &str) -> Result<FoundExecution, Failure> {
    if !machine.is_express() {
        let execution = machine.cloud.execution(arn).await?;
        return Ok(FoundExecution { machine: machine.clone(), execution, logged: None });
    }
    let logged = read::logged(machine, &format!("\"{arn}\""), read::ALWAYS).await?;
    let found = logged.into_iter().find(|logged| logged.arn == arn);
    found.map(|logged| of_log(machine, logged)).ok_or_else(|| unreported(machine, arn))
}

/// The latest execution of a machine that is meant, if any.
async fn latest(machine: &OwnMachine, which: &Which) -> Result<Option<FoundExecution>, Failure> {
    if machine.is_express() { latest_logged(machine, which).await } else { latest_listed(machine, which).await }
}

async fn latest_listed(machine: &OwnMachine, which: &Which) -> Result<Option<FoundExecution>, Failure> {
    let found = |execution| Some(FoundExecution { machine: machine.clone(), execution, logged: None });
    if let Which::Named(name) = which {
        let arn = format!("{}:{name}", machine.arn.replacen(":stateMachine:", ":execution:", 1));
        return match machine.cloud.execution(&arn).await {
            Ok(execution) => Ok(found(execution)),
            Err(error) if error.class == crate::cloud::ErrorClass::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        };
    }
    let at_most = if *which == Which::Last { 1 } else { LOOKED_AT };
    let query = ExecutionQuery { at_most, ..ExecutionQuery::default() };
    let mut asked = 0;
    for listed in machine.cloud.executions(&machine.arn, query).await? {
        let is_success = listed.status == ExecutionStatus::Succeeded;
        if *which == Which::Last || (!is_success && listed.status.is_terminal()) {
            return Ok(found(machine.cloud.execution(&listed.arn).await?));
        }
        if is_success && machine.outcome.is_some() && asked < ASKED {
            asked += 1;
            let execution = machine.cloud.execution(&listed.arn).await?;
            if !machine.is_good(&execution) {
                return Ok(found(execution));
            }
        }
    }
    Ok(None)
}

/// Executions of an EXPRESS machine are known from its log alone.
async fn latest_logged(machine: &OwnMachine, which: &Which) -> Result<Option<FoundExecution>, Failure> {
    let filter = match which {
        Which::Last => "\"ExecutionStarted\"".to_owned(),
        // Those that succeeded may have another outcome than a good one.
        Which::LastFailed if machine.outcome.is_some() => {
            "?ExecutionFailed ?ExecutionTimedOut ?ExecutionAborted ?ExecutionSucceeded".to_owned()
        }
        Which::LastFailed => "?ExecutionFailed ?ExecutionTimedOut ?ExecutionAborted".to_owned(),
        Which::Named(name) => format!("\":{name}:\""),
        Which::Arn(arn) => format!("\"{arn}\""),
    };
    let is_meant = |logged: &LoggedExecution| match which {
        Which::Last => true,
        Which::LastFailed => logged.execution().is_some_and(|it| it.status.is_terminal() && !machine.is_good(&it)),
        Which::Named(name) => logged.name() == name,
        Which::Arn(arn) => logged.arn == *arn,
    };
    let logged = read::logged(machine, &filter, read::ALWAYS).await?;
    let Some(last) = logged.into_iter().filter(is_meant).max_by_key(LoggedExecution::last_ms) else { return Ok(None) };
    by_arn(machine, &last.arn).await.map(Some)
}

fn of_log(machine: &OwnMachine, logged: LoggedExecution) -> FoundExecution {
    let execution = logged.execution().unwrap_or_else(|| logged.unknown());
    FoundExecution { machine: machine.clone(), execution, logged: Some(logged) }
}

fn unreported(machine: &OwnMachine, arn: &str) -> Failure {
    let help = match machine.log_group() {
        Some(group) => format!(
            "an EXPRESS execution is known from its log alone: look into `{group}`, where events come some seconds late"
        ),
        None => format!("`{}` has no logging: an EXPRESS execution is known from its log alone", machine.name),
    };
    Failure::other(format!("nothing is known of the execution `{arn}`"), help)
}

fn nothing(session: &Session, reference: &Reference) -> Failure {
    let users: Vec<String> = session.users.iter().map(|user| format!("`{}`", user.name)).collect();
    let whose = match users.as_slice() {
        [user] => format!("of {user}"),
        users => format!("of these {} users", users.len()),
    };
    let machine = reference.machine.as_ref().map(|machine| format!(" and machine `{machine}`")).unwrap_or_default();
    let (what, help) = match &reference.which {
        Which::LastFailed => ("no execution failed", "name another one: `USER:last`, `USER:MACHINE:NAME`, or an ARN"),
        Which::Last => ("no execution is known", "start one: `labctl test` runs the pack's scenarios"),
        Which::Named(_) | Which::Arn(_) => ("no such execution is known", "`USER:last` is the latest one"),
    };
    Failure::other(format!("{what} {whose}{machine}"), help)
}
