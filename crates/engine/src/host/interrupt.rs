//! The wish to stop: nothing new begins, what is in flight ends; later that is given up, too.

use std::sync::Arc;

use tokio::sync::watch;

/// How far an interruption has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Running,
    /// Nothing new begins.
    Interrupted,
    /// What is in flight is waited for no longer.
    GivenUp,
}

/// A switch that any holder of a copy may pull, once and for good.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<watch::Sender<Stage>>);

impl Default for Interrupt {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Stage::Running)))
    }
}

impl Interrupt {
    /// A switch that nobody has pulled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Pulls it: nothing new begins.
    pub fn trigger(&self) {
        self.reach(Stage::Interrupted);
    }

    /// Ends the waiting for what is in flight.
    pub fn give_up(&self) {
        self.reach(Stage::GivenUp);
    }

    /// Whether it was pulled.
    pub fn is_set(&self) -> bool {
        *self.0.borrow() >= Stage::Interrupted
    }

    /// Waits until it is pulled.
    pub async fn wait(&self) {
        self.reached(Stage::Interrupted).await;
    }

    /// Waits until what is in flight is waited for no longer.
    pub async fn given_up(&self) {
        self.reached(Stage::GivenUp).await;
    }

    fn reach(&self, stage: Stage) {
        self.0.send_if_modified(|known| {
            let is_later = *known < stage;
            *known = stage.max(*known);
            is_later
        });
    }

    async fn reached(&self, stage: Stage) {
        // The sender is held by `self`, so the channel cannot close meanwhile.
        let _ = self.0.subscribe().wait_for(|known| *known >= stage).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stages_are_reached_once_and_in_order() {
        let interrupt = Interrupt::new();
        assert!(!interrupt.is_set());
        interrupt.trigger();
        interrupt.clone().wait().await;
        let mut given_up = Box::pin(interrupt.given_up());
        assert!(futures::poll!(&mut given_up).is_pending());
        interrupt.give_up();
        given_up.await;
        interrupt.trigger();
        interrupt.given_up().await;
        assert!(interrupt.is_set());
    }
}
