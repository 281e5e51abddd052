//! Checks of what executions did and came to.

use std::collections::BTreeSet;

use serde_json::json;

use super::evidence::{CauseEvidence, UserEvidence, VisitEvidence};
use super::finding::{Defect, Finding};
use super::score::Proof;
use super::workflow::StateFacts;
use crate::model::{CalledTest, ChoiceTest, ExecutionStatus, OutcomesTest, expected_at};

/// Functions were called in branches that ran at the same time.
pub(super) fn parallel(evidence: &UserEvidence, asked: &CalledTest) -> Finding {
    let examined = match evidence.examine(&asked.scenario) {
        Ok(examined) => examined,
        Err(finding) => return finding,
    };
    let calls: Vec<Vec<&VisitEvidence>> = asked.functions.iter().map(|name| examined.calling(name)).collect();
    let first: Vec<&VisitEvidence> = calls.iter().filter_map(|visits| visits.first().copied()).collect();
    if first.len() == asked.functions.len() {
        let together = first.windows(2).all(|pair| matches!(pair, [one, other] if overlap(one, other)));
        let proofs = first.iter().map(|visit| {
            let when = json!({"entered_ms": visit.entered_ms, "left_ms": visit.left_ms});
            Proof::of(format!("when {} ran", visit.state), "beside the others", when)
                .in_visit(examined.execution, visit)
        });
        if together {
            return Finding::Passed(proofs.collect());
        }
        let states: Vec<String> = first.iter().map(|visit| format!("`{}`", visit.state)).collect();
        let text = format!("{} ran one after the other", states.join(" and "));
        return proofs.fold(examined.defect("not-parallel", text), Defect::proof).into_finding();
    }
    if let Some(unknown) = examined.unknown() {
        return unknown;
    }
    // What was not reached is judged by where it stands.
    let states: Vec<(String, StateFacts)> =
        asked.functions.iter().filter_map(|name| examined.states(name).into_iter().next()).collect();
    let containers: BTreeSet<Option<&String>> = states.iter().map(|(_, facts)| facts.inside.as_ref()).collect();
    let container = containers.first().copied().flatten().filter(|_| containers.len() == 1);
    let is_parallel = container
        .and_then(|name| examined.workflow.states.get(name))
        .is_some_and(|state| state.state_type == "Parallel");
    let proof =
        Proof::by_definition("branches of one Parallel state", container.map_or("", String::as_str), is_parallel);
    if is_parallel && states.len() == asked.functions.len() {
        return Finding::Passed(vec![proof]);
    }
    examined
        .defect("not-parallel", "the functions are not called in branches of one Parallel state")
        .proof(proof)
        .into_finding()
}

/// In different branches of one Parallel, at the same time.
fn overlap(one: &VisitEvidence, other: &VisitEvidence) -> bool {
    let branches = matches!((one.inside, other.inside), (Some((outer, branch)), Some((other_outer, other_branch)))
        if outer == other_outer && branch != other_branch);
    let before = |one: &VisitEvidence, other: &VisitEvidence| {
        one.entered_ms.zip(other.left_ms).is_none_or(|(entered, left)| entered <= left)
    };
    branches && before(one, other) && before(other, one)
}

