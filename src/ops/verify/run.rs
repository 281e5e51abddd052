//! A verification, from a class or from a run that is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::participants::run_id;
use super::super::session::Session;
use super::super::stages::NotDue;
use super::super::step::{Finished, Step};
use super::super::{load, observing, python, rendering, undeployed};
use super::options::VerifyOptions;
use super::{saved, view};
use crate::cause::PolicyFiles;
use crate::cloud::Depth;
use crate::event::ProgressKind;
use crate::host;
use crate::kind::StateMachine;
use crate::model::{Check, CheckTest, IamMode, Lab, Pack};
use crate::render::Rendered;
use crate::trial::Pace;
use crate::ui::told_once;
use crate::ui::view::{Document, VerifyView};
use crate::verify::{
    Bundle, BundleHeader, Collected, Collection, JudgeOptions, PAGED, Subject, UserEvidence, collect, judge,
};

/// Executions started at once.
const AT_ONCE: usize = 32;

/// Collects a class's evidence, or opens a run's, and judges it.
///
/// # Errors
/// Mistakes of the manifest, a stage or a run that is not there, an endpoint that cannot be reached.
pub(crate) async fn verify(context: &Context, options: &VerifyOptions) -> Result<Finished<VerifyView>, Failure> {
    if let Some(run) = &options.from {
        return again(context, options, run);
    }
    python::look_ahead(context);
    let work = async |session: &Session| {
        context.confirm("run the checklist's scenarios", &session.connections).await?;
        verify_in(context, session, options, &Step::whole(context)).await
    };
    Session::during(context, &options.selection, work).await
}

/// Verifies again and again, and hands each round to `show`, until the user interrupts.
///
/// # Errors
/// As [`verify`].
pub(crate) async fn watch(
    context: &Context,
    options: &VerifyOptions,
    show: &dyn Fn(&Document<VerifyView>),
) -> Result<Exit, Failure> {
    let pause = options.watch.unwrap_or_default();
    let work = async |session: &Session| {
        context.confirm("run the checklist's scenarios again and again", &session.connections).await?;
        loop {
            let finished = verify_in(context, session, options, &Step::part(context)).await?;
            show(&finished.document);
            let is_over = tokio::select! {
                () = context.interrupt.wait() => true,
                () = tokio::time::sleep(pause) => false,
            };
            if is_over || finished.exit == Exit::Interrupted {
                return Ok(Exit::Interrupted);
            }
        }
    };
    Session::during(context, &options.selection, work).await
}

/// Judges the session's users.
///
/// # Errors
/// As [`verify`].
pub(crate) async fn verify_in(
    context: &Context,
    session: &Session,
    options: &VerifyOptions,
    step: &Step,
) -> Result<Finished<VerifyView>, Failure> {
    let pack = &session.lab.pack;
    let later = NotDue::after(pack, options.through.as_deref())?;
    refuse_without_checks(pack)?;
    python::require(session)?;
    let tests = tests(pack, &later);
    let run_id = run_id();
    let rendered = rendering::wanted(context, session)?;
    let mut notes: Vec<String> = undeployed::note(context, session, &rendered.desired, step).into_iter().collect();
    let collecting = Box::pin(collected(context, session, options, &rendered, tests, &run_id));
    let (bundle, is_interrupted) = collecting.await?;
    if !is_interrupted
        && !step.is_part()
        && let Some(note) = not_deployed(&bundle)
    {
        context.audience.note(&note);
        notes.push(note);
    }
    let mut view = VerifyView { notes, ..judged(&session.lab, &bundle, options, &later) };
    if let Some(baseline) = &options.baseline {
        view::beside(&mut view.users, &saved::scores(context, baseline)?, options.public);
        view.baseline = Some(baseline.clone());
    }
    let exit = if is_interrupted { Exit::Interrupted } else { exit(&view) };
    let document = step.document(context, "verify", exit == Exit::Done, view);
    if !is_interrupted {
        saved::write(context, &bundle, &document)?;
    }
    Ok(Finished { document, exit })
}

fn refuse_without_checks(pack: &Pack) -> Result<(), Failure> {
    if pack.checklist.is_empty() {
        return Err(Failure::usage(
            format!("the pack `{}` has no checklist", pack.name),
            "write its points into `checks.yaml` beside `pack.toml`; docs/verify.md shows how",
        ));
    }
    Ok(())
}

/// Whose lab is not there at all: it was not deployed, or is still to be made as the handout says.
fn not_deployed(bundle: &Bundle) -> Option<String> {
    let without = bundle.users.iter().filter(|evidence| evidence.has_nothing());
    let lines = without.map(|evidence| {
        let user = &evidence.user;
        (
            user.clone(),
            format!("nothing of the lab of `{user}` is there: where labctl makes it, run `labctl deploy` first"),
        )
    });
    let lines = told_once(lines);
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// What checks that are due look at.
fn tests<'p>(pack: &'p Pack, later: &NotDue) -> Vec<CheckTest<'p>> {
    let is_due = |check: &&Check| !later.has(check.stage.as_ref());
    pack.checklist.iter().flat_map(|point| &point.checks).filter(is_due).flat_map(Check::tests).collect()
}

