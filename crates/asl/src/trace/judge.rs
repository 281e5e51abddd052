//! How each visit ended, once all events are known.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::event::EventData;
use super::tree::{Attempt, End, TraceError, Transition, Visit};
use super::walk::{Known, Last, Walk};

impl Walk<'_> {
    /// Ends, errors, catchers and transitions of all visits.
    pub(super) fn judge(&mut self) {
        self.fold_last_events();
        let followers = self.followers();
        for (at, follower) in followers.iter().enumerate() {
            self.end_of(at, *follower);
        }
        self.errors_from_inside();
        self.errors_from_outside();
        for (at, follower) in followers.into_iter().enumerate() {
            self.leads_to(at, follower);
        }
        self.trace.visits.iter_mut().for_each(complete);
        self.end_lanes();
    }

    /// The last event inside of a visit may be inside of one of those inside of it.
    fn fold_last_events(&mut self) {
        for at in (0..self.known.len()).rev() {
            let inside = self.trace.visits.get(at).and_then(|visit| visit.inside);
            let Some((inside, last)) = inside.zip(self.known.get(at).map(|known| known.last)) else { continue };
            if let Some(outer) = self.known.get_mut(inside.visit)
                && outer.last.id < last.id
            {
                outer.last = last;
            }
        }
    }

    /// Which visit came next in the same lane.
    fn followers(&self) -> Vec<Option<usize>> {
        let mut followers = vec![None; self.trace.visits.len()];
        let lanes = self.trace.visits.iter().flat_map(|visit| &visit.lanes).map(|lane| &lane.visits);
        for lane in lanes.chain([&self.top]) {
            for (from, to) in lane.iter().zip(lane.iter().skip(1)) {
                if let Some(follower) = followers.get_mut(*from) {
                    *follower = Some(*to);
                }
            }
        }
        followers
    }

    fn end_of(&mut self, at: usize, follower: Option<usize>) {
        let Some((visit, known)) = self.trace.visits.get(at).zip(self.known.get(at).copied()) else { return };
        let Known { last, exited, .. } = known;
        let (end, left_ms) = if exited || follower.is_some() {
            let end = if self.is_caught(known, follower) { End::Caught } else { End::Succeeded };
            let failed_ms = last.is_failure.then_some(last.at_ms);
            (Some(end), if exited { visit.left_ms } else { failed_ms })
        } else {
            self.end_without_exit(visit, last, known.aborted_ms)
        };
        if let Some(visit) = self.trace.visits.get_mut(at) {
            (visit.end, visit.left_ms) = (end, left_ms);
        }
    }

    /// A pair of states that only one kind of way joins needs no evidence; where a Next and a Catch lead to the same state, what came
    /// before the exit decides.
    fn is_caught(&self, known: Known, follower: Option<usize>) -> bool {
        let evidence = !known.exited || known.exited_after_failure;
        let to = follower.and_then(|follower| self.known.get(follower)?.state);
        match known.state.zip(to).map(|(from, to)| self.outline.ways(from, to)) {
            Some((true, false)) => false,
            Some((false, true)) => true,
            _ => evidence,
        }
    }

    /// A failure that nothing followed, something that was cut off, or a visit that lasts.
    fn end_without_exit(&self, visit: &Visit, last: Last, aborted_ms: Option<i64>) -> (Option<End>, Option<i64>) {
        if let Some(error) = visit.error.as_ref().filter(|error| self.fails_what_is_around(visit, error)) {
            return (Some(End::Failed), Some(error.at_ms));
        }
        // Whether what is around is over, when, and whether it ended as it should.
        let around = visit.inside.and_then(|inside| {
            let outer = self.trace.visits.get(inside.visit)?;
            let attempt = outer.lanes.get(inside.lane).map_or(0, |lane| lane.attempt);
            if attempt + 1 < outer.attempts.len() {
                return Some((outer.attempts.get(attempt).and_then(|attempt| attempt.ended_ms), false));
            }
            outer.end.map(|end| (outer.left_ms, end == End::Succeeded))
        });
        let execution = self.trace.end.map(|end| (self.trace.ended_ms, end == End::Succeeded));
        let Some((ended_ms, well)) = around.or(execution) else {
            return aborted_ms.map_or((None, None), |at_ms| (Some(End::Aborted), Some(at_ms)));
        };
        if last.is_failure {
            (Some(End::Failed), Some(last.at_ms))
        } else if let Some(at_ms) = aborted_ms {
            (Some(End::Aborted), Some(at_ms))
        } else if well {
            // Its own events were not delivered.
            (None, None)
        } else if visit.state_type == "Fail" {
            (Some(End::Failed), ended_ms)
        } else {
            (Some(End::Aborted), ended_ms)
        }
    }

    /// Whether an attempt of the Parallel or Map around a visit failed with its failure; an event may yet tell that it was aborted.
    fn fails_what_is_around(&self, visit: &Visit, error: &TraceError) -> bool {
        let attempt = visit.inside.and_then(|inside| {
            let outer = self.trace.visits.get(inside.visit)?;
            outer.attempts.get(outer.lanes.get(inside.lane)?.attempt)
        });
        attempt.and_then(|attempt| attempt.error.as_ref()).is_some_and(|outer| outer.event_id == error.event_id)
    }

    /// A Parallel or Map fails with what failed in it; what a catcher took may stand in its output.
    fn errors_from_inside(&mut self) {
        for at in (0..self.trace.visits.len()).rev() {
            let Some(visit) = self.trace.visits.get(at) else { continue };
            let error = match visit.end {
                Some(End::Caught | End::Failed) => {
                    let failed = |at: &usize| self.trace.visits.get(*at).filter(|visit| visit.end == Some(End::Failed));
                    let attempt = visit.attempts.len().saturating_sub(1);
                    let lanes = visit.lanes.iter().filter(|lane| lane.attempt == attempt);
                    let inner =
                        || lanes.flat_map(|lane| &lane.visits).filter_map(failed).find_map(|it| it.error.clone());
                    visit.error.clone().or_else(inner).or_else(|| error_in_output(visit))
                }
                // What a Retry mended.
                _ => None,
            };
            if let Some(visit) = self.trace.visits.get_mut(at) {
                visit.error = error;
            }
        }
    }

    /// A Fail state, or one whose own event is missing, failed with what is reported of the Parallel, the Map or the execution around it.
    fn errors_from_outside(&mut self) {
        for at in 0..self.trace.visits.len() {
            let Some(visit) = self.trace.visits.get(at) else { continue };
            if visit.error.is_some() || visit.end != Some(End::Failed) {
                continue;
            }
            let error = match visit.inside {
                Some(inside) => self.trace.visits.get(inside.visit).and_then(|outer| outer.error.clone()),
                None => self.trace.error.clone(),
            };
            if let Some(visit) = self.trace.visits.get_mut(at) {
                visit.error = error;
            }
        }
    }

    /// The way from a visit to the one that followed it.
    fn leads_to(&mut self, at: usize, follower: Option<usize>) {
        let Some(visit) = self.trace.visits.get(at) else { return };
        let caught = visit.end == Some(End::Caught);
        let state = |at: usize| self.known.get(at).and_then(|known| known.state);
        let to = follower.and_then(|follower| self.trace.visits.get(follower)).map(|visit| visit.state.clone());
        let taken = follower.and_then(|follower| {
            let (plain, catching) = self.outline.ways(state(at)?, state(follower)?);
            let (from, to) = (visit.state.clone(), to.clone()?);
            (if caught { catching } else { plain }).then_some(Transition { from, to, caught })
        });
        let caught_by = if caught { to.or_else(|| self.only_catcher(state(at)?)) } else { None };
        if let Some(visit) = self.trace.visits.get_mut(at) {
            visit.caught_by = caught_by;
        }
        self.trace.transitions.extend(taken);
    }

    /// Where the catchers of a state lead, if all of them lead to the same one.
    fn only_catcher(&self, state: usize) -> Option<String> {
        let transitions = &self.outline.states.get(state)?.transitions;
        let mut targets = transitions.iter().filter(|way| way.kind.is_catch()).map(|way| way.to);
        let first = targets.next()?;
        targets.all(|to| to == first).then(|| self.outline.states.get(first).map(|state| state.name.clone()))?
    }

    /// A branch ends with its last visit.
    fn end_lanes(&mut self) {
        for at in 0..self.trace.visits.len() {
            let Some(visit) = self.trace.visits.get(at) else { continue };
            let left = |at: &usize| self.trace.visits.get(*at).and_then(|visit| visit.left_ms);
            let ended: Vec<Option<i64>> =
                visit.lanes.iter().map(|lane| lane.ended_ms.or_else(|| lane.visits.last().and_then(left))).collect();
            let lanes = self.trace.visits.get_mut(at).map(|visit| visit.lanes.iter_mut()).into_iter().flatten();
            for (lane, ended_ms) in lanes.zip(ended) {
                lane.ended_ms = ended_ms;
            }
        }
    }
}

