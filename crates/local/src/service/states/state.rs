//! Everything the service remembers: machines and executions.

use crate::member::Member as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use serde::Deserialize;
use serde_json::{Value, json};

use super::execution::{Execution, Facts, Progress, Status};
use super::machine::{Record, StateMachine};
use super::retention::{Finished, LEFT, left_key};
use crate::service::Deps;
use crate::store::{Store, StoreError};

/// The collections in the store.
pub(super) const MACHINES: &str = "states-machine";
pub(super) const EXECUTIONS: &str = "states-execution";

/// Executions read from the store at a time.
pub(super) const PAGE: usize = 1000;

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
pub(super) struct Kept {
    pub(super) facts: Facts,
    pub(super) progress: Progress,
    pub(super) last_event: i64,
}

impl State {
    /// What the store holds. Executions that were running are ended, and get the event that says so.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(deps: &Deps, numbers: &AtomicU64) -> Result<Self, StoreError> {
        let mut state = Self::default();
        for (key, record) in deps.store.load::<Record>(MACHINES)? {
            // Only what this interpreter took is ever kept, so a definition that cannot be read was damaged.
            let definition =
                labctl_asl::parse(&record.definition).map_err(|_| deps.store.unreadable(MACHINES, &key))?;
            if record.deleting {
                deps.store.delete(MACHINES, &record.arn);
                continue;
            }
            let machine = StateMachine { record, definition: Arc::new(definition) };
            state.machines.insert(machine.record.arn.clone(), Arc::new(machine));
        }
        let now = deps.clock.now_ms();
        let (mut largest, mut finished, mut after) = (0, BTreeMap::new(), String::new());
        loop {
            let page = deps.store.after::<Kept>(EXECUTIONS, &after, PAGE)?;
            let Some((last, _)) = page.last() else { break };
            after.clone_from(last);
            for (arn, kept) in page {
                if !state.machines.contains_key(&kept.facts.machine_arn) {
                    deps.store.delete(EXECUTIONS, &arn);
                    deps.store.delete_events(&arn);
                    deps.store.delete(LEFT, &left_key(&kept.facts));
                    continue;
                }
                largest = largest.max(kept.facts.number);
                let execution = Arc::new(revived(kept, &state, &deps.store, now)?);
                state.insert_finished(&mut finished, execution, &deps.store);
            }
        }
        state.keep_finished(finished);
        numbers.store(largest + 1, std::sync::atomic::Ordering::Release);
        Ok(state)
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
        let executions = format!("{}:", machine_arn.replacen(":stateMachine:", ":execution:", 1));
        store.delete_all(EXECUTIONS, &executions);
        store.delete_all_events(&executions);
        store.delete_all(LEFT, &format!("{machine_arn} "));
    }

    /// Whether an execution of the machine runs.
    pub(super) fn is_running(&self, machine_arn: &str) -> bool {
        let running = |execution: &Arc<Execution>| execution.status() == Status::Running;
        self.by_machine.get(machine_arn).is_some_and(|executions| executions.values().any(running))
    }
}

/// An execution out of the store. One that ran when the endpoint was killed is ended now.
fn revived(kept: Kept, state: &State, store: &Store, now: i64) -> Result<Execution, StoreError> {
    let Kept { facts, mut progress, mut last_event } = kept;
    let machine = state.machines.get(&facts.machine_arn).cloned();
    let was_running = progress.status == Status::Running;
    if was_running {
        // Events may have been written after the record was.
        last_event = store.last_event(&facts.arn)? + 1;
        let event = labctl_asl::Event {
            id: last_event,
            previous_id: 0,
            timestamp_ms: now,
            event_type: "ExecutionAborted",
            details: Some(("executionAbortedEventDetails", json!({ "cause": STOPPED }).into())),
        };
        store.append_events(&facts.arn, last_event, &[event]);
        progress = Progress {
            status: Status::Aborted,
            stopped_ms: Some(now),
            output: None,
            error: None,
            cause: Some(STOPPED.to_owned()),
        };
    }
    let execution = Execution::past(facts, progress, last_event, machine);
    if was_running {
        store.put(EXECUTIONS, &execution.facts.arn, execution.to_store(&execution.progress()));
    }
    Ok(execution)
}

/// A JSON member of a request as text.
pub(super) fn text<'input>(input: &'input Value, member: &str) -> &'input str {
    input.member(member).as_str().unwrap_or_default()
}
