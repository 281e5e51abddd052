//! Builds again when a file of a built-in pack comes or goes: `rust-embed` by itself notices only changes of files it knows.

fn main() {
    println!("cargo::rerun-if-changed=../../templates");
    println!("cargo::rerun-if-changed=build.rs");
}
