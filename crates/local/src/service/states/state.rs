//! Everything the service remembers: machines and executions.

use crate::member::Member as _;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::execution::{Execution, Facts, Progress, Status};
use super::finished::{Finished, LEFT, left_key};
use super::machine::{Record, StateMachine};
use crate::store::{Store, StoreError};

/// The collections in the store.
pub(super) const MACHINES: &str = "states-machine";
pub(super) const EXECUTIONS: &str = "states-execution";

/// Executions read from the store at a time.
const PAGE: usize = 1000;

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
        for (key, record) in store.load::<Record>(MACHINES)? {
            // Only what this interpreter took is ever kept, so a definition that cannot be read was damaged.
            let definition = labctl_asl::parse(&record.definition).map_err(|_| store.unreadable(MACHINES, &key))?;
            if record.deleting {
                store.delete(MACHINES, &record.arn);
                continue;
            }
            let machine = StateMachine { record, definition: Arc::new(definition) };
            state.machines.insert(machine.record.arn.clone(), Arc::new(machine));
        }
        let (mut largest, mut finished, mut after) = (0, BTreeMap::new(), String::new());
        loop {
            let page = store.after::<Kept>(EXECUTIONS, &after, PAGE)?;
            let Some((last, _)) = page.last() else { break };
            after.clone_from(last);
            for (arn, kept) in page {
                if !state.machines.contains_key(&kept.facts.machine_arn) {
                    store.delete(EXECUTIONS, &arn);
                    store.delete_events(&arn);
                    store.delete(LEFT, &left_key(&kept.facts));
                    continue;
                }
                largest = largest.max(kept.facts.number);
                let execution = Arc::new(revived(kept, &state, store, now)?);
                state.insert_finished(&mut finished, execution, store);
            }
        }
        state.finished.keep(finished.into_values());
        Ok((state, largest + 1))
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

    /// Takes in an execution that is over, at the start of the endpoint; `finished` holds the others by the time of their end.
    fn insert_finished(
        &mut self,
        finished: &mut BTreeMap<(Option<i64>, u64), Arc<Execution>>,
        execution: Arc<Execution>,
        store: &Store,
    ) {
        self.finished.weigh(&execution);
        self.insert(Arc::clone(&execution));
        finished.insert((execution.progress().stopped_ms, execution.facts.number), execution);
        while self.finished.is_full()
            && let Some((_, first)) = finished.pop_first()
        {
            self.finished.unweigh(&first);
            store.put(LEFT, &left_key(&first.facts), first.item());
            self.remove(&first);
        }
    }

    /// Takes an execution out of memory.
    pub(super) fn remove(&mut self, execution: &Execution) {
        let facts = &execution.facts;
        self.executions.remove(&facts.arn);
        if let Some(executions) = self.by_machine.get_mut(&facts.machine_arn) {
            executions.remove(&facts.number);
        }
        self.finished.note_gone(&facts.arn);
    }

    /// An execution, wherever it is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn execution(&self, arn: &str, store: &Store) -> Result<Option<Arc<Execution>>, StoreError> {
        if let Some(execution) = self.executions.get(arn) {
            return Ok(Some(Arc::clone(execution)));
        }
        if !self.finished.may_be_gone(arn) {
            return Ok(None);
        }
        let Some(Kept { facts, progress, last_event }) = store.get(EXECUTIONS, arn)? else { return Ok(None) };
        let machine = self.machines.get(&facts.machine_arn).cloned();
        Ok(Some(Arc::new(Execution::past(facts, progress, last_event, machine))))
    }

    /// Items of a machine's executions that have left memory, the newest first: at most so many with numbers below `before`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn left(
        &self,
        machine_arn: &str,
        before: u64,
        status: Option<&str>,
        most: usize,
        store: &Store,
    ) -> Result<Vec<(u64, Value)>, StoreError> {
        let mut items = Vec::new();
        if status == Some("RUNNING") {
            return Ok(items);
        }
        let size = if status.is_some() { most.max(PAGE) } else { most };
        let mut end = format!("{machine_arn} {before:020}");
        while items.len() < most && self.finished.any_gone() {
            let page = store.before::<Value>(LEFT, &format!("{machine_arn} "), &end, size)?;
            let Some((last, _)) = page.last() else { break };
            end.clone_from(last);
            for (key, item) in page {
                let number = key.rsplit(' ').next().and_then(|number| number.parse().ok());
                let is_whole =
                    ["executionArn", "name", "status", "startDate"].iter().all(|name| item.get(name).is_some());
                let number = number.filter(|_| is_whole).ok_or_else(|| store.unreadable(LEFT, &key))?;
                if status.is_none_or(|status| item.get("status").is_some_and(|its| its == status)) {
                    items.push((number, item));
                }
            }
        }
        items.truncate(most);
        Ok(items)
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
