//! Events to visits: which event belongs to which visit.

use std::collections::{BTreeMap, BTreeSet};

use super::event::HistoryEvent;
use super::step::{Stage, Step};
use super::tree::{Attempt, End, Inside, Lane, Trace, TraceError, Visit};
use crate::outline::Outline;

/// Where a chain of events has come to: after an event, inside of a visit, and in one of its lanes. Outside of all at first.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    visit: Option<usize>,
    lane: Option<usize>,
}

/// What is known of a visit beside what it shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    /// Its state in the outline.
    pub state: Option<usize>,
    pub exited: bool,
    /// Whether the event before its exit reported a failure.
    pub exited_after_failure: bool,
    pub aborted_ms: Option<i64>,
    /// Of a Parallel or Map: it failed as a whole, and was not begun again.
    failed: bool,
    /// The last event inside of it.
    pub last: Last,
}

/// An event, and whether it reported a failure.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Last {
    pub id: i64,
    pub at_ms: i64,
    pub is_failure: bool,
}

/// Takes in one event after the other. Visits stand in the order in which they were entered, so that an outer one stands before
/// those inside of it.
pub(super) struct Walk<'e> {
    pub outline: &'e Outline,
    pub trace: Trace,
    /// Beside [`Trace::visits`].
    pub known: Vec<Known>,
    /// Visits inside of nothing.
    pub top: Vec<usize>,
    ids: BTreeMap<&'e str, usize>,
    places: BTreeMap<i64, Place>,
    latest: BTreeMap<&'e str, usize>,
    open: BTreeMap<&'e str, BTreeSet<usize>>,
}

impl<'e> Walk<'e> {
    /// Of events in any order.
    pub(super) fn of(outline: &'e Outline, events: &'e [HistoryEvent]) -> Self {
        let mut walk = Self {
            outline,
            trace: Trace::default(),
            known: Vec::new(),
            top: Vec::new(),
            ids: outline.states.iter().enumerate().map(|(id, state)| (state.name.as_str(), id)).collect(),
            places: BTreeMap::new(),
            latest: BTreeMap::new(),
            open: BTreeMap::new(),
        };
        let by_id: BTreeMap<i64, &HistoryEvent> = events.iter().map(|event| (event.id, event)).collect();
        for event in by_id.values() {
            walk.take(event, by_id.get(&event.previous_id).copied());
        }
        walk
    }

    fn take(&mut self, event: &'e HistoryEvent, previous: Option<&HistoryEvent>) {
        let from = self.places.get(&event.previous_id).copied().unwrap_or_default();
        let to = match (Step::of(&event.event_type), event.name.as_deref()) {
            (Step::Entered(state_type), Some(name)) => self.enter(event, name, state_type, from),
            (Step::Exited, Some(name)) => self.exit(event, name, previous, from),
            (Step::Aborted(state_type), _) => self.abort(event, state_type, from),
            (Step::Container(state_type, stage), _) => self.container(event, previous, state_type, stage, from),
            (Step::Iteration(stage), name) => self.iteration(event, name, stage, from),
            (Step::Work(stage), name) => self.work(event, name, stage, from),
            (Step::ExecutionStarted, _) => {
                self.trace.started_ms = Some(event.timestamp_ms);
                self.trace.input.clone_from(&event.input);
                from
            }
            (Step::ExecutionEnded, _) => self.end(event, from),
            (Step::Entered(_) | Step::Exited | Step::Other, _) => from,
        };
        self.touch(to, event);
        self.places.insert(event.id, to);
    }

    /// Notes an event as the last one inside of a visit.
    fn touch(&mut self, place: Place, event: &HistoryEvent) {
        if let Some(known) = place.visit.and_then(|at| self.known.get_mut(at)) {
            known.last = Last { id: event.id, at_ms: event.timestamp_ms, is_failure: event.is_failure() };
        }
    }

    /// The innermost visit, from a place outwards, that fits.
    fn up(&self, mut place: Place, fits: impl Fn(usize, &Visit) -> bool) -> Option<Place> {
        loop {
            let at = place.visit?;
            let visit = self.trace.visits.get(at)?;
            if fits(at, visit) {
                return Some(place);
            }
            place = around(visit);
        }
    }

    fn enter(&mut self, event: &'e HistoryEvent, name: &'e str, state_type: &str, from: Place) -> Place {
        let at = self.trace.visits.len();
        let inside = self.inside(name, from, event.timestamp_ms);
        let siblings = match inside {
            Some(inside) => {
                let lane = self.trace.visits.get_mut(inside.visit).and_then(|visit| visit.lanes.get_mut(inside.lane));
                lane.map(|lane| &mut lane.visits)
            }
            None => Some(&mut self.top),
        };
        if let Some(siblings) = siblings {
            siblings.push(at);
        }
        self.trace.visits.push(Visit {
            event_id: event.id,
            state: name.to_owned(),
            state_type: state_type.to_owned(),
            inside,
            entered_ms: Some(event.timestamp_ms),
            left_ms: None,
            end: None,
            input: event.input.clone(),
            output: None,
            attempts: Vec::new(),
            error: None,
            caught_by: None,
            lanes: Vec::new(),
        });
        self.known.push(Known { state: self.ids.get(name).copied(), ..Known::default() });
        self.latest.insert(name, at);
        self.open.entry(name).or_default().insert(at);
        Place { visit: Some(at), lane: None }
    }

