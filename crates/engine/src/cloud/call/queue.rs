//! The one queue of a connection, in which every call waits: for its bucket, for its place among those that are out, for its answer,
//! and for its next attempt.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;

use super::line::InFlightLimit;
use super::operation::{answer_limit, is_synchronous, urgency};
use super::pacing::{Buckets, Pacing};
use super::quota::Quotas;
use super::retry::{Again, Pauses, again, attempts};
use super::{CallListener, CallOrder, UnansweredCall};
use crate::cloud::{CloudError, ErrorClass, Paced};
use crate::host::{self, Time};
use crate::model::Quota;

/// Calls that are out at once. IAM throttles an account as a whole and cannot be raised; few calls at once get more done.
const IAM_IN_FLIGHT: usize = 6;
const IN_FLIGHT: usize = 64;

/// The same on this machine, where nothing throttles, as far as the process may open connections. The endpoint may be in the same process,
/// and then has its end of each.
fn in_flight_here() -> usize {
    (host::open_files() / 4).clamp(IN_FLIGHT, 256)
}

/// Before the second attempt at a call, twice as long each time after it, never longer than the last. A loopback endpoint has no crowd.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
const FIRST_PAUSE_HERE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A wait for the next attempt at a call is told from this length on.
const REPORTED_WAIT: Duration = Duration::from_secs(1);

/// A call without an answer is told after this time.
const UNANSWERED: Duration = Duration::from_secs(10);

/// A failed attempt.
pub(in crate::cloud) struct Failed {
    pub(in crate::cloud) error: CloudError,
    /// Whether nobody listens at the endpoint, so that nothing can have been done.
    pub(in crate::cloud) nobody: bool,
}

/// What a queue is told of its connection.
pub(in crate::cloud) struct QueueOptions {
    pub(in crate::cloud) quotas: Quotas,
    /// Shared by all who call into an account.
    pub(in crate::cloud) buckets: Buckets,
    pub(in crate::cloud) time: Time,
    /// Whether every call stays on this machine.
    pub(in crate::cloud) is_loopback: bool,
    /// The URL that calls of an operation go to.
    pub(in crate::cloud) endpoint_of: Box<dyn Fn(&str) -> String + Send + Sync>,
    /// How to come by new credentials, for when these run out.
    pub(in crate::cloud) renewal: String,
    pub(in crate::cloud) listener: Option<Arc<dyn CallListener>>,
}

/// The queue of one connection.
pub(in crate::cloud) struct CallQueue {
    pacing: Pacing,
    options: QueueOptions,
    /// The time in which answers are waited for: one that does not jump.
    wire: Time,
    iam: InFlightLimit,
    out: InFlightLimit,
    /// Set once the credentials have run out: whatever is sent from then on fails alike.
    ran_out: OnceLock<CloudError>,
    closed: Notify,
}

impl fmt::Debug for CallQueue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallQueue").field("pacing", &self.pacing).finish_non_exhaustive()
    }
}

impl CallQueue {
    pub(in crate::cloud) fn new(options: QueueOptions) -> Self {
        let pacing = Pacing::new(options.quotas.clone(), Arc::clone(&options.time));
        let here = options.is_loopback.then(in_flight_here);
        let (iam, out) = (here.unwrap_or(IAM_IN_FLIGHT), here.unwrap_or(IN_FLIGHT));
        let (iam, out, wire) = (InFlightLimit::new(iam), InFlightLimit::new(out), host::steady(&options.time));
        Self { pacing, options, wire, iam, out, ran_out: OnceLock::new(), closed: Notify::new() }
    }

    /// Pauses take no time from now on.
    #[cfg(test)]
    pub(in crate::cloud) fn in_time(&mut self, time: Time) {
        self.pacing.time = time;
    }

    /// From now on shares the buckets of whoever else calls into this account.
    pub(in crate::cloud) fn calls_into(&self, endpoint: &str, account: &str, region: &str) {
        self.pacing.joins(&self.options.buckets, endpoint, account, region);
    }

