//! The user's browser.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::env;

/// How long what starts the browser may take to say that there is none.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens an address in the user's browser, which outlives this process and is not interrupted with it. `BROWSER` outweighs the system's
/// choice: commands with a colon between them, which are tried in turn, with `%s` for the address or without.
///
/// # Errors
/// When there is no display that a browser could open on, or no browser.
pub fn open_in_browser(address: &str) -> io::Result<()> {
    if let Some(browsers) = env("BROWSER") {
        return open_in_one_of(&browsers, address);
    }
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(|name| env(name).is_some());
    if cfg!(target_os = "linux") && !has_display {
        return Err(io::Error::other("this session has no display"));
    }
    open::that_detached_with_timeout(address, PATIENCE)
}

fn open_in_one_of(browsers: &str, address: &str) -> io::Result<()> {
    let mut failure = io::Error::other("`BROWSER` names no command");
    for browser in browsers.split(':') {
        let mut words = browser.split_whitespace().map(|word| word.replace("%s", address));
        let Some(program) = words.next() else { continue };
        let mut command = Command::new(&program);
        command.args(words);
        if !browser.contains("%s") {
            command.arg(address);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        match command.spawn() {
            Ok(mut child) => {
                thread::spawn(move || child.wait());
                return Ok(());
            }
            Err(source) => failure = io::Error::other(format!("`{program}`: {}", super::cause(&source))),
        }
    }
    Err(failure)
}
