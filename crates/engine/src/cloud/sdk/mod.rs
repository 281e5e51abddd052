//! The AWS SDK for Rust, and nothing of labctl above the seam. The only folder that names `aws_*`.
//!
//! `connect` makes the `clients`, `caller` is the way every call takes (pacing, counting, errors), `account` is the seam's
//! implementation; `kind` has one file per kind of resource, `observe` looks at every kind at once, by what `observation` goes by; one file for
//! executions, and one for each other verb.

mod account;
mod answer;
mod caller;
mod clients;
mod connect;
mod credentials;
mod definition;
mod endpoint;
mod events;
mod execution;
mod failure;
mod history;
mod imposed;
mod interceptor;
mod kind;
mod last_observation;
mod limits;
mod metrics;
mod observation;
mod observe;
mod settle;
mod tagging;
mod tenants;
mod times;
mod transport;

#[cfg(test)]
mod tests;

pub(super) use connect::connect;
