//! The short forms of `pack.toml`, written out: what `[defaults]` says for every entry, the log groups that follow from what writes
//! to them, and numbers without quotes. What comes of it keeps the places of what was written.

use crate::source::{Content, Member, Node};

/// Lists whose entries have defaults.
pub(super) const WITH_DEFAULTS: [&str; 2] = ["functions", "machines"];

/// What stands before the name of a log group that follows, by the list of what writes to it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>,
/// <https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html>
const FAMILIES: [(&str, &str); 2] = [("functions", "/aws/lambda/"), ("machines", "/aws/vendedlogs/states/")];

/// `pack.toml` with every short form written out. Nothing is refused here: what has another shape than it should stays as it is.
pub(super) fn written_out(root: &Node) -> Node {
    let mut whole = root.clone();
    let defaults = root.get("defaults");
    for list in WITH_DEFAULTS {
        let own = defaults.and_then(|defaults| defaults.get(list)).and_then(Node::members).unwrap_or_default();
        for entry in entries(&mut whole, list) {
            for member in own {
                merge(entry, member);
            }
        }
    }
    if let Content::Object(members) = &mut whole.content {
        members.retain(|member| member.key != "defaults");
    }
    for (list, family) in FAMILIES {
        log_groups(&mut whole, list, family);
    }
    numbers(&mut whole);
    whole
}

/// The entries of a list that are tables.
fn entries<'a>(root: &'a mut Node, list: &str) -> impl Iterator<Item = &'a mut Node> {
    let items = match value(root, list) {
        Some(Node { content: Content::Array(items), .. }) => items.as_mut_slice(),
        _ => &mut [],
    };
    items.iter_mut().filter(|item| matches!(item.content, Content::Object(_)))
}

fn value<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.content {
        Content::Object(members) => members.iter_mut().find(|member| member.key == key).map(|member| &mut member.value),
        _ => None,
    }
}

/// Puts a default into a table: its own value wins, and tables are put together key by key.
fn merge(table: &mut Node, default: &Member) {
    if let Some(own) = value(table, &default.key) {
        if matches!(own.content, Content::Object(_)) {
            default.value.members().unwrap_or_default().iter().for_each(|member| merge(own, member));
        }
    } else if let Content::Object(members) = &mut table.content {
        members.push(default.clone());
    }
}

/// Names the log group of each entry that logs, and adds it where nobody has written it out.
fn log_groups(root: &mut Node, list: &str, family: &str) {
    let written = |root: &Node, name: &str| {
        let groups = root.get("log_groups").and_then(Node::elements).unwrap_or_default();
        groups.iter().any(|group| group.get("name").and_then(Node::text) == Some(name))
    };
    let mut groups = Vec::new();
    for entry in entries(root, list) {
        let Some(name) = entry.get("name").filter(|name| matches!(name.content, Content::String(_))).cloned() else {
            continue;
        };
        let full_name = format!("{family}{{{{user}}}}-{}", name.text().unwrap_or_default());
        let group = Node::new(name.at, Content::String(full_name));
        if let Some(Node { content: Content::Object(logging), .. }) = value(entry, "logging")
            && !logging.iter().any(|member| member.key == "log_group")
        {
            logging.push(Member { key: "log_group".to_owned(), key_at: name.at, value: group.clone() });
        }
        let Some(logs) = entry.get("logs").filter(|logs| matches!(logs.content, Content::Object(_))) else { continue };
        let mut members = vec![Member { key: "name".to_owned(), key_at: name.at, value: group }];
        members.extend(logs.members().unwrap_or_default().iter().filter(|it| it.key == "retention_days").cloned());
        let kept = |member: &&Member| ["stage", "when"].contains(&member.key.as_str());
        members.extend(entry.members().unwrap_or_default().iter().filter(kept).cloned());
        groups.push(Node::new(logs.at, Content::Object(members)));
    }
    for group in groups {
        let is_new = group.get("name").and_then(Node::text).is_some_and(|name| !written(root, name));
        if is_new {
            add(root, "log_groups", group);
        }
    }
}

/// Adds an entry to a list, which is made where there is none.
fn add(root: &mut Node, list: &str, entry: Node) {
    match value(root, list) {
        Some(Node { content: Content::Array(items), .. }) => items.push(entry),
        Some(_) => {}
        None => {
            let at = entry.at;
            if let Content::Object(members) = &mut root.content {
                let value = Node::new(at, Content::Array(vec![entry]));
                members.push(Member { key: list.to_owned(), key_at: at, value });
            }
        }
    }
}

