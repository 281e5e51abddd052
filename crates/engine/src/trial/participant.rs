//! Who takes part in a trial.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::asl::trace::Trace;
use crate::asl::{self, Outline};
use crate::cause::{self, Cause, FailedExecution, PolicyFiles};
use crate::cloud::Cloud;
use crate::model::{Execution, Logging, MachineType, Scenario, UserName};

/// How much of an execution its machine's log group is given.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Logged {
    /// Nothing, or errors only.
    #[default]
    Little,
    /// Every event (level ALL), without inputs and outputs.
    Events,
    /// Every event, with inputs and outputs.
    Everything,
}

impl Logged {
    /// What a machine with this configuration writes down.
    pub fn of(logging: &Logging) -> Self {
        match (logging.level.as_str(), logging.include_execution_data) {
            ("ALL", true) => Self::Everything,
            ("ALL", false) => Self::Events,
            _ => Self::Little,
        }
    }
}

/// A state machine of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name in the account (`user3-express-workflow`).
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// STANDARD or EXPRESS.
    pub machine_type: MachineType,
    /// The log group its events go to, if any.
    pub log_group: Option<String>,
    /// How much of an execution goes there.
    pub logged: Logged,
    /// The definition as JSON text.
    pub definition: String,
    /// Where in an output the outcome's name stands, if anywhere.
    pub outcome: Option<String>,
    /// Outcomes of an execution that did what it should; without any, every one that succeeded did.
    pub good: Vec<String>,
}

impl Machine {
    /// Whether an execution that is over did not do what it should.
    pub(super) fn has_failed(&self, execution: &Execution, outcome: &str) -> bool {
        execution.status.is_terminal() && !execution.is_good(Some(outcome), &self.good)
    }

    /// The machine's definition; `None` when it cannot be read, of which `validate` tells.
    pub(super) fn parsed(&self) -> Option<asl::Definition> {
        asl::parse(&self.definition).ok()
    }

    /// The machine's shape; `None` as of [`Machine::parsed`].
    pub(super) fn outline(&self) -> Option<Outline> {
        Some(self.parsed()?.outline())
    }
}

/// A user, the cloud the user's lab is in, and the machines there.
#[derive(Clone)]
pub struct Participant {
    /// Who.
    pub user: UserName,
    /// Where.
    pub cloud: Arc<dyn Cloud>,
    /// By their names in the pack (`express-workflow`).
    pub machines: BTreeMap<String, Machine>,
    /// Where the policies of the user's roles are written.
    pub policies: PolicyFiles,
    /// The user's settings, which switch scenarios on and off.
    pub settings: BTreeMap<String, Value>,
    /// Scenarios that are left out for this user without a word, whatever the settings.
    pub left_out: BTreeSet<String>,
}

/// Every cloud once, and for each participant which of them it is: those in one cloud share its buckets.
pub(super) fn clouds(participants: &[Participant]) -> (Vec<&Arc<dyn Cloud>>, Vec<usize>) {
    let mut clouds: Vec<&Arc<dyn Cloud>> = Vec::new();
    let which = participants.iter().map(|participant| {
        let known = clouds.iter().position(|cloud| Arc::ptr_eq(cloud, &participant.cloud));
        known.unwrap_or_else(|| {
            clouds.push(&participant.cloud);
            clouds.len() - 1
        })
    });
    let which = which.collect();
    (clouds, which)
}

impl Participant {
    /// Whether a scenario is run for this user.
    pub(super) fn takes(&self, scenario: &Scenario) -> bool {
        scenario.is_on(&self.settings) && !self.left_out.contains(&scenario.name)
    }

    /// Why an execution of one of the machines did not do what it should; none where it did.
    pub(super) fn cause(
        &self,
        machine: &Machine,
        execution: &Execution,
        seen: Option<(&Trace, &Outline)>,
    ) -> Option<Cause> {
        let outcome = execution.outcome(machine.outcome.as_deref());
        if !execution.status.is_terminal() || execution.is_good(outcome.as_deref(), &machine.good) {
            return None;
        }
        let failed = FailedExecution { execution, trace: seen, user: Some(self.user.as_str()) };
        Some(cause::find(&failed, &self.policies))
    }
}
