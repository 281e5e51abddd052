//! A user's state machines, as they are.

use std::sync::Arc;

use super::super::failure::Failure;
use crate::cloud::Cloud;
use crate::kind::StateMachine;
use crate::model::{Lab, MachineTemplate, MachineType, User};

/// A state machine that is there.
#[derive(Clone)]
pub(super) struct OwnMachine {
    pub(super) user: User,
    pub(super) cloud: Arc<dyn Cloud>,
    /// With the user's prefix.
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) content: StateMachine,
    /// Where in an output the outcome stands, as the pack says.
    pub(super) outcome: Option<String>,
    /// What the pack says of it; none for one that is not the pack's.
    template: Option<MachineTemplate>,
}

impl OwnMachine {
    /// Reads a machine by its name, with the user's prefix or without; none where it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) async fn read(
        lab: &Lab,
        user: &User,
        cloud: &Arc<dyn Cloud>,
        name: &str,
    ) -> Result<Option<Self>, Failure> {
        let prefix = format!("{}-", user.name);
        let short = name.strip_prefix(&prefix).unwrap_or(name);
        let name = format!("{prefix}{short}");
        let Some(live) = cloud.read(&StateMachine::key(&name)).await? else { return Ok(None) };
        let Some(content) = live.body.of::<StateMachine>().cloned() else { return Ok(None) };
        let template = lab.pack.machines.iter().find(|machine| machine.name == short).cloned();
        let outcome = template.as_ref().and_then(|template| template.outcome.clone());
        Ok(Some(Self { user: user.clone(), cloud: Arc::clone(cloud), name, arn: live.arn, content, outcome, template }))
    }

    /// The machine's name without the user's prefix.
    pub(super) fn short_name(&self) -> &str {
        let rest = self.name.strip_prefix(self.user.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
        rest.unwrap_or(&self.name)
    }

    pub(super) fn is_express(&self) -> bool {
        self.content.machine_type == MachineType::Express
    }

    /// The group that its events go to, if any.
    pub(super) fn log_group(&self) -> Option<&str> {
        Some(self.content.logging.as_ref().filter(|logging| logging.level != "OFF")?.log_group.as_str())
    }

    /// Whether an execution did what it should.
    pub(super) fn is_good(&self, execution: &crate::model::Execution) -> bool {
        let outcome = execution.outcome(self.outcome.as_deref());
        let good = self.template.as_ref().map(|template| template.good.as_slice()).unwrap_or_default();
        execution.is_good(outcome.as_deref(), good)
    }
}
