//! Log streams: create, describe, delete.

use serde_json::{Value, json};

use super::group::Stream;
use super::group_calls::{bad_token, present};
use super::log_store::{INVALID, LogStore, group_name, no_group, no_stream, unreadable};
use crate::service::members::{Members, missing};
use crate::service::page::page;
use crate::wire::Fault;

pub(super) fn create_log_stream(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let group = members.given("logGroupName");
    let stream = members.given("logStreamName");
    let mut state = logs.state();
    let there = state.groups.get(&(region.to_owned(), group.to_owned())).ok_or_else(no_group)?;
    if there.streams.contains_key(stream) {
        let message = "The specified log stream already exists";
        return Err(Fault::client("ResourceAlreadyExistsException", message));
    }
    logs.make_stream(&mut state, region, group, stream);
    Ok(Value::Null)
}

pub(super) fn delete_log_stream(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("logGroupName");
    let stream = members.given("logStreamName");
    let mut state = logs.state();
    let group = state.groups.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(no_group)?;
    let removed = group.streams.remove(stream).ok_or_else(no_stream)?;
    logs.forget_stream(region, name, stream, removed);
    Ok(Value::Null)
}

pub(super) async fn describe_log_streams(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
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
    logs.settle(region, name).await;
    let mut streams: Vec<(String, (String, Stream))> = {
        let state = logs.state();
        let group = state.groups.get(&(region.to_owned(), name.to_owned())).ok_or_else(no_group)?;
        let streams = group.streams.iter().filter(|(stream, _)| stream.starts_with(prefix));
        streams.map(|(stream, kept)| (stream.clone(), (stream.clone(), *kept))).collect()
    };
    let span = |stream: &str, number| logs.store.log_span(number).map_err(|error| unreadable(name, stream, &error));
    if by_time {
        for (key, (stream, kept)) in &mut streams {
            let last = span(stream, kept.number)?.map_or(0, |span| span.latest.max(0));
            // Keys of equal length, so that text order is time order.
            *key = format!("{last:020} {stream}");
        }
        streams.sort_by(|one, other| one.0.cmp(&other.0));
    }
    let (streams, next) = if members.truth("descending").unwrap_or(false) {
        newest_first(streams, members)?
    } else {
        let size = members.count("limit").unwrap_or(50);
        let page = page(streams, |(key, _)| key.clone(), members.text("nextToken"), size).ok_or_else(bad_token)?;
        (page.items, page.next)
    };
    let arn = logs.group_arn(region, name);
    let mut shown = Vec::with_capacity(streams.len());
    for (_, (stream, kept)) in streams {
        let span = span(&stream, kept.number)?;
        shown.push(present(json!({
            "logStreamName": stream,
            "creationTime": kept.created_ms,
            "firstEventTimestamp": span.map(|span| span.earliest),
            "lastEventTimestamp": span.map(|span| span.latest),
            "lastIngestionTime": span.map(|span| span.taken),
            "uploadSequenceToken": "0",
            "arn": format!("{arn}:log-stream:{stream}"),
            "storedBytes": 0,
        })));
    }
    Ok(json!({"logStreams": shown, "nextToken": next}))
}

/// The page before a token's key, last first, and the next token.
fn newest_first<T>(mut streams: Vec<T>, members: Members<'_>) -> Result<(Vec<T>, Option<String>), Fault> {
    streams.reverse();
    let size = members.count("limit").unwrap_or(50);
    let start = match members.text("nextToken") {
        Some(token) => token.parse::<usize>().map_err(|_| bad_token())?,
        None => 0,
    };
    let total = streams.len();
    let shown = streams.into_iter().skip(start).take(size).collect();
    let end = start.saturating_add(size);
    Ok((shown, (end < total).then(|| end.to_string())))
}
