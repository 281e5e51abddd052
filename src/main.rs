//! The `labctl` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    labctl::cli::run(std::env::args_os())
}
