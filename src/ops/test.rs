//! The pack's scenarios, run and compared with what is expected.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;

use serde_json::{Value, json};

use super::advice::{cloud_help, is_credentials};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::participants::{participants_of, run_id};
use super::selection::Selection;
use super::session::Session;
use super::stages::NotDue;
use super::step::{Finished, Step};
use super::{mocks, python, rendering, undeployed};
use crate::cause::{CommonCause, CommonCauses};
use crate::cloud::{Cloud, ErrorClass};
use crate::event::ProgressKind;
use crate::host;
use crate::model::Scenario;
use crate::source;
use crate::trial::{self, Covered, Pace, ScenarioOutcome, ScenarioReport, ScenarioRun};
use crate::ui::told_once;
use crate::ui::view::{CoverageView, CoveredView, TestScenario, TestSummary, TestView, Trouble};

/// Which scenarios are run.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestOptions {
    /// For whom.
    pub(crate) selection: Selection,
    /// Only these, unless there are none.
    pub(crate) scenarios: Vec<String>,
    /// The last stage of the lesson that is meant; without one, the whole lab.
    pub(crate) through: Option<String>,
    /// Whether those are run, too, that wait longer than 30 s where time does not jump.
    pub(crate) slow: bool,
    /// Whether mocks are written from what the executions were answered.
    pub(crate) record: bool,
}

/// Executions at once; AWS's StartExecution takes far more, but answers are read one by one.
const AT_ONCE: usize = 32;

/// Runs the scenarios for the chosen users.
///
/// # Errors
/// Whatever hinders a start; what is not as expected is in the result.
pub(crate) async fn test(context: &Context, options: &TestOptions) -> Result<Finished<TestView>, Failure> {
    python::look_ahead(context);
    let work = async |session: &Session| {
        context.confirm("run the lab's scenarios", &session.connections).await?;
        test_in(context, session, options, &Step::whole(context)).await
    };
    Session::during(context, &options.selection, work).await
}

/// Runs the scenarios for the session's users.
///
/// # Errors
/// Whatever hinders a start; what is not as expected is in the result.
pub(crate) async fn test_in(
    context: &Context,
    session: &Session,
    options: &TestOptions,
    step: &Step,
) -> Result<Finished<TestView>, Failure> {
    let pack = &session.lab.pack;
    let not_due = NotDue::after(pack, options.through.as_deref())?;
    let scenarios = not_due.due_scenarios(&chosen(&pack.scenarios, &options.scenarios)?);
    python::require(session)?;
    let desired = rendering::wanted(context, session)?.desired;
    let notes: Vec<String> = undeployed::note(context, session, &desired, step).into_iter().collect();
    let mut participants = participants_of(session, &desired)?;
    drop(desired);
    not_due.narrow_trial(pack, &mut participants);
    let total = trial::count_scenarios(&participants, &scenarios);
    let journal = session.begin(context, "test", ProgressKind::Scenarios { total })?;
    let run = ScenarioRun {
        scenarios,
        only_some: !options.scenarios.is_empty(),
        include_slow: options.slow,
        time_factor: session.time_factor,
        concurrency: AT_ONCE,
        run_id: run_id(),
        pace: Pace::default(),
        time: session.time(),
        journal: &journal,
        cancel: context.cancel(),
    };
    let clouds = participants.iter().map(|it| (it.user.to_string(), Arc::clone(&it.cloud))).collect();
    let here = participants.into_iter().map(|participant| ready(Some(participant)));
    let report = trial::run_scenarios(run, here).await;
    if options.record {
        record(context, &report, &clouds).await?;
    }
    let exit = judge(&report);
    let summary = format!("{} passed, {} failed, {} skipped", report.passed(), report.failed(), report.skipped());
    step.finish(&journal, "test", exit, summary)?;
    let view = TestView { notes, ..view(report, !options.scenarios.is_empty()) };
    Ok(Finished { document: step.document(context, "test", exit == Exit::Done, view), exit })
}

/// Writes down what the executions were answered by services that the local endpoint does not have, as mocks.
async fn record(
    context: &Context,
    report: &ScenarioReport,
    clouds: &BTreeMap<String, Arc<dyn Cloud>>,
) -> Result<(), Failure> {
    let folder = context.settings.out.join("recorded");
    let mut notes = Vec::new();
    for scenario in &report.scenarios {
        let Some((cloud, arn)) = clouds.get(&scenario.user).zip(scenario.execution_arn.as_deref()) else { continue };
        let of = format!("scenario `{}` of `{}`", scenario.name, scenario.user);
        let mut note = |text: String| notes.push((scenario.user.clone(), text));
        if arn.contains(":express:") {
            note(format!("{of}: an EXPRESS execution keeps no history to record"));
            continue;
        }
        let events = match cloud.history(arn, true).await {
            Ok(events) => events,
            Err(error) => {
                note(format!("{of} was not recorded: {error}"));
                continue;
            }
        };
        let (recorded, lost) = mocks::recorded(&events);
        for lost in lost {
            note(format!("{of}: {lost}"));
        }
        if recorded.is_empty() {
            continue;
        }
        // A scenario's name is no path.
        let plain = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
        let file =
            folder.join(&scenario.user).join(format!("{}.yaml", scenario.name.chars().map(plain).collect::<String>()));
        host::write_private(&file, mocks::written(&recorded).as_bytes()).map_err(|source| {
            let message = format!("cannot write `{}`: {}", file.display(), host::cause(&source));
            Failure::other(message, "choose another folder with `--out DIR`")
        })?;
        context.audience.note(&format!("recorded: {} ({} mocks)", file.display(), recorded.len()));
    }
    for note in told_once(notes) {
        context.audience.note(&note);
    }
    Ok(())
}