/// A Choice state led two executions different ways.
pub(super) fn choice(evidence: &UserEvidence, asked: &ChoiceTest) -> Finding {
    let (one, other) = match (evidence.examine(&asked.scenario), evidence.examine(&asked.other)) {
        (Ok(one), Ok(other)) => (one, other),
        (Err(finding), _) | (_, Err(finding)) => return finding,
    };
    let Some((ways, other_ways)) =
        one.execution.visits.as_deref().map(ways).zip(other.execution.visits.as_deref().map(ways))
    else {
        if let Some(unknown) = one.unknown().or_else(|| other.unknown()) {
            return unknown;
        }
        let choice = one.workflow.states.iter().find(|(_, facts)| facts.state_type == "Choice");
        let proof =
            Proof::by_definition("a Choice state", choice.map_or("", |(name, _)| name.as_str()), choice.is_some());
        return match choice {
            Some(_) => Finding::Passed(vec![proof]),
            None => one.defect("no-choice", "the definition has no Choice state").proof(proof).into_finding(),
        };
    };
    for (visit, next) in &ways {
        let other_way = other_ways.iter().find(|(other, _)| other.state == visit.state);
        let differs = |(other_visit, other_next): &&(&VisitEvidence, Option<&str>)| {
            next != other_next || differ(visit, other_visit) == Some(true)
        };
        if let Some((other_visit, other_next)) = other_way.filter(differs) {
            return Finding::Passed(vec![
                Proof::of(format!("where {} led `{}`", visit.state, asked.scenario), "another way", led(visit, *next))
                    .in_visit(one.execution, visit),
                Proof::of(
                    format!("where {} led `{}`", visit.state, asked.other),
                    "another way",
                    led(other_visit, *other_next),
                )
                .in_visit(other.execution, other_visit),
            ]);
        }
    }
    if let Some(unknown) = one.unknown().or_else(|| other.unknown()) {
        return unknown;
    }
    let open = ways.iter().find(|(visit, _)| {
        other_ways.iter().any(|(other, _)| other.state == visit.state && differ(visit, other).is_none())
    });
    if let Some((visit, _)) = open {
        let why = "the rules lead to one state, and the inputs that were kept do not tell which of them held";
        return Finding::Unknown(format!("which way `{}` led the two executions is not known: {why}", visit.state));
    }
    let text = format!("no Choice state led `{}` and `{}` different ways", asked.scenario, asked.other);
    let choices: Vec<&str> = ways.iter().map(|(visit, _)| visit.state.as_str()).collect();
    let proof = Proof::of("Choice states that both entered", "two ways", json!(choices)).in_execution(other.execution);
    let last = other.execution.visits.iter().flatten().last();
    let proof = last.map_or(proof.clone(), |visit| proof.in_visit(other.execution, visit));
    one.defect("no-choice", text).about(other.subjects()).proof(proof).into_finding()
}

/// Whether two stays in a Choice state, which led to one state, went by different rules; none where that could not be told.
fn differ(one: &VisitEvidence, other: &VisitEvidence) -> Option<bool> {
    match (&one.ways[..], &other.ways[..]) {
        ([one], [other]) => Some(one != other),
        (one, other) if one.is_empty() || other.is_empty() => Some(false),
        (one, other) => {
            if one.iter().any(|way| other.contains(way)) {
                None
            } else {
                Some(true)
            }
        }
    }
}

/// By which rule a Choice state led where.
fn led(visit: &VisitEvidence, next: Option<&str>) -> String {
    let to = next.unwrap_or("the end");
    match &visit.ways[..] {
        [way] => format!("{way} → {to}"),
        _ => to.to_owned(),
    }
}

/// Choice states with the state that came next.
fn ways(visits: &[VisitEvidence]) -> Vec<(&VisitEvidence, Option<&str>)> {
    let choices = visits.iter().enumerate().filter(|(_, visit)| visit.state_type == "Choice");
    choices
        .map(|(place, visit)| {
            let next = visits.iter().skip(place + 1).find(|next| next.inside == visit.inside);
            (visit, next.map(|next| next.state.as_str()))
        })
        .collect()
}

/// Executions came to what their scenarios expect.
pub(super) fn outcomes(evidence: &UserEvidence, asked: &OutcomesTest) -> Finding {
    let (mut proofs, mut unknown) = (Vec::new(), None);
    for scenario in &asked.scenarios {
        match outcome(evidence, scenario, &asked.at) {
            Finding::Passed(more) => proofs.extend(more),
            Finding::Unknown(why) => unknown = Some(why),
            other => return other,
        }
    }
    unknown.map_or(Finding::Passed(proofs), Finding::Unknown)
}

