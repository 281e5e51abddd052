//! What is remembered of executions that are over: the last ones in memory, the others in the store alone.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::execution::{Execution, Facts};

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
        self.weigh(&execution);
        self.queue.push_back(execution);
    }

    /// The oldest ones, if there are too many: an eighth at once, since moving out waits for the disk.
    pub(super) fn leave(&mut self) -> Vec<Arc<Execution>> {
        let mut out = Vec::new();
        if self.leaving || !self.is_full() {
            return out;
        }
        while self.weight > self.most - self.most / 8
            && let Some(first) = self.queue.pop_front()
        {
            self.unweigh(&first);
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

    /// Those that [`Finished::leave`] gave are out of memory.
    pub(super) fn have_left(&mut self) {
        self.leaving = false;
    }

    /// Counts an execution that [`Finished::keep`] will take.
    pub(super) fn weigh(&mut self, execution: &Execution) {
        self.weight += weight(execution);
    }

    /// One that was weighed goes to the store instead.
    pub(super) fn unweigh(&mut self, execution: &Execution) {
        self.weight = self.weight.saturating_sub(weight(execution));
    }

    /// Whether they weigh too much.
    pub(super) fn is_full(&self) -> bool {
        self.weight > self.most
    }

    /// Takes in those that were weighed, in the order in which they ended.
    pub(super) fn keep(&mut self, executions: impl Iterator<Item = Arc<Execution>>) {
        self.queue = executions.collect();
    }

    /// An execution is in the store alone.
    pub(super) fn note_gone(&mut self, arn: &str) {
        self.gone.insert(digest(arn));
    }

    /// Whether an execution may be in the store alone.
    pub(super) fn may_be_gone(&self, arn: &str) -> bool {
        self.gone.contains(&digest(arn))
    }

    /// Whether any is in the store alone.
    pub(super) fn any_gone(&self) -> bool {
        !self.gone.is_empty()
    }
}
