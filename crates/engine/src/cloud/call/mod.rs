//! The one place where calls wait.
//!
//! A connection has one [`CallQueue`]. Each call stands in line at the token bucket of its operation, then for a place
//! among those that are out, in the [`CallOrder`] of the work it belongs to; its answer is waited for as long as an answer may take,
//! and told when there is none for a while; what fails is tried again as one table says, for two minutes in all.
//!
//! | file | is |
//! |---|---|
//! | `queue` | the queue: what a call waits for, one after the other |
//! | `order` | the place of a piece of work among others, its cancellation, its waits between attempts |
//! | `retry` | which errors pass, and what is tried again |
//! | `line` | standing in line, and the limit of calls in flight |
//! | `pacing`, `bucket`, `quota` | token buckets, and how large they are |
//! | `operation` | what is known of an operation: whether it only looks, how urgent it is, how long its answer may take |
//! | `role_age` | how old a role has to be until the services know it |

#[cfg(any(feature = "aws", test))]
mod bucket;
#[cfg(any(feature = "aws", test))]
mod line;
mod lock;
#[cfg(any(feature = "aws", test))]
mod operation;
mod order;
#[cfg(any(feature = "aws", test))]
mod pacing;
#[cfg(any(feature = "aws", test))]
mod queue;
mod quota;
mod retry;
mod role_age;
mod unanswered;

#[cfg(test)]
pub(super) use operation::is_read;
pub use order::{CallOrder, ChangeWork, OnWait};
#[cfg(any(feature = "aws", test))]
pub(super) use pacing::Buckets;
#[cfg(feature = "aws")]
pub(super) use queue::{CallQueue, Failed, Poller, QueueOptions};
pub use quota::published_bucket;
#[cfg(feature = "aws")]
pub(super) use quota::{Quotas, buckets_of};
pub use retry::RetryPolicy;
pub use role_age::RoleAges;
pub use unanswered::{CallListener, UnansweredCall};
