//! The wish to stop: nothing new starts, what is in flight ends.

use std::sync::Arc;

use tokio::sync::watch;

/// A switch that any holder of a copy may pull, once and for good.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<watch::Sender<bool>>);

impl Default for Interrupt {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Interrupt {
    /// A switch that nobody has pulled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Pulls it.
    pub fn trigger(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was pulled.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// A view of the switch that turns `true` when it is pulled, for who only waits.
    pub fn subscribe(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }

    /// Waits until it is pulled.
    pub async fn wait(&self) {
        // The sender is held by `self`, so the channel cannot close meanwhile.
        let _ = self.0.subscribe().wait_for(|pulled| *pulled).await;
    }
}
