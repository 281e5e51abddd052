//! The workers of all functions: who is idle, how many there may be, who must wait.

use crate::member::Member as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::capacity;
use super::error::RuntimeError;
use super::function::{Function, Ran};
use super::in_flight::{InFlightLimit, InFlightPermit};
use super::output::Output;
use super::python::ANY;
use super::worker::{Place, Reply, Worker};
use super::zygote::{Confinement, End, Zygote};

/// An idle worker ends after this long.
const IDLE: Duration = Duration::from_mins(5);

/// How often it is looked for such workers.
const SWEEP: Duration = Duration::from_secs(1);

/// What making a worker takes: before one was made, and as far as it is believed.
const FIRST_START: Duration = Duration::from_millis(25);
const SHORTEST_START: Duration = Duration::from_millis(5);
const LONGEST_START: Duration = Duration::from_secs(1);

/// The largest answer of a handler. <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LARGEST_ANSWER: usize = 6_291_556;

/// Idle workers that end at once when files run out.
const ROOM: usize = 4;

/// How often a worker is asked for: a parent that ended or hangs is replaced.
const TRIES: usize = 3;

/// Runs functions. One per endpoint.
pub struct Runtime {
    python: PathBuf,
    confinement: Confinement,
    in_flight: Arc<InFlightLimit>,
    pool: Arc<Mutex<Pool>>,
    /// All workers, also those at work.
    workers: Arc<AtomicUsize>,
    zygote: tokio::sync::Mutex<Option<Arc<Zygote>>>,
}

/// A function's ARN and revision.
type Key = (String, String);

type Capacity = capacity::Capacity<Worker, InFlightPermit, Running>;
type Free = capacity::Free<Worker, InFlightPermit, Running>;
type Next = capacity::Next<Worker, InFlightPermit, Running>;

struct Pool {
    functions: BTreeMap<Key, Capacity>,
    /// What making a worker takes, as it has been of late.
    start: Duration,
    /// When it was last looked for workers that have been idle for long.
    swept: Instant,
    stopping: bool,
}

impl Default for Pool {
    fn default() -> Self {
        Self { functions: BTreeMap::new(), start: FIRST_START, swept: Instant::now(), stopping: false }
    }
}

impl Pool {
    /// Takes the longest idle worker out.
    fn oldest(&mut self) -> Option<Worker> {
        let oldest = |capacity: &Capacity| capacity.idle.first().map(|worker| worker.idle_since);
        let found = self.functions.iter().filter_map(|(key, capacity)| Some((oldest(capacity)?, key))).min();
        let key = found.map(|(_, key)| key.clone())?;
        let workers = &mut self.functions.get_mut(&key)?.idle;
        let worker = (!workers.is_empty()).then(|| workers.remove(0));
        self.forget_over(&key);
        worker
    }

    fn forget_over(&mut self, key: &Key) {
        if self.functions.get(key).is_some_and(Capacity::is_over) {
            self.functions.remove(key);
        }
    }

    /// Ends workers that have been idle for long.
    fn sweep(&mut self, now: Instant) {
        if now.duration_since(self.swept) < SWEEP {
            return;
        }
        self.swept = now;
        self.functions.retain(|_, capacity| {
            capacity.idle.retain(|worker| now.duration_since(worker.idle_since) < IDLE);
            !capacity.is_over()
        });
    }

    /// Learns what making a worker took.
    fn started(&mut self, took: Duration) {
        self.start = ((self.start * 3 + took) / 4).clamp(SHORTEST_START, LONGEST_START);
    }
}

/// A request that runs or has its worker made; no longer when it is dropped.
struct Running {
    pool: Arc<Mutex<Pool>>,
    key: Key,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut pool = lock(&self.pool);
        if let Some(capacity) = pool.functions.get_mut(&self.key) {
            capacity.end();
        }
        pool.forget_over(&self.key);
    }
}

