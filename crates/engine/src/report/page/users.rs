//! Students, with what their checks came to.

use std::collections::BTreeMap;

use serde::Serialize;

use super::class::{ClassReport, ReportCause, ReportEvidence, ReportExecution, ReportLine, ReportUser, ReportVerdict};
use super::machines::Anchors;
use crate::verify::CheckVerdict;

/// The longest text of evidence.
const LONG: usize = 240;

/// A student as the template takes it.
#[derive(Serialize)]
pub(super) struct UserShown {
    name: String,
    label: String,
    group: String,
    score: u32,
    max_score: u32,
    share: u32,
    unknown_points: u32,
    hidden: Option<HiddenShown>,
    cells: Vec<CellShown>,
    is_whole: bool,
    causes: Vec<UserCause>,
    passed: String,
    proofs: Vec<CheckShown>,
    executions: Vec<ExecutionShown>,
    untouched: Vec<UntouchedShown>,
}

#[derive(Serialize)]
struct HiddenShown {
    points: u32,
    max_points: u32,
}

#[derive(Serialize)]
struct CellShown {
    class: &'static str,
    sign: &'static str,
}

#[derive(Serialize)]
struct UserCause {
    /// Its place among the class's causes.
    anchor: Option<String>,
    text: String,
    hint: Option<String>,
    checks: Vec<CheckShown>,
}

#[derive(Serialize)]
struct CheckShown {
    title: String,
    verdict: &'static str,
    class: &'static str,
    points: u32,
    max_points: u32,
    evidence: Vec<EvidenceShown>,
}

#[derive(Serialize)]
struct EvidenceShown {
    text: String,
    state: Option<LinkShown>,
    event: Option<LinkShown>,
    log: Option<LinkShown>,
}

#[derive(Serialize)]
struct LinkShown {
    anchor: String,
    text: String,
}

#[derive(Serialize)]
struct ExecutionShown {
    id: String,
    scenario: String,
    machine: String,
    status: String,
    arn: String,
    lines: Vec<LineShown>,
}

#[derive(Serialize)]
struct LineShown {
    /// Only of lines that evidence links to.
    id: Option<String>,
    text: String,
}

#[derive(Serialize)]
struct UntouchedShown {
    machine: String,
    states: String,
}

/// The class's mark of a verdict, the sign of it, and its word.
pub(super) fn mark(verdict: CheckVerdict) -> (&'static str, &'static str, &'static str) {
    match verdict {
        CheckVerdict::Passed => ("p", "✓", "passed"),
        CheckVerdict::Failed => ("f", "✗", "failed"),
        CheckVerdict::Unknown => ("u", "?", "unknown"),
        CheckVerdict::Skipped => ("s", "–", "skipped"),
    }
}

/// Everybody.
pub(super) fn users(class: &ClassReport, anchors: &Anchors) -> Vec<UserShown> {
    let causes: BTreeMap<&str, String> =
        class.causes.iter().enumerate().map(|(at, cause)| (cause.key.as_str(), format!("c-{at}"))).collect();
    class.users.iter().map(|user| Writer { class, user, anchors, causes: &causes }.user()).collect()
}

struct Writer<'a> {
    class: &'a ClassReport,
    user: &'a ReportUser,
    anchors: &'a Anchors,
    causes: &'a BTreeMap<&'a str, String>,
}

