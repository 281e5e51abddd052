//! The way every call takes: in its turn, paced, counted, tried again when that may help, its error turned into words.
//!
//! The SDK's own retries are off: each attempt must draw from the bucket, and only here is known how slow it is now.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinHandle};

use super::answer::is_read;
use super::endpoint::Endpoints;
use super::failure::{failure, is_refused};
use super::gate::Gate;
use crate::cloud::pacer::{Buckets, CalledOff, Pacer};
use crate::cloud::{CloudError, ErrorClass, turn};
use crate::host::{self, Time};
use crate::model::{Owner, Region, Tags};

/// IAM throttles an account as a whole and cannot be raised; few calls at once get more done. On this machine nothing throttles.
const IAM_IN_FLIGHT: usize = 6;
const IN_FLIGHT: usize = 64;

/// Where the way to an endpoint on this machine is what takes long, a class goes out as a whole, as far as the process may open
/// connections. The endpoint may be in the same process, and then has its end of each.
fn in_flight_far() -> usize {
    (host::open_files() / 4).clamp(IN_FLIGHT, 640)
}

/// Calls that can be worked on in a millisecond, generously.
const A_MILLISECOND: usize = 10;

/// How long a throttled call is tried again, with its bucket slowed down. The change it belongs to has patience of its own.
const THROTTLED: Duration = Duration::from_mins(2);

/// Attempts at a call that the service or the network failed, and at one where nobody answers at all, or not the service.
const FAILED_TRIES: u32 = 8;
const REFUSED_TRIES: u32 = 4;

/// Before the second attempt, twice as long each time after it, never longer than the last. A loopback endpoint has no crowd.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
const FIRST_PAUSE_HERE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Milliseconds that the quickest answer so far took where the way to the endpoint is what takes long: one on this machine answers in
/// a few, unless it stands at the end of a tunnel.
const FAR: u64 = 30;

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
    pub(super) pacer: Pacer,
    buckets: Buckets,
    pub(super) time: Time,
    iam: Semaphore,
    out: Gate,
    /// Calls that may be out at once where the way is long.
    far_out: usize,
    first_pause: Duration,
    /// Whether the way is long, where that is known without measuring it.
    pub(super) far: Option<bool>,
    /// Milliseconds; see [`FAR`].
    quickest: AtomicU64,
    pub(super) counts: Arc<Counts>,
    pub(super) endpoints: Endpoints,
    /// How to come by new credentials, for when these run out.
    renewal: String,
    /// Set once the credentials have run out: whatever is sent from then on fails alike.
    run_out: OnceLock<CloudError>,
}

impl Caller {
    pub(super) fn new(
        pacer: Pacer,
        buckets: Buckets,
        time: Time,
        counts: Arc<Counts>,
        endpoints: Endpoints,
        renewal: String,
    ) -> Self {
        let here = endpoints.all_loopback();
        let (iam, far_out) = if here { (in_flight_far(), in_flight_far()) } else { (IAM_IN_FLIGHT, IN_FLIGHT) };
        let first_pause = if here { FIRST_PAUSE_HERE } else { FIRST_PAUSE };
        let (iam, out, run_out) = (Semaphore::new(iam), Gate::default(), OnceLock::new());
        let quickest = AtomicU64::new(u64::MAX);
        Self {
            pacer,
            buckets,
            time,
            iam,
            out,
            far_out,
            first_pause,
            far: None,
            quickest,
            counts,
            endpoints,
            renewal,
            run_out,
        }
    }

    /// From now on shares the buckets of whoever else calls into this account.
    pub(super) fn calls_into(&self, account: &str, region: &Region) {
        self.pacer.joins(&self.buckets, &self.endpoints.stand_in(), account, region.as_str());
    }

