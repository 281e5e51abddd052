//! The warmed parent process: starting it, asking it for workers, hearing of their ends.

use crate::member::Member as _;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};

use super::error::RuntimeError;
use super::folder::Folder;
use super::frame::{frame, read_frame};
use super::python::{Python, known, last_line, not_started};
use super::sources::{PACKAGES, write_sources};

/// How long python3 may take to come up, and a worker to be forked.
const PATIENCE: Duration = Duration::from_secs(20);

/// After this long without a worker the zygote is looked at: it may be stopped.
const LOOK: Duration = Duration::from_millis(250);

/// How long a zygote that is at work may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Between two attempts to accept when the process has no file left for it.
const AGAIN: Duration = Duration::from_millis(20);

/// What keeps handlers to their functions; each also means what comes after it, where the kernel does not offer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confinement {
    /// A file tree and processes of its own.
    Namespaces,
    /// Rules over the machine's file tree.
    #[cfg(test)]
    Landlock,
    /// Nothing but what every process has.
    #[cfg(test)]
    Nothing,
}

impl Confinement {
    /// As `confine.py` names it.
    fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            #[cfg(test)]
            Self::Landlock => "Landlock",
            #[cfg(test)]
            Self::Nothing => "none",
        }
    }
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, with a status.
    Status(i64),
    /// By a signal.
    Signal(i64),
    /// Nobody knows: the zygote is gone too.
    Unknown,
}

/// A forked worker's two connections, and how to hear of its end.
pub(super) struct Forked {
    pub(super) id: u64,
    pub(super) control: UnixStream,
    pub(super) output: UnixStream,
    pub(super) ended: oneshot::Receiver<End>,
}

/// What is known of a worker before it is whole, and of its end afterwards.
#[derive(Default)]
struct Birth {
    control: Option<UnixStream>,
    output: Option<UnixStream>,
    whole: Option<oneshot::Sender<Result<(UnixStream, UnixStream), String>>>,
    ended: Option<oneshot::Sender<End>>,
}

impl Birth {
    /// Handed over, and its end told.
    fn is_done(&self) -> bool {
        self.whole.is_none() && self.ended.is_none()
    }

    /// Hands the worker over as soon as both connections are there.
    fn complete(&mut self) {
        if self.control.is_none() || self.output.is_none() {
            return;
        }
        if let (Some(control), Some(output), Some(whole)) = (self.control.take(), self.output.take(), self.whole.take())
        {
            let _ = whole.send(Ok((control, output)));
        }
    }
}

type Births = Arc<Mutex<BTreeMap<u64, Birth>>>;

/// The warmed parent. When it is dropped its standard input closes, and it ends with all its workers.
pub(super) struct Zygote {
    folder: Folder,
    commands: mpsc::UnboundedSender<Vec<u8>>,
    births: Births,
    alive: Arc<AtomicBool>,
    /// How often it was heard of.
    heard: Arc<AtomicU64>,
    /// It does not answer, so that it cannot be asked to end.
    hangs: AtomicBool,
    next: AtomicU64,
    child: Mutex<Option<Child>>,
    acceptor: tokio::task::AbortHandle,
    /// What `confine.py` found to work here.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests ask"))]
    confinement: String,
}

impl Drop for Zygote {
    fn drop(&mut self) {
        self.acceptor.abort();
        // Not before: its workers end with it, and some may have been at work.
        if self.hangs.load(Ordering::Acquire)
            && let Some(child) = lock(&self.child).as_mut()
        {
            let _ = child.start_kill();
        }
    }
}

