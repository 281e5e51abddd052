//! How often to poll and how long to wait.

use std::time::Duration;

/// The user's interruption. Nothing new is started after it, and waiting ends.
pub type Cancel = crate::host::Interrupt;

/// How executions are waited for. Polls back off from `first` to `longest` while nothing ends, so that a long wait costs few calls:
/// ListExecutions refills at 2 to 5 a second per account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Before the first poll.
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
