//! The AWS SDK for Rust, and nothing of labctl above the seam. The only folder that names `aws_*`.
//!
//! `connect` makes the clients, `caller` is the way every call takes (pacing, counting, errors), `account` is the seam's
//! implementation; one file per kind of resource, one for executions, `observe` looks at everything at once, by what `look` goes by.

mod account;
mod answer;
mod caller;
mod connect;
mod credentials;
mod dashboard;
mod endpoint;
mod execution;
mod failure;
mod fresh;
mod function;
mod history;
mod interceptor;
mod limits;
mod log_group;
mod look;
mod observe;
mod queue;
mod role;
mod settle;
mod state_machine;
mod tagging;
mod tenants;
mod times;
mod transport;

#[cfg(test)]
mod answers;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod requests;

pub(super) use connect::connect;
