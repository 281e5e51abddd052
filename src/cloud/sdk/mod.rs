//! The AWS SDK for Rust, and nothing of labctl above the seam. The only folder that names `aws_*`.
//!
//! `connect` makes the clients, `caller` is the way every call takes (pacing, counting, errors), `account` is the seam's
//! implementation; one file per kind of resource, one for executions, one for looking at everything at once.

mod account;
mod caller;
mod connect;
mod credentials;
mod dashboard;
mod endpoint;
mod execution;
mod failure;
mod function;
mod history;
mod interceptor;
mod log_group;
mod observe;
mod queue;
mod role;
mod state_machine;
mod tagging;
mod tenants;
mod transport;

#[cfg(test)]
mod replay;
#[cfg(test)]
mod requests;

pub(super) use connect::connect;
