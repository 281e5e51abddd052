//! Bytes ↔ requests: routing, signatures, and the protocols of the services (JSON 1.0 and 1.1, query, REST-JSON, CBOR).

#[cfg(test)]
mod arbitrary;
mod body;
mod call;
mod cbor;
mod connections;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod protocol;
mod query;
mod refusal;
mod reply;
mod rest;
mod route;
mod server;
mod shape;
mod signature;
mod xml;

pub(crate) use body::Bodies;
pub use call::{Answer, AnswerBody, Call, Caller, Fault};
pub(crate) use protocol::Protocol;
pub(crate) use server::{OWN, SHOWN, Server, listen, serve};
pub(crate) use shape::{is_timestamp, iso as iso_time};
#[cfg(test)]
pub(crate) use signature::client;