async fn collected(
    context: &Context,
    session: &Session,
    options: &VerifyOptions,
    rendered: &Rendered,
    tests: Vec<CheckTest<'_>>,
    run_id: &str,
) -> Result<(Bundle, bool), Failure> {
    let mut subjects = Vec::new();
    let mut header = BundleHeader::new(run_id, host::now_ms(), session.lab.name.as_str());
    for (user, desired) in session.users.iter().zip(&rendered.desired.users) {
        let arn = desired.place.arn(&StateMachine::key("x"), "/");
        header.machine_arns.insert(user.name.to_string(), arn.trim_end_matches('x').to_owned());
        subjects.push(Subject {
            user: user.name.clone(),
            cloud: Arc::clone(&session.connection(user)?.cloud),
            wanted: desired.resources.clone(),
            place: desired.place.clone(),
            settings: user.settings.clone(),
            policies: PolicyFiles::of(&session.lab, user),
            as_written: user.iam.mode == IamMode::AsWritten,
            brought_roles: user.iam.brought.values().cloned().collect(),
        });
    }
    let pack = &session.lab.pack;
    let scenarios: BTreeSet<String> = tests.iter().flat_map(|test| test.scenarios()).collect();
    let total = scenarios.len() * subjects.len();
    let journal = session.begin(context, "verify", ProgressKind::Scenarios { total })?;
    // Pages that are refused are no reason to give up: each resource is read by itself then.
    let pages = async {
        let observed = observing::observed_kinds(session, rendered, Depth::Content, PAGED).await.unwrap_or_default();
        observed.into_iter().map(|(place, observed)| (place, Arc::new(observed))).collect()
    };
    let collection = Collection {
        subjects,
        tests,
        scenarios: &pack.scenarios,
        machines: &pack.machines,
        include_slow: options.slow,
        time_factor: session.time_factor,
        concurrency: AT_ONCE,
        run_id: run_id.to_owned(),
        pace: Pace::default(),
        time: session.time(),
        journal: &journal,
        cancel: context.cancel(),
    };
    let Collected { users, interrupted } = collect(collection, pages).await;
    header.through.clone_from(&options.through);
    Ok((Bundle { header, users }, interrupted))
}

/// Judges a run's evidence with today's checklist; makes no call.
///
/// # Errors
/// Mistakes of the manifest, a stage or a run that is not there, a file that cannot be read.
pub(crate) fn again(context: &Context, options: &VerifyOptions, name: &str) -> Result<Finished<VerifyView>, Failure> {
    again_of(context, &load::lab(context)?, options, name)
}

/// The same of a lab that was loaded.
///
/// # Errors
/// As [`again`], but for mistakes of the manifest.
pub(crate) fn again_of(
    context: &Context,
    lab: &Lab,
    options: &VerifyOptions,
    name: &str,
) -> Result<Finished<VerifyView>, Failure> {
    refuse_without_checks(&lab.pack)?;
    let (run, mut bundle) = saved::open(context, name)?;
    if !options.selection.is_open() {
        let chosen = options.selection.choose(lab, &context.settings.journal_path())?;
        let chosen: BTreeSet<&str> = chosen.iter().map(|user| user.name.as_str()).collect();
        bundle.users.retain(|user| chosen.contains(user.user.as_str()));
    }
    if bundle.users.is_empty() {
        return Err(Failure::usage(
            format!("none of the chosen users is in the run `{}`", run.id),
            "leave the choice out to judge everybody in it",
        ));
    }
    if bundle.header.lab != lab.name.as_str() {
        context
            .audience
            .warning(&format!("the run is of the lab `{}`, the manifest's is `{}`", bundle.header.lab, lab.name));
    }
    let through = options.through.clone().or_else(|| bundle.header.through.clone());
    let options = VerifyOptions { through, ..options.clone() };
    let later = NotDue::after(&lab.pack, options.through.as_deref())?;
    let mut view = judged(lab, &bundle, &options, &later);
    let earlier = match &options.baseline {
        Some(baseline) => saved::scores(context, baseline)?,
        None => saved::scores_of(&run)?,
    };
    view::beside(&mut view.users, &earlier, options.public);
    (view.from, view.baseline) = (Some(run.id), options.baseline.clone());
    let exit = exit(&view);
    Ok(Finished { document: Step::whole(context).document(context, "verify", exit == Exit::Done, view), exit })
}

fn judged(lab: &Lab, bundle: &Bundle, options: &VerifyOptions, later: &NotDue) -> VerifyView {
    let labels: BTreeMap<&str, &String> =
        lab.users.iter().filter_map(|user| Some((user.name.as_str(), user.student.label.as_ref()?))).collect();
    let at_ms = bundle.header.at_ms;
    let base = JudgeOptions {
        public_only: options.public,
        later_stages: later.stages().clone(),
        later_resources: later.resources(&lab.pack),
        started: options.started,
        machine_arns: String::new(),
    };
    let judge_one = |evidence: &UserEvidence| {
        let machine_arns = bundle.header.machine_arns.get(&evidence.user).cloned().unwrap_or_default();
        let options = JudgeOptions { machine_arns, ..base.clone() };
        let score = judge(&lab.pack.checklist, evidence, &options);
        view::user(score, labels.get(evidence.user.as_str()).copied(), at_ms)
    };
    let users: Vec<_> = bundle.users.iter().map(judge_one).collect();
    VerifyView {
        run: bundle.header.run.clone(),
        from: None,
        baseline: None,
        at: host::rfc3339(at_ms),
        through: options.through.clone(),
        public: options.public,
        summary: view::summary(&users),
        users,
        notes: Vec::new(),
    }
}

/// A failed check is 4; where nothing failed and something is unknown, 3.
fn exit(view: &VerifyView) -> Exit {
    if view.summary.failed > 0 {
        Exit::NotMet
    } else if view.summary.unknown > 0 {
        Exit::Partial
    } else {
        Exit::Done
    }
}
