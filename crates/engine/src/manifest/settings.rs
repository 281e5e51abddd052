//! `[settings]`, held against what the pack declares, and a user's fields over it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reporter::Reporter;
use crate::model::runtime::{Ended, RUNTIMES, is_bare, language};
use crate::model::{Pack, Setting, SettingFormat};
use crate::source::{self, Content, Diagnostic, Node};

/// The settings that somebody gave.
pub(super) type SettingsLayer = BTreeMap<String, Value>;

/// Reads a table that has been held against the schema. A deprecated value is a warning.
pub(super) fn read(table: &Node, pack: Option<&Pack>, reporter: &mut Reporter<'_>) -> SettingsLayer {
    let mut layer = SettingsLayer::new();
    for entry in table.members().unwrap_or_default() {
        let Some(setting) = pack.and_then(|pack| pack.settings.get(&entry.key)) else {
            continue;
        };
        let value = entry.value.to_value();
        let shown = plain(&value);
        if let Some(reason) = setting.deprecation(&shown) {
            let finding =
                Diagnostic::warning("manifest::deprecated-value", format!("`{}` `{shown}` is deprecated", entry.key));
            reporter.tell(finding.label("still accepted").help(reason), entry.value.at);
        } else if let (Some(SettingFormat::LambdaRuntime), Some(text)) = (setting.format, value.as_str()) {
            match untried(setting, text) {
                Some(Untried::Newer(help)) => {
                    let message = format!("`{}` `{text}` is none of the runtimes this pack was tried with", entry.key);
                    let finding = Diagnostic::warning("manifest::untried-value", message);
                    reporter.tell(finding.label("accepted as it is").help(help), entry.value.at);
                }
                Some(Untried::Wrong(help)) => {
                    reporter.refuse(entry.value.at, format!("`settings.{}` cannot be `{text}`", entry.key), help);
                }
                None => {}
            }
        }
        // What is refused here would be refused once more where it is filled in.
        if !reporter.has_error_at(entry.value.at) {
            layer.insert(entry.key.clone(), value);
        }
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

/// A runtime that is none of the pack's.
enum Untried {
    /// It may do.
    Newer(String),
    /// It cannot.
    Wrong(String),
}

/// Judges a runtime by the pack's choices. Lambda's list grows, and nobody waits for a pack: another version of the same language may do,
/// as may an operating system alone, where the package brings what runs.
fn untried(setting: &Setting, runtime: &str) -> Option<Untried> {
    let choices: Vec<&str> = setting.choices.iter().filter_map(Value::as_str).collect();
    if choices.is_empty() || choices.contains(&runtime) {
        return None;
    }
    let offered: Vec<&str> = choices.iter().copied().filter(|choice| Ended::of(choice).is_none()).collect();
    let list = offered.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
    let is_one_of_its = choices.iter().any(|choice| language(choice) == language(runtime));
    Some(match language(runtime) {
        Some(_) if is_bare(runtime) => Untried::Newer(format!(
            "an operating system alone runs what the package brings as `bootstrap`; the pack's own are {list}"
        )),
        Some(_) if is_one_of_its && RUNTIMES.contains(&runtime) => {
            Untried::Newer(format!("Lambda has it, and the pack was tried with {list}"))
        }
        Some(_) if is_one_of_its => {
            Untried::Newer(format!("if Lambda has it by now, all is well; the pack was tried with {list}"))
        }
        Some(language) => Untried::Wrong(format!("the pack's code is not written for {language}; allowed: {list}")),
        None => Untried::Wrong(source::help(runtime, offered.iter().copied())),
    })
}

/// A value as it is written without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A cell of a CSV file as the value its column asks for; what does not fit stays text, and is told when it is checked.
pub(super) fn of_cell(text: &str, schema: &Value) -> Content {
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("string");
    let parsed = match kind {
        "integer" => text.parse().ok().map(|whole: i64| Content::Number(whole.into())),
        "number" => text
            .parse()
            .ok()
            .map(|whole: i64| Content::Number(whole.into()))
            .or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite()).map(Content::number)),
        "boolean" => match text.to_lowercase().as_str() {
            // Spreadsheets write truth in capitals.
            "true" => Some(Content::Bool(true)),
            "false" => Some(Content::Bool(false)),
            _ => None,
        },
        _ => None,
    };
    parsed.unwrap_or_else(|| Content::String(text.to_owned()))
}