fn lock(pool: &Mutex<Pool>) -> MutexGuard<'_, Pool> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Runtime {
    /// A runtime over this python3 (`None`: the first on the path). Nothing starts before the first request.
    pub fn new(python: Option<&Path>) -> Self {
        Self {
            confinement: Confinement::Namespaces,
            python: python.unwrap_or_else(|| Path::new(ANY)).to_owned(),
            in_flight: Arc::new(InFlightLimit::new()),
            pool: Arc::default(),
            workers: Arc::default(),
            zygote: tokio::sync::Mutex::new(None),
        }
    }

    /// With no more than this to keep handlers to their functions.
    #[cfg(test)]
    pub(super) fn confined(self, confinement: Confinement) -> Self {
        Self { confinement, ..self }
    }

    /// Runs one request, waiting for a place in flight first (in order of arrival).
    ///
    /// # Errors
    /// When handlers cannot be run at all; what a handler does wrong is in [`Ran`].
    pub async fn run(&self, function: &Function, request_id: &str, event: &[u8]) -> Result<Ran, RuntimeError> {
        let mut output = Output::default();
        let (mut free, init_ms) = match self.free_worker(function, request_id, &mut output).await? {
            Start::Ready(free, init_ms) => (free, init_ms),
            Start::Failed(mut ran) => {
                ran.lines = [output.into_lines(), std::mem::take(&mut ran.lines)].concat();
                return Ok(ran);
            }
        };
        let worker = &mut free.worker;
        if let Some(permit) = &free.permit {
            permit.works_in(worker.pid());
        }
        let header = json!({
            "request_id": request_id, "arn": function.arn, "timeout_ms": function.timeout.as_millis(),
        });
        let begun = Instant::now();
        let reply = worker.request(&header, event, function.timeout, &mut output).await;
        let mut ran = Ran {
            stream: worker.stream.clone(),
            duration_ms: begun.elapsed().as_secs_f64() * 1000.0,
            init_ms,
            ..Ran::default()
        };
        let lives = tell(reply, function, request_id, &mut ran);
        ran.lines = [output.into_lines(), std::mem::take(&mut ran.lines)].concat();
        if lives {
            self.give_back(begun.elapsed(), free);
        }
        Ok(ran)
    }

    /// Starts the parent of all workers ahead of the first request. What hinders it that request is told.
    pub async fn warm(&self) {
        let _ = self.warm_zygote().await;
    }

    /// Ends the idle workers of a function (its code or configuration changed, or it is gone).
    pub fn retire(&self, arn: &str) {
        self.lock().functions.retain(|key, capacity| {
            if key.0 == arn {
                capacity.idle.clear();
            }
            !capacity.is_over()
        });
    }

    /// Ends all workers, also those at work, and the parent; returns when they are gone.
    pub async fn shutdown(&self) {
        self.in_flight.close();
        let idle = {
            let mut pool = self.lock();
            pool.stopping = true;
            std::mem::take(&mut pool.functions)
        };
        drop(idle);
        // Requests at work hold the zygote too; with its end theirs comes, so the last one out waits for it.
        if let Some(zygote) = self.zygote.lock().await.take() {
            zygote.end_all();
            if let Ok(zygote) = Arc::try_unwrap(zygote) {
                zygote.stop().await;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        lock(&self.pool)
    }

    /// A worker for a request, and the permit to use it: one that is idle, one that others have just done with, or a new one.
    async fn free_worker(
        &self,
        function: &Function,
        request_id: &str,
        output: &mut Output,
    ) -> Result<Start, RuntimeError> {
        let key = (function.arn.clone(), function.revision.clone());
        let mut may_wait = true;
        loop {
            let permit = self.permit().await?;
            let next = self.next(&key, may_wait);
            let running = || Running { pool: Arc::clone(&self.pool), key: key.clone() };
            match next {
                Next::Runs(worker) => {
                    let free = Free { worker, permit: Some(permit), in_a_row: 0, running: running() };
                    return Ok(Start::Ready(free, None));
                }
                Next::Starts => return self.new_worker(function, request_id, permit, running(), output).await,
                Next::Waits(mut comes, until) => {
                    drop(permit);
                    if let Some(mut free) = handed(&mut comes, until).await {
                        if free.permit.is_none() {
                            free.permit = Some(self.permit().await?);
                            free.in_a_row = 0;
                        }
                        return Ok(Start::Ready(free, None));
                    }
                }
            }
            may_wait = false;
        }
    }

    async fn permit(&self) -> Result<InFlightPermit, RuntimeError> {
        self.in_flight.take().await.map_err(|_| RuntimeError::Stopping)
    }

    /// Decides what a request with a permit does next.
    fn next(&self, key: &Key, may_wait: bool) -> Next {
        let mut pool = self.lock();
        let start = if may_wait { pool.start } else { Duration::ZERO };
        let capacity = pool.functions.entry(key.clone()).or_default();
        capacity.next(Instant::now(), start, |worker| !worker.has_ended())
    }

    fn give_back(&self, took: Duration, mut free: Free) {
        let now = Instant::now();
        free.worker.idle_since = now;
        let mut pool = self.lock();
        if pool.stopping {
            drop(pool);
            return;
        }
        let capacity = pool.functions.get_mut(&free.running.key);
        let over = match capacity {
            Some(capacity) => capacity.give_back(now, took, free),
            None => Some(free.running),
        };
        // Whoever comes back looks whether others have been idle for long.
        pool.sweep(now);
        drop(pool);
        drop(over);
    }

    async fn new_worker(
        &self,
        function: &Function,
        request_id: &str,
        permit: InFlightPermit,
        running: Running,
        output: &mut Output,
    ) -> Result<Start, RuntimeError> {
        // The parent's own start is nothing that the next worker takes, too.
        self.warm_zygote().await?;
        let begun = Instant::now();
        let mut worker = self.forked(function).await?;
        match worker.ready(function.timeout, output).await {
            Reply::Answer { header, .. } if header.member("kind") == "ready" => {
                self.lock().started(begun.elapsed());
                let init_ms = Some(header.member("init_ms").as_f64().unwrap_or(0.0));
                Ok(Start::Ready(Free { worker, permit: Some(permit), in_a_row: 0, running }, init_ms))
            }
            reply => {
                let passed = begun.elapsed().as_secs_f64() * 1000.0;
                let mut ran = Ran { duration_ms: passed, init_ms: Some(passed), ..Ran::default() };
                ran.stream.clone_from(&worker.stream);
                tell(reply, function, request_id, &mut ran);
                Ok(Start::Failed(ran))
            }
        }
    }

    /// A worker, from another parent where the one there is ended or hangs.
    async fn forked(&self, function: &Function) -> Result<Worker, RuntimeError> {
        let mut tries = TRIES;
        loop {
            let zygote = self.warm_zygote().await?;
            let place = Place::taken(&self.workers);
            let crowded = self.workers.load(Ordering::Acquire) > self.in_flight.most();
            drop(if crowded { self.lock().oldest() } else { None });
            tries -= 1;
            match Worker::start(Arc::clone(&zygote), function, place).await {
                Err(RuntimeError::NoWorker { .. }) if tries > 0 && (!zygote.is_alive() || self.made_room()) => {}
                worker => return worker,
            }
        }
    }

    /// Ends idle workers where the process has run out of open files; whether there were any.
    fn made_room(&self) -> bool {
        let oldest = || self.lock().oldest();
        crate::limits::shortage().is_some() && std::iter::from_fn(oldest).take(ROOM).count() > 0
    }

    /// The parent, started when there is none (or it died, or hangs).
    pub(super) async fn warm_zygote(&self) -> Result<Arc<Zygote>, RuntimeError> {
        let mut slot = self.zygote.lock().await;
        if self.lock().stopping {
            return Err(RuntimeError::Stopping);
        }
        if let Some(zygote) = slot.as_ref().filter(|zygote| zygote.is_alive()) {
            return Ok(Arc::clone(zygote));
        }
        let zygote = Arc::new(Zygote::start(&self.python, self.confinement).await?);
        *slot = Some(Arc::clone(&zygote));
        Ok(zygote)
    }
}

/// What a request that waits is handed, if that comes in time.
async fn handed(comes: &mut oneshot::Receiver<Free>, until: Instant) -> Option<Free> {
    if let Ok(handed) = tokio::time::timeout_at(until, &mut *comes).await {
        return handed.ok();
    }
    // It may have come in the last moment.
    comes.close();
    comes.try_recv().ok()
}

/// How a new worker came up.
enum Start {
    /// The worker, and how long its code took to load if it is new, in milliseconds.
    Ready(Free, Option<f64>),
    Failed(Ran),
}

/// Writes a reply into what came of the request, in Lambda's words. Whether the worker may serve on.
fn tell(reply: Reply, function: &Function, request_id: &str, ran: &mut Ran) -> bool {
    match reply {
        Reply::Answer { header, payload } => {
            ran.memory_mb = header.member("memory_kb").as_u64().unwrap_or(0).div_ceil(1024).min(function.memory_mb);
            ran.lines.extend(header.member("log").as_str().map(str::to_owned));
            match header.member("kind").as_str() {
                Some("result") if payload.len() > LARGEST_ANSWER => {
                    let text = format!(
                        "Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
                    );
                    fail(ran, "Function.ResponseSizeTooLarge", &text);
                    true
                }
                Some("memory") => {
                    out_of_memory(ran, function, request_id);
                    false
                }
                Some("result") => {
                    ran.payload = payload;
                    true
                }
                _ => {
                    ran.failed = true;
                    ran.payload = payload;
                    header.member("init_ms").is_null()
                }
            }
        }
        Reply::Ended(end) => {
            crash(ran, request_id, "Runtime.ExitError", &exit_words(end));
            false
        }
        Reply::OutOfMemory => {
            out_of_memory(ran, function, request_id);
            false
        }
        Reply::TimedOut => {
            #[expect(clippy::cast_precision_loss, reason = "a timeout is at most 900 seconds")]
            let seconds = function.timeout.as_millis() as f64 / 1000.0;
            ran.duration_ms = seconds * 1000.0;
            let words = format!("Task timed out after {seconds:.2} seconds");
            ran.lines.push(format!("{request_id} {words}"));
            fail(ran, "Sandbox.Timedout", &format!("RequestId: {request_id} Error: {words}"));
            ran.status = Some("timeout");
            false
        }
    }
}

fn fail(ran: &mut Ran, kind: &str, message: &str) {
    ran.failed = true;
    ran.payload = json!({ "errorType": kind, "errorMessage": message }).to_string().into_bytes();
}

fn out_of_memory(ran: &mut Ran, function: &Function, request_id: &str) {
    ran.memory_mb = function.memory_mb;
    crash(ran, request_id, "Runtime.OutOfMemory", &exit_words(End::Signal(9)));
}

fn crash(ran: &mut Ran, request_id: &str, kind: &str, words: &str) {
    let message = format!("RequestId: {request_id} Error: {words}");
    ran.lines.push(message.clone());
    fail(ran, kind, &message);
    ran.status = Some("error");
}

/// As the process that runs the runtime on AWS names them.
const SIGNALS: [(i64, &str); 15] = [
    (1, "hangup"),
    (2, "interrupt"),
    (3, "quit"),
    (4, "illegal instruction"),
    (5, "trace/breakpoint trap"),
    (6, "aborted"),
    (7, "bus error"),
    (8, "floating point exception"),
    (9, "killed"),
    (10, "user defined signal 1"),
    (11, "segmentation fault"),
    (12, "user defined signal 2"),
    (13, "broken pipe"),
    (14, "alarm clock"),
    (15, "terminated"),
];

fn exit_words(end: End) -> String {
    match end {
        End::Status(0) | End::Unknown => "Runtime exited without providing a reason".to_owned(),
        End::Status(status) => format!("Runtime exited with error: exit status {status}"),
        End::Signal(signal) if let Some((_, name)) = SIGNALS.iter().find(|(number, _)| *number == signal) => {
            format!("Runtime exited with error: signal: {name}")
        }
        End::Signal(signal) => format!("Runtime exited with error: signal: {signal}"),
    }
}
