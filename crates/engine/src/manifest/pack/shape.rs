use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shorthand::WITH_DEFAULTS;

use crate::manifest::schema;
use crate::model::{
    Bulk, ChecklistPoint, DashboardTemplate, FunctionTemplate, IntegrationMock, LessonStage, LogGroupTemplate,
    MachineTemplate, NamedInput, QueueTemplate, ResourceTemplate, RoleTemplate, Scenario, Setting,
};
use crate::source::Node;

/// `pack.toml`, its short forms written out.
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
    /// Resources of any type that the Cloud Control API makes.
    #[serde(default)]
    pub resources: Vec<ResourceTemplate>,
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

/// The schema of a `pack.toml` as it is written; `defaults` is its table of that name: what stands there may be missing in entries.
pub(super) fn of_pack(defaults: Option<&Node>) -> Value {
    let mut schema = schema::of::<PackFile>();
    let mut tables = Map::new();
    for list in WITH_DEFAULTS {
        let own = defaults.and_then(|defaults| defaults.get(list));
        tables.insert(list.to_owned(), defaults_of(&mut schema, list, own));
    }
    let table = json!({
        "type": "object",
        "description": "What is so for every entry of a list that does not say otherwise; tables are put together key by key.",
        "properties": tables,
        "additionalProperties": false,
    });
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert("defaults".to_owned(), table);
    }
    schema
}

/// The schema that editors complete `pack.toml` from: what defaults may say is asked of no entry.
pub(in crate::manifest) fn published() -> Value {
    let mut schema = of_pack(None);
    for list in WITH_DEFAULTS {
        let Some(entry) = definition(&schema, &format!("/properties/{list}/items")) else { continue };
        let defaults = schema.pointer(&format!("/properties/defaults/properties/{list}/properties")).cloned();
        for name in defaults.as_ref().and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name) {
            if let Some(inner) = definition(&schema, &format!("{entry}/properties/{name}")) {
                relax(schema.pointer_mut(&inner).unwrap_or(&mut Value::Null), None);
            }
        }
        if let Some(table) = schema.pointer_mut(&entry) {
            relax(table, defaults.as_ref());
        }
    }
    let mut titled = Map::new();
    titled.insert("$schema".to_owned(), schema.get("$schema").cloned().unwrap_or_default());
    titled.insert("title".to_owned(), json!("labctl pack"));
    titled.extend(schema.as_object().cloned().unwrap_or_default().into_iter().filter(|(key, _)| key != "title"));
    Value::Object(titled)
}

/// Where the definition stands that a schema refers to.
fn definition(schema: &Value, pointer: &str) -> Option<String> {
    let reference = schema.pointer(pointer)?.get("$ref")?.as_str()?;
    reference.strip_prefix('#').map(str::to_owned)
}

/// The schema of a list's defaults; what they say is no more asked of the entries.
fn defaults_of(schema: &mut Value, list: &str, own: Option<&Node>) -> Value {
    let Some(entry) = definition(&*schema, &format!("/properties/{list}/items")) else { return json!(true) };
    let mut defaults = schema.pointer(&entry).cloned().unwrap_or_default();
    let description = format!("What is so for each of `[[{list}]]` that does not say otherwise.");
    put(&mut defaults, "", "description", json!(description));
    let names: Vec<String> = defaults
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        // A table within: as a default it may have any of its keys.
        if let Some(inner) = definition(&*schema, &format!("{entry}/properties/{name}")) {
            let mut whole = schema.pointer(&inner).cloned().unwrap_or_default();
            relax(&mut whole, None);
            relax_at(schema, &inner, own.and_then(|own| own.get(&name)));
            put(&mut defaults, "/properties", &name, whole);
        }
    }
    relax(&mut defaults, None);
    if let Some(Value::Object(properties)) = defaults.get_mut("properties") {
        properties.shift_remove("name");
    }
    relax_at(schema, &entry, own);
    defaults
}

fn put(schema: &mut Value, pointer: &str, key: &str, value: Value) {
    if let Some(Value::Object(table)) = schema.pointer_mut(pointer) {
        table.insert(key.to_owned(), value);
    }
}

fn relax_at(schema: &mut Value, pointer: &str, said: Option<&Node>) {
    if let (Some(table), Some(said)) = (schema.pointer_mut(pointer), said) {
        relax(table, Some(&said.to_value()));
    }
}

/// Asks no more for the keys that a table has; without one for none at all.
fn relax(schema: &mut Value, said: Option<&Value>) {
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|key| said.is_some_and(|said| key.as_str().is_none_or(|key| said.get(key).is_none())));
    }
}

/// The schema of one point of the checklist.
pub(super) fn of_checklist_point() -> Value {
    schema::of::<ChecklistPoint>()
}

/// The schema of one mock.
pub(super) fn of_mock() -> Value {
    schema::of::<IntegrationMock>()
}

/// The schema of one scenario.
pub(super) fn of_scenario() -> Value {
    schema::of::<Scenario>()
}