    /// The bucket an operation draws from.
    pub(in crate::cloud) fn bucket(&self, operation: &str) -> Option<Paced> {
        self.pacing.now(operation)
    }

    /// Takes over what Service Quotas answered.
    pub(in crate::cloud) fn learn(&self, live: BTreeMap<String, Quota>) {
        self.pacing.learn(live);
    }

    /// Throttled answers so far, by `service:Operation`.
    pub(in crate::cloud) fn throttles(&self) -> BTreeMap<String, u64> {
        self.pacing.throttles()
    }

    /// Makes a call; `send` sends the request anew for each attempt.
    ///
    /// # Errors
    /// The last attempt's; `Interrupted` when it was cancelled before it was sent, or given up.
    pub(in crate::cloud) async fn call<T, Answer>(
        &self,
        operation: &str,
        order: &CallOrder,
        send: impl Fn() -> Answer + Send,
    ) -> Result<T, CloudError>
    where
        Answer: Future<Output = Result<T, Failed>> + Send,
    {
        let mut retry = Retry::new(self, operation, order);
        loop {
            let made = tokio::select! {
                // What is cancelled is not sent, whatever else is ready.
                biased;
                () = order.cancelled() => return Err(interrupted(operation, "interrupted before it was sent")),
                () = self.pacing.wait(operation, order.place()) => self.pacing.time.elapsed(),
                () = self.ended() => self.pacing.time.elapsed(),
            };
            if let Some(error) = self.ran_out.get() {
                return Err(error.clone());
            }
            // The request of an SDK is large, and stands in the future of every caller.
            let Failed { error, nobody } =
                match self.attempt(operation, order, retry.left(made), Box::pin(send())).await {
                    Ok(answer) => {
                        self.pacing.went_through(operation);
                        return Ok(answer);
                    }
                    Err(failed) => failed,
                };
            match error.class {
                ErrorClass::Throttled => self.pacing.throttled(operation),
                ErrorClass::Credentials => return Err(self.run_out(error)),
                ErrorClass::Service | ErrorClass::Unreachable if is_synchronous(operation) && !nobody => {
                    let message =
                        format!("{}; it may have run, and was not started again", error.message.trim_end_matches('.'));
                    return Err(CloudError { message, ..error });
                }
                _ => {}
            }
            let Some(pause) = retry.after(error.class, nobody, made) else { return Err(error) };
            tokio::select! {
                () = self.pause(pause) => {}
                () = order.given_up() => return Err(error),
            }
        }
    }

    /// Makes a request that draws from no bucket, and is not tried again.
    ///
    /// # Errors
    /// The request's; `Interrupted` when it was cancelled or given up.
    pub(in crate::cloud) async fn once<T>(
        &self,
        operation: &str,
        order: &CallOrder,
        request: impl Future<Output = Result<T, CloudError>>,
    ) -> Result<T, CloudError> {
        let request = async { request.await.map_err(|error| Failed { error, nobody: false }) };
        let answer = self.attempt(operation, order, answer_limit(operation), Box::pin(request)).await;
        answer.map_err(|Failed { error, .. }| error)
    }

    /// One request, with a place among those that are out, and its answer.
    async fn attempt<T>(
        &self,
        operation: &str,
        order: &CallOrder,
        left: Duration,
        request: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let failed = |error| Failed { error, nobody: false };
        let _hold = self.pacing.time.hold();
        let room = async {
            let urgency = urgency(operation);
            let is_iam = operation.starts_with("iam:");
            let iam = if is_iam { Some(self.iam.enter(urgency, order.place()).await) } else { None };
            (iam, self.out.enter(urgency, order.place()).await)
        };
        let _place = tokio::select! {
            biased;
            () = order.cancelled() => return Err(failed(interrupted(operation, "interrupted before it was sent"))),
            place = room => place,
        };
        order.sends();
        let limit = answer_limit(operation);
        // What may take longer than all attempts together has one of its own.
        let limit = if limit > order.total() { limit } else { limit.min(left.max(UNANSWERED)) };
        tokio::select! {
            biased;
            answer = request => answer,
            () = self.unanswered(operation, order, limit) => {
                let message = format!("`{}` did not answer in time", (self.options.endpoint_of)(operation));
                let operation = operation.to_owned();
                Err(failed(CloudError { operation, code: None, message, class: ErrorClass::Unreachable }))
            }
            () = order.given_up() => {
                Err(failed(interrupted(operation, "given up without an answer: whether it was done is not known")))
            }
        }
    }

