//! Text of a definition: parsed, checked, and run if it is good.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| labctl::asl::fuzzing::definition(data));