/// The last attempt ends with its visit, as far as its own events do not tell.
fn complete(visit: &mut Visit) {
    if visit.state_type == "Task" && visit.attempts.is_empty() {
        let scheduled_ms = visit.entered_ms.unwrap_or_default();
        visit.attempts.push(Attempt { scheduled_ms, ..Attempt::default() });
    }
    if let Some(attempt) = visit.attempts.last_mut() {
        attempt.ended_ms = attempt.ended_ms.or(visit.left_ms);
        if attempt.error.is_none() {
            attempt.error.clone_from(&visit.error);
        }
    }
}

/// What a catcher handed on, as JSONPath does it: an object of `Error` and `Cause` that the input does not have. A failure of paths
/// has no event of its own, and neither has a Fail state inside of a Parallel.
fn error_in_output(visit: &Visit) -> Option<TraceError> {
    let known = visit.input.as_ref().map(error_objects).unwrap_or_default();
    let found = error_objects(visit.output.as_ref()?).into_iter().find(|object| !known.contains(object))?;
    let text = |name: &str| found.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(TraceError {
        event_id: visit.event_id,
        at_ms: visit.left_ms.unwrap_or_default(),
        error: text("Error"),
        cause: text("Cause"),
    })
}

/// Whether an object has what a catcher hands on, and nothing else.
fn is_error(members: &Map<String, Value>) -> bool {
    members.len() == 2 && members.get("Error").is_some_and(Value::is_string) && members.contains_key("Cause")
}

/// The outermost first.
fn error_objects(data: &EventData) -> Vec<Value> {
    let Ok(root) = serde_json::from_str::<Value>(&data.text) else { return Vec::new() };
    let (mut found, mut ahead) = (Vec::new(), VecDeque::from([root]));
    while let Some(value) = ahead.pop_front() {
        match value {
            Value::Object(members) if is_error(&members) => found.push(Value::Object(members)),
            Value::Object(members) => ahead.extend(members.into_iter().map(|(_, value)| value)),
            Value::Array(elements) => ahead.extend(elements),
            _ => {}
        }
    }
    found
}