    /// Where a state that is entered belongs.
    fn inside(&mut self, name: &str, from: Place, at_ms: i64) -> Option<Inside> {
        let (place, branch) = match self.ids.get(name) {
            Some(id) => {
                let parent = self.outline.parent(*id)?;
                let container = self.outline.states.get(parent.state)?.name.as_str();
                // Where the chain is broken, the last visit of what is around the state is the likeliest.
                let latest = || Some(Place { visit: Some(*self.latest.get(container)?), lane: None });
                (self.up(from, |_, visit| visit.state == container).or_else(latest)?, Some(parent.branch))
            }
            // The definition was another one when this execution began.
            None => (self.up(from, |_, visit| visit.is_container())?, None),
        };
        let at = place.visit?;
        let visit = self.trace.visits.get_mut(at)?;
        let attempt = visit.attempts.len().saturating_sub(1);
        let in_branch = |lane: &&usize| visit.lanes.get(**lane).map(|lane| lane.index) == branch;
        let lane = match branch {
            _ if visit.state_type == "Map" => place.lane.or_else(|| visit.lanes.len().checked_sub(1)),
            Some(branch) => place
                .lane
                .as_ref()
                .filter(in_branch)
                .copied()
                .or_else(|| visit.lanes.iter().position(|lane| (lane.attempt, lane.index) == (attempt, branch))),
            None => place.lane,
        };
        let lane = lane.unwrap_or_else(|| begin_lane(visit, branch, at_ms));
        Some(Inside { visit: at, lane })
    }

    fn exit(&mut self, event: &HistoryEvent, name: &str, previous: Option<&HistoryEvent>, from: Place) -> Place {
        let on_chain = self.up(from, |_, visit| visit.state == name).and_then(|place| place.visit);
        let alone = || self.open.get(name).filter(|open| open.len() == 1)?.first().copied();
        let Some(at) = on_chain.or_else(alone) else { return from };
        if let Some(open) = self.open.get_mut(name) {
            open.remove(&at);
        }
        if let Some(known) = self.known.get_mut(at) {
            known.exited = true;
            known.exited_after_failure = previous.is_some_and(HistoryEvent::is_failure);
        }
        let Some(visit) = self.trace.visits.get_mut(at) else { return from };
        visit.left_ms = Some(event.timestamp_ms);
        visit.output.clone_from(&event.output);
        around(visit)
    }

    fn abort(&mut self, event: &HistoryEvent, state_type: &str, from: Place) -> Place {
        let Some(place) = self.up(from, |_, visit| visit.state_type == state_type) else { return from };
        if let Some(known) = place.visit.and_then(|at| self.known.get_mut(at)) {
            known.aborted_ms = Some(event.timestamp_ms);
        }
        Place { lane: None, ..place }
    }

    fn container(
        &mut self,
        event: &HistoryEvent,
        previous: Option<&HistoryEvent>,
        state_type: &str,
        stage: Stage,
        from: Place,
    ) -> Place {
        let failed = |at: usize| self.known.get(at).is_some_and(|known| known.failed);
        let open = self.up(from, |at, visit| visit.state_type == state_type && !(stage == Stage::Failed && failed(at)));
        let Some(at) = open.and_then(|place| place.visit) else { return from };
        let error = self.error_inside(from, at);
        let is_failure = stage == Stage::Failed;
        if is_failure {
            self.touch(from, event);
        }
        if let (Stage::Failed | Stage::Started, Some(known)) = (stage, self.known.get_mut(at)) {
            known.failed = is_failure;
        }
        let Some(visit) = self.trace.visits.get_mut(at) else { return from };
        match stage {
            Stage::Started => {
                // Begun again: what is inside had failed, and a Retry took that.
                if let Some(before) = visit.attempts.last_mut() {
                    before.ended_ms = before.ended_ms.or_else(|| previous.map(|previous| previous.timestamp_ms));
                    before.error = before.error.take().or(error);
                }
                begin(visit, event.timestamp_ms);
            }
            Stage::Succeeded | Stage::Failed => {
                let error = error.filter(|_| is_failure);
                if let Some(attempt) = visit.attempts.last_mut() {
                    attempt.ended_ms = Some(event.timestamp_ms);
                    attempt.error.clone_from(&error);
                }
                visit.error = error;
            }
            _ => {}
        }
        Place { visit: Some(at), lane: None }
    }

    /// Why something inside of a visit failed, from where a chain has come to.
    fn error_inside(&self, from: Place, at: usize) -> Option<TraceError> {
        let mut place = from;
        loop {
            let here = place.visit?;
            let visit = self.trace.visits.get(here)?;
            if here == at {
                let last = visit.lanes.get(place.lane?)?.visits.last()?;
                return self.trace.visits.get(*last)?.error.clone();
            }
            if visit.error.is_some() {
                return visit.error.clone();
            }
            place = around(visit);
        }
    }

