//! Log streams: create, describe, delete.

use serde_json::{Value, json};

use super::group_calls::{bad_token, present};
use super::log_store::{INVALID, LogStore, events_of, group_name, no_group, no_stream, unreadable};
use crate::service::members::{Members, missing};
use crate::service::page::page;
use crate::wire::Fault;

pub(super) fn create_log_stream(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let group = members.given("logGroupName");
    let stream = members.given("logStreamName");
    let mut state = logs.state();
    let group = state.groups.get_mut(&(region.to_owned(), group.to_owned())).ok_or_else(no_group)?;
    if group.streams.contains_key(stream) {
        let message = "The specified log stream already exists";
        return Err(Fault::client("ResourceAlreadyExistsException", message));
    }
    logs.make_stream(group, region, stream);
    Ok(Value::Null)
}

pub(super) fn delete_log_stream(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("logGroupName");
    let stream = members.given("logStreamName");
    let mut state = logs.state();
    let group = state.groups.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(no_group)?;
    group.streams.remove(stream).ok_or_else(no_stream)?;
    logs.forget_stream(region, name, stream);
    Ok(Value::Null)
}

pub(super) fn describe_log_streams(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members
        .text("logGroupName")
        .or_else(|| members.text("logGroupIdentifier"))
        .map(group_name)
        .ok_or_else(|| missing(INVALID, "logGroupName"))?;
    let prefix = members.text("logStreamNamePrefix").unwrap_or_default();
    let by_time = members.text("orderBy") == Some("LastEventTime");
    if by_time && !prefix.is_empty() {
        return Err(Fault::client(INVALID, "Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let arn = logs.group_arn(region, name);
    let mut state = logs.state();
    let group = state.groups.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(no_group)?;
    let mut streams: Vec<(String, Value)> = Vec::new();
    for (stream_name, stream) in group.streams.iter_mut().filter(|(name, _)| name.starts_with(prefix)) {
        let created = stream.created_ms;
        let events = stream.events(&logs.store, &events_of(region, name, stream_name));
        let events = events.map_err(|error| unreadable(name, stream_name, &error))?;
        let last = events.iter().map(|event| event.at_ms).max();
        let shown = json!({
            "logStreamName": stream_name,
            "creationTime": created,
            "firstEventTimestamp": events.iter().map(|event| event.at_ms).min(),
            "lastEventTimestamp": last,
            "lastIngestionTime": events.last().map(|event| event.taken_ms),
            "uploadSequenceToken": "0",
            "arn": format!("{arn}:log-stream:{stream_name}"),
            "storedBytes": 0,
        });
        // Keys of equal length, so that text order is time order.
        let key = if by_time { format!("{:020} {stream_name}", last.unwrap_or(0).max(0)) } else { stream_name.clone() };
        streams.push((key, present(shown)));
    }
    streams.sort_by(|one, other| one.0.cmp(&other.0));
    if members.truth("descending").unwrap_or(false) {
        return newest_first(streams, members);
    }
    let page = page(streams, |(key, _)| key.clone(), members.text("nextToken"), members.count("limit").unwrap_or(50))
        .ok_or_else(bad_token)?;
    let shown: Vec<Value> = page.items.into_iter().map(|(_, shown)| shown).collect();
    Ok(json!({"logStreams": shown, "nextToken": page.next}))
}

/// The page before a token's key, last first.
fn newest_first(mut streams: Vec<(String, Value)>, members: Members<'_>) -> Result<Value, Fault> {
    streams.reverse();
    let size = members.count("limit").unwrap_or(50);
    let start = match members.text("nextToken") {
        Some(token) => token.parse::<usize>().map_err(|_| bad_token())?,
        None => 0,
    };
    let total = streams.len();
    let shown: Vec<Value> = streams.into_iter().skip(start).take(size).map(|(_, shown)| shown).collect();
    let end = start.saturating_add(size);
    Ok(json!({"logStreams": shown, "nextToken": (end < total).then(|| end.to_string())}))
}
