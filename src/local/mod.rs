//! The embedded AWS endpoint. It answers over real HTTP as AWS would and knows nothing of labctl: of the other rooms it
//! may name only `asl`. It has its own ARN, clock and digest code, and so is an independent witness.

mod arn;
pub mod clock;
mod member;
mod random;
pub mod runtime;
pub mod service;
pub mod store;
pub mod wire;
