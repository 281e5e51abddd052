//! The whole lesson: deploy, test, bulk test, verify, cleanup.

use std::collections::{BTreeMap, BTreeSet};

use super::bulk_test::{BulkTestOptions, bulk_test_in, check_names};
use super::cleanup::{CleanupOptions, cleanup_in};
use super::context::Context;
use super::deploy::{DeployOptions, deploy_in};
use super::exit::Exit;
use super::failure::Failure;
use super::report::{ReportOptions, report_in};
use super::selection::Selection;
use super::session::Session;
use super::step::{Finished, Step};
use super::test::{TestOptions, test_in};
use super::verify::{VerifyOptions, verify_in};
use super::{load, observing, python, rendering};
use crate::cloud::Depth;
use crate::model::{Key, Lab, TargetKind, UserName};
use crate::plan::Found;
use crate::trial::Threshold;
use crate::ui::counted_len;
use crate::ui::view::{DeployView, DeployedAs, RehearseSteps, RehearseView};

/// What a rehearsal is asked for.
#[derive(Clone, Debug)]
pub(crate) struct RehearseOptions {
    /// For whom; without a choice the first user stands for the class.
    pub(crate) selection: Selection,
    /// Executions per user of the bulk test.
    pub(crate) count: u64,
    /// What has to hold in the bulk test.
    pub(crate) expect: Vec<Threshold>,
    /// Whether scenarios are run, too, that wait longer than 30 s where time does not jump.
    pub(crate) slow: bool,
    /// Whether the lab stays at the end; then it may be there already.
    pub(crate) keep: bool,
}

impl Default for RehearseOptions {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            count: BulkTestOptions::COUNT,
            expect: Vec::new(),
            slow: false,
            keep: false,
        }
    }
}

/// Rehearses the whole lesson.
///
/// # Errors
/// What stops a step before it does anything; what a step comes to is in the result.
pub(crate) async fn rehearse(context: &Context, options: &RehearseOptions) -> Result<Finished<RehearseView>, Failure> {
    let lab = lab(context)?;
    let mut chosen = options.selection.clone();
    // A rehearsal is for the instructor: without a choice the first user stands for the class.
    if chosen.is_open()
        && let Some(first) = lab.users.first()
    {
        chosen.users.push(first.name.to_string());
        if lab.users.len() > 1 {
            context.audience.note(&format!(
                "rehearsing for `{}`, the first of {}; `--user NAME` or `--all` chooses others",
                first.name,
                counted_len(lab.users.len(), "user")
            ));
        }
    }
    let users = chosen.choose(&lab, &context.settings.journal_path())?;
    let session = Box::pin(Session::for_users(context, lab, users)).await?;
    let ran = whole(context, &session, options).await;
    session.close().await;
    let (steps, exit) = ran?;
    Ok(Finished { document: context.document("rehearse", exit == Exit::Done, RehearseView { steps }), exit })
}

/// The lab, on the local endpoint unless the settings or the environment says where else.
///
/// # Errors
/// Every mistake of the manifest, the roster and the pack.
fn lab(context: &Context) -> Result<Lab, Failure> {
    let mut overrides = context.settings.overrides();
    if overrides.target.is_some() || overrides.endpoint_url.is_some() {
        return load::lab(context);
    }
    overrides.target = Some(TargetKind::Local);
    let lab = load::lab_with(context, &overrides)?;
    if load::is_for_aws(context) {
        context
            .audience
            .note("rehearsing on the local endpoint; `--target aws` rehearses where the manifest's target is");
    }
    Ok(lab)
}

