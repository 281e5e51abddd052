//! `[settings]`, held against what the pack declares, and a user's fields over it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::{Content, Node};
use super::reporter::Reporter;
use crate::model::{Diagnostic, Pack, Setting};

/// The settings that somebody gave.
pub(super) type SettingsLayer = BTreeMap<String, Value>;

/// Reads a table that has been held against the schema. A deprecated value is a warning.
pub(super) fn read(table: &Node, pack: Option<&Pack>, reporter: &mut Reporter<'_>) -> SettingsLayer {
    let mut layer = SettingsLayer::new();
    for entry in table.entries() {
        let Some(setting) = pack.and_then(|pack| pack.settings.get(&entry.key)) else {
            continue;
        };
        let value = entry.node.to_json();
        if let Some(reason) = deprecated(setting, &value) {
            let shown = plain(&value);
            let finding =
                Diagnostic::warning("manifest::deprecated-value", format!("`{}` `{shown}` is deprecated", entry.key));
            reporter.tell(finding.label("still accepted").help(reason), entry.node.span);
        }
        layer.insert(entry.key.clone(), value);
    }
    layer
}

/// Every setting of the pack: defaults, `[settings]` over them, the user's on top.
pub(super) fn effective(pack: &Pack, layers: [&SettingsLayer; 2]) -> BTreeMap<String, Value> {
    let mut settings: BTreeMap<String, Value> =
        pack.settings.iter().map(|(name, setting)| (name.clone(), setting.default.clone())).collect();
    for layer in layers {
        settings.extend(layer.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    settings
}

fn deprecated(setting: &Setting, value: &Value) -> Option<String> {
    setting.deprecated.get(&plain(value)).cloned()
}

/// A value as it is written without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A cell of a CSV file as the value its column asks for; what does not fit stays text, and is told when it is checked.
pub(super) fn of_cell(text: &str, schema: &Value) -> Content {
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("string");
    let parsed = match kind {
        "integer" => text.parse().ok().map(Content::Integer),
        "number" => text
            .parse()
            .ok()
            .map(Content::Integer)
            .or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite()).map(Content::Float)),
        "boolean" => match text.to_lowercase().as_str() {
            // Spreadsheets write truth in capitals.
            "true" => Some(Content::Boolean(true)),
            "false" => Some(Content::Boolean(false)),
            _ => None,
        },
        _ => None,
    };
    parsed.unwrap_or_else(|| Content::Text(text.to_owned()))
}
