//! Lab packs: what a lab consists of, as `pack.toml` says it. Paths are relative to the pack's folder, `/`-separated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::runtime::{Ended, language};
use super::{ChecklistPoint, IntegrationMock, MachineType, Scenario};
use crate::source::Span;

/// Where a pack's files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackOrigin {
    /// Inside the binary.
    BuiltIn,
    /// A folder.
    Folder(PathBuf),
}

/// A setting's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettingType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// One setting a pack declares; `[settings]` of a manifest is checked against these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its type.
    #[serde(rename = "type")]
    pub setting_type: SettingType,
    /// Its value when nobody says otherwise.
    pub default: Value,
    /// One line for editors and `init`.
    pub description: String,
    /// The only values allowed, when listed.
    #[serde(default)]
    pub choices: Vec<Value>,
    /// What a text is, where labctl knows more of it than the choices say.
    #[serde(default)]
    pub format: Option<SettingFormat>,
    /// Least value of a number.
    #[serde(default)]
    pub minimum: Option<f64>,
    /// Greatest value of a number.
    #[serde(default)]
    pub maximum: Option<f64>,
    /// Whether it is a share of failures that the lab pretends: a bulk test says that they are on purpose.
    #[serde(default)]
    pub pretends_failures: bool,
    /// Values that are accepted with a warning, and its text.
    #[serde(default)]
    pub deprecated: BTreeMap<String, String>,
}

impl Setting {
    /// Why a value will not do for long, as the pack or AWS says.
    pub fn deprecation(&self, value: &str) -> Option<String> {
        if let Some(reason) = self.deprecated.get(value) {
            return Some(reason.clone());
        }
        let ended = self.format.and_then(|SettingFormat::LambdaRuntime| Ended::of(value))?;
        let is_of_its = self.choices.iter().filter_map(Value::as_str).any(|known| language(known) == language(value));
        let instead = self.default.as_str().filter(|default| Ended::of(default).is_none());
        let instead = instead.map(|default| format!("; use `{default}`")).unwrap_or_default();
        is_of_its.then(|| format!("{ended}{instead}"))
    }
}

/// What the text of a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettingFormat {
    /// A runtime of Lambda. The choices are those that the pack was tried with: a newer one of the same language is taken with a
    /// warning, since Lambda's list grows, and so is one whose support has ended.
    LambdaRuntime,
}

/// An inline policy of a role, a template per IAM mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyTemplate {
    /// The policy's name.
    pub name: String,
    /// Template by mode word (`least-privilege`, `as-written`); a mode without one has no such policy.
    pub template: BTreeMap<String, String>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleTemplate {
    /// What functions, machines and templates call it (`stepfunctions`).
    pub id: String,
    /// The name after the user's prefix (`stepfunctions-role`).
    pub name: String,
    /// The role's description.
    #[serde(default)]
    pub description: String,
    /// Template of the trust policy.
    pub trust: String,
    /// The key under `[iam]` that brings a role instead (`stepfunctions_role`).
    pub brought_by: String,
    /// Inline policies.
    #[serde(default)]
    pub policies: Vec<PolicyTemplate>,
    /// Managed policies by mode word; `{{…}}` is filled in.
    #[serde(default)]
    pub managed: BTreeMap<String, Vec<String>>,
    /// Further tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The stage of the lesson by whose end it is there; without one, with the whole lab.
    #[serde(default)]
    pub stage: Option<String>,
}

/// A log group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogGroupTemplate {
    /// The full name, `{{user}}` in it (`/aws/vendedlogs/states/{{user}}-express-workflow`).
    pub name: String,
    /// Days, a number or `{{…}}` of a setting; absent keeps for ever.
    #[serde(default)]
    #[schemars(extend("type" = ["integer", "string"], "minimum" = 0))]
    pub retention_days: Option<String>,
    /// The boolean setting that switches it on; absent is always on.
    #[serde(default)]
    pub when: Option<String>,
    /// The stage of the lesson by whose end it is there; without one, with the whole lab.
    #[serde(default)]
    pub stage: Option<String>,
}

/// The log group that follows from a function or machine: it has its stage and its switch, and is one of [`Pack::log_groups`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// Days, a number or `{{…}}` of a setting; absent keeps for ever.
    #[serde(default)]
    #[schemars(extend("type" = ["integer", "string"], "minimum" = 0))]
    pub retention_days: Option<String>,
}

