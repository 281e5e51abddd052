//! One worker: a process that has loaded one function and answers one request at a time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::environment::environment;
use super::error::RuntimeError;
use super::frame::{push_frame, read_frame};
use super::function::Function;
use super::memory;
use super::output::Output;
use super::zygote::{End, Zygote};

/// How long loading a function's code may take at least. <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// Bytes of output that are read at once.
const PIECE: usize = 4 << 10;

/// What the worker answered.
#[derive(Debug)]
pub(super) enum Reply {
    /// A header and the payload's bytes.
    Answer { header: Value, payload: Vec<u8> },
    /// The process ended.
    Ended(End),
    /// Time was up; the process has been ended.
    TimedOut,
    /// It took more memory than it may have; the process has been ended.
    OutOfMemory,
}

/// A worker, and what it was made for.
pub(super) struct Worker {
    control: UnixStream,
    output: UnixStream,
    ended: oneshot::Receiver<End>,
    id: u64,
    /// Bytes it may have.
    memory: u64,
    zygote: Arc<Zygote>,
    /// Its working directory and its `/tmp`; goes with it.
    _folder: TempDir,
    _place: Place,
    /// Its log stream.
    pub(super) stream: String,
    /// When it was last given back.
    pub(super) idle_since: Instant,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.zygote.kill(self.id);
        // A zygote that does not answer ends nobody.
        if !self.zygote.is_alive()
            && let Some(pid) = self.pid().and_then(Pid::from_raw)
        {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

impl Worker {
    /// Forks a worker for a function. It loads the code at once; [`Worker::ready`] says how that went.
    ///
    /// # Errors
    /// When it cannot be forked.
    pub(super) async fn start(zygote: Arc<Zygote>, function: &Function, place: Place) -> Result<Self, RuntimeError> {
        let stream = (function.stream)();
        let folder = tempfile::Builder::new()
            .prefix("worker-")
            .tempdir_in(zygote.folder())
            .map_err(|source| RuntimeError::Folder { source })?;
        let order = json!({
            "boto3": function.wants_boto3,
            "environment": environment(function, &stream, folder.path()),
            "folder": folder.path(),
            "task_root": function.code,
            "handler": function.handler,
            "runtime": function.runtime,
            "memory_bytes": function.memory_mb << 20,
            "facts": {
                "name": function.name, "version": function.version, "memory_mb": function.memory_mb,
                "log_group": function.log_group, "log_stream": stream,
            },
        });
        let forked = zygote.fork(order).await?;
        Ok(Self {
            control: forked.control,
            output: forked.output,
            ended: forked.ended,
            id: forked.id,
            memory: function.memory_mb << 20,
            zygote,
            _folder: folder,
            _place: place,
            stream,
            idle_since: Instant::now(),
        })
    }

    /// Waits until the code is loaded.
    pub(super) async fn ready(&mut self, limit: Duration, output: &mut Output) -> Reply {
        self.talk(Vec::new(), limit.max(INIT_LIMIT), output).await
    }

    /// Sends a request and waits for the answer, at the longest for `limit`.
    pub(super) async fn request(
        &mut self,
        header: &Value,
        event: &[u8],
        limit: Duration,
        output: &mut Output,
    ) -> Reply {
        let mut message = Vec::with_capacity(event.len() + 256);
        push_frame(&mut message, header.to_string().as_bytes());
        push_frame(&mut message, event);
        self.talk(message, limit, output).await
    }

    async fn talk(&mut self, message: Vec<u8>, limit: Duration, output: &mut Output) -> Reply {
        let pid = self.pid();
        let answered = {
            let conversation = tokio::time::timeout(limit, converse(&mut self.control, message));
            tokio::select! {
                biased;
                answered = conversation => Some(answered),
                never = collect(&mut self.output, output) => match never {},
                () = memory::is_exceeded(pid, self.memory) => None,
            }
        };
        let reply = match answered {
            Some(Ok(Ok((header, payload)))) => Reply::Answer { header, payload },
            Some(Ok(Err(_))) => Reply::Ended(self.end().await),
            Some(Err(_)) => {
                self.zygote.kill(self.id);
                Reply::TimedOut
            }
            None => {
                self.zygote.kill(self.id);
                Reply::OutOfMemory
            }
        };
        self.drain(output);
        reply
    }

    /// How it ended. The connection may close a little before the zygote hears of the end.
    async fn end(&mut self) -> End {
        match tokio::time::timeout(Duration::from_secs(2), &mut self.ended).await {
            Ok(Ok(end)) => end,
            _ => End::Unknown,
        }
    }

    /// Takes what was written before the answer: it is in the socket by now. Past the runtime's own bookkeeping of
    /// readiness, which may not have heard of it yet.
    fn drain(&self, output: &mut Output) {
        let mut piece = [0; PIECE];
        while let Ok(count @ 1..) = rustix::io::read(&self.output, &mut piece[..]) {
            output.push(piece.get(..count).unwrap_or_default());
        }
    }

    /// Its process: the one that opened the connection, as the kernel says.
    pub(super) fn pid(&self) -> Option<i32> {
        self.control.peer_cred().ok()?.pid()
    }

    /// Whether the process has ended while nobody used it.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.ended.try_recv(), Err(oneshot::error::TryRecvError::Empty))
    }
}

async fn converse(control: &mut UnixStream, message: Vec<u8>) -> io::Result<(Value, Vec<u8>)> {
    control.write_all(&message).await?;
    let header = serde_json::from_slice(&read_frame(control).await?)?;
    Ok((header, read_frame(control).await?))
}

/// Reads output for as long as it is polled.
async fn collect(stream: &mut UnixStream, output: &mut Output) -> std::convert::Infallible {
    let mut piece = Vec::new();
    while stream.readable().await.is_ok() {
        // Memory is taken only by a handler that prints.
        piece.reserve(PIECE);
        match stream.try_read_buf(&mut piece) {
            Ok(0) => break,
            Ok(_) => {
                output.push(&piece);
                piece.clear();
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    std::future::pending().await
}

/// Counts a worker for as long as it lives.
pub(super) struct Place(Arc<AtomicUsize>);

impl Place {
    pub(super) fn taken(workers: &Arc<AtomicUsize>) -> Self {
        workers.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(workers))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
