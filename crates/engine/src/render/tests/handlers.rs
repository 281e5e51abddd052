//! The pack's Python handlers, by their own tests.

use std::io::{self, Write as _};
use std::process::Command;

use super::class::repository;

#[test]
fn the_handlers_pass_their_tests() {
    let mut python = Command::new("python3");
    python.args(["-B", "-m", "unittest", "discover", "tests/handlers"]).current_dir(repository());
    match python.output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => writeln!(io::stderr(), "skipped: python3 cannot be started ({error})").unwrap(),
    }
}