    /// Waits as long as an answer may take; says so when there was none for a while. What ends with an execution may take its time.
    async fn unanswered(&self, operation: &str, order: &CallOrder, limit: Duration) {
        let since_ms = host::now_ms();
        let quiet = if is_synchronous(operation) { limit } else { UNANSWERED.min(limit) };
        self.wire.sleep(quiet).await;
        if quiet == limit {
            return;
        }
        if let Some(listener) = &self.options.listener {
            listener.unanswered(&UnansweredCall {
                operation: operation.to_owned(),
                endpoint: (self.options.endpoint_of)(operation),
                since_ms,
                waited: quiet,
                patience: limit.max(order.total()),
            });
        }
        self.wire.sleep(limit.saturating_sub(quiet)).await;
    }

    async fn pause(&self, pause: Duration) {
        if !pause.is_zero() {
            self.pacing.time.sleep(pause).await;
        }
    }

    /// Waits until there is nothing left to wait for: nothing more is sent.
    async fn ended(&self) {
        let closed = self.closed.notified();
        if self.ran_out.get().is_none() {
            closed.await;
        }
    }

    /// Says how to go on, and lets nothing more go out with credentials that have run out.
    fn run_out(&self, error: CloudError) -> CloudError {
        if !ran_out(&error) {
            return error;
        }
        let message = match self.options.renewal.as_str() {
            "" => error.message,
            renewal => format!("{}; {renewal}", error.message.trim_end_matches('.')),
        };
        let error = CloudError { message, ..error };
        let error = self.ran_out.get_or_init(|| error).clone();
        self.closed.notify_waiters();
        error
    }

    /// Looks at something that settles, for at most this long.
    pub(in crate::cloud) fn poller<'a>(&'a self, order: &'a CallOrder, left: Duration) -> Poller<'a> {
        let until = self.pacing.time.elapsed() + left;
        Poller { time: &self.pacing.time, order, pause: FIRST_POLL, until }
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

fn interrupted(operation: &str, message: &str) -> CloudError {
    let (operation, message) = (operation.to_owned(), message.to_owned());
    CloudError { operation, code: None, message, class: ErrorClass::Interrupted }
}

/// When a failed call is tried again.
struct Retry<'a> {
    queue: &'a CallQueue,
    operation: &'a str,
    order: &'a CallOrder,
    failed: u32,
    pauses: Pauses,
    since: Option<Duration>,
}

impl<'a> Retry<'a> {
    fn new(queue: &'a CallQueue, operation: &'a str, order: &'a CallOrder) -> Self {
        let first = if queue.options.is_loopback { FIRST_PAUSE_HERE } else { FIRST_PAUSE };
        Self { queue, operation, order, failed: 0, pauses: Pauses::new(first, LONGEST_PAUSE), since: None }
    }

    /// How long a call that is made at this time may still be tried.
    fn left(&self, made: Duration) -> Duration {
        (self.since.unwrap_or_else(|| self.order.since(made)) + self.order.total()).saturating_sub(made)
    }

