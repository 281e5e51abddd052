//! The seam: one narrow trait over the verbs labctl needs. `sdk` is the only folder that names `aws_*`.

mod call;
#[cfg(any(feature = "aws", test))]
mod classify;
mod connect;
mod error;
mod limits;
mod marker;
mod options;
mod seam;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(feature = "aws")]
mod sdk;

pub use call::{CallListener, CallOrder, ChangeWork, OnWait, RetryPolicy, RoleAges, UnansweredCall, published_bucket};
pub use connect::connect;
pub use error::{CloudError, ErrorClass};
pub use limits::{AccountLimits, Allowance, Paced};
pub use marker::with_marker;
pub use options::{ConnectOptions, StaticCredentials};
pub(crate) use seam::LARGEST_PAGE;
pub use seam::{Cloud, Depth, ExecutionQuery, Identity, LogQuery, MetricQuery, Scope, Started, Tenant};
