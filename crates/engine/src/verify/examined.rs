//! An execution with the machine that it ran on, and what can be asked of both.

use std::collections::BTreeSet;

use super::access;
use super::evidence::{AttemptEvidence, ExecutionEvidence, MachineEvidence, UserEvidence, VisitEvidence};
use super::finding::{self, Defect, Finding};
use super::score::Proof;
use super::workflow::{StateFacts, Workflow};
use crate::model::ForcedTest;

/// An execution with the machine that it ran on.
pub(super) struct Examined<'e> {
    pub(super) evidence: &'e UserEvidence,
    pub(super) execution: &'e ExecutionEvidence,
    pub(super) machine: &'e MachineEvidence,
    pub(super) workflow: &'e Workflow,
}

impl UserEvidence {
    /// The execution of a scenario, else what is to be said instead. One whose end is not known is given, too.
    pub(super) fn examine(&self, scenario: &str) -> Result<Examined<'_>, Finding> {
        let Some(execution) = self.execution(scenario) else {
            return Err(Finding::Unknown(format!("the scenario `{scenario}` was not run")));
        };
        let machine = self.machine(&execution.machine)?;
        let workflow = machine.workflow().unwrap_or(Workflow::EMPTY);
        Ok(Examined { evidence: self, execution, machine, workflow })
    }
}

impl<'e> Examined<'e> {
    /// Why nothing is known of how it ended.
    pub(super) fn unknown_end(&self) -> Option<Finding> {
        self.execution.unknown.clone().map(Finding::Unknown)
    }

    /// Why nothing is known of what it did.
    pub(super) fn unknown(&self) -> Option<Finding> {
        let unseen = self.execution.unseen.as_ref().filter(|_| self.execution.visits.is_none());
        self.unknown_end().or_else(|| unseen.cloned().map(Finding::Unknown))
    }

    pub(super) fn visits(&self) -> impl Iterator<Item = &'e VisitEvidence> {
        self.execution.visits.iter().flatten()
    }

    /// Stays in states that call a function.
    pub(super) fn calling(&self, function: &str) -> Vec<&'e VisitEvidence> {
        let is_it = |called: &str| self.evidence.is_function(function, called);
        let states: BTreeSet<String> = self.workflow.calling(&is_it).map(|(state, _)| state.to_owned()).collect();
        self.visits().filter(|visit| states.contains(&visit.state)).collect()
    }

    /// The states of the definition that call a function, by name.
    pub(super) fn states(&self, function: &str) -> Vec<(String, StateFacts)> {
        let is_it = |called: &str| self.evidence.is_function(function, called);
        self.workflow.calling(&is_it).map(|(state, facts)| (state.to_owned(), facts.clone())).collect()
    }

    /// What a failure of this execution is about: its machine, functions whose calls failed, roles that were refused.
    pub(super) fn subjects(&self) -> BTreeSet<String> {
        let mut subjects = BTreeSet::from([finding::machine(&self.execution.machine)]);
        for visit in self.visits() {
            for attempt in visit.attempts.iter().filter(|attempt| attempt.error.is_some()) {
                let called = self.workflow.states.get(&visit.state).and_then(|state| state.function.as_deref());
                let names = self.evidence.functions.keys();
                let called_ones =
                    names.filter(|name| called.is_some_and(|called| self.evidence.is_function(name, called)));
                subjects.extend(called_ones.map(|name| finding::function(name)));
                self.refused_role(attempt.cause.as_deref().unwrap_or_default(), &mut subjects);
            }
        }
        let text = self.execution.cause.as_ref().map(|cause| cause.text.as_str()).unwrap_or_default();
        self.refused_role(text, &mut subjects);
        subjects
    }

    fn refused_role(&self, text: &str, subjects: &mut BTreeSet<String>) {
        if let Some(role) = access::refused_role(text) {
            subjects.insert(finding::role(&role));
        } else if access::is_refusal(text) || text.contains(" may not `") {
            subjects.insert(finding::role(super::there::name(&self.machine.role)));
        }
    }

    /// Something that this execution shows to be wrong, for its own cause where that is known.
    pub(super) fn defect(&self, key: &str, text: impl Into<String>) -> Defect {
        Defect::new(key, text).about(self.subjects())
    }

    /// The visit around a visit and so on, from the inside out, itself first.
    pub(super) fn around(&self, visit: &'e VisitEvidence) -> Vec<&'e VisitEvidence> {
        let visits = self.execution.visits.as_deref().unwrap_or_default();
        let mut found = vec![visit];
        let mut next = visit.inside.and_then(|(place, _)| visits.get(place));
        while let Some(outer) = next.filter(|_| found.len() <= visits.len()) {
            found.push(outer);
            next = outer.inside.and_then(|(place, _)| visits.get(place));
        }
        found
    }
}

pub(super) fn failure(visit: &VisitEvidence) -> Option<&AttemptEvidence> {
    visit.attempts.last().filter(|attempt| attempt.error.is_some())
}

/// `ValueError: no amount`.
pub(super) fn words(attempt: &AttemptEvidence) -> String {
    let error = attempt.error.as_deref().unwrap_or("failed");
    attempt
        .cause
        .as_deref()
        .filter(|cause| !cause.is_empty())
        .map_or_else(|| error.to_owned(), |cause| format!("{error}: {cause}"))
}

/// What a definition says of the states that call a function, where no execution could show it.
pub(super) fn by_definition(
    examined: &Examined<'_>,
    asked: &ForcedTest,
    what: &str,
    is_so: impl Fn(&[&StateFacts]) -> bool,
) -> Finding {
    let states = examined.states(&asked.function);
    let fits = |state: &str| is_so(&examined.workflow.around(state));
    let shown = states.iter().find(|(state, _)| fits(state));
    let state = shown.or_else(|| states.first()).map_or("", |(state, _)| state.as_str());
    let proof = Proof::by_definition(what, state, shown.is_some());
    if shown.is_some() {
        return Finding::Passed(vec![proof]);
    }
    let text = if states.is_empty() {
        format!("no state calls a function `…{}`", asked.function)
    } else {
        format!("`{state}` has not {what}")
    };
    let key = format!("definition/{}/{}", asked.scenario, asked.function);
    examined.defect(&key, text).proof(proof).into_finding()
}
