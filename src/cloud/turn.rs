//! Whose turn it is: who began first is served first, and what has sent nothing yet can still be called off.

use std::sync::atomic::AtomicBool;
#[cfg(any(feature = "aws", test))]
use std::sync::atomic::Ordering;

use tokio::sync::watch;

/// The place of a piece of work among others, and how it is called off.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Lower goes first where calls have to queue.
    pub order: u64,
    /// Turns `true` when the user interrupts. Calls that wait for their turn are then called off with the class `Interrupted`,
    /// unless the work has made a call already: what was begun is brought to its end.
    pub interrupt: watch::Receiver<bool>,
}

#[derive(Debug)]
#[cfg_attr(not(any(feature = "aws", test)), expect(dead_code, reason = "calls are only made with the SDK"))]
struct Work {
    turn: Turn,
    begun: AtomicBool,
}

tokio::task_local! {
    static WORK: Work;
}

/// Does a piece of work in its turn: every call made by `work` itself (not by tasks it spawns) queues in its order.
pub async fn in_turn<T>(turn: Turn, work: impl Future<Output = T>) -> T {
    WORK.scope(Work { turn, begun: AtomicBool::new(false) }, work).await
}

/// The order of the work at hand; what has none goes first.
#[cfg(any(feature = "aws", test))]
pub(super) fn order() -> u64 {
    WORK.try_with(|work| work.turn.order).unwrap_or_default()
}

/// Notes that the work at hand has made a call.
#[cfg(any(feature = "aws", test))]
pub(super) fn begun() {
    let _ = WORK.try_with(|work| work.begun.store(true, Ordering::Relaxed));
}

/// Waits until the work at hand is called off; forever where it cannot be.
#[cfg(any(feature = "aws", test))]
pub(super) async fn called_off() {
    let interrupt = WORK.try_with(|work| {
        let begun = work.begun.load(Ordering::Relaxed);
        (!begun).then(|| work.turn.interrupt.clone())
    });
    if let Ok(Some(mut interrupt)) = interrupt
        && interrupt.wait_for(|pulled| *pulled).await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}
