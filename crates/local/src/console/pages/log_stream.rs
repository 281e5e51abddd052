//! One log stream: its latest events, and the way back.

use serde_json::{Value, json};

use super::log_group;
use super::words::{refused, when};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::{Request, with_query};
use crate::member::Member as _;

/// Events on a page.
const EVENTS: i64 = 500;

/// The page.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, group: &str, stream: &str) -> Result<Outcome, Refusal> {
    log_group::find(ask, group).await?;
    let from = request.query("from");
    let mut input = json!({"logGroupName": group, "logStreamName": stream, "limit": EVENTS});
    if let (Some(from), Some(input)) = (from, input.as_object_mut()) {
        input.insert("nextToken".to_owned(), from.into());
    }
    let (said, answer) = match ask.call("logs", "GetLogEvents", input).await {
        Ok(answer) => (None, answer),
        Err(fault) if fault.code == "ResourceNotFoundException" => return Err(Refusal::NotFound),
        Err(fault) => (Some(refused(&fault)), Value::Null),
    };
    let row = |event: &Value| json!({"at": event.member("timestamp").as_i64().map(when), "message": log_group::message(event)});
    let events: Vec<Value> = answer.member("events").as_array().into_iter().flatten().map(row).collect();
    let beyond = async |token: &str| {
        let token = answer.member(token).as_str().filter(|_| !events.is_empty())?;
        let input = json!({"logGroupName": group, "logStreamName": stream, "limit": 1, "nextToken": token});
        // A token always comes; whether it leads to an event shows when it is used.
        let next = ask.call("logs", "GetLogEvents", input).await.ok()?;
        next.pointer("/events/0")?;
        Some(format!("{}#events", with_query(&request.path, &[("from", token)])))
    };
    let older = beyond("nextBackwardToken").await;
    let newer = if from.is_some() { beyond("nextForwardToken").await } else { None };
    let view = json!({
        "stream": stream, "group": group, "group_path": ask.path(&["log-groups", group]), "said": said,
        "older": older, "newer": newer,
        "latest": from.map(|_| format!("{}#events", request.path)), "events": events,
    });
    let mut trail = log_group::trail(ask, group);
    trail.push((stream.to_owned(), request.path.clone()));
    let is_live = from.is_none();
    Ok(Outcome::Page(Page { template: "log-stream", title: stream.to_owned(), trail, is_live, view }))
}
