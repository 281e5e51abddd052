//! Log events: put, get, filter.

use serde_json::{Value, json};

use super::filter::Filter;
use super::group::Stream;
use super::group_calls::bad_token;
use super::log_store::{INVALID, LogStore, group_name, no_group, no_stream};
use super::reading::{Direction, Place, Reading};
use crate::service::members::{Members, missing};
use crate::wire::Fault;

/// Events in one answer.
const MOST_EVENTS: usize = 10_000;
/// Bytes of events in one request; each event counts 26 more than its message.
const LARGEST_BATCH: usize = 1_048_576;
/// How far in the future an event may be, and in the past.
/// Events are given in reverse from this time on: 2024-01-01.
const BACKWARD_SINCE_MS: i64 = 1_704_067_200_000;
const TOO_NEW_MS: i64 = 2 * 3_600_000;
const TOO_OLD_MS: i64 = 14 * 86_400_000;

pub(super) fn put_log_events(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = members.given("logGroupName");
    let stream = members.given("logStreamName");
    let events = read_events(members)?;
    let mut state = logs.state();
    let group = state.groups.get(&(region.to_owned(), name.to_owned())).ok_or_else(no_group)?;
    if !group.streams.contains_key(stream) {
        return Err(no_stream());
    }
    let now = logs.clock.now_ms();
    let oldest = group.oldest_ms(now).max(now - TOO_OLD_MS);
    let too_old = events.iter().filter(|(at_ms, _)| *at_ms < oldest).count();
    let too_new = events.iter().position(|(at_ms, _)| *at_ms > now + TOO_NEW_MS);
    let taken: Vec<(i64, String)> =
        events.into_iter().filter(|(at_ms, _)| (oldest..=now + TOO_NEW_MS).contains(at_ms)).collect();
    logs.append(&mut state, (region, name, stream), taken);
    let mut answer = json!({"nextSequenceToken": "0"});
    if (too_old > 0 || too_new.is_some())
        && let Value::Object(members) = &mut answer
    {
        let mut rejected = json!({});
        if let Value::Object(rejected) = &mut rejected {
            if too_old > 0 {
                rejected.insert("tooOldLogEventEndIndex".to_owned(), too_old.into());
            }
            if let Some(first) = too_new {
                rejected.insert("tooNewLogEventStartIndex".to_owned(), first.into());
            }
        }
        members.insert("rejectedLogEventsInfo".to_owned(), rejected);
    }
    Ok(answer)
}

pub(super) async fn get_log_events(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = group_of(members)?;
    let stream_name = members.given("logStreamName");
    let token = members.text("nextToken").map(read_token).transpose()?;
    let from_head = members.truth("startFromHead").unwrap_or(false);
    let (direction, beyond) = match token {
        Some((direction, place)) => (direction, Some(place)),
        None if from_head => (Direction::Forward, None),
        None => (Direction::Backward, None),
    };
    logs.settle(region, name).await;
    // The end is exclusive for one stream and inclusive for a filter, as AWS documents.
    let to_ms = members.integer("endTime").map_or(i64::MAX, |end| end.saturating_sub(1));
    let (streams, from_ms) = chosen(logs, region, name, |stream| stream == stream_name, members)?;
    if streams.is_empty() {
        return Err(no_stream());
    }
    let most = members.count("limit").unwrap_or(MOST_EVENTS);
    let reading = Reading { group: name, streams, from_ms, to_ms, direction, beyond, most };
    let mut page = reading.read(logs, |_| true)?.events;
    if direction == Direction::Backward {
        page.reverse();
    }
    // At either end the same token comes again: that is how a reader knows that it is there.
    let held = beyond.unwrap_or_default();
    let first_place = page.first().map_or(held, |(_, event)| event.place());
    let last_place = page.last().map_or(held, |(_, event)| event.place());
    let shown: Vec<Value> = page
        .into_iter()
        .map(|(_, event)| json!({"timestamp": event.at_ms, "message": event.message, "ingestionTime": event.taken_ms}))
        .collect();
    Ok(json!({
        "events": shown,
        "nextForwardToken": format!("f/{}-{}", last_place.0, last_place.1),
        "nextBackwardToken": format!("b/{}-{}", first_place.0, first_place.1),
    }))
}

