//! A JSONPath, and the JSON it is applied to.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| labctl::asl::fuzzing::path(data));
