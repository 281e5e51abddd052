//! How many calls are out at once, and which go first where they have to wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::cloud::turn;

/// Which calls go first: roles, on which functions stand; then functions, which take a while to settle; then all others. Among
/// equals who comes first in the plan.
fn urgency(operation: &str) -> u8 {
    match operation.split_once(':') {
        Some(("iam" | "sts", _)) => 0,
        Some(("lambda", _)) => 1,
        _ => 2,
    }
}

/// Calls that are out, and those that wait.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    out: usize,
    limit: usize,
    next: u64,
    waiting: BTreeMap<Rank, Arc<Notify>>,
}

/// Urgency, turn, and who asked first.
type Rank = (u8, u64, u64);

/// A place among those that wait, and then among those that are out.
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    rank: Rank,
    is_out: bool,
}

impl Gate {
    /// Waits until fewer than `limit` calls are out. The last limit named holds for all.
    pub(super) async fn enter(&self, limit: usize, operation: &str) -> Pass<'_> {
        let (mut pass, woken) = {
            let mut state = self.state();
            state.limit = limit.max(1);
            state.next += 1;
            let rank = (urgency(operation), turn::order(), state.next);
            let woken = Arc::new(Notify::new());
            state.waiting.insert(rank, Arc::clone(&woken));
            (Pass { gate: self, rank, is_out: false }, woken)
        };
        loop {
            {
                let mut state = self.state();
                if state.out < state.limit
                    && state.waiting.first_key_value().is_some_and(|(first, _)| *first == pass.rank)
                {
                    state.waiting.remove(&pass.rank);
                    state.out += 1;
                    pass.is_out = true;
                    state.wake();
                    break;
                }
                state.wake();
            }
            woken.notified().await;
        }
        pass
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Has the first who waits look whether there is room.
    fn wake(&self) {
        if self.out < self.limit
            && let Some((_, first)) = self.waiting.first_key_value()
        {
            first.notify_one();
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        if self.is_out {
            state.out -= 1;
        } else {
            state.waiting.remove(&self.rank);
        }
        state.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn so_many_are_out_at_once_and_the_most_urgent_go_first() {
        let (gate, out, most) = (Gate::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        let went = Mutex::new(Vec::new());
        let held = gate.enter(1, "sts:GetCallerIdentity").await;
        let asked = ["logs:CreateLogGroup", "lambda:CreateFunction", "states:CreateStateMachine", "iam:CreateRole"];
        let (gate, went, out, most) = (&gate, &went, &out, &most);
        let calls = asked.map(|operation| async move {
            let _pass = gate.enter(2, operation).await;
            went.lock().unwrap().push(operation);
            most.fetch_max(out.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            out.fetch_sub(1, Ordering::Relaxed);
        });
        // Whoever gives up while waiting leaves no gap.
        let mut given_up = Box::pin(gate.enter(1, "iam:GetRole"));
        assert!(futures::poll!(&mut given_up).is_pending());
        drop(given_up);
        tokio::join!(join_all(calls), async move {
            tokio::task::yield_now().await;
            drop(held);
        });
        // The first to ask finds room for a second call.
        let rest = ["iam:CreateRole", "lambda:CreateFunction", "states:CreateStateMachine"];
        assert_eq!(went.lock().unwrap()[0], "logs:CreateLogGroup");
        assert_eq!(went.lock().unwrap()[1..], rest);
        assert_eq!(most.load(Ordering::Relaxed), 2);
    }
}
