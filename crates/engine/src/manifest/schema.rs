//! The manifest's shape, once: editors complete from it, and [`super::check`] holds files against it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::check::DEPRECATED;
use crate::model::{Pack, Setting, SettingFormat, SettingType};

/// A labctl manifest: one class, its lab pack, its target and its users.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Manifest")]
#[expect(dead_code, reason = "a shape: the schema is made from it, and files are held against the schema")]
struct ManifestShape {
    /// The lab that is given.
    lab: LabShape,
    /// Where it goes. Without this table: the embedded local endpoint, region us-east-1.
    target: Option<TargetShape>,
    /// Which IAM policies are made, and roles brought along instead.
    iam: Option<IamShape>,
    /// The pack's settings.
    settings: Option<BTreeMap<String, Value>>,
    /// Tags on everything that takes tags, such as a cost centre, beside those by which labctl knows its own.
    tags: Option<BTreeMap<String, String>>,
    /// Token buckets by `service:Operation`, above what AWS publishes or Service Quotas answers.
    quotas: Option<BTreeMap<String, QuotaShape>>,
    /// The class as a range or a file. A user who is in `users` too has the fields of both; those of `users` win.
    roster: Option<RosterShape>,
    /// Users one by one.
    users: Option<Vec<UserShape>>,
}

/// The lab that is given.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "LabTable")]
#[expect(dead_code, reason = "a shape")]
struct LabShape {
    /// A built-in pack (`step-functions`), or the path of a pack's folder.
    pack: String,
    /// The lab's name as it goes into ownership tags: 1 to 32 of `a-z 0-9 -`, starting with a letter.
    #[schemars(regex(pattern = r"^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$"))]
    name: String,
    /// The day after which the lab may be removed; goes into the tags.
    #[schemars(extend("format" = "date"))]
    expires: Option<String>,
}

/// Where a lab goes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "TargetTable")]
#[expect(dead_code, reason = "a shape")]
struct TargetShape {
    /// `local` is the embedded endpoint and the default, `aws` any AWS endpoint.
    #[schemars(extend("enum" = TARGET_KINDS))]
    kind: Option<String>,
    /// The region; `us-east-1` when nobody says otherwise.
    region: Option<String>,
    /// A guard of twelve digits: any other account is refused.
    #[schemars(regex(pattern = r"^[0-9]{12}$"))]
    account_id: Option<String>,
    /// A profile of the AWS configuration files.
    profile: Option<String>,
    /// ARN of a role to assume.
    role_arn: Option<String>,
    /// The external id that goes with `role_arn`.
    external_id: Option<String>,
    /// Any endpoint that speaks AWS; makes the target `aws` unless `kind` is given.
    #[schemars(regex(pattern = r"^https?://"))]
    endpoint_url: Option<String>,
    /// A PEM file with further certificate authorities, relative to the manifest.
    ca_bundle: Option<String>,
}

/// The words of [`crate::model::TargetKind`].
pub(super) const TARGET_KINDS: [&str; 2] = ["local", "aws"];
/// The words of [`crate::model::IamMode`].
pub(super) const IAM_MODES: [&str; 2] = ["least-privilege", "as-written"];

/// Which IAM policies are made, and roles brought along instead.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "IamTable")]
#[expect(dead_code, reason = "a shape")]
struct IamShape {
    /// `least-privilege` is the default; `as-written` renders the broad policies of the handout.
    #[schemars(extend("enum" = IAM_MODES))]
    mode: Option<String>,
    /// ARN of the managed policy that bounds every role labctl makes.
    #[schemars(regex(pattern = r"^arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/"))]
    permissions_boundary: Option<String>,
    /// The IAM path of the roles labctl makes, with a slash at both ends.
    #[schemars(regex(pattern = r"^/([!-~]+/)?$"))]
    path: Option<String>,
}

/// A token bucket.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "QuotaTable")]
#[expect(dead_code, reason = "a shape")]
struct QuotaShape {
    /// Calls at once.
    #[schemars(range(min = 1))]
    burst: f64,
    /// Calls a second after that.
    #[schemars(range(min = 0.01))]
    per_second: f64,
}

/// The class as a range or a file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "RosterTable")]
#[expect(dead_code, reason = "a shape")]
struct RosterShape {
    /// `user1..user30`, or with leading zeros `s01..s30`.
    range: Option<String>,
    /// A CSV or YAML file, relative to the manifest; a learning platform's export with the keys below.
    file: Option<String>,
    /// The title of the column that holds logins, where the file is an export: the part before `@` in lower case, other characters to `-`.
    name: Option<String>,
    /// The title of the column that holds the students' own names; `Example, Ana` is read as `Ana Example`.
    label: Option<String>,
    /// The title of the column that holds e-mail addresses.
    email: Option<String>,
    /// The title of the column that holds the school's numbers.
    student_id: Option<String>,
    /// The title of the column that holds sections or teams.
    group: Option<String>,
    /// Rows whose first cell begins so are none of a student's.
    skip: Option<Vec<String>>,
    /// What becomes of columns that are no field of a user: `refuse`, the default, or `keep`, for gradebooks.
    #[schemars(extend("enum" = ["refuse", "keep"]))]
    other_columns: Option<String>,
}

