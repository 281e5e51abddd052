//! The executions of each machine: STANDARD ones are listed, EXPRESS ones known from its log alone.

use std::collections::BTreeSet;

use futures::future::try_join_all;

use super::super::context::Context;
use super::super::execution::{self, OwnMachine, read};
use super::super::failure::Failure;
use super::super::session::Session;
use super::options::ExecutionsOptions;
use crate::cloud::{CloudError, ErrorClass, ExecutionQuery};
use crate::model::{Execution, ExecutionStatus, User};
use crate::source;
use crate::ui::counted_len;

/// Executions listed of a machine where not every one is shown: a page.
const PAGE: usize = 1000;

/// How far back the log of an EXPRESS machine is read where nobody says since when: a log can only be read forwards.
const LOG_MS: i64 = 24 * 60 * 60 * 1000;

/// The first and last events of executions, in CloudWatch's filter syntax.
const ENDS: &str = "?ExecutionStarted ?ExecutionSucceeded ?ExecutionFailed ?ExecutionTimedOut ?ExecutionAborted";

/// An execution, and the machine it is of.
pub(super) struct Listed {
    /// The machine's place among those that were listed.
    pub(super) machine: usize,
    pub(super) execution: Execution,
}

impl Listed {
    /// What they are in the order of.
    fn key(&self) -> (i64, &str) {
        (self.execution.started_ms, &self.execution.arn)
    }
}

/// The machines that are there, and all their executions that may be shown, newest first.
pub(super) struct Listing {
    pub(super) machines: Vec<OwnMachine>,
    pub(super) executions: Vec<Listed>,
    pub(super) notes: Vec<String>,
}

/// Lists.
///
/// # Errors
/// What names no machine or status, and what cannot be read.
pub(super) async fn list(
    context: &Context,
    session: &Session,
    options: &ExecutionsOptions,
) -> Result<Listing, Failure> {
    let status = options.status.as_deref().map(status).transpose()?;
    let machines = machines(session, options).await?;
    let standard = machines.iter().filter(|machine| !machine.is_express()).count();
    let what = format!("listing the executions of {}", counted_len(standard, "machine"));
    session.note_wait(context, &what, "states:ListExecutions", standard);
    let listing = machines.iter().enumerate().map(|(at, machine)| async move {
        let found = if machine.is_express() {
            logged(machine, options, status).await?
        } else {
            listed(machine, options, status).await?
        };
        Ok::<_, Failure>(found.into_iter().map(move |execution| Listed { machine: at, execution }).collect::<Vec<_>>())
    });
    let mut executions: Vec<Listed> = try_join_all(listing).await?.into_iter().flatten().collect();
    executions.sort_by(|one, other| other.key().cmp(&one.key()));
    let is_cut = |machine: &OwnMachine| machine.is_express() && is_paced(machine);
    let is_logged = options.since.is_none() && machines.iter().any(is_cut);
    let mut notes: Vec<String> = is_logged
        .then(|| "EXPRESS executions are those of the last day; `--since` reads further back".to_owned())
        .into_iter()
        .collect();
    let silent: BTreeSet<&str> =
        machines.iter().filter(|it| it.is_express() && it.log_group().is_none()).map(|it| it.name.as_str()).collect();
    if let Some(first) = silent.first() {
        let more = if silent.len() > 1 { format!(" and {} more", silent.len() - 1) } else { String::new() };
        notes.push(format!("`{first}`{more} does not log: an EXPRESS execution is known from its log alone"));
    }
    Ok(Listing { machines, executions, notes })
}

/// Whether the endpoint is known to limit how often a log is read.
fn is_paced(machine: &OwnMachine) -> bool {
    machine.cloud.bucket("logs:FilterLogEvents").is_some()
}

/// A status as AWS writes it, in whatever case.
fn status(text: &str) -> Result<ExecutionStatus, Failure> {
    use ExecutionStatus::{Aborted, Failed, Running, Succeeded, TimedOut};
    let known = [Running, Succeeded, Failed, TimedOut, Aborted];
    let written = text.to_ascii_uppercase().replace('-', "_");
    known.into_iter().find(|status| status.word() == written).ok_or_else(|| {
        let help = source::help(&written, known.map(ExecutionStatus::word));
        Failure::usage(format!("no execution has the status `{text}`"), help)
    })
}

async fn machines(session: &Session, options: &ExecutionsOptions) -> Result<Vec<OwnMachine>, Failure> {
    let lab = &session.lab;
    let found = execution::machines(session, options.machine.as_deref()).await?;
    if let (true, Some(machine)) = (found.is_empty(), &options.machine) {
        let known: Vec<&str> = lab.pack.machines.iter().map(|machine| machine.name.as_str()).collect();
        let is_own = |user: &User| machine.strip_prefix(user.name.as_str()).is_some_and(|rest| rest.starts_with('-'));
        let short =
            session.users.iter().find(|user| is_own(user)).and_then(|user| machine.get(user.name.as_str().len() + 1..));
        let short = short.unwrap_or(machine);
        if !known.contains(&short) {
            return Err(Failure::usage(
                format!("no machine `{machine}` in the pack `{}`, and nobody has one of that name", lab.pack.name),
                source::help(short, known),
            ));
        }
    }
    Ok(found)
}

async fn listed(
    machine: &OwnMachine,
    options: &ExecutionsOptions,
    status: Option<ExecutionStatus>,
) -> Result<Vec<Execution>, Failure> {
    let at_most = if options.looks_inside() { PAGE } else { options.limit };
    let since_ms = options.since.map_or(0, |since| since.ms(machine.now_ms()));
    match machine
        .cloud
        .executions(&machine.arn, ExecutionQuery { status, since_ms, at_most, ..ExecutionQuery::default() })
        .await
    {
        Ok(executions) => Ok(executions),
        // Deleted since it was looked at.
        Err(CloudError { class: ErrorClass::NotFound, .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

async fn logged(
    machine: &OwnMachine,
    options: &ExecutionsOptions,
    status: Option<ExecutionStatus>,
) -> Result<Vec<Execution>, Failure> {
    let now_ms = machine.now_ms();
    let unsaid_ms = if is_paced(machine) { now_ms - LOG_MS } else { 0 };
    let since_ms = options.since.map_or(unsaid_ms, |since| since.ms(now_ms));
    let found = read::logged(machine, ENDS, (since_ms, None)).await?;
    let executions = found.iter().filter_map(read::LoggedExecution::execution);
    Ok(executions.filter(|it| it.started_ms >= since_ms && status.is_none_or(|status| it.status == status)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_written_in_any_case() {
        for (text, status_of) in [
            ("failed", ExecutionStatus::Failed),
            ("timed-out", ExecutionStatus::TimedOut),
            ("ABORTED", ExecutionStatus::Aborted),
        ] {
            assert_eq!(status(text).unwrap(), status_of);
        }
        let refused = status("FAILD").unwrap_err();
        assert_eq!(refused.help().as_deref(), Some("did you mean `FAILED`?"));
    }
}
