//! Rebuilds when a file of a built-in pack comes or goes; `rust-embed` by itself notices only changes of files it knows.
#![expect(clippy::print_stdout, reason = "cargo reads a build script's instructions from stdout")]

fn main() {
    println!("cargo::rerun-if-changed=templates");
}
