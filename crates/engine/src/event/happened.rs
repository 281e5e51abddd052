//! The events. Whatever a report shall show, an event must carry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Key;
use crate::plan::{Plan, Summary};

/// One thing that happened, with its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Milliseconds since 1970 on this machine's clock.
    pub at_ms: i64,
    /// Tells the events of runs apart that write to one journal at once; a number by chance.
    #[serde(default)]
    pub run: u32,
    /// What.
    pub event: Happened,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Happened {
    /// A command began.
    RunStarted {
        /// `deploy`, `cleanup`, …
        command: String,
        /// labctl's version.
        version: String,
        /// The lab.
        lab: String,
        /// `local` or `aws`.
        target: String,
        /// The endpoint's URL.
        endpoint: String,
        /// Twelve digits.
        account: String,
        /// The users chosen.
        users: Vec<String>,
    },
    /// A user's lab is about to be put somewhere, as a manifest says.
    LabPut {
        /// Whose.
        user: String,
        /// The lab.
        lab: String,
        /// The manifest: its path from the folder that the journal's folder is in, or its whole path elsewhere.
        manifest: String,
        /// `local` or `aws`.
        target: String,
        /// Twelve digits.
        account: String,
        /// The region.
        region: String,
        /// The digest of what the user should have then; none of an earlier version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        desired: Option<String>,
    },
    /// Nothing of a user's lab is left somewhere.
    LabRemoved {
        /// Whose.
        user: String,
        /// The lab.
        lab: String,
        /// `local` or `aws`.
        target: String,
        /// Twelve digits.
        account: String,
        /// The region.
        region: String,
    },
    /// A plan stood.
    Planned {
        /// Count per action word.
        actions: BTreeMap<String, u64>,
        /// How many users.
        users: u64,
    },
    /// A change is about to go out.
    ChangeStarted {
        /// For whom.
        user: String,
        /// Which resource.
        key: Key,
        /// `create`, `update`, `delete`.
        action: String,
    },
    /// A change came true.
    ChangeSucceeded {
        /// For whom.
        user: String,
        /// Which resource.
        key: Key,
        /// `create`, `update`, `delete`.
        action: String,
        /// The resource's ARN.
        arn: String,
        /// How long it took.
        ms: u64,
    },
    /// A change did not come true.
    ChangeFailed {
        /// For whom.
        user: String,
        /// Which resource.
        key: Key,
        /// `create`, `update`, `delete`.
        action: String,
        /// The error's text.
        error: String,
        /// The class, as a word.
        class: String,
    },
    /// A change waits for something that passes.
    Waited {
        /// For whom.
        user: String,
        /// Which resource.
        key: Key,
        /// For what (`iam` or `busy` or `throttled`).
        reason: String,
        /// Until the next try.
        ms: u64,
    },
    /// A call was sent a while ago, and there is no answer yet.
    CallUnanswered {
        /// `cloudwatch:PutDashboard`.
        operation: String,
        /// The URL it was sent to.
        endpoint: String,
        /// Milliseconds since 1970 when it was sent.
        since_ms: i64,
        /// How long there has been no answer.
        waited_ms: u64,
        /// How long it is tried in all.
        patience_ms: u64,
    },
    /// All of a user's changes are over.
    UserFinished {
        /// Who.
        user: String,
        /// Whether all came true.
        ok: bool,
        /// How many came true.
        changed: u64,
        /// The first error, if any; none where the run was only interrupted.
        error: Option<String>,
    },
    /// An execution was started.
    ExecutionStarted {
        /// For whom.
        user: String,
        /// The machine's name.
        machine: String,
        /// The execution's ARN.
        arn: String,
    },
    /// An execution that is followed entered a state.
    StateEntered {
        /// For whom.
        user: String,
        /// The execution's ARN.
        arn: String,
        /// The state.
        state: String,
        /// Milliseconds after the execution's start, by the service's clock.
        after_ms: u64,
    },
    /// An execution was over.
    ExecutionFinished {
        /// For whom.
        user: String,
        /// The execution's ARN.
        arn: String,
        /// `SUCCEEDED`, …
        status: String,
        /// The outcome's name (`COMPLETED`).
        outcome: String,
        /// How long it ran by the service's clock.
        ms: u64,
    },
    /// A scenario was compared with what was expected.
    ScenarioJudged {
        /// For whom.
        user: String,
        /// The scenario.
        name: String,
        /// Whether it was as expected.
        passed: bool,
        /// Whether it was left out as slow.
        skipped: bool,
        /// What was not as expected.
        problem: Option<String>,
        /// How long it took.
        ms: u64,
    },
    /// A threshold was compared.
    ThresholdJudged {
        /// As the user wrote it.
        expression: String,
        /// Whether it held.
        passed: bool,
        /// The figure.
        actual: String,
    },
    /// A command was over.
    RunFinished {
        /// `deploy`, `cleanup`, …
        command: String,
        /// Its exit code.
        exit_code: u8,
        /// How long it took.
        ms: u64,
        /// The interruption, the counts or the first error, in one line.
        summary: String,
    },
}

impl Happened {
    /// What was decided, as counts per action.
    pub fn planned(plan: &Plan) -> Self {
        let Summary { create, update, delete, unchanged, edited, foreign } = plan.summary();
        let counts = [
            ("create", create),
            ("update", update),
            ("delete", delete),
            ("unchanged", unchanged),
            ("edited", edited),
            ("foreign", foreign),
        ];
        Self::Planned {
            actions: counts.into_iter().map(|(word, count)| (word.to_owned(), count as u64)).collect(),
            users: plan.users.len() as u64,
        }
    }
}
