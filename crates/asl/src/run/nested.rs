//! Parallel and Map: children are started, joined, aborted.

use std::sync::Arc;

use serde_json::Value;

use super::enter::beyond_limits;
use super::history::{Stage, error_details, state_event};
use super::map::{iteration, weight};
use super::stepper::Run;
use super::thread::{Children, Phase, Thread, ThreadId};
use crate::definition::{Definition, Kind, MapState, ScopeId, State};
use crate::effect::Command;
use crate::failure::{Failure, FailureKind};
use crate::payload::Payload;

impl Run {
    /// Starts all branches of a Parallel.
    pub(super) fn branch_out(
        &mut self,
        machine: &Definition,
        id: ThreadId,
        state: &State,
        branches: &[ScopeId],
    ) -> Result<(), Failure> {
        let Some((context, thread, random)) = self.view(id, state) else { return Ok(()) };
        let input = state.flow.input(&thread.raw, &context)?;
        let input = state.flow.arguments(input, &context, random)?;
        if let Some(failure) = beyond_limits(&input, &state.name) {
            return Err(failure);
        }
        let (item, execution, variables) = (thread.item.clone(), thread.child.clone(), thread.variables.clone());
        let started = self.tell(id, "ParallelStateStarted", None);
        let mut threads = Vec::with_capacity(branches.len());
        for (slot, branch) in branches.iter().enumerate() {
            let Some(scope) = machine.scopes.get(*branch) else { continue };
            let mut child = Thread::new(Some((id, slot)), scope.start, input.clone(), started);
            child.item.clone_from(&item);
            child.child.clone_from(&execution);
            child.variables.clone_from(&variables);
            threads.push(Some(self.spawn(child)));
        }
        let open = threads.len();
        if let Some(thread) = self.thread_mut(id) {
            let results = vec![None; open];
            thread.phase =
                Phase::Children(Children { threads, results, open, next: open, failures: 0, elements: None });
        }
        Ok(())
    }

    /// A child came to its end, with `last` its last event.
    pub(super) fn joined(
        &mut self,
        machine: &Definition,
        child: ThreadId,
        parent: ThreadId,
        slot: usize,
        last: i64,
        output: Payload,
    ) {
        self.remove(child);
        let Some(state) = self.state_of(machine, parent) else { return };
        self.joined_child(machine, parent, state, slot, last, Some(output));
    }

    /// As [`Run::joined`], once the child is gone; without an output its failure was tolerated.
    fn joined_child(
        &mut self,
        machine: &Definition,
        parent: ThreadId,
        state: &State,
        slot: usize,
        last: i64,
        output: Option<Payload>,
    ) {
        let mut joined = last;
        let distributed = is_distributed(&state.kind);
        if matches!(state.kind, Kind::Map(_)) && !distributed {
            let details = Some(iteration("mapIterationSucceededEventDetails", state, slot));
            joined = self.note(parent, last, "MapIterationSucceeded", details);
        }
        let Some(thread) = self.thread_mut(parent) else { return };
        if !distributed {
            thread.last = joined;
        }
        let Phase::Children(children) = &mut thread.phase else { return };
        if let (Some(thread), Some(result)) = (children.threads.get_mut(slot), children.results.get_mut(slot)) {
            *thread = None;
            *result = output;
        }
        children.open = children.open.saturating_sub(1);
        if children.open == 0 {
            self.all_joined(machine, parent, state);
        } else if let Kind::Map(map) = &state.kind {
            self.start_iteration(machine, parent, state, map, last);
        }
    }

    pub(super) fn all_joined(&mut self, machine: &Definition, id: ThreadId, state: &State) {
        let Some(thread) = self.thread_mut(id) else { return };
        let last = thread.last;
        let Phase::Children(children) = std::mem::replace(&mut thread.phase, Phase::Working) else { return };
        let results = children.results.into_iter().flatten().map(Payload::into_value).collect();
        let succeeded = if is_distributed(&state.kind) { self.note(id, last, "MapRunSucceeded", None) } else { last };
        let event_type =
            if matches!(state.kind, Kind::Map(_)) { "MapStateSucceeded" } else { "ParallelStateSucceeded" };
        self.note(id, succeeded, event_type, None);
        let Some((context, thread, random)) = self.view(id, state) else { return };
        match state.flow.finished(&thread.raw, Payload::new(Value::Array(results)), &context, random) {
            Ok(leaving) => self.leave(machine, id, leaving, state.next),
            Err(failure) => self.broken(machine, id, failure),
        }
    }

