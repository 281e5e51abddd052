//! Executions that are over and still in memory. All of them are in the store; the last ones are asked for most.

use std::collections::VecDeque;
use std::sync::Arc;

use super::execution::Execution;

/// What finished executions may weigh in memory, in bytes.
const MOST: usize = 2 << 20;
/// An execution without its texts.
const OWN_WEIGHT: usize = 1536;

/// Executions that are over, in the order in which they ended.
pub(super) struct Finished {
    queue: VecDeque<Arc<Execution>>,
    weight: usize,
    pub(super) most: usize,
    /// Some are being moved out.
    leaving: bool,
}

impl Default for Finished {
    fn default() -> Self {
        Self { queue: VecDeque::new(), weight: 0, most: MOST, leaving: false }
    }
}

fn weight(execution: &Execution) -> usize {
    OWN_WEIGHT + execution.facts.input.len() + execution.progress().output.map_or(0, |output| output.len())
}

impl Finished {
    pub(super) fn push(&mut self, execution: Arc<Execution>) {
        self.weight += weight(&execution);
        self.queue.push_back(execution);
    }

    /// The oldest ones, if there are too many: an eighth at once, since moving out waits for the disk.
    pub(super) fn leave(&mut self) -> Vec<Arc<Execution>> {
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

    /// Takes those out that were over before a time (milliseconds since 1970).
    pub(super) fn older(&mut self, stopped_ms: i64) -> Vec<Arc<Execution>> {
        let mut out = Vec::new();
        while let Some(first) =
            self.queue.pop_front_if(|first| first.progress().stopped_ms.is_some_and(|at| at < stopped_ms))
        {
            self.weight = self.weight.saturating_sub(weight(&first));
            out.push(first);
        }
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
}
