//! The way every call takes: through the connection's queue, counted, its error turned into words.
//!
//! The SDK's own retries are off: each attempt must draw from the bucket, and only the queue knows how slow that is now.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::task::{JoinError, JoinHandle};

use super::endpoint::Endpoints;
use super::failure::{failure, is_refused, refused};
use super::interceptor::{Counts, EndpointClock};
use crate::cloud::call::{CallQueue, Failed, Poller, QueueOptions};
use crate::cloud::{CallOrder, CloudError, ErrorClass};
use crate::host::Time;
use crate::model::{Owner, Region, Tags};

/// What all calls of a connection share, and the order in which these stand in line.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) queue: Arc<CallQueue>,
    pub(super) time: Time,
    pub(super) counts: Arc<Counts>,
    pub(super) clock: Arc<EndpointClock>,
    pub(super) endpoints: Arc<Endpoints>,
    order: CallOrder,
}

impl Caller {
    pub(super) fn new(options: QueueOptions, endpoints: Arc<Endpoints>, order: CallOrder) -> Self {
        let (time, counts) = (Arc::clone(&options.time), Arc::default());
        Self { queue: Arc::new(CallQueue::new(options)), time, counts, clock: Arc::default(), endpoints, order }
    }

    /// Pauses are measured in this time from now on.
    #[cfg(test)]
    pub(super) fn in_time(&mut self, time: Time) {
        if let Some(queue) = Arc::get_mut(&mut self.queue) {
            queue.in_time(Arc::clone(&time));
        }
        self.time = time;
    }

    /// The same for the calls of another piece of work.
    pub(super) fn ordered(&self, order: CallOrder) -> Self {
        Self { order, ..self.clone() }
    }

    /// From now on shares the buckets of whoever else calls into this account.
    pub(super) fn calls_into(&self, account: &str, region: &Region) {
        self.queue.calls_into(&self.endpoints.stand_in(), account, region.as_str());
    }

    /// Makes a call; `send` builds the request anew for each attempt.
    pub(super) async fn call<T, E, Answer>(
        &self,
        operation: &str,
        send: impl Fn() -> Answer + Send,
    ) -> Result<T, CloudError>
    where
        T: Send + 'static,
        E: ProvideErrorMetadata + std::error::Error + Debug + Send + Sync + 'static,
        Answer: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'static,
    {
        let endpoints = &self.endpoints;
        let send = move || {
            let request = send();
            async move {
                // Signing and reading are work: the processors share it, however many changes wait in one task.
                let answer = match Sent(tokio::spawn(request)).await {
                    Ok(answer) => answer,
                    Err(ended) => Err(SdkError::construction_failure(ended)),
                };
                let failed = |error: SdkError<E, HttpResponse>| Failed {
                    nobody: is_refused(&error),
                    error: failure(operation, endpoints, &error),
                };
                answer.map_err(failed)
            }
        };
        self.queue.call(operation, &self.order, send).await
    }

    /// Makes a request that is no operation of a service: once, and not longer than an answer may take.
    pub(super) async fn once<T>(
        &self,
        name: &str,
        request: impl Future<Output = Result<T, CloudError>>,
    ) -> Result<T, CloudError> {
        self.queue.once(name, &self.order, request).await
    }

    /// Looks at something that settles, for at most this long.
    pub(super) fn poller(&self, left: Duration) -> Poller<'_> {
        self.queue.poller(&self.order, left)
    }
}

/// A request on its way; given up with whoever waits for it.
struct Sent<T>(JoinHandle<T>);

impl<T> Future for Sent<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Sent<T> {
    fn drop(&mut self) {
        self.0.abort();
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
