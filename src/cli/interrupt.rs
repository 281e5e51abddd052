//! Ctrl-C and SIGTERM.
#![expect(clippy::disallowed_methods, reason = "the second interruption ends the process at once")]

use std::time::Duration;

use crate::event::Audience as _;
use crate::host::{self, Interrupt};
use crate::ops::Exit;
use crate::ui::Ui;

/// How long after SIGTERM what is in flight is waited for, and how long the command then has to say how it went. Whoever sends it often
/// kills after ten seconds.
const GRACE: Duration = Duration::from_secs(6);
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How the process is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no such signal"))]
    Terminate,
}

/// Waits for interruptions: the first asks everything to come to an end, the second ends the process. SIGTERM ends it within ten seconds,
/// whatever is in flight.
pub(super) async fn listen(switch: Interrupt, ui: Ui) {
    let Some(mut signals) = Signals::listen() else { return };
    let signal = signals.next().await;
    // At a question nothing is in flight: the command ends by itself.
    if !ui.is_asking() {
        ui.note(match signal {
            Signal::Interrupt => "interrupted: finishing what is in flight; once more ends at once",
            Signal::Terminate => "terminated: finishing what is in flight, for a few seconds; once more ends at once",
        });
    }
    switch.trigger();
    let end = async {
        let time = host::real_time();
        time.sleep(GRACE).await;
        switch.give_up();
        time.sleep(LAST_WORDS).await;
    };
    tokio::select! {
        _ = signals.next() => {}
        () = end, if signal == Signal::Terminate => {}
    }
    std::process::exit(i32::from(Exit::Interrupted.code()));
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
