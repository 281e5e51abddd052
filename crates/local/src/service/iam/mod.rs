//! Identity and Access Management: roles, their policies, and who may do what.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>

mod authority;
mod condition;
mod details;
mod document;
mod elements;
mod evaluate;
mod managed;
mod policy_calls;
mod role;
mod role_calls;
mod role_store;
mod service;
mod tag_calls;
mod validate;

pub(crate) use authority::session_arn;
pub use managed::lacks_document;
pub(crate) use service::IamService;
