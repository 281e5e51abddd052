//! The seam: one narrow trait over the verbs labctl needs. `sdk` is the only folder that names `aws_*`.

#[cfg(any(feature = "aws", test))]
mod classify;
mod connect;
mod error;
mod limits;
#[cfg(any(feature = "aws", test))]
mod marker;
#[cfg(any(feature = "aws", test))]
mod pacer;
mod quota;
mod seam;
mod turn;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(feature = "aws")]
mod sdk;

pub use connect::{ConnectOptions, StaticCredentials, connect};
pub use error::{CloudError, ErrorClass};
pub use limits::{AccountLimits, Allowance, Paced};
pub use quota::published_bucket;
pub use seam::{Cloud, Depth, Identity, Scope, Started, Tenant};
pub use turn::{Turn, in_turn};
