//! Bytes ↔ requests: routing, signatures, and the protocols of the services (JSON 1.0 and 1.1, query, REST-JSON, CBOR).

mod call;

pub use call::{Answer, AnswerBody, Call, Caller, Fault};