/// A function. Numbers become text, since they may be `{{…}}` of a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionTemplate {
    /// The name after the user's prefix (`order-validator`).
    pub name: String,
    /// Files and folders of the pack that go into the package as they are: a file by its name, of a folder what lies in it.
    #[serde(deserialize_with = "one_or_more")]
    #[schemars(extend("type" = ["string", "array"]))]
    pub source: Vec<String>,
    /// Further folders whose content goes to the package's root, such as modules that several functions share.
    #[serde(default)]
    pub shared: Vec<String>,
    /// `module.function`.
    pub handler: String,
    /// `python3.13` or `{{settings.runtime}}`.
    pub runtime: String,
    /// The role's id.
    pub role: String,
    /// Free text.
    #[serde(default)]
    pub description: String,
    /// Seconds, a number or `{{…}}` of a setting.
    #[schemars(extend("type" = ["integer", "string"], "minimum" = 0))]
    pub timeout_seconds: String,
    /// MiB, a number or `{{…}}` of a setting.
    #[schemars(extend("type" = ["integer", "string"], "minimum" = 0))]
    pub memory_mib: String,
    /// Environment variables; `{{…}}` is filled in.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The requirements file of what it imports beside its own code, pinned and with hashes: pure Python wheels go into the package.
    #[serde(default)]
    pub requirements: Option<String>,
    /// `x86_64` or `arm64`; without it `x86_64`.
    #[serde(default)]
    pub architecture: Option<String>,
    /// ARNs of layer versions; `{{…}}` is filled in.
    #[serde(default)]
    pub layers: Vec<String>,
    /// Its log group, `/aws/lambda/<user>-NAME`, unless `[[log_groups]]` has it.
    #[serde(default)]
    pub logs: Option<Logs>,
    /// The boolean setting that switches it on; absent is always on.
    #[serde(default)]
    pub when: Option<String>,
    /// The stage of the lesson by whose end it is there; without one, with the whole lab.
    #[serde(default)]
    pub stage: Option<String>,
}

impl FunctionTemplate {
    /// The paths in the pack of what goes into its package.
    pub fn paths(&self) -> impl Iterator<Item = &str> + Clone {
        self.source.iter().chain(&self.shared).map(|path| path.trim_end_matches('/'))
    }

    /// Those paths in the words of a finding.
    pub fn origin(&self) -> String {
        self.paths().collect::<Vec<_>>().join("`, `")
    }
}

/// A text, or a list of texts.
fn one_or_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    OneOrMore::deserialize(deserializer).map(|read| match read {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    })
}

/// A state machine's logging configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Logging {
    /// `ALL`, `ERROR`, `FATAL` or `OFF`.
    pub level: String,
    /// Whether input and output go into the log.
    pub include_execution_data: bool,
    /// The log group's full name; where a pack leaves it out, `/aws/vendedlogs/states/{{user}}-NAME`.
    #[serde(default)]
    pub log_group: String,
}

/// A state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MachineTemplate {
    /// The name after the user's prefix (`order-processing-workflow`).
    pub name: String,
    /// STANDARD or EXPRESS.
    #[serde(rename = "type")]
    pub machine_type: MachineType,
    /// Template of the definition: `*.asl.json.hbs` or `*.asl.yaml.hbs`.
    pub definition: String,
    /// The role's id.
    pub role: String,
    /// Logging; `log_group` is a full name with `{{user}}` in it.
    #[serde(default)]
    pub logging: Option<Logging>,
    /// Its log group, `/aws/vendedlogs/states/<user>-NAME`, unless `[[log_groups]]` has it.
    #[serde(default)]
    pub logs: Option<Logs>,
    /// Where in the output the outcome's name stands (`/status`); without it the execution's status is the outcome.
    #[serde(default)]
    pub outcome: Option<String>,
    /// Outcomes of an execution that went well (`COMPLETED`); without any, every one that SUCCEEDED did.
    #[serde(default)]
    pub good: Vec<String>,
    /// The boolean setting that switches it on; absent is always on.
    #[serde(default)]
    pub when: Option<String>,
    /// The stage of the lesson by whose end it is there; without one, with the whole lab.
    #[serde(default)]
    pub stage: Option<String>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueTemplate {
    /// The name after the user's prefix.
    pub name: String,
    /// Attributes as SetQueueAttributes names them; `{{…}}` is filled in.
    #[serde(default)]
    #[schemars(extend("additionalProperties" = { "type": ["string", "integer", "boolean"] }))]
    pub attributes: BTreeMap<String, String>,
    /// The boolean setting that switches it on; absent is always on.
    #[serde(default)]
    pub when: Option<String>,
    /// The stage of the lesson by whose end it is there; without one, with the whole lab.
    #[serde(default)]
    pub stage: Option<String>,
}

/// A resource of any type that AWS's Cloud Control API makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceTemplate {
    /// What templates call it (`orders`).
    pub name: String,
    /// The type, as CloudFormation names it (`AWS::DynamoDB::Table`).
    #[serde(rename = "type")]
    pub type_name: String,
    /// Template of the properties, as CloudFormation has them, the name among them.
    pub properties: String,
    /// The primary identifier, where it does not follow from type and properties; `{{…}}` is filled in.
    #[serde(default)]
    pub identifier: Option<String>,
    /// The boolean setting that switches it on; absent is always on.
    #[serde(default)]
    pub when: Option<String>,
    /// The stage of the lesson by whose end it is there; without one, with the whole lab.
    #[serde(default)]
    pub stage: Option<String>,
}

/// A dashboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DashboardTemplate {
    /// The name after the user's prefix.
    pub name: String,
    /// Template of the body.
    pub body: String,
    /// The stage of the lesson by whose end it is there; without one, with the whole lab.
    #[serde(default)]
    pub stage: Option<String>,
}

