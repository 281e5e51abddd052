//! Log groups.

use serde_json::{Value, json};

use super::words::{LOG_PAGES, when};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// Groups that are asked for, and on the page, at the most.
const ALL: usize = 100_000;
const MOST: usize = 1_000;

/// The list.
pub(super) async fn show(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let wanted = request.query("find").unwrap_or_default();
    let found = ask.all("logs", "DescribeLogGroups", json!({}), "logGroups", LOG_PAGES, ALL).await?;
    let seen: Vec<&Value> = found
        .iter()
        .filter(|group| {
            group.member("logGroupName").as_str().is_some_and(|name| ask.sees_group(name) && name.contains(wanted))
        })
        .collect();
    let left_out = seen.len().checked_sub(MOST).filter(|more| *more > 0);
    let rows: Vec<Value> = seen
        .into_iter()
        .take(MOST)
        .map(|group| {
            let name = group.member("logGroupName").as_str().unwrap_or_default();
            json!({
                "name": name, "path": ask.path(&["log-groups", name]), "retention": retention(group),
                "created": group.member("creationTime").as_i64().map(when),
            })
        })
        .collect();
    let view = json!({"rows": rows, "left_out": left_out, "find": wanted, "here": request.path});
    let title = "Log groups".to_owned();
    Ok(Outcome::Page(Page { template: "log-groups", title, trail: Vec::new(), is_live: true, view }))
}

/// How long a group keeps its events.
pub(super) fn retention(group: &Value) -> String {
    match group.member("retentionInDays").as_u64() {
        None => "Never expire".to_owned(),
        Some(1) => "1 day".to_owned(),
        Some(days) => format!("{days} days"),
    }
}