impl Writer<'_> {
    fn user(&self) -> UserShown {
        let user = self.user;
        let cell = |at: usize| {
            let verdict = user.verdicts.iter().find(|verdict| verdict.check == at);
            let (class, sign, _) = mark(verdict.map_or(CheckVerdict::Skipped, |verdict| verdict.verdict));
            CellShown { class, sign }
        };
        let passed = || user.verdicts.iter().filter(|verdict| verdict.verdict == CheckVerdict::Passed);
        let causes = self.of_causes();
        let proofs: Vec<CheckShown> =
            if self.class.is_student { passed().map(|verdict| self.check(verdict)).collect() } else { Vec::new() };
        let linked = self.linked();
        UserShown {
            name: user.name.clone(),
            label: user.label.clone().unwrap_or_default(),
            group: user.group.clone().unwrap_or_default(),
            score: user.score,
            max_score: user.max_score,
            share: user.score * 100 / user.max_score.max(1),
            unknown_points: user.unknown_points,
            hidden: user.hidden.map(|(points, max_points)| HiddenShown { points, max_points }),
            cells: (0..self.class.checks.len()).map(cell).collect(),
            is_whole: causes.is_empty(),
            causes,
            passed: passed()
                .filter_map(|verdict| Some(self.class.checks.get(verdict.check)?.title.clone()))
                .collect::<Vec<_>>()
                .join(" · "),
            proofs,
            executions: (user.executions.iter().enumerate())
                .filter(|(at, execution)| {
                    linked.contains_key(at) || !(self.class.is_student || execution.status == "SUCCEEDED")
                })
                .map(|(at, execution)| self.execution(at, execution, linked.get(&at).map_or(&[][..], Vec::as_slice)))
                .collect(),
            untouched: (user.untouched.iter())
                .map(|(machine, states)| UntouchedShown { machine: machine.clone(), states: states.join(", ") })
                .collect(),
        }
    }

    /// What did not pass, a cause at a time.
    fn of_causes(&self) -> Vec<UserCause> {
        let open = |it: &&ReportVerdict| matches!(it.verdict, CheckVerdict::Failed | CheckVerdict::Unknown);
        let nameless = ReportCause { text: "not judged".to_owned(), ..ReportCause::default() };
        let mut causes: Vec<(&ReportCause, UserCause)> = Vec::new();
        for verdict in self.user.verdicts.iter().filter(open) {
            let cause = verdict.cause.as_ref().unwrap_or(&nameless);
            let check = self.check(verdict);
            let is_same = |known: &ReportCause| (&known.key, &known.text) == (&cause.key, &cause.text);
            if let Some((_, shown)) = causes.iter_mut().find(|(known, _)| is_same(known)) {
                shown.checks.push(check);
                continue;
            }
            let anchor = self.causes.get(cause.key.as_str()).cloned();
            // The class's causes tell what to do; once is enough.
            let hint = cause.hint.clone().filter(|_| anchor.is_none() || self.class.is_student);
            causes.push((cause, UserCause { anchor, text: cause.text.clone(), hint, checks: vec![check] }));
        }
        causes.into_iter().map(|(_, shown)| shown).collect()
    }

    fn check(&self, verdict: &ReportVerdict) -> CheckShown {
        let (class, _, word) = mark(verdict.verdict);
        let column = self.class.checks.get(verdict.check);
        CheckShown {
            title: column.map(|check| check.title.clone()).unwrap_or_default(),
            verdict: word,
            class,
            points: verdict.points,
            max_points: column.map_or(0, |check| check.max_points),
            evidence: verdict.evidence.iter().map(|evidence| self.evidence(evidence)).collect(),
        }
    }

    fn evidence(&self, evidence: &ReportEvidence) -> EvidenceShown {
        let execution = self.execution_of(evidence);
        let machine = execution.map(|(_, execution)| execution.machine.as_str());
        let state = evidence.state.as_ref().and_then(|state| {
            let anchor = match machine {
                Some(machine) => self.anchors.of(machine, state),
                None => self.anchors.of_any(state),
            };
            Some(LinkShown { anchor: anchor?.clone(), text: state.clone() })
        });
        let event = execution.map(|(at, execution)| match evidence.event_id {
            Some(event) if has_line(execution, event) => {
                LinkShown { anchor: self.line_anchor(at, event), text: format!("event {event}") }
            }
            _ => LinkShown { anchor: self.execution_anchor(at), text: execution.scenario.clone() },
        });
        let log = execution.and_then(|(at, execution)| {
            let line = execution.lines.iter().find(|line| is_log(line, evidence))?;
            Some(LinkShown { anchor: self.line_anchor(at, line.event_id), text: "what was logged".to_owned() })
        });
        let log = log.filter(|log| event.as_ref().is_none_or(|event| event.anchor != log.anchor));
        EvidenceShown { text: cut(&evidence.text), state, event, log }
    }

    fn execution_of(&self, evidence: &ReportEvidence) -> Option<(usize, &ReportExecution)> {
        let arn = evidence.execution_arn.as_ref()?;
        self.user.executions.iter().enumerate().find(|(_, execution)| execution.arn == *arn)
    }

    /// Events that evidence of what did not pass links to, by the place of their execution.
    fn linked(&self) -> BTreeMap<usize, Vec<i64>> {
        let mut linked: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
        let is_shown = |it: &&ReportVerdict| {
            self.class.is_student || matches!(it.verdict, CheckVerdict::Failed | CheckVerdict::Unknown)
        };
        for evidence in self.user.verdicts.iter().filter(is_shown).flat_map(|verdict| &verdict.evidence) {
            let Some((at, execution)) = self.execution_of(evidence) else { continue };
            let events = linked.entry(at).or_default();
            events.extend(evidence.event_id);
            events.extend(execution.lines.iter().filter(|line| is_log(line, evidence)).map(|line| line.event_id));
        }
        linked
    }

    fn execution(&self, at: usize, execution: &ReportExecution, linked: &[i64]) -> ExecutionShown {
        let mut lines: Vec<LineShown> = Vec::new();
        let mut seen: Vec<i64> = Vec::new();
        for line in &execution.lines {
            let text = format!("{:>5}  {}\n", line.event_id, cut(&line.text));
            let is_linked = linked.contains(&line.event_id) && !seen.contains(&line.event_id);
            match lines.last_mut() {
                // Lines without an anchor are one text: a page has so many nodes.
                Some(last) if last.id.is_none() && !is_linked => last.text.push_str(&text),
                _ => {
                    let id = is_linked.then(|| self.line_anchor(at, line.event_id));
                    lines.push(LineShown { id, text });
                }
            }
            if is_linked {
                seen.push(line.event_id);
            }
        }
        ExecutionShown {
            id: self.execution_anchor(at),
            scenario: execution.scenario.clone(),
            machine: execution.machine.clone(),
            status: execution.status.clone(),
            arn: execution.arn.clone(),
            lines,
        }
    }

    fn execution_anchor(&self, at: usize) -> String {
        format!("x-{}-{at}", self.user.name)
    }

    fn line_anchor(&self, at: usize, event: i64) -> String {
        format!("x-{}-{at}-{event}", self.user.name)
    }
}

fn has_line(execution: &ReportExecution, event: i64) -> bool {
    execution.lines.iter().any(|line| line.event_id == event)
}

/// Whether a line tells what failed in the state that evidence is about.
fn is_log(line: &ReportLine, evidence: &ReportEvidence) -> bool {
    let state = evidence.state.as_deref().unwrap_or_default();
    !state.is_empty() && line.is_failure && line.state == state
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONG {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONG).collect();
    kept + "…"
}
