//! How a plan is applied.

use super::RolloutPolicy;
use crate::cloud::RetryPolicy;
use crate::host::{self, Interrupt, Time};

/// How a plan is applied.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// Stops new changes when pulled.
    pub interrupt: Interrupt,
    /// Changes of one kind in flight at once. How many calls are out, and how fast they go, is the connection's business.
    pub concurrency: usize,
    /// How long what passes is tried again.
    pub retry: RetryPolicy,
    /// Whether a user in whose way a foreign thing stands fails, with nothing made for that user (a deployment), or goes on without it
    /// (a teardown).
    pub foreign_fails: bool,
    /// Whose time waits are measured in.
    pub time: Time,
    /// How far to go on while users fail.
    pub rollout: RolloutPolicy,
}

impl Default for ApplyOptions {
    /// For a deployment: two minutes for what passes, and enough in flight that no bucket stands full while another is waited for.
    fn default() -> Self {
        Self {
            interrupt: Interrupt::new(),
            concurrency: 640,
            retry: RetryPolicy::default(),
            foreign_fails: true,
            time: host::real_time(),
            rollout: RolloutPolicy::default(),
        }
    }
}
