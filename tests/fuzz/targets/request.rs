//! A whole request, as HTTP writes it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| labctl::local::wire::fuzzing::request(data));