    /// Makes a call; `send` builds the request anew for each try.
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
        let mut retry = Retry::new(self.first_pause);
        loop {
            self.pacer.wait(operation).await.map_err(|CalledOff| called_off(operation))?;
            if let Some(error) = self.run_out.get() {
                return Err(error.clone());
            }
            let (error, refused) = match self.attempt(operation, &send).await {
                Ok(answer) => {
                    self.pacer.went_through(operation);
                    return Ok(answer);
                }
                Err(error) => (failure(operation, &self.endpoints, &error), is_refused(&error)),
            };
            match error.class {
                ErrorClass::Throttled => self.pacer.throttled(operation),
                ErrorClass::Credentials => return Err(self.run_out(error)),
                // Whether it was done is not known, and whoever wanted it done looks again before trying again.
                ErrorClass::NoAnswer if !is_read(operation) => return Err(error),
                ErrorClass::Service | ErrorClass::Unreachable if !refused && runs_anew(operation) => {
                    let message =
                        format!("{}; it may have run, and was not started again", error.message.trim_end_matches('.'));
                    return Err(CloudError { message, ..error });
                }
                _ => {}
            }
            match retry.after(error.class, refused, self.time.elapsed()) {
                Some(pause) if pause.is_zero() => {}
                Some(pause) => self.time.sleep(pause).await,
                None => return Err(error),
            }
        }
    }

    /// One request, with a place among those that are out.
    async fn attempt<T, E, Answer>(
        &self,
        operation: &str,
        send: &(impl Fn() -> Answer + Send),
    ) -> Result<T, SdkError<E, HttpResponse>>
    where
        T: Send + 'static,
        E: Send + 'static,
        Answer: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'static,
    {
        let _hold = self.time.hold();
        let _iam = if operation.starts_with("iam:") { self.iam.acquire().await.ok() } else { None };
        let limit = if self.is_far(operation) { self.out_on_the_way() } else { IN_FLIGHT };
        let _out = self.out.enter(limit, operation).await;
        turn::begun();
        let way = host::Stopwatch::start();
        // Signing and reading are work: the processors share it, however many changes wait in one task.
        let answer = match Sent(tokio::spawn(send())).await {
            Ok(answer) => answer,
            Err(ended) => Err(SdkError::construction_failure(ended)),
        };
        if answer.is_ok() {
            self.quickest.fetch_min(way.elapsed_ms(), Ordering::Relaxed);
        }
        answer
    }

    /// Whether calls of this operation, made side by side, cost less than a chain of pages does: nothing paces them, and every answer
    /// so far had a long way. Elsewhere calls are what is scarce.
    pub(super) fn is_far(&self, operation: &str) -> bool {
        let quickest = self.quickest.load(Ordering::Relaxed);
        let measured = self.endpoints.all_loopback() && (FAR..u64::MAX).contains(&quickest);
        self.far.unwrap_or(measured) && self.pacer.bucket(operation).is_none()
    }

    /// How many calls may be out where the way is long: as many as can be worked on while one is on its way, so that what is urgent
    /// need not stand behind what is not.
    fn out_on_the_way(&self) -> usize {
        let quickest = usize::try_from(self.quickest.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        quickest.saturating_mul(A_MILLISECOND).clamp(IN_FLIGHT, self.far_out.max(IN_FLIGHT))
    }

    /// Says how to go on, and lets nothing more go out with credentials that have run out.
    fn run_out(&self, error: CloudError) -> CloudError {
        if !ran_out(&error) {
            return error;
        }
        let message = match self.renewal.as_str() {
            "" => error.message,
            renewal => format!("{}; {renewal}", error.message.trim_end_matches('.')),
        };
        let error = CloudError { message, ..error };
        let error = self.run_out.get_or_init(|| error).clone();
        self.pacer.end();
        error
    }
}

/// Whether credentials that were good are good no more, or nobody's; a wrong signature is another matter.
fn ran_out(error: &CloudError) -> bool {
    match error.code.as_deref() {
        Some(code) => matches!(
            code,
            "ExpiredToken" | "ExpiredTokenException" | "InvalidClientTokenId" | "UnrecognizedClientException"
        ),
        // No request was made: nobody had credentials to give.
        None => true,
    }
}

/// Whether the same call again does its work again: AWS tells a repeated StartExecution by its name, and a synchronous one by nothing.
fn runs_anew(operation: &str) -> bool {
    operation == "states:StartSyncExecution"
}

fn called_off(operation: &str) -> CloudError {
    refused(operation, ErrorClass::Interrupted, "interrupted before it was sent")
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

/// When a failed call is tried again.
struct Retry {
    failed: u32,
    pause: Duration,
    throttled_since: Option<Duration>,
}

impl Retry {
    fn new(pause: Duration) -> Self {
        Self { failed: 0, pause, throttled_since: None }
    }

    /// How long to wait before the next attempt, zero where the bucket decides; `None` when there is none.
    fn after(&mut self, class: ErrorClass, refused: bool, now: Duration) -> Option<Duration> {
        match class {
            ErrorClass::Throttled => {
                let since = *self.throttled_since.get_or_insert(now);
                (now < since + THROTTLED).then_some(Duration::ZERO)
            }
            ErrorClass::Service | ErrorClass::Unreachable | ErrorClass::NoAnswer => {
                let is_few = refused || class == ErrorClass::NoAnswer;
                self.failed += 1;
                if self.failed >= if is_few { REFUSED_TRIES } else { FAILED_TRIES } {
                    return None;
                }
                let chance = u32::try_from(host::random_u64() % 51).unwrap_or(25);
                let pause = self.pause * (75 + chance) / 100;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                Some(pause)
            }
            _ => None,
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

const FIRST_LOOK: Duration = Duration::from_millis(50);

/// Pauses between looks at something that settles: 50 ms, then twice as long each time, at most three seconds.
pub(super) struct Looks<'a> {
    time: &'a Time,
    pause: Duration,
    until: Duration,
}

impl Caller {
    /// Looks for at most this long.
    pub(super) fn looks(&self, left: Duration) -> Looks<'_> {
        Looks { time: &self.time, pause: FIRST_LOOK, until: self.time.elapsed() + left }
    }
}

impl Looks<'_> {
    /// Waits for the next look; `false` when the time is over.
    pub(super) async fn next(&mut self) -> bool {
        let waited = self.wait(self.pause).await;
        self.pause = (self.pause * 2).min(Duration::from_secs(3));
        waited
    }

    /// Waits as before the first look, where looks cost little.
    pub(super) async fn soon(&mut self) -> bool {
        self.wait(FIRST_LOOK).await
    }

    async fn wait(&mut self, pause: Duration) -> bool {
        if self.time.elapsed() >= self.until {
            return false;
        }
        self.time.sleep(pause).await;
        true
    }
}
