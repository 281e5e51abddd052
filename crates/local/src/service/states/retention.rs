//! What is remembered of executions that are over: the last ones in memory, the others in the store alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use serde_json::Value;

use super::execution::{Execution, Facts};
use super::fault::no_execution;
use super::service::Inner;
use super::state::{EXECUTIONS, Kept, PAGE, State};
use crate::store::{Store, StoreError};
use crate::wire::Fault;

/// Executions that have left memory, as ListExecutions shows them: by machine, then by number.
pub(super) const LEFT: &str = "states-execution-left";

/// What finished executions may weigh in memory, in bytes.
const MOST: usize = 64 << 20;
/// An execution without its texts.
const OWN_WEIGHT: usize = 1536;

/// Executions that are over, in the order in which they ended.
pub(super) struct Finished {
    queue: VecDeque<Arc<Execution>>,
    weight: usize,
    pub(super) most: usize,
    /// Some are being moved out.
    leaving: bool,
    /// Digests of the ARNs that have left: whether it is worth asking the store.
    gone: BTreeSet<u64>,
}

impl Default for Finished {
    fn default() -> Self {
        Self { queue: VecDeque::new(), weight: 0, most: MOST, leaving: false, gone: BTreeSet::new() }
    }
}

fn digest(arn: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    arn.hash(&mut hasher);
    hasher.finish()
}

fn weight(execution: &Execution) -> usize {
    OWN_WEIGHT + execution.facts.input.len() + execution.progress().output.map_or(0, |output| output.len())
}

/// The key of an execution that has left: keys of one machine are in the order of their starts.
pub(super) fn left_key(facts: &Facts) -> String {
    format!("{} {:020}", facts.machine_arn, facts.number)
}

impl Finished {
    pub(super) fn push(&mut self, execution: Arc<Execution>) {
        self.weight += weight(&execution);
        self.queue.push_back(execution);
    }

    /// The oldest ones, if there are too many: an eighth at once, since moving out waits for the disk.
    fn leave(&mut self) -> Vec<Arc<Execution>> {
        let mut out = Vec::new();
        if self.leaving || self.weight <= self.most {
            return out;
        }
        while self.weight > self.most - self.most / 8
            && let Some(first) = self.queue.pop_front()
        {
            self.weight = self.weight.saturating_sub(weight(&first));
            out.push(first);
        }
        self.leaving = true;
        out
    }

    /// Forgets those of a machine.
    pub(super) fn forget(&mut self, machine_arn: &str) {
        self.queue.retain(|execution| execution.facts.machine_arn != machine_arn);
        self.weight = self.queue.iter().map(|execution| weight(execution)).sum();
    }
}

impl State {
    /// Takes in an execution that is over, at the start of the endpoint; `finished` holds the others by the time of their end.
    pub(super) fn insert_finished(
        &mut self,
        finished: &mut BTreeMap<(Option<i64>, u64), Arc<Execution>>,
        execution: Arc<Execution>,
        store: &Store,
    ) {
        self.finished.weight += weight(&execution);
        self.insert(Arc::clone(&execution));
        finished.insert((execution.progress().stopped_ms, execution.facts.number), execution);
        while self.finished.weight > self.finished.most
            && let Some((_, first)) = finished.pop_first()
        {
            self.finished.weight = self.finished.weight.saturating_sub(weight(&first));
            store.put(LEFT, &left_key(&first.facts), first.item());
            self.remove(&first);
        }
    }

    /// What [`State::insert_finished`] gathered, once all are in.
    pub(super) fn keep_finished(&mut self, finished: BTreeMap<(Option<i64>, u64), Arc<Execution>>) {
        self.finished.queue = finished.into_values().collect();
    }

    /// Takes an execution out of memory.
    fn remove(&mut self, execution: &Execution) {
        let facts = &execution.facts;
        self.executions.remove(&facts.arn);
        if let Some(executions) = self.by_machine.get_mut(&facts.machine_arn) {
            executions.remove(&facts.number);
        }
        self.finished.gone.insert(digest(&facts.arn));
    }

    /// An execution, wherever it is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn execution(&self, arn: &str, store: &Store) -> Result<Option<Arc<Execution>>, StoreError> {
        if let Some(execution) = self.executions.get(arn) {
            return Ok(Some(Arc::clone(execution)));
        }
        if !self.finished.gone.contains(&digest(arn)) {
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
        while items.len() < most && !self.finished.gone.is_empty() {
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

impl Inner {
    /// An execution, wherever it is.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`.
    pub(super) fn execution(&self, arn: &str) -> Result<Arc<Execution>, Fault> {
        self.state()
            .execution(arn, &self.deps.store)
            .map_err(|error| unreadable(&error))?
            .ok_or_else(|| no_execution(arn))
    }

    /// Moves the oldest finished executions out of memory, if there are too many; they go only once they are on disk.
    pub(super) fn thin_out(self: &Arc<Self>, state: &mut State) {
        let leaving = state.finished.leave();
        if leaving.is_empty() {
            return;
        }
        for execution in &leaving {
            self.deps.store.put(LEFT, &left_key(&execution.facts), execution.item());
        }
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            inner.deps.store.flush().await;
            let mut state = inner.state();
            for execution in leaving {
                let there = state.executions.get(&execution.facts.arn);
                if there.is_some_and(|there| Arc::ptr_eq(there, &execution)) {
                    state.remove(&execution);
                } else {
                    // Its machine was deleted, or its name used again.
                    inner.deps.store.delete(LEFT, &left_key(&execution.facts));
                }
            }
            state.finished.leaving = false;
        });
    }
}

/// A store that cannot be read.
pub(super) fn unreadable(error: &StoreError) -> Fault {
    Fault::client("InternalFailure", error.to_string()).status(500)
}
