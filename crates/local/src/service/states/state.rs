//! Everything the service remembers: machines and executions.

use crate::member::Member as _;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::execution::{Execution, Facts, Progress, Status, list_item};
use super::finished::Finished;
use super::machine::{MACHINES, Record, StateMachine};
use labctl_asl::Event;

use crate::store::{ExecutionRow, Store, StoreError};

/// Why an execution ended that ran when the endpoint stopped.
pub(super) const STOPPED: &str = "the local endpoint was stopped";

/// Machines and executions. One lock, held briefly.
#[derive(Default)]
pub(super) struct State {
    pub(super) machines: BTreeMap<String, Arc<StateMachine>>,
    /// By ARN. EXPRESS executions are here only while they run, others until many have ended after them.
    pub(super) executions: BTreeMap<String, Arc<Execution>>,
    /// STANDARD executions by machine, in the order of their starts.
    pub(super) by_machine: BTreeMap<String, BTreeMap<u64, Arc<Execution>>>,
    pub(super) finished: Finished,
}

/// An execution as it is kept.
#[derive(Deserialize)]
struct Kept {
    facts: Facts,
    progress: Progress,
    last_event: i64,
}

impl State {
    /// What the store holds, and the number of the next execution. Executions that were running are ended, and get the event
    /// that says so.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(store: &Store, now: i64) -> Result<(Self, u64), StoreError> {
        let mut state = Self::default();
        for (_, record) in store.load::<Record>(MACHINES)? {
            if record.deleting {
                store.delete(MACHINES, &record.arn);
                store.delete_executions(&record.arn);
                continue;
            }
            state.machines.insert(record.arn.clone(), Arc::new(StateMachine::new(record)));
        }
        for row in store.running()? {
            if let Some(machine) = state.machines.get(&row.machine).cloned() {
                let execution = Arc::new(aborted(&row, &machine, store, now)?);
                // What the store has of it is not written yet.
                state.insert(Arc::clone(&execution));
                state.finished.push(execution);
            } else {
                store.delete_execution(row.number);
            }
        }
        // Numbers are never given twice, though executions go.
        let first = state.machines.values().map(|machine| machine.record.first_execution).max();
        Ok((state, first.unwrap_or(0).max(store.last_execution()? + 1)))
    }

    /// Takes a STANDARD execution in.
    pub(super) fn insert(&mut self, execution: Arc<Execution>) {
        self.by_machine
            .entry(execution.facts.machine_arn.clone())
            .or_default()
            .insert(execution.facts.number, Arc::clone(&execution));
        self.executions.insert(execution.facts.arn.clone(), execution);
    }

    /// Forgets a machine and its executions, here and in the store.
    pub(super) fn purge(&mut self, machine_arn: &str, store: &Store) {
        self.machines.remove(machine_arn);
        store.delete(MACHINES, machine_arn);
        for execution in self.by_machine.remove(machine_arn).unwrap_or_default().into_values() {
            self.executions.remove(&execution.facts.arn);
        }
        self.finished.forget(machine_arn);
        store.delete_executions(machine_arn);
    }

    /// Whether an execution of the machine runs.
    pub(super) fn is_running(&self, machine_arn: &str) -> bool {
        let running = |execution: &Arc<Execution>| execution.status() == Status::Running;
        self.by_machine.get(machine_arn).is_some_and(|executions| executions.values().any(running))
    }

    /// Takes an execution out of memory, unless its machine was deleted or its name used again meanwhile.
    pub(super) fn remove(&mut self, execution: &Arc<Execution>) {
        let facts = &execution.facts;
        let is_there = self.executions.get(&facts.arn).is_some_and(|there| Arc::ptr_eq(there, execution));
        if !is_there {
            return;
        }
        self.executions.remove(&facts.arn);
        if let Some(executions) = self.by_machine.get_mut(&facts.machine_arn) {
            executions.remove(&facts.number);
        }
    }

    /// An execution, wherever it is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn execution(&self, arn: &str, store: &Store) -> Result<Option<Arc<Execution>>, StoreError> {
        if let Some(execution) = self.executions.get(arn) {
            return Ok(Some(Arc::clone(execution)));
        }
        let Some(row) = store.execution(arn)? else { return Ok(None) };
        let Some(machine) = self.machines.get(&row.machine) else { return Ok(None) };
        if row.number < machine.record.first_execution {
            return Ok(None);
        }
        let Kept { facts, progress, last_event } = read(&row, store)?;
        Ok(Some(Arc::new(Execution::past(facts, progress, last_event, Arc::clone(machine)))))
    }

    /// Items of a machine's executions that are in the store, the newest first: at most so many with numbers below `before`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn stored(
        machine: &Record,
        before: u64,
        status: Option<&str>,
        most: usize,
        store: &Store,
    ) -> Result<Vec<(u64, Value)>, StoreError> {
        let rows = store.executions(&machine.arn, (machine.first_execution, before), status, most)?;
        let item = |row: ExecutionRow| {
            let name = row.arn.rsplit(':').next().unwrap_or_default();
            (row.number, list_item(&row.arn, &row.machine, name, &row.status, (row.started_ms, row.stopped_ms)))
        };
        Ok(rows.into_iter().map(item).collect())
    }
}

fn read(row: &ExecutionRow, store: &Store) -> Result<Kept, StoreError> {
    serde_json::from_str(&row.record).map_err(|_| store.unreadable_execution(&row.arn))
}

/// Ends an execution that ran when the endpoint was killed. Events may have been written after its record was, or none at all: then its
/// history begins as every history does.
fn aborted(row: &ExecutionRow, machine: &Arc<StateMachine>, store: &Store, now: i64) -> Result<Execution, StoreError> {
    let Kept { facts, .. } = read(row, store)?;
    let last = store.last_event(facts.number)?;
    let details = json!({ "cause": STOPPED });
    let mut events = vec![Event {
        id: last.max(1) + 1,
        previous_id: 0,
        timestamp_ms: now,
        event_type: "ExecutionAborted",
        details: Some(("executionAbortedEventDetails", details.into())),
    }];
    if last == 0 {
        let input: Value = serde_json::from_str(&facts.input).unwrap_or_default();
        events.insert(0, Event::started(&input.to_string(), &machine.record.role_arn, facts.started_ms));
    }
    let lines = events.iter().map(|event| json!(event).to_string() + "\n").collect();
    let last_event = last.max(1) + 1;
    store.append_history(facts.number, last + 1, last_event, lines);
    let progress = Progress {
        status: Status::Aborted,
        stopped_ms: Some(now),
        output: None,
        error: None,
        cause: Some(STOPPED.to_owned()),
    };
    let execution = Execution::past(facts, progress, last_event, Arc::clone(machine));
    store.put_execution(execution.to_store(&execution.progress()));
    Ok(execution)
}

/// A JSON member of a request as text.
pub(super) fn text<'input>(input: &'input Value, member: &str) -> &'input str {
    input.member(member).as_str().unwrap_or_default()
}