pub(super) async fn filter_log_events(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = group_of(members)?;
    let (streams, prefix) = (members.texts("logStreamNames"), members.text("logStreamNamePrefix"));
    if !streams.is_empty() && prefix.is_some() {
        let message = "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.";
        return Err(Fault::client(INVALID, message));
    }
    let filter = Filter::parse(members.text("filterPattern").unwrap_or_default())
        .map_err(|message| Fault::client(INVALID, message))?;
    let most = members.count("limit").unwrap_or(MOST_EVENTS);
    // A token keeps to the direction of the first request.
    let token = members.text("nextToken").map(read_token).transpose()?;
    let direction = match (token, members.truth("startFromHead")) {
        (Some((direction, _)), _) => direction,
        (None, Some(false)) => Direction::Backward,
        (None, _) => Direction::Forward,
    };
    if token.is_none()
        && direction == Direction::Backward
        && members.integer("startTime").is_some_and(|start| start < BACKWARD_SINCE_MS)
    {
        let message = "startFromHead can be false only with a startTime on or after Jan 1, 2024 00:00:00 UTC.";
        return Err(Fault::client(INVALID, message));
    }
    let wanted = |stream: &str| {
        (streams.is_empty() || streams.contains(&stream)) && prefix.is_none_or(|prefix| stream.starts_with(prefix))
    };
    logs.settle(region, name).await;
    let (streams, from_ms) = chosen(logs, region, name, wanted, members)?;
    let to_ms = members.integer("endTime").unwrap_or(i64::MAX);
    let beyond = token.map(|(_, place)| place);
    let reading = Reading { group: name, streams, from_ms, to_ms, direction, beyond, most };
    let page = reading.read(logs, |event| filter.matches(event.message))?;
    let way = if direction == Direction::Forward { 'f' } else { 'b' };
    let last = page.events.last().filter(|_| page.more);
    let next = last.map(|(_, event)| format!("{way}/{}-{}", event.at_ms, event.id));
    let shown: Vec<Value> = page
        .events
        .into_iter()
        .map(|(stream, event)| {
            json!({
                "logStreamName": stream,
                "timestamp": event.at_ms,
                "message": event.message,
                "ingestionTime": event.taken_ms,
                "eventId": format!("{:056}", event.id),
            })
        })
        .collect();
    Ok(json!({"events": shown, "searchedLogStreams": [], "nextToken": next}))
}

/// The streams of a group that are wanted, and the time from which on their events are asked for and kept.
fn chosen(
    logs: &LogStore,
    region: &str,
    name: &str,
    wanted: impl Fn(&str) -> bool,
    members: Members<'_>,
) -> Result<(Vec<(String, Stream)>, i64), Fault> {
    let state = logs.state();
    let group = state.groups.get(&(region.to_owned(), name.to_owned())).ok_or_else(no_group)?;
    let streams = group.streams.iter().filter(|(stream, _)| wanted(stream));
    let streams = streams.map(|(stream, kept)| (stream.clone(), *kept)).collect();
    let start = members.integer("startTime").unwrap_or(i64::MIN);
    Ok((streams, start.max(group.oldest_ms(logs.clock.now_ms()))))
}

fn group_of(members: Members<'_>) -> Result<&str, Fault> {
    let name = members.text("logGroupName").or_else(|| members.text("logGroupIdentifier"));
    name.map(group_name).ok_or_else(|| missing(INVALID, "logGroupName"))
}

/// `f/TIME-ID` or `b/TIME-ID`: the direction, and the place.
fn read_token(token: &str) -> Result<(Direction, Place), Fault> {
    let read = || {
        let (way, place) = token.split_once('/')?;
        let (at_ms, id) = place.split_once('-')?;
        let direction = match way {
            "f" => Direction::Forward,
            "b" => Direction::Backward,
            _ => return None,
        };
        Some((direction, (at_ms.parse().ok()?, id.parse().ok()?)))
    };
    read().ok_or_else(bad_token)
}

fn read_events(members: Members<'_>) -> Result<Vec<(i64, String)>, Fault> {
    let mut events: Vec<(i64, String)> = Vec::new();
    for item in members.list("logEvents") {
        let item = Members::within(item);
        let (at_ms, message) = (item.integer("timestamp").unwrap_or_default(), item.given("message"));
        if events.last().is_some_and(|(before, _)| *before > at_ms) {
            let message = "Log events in a single PutLogEvents request must be in chronological order.";
            return Err(Fault::client(INVALID, message));
        }
        events.push((at_ms, message.to_owned()));
    }
    if events.iter().map(|(_, message)| message.len() + 26).sum::<usize>() > LARGEST_BATCH {
        return Err(Fault::client(INVALID, format!("Upload too large: a batch has at most {LARGEST_BATCH} bytes")));
    }
    Ok(events)
}