/// Holds the labs from the first look to the end: nobody else makes anything in between that would go with what the rehearsal made.
async fn whole(
    context: &Context,
    session: &Session,
    options: &RehearseOptions,
) -> Result<(RehearseSteps, Exit), Failure> {
    // Without python3 nothing could be tried: better said before anything is deployed.
    python::require(session)?;
    for doubt in check_names(context, session, &options.expect)? {
        context.audience.note(&format!("warning: {doubt}"));
    }
    let rendered = rendering::wanted(context, session)?;
    let _lock = session.lock(context)?;
    if !options.keep {
        let found = context.unless_interrupted(observing::observed(session, &rendered, Depth::Content)).await?;
        refuse_what_is_there(&found, session)?;
    }
    drop(rendered);
    context
        .confirm("rehearse the whole lesson (deploy, test, bulk-test, verify, report, cleanup)", &session.connections)
        .await?;
    steps(context, session, options).await
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
    let counted = |(user, count): (&&UserName, &usize)| {
        if users.len() == 1 { format!("`{user}`") } else { format!("`{user}` ({count})") }
    };
    let named: Vec<String> = users.iter().take(5).map(counted).collect();
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
async fn steps(
    context: &Context,
    session: &Session,
    options: &RehearseOptions,
) -> Result<(RehearseSteps, Exit), Failure> {
    let mut steps = RehearseSteps::default();
    let mut exit = Exit::Done;
    let tried = trials(context, session, options, &mut steps, &mut exit).await;
    if !options.keep && !context.is_cancelled() {
        // Without a list, all that is there was made.
        let only_made = steps.deploy.as_ref().map(|deployed| made(&deployed.body));
        let cleanup = CleanupOptions { only_made, ..CleanupOptions::default() };
        let cleaned = cleanup_in(context, session, &cleanup, &Step::part(context)).await?;
        steps.cleanup = Some(cleaned.document);
        forget_examples(&mut steps);
        exit = exit.or(cleaned.exit);
    }
    tried?;
    Ok((steps, exit))
}

/// Executions went with the lab, and `labctl trace` would look for them in vain.
fn forget_examples(steps: &mut RehearseSteps) {
    let of_test = steps.test.iter_mut().flat_map(|step| &mut step.body.summary.causes);
    let of_bulk = steps.bulk_test.iter_mut().flat_map(|step| &mut step.body.summary.causes);
    let of_verify = steps.verify.iter_mut().flat_map(|step| &mut step.body.summary.causes);
    of_test.chain(of_bulk).chain(of_verify).for_each(|cause| cause.example = None);
}

/// What a deployment made or began to make: a creation that failed may have left something.
fn made(deployed: &DeployView) -> BTreeSet<Key> {
    let resources = deployed.users.iter().flat_map(|user| &user.resources);
    let made = resources.filter(|resource| matches!(resource.action, DeployedAs::Created | DeployedAs::Failed));
    made.map(|resource| Key::new(resource.kind, resource.name.as_str())).collect()
}

async fn trials(
    context: &Context,
    session: &Session,
    options: &RehearseOptions,
    steps: &mut RehearseSteps,
    exit: &mut Exit,
) -> Result<(), Failure> {
    let deployed = deploy_in(context, session, &DeployOptions::default(), &Step::part(context)).await?;
    steps.deploy = Some(deployed.document);
    *exit = exit.or(deployed.exit);
    if deployed.exit != Exit::Done {
        return Ok(());
    }
    let test = TestOptions { slow: options.slow, ..TestOptions::default() };
    let tested = test_in(context, session, &test, &Step::part(context)).await?;
    steps.test = Some(tested.document);
    *exit = exit.or(tested.exit);
    if tested.exit == Exit::Interrupted {
        return Ok(());
    }
    let bulk = BulkTestOptions { count: options.count, expect: options.expect.clone(), ..BulkTestOptions::default() };
    let measured = bulk_test_in(context, session, &bulk, &Step::part(context)).await?;
    steps.bulk_test = Some(measured.document);
    *exit = exit.or(measured.exit);
    if measured.exit == Exit::Interrupted || session.lab.pack.checklist.is_empty() {
        return Ok(());
    }
    let verify = VerifyOptions { slow: options.slow, started: Some(options.count), ..VerifyOptions::default() };
    let verified = verify_in(context, session, &verify, &Step::part(context)).await?;
    // What nobody can say here, such as a wait of five minutes in real time, is no failure of a rehearsal.
    *exit = exit.or(if verified.exit == Exit::Partial { Exit::Done } else { verified.exit });
    let is_over = verified.exit == Exit::Interrupted;
    steps.verify = Some(verified.document);
    if !is_over {
        let reported = report_in(context, &session.lab, &ReportOptions::default(), &Step::part(context))?;
        steps.report = Some(reported.document);
    }
    Ok(())
}
