//! Log events: put, get, filter.

use serde_json::{Value, json};

use super::filter::Filter;
use super::group::Event;
use super::group_calls::bad_token;
use super::log_store::{INVALID, LogStore, events_of, group_name, no_group, no_stream, unreadable};
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
    logs.append(&mut state, region, name, stream, &taken);
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

pub(super) fn get_log_events(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let name = group_of(members)?;
    let stream_name = members.given("logStreamName");
    let most = members.count("limit").unwrap_or(MOST_EVENTS);
    let mut events = events(logs, region, name, |stream| stream == stream_name, members, true)?;
    events.sort_by_key(|(_, event)| event.place());
    let token = members.text("nextToken").map(read_token).transpose()?;
    let from_head = members.truth("startFromHead").unwrap_or(false);
    let page: Vec<&Event> = match token {
        Some((true, place)) => {
            events.iter().map(|(_, event)| event).filter(|event| event.place() > place).take(most).collect()
        }
        Some((false, place)) => last(events.iter().map(|(_, event)| event).filter(|event| event.place() < place), most),
        None if from_head => events.iter().map(|(_, event)| event).take(most).collect(),
        None => last(events.iter().map(|(_, event)| event), most),
    };
    // At either end the same token comes again: that is how a reader knows that it is there.
    let held = token.map_or((0, 0), |(_, place)| place);
    let first_place = page.first().map_or(held, |event| event.place());
    let last_place = page.last().map_or(held, |event| event.place());
    let shown: Vec<Value> = page
        .iter()
        .map(|event| json!({"timestamp": event.at_ms, "message": event.message, "ingestionTime": event.taken_ms}))
        .collect();
    Ok(json!({
        "events": shown,
        "nextForwardToken": format!("f/{}-{}", last_place.0, last_place.1),
        "nextBackwardToken": format!("b/{}-{}", first_place.0, first_place.1),
    }))
}

pub(super) fn filter_log_events(logs: &LogStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
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
    let forward = token.map_or_else(|| members.truth("startFromHead").unwrap_or(true), |(forward, _)| forward);
    if token.is_none() && !forward && members.integer("startTime").is_some_and(|start| start < BACKWARD_SINCE_MS) {
        let message = "startFromHead can be false only with a startTime on or after Jan 1, 2024 00:00:00 UTC.";
        return Err(Fault::client(INVALID, message));
    }
    let wanted = |stream: &str| {
        (streams.is_empty() || streams.contains(&stream)) && prefix.is_none_or(|prefix| stream.starts_with(prefix))
    };
    let mut events = events(logs, region, name, wanted, members, false)?;
    let is_next = |event: &Event| {
        token.is_none_or(|(_, place)| if forward { event.place() > place } else { event.place() < place })
    };
    events.retain(|(_, event)| is_next(event) && filter.matches(&event.message));
    events.sort_by_key(|(_, event)| event.place());
    if !forward {
        events.reverse();
    }
    let more = events.len() > most;
    events.truncate(most);
    let next = events
        .last()
        .filter(|_| more)
        .map(|(_, event)| format!("{}/{}-{}", if forward { 'f' } else { 'b' }, event.at_ms, event.id));
    let shown: Vec<Value> = events
        .iter()
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

/// The events of chosen streams within the times asked for; `must_exist` refuses when no stream was chosen.
fn events(
    logs: &LogStore,
    region: &str,
    name: &str,
    wanted: impl Fn(&str) -> bool,
    members: Members<'_>,
    must_exist: bool,
) -> Result<Vec<(String, Event)>, Fault> {
    let start = members.integer("startTime").unwrap_or(i64::MIN);
    let end = members.integer("endTime").unwrap_or(i64::MAX);
    let now = logs.clock.now_ms();
    let mut state = logs.state();
    let group = state.groups.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(no_group)?;
    let start = start.max(group.oldest_ms(now));
    let mut found = Vec::new();
    let mut any = false;
    for (stream_name, stream) in group.streams.iter_mut().filter(|(stream, _)| wanted(stream)) {
        any = true;
        let events = stream.events(&logs.store, &events_of(region, name, stream_name));
        let events = events.map_err(|error| unreadable(name, stream_name, &error))?;
        // The end is exclusive for one stream and inclusive for a filter, as AWS documents.
        let within =
            |event: &&Event| event.at_ms >= start && (event.at_ms < end || (!must_exist && event.at_ms == end));
        found.extend(events.iter().filter(within).map(|event| (stream_name.clone(), event.clone())));
    }
    if must_exist && !any { Err(no_stream()) } else { Ok(found) }
}

fn last<'event>(events: impl DoubleEndedIterator<Item = &'event Event>, most: usize) -> Vec<&'event Event> {
    let mut page: Vec<&Event> = events.rev().take(most).collect();
    page.reverse();
    page
}

fn group_of(members: Members<'_>) -> Result<&str, Fault> {
    let name = members.text("logGroupName").or_else(|| members.text("logGroupIdentifier"));
    name.map(group_name).ok_or_else(|| missing(INVALID, "logGroupName"))
}

/// `f/TIME-ID` or `b/TIME-ID`: whether forward, and the place.
fn read_token(token: &str) -> Result<(bool, (i64, i64)), Fault> {
    let read = || {
        let (way, place) = token.split_once('/')?;
        let (at_ms, id) = place.split_once('-')?;
        matches!(way, "f" | "b").then_some((way == "f", (at_ms.parse().ok()?, id.parse().ok()?)))
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
