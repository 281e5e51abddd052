//! A user's state machines, as they are.

use std::sync::Arc;

use super::super::failure::Failure;
use crate::cloud::Cloud;
use crate::host;
use crate::kind::StateMachine;
use crate::model::{Execution, ExecutionStatus, Lab, MachineTemplate, MachineType, User};

/// A state machine that is there.
#[derive(Clone)]
pub(crate) struct OwnMachine {
    pub(crate) user: User,
    pub(crate) cloud: Arc<dyn Cloud>,
    /// With the user's prefix.
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) content: StateMachine,
    /// Where in an output the outcome stands, as the pack says.
    pub(crate) outcome: Option<String>,
    /// What the pack says of it; none for one that is not the pack's.
    template: Option<MachineTemplate>,
}

impl OwnMachine {
    /// Reads a machine by its name, with the user's prefix or without; none where it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn read(
        lab: &Lab,
        user: &User,
        cloud: &Arc<dyn Cloud>,
        name: &str,
    ) -> Result<Option<Self>, Failure> {
        let prefix = format!("{}-", user.name);
        let short = name.strip_prefix(&prefix).unwrap_or(name);
        let name = format!("{prefix}{short}");
        let Some((arn, content)) = cloud.machine(&name).await? else { return Ok(None) };
        let template = lab.pack.machines.iter().find(|machine| machine.name == short).cloned();
        let outcome = template.as_ref().and_then(|template| template.outcome.clone());
        Ok(Some(Self { user: user.clone(), cloud: Arc::clone(cloud), name, arn, content, outcome, template }))
    }

    /// The machine's name without the user's prefix.
    pub(crate) fn short_name(&self) -> &str {
        let rest = self.name.strip_prefix(self.user.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
        rest.unwrap_or(&self.name)
    }

    pub(crate) fn is_express(&self) -> bool {
        self.content.machine_type == MachineType::Express
    }

    /// The group that its events go to, if any.
    pub(crate) fn log_group(&self) -> Option<&str> {
        Some(self.content.logging.as_ref().filter(|logging| logging.level != "OFF")?.log_group.as_str())
    }

    /// The time at the endpoint, milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        host::now_ms() + self.cloud.ahead_ms()
    }

    /// Whether an execution that is over with this outcome did not do what it should.
    pub(crate) fn has_failed(&self, status: ExecutionStatus, outcome: &str) -> bool {
        let good = self.template.as_ref().map(|template| template.good.as_slice()).unwrap_or_default();
        let is_named = good.is_empty() || good.iter().any(|good| good == outcome);
        status.is_terminal() && !(status == ExecutionStatus::Succeeded && is_named)
    }

    /// Whether an execution did what it should.
    pub(crate) fn is_good(&self, execution: &Execution) -> bool {
        let outcome = execution.outcome(self.outcome.as_deref());
        let good = self.template.as_ref().map(|template| template.good.as_slice()).unwrap_or_default();
        execution.is_good(outcome.as_deref(), good)
    }
}
