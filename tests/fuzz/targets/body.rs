//! Forms and CBOR.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| labctl::local::wire::fuzzing::body(data));
