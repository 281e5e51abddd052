//! Queues.

use serde_json::{Value, json};

use super::queue;
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;

/// Queues that are asked for, and on the page, at the most.
const ALL: usize = 100_000;
const MOST: usize = 1_000;

/// The list.
pub(super) async fn show(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let wanted = request.query("find").unwrap_or_default();
    let more = ("NextToken", "NextToken");
    let found = ask.all("sqs", "ListQueues", json!({"MaxResults": 1000}), "QueueUrls", more, ALL).await?;
    let seen: Vec<(&str, &Value)> = found
        .iter()
        .filter_map(|url| Some((url.as_str()?.rsplit('/').next()?, url)))
        .filter(|(name, _)| ask.sees(name) && name.contains(wanted))
        .collect();
    let left_out = seen.len().checked_sub(MOST).filter(|more| *more > 0);
    let mut rows = Vec::new();
    for (name, url) in seen.into_iter().take(MOST) {
        // One that was deleted meanwhile is left out.
        let Ok(attributes) = queue::attributes(ask, url).await else { continue };
        rows.push(json!({
            "name": name, "path": ask.path(&["queues", name]), "kind": queue::kind(name),
            "counts": queue::counts(&attributes),
        }));
    }
    let view = json!({"rows": rows, "left_out": left_out, "find": wanted, "here": request.path});
    Ok(Outcome::Page(Page { template: "queues", title: "Queues".to_owned(), trail: Vec::new(), is_live: true, view }))
}
