//! The way every call takes: paced, counted, its error turned into words.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::sync::Semaphore;

use super::endpoint::Endpoints;
use super::failure::failure;
use crate::cloud::pacer::Pacer;
use crate::cloud::{CloudError, ErrorClass};
use crate::model::{Owner, Tags};

/// IAM throttles an account as a whole and cannot be raised; few calls at once get more done. On this machine nothing throttles.
const IAM_IN_FLIGHT: usize = 6;
const IAM_IN_FLIGHT_HERE: usize = 640;

/// Tries on top of the SDK's own after a throttle, with the bucket slowed down in between.
const TRIES_AFTER_THROTTLE: u32 = 5;

/// Attempts by `service:Operation`.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<BTreeMap<String, u64>>);

impl Counts {
    pub(super) fn add(&self, operation: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
    }

    pub(super) fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What all calls of a connection share.
pub(super) struct Caller {
    pacer: Pacer,
    iam: Semaphore,
    pub(super) counts: Arc<Counts>,
    pub(super) endpoints: Endpoints,
}

impl Caller {
    pub(super) fn new(pacer: Pacer, counts: Arc<Counts>, endpoints: Endpoints) -> Self {
        let in_flight = if endpoints.all_loopback() { IAM_IN_FLIGHT_HERE } else { IAM_IN_FLIGHT };
        Self { pacer, iam: Semaphore::new(in_flight), counts, endpoints }
    }

    /// Makes a call; `send` builds the request anew for each try.
    pub(super) async fn call<T, E, Answer>(
        &self,
        operation: &str,
        send: impl Fn() -> Answer + Send,
    ) -> Result<T, CloudError>
    where
        E: ProvideErrorMetadata + std::error::Error + Debug + Send + Sync + 'static,
        Answer: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        let _permit = if operation.starts_with("iam:") { self.iam.acquire().await.ok() } else { None };
        let mut pause = Duration::from_millis(250);
        let mut tries = 0;
        loop {
            self.pacer.wait(operation).await;
            let error = match send().await {
                Ok(answer) => {
                    self.pacer.went_through(operation);
                    return Ok(answer);
                }
                Err(error) => failure(operation, &self.endpoints, &error),
            };
            if error.class != ErrorClass::Throttled || tries == TRIES_AFTER_THROTTLE {
                return Err(error);
            }
            self.pacer.throttled(operation);
            tokio::time::sleep(pause).await;
            pause *= 2;
            tries += 1;
        }
    }
}

/// `None` instead of a not-found error.
pub(super) fn found<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.class == ErrorClass::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// An error of labctl's own about a call it did not make or whose answer it cannot use.
pub(super) fn refused(operation: &str, class: ErrorClass, message: impl Into<String>) -> CloudError {
    CloudError { operation: operation.to_owned(), code: None, message: message.into(), class }
}

/// Refuses to touch what does not carry the owner's tags any more.
pub(super) fn still_owned(operation: &str, name: &str, owner: &Owner, tags: &Tags) -> Result<(), CloudError> {
    if owner.owns(tags) {
        return Ok(());
    }
    let (lab, user) = (&owner.lab, &owner.user);
    let message =
        format!("`{name}` does not carry the tags of lab `{lab}` and user `{user}` any more: left alone; run again");
    Err(refused(operation, ErrorClass::Exists, message))
}

/// Pauses between looks at something that settles: 50 ms, then half as much again each time, at most three seconds.
pub(super) struct Looks {
    pause: Duration,
    left: Duration,
}

impl Looks {
    /// Looks for at most this long.
    pub(super) fn within(left: Duration) -> Self {
        Self { pause: Duration::from_millis(50), left }
    }

    /// Waits for the next look; `false` when the time is over.
    pub(super) async fn next(&mut self) -> bool {
        if self.left.is_zero() {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.left = self.left.saturating_sub(self.pause);
        self.pause = (self.pause * 3 / 2).min(Duration::from_secs(3));
        true
    }
}
