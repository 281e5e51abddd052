//! What was found of one user.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::workflow::{ReadOnce, Workflow};
use crate::cause::Cause;
use crate::model::{ExecutionStatus, Logging, MachineType};

/// Something that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceOf<T> {
    /// It is there.
    Found(T),
    /// It is not there.
    Absent,
    /// It could not be read, for this reason: nothing is known.
    Unread(String),
}

impl<T> EvidenceOf<T> {
    /// What was found, if it was.
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(found) => Some(found),
            Self::Absent | Self::Unread(_) => None,
        }
    }
}

/// A function as it is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionEvidence {
    /// Its name in the account.
    pub name: String,
    /// The execution role's ARN.
    pub role: String,
    /// `python3.13`.
    pub runtime: String,
    /// `module.function`.
    pub handler: String,
    /// Seconds.
    pub timeout_seconds: u32,
    /// MiB.
    pub memory_mib: u32,
    /// Whether its code is the pack's: then it does what a scenario asks of it.
    pub is_packs_code: bool,
    /// The pack's own figures.
    pub wanted: Option<WantedFunction>,
}

/// What the pack wants of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedFunction {
    /// `python3.13`.
    pub runtime: String,
    /// Seconds.
    pub timeout_seconds: u32,
    /// MiB.
    pub memory_mib: u32,
}

/// A state machine as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineEvidence {
    /// Its ARN.
    pub arn: String,
    /// STANDARD or EXPRESS.
    pub machine_type: MachineType,
    /// The execution role's ARN.
    pub role: String,
    /// The definition as text.
    pub definition: String,
    /// Where its events are logged.
    pub logging: Option<Logging>,
    /// Where in an output the outcome stands, as the pack says.
    pub outcome: Option<String>,
    /// The definition, once it was read.
    #[serde(skip)]
    pub(super) read: ReadOnce,
}

impl MachineEvidence {
    /// What checks ask of the definition; none where it cannot be read.
    pub(super) fn workflow(&self) -> Option<&Workflow> {
        self.read.of(&self.definition)
    }
}

/// A role and what it allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleEvidence {
    /// Inline policies by name.
    pub policies: BTreeMap<String, Value>,
    /// ARNs of managed policies.
    pub managed: Vec<String>,
}

/// One execution that verify started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionEvidence {
    /// The scenario.
    pub scenario: String,
    /// The machine, by its name in the pack.
    pub machine: String,
    /// Its ARN, once started.
    pub arn: Option<String>,
    /// When it was started, milliseconds since 1970, as the service says.
    pub started_ms: Option<i64>,
    /// How it ended; none where it did not, or that is not known.
    pub status: Option<ExecutionStatus>,
    /// What it gave.
    pub output: Option<Value>,
    /// What it was expected to give.
    pub expected: Option<Value>,
    /// Where the nonce of this run stood in the input, and must stand in the output, and the nonce.
    pub nonce: Option<(String, String)>,
    /// Why it did not come to a good end.
    pub cause: Option<CauseEvidence>,
    /// Why nothing is known of its end: labctl's own calls were refused, or nothing has been delivered yet.
    pub unknown: Option<String>,
    /// Why its way through the states could not be seen although it should have been.
    pub unseen: Option<String>,
    /// Why it never ended: it was still running when its time was over.
    pub endless: Option<String>,
    /// The stays in states; none where they could not be seen.
    pub visits: Option<Vec<VisitEvidence>>,
    /// How many executions of this scenario were tried, this one counted.
    pub tries: u32,
}

/// A cause as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseEvidence {
    /// The same for every execution with this cause.
    pub key: String,
    /// In one line.
    pub text: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The error's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl From<&Cause> for CauseEvidence {
    fn from(cause: &Cause) -> Self {
        Self { key: cause.key.clone(), text: cause.text(), hint: cause.hint.clone(), error: cause.error.clone() }
    }
}

/// One stay in a state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitEvidence {
    /// The id of the event that entered the state.
    pub id: i64,
    /// The state.
    pub state: String,
    /// `Task`, `Choice`, …
    pub state_type: String,
    /// The visit around it and the branch in that, by their places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<(usize, usize)>,
    /// Milliseconds since 1970.
    pub entered_ms: Option<i64>,
    /// Milliseconds since 1970; none while it lasts, or where its end was not told.
    pub left_ms: Option<i64>,
    /// Whether it came to a good end.
    pub succeeded: bool,
    /// The state to which the catcher led.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught_by: Option<String>,
    /// Of a Choice state: `rule 1`, `default`; several where it could not be told which of those that lead to one state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<String>,
    /// Every try of its work: the error that ended it, if one did, its cause's first line, and the pause after it in milliseconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<AttemptEvidence>,
}

/// One try of a state's work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptEvidence {
    /// What was called: `lambda:invoke.waitForTaskToken`, or a function's ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The id of the event that told of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<i64>,
    /// The error's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was said about it, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// How long after its end the next attempt began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_in_ms: Option<i64>,
    /// Whether a token was waited for. Where that is answered before the call is, a history says nothing of the call's answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waited: bool,
}

/// Executions of a machine that somebody else than verify started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedExecutions {
    /// How many.
    pub started: u32,
    /// How many of them are over.
    pub over: u32,
    /// How many of them came to a good outcome, as far as was asked.
    pub good: u32,
}

/// Everything that was found of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserEvidence {
    /// Who.
    pub user: String,
    /// Whether policies are the handout's broad ones.
    pub as_written: bool,
    /// ARNs or names of roles that the manifest brings, which need no prefix.
    pub brought_roles: Vec<String>,
    /// Functions by their names in the pack.
    pub functions: BTreeMap<String, EvidenceOf<FunctionEvidence>>,
    /// Machines by their names in the pack.
    pub machines: BTreeMap<String, EvidenceOf<MachineEvidence>>,
    /// Roles that machines and functions have, by name.
    pub roles: BTreeMap<String, EvidenceOf<RoleEvidence>>,
    /// Bodies of dashboards by their names in the pack.
    pub dashboards: BTreeMap<String, EvidenceOf<String>>,
    /// Verify's own executions, one a scenario.
    pub executions: Vec<ExecutionEvidence>,
    /// Executions of machines by others, by the machine's name in the pack.
    pub listed: BTreeMap<String, EvidenceOf<ListedExecutions>>,
}

impl UserEvidence {
    /// Whether none of the functions and machines that were looked for is there.
    pub fn has_nothing(&self) -> bool {
        let functions = self.functions.values().map(|function| *function == EvidenceOf::Absent);
        let mut all = functions.chain(self.machines.values().map(|machine| *machine == EvidenceOf::Absent)).peekable();
        all.peek().is_some() && all.all(|is_absent| is_absent)
    }

    /// The execution of a scenario.
    pub(super) fn execution(&self, scenario: &str) -> Option<&ExecutionEvidence> {
        self.executions.iter().find(|execution| execution.scenario == scenario)
    }

    /// What every name of the user begins with.
    pub(super) fn prefix(&self) -> String {
        format!("{}-", self.user)
    }
}
