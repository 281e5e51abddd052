//! The `labctl` command.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    labctl::host::use_ordinary_pages();
    labctl::cli::run(std::env::args_os())
}
