//! What of a user's lab is billed.

use crate::asl::{self, Outline};
use crate::kind::{Dashboard, Function, LogGroup, StateMachine, UserDesired};
use crate::model::MachineType;
use crate::trial::Logged;

/// A state machine of a user.
#[derive(Clone, Debug)]
pub(super) struct BilledMachine {
    /// Its name without the user's prefix.
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) is_express: bool,
    pub(super) log_group: Option<String>,
    /// Whether every event goes there.
    pub(super) logs_all: bool,
    /// None where the definition cannot be read, of which `validate` tells.
    pub(super) outline: Option<Outline>,
}

/// A function of a user.
#[derive(Clone, Debug)]
pub(super) struct BilledFunction {
    pub(super) name: String,
    pub(super) memory_mb: u64,
}

/// What of a user's lab is billed.
#[derive(Clone, Debug, Default)]
pub(super) struct BilledLab {
    pub(super) machines: Vec<BilledMachine>,
    pub(super) functions: Vec<BilledFunction>,
    pub(super) log_groups: Vec<String>,
    pub(super) dashboards: u64,
}

impl BilledLab {
    /// Of everything that a user shall have.
    pub(super) fn of(desired: &UserDesired) -> Self {
        let mut lab = Self::default();
        let prefix = format!("{}-", desired.user);
        for resource in &desired.resources {
            let name = resource.key.name.as_str();
            if let Some(machine) = resource.body.of::<StateMachine>() {
                lab.machines.push(BilledMachine {
                    name: name.strip_prefix(&prefix).unwrap_or(name).to_owned(),
                    arn: desired.place.arn(&resource.key, "/"),
                    is_express: machine.machine_type == MachineType::Express,
                    log_group: machine.logging.as_ref().map(|logging| logging.log_group.clone()),
                    logs_all: machine.logging.as_ref().is_some_and(|logging| Logged::of(logging) != Logged::Little),
                    outline: asl::parse(&machine.definition).ok().map(|definition| definition.outline()),
                });
            } else if let Some(function) = resource.body.of::<Function>() {
                lab.functions.push(BilledFunction { name: name.to_owned(), memory_mb: u64::from(function.memory_mib) });
            } else if resource.body.of::<LogGroup>().is_some() {
                lab.log_groups.push(name.to_owned());
            } else if resource.body.of::<Dashboard>().is_some() {
                lab.dashboards += 1;
            }
        }
        lab
    }

    /// The most memory of any function.
    pub(super) fn most_memory_mb(&self) -> u64 {
        self.functions.iter().map(|function| function.memory_mb).max().unwrap_or(128)
    }
}
