//! What of a `pack.toml` can be read although some of it is wrong, so that further mistakes are found in the same run.
//!
//! A key that is unknown is left out; a value that cannot be read is replaced by one that says nothing, and its table or entry
//! is marked as unread. Nobody deploys what was read so.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::shape::{Head, PackFile};
use crate::model::{Bulk, Setting};
use crate::source::Node;

/// Reads what can be read, and marks the rest in `unread` by its JSON pointer.
pub(super) fn read(root: &Node, unread: &mut BTreeSet<String>) -> PackFile {
    let file = root.to_value();
    let head = file.get("pack").cloned().unwrap_or_default();
    let mut salvage = Salvage { file: &file, unread };
    PackFile {
        pack: salvage.one(&head, &json!({ "name": "pack", "title": "" }), "/pack", &["title"]).unwrap_or_else(unnamed),
        settings: salvage.settings(),
        roles: salvage.list("roles", &json!({ "id": "", "name": "", "trust": "", "brought_by": "" }), &["description"]),
        log_groups: salvage.list("log_groups", &json!({ "name": "" }), &[]),
        functions: salvage.list(
            "functions",
            &json!({ "name": "", "source": "", "handler": "", "runtime": "", "role": "", "timeout_seconds": "3",
                "memory_mib": "128" }),
            &["description"],
        ),
        queues: salvage.list("queues", &json!({ "name": "" }), &[]),
        resources: salvage.list("resources", &json!({ "name": "", "type": "", "properties": "" }), &[]),
        machines: salvage.list(
            "machines",
            &json!({ "name": "", "type": "STANDARD", "definition": "", "role": "" }),
            &[],
        ),
        dashboards: salvage.list("dashboards", &json!({ "name": "", "body": "" }), &[]),
        inputs: salvage.list("inputs", &json!({ "name": "", "machine": "", "file": "" }), &[]),
        bulk: salvage.bulk(),
        stages: salvage.list("stages", &json!({ "id": "", "title": "" }), &["title"]),
    }
}

fn unnamed() -> Head {
    Head { name: "pack".to_owned(), title: String::new() }
}

struct Salvage<'run> {
    file: &'run Value,
    unread: &'run mut BTreeSet<String>,
}

impl Salvage<'_> {
    fn list<T: DeserializeOwned>(&mut self, name: &str, neutral: &Value, incidental: &[&str]) -> Vec<T> {
        let items = match self.file.get(name) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.unread.insert(format!("/{name}"));
                return Vec::new();
            }
        };
        let read = items.iter().enumerate();
        read.filter_map(|(index, item)| self.one(item, neutral, &format!("/{name}/{index}"), incidental)).collect()
    }

    fn settings(&mut self) -> std::collections::BTreeMap<String, Setting> {
        let Some(table) = self.file.get("settings") else { return std::collections::BTreeMap::new() };
        let Some(table) = table.as_object() else {
            self.unread.insert("/settings".to_owned());
            return std::collections::BTreeMap::new();
        };
        let neutral = json!({ "type": "string", "default": "", "description": "" });
        let incidental = ["description", "choices", "minimum", "maximum", "deprecated"];
        let read = table.iter().filter_map(|(name, value)| {
            let pointer = format!("/settings/{name}");
            Some((name.clone(), self.one::<Setting>(value, &neutral, &pointer, &incidental)?))
        });
        read.collect()
    }

    fn bulk(&mut self) -> Option<Bulk> {
        let table = self.file.get("bulk")?;
        let read = serde_json::from_value(table.clone()).ok();
        if read.is_none() {
            self.unread.insert("/bulk".to_owned());
        }
        read
    }

    /// One table, its values put one by one over those of a table that says nothing. `incidental` keys change nothing else.
    fn one<T: DeserializeOwned>(
        &mut self,
        table: &Value,
        neutral: &Value,
        pointer: &str,
        incidental: &[&str],
    ) -> Option<T> {
        if let Ok(whole) = serde_json::from_value(table.clone()) {
            return Some(whole);
        }
        let empty = Map::new();
        let own = table.as_object().unwrap_or(&empty);
        let mut made = neutral.as_object().cloned().unwrap_or_default();
        let mut lost = made.keys().any(|key| !own.contains_key(key) && !incidental.contains(&key.as_str()));
        for (key, value) in own {
            let before = made.insert(key.clone(), value.clone());
            let Err(error) = serde_json::from_value::<T>(Value::Object(made.clone())) else { continue };
            lost |= !error.to_string().starts_with("unknown field") && !incidental.contains(&key.as_str());
            match before {
                Some(before) => made.insert(key.clone(), before),
                None => made.shift_remove(key),
            };
        }
        if lost {
            self.unread.insert(pointer.to_owned());
        }
        serde_json::from_value(Value::Object(made)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::document::{Codes, Document};
    use crate::source::{Format, SourceText};

    fn salvaged(text: &str) -> (PackFile, Vec<String>) {
        let source = SourceText::new("pack.toml", text);
        let document = Document::parse(&source, Format::Toml, &Codes::PACK).unwrap();
        let mut unread = BTreeSet::new();
        let file = read(&document.root, &mut unread);
        (file, unread.into_iter().collect())
    }

    #[test]
    fn what_is_right_is_read_beside_what_is_wrong() {
        let (file, unread) = salvaged(
            "[pack]\nname = \"a\"\ntitle = \"A\"\ncolour = 1\n[settings.n]\ntype = \"integer\"\ndefault = 3\n\
             [[log_groups]]\nname = \"/a/{{user}}\"\nretention = \"7\"\n[[log_groups]]\nretention_days = 7\n\
             [[queues]]\nname = \"q\"\nwhen = 3\n[[stages]]\nid = \"c\"\ntitle = 5\n[bulk]\nmachine = 1\n",
        );
        assert_eq!((file.pack.name.as_str(), file.settings["n"].default.as_i64()), ("a", Some(3)));
        assert_eq!(file.log_groups.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["/a/{{user}}", ""]);
        assert_eq!((file.queues[0].name.as_str(), file.stages[0].id.as_str()), ("q", "c"));
        // An unknown key, or a missing title, changes nothing else.
        assert_eq!(unread, ["/bulk", "/log_groups/1", "/queues/0"]);
    }

    #[test]
    fn a_list_that_is_none_is_unread_as_a_whole() {
        let (file, unread) = salvaged("functions = \"all\"\nsettings = 3\n");
        assert_eq!((file.functions.len(), file.settings.len()), (0, 0));
        assert_eq!(unread, ["/functions", "/pack", "/settings"]);
    }
}
