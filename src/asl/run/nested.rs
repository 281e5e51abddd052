//! Parallel and Map: children are started, joined, aborted.

use std::sync::Arc;

use serde_json::{Value, json};

use super::history::{Stage, state_event};
use super::stepper::Run;
use super::thread::{Children, Items, Phase, Thread, ThreadId};
use crate::asl::context::{Context, Item};
use crate::asl::definition::{Concurrency, Kind, MapState, ScopeId, State};
use crate::asl::effect::Command;
use crate::asl::failure::Failure;
use crate::asl::machine::Machine;
use crate::asl::payload::Payload;
use crate::asl::template::Scope;
use crate::asl::text::bare;

/// An inline Map runs no more at a time. <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>
const MOST_ITERATIONS: u64 = 40;

impl Run {
    /// Starts all branches of a Parallel.
    pub(super) fn branch_out(
        &mut self,
        machine: &Machine,
        id: ThreadId,
        state: &State,
        branches: &[ScopeId],
    ) -> Result<(), Failure> {
        let Some((context, thread, random)) = self.view(id, state) else { return Ok(()) };
        let input = state.flow.input(&thread.raw, &context)?;
        let input = state.flow.arguments(input, &context, random)?;
        let item = thread.item.clone();
        let started = self.tell(id, "ParallelStateStarted", None);
        let mut threads = Vec::with_capacity(branches.len());
        for (slot, branch) in branches.iter().enumerate() {
            let Some(scope) = machine.definition.scopes.get(*branch) else { continue };
            let mut child = Thread::new(Some((id, slot)), scope.start, input.clone(), started);
            child.item.clone_from(&item);
            threads.push(Some(self.spawn(child)));
        }
        let open = threads.len();
        if let Some(thread) = self.thread_mut(id) {
            let results = vec![None; open];
            thread.phase = Phase::Children(Children { threads, results, open, next: open, items: None });
        }
        Ok(())
    }

    /// Starts the first iterations of a Map.
    pub(super) fn iterate(
        &mut self,
        machine: &Machine,
        id: ThreadId,
        state: &State,
        map: &MapState,
    ) -> Result<(), Failure> {
        let Some((context, thread, random)) = self.view(id, state) else { return Ok(()) };
        let input = state.flow.input(&thread.raw, &context)?;
        let scope = Scope { input: input.value(), context: &context, random };
        let limit = concurrency(&map.concurrency, &scope)?;
        let all = Arc::new(items(map, &scope)?);
        let length = all.len();
        let last = self.tell(id, "MapStateStarted", Some(("mapStateStartedEventDetails", json!({ "length": length }))));
        if let Some(thread) = self.thread_mut(id) {
            let children = Children {
                threads: vec![None; length],
                results: vec![None; length],
                open: length,
                next: 0,
                items: Some(Items { all, input }),
            };
            thread.phase = Phase::Children(children);
        }
        if length == 0 {
            self.all_joined(machine, id, state);
        }
        for _ in 0..length.min(limit) {
            self.start_iteration(machine, id, state, map, last);
        }
        Ok(())
    }

    /// Starts the next iteration, if one is left; its first event follows `last`.
    fn start_iteration(&mut self, machine: &Machine, id: ThreadId, state: &State, map: &MapState, last: i64) {
        let Some(Phase::Children(children)) = self.thread_mut(id).map(|thread| &mut thread.phase) else { return };
        let (index, Some(items)) = (children.next, children.items.clone()) else { return };
        let Some(element) = items.all.get(index) else { return };
        children.next += 1;
        let item = Item { index, value: element.clone() };
        let selected = self.view(id, state).map_or(Ok(element.clone()), |(context, _, random)| match &map.selector {
            None => Ok(element.clone()),
            Some(template) => {
                let context = Context { item: Some(&item), ..context };
                template
                    .evaluate(&mut Scope { input: items.input.value(), context: &context, random })
                    .map(Payload::new)
            }
        });
        let raw = match selected {
            Ok(raw) => raw,
            Err(failure) => {
                self.abort_children(machine, id);
                self.broken(machine, id, failure);
                return;
            }
        };
        let Some(scope) = machine.definition.scopes.get(map.processor) else { return };
        let started =
            self.record(last, "MapIterationStarted", Some(iteration("mapIterationStartedEventDetails", state, index)));
        let mut child = Thread::new(Some((id, index)), scope.start, raw, started);
        child.item = Some(Arc::new(item));
        let child = self.spawn(child);
        if let Some(Phase::Children(children)) = self.thread_mut(id).map(|thread| &mut thread.phase)
            && let Some(place) = children.threads.get_mut(index)
        {
            *place = Some(child);
        }
    }

    /// A child came to its end, with `last` its last event.
    pub(super) fn joined(
        &mut self,
        machine: &Machine,
        child: ThreadId,
        parent: ThreadId,
        slot: usize,
        last: i64,
        output: Payload,
    ) {
        self.remove(child);
        let Some(state) = self.state_of(machine, parent) else { return };
        let mut joined = last;
        if let Kind::Map(_) = state.kind {
            joined = self.record(
                last,
                "MapIterationSucceeded",
                Some(iteration("mapIterationSucceededEventDetails", state, slot)),
            );
        }
        let Some(thread) = self.thread_mut(parent) else { return };
        thread.last = joined;
        let Phase::Children(children) = &mut thread.phase else { return };
        if let (Some(thread), Some(result)) = (children.threads.get_mut(slot), children.results.get_mut(slot)) {
            *thread = None;
            *result = Some(output);
        }
        children.open = children.open.saturating_sub(1);
        if children.open == 0 {
            self.all_joined(machine, parent, state);
        } else if let Kind::Map(map) = &state.kind {
            self.start_iteration(machine, parent, state, map, last);
        }
    }

