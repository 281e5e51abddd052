//! State machines.

use serde_json::{Value, json};

use super::words::{ms, when};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// Machines on the page at the most.
const MOST: usize = 10_000;

/// The list.
pub(super) async fn show(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let wanted = request.query("find").unwrap_or_default();
    let more = ("nextToken", "nextToken");
    let input = json!({"maxResults": 1000});
    let found = ask.all("states", "ListStateMachines", input, "stateMachines", more, MOST).await?;
    let rows: Vec<Value> = found
        .iter()
        .filter_map(|machine| {
            let name = machine.member("name").as_str().filter(|name| ask.sees(name) && name.contains(wanted))?;
            let kind = kind(machine.member("type").as_str());
            let created = ms(machine.member("creationDate")).map(when);
            Some(json!({"name": name, "path": ask.path(&["machines", name]), "kind": kind, "created": created}))
        })
        .collect();
    let view = json!({
        "rows": rows, "find": wanted, "here": request.path, "create": ask.path(&["create-machine"]),
    });
    Ok(Outcome::Page(Page {
        template: "machines",
        title: "State machines".to_owned(),
        trail: Vec::new(),
        is_live: true,
        view,
    }))
}

/// A machine's type as the pages write it.
pub(super) fn kind(kind: Option<&str>) -> &'static str {
    if kind == Some("EXPRESS") { "Express" } else { "Standard" }
}
