//! A service that offers nothing.

use async_trait::async_trait;

use super::{Service, not_offered};
use crate::local::wire::{Answer, Call, Fault};

/// Answers every operation with a 501 that names it.
pub(crate) struct Unavailable;

#[async_trait]
impl Service for Unavailable {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        Err(not_offered(&call))
    }
}
