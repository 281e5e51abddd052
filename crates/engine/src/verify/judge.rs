//! Evidence against the checklist. No call is made here.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{CauseEvidence, EvidenceOf, UserEvidence};
use super::finding::{Defect, Finding, Missing};
use super::score::{CheckScore, CheckVerdict, Proof, UserScore};
use super::{forced, handlers, held, ran, shown, there};
use crate::model::{Check, CheckTest, ChecklistPoint, Visibility};

/// What is judged.
#[derive(Clone, Debug, Default)]
pub struct JudgeOptions {
    /// Whether hidden checks are left out.
    pub public_only: bool,
    /// Ids of stages that are not due yet: their checks are skipped and cost nothing.
    pub later_stages: BTreeSet<String>,
    /// Functions, machines and dashboards of later stages, by their names in the pack: nobody asks for them.
    pub later_resources: BTreeSet<String>,
    /// How many executions were started at all, where that was few on purpose: a check that wants more is not judged.
    pub started: Option<u64>,
    /// What ARNs of machines begin with, where no machine is there to tell: `arn:aws:states:us-east-1:123456789012:stateMachine:`.
    pub machine_arns: String,
}

/// What became of a check before it is weighed against the others.
enum Judged {
    /// It is not asked for, for this reason.
    NotAsked(CauseEvidence),
    Found(Finding),
}

impl JudgeOptions {
    /// Why a check is not judged at all.
    fn not_asked(&self, check: &Check) -> Option<CauseEvidence> {
        let cause = |text: String| CauseEvidence { key: "not-asked".to_owned(), text, ..CauseEvidence::default() };
        if let Some(stage) = check.stage.as_ref().filter(|stage| self.later_stages.contains(*stage)) {
            return Some(cause(format!("belongs to the later stage `{stage}`")));
        }
        let least = check.executions.as_ref().map(|executions| u64::from(executions.at_least))?;
        let started = self.started.filter(|started| *started < least)?;
        Some(cause(format!("{started} executions were asked for here, and {least} are wanted")))
    }
}

/// Judges a user's evidence.
pub fn judge(checklist: &[ChecklistPoint], evidence: &UserEvidence, options: &JudgeOptions) -> UserScore {
    let homes = homes(checklist, evidence);
    let judged: Vec<(&ChecklistPoint, &Check, Judged)> = checklist
        .iter()
        .flat_map(|point| point.checks.iter().map(move |check| (point, check)))
        .map(|(point, check)| {
            let why = options.not_asked(check);
            let finding = if let Some(why) = why {
                Judged::NotAsked(why)
            } else {
                Judged::Found(found(check, evidence, options))
            };
            (point, check, finding)
        })
        .collect();
    let defects: BTreeMap<String, &Defect> = judged
        .iter()
        .filter_map(|(point, check, finding)| match finding {
            Judged::Found(Finding::Failed(defect)) => Some((id(point, check), defect)),
            _ => None,
        })
        .collect();
    let mut reported_missing = BTreeSet::new();
    let mut scores = Vec::new();
    for (point, check, finding) in &judged {
        let blank = blank(point, check);
        let score = match finding {
            Judged::NotAsked(cause) => CheckScore { counts: false, cause: Some(cause.clone()), ..blank },
            Judged::Found(Finding::Passed(evidence)) => {
                CheckScore { verdict: CheckVerdict::Passed, points: check.points, evidence: evidence.clone(), ..blank }
            }
            Judged::Found(Finding::Unknown(why)) => {
                CheckScore { verdict: CheckVerdict::Unknown, cause: Some(unknown(why)), ..blank }
            }
            Judged::Found(Finding::Missing(missing)) => {
                let is_home = homes.get(&missing.short) == Some(&point.id);
                // Missing functions are reported by the check that asks for them.
                let is_reported = missing.kind == "function" || !reported_missing.insert(missing.short.clone());
                let is_first = is_home && !is_reported;
                let verdict = if is_first { CheckVerdict::Failed } else { CheckVerdict::Skipped };
                let (cause, evidence) = absent(missing);
                CheckScore { verdict, counts: is_home, cause: Some(cause), evidence, ..blank }
            }
            Judged::Found(Finding::Failed(defect)) => failed(check, defect, explained(check, defect, &defects), blank),
        };
        if !(options.public_only && check.visibility == Visibility::Hidden) {
            scores.push(score);
        }
    }
    UserScore::of(&evidence.user, scores)
}

/// A failed check, or one whose failure another explains.
fn failed(check: &Check, defect: &Defect, by: Option<&str>, blank: CheckScore) -> CheckScore {
    let evidence = defect.evidence.clone();
    if let Some(by) = by {
        return CheckScore { counts: false, cause: Some(because(by, defect)), evidence, ..blank };
    }
    let hint = defect.cause.hint.clone().or_else(|| Some(check.hint.clone()));
    let cause = Some(CauseEvidence { hint, ..defect.cause.clone() });
    CheckScore { verdict: CheckVerdict::Failed, cause, evidence, ..blank }
}