    fn all_joined(&mut self, machine: &Machine, id: ThreadId, state: &State) {
        let Some(thread) = self.thread_mut(id) else { return };
        let last = thread.last;
        let Phase::Children(children) = std::mem::replace(&mut thread.phase, Phase::Working) else { return };
        let results = children.results.into_iter().flatten().map(Payload::into_value).collect();
        let event_type =
            if matches!(state.kind, Kind::Map(_)) { "MapStateSucceeded" } else { "ParallelStateSucceeded" };
        self.record(last, event_type, None);
        let Some((context, thread, random)) = self.view(id, state) else { return };
        match state.flow.output(&thread.raw, Payload::new(Value::Array(results)), &context, random) {
            Ok(output) => self.leave(machine, id, output, state.next),
            Err(failure) => self.broken(machine, id, failure),
        }
    }

    /// A child failed for good: its siblings are aborted, and the failure is its parent's.
    pub(super) fn child_failed(
        &mut self,
        machine: &Machine,
        child: ThreadId,
        parent: ThreadId,
        slot: usize,
        failure: Failure,
    ) {
        let failed_in = self.state_of(machine, child).map(|state| &state.kind);
        let Some(last) = self.remove(child).map(|thread| thread.last) else { return };
        let Some(state) = self.state_of(machine, parent) else { return };
        if let Kind::Map(_) = state.kind {
            self.record(last, "MapIterationFailed", Some(iteration("mapIterationFailedEventDetails", state, slot)));
        } else if let Some(kind @ Kind::Task(_)) = failed_in {
            self.record(last, state_event(kind, Stage::Aborted), None);
        }
        if let Some(thread) = self.thread_mut(parent) {
            thread.last = last;
            if let Phase::Children(children) = &mut thread.phase
                && let Some(place) = children.threads.get_mut(slot)
            {
                *place = None;
            }
        }
        self.abort_children(machine, parent);
        self.fail(parent, failure, true);
    }

    /// Aborts what is under way below a thread. Recursion is as deep as scopes are nested.
    fn abort_children(&mut self, machine: &Machine, id: ThreadId) {
        let Some(state) = self.state_of(machine, id) else { return };
        let Some(thread) = self.thread_mut(id) else { return };
        if !matches!(thread.phase, Phase::Children(_)) {
            return;
        }
        let Phase::Children(children) = std::mem::replace(&mut thread.phase, Phase::Working) else { return };
        for (slot, child) in children.threads.into_iter().enumerate().filter_map(|(slot, child)| Some((slot, child?))) {
            self.abort(machine, child);
            let last = self.remove(child).map_or(0, |thread| thread.last);
            if matches!(state.kind, Kind::Map(_)) {
                self.record(
                    last,
                    "MapIterationAborted",
                    Some(iteration("mapIterationAbortedEventDetails", state, slot)),
                );
            }
        }
    }

    fn abort(&mut self, machine: &Machine, id: ThreadId) {
        self.abort_children(machine, id);
        let Some(state) = self.state_of(machine, id) else { return };
        let Some(thread) = self.thread(id) else { return };
        match thread.phase {
            // It stands between two states.
            Phase::Entering => return,
            Phase::Waiting(timer) => self.cancel_timer(Some(timer)),
            Phase::Task(ref task) => {
                let task = task.id;
                self.settle(id, task);
                self.effects.commands.push(Command::CancelTask(task));
            }
            Phase::Working | Phase::Children(_) => {}
        }
        self.tell(id, state_event(&state.kind, Stage::Aborted), None);
    }
}

fn iteration(member: &'static str, state: &State, index: usize) -> (&'static str, Value) {
    (member, json!({ "name": state.name, "index": index }))
}

fn concurrency(concurrency: &Concurrency, scope: &Scope<'_>) -> Result<usize, Failure> {
    let wanted = match concurrency {
        Concurrency::Fixed(wanted) => *wanted,
        Concurrency::Path(path) => {
            let value = scope
                .select(path)
                .map_err(|missing| Failure::runtime(format!("Invalid path '{}' : {}", path.text, missing.0)))?;
            value.as_u64().ok_or_else(|| {
                Failure::runtime(format!(
                    "The MaxConcurrencyPath field refers to value \"{}\" which is not a valid integer: {}",
                    bare(&value),
                    path.text
                ))
            })?
        }
    };
    let allowed = if wanted == 0 { MOST_ITERATIONS } else { wanted.min(MOST_ITERATIONS) };
    Ok(usize::try_from(allowed).unwrap_or(1))
}

fn items(map: &MapState, scope: &Scope<'_>) -> Result<Vec<Payload>, Failure> {
    let (text, found) = match &map.items {
        None => ("$", Ok(std::borrow::Cow::Borrowed(scope.input))),
        Some(path) => (path.text.as_str(), scope.select(path)),
    };
    let found = found.map_err(|missing| Failure::runtime(format!("Invalid path '{text}' : {}", missing.0)))?;
    let elements = found.as_array();
    let elements =
        elements.ok_or_else(|| Failure::runtime(format!("Reference path \"{text}\" must point to array.")))?;
    Ok(elements.iter().cloned().map(Payload::new).collect())
}