fn outcome(evidence: &UserEvidence, scenario: &str, at: &str) -> Finding {
    let examined = match evidence.examine(scenario) {
        Ok(examined) => examined,
        Err(finding) => return finding,
    };
    let execution = examined.execution;
    if let Some(unknown) = examined.unknown_end() {
        return unknown;
    }
    if let Some(why) = &execution.endless {
        let proof = Proof::of(format!("end of `{scenario}`"), "an end", "still running").in_execution(execution);
        return examined.defect(&format!("endless/{scenario}"), why).proof(proof).into_finding();
    }
    let wanted = expected_at(execution.expected.as_ref(), at).cloned().unwrap_or_default();
    let found = execution.output.as_ref().and_then(|output| output.pointer(at)).cloned().unwrap_or_default();
    let status = execution.status.map_or("unknown", ExecutionStatus::word);
    let last = execution.visits.iter().flatten().rfind(|visit| visit.inside.is_none());
    let proof = Proof::of(
        format!("`{at}` of what `{scenario}` gave ({status}, try {})", execution.tries),
        wanted.clone(),
        found.clone(),
    );
    let proof =
        last.map_or_else(|| proof.clone().in_execution(execution), |visit| proof.clone().in_visit(execution, visit));
    if execution.status != Some(ExecutionStatus::Succeeded) || wanted != found {
        let why = execution.cause.as_ref().map(|cause| format!(": {}", cause.text)).unwrap_or_default();
        let came = if execution.status == Some(ExecutionStatus::Succeeded) {
            format!("gave {found}")
        } else {
            format!("ended {status}")
        };
        let mut defect = examined
            .defect(&format!("outcome/{scenario}"), format!("`{scenario}` {came}, where {wanted} is expected{why}"));
        if let Some(cause) = &execution.cause {
            defect.cause = CauseEvidence { text: defect.cause.text, ..cause.clone() };
        }
        return defect.proof(proof).into_finding();
    }
    if let Some((pointer, nonce)) = &execution.nonce
        && expected_at(execution.expected.as_ref(), pointer).is_some()
    {
        let echoed = execution.output.as_ref().and_then(|output| output.pointer(pointer)).cloned().unwrap_or_default();
        if echoed != json!(nonce) {
            let text = format!("`{scenario}` gave {echoed} at `{pointer}`, not what it was given");
            let proof = Proof::of(format!("`{pointer}` of what `{scenario}` gave"), nonce.clone(), echoed)
                .in_execution(execution);
            return examined.defect(&format!("made-up/{scenario}"), text).proof(proof).into_finding();
        }
    }
    Finding::Passed(vec![proof])
}

/// An execution called functions.
pub(super) fn calls(evidence: &UserEvidence, asked: &CalledTest) -> Finding {
    let examined = match evidence.examine(&asked.scenario) {
        Ok(examined) => examined,
        Err(finding) => return finding,
    };
    let mut proofs = Vec::new();
    for function in &asked.functions {
        let state = examined.states(function).into_iter().next();
        let proof = match (examined.calling(function).first(), &state) {
            (Some(visit), _) => {
                Proof::of(format!("call of {function}"), "called", "called").in_visit(examined.execution, visit)
            }
            // What is not logged is known from the definition alone.
            (None, Some((state, _))) if examined.execution.visits.is_none() => {
                if let Some(unknown) = examined.unknown() {
                    return unknown;
                }
                Proof::by_definition(&format!("a state that calls {function}"), state, true)
            }
            (None, _) => {
                let text = format!("`{}` ran without a call of a function `…{function}`", asked.scenario);
                let proof =
                    Proof::of(format!("call of {function}"), "called", "not called").in_execution(examined.execution);
                return examined.defect(&format!("not-called/{function}"), text).proof(proof).into_finding();
            }
        };
        proofs.push(proof);
    }
    Finding::Passed(proofs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_lead_to_one_state_differ_where_they_are_known() {
        let of = |ways: &[&str]| VisitEvidence {
            ways: ways.iter().map(|way| (*way).to_owned()).collect(),
            ..VisitEvidence::default()
        };
        let (first, default, open) = (of(&["rule 1"]), of(&["default"]), of(&["rule 1", "default"]));
        assert_eq!((differ(&first, &default), differ(&first, &first)), (Some(true), Some(false)));
        assert_eq!((differ(&first, &open), differ(&open, &of(&["rule 2"]))), (None, Some(true)));
        assert_eq!(differ(&of(&[]), &first), Some(false), "evidence of an earlier build says nothing of it");
        assert_eq!((led(&first, Some("A")), led(&open, None)), ("rule 1 → A".to_owned(), "the end".to_owned()));
    }
}
