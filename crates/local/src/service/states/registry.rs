//! Machines and executions behind one lock, with the store that keeps them.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::execution::Execution;
use super::fault::{deleting, no_execution, no_machine, unreadable};
use super::machine::{Recent, StateMachine};
use super::state::State;
use crate::clock::Clock;
use crate::store::{Store, StoreError};
use crate::wire::Fault;

/// How often executions that were over long ago are removed, in milliseconds.
const EXPIRE_EVERY_MS: i64 = 60_000;

/// Every machine and every execution of the account.
pub(super) struct Registry {
    pub(super) store: Store,
    recent: Recent,
    numbers: AtomicU64,
    state: Mutex<State>,
    /// How long executions that are over are kept, in milliseconds.
    keep_ms: i64,
    expired_ms: AtomicI64,
}

impl Registry {
    /// What the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(store: &Store, clock: &Clock, keep: Duration) -> Result<Arc<Self>, StoreError> {
        let (state, next) = State::load(store, clock.now_ms())?;
        Ok(Arc::new(Self {
            store: store.clone(),
            recent: Recent::default(),
            numbers: AtomicU64::new(next),
            state: Mutex::new(state),
            keep_ms: i64::try_from(keep.as_millis()).unwrap_or(i64::MAX),
            expired_ms: AtomicI64::new(i64::MIN),
        }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the next execution: they are in the order of their starts.
    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::AcqRel)
    }

    /// The number that the next execution will have at least.
    pub(super) fn coming_number(&self) -> u64 {
        self.numbers.load(Ordering::Acquire)
    }

    /// A machine.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`.
    pub(super) fn machine(&self, arn: &str) -> Result<Arc<StateMachine>, Fault> {
        self.state().machines.get(arn).cloned().ok_or_else(|| no_machine(arn))
    }

    /// A machine that may be started.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`, `StateMachineDeleting`.
    pub(super) fn startable(&self, arn: &str) -> Result<Arc<StateMachine>, Fault> {
        let machine = self.machine(arn)?;
        if machine.record.deleting { Err(deleting(arn)) } else { Ok(machine) }
    }

    /// A machine's definition, parsed.
    ///
    /// # Errors
    /// When the store is damaged.
    pub(super) fn definition(&self, machine: &StateMachine) -> Result<Arc<labctl_asl::Definition>, Fault> {
        machine.definition(&self.recent, &self.store).map_err(|error| unreadable(&error))
    }

    /// An execution, wherever it is.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`.
    pub(super) fn execution(&self, arn: &str) -> Result<Arc<Execution>, Fault> {
        let found = self.state().execution(arn, &self.store).map_err(|error| unreadable(&error))?;
        found.ok_or_else(|| no_execution(arn))
    }

    /// Removes executions that have been over for long, now and then.
    pub(super) fn expire(&self, now_ms: i64) {
        if now_ms.saturating_sub(self.expired_ms.load(Ordering::Acquire)) < EXPIRE_EVERY_MS {
            return;
        }
        self.expired_ms.store(now_ms, Ordering::Release);
        let oldest = now_ms.saturating_sub(self.keep_ms);
        let mut state = self.state();
        for execution in state.finished.older(oldest) {
            state.remove(&execution);
        }
        self.store.delete_executions_before(oldest);
    }

    /// Moves the oldest finished executions out of memory, if there are too many; they go only once they are on disk.
    pub(super) fn thin_out(self: &Arc<Self>, state: &mut State) {
        let leaving = state.finished.leave();
        if leaving.is_empty() {
            return;
        }
        let registry = Arc::clone(self);
        tokio::spawn(async move {
            registry.store.flush().await;
            let mut state = registry.state();
            for execution in leaving {
                state.remove(&execution);
            }
            state.finished.have_left();
        });
    }
}