    fn iteration(&mut self, event: &HistoryEvent, name: Option<&str>, stage: Stage, from: Place) -> Place {
        let is_map = |visit: &Visit| visit.state_type == "Map";
        let named = |visit: &Visit| is_map(visit) && name.is_none_or(|name| visit.state == name);
        let latest = || Some(Place { visit: Some(*self.latest.get(name?)?), lane: None });
        let map = self.up(from, |_, visit| named(visit)).or_else(|| self.up(from, |_, visit| is_map(visit)));
        let Some(place) = map.or_else(latest) else { return from };
        if stage == Stage::Failed {
            self.touch(from, event);
        }
        let Some(visit) = place.visit.and_then(|at| self.trace.visits.get_mut(at)) else { return from };
        let index = event.index.and_then(|index| usize::try_from(index).ok());
        if stage == Stage::Started {
            let lane = begin_lane(visit, index, event.timestamp_ms);
            return Place { lane: Some(lane), ..place };
        }
        let lane = place.lane.or_else(|| visit.lanes.iter().rposition(|lane| Some(lane.index) == index));
        if let Some(lane) = lane.and_then(|lane| visit.lanes.get_mut(lane)) {
            lane.ended_ms = Some(event.timestamp_ms);
        }
        Place { lane, ..place }
    }

    fn work(&mut self, event: &HistoryEvent, name: Option<&str>, stage: Stage, from: Place) -> Place {
        // AWS lets a failed expression of JSONata follow event 0, and names its state.
        let named = || Some(Place { visit: Some(*self.open.get(name?)?.last()?), lane: None });
        let from = if from.visit.is_none() { named().unwrap_or(from) } else { from };
        let Some(visit) = from.visit.and_then(|at| self.trace.visits.get_mut(at)) else { return from };
        let at_ms = event.timestamp_ms;
        let works = visit.is_container() || visit.state_type == "Task";
        if stage == Stage::Failed {
            let error = TraceError::of(event);
            visit.error = Some(error.clone());
            if works {
                if visit.attempts.last().is_none_or(|attempt| attempt.error.is_some()) {
                    begin(visit, at_ms);
                }
                if let Some(attempt) = visit.attempts.last_mut() {
                    attempt.ended_ms = Some(at_ms);
                    attempt.error = Some(error);
                }
            }
            return from;
        }
        if works && (stage == Stage::Scheduled || visit.attempts.is_empty()) {
            begin(visit, at_ms);
        }
        if let Some(attempt) = visit.attempts.last_mut() {
            match stage {
                Stage::Scheduled => {
                    attempt.resource.clone_from(&event.resource);
                    attempt.function.clone_from(&event.function);
                }
                Stage::Started => attempt.started_ms = Some(at_ms),
                Stage::Submitted => attempt.submitted_ms = Some(at_ms),
                Stage::Succeeded => attempt.ended_ms = Some(at_ms),
                Stage::Failed | Stage::Aborted => {}
            }
            if attempt.resource.is_none() {
                attempt.resource.clone_from(&event.resource);
                attempt.function.clone_from(&event.function);
            }
        }
        from
    }

    fn end(&mut self, event: &HistoryEvent, from: Place) -> Place {
        let end = match event.event_type.as_str() {
            "ExecutionSucceeded" => End::Succeeded,
            "ExecutionTimedOut" => End::TimedOut,
            "ExecutionAborted" => End::Aborted,
            _ => End::Failed,
        };
        self.trace.end = Some(end);
        self.trace.ended_ms = Some(event.timestamp_ms);
        self.trace.output.clone_from(&event.output);
        self.trace.error = (end != End::Succeeded).then(|| TraceError::of(event));
        from
    }
}

impl TraceError {
    fn of(event: &HistoryEvent) -> Self {
        let (error, cause) = (event.error.clone(), event.cause.clone());
        Self { event_id: event.id, at_ms: event.timestamp_ms, error, cause }
    }
}

fn around(visit: &Visit) -> Place {
    visit.inside.map_or(Place::default(), |inside| Place { visit: Some(inside.visit), lane: Some(inside.lane) })
}

/// Another try of a visit's work. What tells of the first one begins it where its own event is missing.
fn begin(visit: &mut Visit, at_ms: i64) {
    if let Some(before) = visit.attempts.last_mut() {
        before.next_in_ms = before.ended_ms.map(|ended| at_ms.saturating_sub(ended));
    }
    visit.attempts.push(Attempt { scheduled_ms: at_ms, ..Attempt::default() });
}

fn begin_lane(visit: &mut Visit, index: Option<usize>, at_ms: i64) -> usize {
    let attempt = visit.attempts.len().saturating_sub(1);
    let before = || visit.lanes.iter().filter(|lane| lane.attempt == attempt).count();
    let index = index.unwrap_or_else(before);
    visit.lanes.push(Lane { attempt, index, started_ms: Some(at_ms), ..Lane::default() });
    visit.lanes.len() - 1
}
