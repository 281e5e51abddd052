//! An expression in JSONata.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| labctl::asl::fuzzing::jsonata(data));