fn id(point: &ChecklistPoint, check: &Check) -> String {
    format!("{}/{}", point.id, check.id)
}

/// A check that was skipped.
fn blank(point: &ChecklistPoint, check: &Check) -> CheckScore {
    CheckScore {
        id: id(point, check),
        title: check.title.clone(),
        verdict: CheckVerdict::Skipped,
        points: 0,
        max_points: check.points,
        counts: true,
        visibility: check.visibility,
        cause: None,
        evidence: Vec::new(),
    }
}

fn unknown(why: &str) -> CauseEvidence {
    let hint =
        "run `labctl verify` again; what was throttled, refused to labctl or not delivered yet is asked for anew"
            .to_owned();
    CauseEvidence { key: "unknown".to_owned(), text: why.to_owned(), hint: Some(hint), error: None }
}

fn because(by: &str, defect: &Defect) -> CauseEvidence {
    let text = format!("not judged: `{by}` failed, which explains it ({})", defect.cause.text);
    CauseEvidence { key: format!("because/{by}"), text, ..CauseEvidence::default() }
}

fn absent(missing: &Missing) -> (CauseEvidence, Vec<Proof>) {
    let Missing { kind, short, name } = missing;
    let hint = "create it under exactly this name, as the handout says, then run `labctl verify` again";
    let key = format!("missing/{}/{short}", kind.replace(' ', "-"));
    let text = format!("the {kind} `{name}` is not there");
    let cause = CauseEvidence { key, text, hint: Some(hint.to_owned()), error: None };
    (cause, vec![Proof::of(format!("{kind} {name}"), "there", "not there")])
}

/// The check whose defect explains this one.
fn explained<'c>(check: &'c Check, defect: &Defect, defects: &BTreeMap<String, &Defect>) -> Option<&'c str> {
    let explains = |other: &&Defect| !other.subjects.is_disjoint(&defect.subjects);
    check.yields_to.iter().map(String::as_str).find(|id| defects.get(*id).is_some_and(&explains))
}

/// The first point whose checks look at a machine or dashboard: that point is lost when it is missing.
fn homes(checklist: &[ChecklistPoint], evidence: &UserEvidence) -> BTreeMap<String, String> {
    let mut homes = BTreeMap::new();
    for point in checklist {
        for test in point.checks.iter().flat_map(Check::tests) {
            let ran = test.scenarios().into_iter().filter_map(|name| Some(evidence.execution(&name)?.machine.clone()));
            // A dashboard that shows a machine does not stand on it.
            let machines = if matches!(test, CheckTest::Metrics(_)) { Vec::new() } else { test.machines() };
            let functions = if let CheckTest::FunctionsPresent(names) = test { names.to_vec() } else { Vec::new() };
            for name in machines.into_iter().chain(functions).chain(test.dashboards()).chain(ran) {
                homes.entry(name).or_insert_with(|| point.id.clone());
            }
        }
    }
    homes
}

/// What a check finds. One without anything to look at is refused when the pack is read.
fn found(check: &Check, evidence: &UserEvidence, options: &JudgeOptions) -> Finding {
    let due = |names: &[String]| -> Vec<String> {
        names.iter().filter(|name| !options.later_resources.contains(*name)).cloned().collect()
    };
    let Some(test) = check.tests().into_iter().next() else { return Finding::Passed(Vec::new()) };
    match test {
        CheckTest::FunctionsPresent(names) => there::functions_present(evidence, &due(names)),
        CheckTest::HandlersRun(names) => handlers::handlers_run(evidence, &due(names)),
        CheckTest::FunctionsConfigured(names) => there::functions_configured(evidence, &due(names)),
        CheckTest::DashboardsPresent(names) => there::dashboards_present(evidence, &due(names)),
        CheckTest::Definition(test) => there::definition(evidence, test),
        CheckTest::Logging(machine) => there::logging(evidence, machine),
        CheckTest::Parallel(test) => ran::parallel(evidence, test),
        CheckTest::Choice(test) => ran::choice(evidence, test),
        CheckTest::Retry(test) => forced::retry(evidence, test),
        CheckTest::Catches(tests) => forced::catches(evidence, tests),
        CheckTest::Outcomes(test) => ran::outcomes(evidence, test),
        CheckTest::Calls(test) => ran::calls(evidence, test),
        CheckTest::Waits(test) => forced::waits(evidence, test),
        CheckTest::Timeout(test) => forced::timeout(evidence, test),
        CheckTest::Metrics(tests) => shown::metrics(evidence, tests, &|name| {
            let there = evidence.machines.get(name).and_then(EvidenceOf::found).map(|machine| machine.arn.clone());
            there.unwrap_or_else(|| format!("{}{}{name}", options.machine_arns, evidence.prefix()))
        }),
        CheckTest::Executions(test) => shown::executions(evidence, test),
        CheckTest::Names => held::names(evidence),
        CheckTest::Roles => held::roles(evidence),
    }
}
