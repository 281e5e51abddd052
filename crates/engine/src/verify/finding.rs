//! What a check found, before it is weighed against the others.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::evidence::{CauseEvidence, ExecutionEvidence, VisitEvidence};
use super::score::Proof;

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Finding {
    Passed(Vec<Proof>),
    Failed(Defect),
    /// Nobody can say: why, and what would settle it.
    Unknown(String),
    /// There is nothing to judge: what it is about is missing.
    Missing(Missing),
}

/// Something that is not there, so that nothing can be said of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Missing {
    /// `state machine`; of functions, those that are asked for are all missing, and another check says so.
    pub(super) kind: &'static str,
    /// By its name in the pack.
    pub(super) short: String,
    /// In the account.
    pub(super) name: String,
}

/// What is wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Defect {
    pub(super) cause: CauseEvidence,
    /// What it is about (`function:order-validator`, `machine:…`, `role:…`), so that a defect elsewhere can explain it.
    pub(super) subjects: BTreeSet<String>,
    pub(super) evidence: Vec<Proof>,
}

impl Defect {
    pub(super) fn new(key: &str, text: impl Into<String>) -> Self {
        let cause = CauseEvidence { key: key.to_owned(), text: text.into(), ..CauseEvidence::default() };
        Self { cause, ..Self::default() }
    }

    pub(super) fn about(mut self, subjects: impl IntoIterator<Item = String>) -> Self {
        self.subjects.extend(subjects);
        self
    }

    pub(super) fn proof(mut self, proof: Proof) -> Self {
        self.evidence.push(proof);
        self
    }

    pub(super) fn into_finding(self) -> Finding {
        Finding::Failed(self)
    }
}

impl Proof {
    /// Something looked at, what it should be, what it is.
    pub(super) fn of(what: impl Into<String>, expected: impl Into<Value>, found: impl Into<Value>) -> Self {
        Self { what: what.into(), expected: expected.into(), found: found.into(), ..Self::default() }
    }

    /// Shown by an execution.
    pub(super) fn in_execution(self, execution: &ExecutionEvidence) -> Self {
        Self { execution_arn: execution.arn.clone(), at_ms: self.at_ms.or(execution.started_ms), ..self }
    }

    /// Shown by a stay in a state of it.
    pub(super) fn in_visit(self, execution: &ExecutionEvidence, visit: &VisitEvidence) -> Self {
        let event_id = visit.attempts.iter().rev().find_map(|attempt| attempt.event_id).unwrap_or(visit.id);
        Self {
            event_id: Some(event_id),
            state: Some(visit.state.clone()),
            at_ms: visit.entered_ms,
            ..self.in_execution(execution)
        }
    }

    /// Shown by the definition alone.
    pub(super) fn by_definition(what: &str, state: &str, found: impl Into<Value>) -> Self {
        let why = "judged by the definition: the handler does not do what the scenario asks of it, or the execution could not be seen";
        Self { state: Some(state.to_owned()), ..Self::of(format!("{what} ({why})"), json!(true), found) }
    }
}

pub(super) fn function(name: &str) -> String {
    format!("function:{name}")
}

pub(super) fn machine(name: &str) -> String {
    format!("machine:{name}")
}

pub(super) fn role(name: &str) -> String {
    format!("role:{name}")
}
