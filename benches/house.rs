//! Benchmarks of the rooms.

fn main() {}
