//! `labctl rehearse`: the whole lesson.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::run::Ended;
use super::session::{self, Session};
use super::step::Step;
use super::{bulk_test, cleanup, deploy, look, selection, test};
use crate::model::{Key, Lab, TargetKind, UserName};
use crate::plan::Found;
use crate::trial::Threshold;
use crate::ui::counted_len;
use crate::ui::view::{DeployView, RehearseSteps, RehearseView};

#[derive(Debug, Args)]
#[command(
    after_help = "A rehearsal runs on the local endpoint, whatever the manifest's target is, unless `--target` or an endpoint is given.\n\n\
Examples:\n  labctl rehearse\n  labctl rehearse --all -n 20\n  labctl rehearse --target aws --user staff1 --keep"
)]
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
    /// Leave the lab in place at the end; then it may be there already.
    #[arg(long)]
    keep: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let lab = load(context)?;
    let mut chosen = arguments.selection.clone();
    // A rehearsal is for the instructor: without a choice the first user stands for the class.
    if chosen.user.is_empty() && !chosen.all && !chosen.only_failed {
        chosen.user.extend(lab.users.first().map(|user| user.name.to_string()));
    }
    let users = selection::choose(&chosen, &lab, &context.journal_path())?;
    let session = Box::pin(Session::for_users(context, lab, users)).await?;
    let ran = whole(context, &session, arguments).await;
    session.close().await;
    let (steps, exit) = ran?;
    let document = context.document("rehearse", exit == Exit::Done, RehearseView { steps });
    context.show(&document, |ui| ui.rehearse(&document));
    Ok(exit)
}

/// The lab, on the local endpoint unless the command line or the environment says where else.
///
/// # Errors
/// Every mistake of the manifest, the roster and the pack.
fn load(context: &Context) -> Result<Lab, Failure> {
    let mut overrides = session::overrides(context);
    if overrides.target.is_some() || overrides.endpoint_url.is_some() {
        return session::load(context);
    }
    overrides.target = Some(TargetKind::Local);
    let lab = session::load_with(context, &overrides)?;
    if session::is_for_aws(context) {
        context.ui.note("rehearsing on the local endpoint; `--target aws` rehearses where the manifest's target is");
    }
    Ok(lab)
}

/// Holds the labs from the first look to the end: nobody else makes anything in between that would go with what the rehearsal made.
async fn whole(context: &Context, session: &Session, arguments: &Arguments) -> Result<(RehearseSteps, Exit), Failure> {
    // Without python3 nothing could be tried: better said before anything is deployed.
    super::python::require(session)?;
    for doubt in bulk_test::check_names(context, session, &arguments.expect)? {
        context.ui.note(&format!("warning: {doubt}"));
    }
    let rendered = look::wanted(context, session)?;
    let _lock = session.lock(context)?;
    if !arguments.keep {
        let found = context.unless_interrupted(look::found(session, &rendered)).await?;
        refuse_what_is_there(&found, session)?;
    }
    drop(rendered);
    context.confirm("rehearse the whole lesson (deploy, test, bulk-test, cleanup)", &session.connections).await?;
    steps(context, session, arguments).await
}

/// A rehearsal ends with a cleanup, so it must not begin on somebody's lab, wherever that is.
///
/// # Errors
/// When something of the chosen users is there, with whose it is.
fn refuse_what_is_there(found: &Found, session: &Session) -> Result<(), Failure> {
    let there: BTreeSet<&Key> = found.values().flat_map(|observed| observed.resources.keys()).collect();
    if there.is_empty() {
        return Ok(());
    }
    let mut users: BTreeMap<&UserName, usize> = BTreeMap::new();
    for (key, live) in found.values().flat_map(|observed| observed.resources.iter()) {
        let name = key.name.rsplit('/').next().unwrap_or_default();
        let is_of = |user: &str| live.user() == Some(user) || name.starts_with(&format!("{user}-"));
        let owner = session.users.iter().find(|user| is_of(user.name.as_str()));
        if let Some(user) = owner {
            *users.entry(&user.name).or_default() += 1;
        }
    }
    let named: Vec<String> = users.iter().take(5).map(|(user, count)| format!("`{user}` ({count})")).collect();
    let more = users.len().saturating_sub(named.len());
    let more = if more > 0 { format!(" and {} more", counted_len(more, "user")) } else { String::new() };
    let who = if named.is_empty() { "the chosen users".to_owned() } else { named.join(", ") + &more };
    Err(Failure::usage(
        format!(
            "{} of {who} {} there already, and a rehearsal ends by removing what it made; nothing was touched",
            counted_len(there.len(), "resource"),
            if there.len() == 1 { "is" } else { "are" },
        ),
        "rehearse with `--user` for somebody who has no lab yet, remove the lab with `labctl cleanup` first, or add `--keep` \
         to leave everything in place at the end",
    ))
}

/// Each step as long as it makes sense; cleanup always, so that nothing is left of a rehearsal that went wrong.
async fn steps(context: &Context, session: &Session, arguments: &Arguments) -> Result<(RehearseSteps, Exit), Failure> {
    let mut steps = RehearseSteps::default();
    let mut exit = Exit::Done;
    let tried = trials(context, session, arguments, &mut steps, &mut exit).await;
    if !arguments.keep && !context.is_cancelled() {
        let made = steps.deploy.as_ref().map(|deployed| made(&deployed.body));
        let arguments = cleanup::Arguments::of_rehearsal(made);
        let (document, ended) = cleanup::execute(context, session, &arguments, &Step::part(context)).await?;
        steps.cleanup = Some(document);
        exit = exit.or(ended);
    }
    tried?;
    Ok((steps, exit))
}

/// What a deployment made or began to make: a creation that failed may have left something.
fn made(deployed: &DeployView) -> BTreeSet<Key> {
    let resources = deployed.users.iter().flat_map(|user| &user.resources);
    let made = resources.filter(|resource| matches!(resource.action.as_str(), "created" | "failed"));
    made.map(|resource| Key::new(resource.kind, resource.name.as_str())).collect()
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