/// One student. Any field of `target`, `iam` or `settings` may be set here too, alone or in a table of that name.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "UserTable")]
#[expect(dead_code, reason = "a shape")]
struct UserShape {
    /// The prefix of everything the student has: 1 to 20 of `a-z 0-9 -`, starting with a letter, ending with no dash.
    name: String,
    /// How the student is called.
    label: Option<String>,
    /// An e-mail address.
    email: Option<String>,
    /// The school's number for the student.
    student_id: Option<String>,
    /// A section or team, for `--group`.
    group: Option<String>,
}

/// The sections whose fields a user may override.
pub(super) const SECTIONS: [&str; 3] = ["target", "iam", "settings"];

/// The schema of manifests that use a pack; without one, settings and brought roles are free.
pub(super) fn for_pack(pack: Option<&Pack>) -> Value {
    let mut schema = of::<ManifestShape>();
    let settings = match pack {
        Some(pack) => settings_table(&pack.settings),
        None => json!({ "type": "object" }),
    };
    insert(&mut schema, "/$defs", "SettingsTable", settings);
    let place = json!({ "description": "The pack's settings.", "$ref": "#/$defs/SettingsTable" });
    insert(&mut schema, "/properties", "settings", place);
    match pack {
        Some(pack) => {
            for role in &pack.roles {
                let description = format!(
                    "Name or ARN of a role that stands for `{}`; labctl then makes none for the user.",
                    role.name
                );
                let brought = json!({ "type": "string", "description": description });
                insert(&mut schema, "/$defs/IamTable/properties", &role.brought_by, brought);
            }
        }
        None => insert(&mut schema, "/$defs/IamTable", "additionalProperties", json!({ "type": "string" })),
    }
    user_fields(&mut schema);
    // What it is comes first for whoever opens the published file.
    let mut titled = Map::new();
    titled.insert("$schema".to_owned(), schema.get("$schema").cloned().unwrap_or_default());
    titled.insert("title".to_owned(), json!("labctl manifest"));
    titled.extend(schema.as_object().cloned().unwrap_or_default().into_iter().filter(|(key, _)| key != "title"));
    Value::Object(titled)
}

/// The schema of a type, its optional fields absent rather than null.
pub(super) fn of<T: JsonSchema>() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.root_schema_for::<T>().to_value();
    drop_nulls(&mut schema);
    schema
}

/// Gives a user every field of the sections, alone and in its table.
fn user_fields(schema: &mut Value) {
    // The first section that has a field owns its bare name, so later ones must not replace it.
    for section in SECTIONS.iter().rev() {
        let definition = definition_of(section);
        let fields = schema.pointer(&format!("/$defs/{definition}/properties")).cloned().unwrap_or_default();
        for (name, field) in fields.as_object().into_iter().flatten() {
            insert(schema, "/$defs/UserTable/properties", name, field.clone());
        }
    }
    // A name alone is a user too.
    let user = json!({ "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/UserTable" }] });
    insert(schema, "/properties/users", "items", user);
    for section in SECTIONS {
        let table = json!({ "$ref": format!("#/$defs/{}", definition_of(section)) });
        insert(schema, "/$defs/UserTable/properties", section, table);
    }
}

/// The name under `$defs` of a section's table.
pub(super) fn definition_of(section: &str) -> &'static str {
    match section {
        "target" => "TargetTable",
        "iam" => "IamTable",
        _ => "SettingsTable",
    }
}

fn insert(schema: &mut Value, pointer: &str, key: &str, value: Value) {
    if let Some(Value::Object(map)) = schema.pointer_mut(pointer) {
        map.insert(key.to_owned(), value);
    }
}

/// TOML has no null, and a key left empty is a slip: optional means absent.
fn drop_nulls(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(mut variants)) = map.remove("anyOf") {
                variants.retain(|variant| variant.get("type").is_none_or(|kind| kind != "null"));
                match variants.as_slice() {
                    [Value::Object(only)] => map.extend(only.clone()),
                    _ => {
                        map.insert("anyOf".to_owned(), Value::Array(variants));
                    }
                }
            }
            if map.get("default").is_some_and(Value::is_null) {
                map.remove("default");
            }
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn settings_table(settings: &BTreeMap<String, Setting>) -> Value {
    let properties: Map<String, Value> =
        settings.iter().map(|(name, setting)| (name.clone(), of_setting(setting))).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// The schema of one setting's value.
pub(super) fn of_setting(setting: &Setting) -> Value {
    let kind = match setting.setting_type {
        SettingType::String => "string",
        SettingType::Integer => "integer",
        SettingType::Number => "number",
        SettingType::Boolean => "boolean",
    };
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!(kind));
    schema.insert("description".to_owned(), json!(setting.description));
    schema.insert("default".to_owned(), setting.default.clone());
    if !setting.choices.is_empty() {
        let choices = Value::Array(setting.choices.clone());
        match setting.format {
            // Editors offer the choices and take others; what is wrong with those is told where the value is read.
            Some(SettingFormat::LambdaRuntime) => {
                schema.insert("anyOf".to_owned(), json!([{ "enum": choices }, { "type": "string" }]));
            }
            None => {
                schema.insert("enum".to_owned(), choices);
            }
        }
    }
    if !setting.deprecated.is_empty() {
        schema.insert(DEPRECATED.to_owned(), setting.deprecated.keys().map(|value| json!(value)).collect());
    }
    for (key, limit) in [("minimum", setting.minimum), ("maximum", setting.maximum)] {
        if let Some(limit) = limit {
            schema.insert(key.to_owned(), json!(limit));
        }
    }
    Value::Object(schema)
}
