//! One log group: its streams, and its latest events with a filter.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SearchDataFilterPattern.html>

use serde_json::{Value, json};

use super::log_groups::retention;
use super::words::{LOG_PAGES, refused, when};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::{Request, with_query};
use crate::member::Member as _;

/// Events and streams on a page.
const EVENTS: i64 = 500;
const STREAMS: i64 = 50;
/// Time ranges by their minutes.
const RANGES: [(&str, &str); 7] = [
    ("", "All time"),
    ("1", "1 minute"),
    ("5", "5 minutes"),
    ("30", "30 minutes"),
    ("60", "1 hour"),
    ("180", "3 hours"),
    ("1440", "1 day"),
];

/// The page.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    let group = find(ask, name).await?;
    let (said, events, older) = match events(ask, request, name).await {
        Ok((events, older)) => (None, events, older),
        Err(refused) => (Some(refused), Vec::new(), None),
    };
    let since = request.query("since").unwrap_or_default();
    let before = request.query("before");
    let pattern = request.query("pattern").unwrap_or_default();
    let at = |before: &str| with_query(&request.path, &[("pattern", pattern), ("since", since), ("before", before)]);
    let view = json!({
        "name": name, "arn": group.member("logGroupArn"), "retention": retention(&group),
        "created": group.member("creationTime").as_i64().map(when), "writer": writer(ask, name).await,
        "streams": streams(ask, request, name).await?,
        "here": request.path, "pattern": pattern, "said": said, "events": events,
        "ranges": RANGES.map(|(value, word)| json!({"value": value, "word": word, "is_current": value == since})),
        "older": older.map(|older| format!("{}#events", at(&older))),
        "latest": before.map(|_| format!("{}#events", at(""))),
    });
    let trail = trail(ask, name);
    Ok(Outcome::Page(Page { template: "log-group", title: name.to_owned(), trail, is_live: before.is_none(), view }))
}

/// A group as DescribeLogGroups tells it.
///
/// # Errors
/// When it is not there, or not for this browser.
pub(super) async fn find(ask: &Ask<'_>, name: &str) -> Result<Value, Refusal> {
    if !ask.sees_group(name) {
        return Err(Refusal::NotFound);
    }
    // What has the whole name as its prefix: the group itself comes first.
    let found = ask.call("logs", "DescribeLogGroups", json!({"logGroupNamePrefix": name, "limit": 1})).await;
    let found = found.map_err(|_| Refusal::NotFound)?;
    let group = found.member("logGroups").get(0).filter(|group| group.member("logGroupName") == name);
    group.cloned().ok_or(Refusal::NotFound)
}

/// The words and paths that lead to a group.
pub(super) fn trail(ask: &Ask<'_>, name: &str) -> Vec<(String, String)> {
    vec![("Log groups".to_owned(), ask.path(&["log-groups"])), (name.to_owned(), ask.path(&["log-groups", name]))]
}

/// The function or the machine that writes into a group, by the group's name.
async fn writer(ask: &Ask<'_>, group: &str) -> Value {
    let name = group.rsplit('/').next().unwrap_or_default();
    let (service, operation, member, room, word) = if group.starts_with("/aws/lambda/") {
        ("lambda", "GetFunctionConfiguration", "FunctionName", "functions", "Function")
    } else {
        ("states", "DescribeStateMachine", "stateMachineArn", "machines", "State machine")
    };
    let id = if room == "machines" { ask.arn("states", &format!("stateMachine:{name}")) } else { name.to_owned() };
    let mut input = json!({});
    if let Some(members) = input.as_object_mut() {
        members.insert(member.to_owned(), id.into());
    }
    let is_there = ask.sees(name) && ask.call(service, operation, input).await.is_ok();
    if is_there { json!({"word": word, "name": name, "path": ask.path(&[room, name])}) } else { Value::Null }
}

/// Streams, the one that was written to last first.
async fn streams(ask: &Ask<'_>, request: &Request, group: &str) -> Result<Value, Refusal> {
    let mut input = json!({"logGroupName": group, "orderBy": "LastEventTime", "descending": true, "limit": STREAMS});
    if let (Some(page), Some(input)) = (request.query("streams"), input.as_object_mut()) {
        input.insert(LOG_PAGES.1.to_owned(), page.into());
    }
    let found = ask.call("logs", "DescribeLogStreams", input).await?;
    let row = |stream: &Value| {
        let name = stream.member("logStreamName").as_str().unwrap_or_default();
        let last = stream.member("lastEventTimestamp").as_i64().map(when);
        json!({"name": name, "path": ask.path(&["log-groups", group, name]), "last": last})
    };
    let rows: Vec<Value> = found.member("logStreams").as_array().into_iter().flatten().map(row).collect();
    let next = found.member(LOG_PAGES.0).as_str();
    let next = next.map(|next| format!("{}#streams", with_query(&request.path, &[("streams", next)])));
    Ok(json!({"rows": rows, "next": next}))
}

/// The latest events that fit, oldest first, and what leads to older ones; or what Logs refuses.
async fn events(ask: &Ask<'_>, request: &Request, group: &str) -> Result<(Vec<Value>, Option<String>), String> {
    let mut input = json!({"logGroupName": group, "limit": EVENTS, "startFromHead": false});
    if let Some(members) = input.as_object_mut() {
        for (member, given) in [("filterPattern", "pattern"), ("nextToken", "before")] {
            if let Some(given) = request.query(given) {
                members.insert(member.to_owned(), given.into());
            }
        }
        if let Some(minutes) = request.query("since").and_then(|since| since.parse::<u32>().ok()) {
            members.insert("startTime".to_owned(), (ask.now_ms - i64::from(minutes) * 60_000).max(0).into());
        }
    }
    let found = ask.call("logs", "FilterLogEvents", input).await.map_err(|fault| refused(&fault))?;
    let events = found.member("events").as_array().into_iter().flatten().rev();
    let shown = events.map(|event| {
        let stream = event.member("logStreamName").as_str().unwrap_or_default();
        json!({
            "at": event.member("timestamp").as_i64().map(when), "message": message(event),
            "stream": stream, "path": ask.path(&["log-groups", group, stream]),
        })
    });
    Ok((shown.collect(), found.member("nextToken").as_str().map(str::to_owned)))
}

/// An event's text, without the line end that handlers write.
pub(super) fn message(event: &Value) -> &str {
    event.member("message").as_str().unwrap_or_default().trim_end()
}
