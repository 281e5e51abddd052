//! A call of an intrinsic function.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| labctl::asl::fuzzing::intrinsic(data));