impl Zygote {
    /// Starts `python` and waits until it is warm.
    ///
    /// # Errors
    /// When there is no such program, or it does not come up.
    pub(super) async fn start(python: &Path, most: Confinement) -> Result<Self, RuntimeError> {
        let asked = python.to_owned();
        let asking = tokio::task::spawn_blocking(move || known(&asked)).await;
        let host = asking.map_err(|_| RuntimeError::Stopping)??;
        let folder_error = |source| RuntimeError::Folder { source };
        // A socket's path is short by law, so this folder is not under the store's.
        let folder = Folder::new().map_err(folder_error)?;
        write_sources(folder.path()).map_err(folder_error)?;
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).map_err(folder_error)?;
        let mut child = spawn(&host, folder.path(), &socket, most)?;
        let broken = |reason: String| RuntimeError::Broken { python: python.to_owned(), reason };
        let (Some(commands_in), Some(mut events_out), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(broken("its standard streams are missing".to_owned()));
        };
        let errors = tokio::spawn(first_words(errors));
        let Ok(Ok(hello)) = tokio::time::timeout(PATIENCE, read_frame(&mut events_out)).await else {
            let _ = child.start_kill();
            let said = tokio::time::timeout(PATIENCE, errors).await.ok().and_then(Result::ok).unwrap_or_default();
            return Err(broken(last_line(&said)));
        };
        let hello: Value = serde_json::from_slice(&hello).unwrap_or_default();
        let confinement = hello.member("confinement").as_str().unwrap_or_default().to_owned();
        let births = Births::default();
        let (alive, heard) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::new(0)));
        let (commands, queue) = mpsc::unbounded_channel();
        tokio::spawn(write_commands(commands_in, queue));
        tokio::spawn(hear(events_out, Arc::clone(&births), Arc::clone(&alive), Arc::clone(&heard)));
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&births))).abort_handle();
        let child = Mutex::new(Some(child));
        let (hangs, next) = (AtomicBool::new(false), AtomicU64::new(1));
        Ok(Self { folder, commands, births, alive, heard, hangs, next, child, acceptor, confinement })
    }

    /// Whether it still runs.
    pub(super) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Acquire)
    }

    /// What keeps its workers to their functions, in `confine.py`'s words.
    #[cfg(test)]
    pub(super) fn confinement(&self) -> &str {
        &self.confinement
    }

    /// Its process.
    pub(super) fn pid(&self) -> Option<u32> {
        lock(&self.child).as_ref().and_then(Child::id)
    }

    /// Where workers may have folders of their own.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Forks a worker; `order` is what `worker.py` reads.
    ///
    /// # Errors
    /// When the worker does not report in time.
    pub(super) async fn fork(&self, mut order: Value) -> Result<Forked, RuntimeError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (whole, born) = oneshot::channel();
        let (ended, end) = oneshot::channel();
        let birth = Birth { whole: Some(whole), ended: Some(ended), ..Birth::default() };
        lock(&self.births).insert(id, birth);
        if let Some(order) = order.as_object_mut() {
            order.insert("do".to_owned(), json!("fork"));
            order.insert("worker".to_owned(), json!(id));
        }
        self.tell(&order);
        let no_worker = |reason: &str| RuntimeError::NoWorker { reason: reason.to_owned() };
        match self.await_birth(born).await {
            Some(Ok(Ok((control, output)))) => Ok(Forked { id, control, output, ended: end }),
            Some(Ok(Err(reason))) => Err(RuntimeError::NoWorker { reason }),
            Some(Err(_)) => Err(no_worker("the process that forks workers ended")),
            None => {
                lock(&self.births).remove(&id);
                let short = crate::limits::shortage();
                Err(no_worker(short.as_deref().unwrap_or("it did not report in time")))
            }
        }
    }

    /// Waits for a worker for as long as the zygote is at work. `None`: it is not, or takes too long.
    async fn await_birth<T>(&self, born: oneshot::Receiver<T>) -> Option<Result<T, oneshot::error::RecvError>> {
        let until = tokio::time::Instant::now() + PATIENCE;
        let (mut born, mut pause) = (std::pin::pin!(born), LOOK);
        loop {
            if let Ok(born) = tokio::time::timeout(pause, &mut born).await {
                return Some(born);
            }
            if !self.is_alive() || tokio::time::Instant::now() > until {
                return None;
            }
            if self.is_stopped() || (pause == ANSWER && !self.answers().await) {
                // Whoever comes next gets another one; who is at work goes on.
                self.hangs.store(true, Ordering::Release);
                self.alive.store(false, Ordering::Release);
                lock(&self.births).clear();
                return None;
            }
            pause = ANSWER;
        }
    }

    /// Whether somebody has stopped it (only Linux tells).
    fn is_stopped(&self) -> bool {
        let Some(pid) = self.pid() else { return false };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['T', 't']))
    }

    /// Whether it is heard of in time when it is asked.
    async fn answers(&self) -> bool {
        let before = self.heard.load(Ordering::Acquire);
        self.tell(&json!({ "do": "ping" }));
        let until = tokio::time::Instant::now() + ANSWER;
        while tokio::time::Instant::now() < until {
            if self.heard.load(Ordering::Acquire) != before {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// Ends a worker and everything it started.
    pub(super) fn kill(&self, worker: u64) {
        self.tell(&json!({ "do": "kill", "worker": worker }));
    }

    /// Ends all workers, also those at work, and then itself.
    pub(super) fn end_all(&self) {
        self.tell(&json!({ "do": "end" }));
    }

    fn tell(&self, order: &Value) {
        // A closed channel means a dead zygote, which `is_alive` tells.
        let _ = self.commands.send(frame(order.to_string().as_bytes()));
    }

    /// Closes its standard input and waits until it and its workers are gone.
    pub(super) async fn stop(self) {
        let hangs = self.hangs.load(Ordering::Acquire) || self.is_stopped();
        let child = lock(&self.child).take();
        drop(self);
        let Some(mut child) = child else { return };
        if hangs || tokio::time::timeout(Duration::from_secs(3), child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the interpreter with an environment of next to nothing, so that no handler can find the host's keys in /proc.
fn spawn(host: &Python, folder: &Path, socket: &Path, most: Confinement) -> Result<Child, RuntimeError> {
    Command::new(&host.path)
        .args(["-I", "-S", "-B", "-X", "utf8"])
        .arg(folder.join("zygote.py"))
        .arg(json!([host.packages, host.node]).to_string())
        .arg(socket)
        .arg(folder.join(PACKAGES))
        .arg(most.name())
        .env_clear()
        .env("LANG", "en_US.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C on the terminal is for us alone.
        .process_group(0)
        .spawn()
        .map_err(|error| not_started(&host.path, &error))
}

/// What python3 complained about; reads to the end, so that it never blocks on a full pipe.
async fn first_words(mut errors: tokio::process::ChildStderr) -> Vec<u8> {
    let mut said = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = errors.read(&mut piece).await {
        if said.len() < 64 << 10 {
            said.extend_from_slice(piece.get(..count).unwrap_or_default());
        }
    }
    said
}

async fn write_commands(mut input: ChildStdin, mut queue: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(command) = queue.recv().await {
        if input.write_all(&command).await.is_err() {
            return;
        }
    }
}

/// Reads the zygote's events until it ends.
async fn hear(mut events: ChildStdout, births: Births, alive: Arc<AtomicBool>, heard: Arc<AtomicU64>) {
    while let Ok(event) = read_frame(&mut events).await {
        heard.fetch_add(1, Ordering::AcqRel);
        let event: Value = serde_json::from_slice(&event).unwrap_or_default();
        let mut births = lock(&births);
        if let (Some(id), Some(reason)) = (event.member("failed").as_u64(), event.member("reason").as_str()) {
            if let Some(whole) = births.remove(&id).and_then(|birth| birth.whole) {
                let _ = whole.send(Err(reason.to_owned()));
            }
        } else if let Some(id) = event.member("ended").as_u64() {
            let end = match (event.member("signal").as_i64(), event.member("status").as_i64()) {
                (Some(signal), _) => End::Signal(signal),
                (None, Some(status)) => End::Status(status),
                (None, None) => End::Unknown,
            };
            // A worker that ends at once may be heard of before its connections are: it is still handed over.
            if let Some(ended) = births.get_mut(&id).and_then(|birth| birth.ended.take()) {
                let _ = ended.send(end);
            }
            births.retain(|_, birth| !birth.is_done());
        }
    }
    alive.store(false, Ordering::Release);
    // Dropping the senders tells everyone who waits.
    lock(&births).clear();
}

/// Takes the workers' connections. Where the process has no file left for one it stays in line: others end, and make room.
async fn accept(listener: UnixListener, births: Births) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(greet(stream, Arc::clone(&births)))),
            Err(_) => tokio::time::sleep(AGAIN).await,
        }
    }
}

async fn greet(mut stream: UnixStream, births: Births) {
    let Ok(Ok(hello)) = tokio::time::timeout(PATIENCE, read_frame(&mut stream)).await else { return };
    let hello: Value = serde_json::from_slice(&hello).unwrap_or_default();
    let mut births = lock(&births);
    let Some(birth) = hello.member("worker").as_u64().and_then(|id| births.get_mut(&id)) else { return };
    match hello.member("channel").as_str() {
        Some("control") => birth.control = Some(stream),
        Some("output") => birth.output = Some(stream),
        _ => return,
    }
    birth.complete();
    births.retain(|_, birth| !birth.is_done());
}