/// A lab that is not there is none that is as expected. What could not be started for another reason was not tested: that is a failure of
/// the run, not of the lab.
fn judge(report: &ScenarioReport) -> Exit {
    let refused: Vec<_> = report.scenarios.iter().filter_map(|scenario| scenario.refused.as_ref()).collect();
    if report.interrupted {
        Exit::Interrupted
    } else if report.passed() + report.failed() == 0 {
        // A run in which nothing was tried proves nothing.
        Exit::NotMet
    } else if report.failed() == 0 {
        Exit::Done
    } else if refused.len() < report.failed() {
        Exit::NotMet
    } else if report.passed() > 0 {
        Exit::Partial
    } else if refused.iter().all(|error| is_credentials(error)) {
        Exit::Credentials
    } else if refused.iter().all(|error| error.class == ErrorClass::NotFound) {
        Exit::NotMet
    } else {
        Exit::Failed
    }
}

fn chosen(scenarios: &[Scenario], names: &[String]) -> Result<Vec<Scenario>, Failure> {
    let known = || scenarios.iter().map(|scenario| scenario.name.as_str());
    for name in names {
        if !known().any(|known| known == name) {
            return Err(Failure::usage(
                format!("no scenario `{name}` in the pack"),
                source::help(name, known().collect::<Vec<_>>()),
            ));
        }
    }
    Ok(scenarios.iter().filter(|scenario| names.is_empty() || names.contains(&scenario.name)).cloned().collect())
}

fn view(report: ScenarioReport, only_some: bool) -> TestView {
    TestView {
        troubles: report.scenarios.iter().filter_map(trouble).collect(),
        summary: TestSummary {
            passed: report.passed(),
            failed: report.failed(),
            skipped: report.skipped(),
            causes: causes(&report),
        },
        coverage: CoverageView {
            states: covered(report.coverage.states),
            transitions: covered(report.coverage.transitions),
            in_children: report.coverage.in_children,
            only_some,
        },
        scenarios: report.scenarios.into_iter().map(scenario).collect(),
        notes: Vec::new(),
    }
}

/// Why executions failed that should not have, those that failed alike reported once.
fn causes(report: &ScenarioReport) -> Vec<CommonCause> {
    let mut causes = CommonCauses::default();
    for scenario in &report.scenarios {
        let name = scenario.execution_arn.as_deref().and_then(|arn| arn.split(':').nth(7));
        let example = name.map(|name| format!("{}:{}:{name}", scenario.user, scenario.machine));
        scenario.cause.iter().for_each(|cause| causes.add(&scenario.user, cause, example.as_deref()));
    }
    causes.sorted()
}

fn trouble(outcome: &ScenarioOutcome) -> Option<Trouble> {
    let error = outcome.refused.as_ref()?;
    let is_absent = error.class == ErrorClass::NotFound;
    Some(Trouble {
        what: "the start of an execution".to_owned(),
        user: outcome.user.clone(),
        cause: if is_absent { "the state machine is not there".to_owned() } else { error.to_string() },
        help: if is_absent { Some("run `labctl deploy` first".to_owned()) } else { cloud_help(error) },
        is_credentials: is_credentials(error),
    })
}

fn covered(covered: Covered) -> CoveredView {
    CoveredView {
        covered: covered.covered,
        total: covered.total,
        missing: covered.missing,
        undecided: covered.undecided,
    }
}

fn scenario(outcome: ScenarioOutcome) -> TestScenario {
    TestScenario {
        user: outcome.user,
        name: outcome.name,
        passed: outcome.passed,
        skipped: outcome.skipped,
        expected: json!(outcome.expected),
        actual: outcome.actual.map_or(Value::Null, |actual| json!(actual)),
        execution_arn: outcome.execution_arn,
        path: outcome.path.unwrap_or_default(),
        ms: outcome.ms,
        cause: outcome.cause,
        refused: outcome.refused.is_some(),
        problems: outcome.problems,
        notes: outcome.notes,
    }
}
