//! `labctl rehearse`: the whole lesson.

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::run::Ended;
use super::session::{self, Session};
use super::step::Step;
use super::{bulk_test, cleanup, deploy, look, selection, test};
use crate::trial::Threshold;
use crate::ui::view::{RehearseSteps, RehearseView};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Executions per user of the bulk test.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// A threshold for the bulk test, such as `COMPLETED>=80%`; may be given more than once.
    #[arg(long, value_name = "EXPRESSION", value_parser = Threshold::parse)]
    expect: Vec<Threshold>,
    /// Also run scenarios that wait longer than 30 s where time does not jump.
    #[arg(long)]
    slow: bool,
    /// Leave the lab in place at the end.
    #[arg(long)]
    keep: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let lab = session::load(context)?;
    let mut chosen = arguments.selection.clone();
    // A rehearsal is for the instructor: without a choice the first user stands for the class.
    if chosen.user.is_empty() && !chosen.all && !chosen.only_failed {
        chosen.user.extend(lab.users.first().map(|user| user.name.to_string()));
    }
    let users = selection::choose(&chosen, &lab, &context.journal_path())?;
    let session = Box::pin(Session::for_users(context, lab, users)).await?;
    let ran = match ready(context, &session, arguments).await {
        Ok(()) => steps(context, &session, arguments).await,
        Err(failure) => Err(failure),
    };
    session.close().await;
    let (steps, exit) = ran?;
    let document = context.document("rehearse", exit == Exit::Done, RehearseView { steps });
    context.show(&document, |ui| ui.rehearse(&document));
    Ok(exit)
}

/// A rehearsal ends with a cleanup, so it must not begin on somebody's lab; on this machine nothing is at stake.
async fn ready(context: &Context, session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.keep && session.connections.values().any(|connection| !connection.cloud.is_loopback()) {
        let rendered = look::wanted(context, session)?;
        let found = context.unless_interrupted(look::found(session, &rendered)).await?;
        let there: usize = found.values().map(|observed| observed.resources.len()).sum();
        if there > 0 {
            return Err(Failure::usage(
                format!(
                    "{there} resources of the chosen users are there already, and a rehearsal ends by removing them"
                ),
                "rehearse with a user who has no lab yet, or add `--keep` to leave everything in place at the end",
            ));
        }
    }
    context.confirm("rehearse the whole lesson (deploy, test, bulk-test, cleanup)", &session.connections).await?;
    // Without python3 nothing could be tried: better said before anything is deployed.
    super::python::require(session)
}

/// Each step as long as it makes sense; cleanup always, so that nothing is left of a rehearsal that went wrong.
async fn steps(context: &Context, session: &Session, arguments: &Arguments) -> Result<(RehearseSteps, Exit), Failure> {
    let mut steps = RehearseSteps::default();
    let mut exit = Exit::Done;
    let tried = trials(context, session, arguments, &mut steps, &mut exit).await;
    if !arguments.keep && !context.is_cancelled() {
        let (document, ended) =
            cleanup::execute(context, session, &cleanup::Arguments::default(), &Step::part(context)).await?;
        steps.cleanup = Some(document);
        exit = exit.or(ended);
    }
    tried?;
    Ok((steps, exit))
}

async fn trials(
    context: &Context,
    session: &Session,
    arguments: &Arguments,
    steps: &mut RehearseSteps,
    exit: &mut Exit,
) -> Result<(), Failure> {
    let (document, ended) =
        deploy::execute(context, session, &deploy::Arguments::default(), &Step::part(context)).await?;
    steps.deploy = Some(document);
    *exit = exit.or(ended);
    if ended != Exit::Done {
        return Ok(());
    }
    let (document, ended) =
        test::execute(context, session, &test::Arguments::slow(arguments.slow), &Step::part(context)).await?;
    steps.test = Some(document);
    *exit = exit.or(ended);
    if ended == Exit::Interrupted {
        return Ok(());
    }
    let bulk = bulk_test::Arguments::rehearsal(arguments.count, arguments.expect.clone());
    let (document, ended) = bulk_test::execute(context, session, &bulk, &Step::part(context)).await?;
    steps.bulk_test = Some(document);
    *exit = exit.or(ended);
    Ok(())
}