    /// How long to wait before the next attempt after one made at this time, zero where the bucket decides; `None` when there is none.
    fn after(&mut self, class: ErrorClass, nobody: bool, made: Duration) -> Option<Duration> {
        if again(self.operation, class, nobody) != Again::Call {
            return None;
        }
        let since = *self.since.get_or_insert_with(|| self.order.since(made));
        let left = self.left(self.queue.pacing.time.elapsed());
        if left.is_zero() {
            self.order.in_vain(since);
            return None;
        }
        if class == ErrorClass::Throttled {
            return Some(Duration::ZERO);
        }
        self.failed += 1;
        if !self.order.is_change() && self.failed >= attempts(class, nobody) {
            return None;
        }
        let pause = self.pauses.next().min(left);
        if pause >= REPORTED_WAIT {
            self.order.waits(class, pause);
        }
        Some(pause)
    }
}

const FIRST_POLL: Duration = Duration::from_millis(50);

/// Pauses between looks at something that settles: 50 ms, then twice as long each time, at most three seconds.
pub(in crate::cloud) struct Poller<'a> {
    time: &'a Time,
    order: &'a CallOrder,
    pause: Duration,
    until: Duration,
}

impl Poller<'_> {
    /// Waits for the next look; `false` when the time is over, or what is in flight is given up.
    pub(in crate::cloud) async fn next(&mut self) -> bool {
        let waited = self.wait(self.pause).await;
        self.pause = (self.pause * 2).min(Duration::from_secs(3));
        waited
    }

    /// Waits as before the first look, where looks cost little.
    pub(in crate::cloud) async fn soon(&mut self) -> bool {
        self.wait(FIRST_POLL).await
    }

    async fn wait(&self, pause: Duration) -> bool {
        let now = self.time.elapsed();
        if now >= self.until {
            return false;
        }
        tokio::select! {
            () = self.time.sleep(pause) => true,
            () = self.order.given_up() => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::pending;
    use std::sync::Mutex;

    use super::super::{ChangeWork, RetryPolicy, RoleAges};
    use super::*;
    use crate::host::virtual_time::Virtual;
    use crate::host::{Interrupt, Timekeeper as _};

    const PUT: &str = "cloudwatch:PutDashboard";

    #[derive(Debug, Default)]
    struct Heard(Mutex<Vec<UnansweredCall>>);

    impl CallListener for Heard {
        fn unanswered(&self, call: &UnansweredCall) {
            self.0.lock().unwrap().push(call.clone());
        }
    }

    struct Scene {
        time: Arc<Virtual>,
        queue: CallQueue,
        heard: Arc<Heard>,
        interrupt: Interrupt,
        waits: Arc<Mutex<Vec<(&'static str, Duration)>>>,
    }

    impl Scene {
        fn new(time: Arc<Virtual>) -> Self {
            let heard = Arc::new(Heard::default());
            let queue = CallQueue::new(QueueOptions {
                quotas: Quotas::default(),
                buckets: Buckets::default(),
                time: Arc::clone(&time) as Time,
                is_loopback: false,
                endpoint_of: Box::new(|_| "http://there".to_owned()),
                renewal: String::new(),
                listener: Some(Arc::clone(&heard) as Arc<dyn CallListener>),
            });
            Self { time, queue, heard, interrupt: Interrupt::new(), waits: Arc::default() }
        }

        fn change(&self) -> CallOrder {
            let waits = Arc::clone(&self.waits);
            let work = ChangeWork {
                policy: RetryPolicy::default(),
                time: Arc::clone(&self.time) as Time,
                role: None,
                ages: Arc::new(RoleAges::default()),
                on_wait: Box::new(move |reason, pause| waits.lock().unwrap().push((reason, pause))),
            };
            CallOrder::change(0, self.interrupt.clone(), work)
        }

        fn looking(&self) -> CallOrder {
            CallOrder::looking(self.interrupt.clone())
        }
    }

    fn failed<T>(class: ErrorClass, nobody: bool) -> Result<T, Failed> {
        let error = CloudError { operation: PUT.to_owned(), code: None, message: "no".to_owned(), class };
        Err(Failed { error, nobody })
    }

    fn seconds(took: Duration) -> u64 {
        (took + Duration::from_millis(500)).as_secs()
    }

    #[test]
    fn a_call_that_is_never_answered_is_told_after_ten_seconds_and_given_up_after_two_minutes() {
        for is_change in [true, false] {
            let ((class, heard), took) = Virtual::run(async |time| {
                let scene = Scene::new(time);
                let order = if is_change { scene.change() } else { scene.looking() };
                let answer = scene.queue.call(PUT, &order, pending::<Result<(), Failed>>).await;
                let error = answer.unwrap_err();
                assert_eq!(error.message, "`http://there` did not answer in time");
                // The change it belongs to is not tried as long again.
                assert!(!order.wait_out(&error).await);
                (error.class, scene.heard.0.lock().unwrap().clone())
            });
            assert_eq!((class, seconds(took)), (ErrorClass::Unreachable, 120), "change: {is_change}");
            assert_eq!(heard.len(), 4, "thirty seconds an attempt");
            assert_eq!((heard[0].operation.as_str(), heard[0].endpoint.as_str()), (PUT, "http://there"));
            assert_eq!((heard[0].waited.as_secs(), heard[0].patience.as_secs()), (10, 120));
        }
    }

    #[test]
    fn a_package_may_take_five_minutes_to_go_up_and_is_not_sent_for_as_long_again() {
        let (patience, took) = Virtual::run(async |time| {
            let scene = Scene::new(time);
            let order = scene.looking();
            let call = scene.queue.call("lambda:CreateFunction", &order, pending::<Result<(), Failed>>);
            assert_eq!(call.await.unwrap_err().class, ErrorClass::Unreachable);
            let heard = scene.heard.0.lock().unwrap();
            (heard.len(), heard[0].patience)
        });
        assert_eq!((seconds(took), patience), (300, (1, Duration::from_mins(5))));
    }

    #[test]
    fn a_synchronous_execution_is_no_unanswered_call_and_is_not_run_twice() {
        let ((message, heard), took) = Virtual::run(async |time| {
            let scene = Scene::new(time);
            let order = scene.looking();
            let call = scene.queue.call("states:StartSyncExecution", &order, pending::<Result<(), Failed>>);
            (call.await.unwrap_err().message, scene.heard.0.lock().unwrap().len())
        });
        assert_eq!((seconds(took), heard), (330, 0));
        assert!(message.ends_with("; it may have run, and was not started again"), "{message}");
    }

    /// What one call of a change comes to, or one that belongs to none, while everything fails like this.
    fn fails(class: ErrorClass, nobody: bool, is_change: bool) -> (usize, u64) {
        let (attempts, took) = Virtual::run(async |time| {
            let scene = Scene::new(time);
            let order = if is_change { scene.change() } else { scene.looking() };
            let attempts = Mutex::new(0);
            let send = || {
                *attempts.lock().unwrap() += 1;
                async { failed::<()>(class, nobody) }
            };
            let error = scene.queue.call("iam:GetRole", &order, send).await.unwrap_err();
            assert_eq!(error.class, class);
            attempts.into_inner().unwrap()
        });
        (attempts, seconds(took))
    }

    #[test]
    fn what_fails_is_tried_again_as_the_table_says() {
        // A look: eight times, four where nobody answers at all.
        let (attempts, took) = fails(ErrorClass::Service, false, false);
        assert_eq!(attempts, 8);
        assert!((20..45).contains(&took), "{took}");
        assert_eq!(fails(ErrorClass::Unreachable, true, false).0, 4);
        assert_eq!(fails(ErrorClass::NoAnswer, false, false).0, 4);
        // A change: for two minutes, whoever does not answer.
        for (class, nobody) in
            [(ErrorClass::Service, false), (ErrorClass::Unreachable, true), (ErrorClass::Unreachable, false)]
        {
            let (attempts, took) = fails(class, nobody, true);
            assert!(attempts > 10 && took == 120, "{class:?}: {attempts} in {took} s");
        }
        // What is throttled waits for its bucket alone.
        let (attempts, took) = fails(ErrorClass::Throttled, false, false);
        assert!(attempts > 10 && (115..160).contains(&took), "{attempts} in {took} s");
        assert_eq!(fails(ErrorClass::Denied, false, true), (1, 0));
        assert_eq!(fails(ErrorClass::Busy, false, true), (1, 0), "the change looks before it tries again");
    }

    #[test]
    fn calls_and_their_change_share_two_minutes() {
        let (waits, took) = Virtual::run(async |time| {
            let scene = Scene::new(time);
            let order = scene.change();
            let mut errors: VecDeque<_> = [ErrorClass::Busy, ErrorClass::Busy, ErrorClass::Service].into();
            loop {
                let class = if errors.len() > 1 { errors.pop_front().unwrap() } else { errors[0] };
                let attempt = order.attempt();
                let call = scene.queue.call(PUT, &attempt, || async move { failed::<()>(class, false) });
                if !order.wait_out(&call.await.unwrap_err()).await {
                    break;
                }
            }
            scene.waits.lock().unwrap().clone()
        });
        assert_eq!(seconds(took), 120);
        assert_eq!(waits.iter().map(|(reason, _)| *reason).take(3).collect::<Vec<_>>(), ["busy", "busy", "service"]);
        assert!(
            waits.iter().all(|(_, pause)| *pause >= Duration::from_millis(750)),
            "short waits are not told: {waits:?}"
        );
    }

    #[test]
    fn an_interruption_cancels_what_was_not_sent_and_gives_up_what_was_only_later() {
        let (classes, took) = Virtual::run(async |time| {
            let scene = Scene::new(Arc::clone(&time));
            let call = |order: CallOrder| {
                let queue = &scene.queue;
                async move { queue.call(PUT, &order, pending::<Result<(), Failed>>).await.unwrap_err() }
            };
            let begun = scene.change();
            let interrupting = async {
                time.sleep(Duration::from_secs(1)).await;
                scene.interrupt.trigger();
                let not_begun = call(begun.attempt()).await;
                time.sleep(Duration::from_secs(3)).await;
                scene.interrupt.give_up();
                not_begun
            };
            let (in_flight, looking, not_begun) =
                tokio::join!(call(begun.clone()), call(scene.looking()), interrupting);
            [in_flight, looking, not_begun].map(|error| (error.class, error.message))
        });
        let reported = |message: &str| (ErrorClass::Interrupted, message.to_owned());
        let unknown = reported("given up without an answer: whether it was done is not known");
        assert_eq!(classes, [unknown.clone(), unknown, reported("interrupted before it was sent")]);
        assert_eq!(seconds(took), 4);
    }

    #[test]
    fn credentials_that_run_out_end_the_wait_of_all_others() {
        let (codes, took) = Virtual::run(async |time| {
            let quotas = BTreeMap::from([(PUT.to_owned(), Quota { burst: 1.0, per_second: 0.001 })]);
            let mut scene = Scene::new(time);
            scene.queue.pacing =
                Pacing::new(Quotas { given: quotas, ..Quotas::default() }, Arc::clone(&scene.time) as Time);
            let expired = || async {
                let error = CloudError {
                    operation: PUT.to_owned(),
                    code: Some("ExpiredToken".to_owned()),
                    message: "expired".to_owned(),
                    class: ErrorClass::Credentials,
                };
                Err::<(), _>(Failed { error, nobody: false })
            };
            let order = scene.looking();
            let calls = (0..3).map(|_| scene.queue.call(PUT, &order, expired));
            futures::future::join_all(calls)
                .await
                .into_iter()
                .map(|answer| answer.unwrap_err().code)
                .collect::<Vec<_>>()
        });
        assert_eq!(codes, vec![Some("ExpiredToken".to_owned()); 3]);
        assert_eq!(took, Duration::ZERO);
    }
}
