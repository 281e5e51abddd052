//! The workers of all functions: who is idle, how many there may be, who must wait.

use crate::member::Member as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::error::RuntimeError;
use super::function::{Function, Ran};
use super::in_flight::InFlightLimit;
use super::output::Output;
use super::worker::{Place, Reply, Worker};
use super::zygote::{Confinement, End, Zygote};

/// An idle worker ends after this long.
const IDLE: Duration = Duration::from_mins(5);

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
    in_flight: InFlightLimit,
    pool: Mutex<Pool>,
    /// All workers, also those at work.
    workers: Arc<AtomicUsize>,
    zygote: tokio::sync::Mutex<Option<Arc<Zygote>>>,
}

#[derive(Default)]
struct Pool {
    /// By function ARN and revision, the most recently used last.
    idle: BTreeMap<(String, String), Vec<Worker>>,
    stopping: bool,
}

impl Pool {
    /// Takes the longest idle worker out.
    fn oldest(&mut self) -> Option<Worker> {
        let key = self
            .idle
            .iter()
            .filter_map(|(key, workers)| Some((workers.first()?.idle_since, key)))
            .min()
            .map(|(_, key)| key.clone())?;
        let workers = self.idle.get_mut(&key)?;
        let worker = (!workers.is_empty()).then(|| workers.remove(0))?;
        if workers.is_empty() {
            self.idle.remove(&key);
        }
        Some(worker)
    }
}

impl Runtime {
    /// A runtime over this python3 (`None`: the first on the path). Nothing starts before the first request.
    pub fn new(python: Option<&Path>) -> Self {
        Self {
            confinement: Confinement::Namespaces,
            python: python.unwrap_or_else(|| Path::new("python3")).to_owned(),
            in_flight: InFlightLimit::new(),
            pool: Mutex::default(),
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
        let permit = self.in_flight.take().await.map_err(|_| RuntimeError::Stopping)?;
        let mut output = Output::default();
        let (mut worker, init_ms) = match self.idle_worker(function) {
            Some(worker) => (worker, None),
            None => match self.new_worker(function, request_id, &mut output).await? {
                Start::Ready(worker, init_ms) => (worker, Some(init_ms)),
                Start::Failed(mut ran) => {
                    ran.lines = [output.into_lines(), std::mem::take(&mut ran.lines)].concat();
                    return Ok(ran);
                }
            },
        };
        permit.works_in(worker.pid());
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
            self.give_back(function, worker);
        }
        Ok(ran)
    }

    /// Ends the idle workers of a function (its code or configuration changed, or it is gone).
    pub fn retire(&self, arn: &str) {
        self.lock().idle.retain(|key, _| key.0 != arn);
    }

    /// Ends all workers, also those at work, and the parent; returns when they are gone.
    pub async fn shutdown(&self) {
        self.in_flight.close();
        let idle = {
            let mut pool = self.lock();
            pool.stopping = true;
            std::mem::take(&mut pool.idle)
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
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle_worker(&self, function: &Function) -> Option<Worker> {
        let mut pool = self.lock();
        let key = (function.arn.clone(), function.revision.clone());
        while let Some(mut worker) = pool.idle.get_mut(&key).and_then(Vec::pop) {
            if !worker.has_ended() {
                return Some(worker);
            }
        }
        None
    }

    fn give_back(&self, function: &Function, mut worker: Worker) {
        worker.idle_since = Instant::now();
        let mut pool = self.lock();
        if pool.stopping {
            return;
        }
        let now = worker.idle_since;
        pool.idle.entry((function.arn.clone(), function.revision.clone())).or_default().push(worker);
        // Whoever comes back looks whether others have been idle for long.
        pool.idle.retain(|_, workers| {
            workers.retain(|worker| now.duration_since(worker.idle_since) < IDLE);
            !workers.is_empty()
        });
    }

    async fn new_worker(
        &self,
        function: &Function,
        request_id: &str,
        output: &mut Output,
    ) -> Result<Start, RuntimeError> {
        let begun = Instant::now();
        let mut worker = self.forked(function).await?;
        match worker.ready(function.timeout, output).await {
            Reply::Answer { header, .. } if header.member("kind") == "ready" => {
                Ok(Start::Ready(worker, header.member("init_ms").as_f64().unwrap_or(0.0)))
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

/// How a new worker came up.
enum Start {
    Ready(Worker, f64),
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
