//! An expression in JSONata.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: labctl::asl::fuzzing::let_the_engine_panic(),
    |data: &[u8]| labctl::asl::fuzzing::jsonata(data)
);
