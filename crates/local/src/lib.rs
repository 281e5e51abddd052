//! The embedded AWS endpoint. It answers over real HTTP as AWS would and knows nothing of labctl: of the other rooms it
//! may name only `asl`. It has its own ARN, clock and digest code, and so is an independent witness.

mod api;
mod arn;
pub mod clock;
mod config;
mod console;
mod endpoint;
mod fault;
mod hex;
mod keys;
pub mod limits;
mod lock;
mod member;
mod mock;
mod open;
mod quota;
mod random;
pub mod runtime;
pub mod service;
mod services;
pub mod store;
#[cfg(test)]
mod tests;
pub mod wire;

pub use clock::{Busy, Clock, TimeMode};
pub use config::{Config, Suggestion};
pub use endpoint::{Endpoint, StartError, remove_store};
pub use fault::{Faults, Rule};
pub use keys::Credentials;
pub use lock::{Running, find_running};
pub use mock::{Mock, MockAnswer, MockBook, MockOutcome, Mocks};
pub use quota::{Bucket, Quotas};
pub use service::lacks_document;
pub use store::files::STORE_FILES;

/// Whether the endpoint itself carries out a Task that names this; what it does not have is answered by [`Mocks`].
pub fn has_integration(resource: &labctl_asl::Resource) -> bool {
    service::states::is_offered(resource)
}