    /// A child failed for good: its siblings are aborted, and the failure is its parent's.
    pub(super) fn child_failed(
        &mut self,
        machine: &Definition,
        child: ThreadId,
        parent: ThreadId,
        slot: usize,
        failure: Failure,
    ) {
        let failed_in = self.state_of(machine, child).map(|state| &state.kind);
        let Some(last) = self.remove(child).map(|thread| thread.last) else { return };
        let Some(state) = self.state_of(machine, parent) else { return };
        if let Kind::Map(map) = &state.kind
            && map.distributed.is_some()
        {
            self.child_execution_failed(machine, parent, state, map, slot);
            return;
        }
        if let Kind::Map(_) = state.kind {
            let details = Some(iteration("mapIterationFailedEventDetails", state, slot));
            self.note(parent, last, "MapIterationFailed", details);
        } else if let Some(kind @ Kind::Task(_)) = failed_in {
            self.note(parent, last, state_event(kind, Stage::Aborted), None);
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

    /// An EXPRESS child execution took too long.
    pub(super) fn child_timed_out(&mut self, id: ThreadId) {
        let machine = Arc::clone(&self.machine);
        let Some((parent, slot)) = self.thread(id).and_then(|thread| thread.parent) else { return };
        self.abort(&machine, id);
        self.child_failed(&machine, id, parent, slot, Failure::timeout(FailureKind::Timeout));
    }

    /// A child of a distributed Map failed: the Map goes on as long as that is tolerated.
    fn child_execution_failed(
        &mut self,
        machine: &Definition,
        parent: ThreadId,
        state: &State,
        map: &MapState,
        slot: usize,
    ) {
        let Some(Phase::Children(children)) = self.thread_mut(parent).map(|thread| &mut thread.phase) else { return };
        if let Some(place) = children.threads.get_mut(slot) {
            *place = None;
        }
        let Some(elements) = &children.elements else { return };
        children.failures += elements.all.get(slot).map_or(1, |element| weight(map, &element.value));
        if children.failures <= elements.most_failures {
            let last = self.thread(parent).map_or(0, |thread| thread.last);
            self.joined_child(machine, parent, state, slot, last, None);
            return;
        }
        self.abort_children(machine, parent);
        let cause = "The specified tolerated failure threshold was exceeded";
        let failure = Failure::named("States.ExceedToleratedFailureThreshold", cause);
        let details = error_details(failure.error.as_deref(), failure.cause.as_deref());
        self.tell(parent, "MapRunFailed", Some(("mapRunFailedEventDetails", Value::Object(details))));
        self.fail(parent, failure, true);
    }

    /// Aborts what is under way below a thread. Recursion is as deep as scopes are nested.
    pub(super) fn abort_children(&mut self, machine: &Definition, id: ThreadId) {
        let Some(state) = self.state_of(machine, id) else { return };
        let Some(thread) = self.thread_mut(id) else { return };
        if !matches!(thread.phase, Phase::Children(_)) {
            return;
        }
        let Phase::Children(children) = std::mem::replace(&mut thread.phase, Phase::Working) else { return };
        for (slot, child) in children.threads.into_iter().enumerate().filter_map(|(slot, child)| Some((slot, child?))) {
            self.abort(machine, child);
            let last = self.remove(child).map_or(0, |thread| thread.last);
            if matches!(state.kind, Kind::Map(_)) && !is_distributed(&state.kind) {
                let details = Some(iteration("mapIterationAbortedEventDetails", state, slot));
                self.note(id, last, "MapIterationAborted", details);
            }
        }
    }

    fn abort(&mut self, machine: &Definition, id: ThreadId) {
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

fn is_distributed(kind: &Kind) -> bool {
    matches!(kind, Kind::Map(map) if map.distributed.is_some())
}
