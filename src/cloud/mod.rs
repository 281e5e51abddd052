//! The seam: one narrow trait over the verbs labctl needs. `sdk` is the only folder that names `aws_*`.

#[cfg(any(feature = "aws", test))]
mod classify;
mod connect;
mod error;
#[cfg(any(feature = "aws", test))]
mod marker;
#[cfg(feature = "aws")]
mod pacer;
#[cfg(feature = "aws")]
mod quota;
mod seam;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(feature = "aws")]
mod sdk;

pub use connect::{ConnectOptions, StaticCredentials, connect};
pub use error::{CloudError, ErrorClass};
pub use seam::{Cloud, Identity, Scope, Started, Tenant};
