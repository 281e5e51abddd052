use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::model::{
    Bulk, ChecklistPoint, DashboardTemplate, FunctionTemplate, LessonStage, LogGroupTemplate, MachineTemplate,
    NamedInput, QueueTemplate, RoleTemplate, Scenario, Setting,
};

/// `pack.toml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PackFile {
    /// The pack itself.
    pub pack: Head,
    /// What `[settings]` of a manifest may say.
    #[serde(default)]
    pub settings: BTreeMap<String, Setting>,
    /// IAM roles.
    #[serde(default)]
    pub roles: Vec<RoleTemplate>,
    /// Log groups.
    #[serde(default)]
    pub log_groups: Vec<LogGroupTemplate>,
    /// Functions.
    #[serde(default)]
    pub functions: Vec<FunctionTemplate>,
    /// Queues.
    #[serde(default)]
    pub queues: Vec<QueueTemplate>,
    /// State machines.
    #[serde(default)]
    pub machines: Vec<MachineTemplate>,
    /// Dashboards.
    #[serde(default)]
    pub dashboards: Vec<DashboardTemplate>,
    /// Inputs that go by a name, for `run`.
    #[serde(default)]
    pub inputs: Vec<NamedInput>,
    /// How `bulk-test` makes inputs.
    #[serde(default)]
    pub bulk: Option<Bulk>,
    /// The lesson's stages, in order.
    #[serde(default)]
    pub stages: Vec<LessonStage>,
}

/// `[pack]`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    /// The pack's name, as it stands in ownership tags: 1 to 32 of `a-z 0-9 -`.
    pub name: String,
    /// One line.
    pub title: String,
}

/// The schema of `pack.toml`.
pub(super) fn of_pack() -> Value {
    crate::manifest::schema::of::<PackFile>()
}

/// The schema of one point of the checklist.
pub(super) fn of_checklist_point() -> Value {
    crate::manifest::schema::of::<ChecklistPoint>()
}

/// The schema of one scenario.
pub(super) fn of_scenario() -> Value {
    crate::manifest::schema::of::<Scenario>()
}
