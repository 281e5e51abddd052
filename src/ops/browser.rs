//! The user's browser.

use super::context::Context;
use crate::host;

/// Opens an address in the user's browser. Where that cannot be, it is said: the address stands on the terminal.
pub(crate) async fn open(context: &Context, address: &str) {
    let asked = address.to_owned();
    // What a desktop starts a browser with may take its time to say that there is none.
    let opened = tokio::task::spawn_blocking(move || host::open_in_browser(&asked)).await;
    if let Ok(Err(source)) = opened {
        context.audience.note(&format!("no browser was opened: {}; open the address yourself", host::cause(&source)));
    }
}