/// Fields that are filled in as text and may be written as numbers, by their lists.
const NUMBERS: [(&str, &[&str]); 2] =
    [("functions", &["timeout_seconds", "memory_mib"]), ("log_groups", &["retention_days"])];

fn numbers(root: &mut Node) {
    for (list, fields) in NUMBERS {
        for entry in entries(root, list) {
            for field in fields {
                as_text(value(entry, field));
            }
        }
    }
    for list in WITH_DEFAULTS {
        for entry in entries(root, list) {
            as_text(value(entry, "logs").and_then(|logs| value(logs, "retention_days")));
        }
    }
    for entry in entries(root, "queues") {
        if let Some(Node { content: Content::Object(attributes), .. }) = value(entry, "attributes") {
            for attribute in attributes {
                as_text(Some(&mut attribute.value));
            }
        }
    }
}

fn as_text(node: Option<&mut Node>) {
    let Some(node) = node else { return };
    let text = match &node.content {
        Content::Number(number) => number.to_string(),
        Content::Bool(flag) => flag.to_string(),
        _ => return,
    };
    node.content = Content::String(text);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::source::{Format, read};

    fn written(text: &str) -> Value {
        written_out(&read(text, Format::Toml).unwrap()).to_value()
    }

    #[test]
    fn an_entry_outweighs_the_defaults_key_by_key() {
        let whole = written(
            "[defaults.functions]\nmemory_mib = 256\nrole = \"all\"\nenvironment = { A = \"1\", B = \"2\" }\n\
             [defaults.machines.logging]\nlevel = \"ALL\"\ninclude_execution_data = true\n\
             [[functions]]\nname = \"a\"\nrole = \"own\"\nenvironment = { B = \"3\" }\n[[functions]]\nname = \"b\"\n\
             [[machines]]\nname = \"m\"\nlogging = { level = \"ERROR\" }\n",
        );
        assert_eq!(
            whole["functions"],
            json!([
                { "name": "a", "role": "own", "environment": { "B": "3", "A": "1" }, "memory_mib": "256" },
                { "name": "b", "memory_mib": "256", "role": "all", "environment": { "A": "1", "B": "2" } },
            ])
        );
        let logging = json!({ "level": "ERROR", "include_execution_data": true,
            "log_group": "/aws/vendedlogs/states/{{user}}-m" });
        assert_eq!((&whole["machines"][0]["logging"], whole.get("defaults")), (&logging, None));
    }

    #[test]
    fn log_groups_follow_from_what_writes_to_them_unless_they_are_written_out() {
        let whole = written(
            "[defaults.functions]\nlogs = { retention_days = 7 }\n\
             [[log_groups]]\nname = \"/aws/lambda/{{user}}-own\"\nretention_days = 1\n\
             [[functions]]\nname = \"own\"\n[[functions]]\nname = \"f\"\nstage = \"s\"\nlogs = { retention_days = 14 }\n\
             [[machines]]\nname = \"m\"\nwhen = \"w\"\nlogs = {}\n[[machines]]\nname = \"quiet\"\n",
        );
        assert_eq!(
            whole["log_groups"],
            json!([
                { "name": "/aws/lambda/{{user}}-own", "retention_days": "1" },
                { "name": "/aws/lambda/{{user}}-f", "retention_days": "14", "stage": "s" },
                { "name": "/aws/vendedlogs/states/{{user}}-m", "when": "w" },
            ])
        );
        assert_eq!(written("log_groups = 3\n[[functions]]\nname = \"f\"\nlogs = {}\n")["log_groups"], 3);
    }

    #[test]
    fn what_has_another_shape_stays_as_it_is() {
        for text in [
            "functions = 3\ndefaults = 4\n",
            "[defaults]\nfunctions = [1]\n[[functions]]\nname = 3\nlogs = 4\n",
            "functions = [1, 2]\n[defaults.functions]\nrole = \"all\"\n",
            "[[machines]]\nname = \"m\"\nlogging = 3\nlogs = [1]\n[[queues]]\nattributes = 3\n",
        ] {
            let mut plain = read(text, Format::Toml).unwrap().to_value();
            plain.as_object_mut().unwrap().shift_remove("defaults");
            assert_eq!(written(text), plain, "{text}");
        }
    }

    #[test]
    fn values_of_queues_may_be_numbers_and_true_or_false() {
        let whole = written("[[queues]]\nname = \"q\"\nattributes = { VisibilityTimeout = 30, FifoQueue = true }\n");
        assert_eq!(whole["queues"][0]["attributes"], json!({ "VisibilityTimeout": "30", "FifoQueue": "true" }));
    }
}
