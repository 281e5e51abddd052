//! Ctrl-C and SIGTERM.
#![expect(clippy::disallowed_methods, reason = "the second interruption ends the process at once")]

use super::exit::Exit;
use crate::apply::Interrupt;
use crate::ui::Ui;

/// Waits for interruptions: the first asks everything to come to an end, the second ends the process.
pub(super) async fn listen(switch: Interrupt, ui: Ui) {
    interrupted().await;
    // At a question nothing is in flight: the command ends by itself.
    if !ui.is_asking() {
        ui.note("interrupted: finishing what is in flight; once more ends at once");
    }
    switch.trigger();
    interrupted().await;
    std::process::exit(i32::from(Exit::Interrupted.code()));
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
