//! Patterns and timestamps.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| labctl::asl::fuzzing::comparison(data));
