//! How often to look and how long to wait.

use std::time::Duration;

use tokio::sync::watch;

/// Turns `true` when the user interrupts. Nothing new is started after that, and waiting ends.
pub type Cancel = watch::Receiver<bool>;

/// Waiting in real time. Looks back off from `first` to `longest` while nothing ends, so that a long wait costs few calls:
/// ListExecutions refills at 2 to 5 a second per account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Before the first look.
    pub first: Duration,
    /// Between looks at most.
    pub longest: Duration,
    /// Without any execution ending, after which those of a bulk run that still run are stopped; where time jumps, also the real time
    /// after which a scenario's are, whatever is at work.
    pub patience: Duration,
    /// Beyond what a scenario says that it waits, without any execution ending, after which it is stopped.
    pub grace: Duration,
    /// For the log lines of an EXPRESS execution to arrive.
    pub log_patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(25),
            longest: Duration::from_secs(5),
            patience: Duration::from_mins(5),
            grace: Duration::from_mins(1),
            log_patience: Duration::from_mins(1),
        }
    }
}

impl Pace {
    /// The pause after one of this length during which nothing happened.
    pub(super) fn longer(self, pause: Duration) -> Duration {
        (pause * 3 / 2).clamp(self.first, self.longest)
    }
}

/// Waits this long, or until the user interrupts; `true` when interrupted.
pub(super) async fn pause(cancel: &mut Cancel, length: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(length) => is_cancelled(cancel),
        () = cancelled(cancel) => true,
    }
}

/// Whether the user has interrupted.
pub(super) fn is_cancelled(cancel: &Cancel) -> bool {
    *cancel.borrow()
}

/// Ends when the user interrupts.
pub(super) async fn cancelled(cancel: &mut Cancel) {
    if cancel.wait_for(|interrupted| *interrupted).await.is_err() {
        // Nobody is left who could interrupt.
        std::future::pending::<()>().await;
    }
}