/// A stage of the lesson: what is there by its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LessonStage {
    /// A short name, unique in the pack (`task-2`).
    pub id: String,
    /// What the handout calls it.
    pub title: String,
}

/// An input that goes by a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedInput {
    /// The name, unique in the pack (`successful-order-test`).
    pub name: String,
    /// The machine, by its name in the pack.
    pub machine: String,
    /// The file with the input, as JSON.
    pub file: String,
}

/// How `bulk-test` makes inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// The machine, by its name in the pack.
    pub machine: String,
    /// Template of a valid input; `{{index}}`, `{{run}}`, `{{user}}` and `{{random …}}` are filled in per execution.
    pub input: String,
    /// Template of an input that fails on purpose, for `--invalid SHARE`.
    #[serde(default)]
    pub invalid_input: Option<String>,
    /// Where in the output the outcome's name stands (`/status`), unless the machine says so itself.
    #[serde(default)]
    pub outcome: Option<String>,
}

/// A lab pack, read and checked, with all its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// Its name (`step-functions`).
    pub name: String,
    /// One line.
    pub title: String,
    /// Where it came from.
    pub origin: PackOrigin,
    /// Every file of the pack by path.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// Those of them that are programs (their owner may run them).
    pub executables: BTreeSet<String>,
    /// Where the values of `pack.toml` stand, by JSON pointer; a key stands at its value's pointer with `#` behind it.
    pub places: BTreeMap<String, Span>,
    /// What of `pack.toml` could not be read: pointers to tables and entries of lists, empty for the whole file. A pack with any
    /// is for finding further mistakes and nothing else.
    pub unread: BTreeSet<String>,
    /// Settings by name.
    pub settings: BTreeMap<String, Setting>,
    /// Roles.
    pub roles: Vec<RoleTemplate>,
    /// Log groups.
    pub log_groups: Vec<LogGroupTemplate>,
    /// Functions.
    pub functions: Vec<FunctionTemplate>,
    /// Queues.
    pub queues: Vec<QueueTemplate>,
    /// Resources of any type.
    pub resources: Vec<ResourceTemplate>,
    /// State machines.
    pub machines: Vec<MachineTemplate>,
    /// Dashboards.
    pub dashboards: Vec<DashboardTemplate>,
    /// Scenarios, in file order.
    pub scenarios: Vec<Scenario>,
    /// Inputs by their names, for `run`.
    pub inputs: Vec<NamedInput>,
    /// How bulk inputs are made.
    pub bulk: Option<Bulk>,
    /// Mocks of all executions on the local endpoint, from `mocks.yaml`.
    pub mocks: Vec<IntegrationMock>,
    /// The checklist, from `checks.yaml`.
    pub checklist: Vec<ChecklistPoint>,
    /// The lesson's stages, in order.
    pub stages: Vec<LessonStage>,
}

impl Pack {
    /// A pack of which nothing was read.
    pub fn empty(name: &str, origin: PackOrigin) -> Self {
        Self {
            name: name.to_owned(),
            title: String::new(),
            origin,
            files: BTreeMap::new(),
            executables: BTreeSet::new(),
            places: BTreeMap::new(),
            unread: BTreeSet::new(),
            settings: BTreeMap::new(),
            roles: Vec::new(),
            log_groups: Vec::new(),
            functions: Vec::new(),
            queues: Vec::new(),
            resources: Vec::new(),
            machines: Vec::new(),
            dashboards: Vec::new(),
            scenarios: Vec::new(),
            inputs: Vec::new(),
            bulk: None,
            mocks: Vec::new(),
            checklist: Vec::new(),
            stages: Vec::new(),
        }
    }

    /// Whether the whole of a table or entry (`/functions/3`) could be read.
    pub fn is_read(&self, pointer: &str) -> bool {
        let above = pointer.match_indices('/').map(|(at, _)| at).chain([pointer.len()]);
        !above.filter_map(|end| pointer.get(..end)).any(|part| self.unread.contains(part))
    }

    /// Where in an output of the bulk test's machine the outcome's name stands.
    pub fn bulk_outcome(&self) -> Option<&str> {
        let bulk = self.bulk.as_ref()?;
        let machine = self.machines.iter().find(|machine| machine.name == bulk.machine);
        machine.and_then(|machine| machine.outcome.as_deref()).or(bulk.outcome.as_deref())
    }

    /// The input that goes by a name, as JSON; none where there is none, or its file is not JSON.
    pub fn input(&self, name: &str) -> Option<Value> {
        let named = self.inputs.iter().find(|input| input.name == name)?;
        serde_json::from_slice(self.files.get(&named.file)?).ok()
    }

    /// The path a user would look for a file at (`templates/step-functions/pack.toml`, or inside the named folder).
    pub fn display_path(&self, file: &str) -> PathBuf {
        match &self.origin {
            PackOrigin::BuiltIn => PathBuf::from("templates").join(&self.name).join(file),
            PackOrigin::Folder(folder) => folder.join(file),
        }
    }
}
