//! The use case.

use std::collections::BTreeSet;

use futures::StreamExt as _;
use futures::stream;

use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use super::super::step::{Finished, Step};
use super::details::{detailed, written_down};
use super::list::{Listed, Listing, list};
use super::options::ExecutionsOptions;
use crate::cause::CommonCauses;
use crate::model::Pack;
use crate::trial::{Named, Outcomes};
use crate::ui::counted_len;
use crate::ui::view::{ExecutionView, ExecutionsSummary, ExecutionsView};

/// Executions asked about at once.
const AT_ONCE: usize = 16;

/// Executions looked into at most for those that an outcome or a cause chooses.
const LOOKED_INTO: usize = 500;

/// Shows the executions of the chosen users, newest first.
///
/// # Errors
/// What names no user, machine or status, and what cannot be read.
pub(crate) async fn executions(
    context: &Context,
    options: &ExecutionsOptions,
) -> Result<Finished<ExecutionsView>, Failure> {
    let work = async |session: &Session| {
        let step = Step::whole(context);
        let journal = session.begin_looking(context, "executions")?;
        let view = context.unless_interrupted(shown(context, session, options)).await?;
        step.finish(&journal, "executions", Exit::Done, String::new())?;
        Ok(Finished { document: step.document(context, "executions", true, view), exit: Exit::Done })
    };
    Session::during_as_it_stands(context, &options.selection, work).await
}

async fn shown(context: &Context, session: &Session, options: &ExecutionsOptions) -> Result<ExecutionsView, Failure> {
    let Listing { machines, mut executions, mut notes } = list(context, session, options).await?;
    let most = if options.looks_inside() { LOOKED_INTO } else { options.limit };
    let left = executions.len().saturating_sub(most);
    executions.truncate(most);
    let known = written_down(&context.settings.out.join("runs"), &executions);
    // Each gives way to what is shown of it.
    let looking = executions.into_iter().zip(known).filter_map(|(listed, known)| {
        let Listed { machine, execution } = listed;
        Some(detailed(&session.lab, machines.get(machine)?, execution, known))
    });
    // In their order, and no further than is shown.
    let mut looked = stream::iter(looking).buffered(AT_ONCE);
    let mut shown: Vec<ExecutionView> = Vec::new();
    while shown.len() < options.limit {
        let Some(execution) = looked.next().await.transpose()? else { break };
        if is_chosen(&execution, options) {
            shown.push(execution);
        }
    }
    if options.looks_inside() && left > 0 && shown.len() < options.limit {
        let newest = counted_len(most, "execution");
        notes.push(format!("only the newest {newest} were looked into, and {left} were not; `--machine`, `--status` and `--since` leave fewer"));
    }
    notes.extend(unknown_outcome(&session.lab.pack, options).filter(|_| shown.is_empty()));
    let mut causes = CommonCauses::default();
    for execution in &shown {
        let user = execution.user.as_str();
        let example = format!("{}:{}:{}", execution.user, execution.machine, execution.name);
        execution.cause.iter().for_each(|cause| causes.add(user, cause, Some(&example)));
    }
    let failed = shown.iter().filter(|execution| execution.cause.is_some()).count();
    let summary = ExecutionsSummary { executions: shown.len(), failed, causes: causes.sorted() };
    Ok(ExecutionsView { summary, executions: shown, notes })
}

/// Of an outcome that nothing was found with, whether anything in the pack speaks of it. A student's machine may have others.
fn unknown_outcome(pack: &Pack, options: &ExecutionsOptions) -> Option<String> {
    let outcome = options.outcome.as_ref()?.to_uppercase();
    let machines =
        pack.machines.iter().filter(|it| options.machine.as_ref().is_none_or(|name| name.ends_with(&it.name)));
    let mut meant = None;
    for machine in machines {
        match Outcomes::of(pack, &machine.name, machine.outcome.as_deref(), &BTreeSet::new()).check_name(&outcome) {
            Named::Known | Named::Quoted => return None,
            Named::Doubtful(unknown) | Named::Never(unknown) => meant = meant.or(unknown.meant),
        }
    }
    let help = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    Some(format!("nothing in the pack speaks of the outcome `{outcome}`{help}"))
}

fn is_chosen(execution: &ExecutionView, options: &ExecutionsOptions) -> bool {
    let has_outcome = options.outcome.as_ref().is_none_or(|outcome| outcome.eq_ignore_ascii_case(&execution.outcome));
    let has_cause = options.cause.as_ref().is_none_or(|wanted| {
        let wanted = wanted.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        execution.cause.as_ref().is_some_and(|cause| has(&cause.key) || has(&cause.text()))
    });
    has_outcome && has_cause
}
