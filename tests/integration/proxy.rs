//! `Proxy`: stands between labctl and a server, counts the calls, and lets something happen at one of them.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Ran, Test, finish, wait_until};
use crate::server::Server;

/// Which side of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// The server never hears of the call.
    Before,
    /// The server has answered, and labctl never hears of it.
    After,
}

/// What happens at a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blow {
    /// Which call of the command, from 1.
    pub(crate) at: usize,
    pub(crate) when: When,
    pub(crate) signal: Signal,
}

/// The proxy; its thread ends with the process.
pub(crate) struct Proxy {
    pub(crate) url: String,
    server: Arc<Mutex<Server>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    process: Option<Pid>,
    blow: Option<Blow>,
    calls: usize,
    struck: Option<String>,
    /// Connections that are open, and those that were.
    open: usize,
    closed: usize,
    lie: Option<Lie>,
    rewrite: Option<Rewrite>,
}

/// What becomes of the body of a server's answer, by a part of the operation's name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rewrite {
    pub(crate) operation: &'static str,
    pub(crate) with: fn(&str) -> String,
}

/// What is answered in the server's place, by a part of the operation's name.
#[derive(Clone, Debug)]
pub(crate) struct Lie {
    /// Whether the server hears of the call, and does what it says.
    pub(crate) when: When,
    /// How many calls are answered so.
    pub(crate) times: usize,
    pub(crate) operations: &'static [&'static str],
    pub(crate) head: &'static str,
    pub(crate) body: &'static str,
}

/// A request as it came in.
struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The thread that accepts connections has its share of the server, and does not end.
        lock(&self.server).end();
    }
}

impl Proxy {
    pub(crate) fn start(server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (server, state) = (Arc::new(Mutex::new(server)), Arc::new(Mutex::new(State::default())));
        let (behind, shared) = (Arc::clone(&server), Arc::clone(&state));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, state) = (Arc::clone(&behind), Arc::clone(&shared));
                lock(&state).open += 1;
                std::thread::spawn(move || {
                    pass_on(&stream, &server, &state);
                    drop(stream);
                    let mut state = lock(&state);
                    state.open -= 1;
                    state.closed += 1;
                });
            }
        });
        Self { url, server, state }
    }

    /// The server behind it.
    pub(crate) fn server(&self) -> MutexGuard<'_, Server> {
        lock(&self.server)
    }

    /// Runs a command through the proxy. Gives what it did, and the call at which the blow fell, if it did.
    pub(crate) fn run(&self, test: &Test, arguments: &[&str], blow: Option<Blow>) -> (Ran, Option<String>) {
        let mut command = self.command(test, arguments);
        let child = {
            // No call is answered before the process is known.
            let mut state = lock(&self.state);
            let child = command.spawn().unwrap();
            let (open, closed, lie, rewrite) = (state.open, state.closed, state.lie.take(), state.rewrite);
            let process = Some(Pid::from_child(&child));
            *state = State { process, blow, open, closed, lie, rewrite, ..State::default() };
            child
        };
        let ran = finish(child);
        self.settle();
        let mut state = lock(&self.state);
        state.process = None;
        (ran, state.struck.take())
    }

    /// Waits until what a killed command had sent has come to its end: nobody can know of a call that is still on its way.
    fn settle(&self) {
        let closed = lock(&self.state).closed;
        // Connections are accepted in their order, so this one is behind all of the command's.
        drop(TcpStream::connect(self.url.trim_start_matches("http://")).unwrap());
        wait_until("nothing is under way", || {
            let state = lock(&self.state);
            state.closed > closed && state.open == 0
        });
    }

    /// From the next command on these calls are answered so.
    pub(crate) fn lies(&self, lie: Option<Lie>) {
        lock(&self.state).lie = lie;
    }

    /// From now on these answers are changed so.
    pub(crate) fn rewrites(&self, rewrite: Option<Rewrite>) {
        lock(&self.state).rewrite = rewrite;
    }

    /// How many calls the last command made.
    pub(crate) fn calls(&self) -> usize {
        lock(&self.state).calls
    }

    fn command(&self, test: &Test, arguments: &[&str]) -> Command {
        let mut command = test.command(arguments);
        let server = self.server();
        command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", &server.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &server.secret_access_key)
            .env("AWS_REGION", "us-east-1");
        command
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One request to a connection: whatever breaks, breaks for one call alone.
fn pass_on(stream: &TcpStream, server: &Mutex<Server>, state: &Mutex<State>) -> Option<()> {
    let request = read(stream)?;
    let when = count(&request, state);
    if when == Some(When::Before) {
        strike(state);
        return None;
    }
    let lie = lie(&request, state);
    let answer = match &lie {
        Some(Lie { when: When::After, .. }) | None => forward(&request, server)?,
        Some(_) => Vec::new(),
    };
    let answer = match lie {
        Some(Lie { head, body, .. }) => {
            format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
        }
        None => rewritten(&request, answer, state),
    };
    if when == Some(When::After) {
        strike(state);
    }
    let mut client = stream;
    client.write_all(&answer).ok()
}

/// The server's answer as the rewriting of its operation makes it.
fn rewritten(request: &Request, answer: Vec<u8>, state: &Mutex<State>) -> Vec<u8> {
    let rewrite = lock(state).rewrite.filter(|rewrite| request.to_string().contains(rewrite.operation));
    let Some(rewrite) = rewrite else { return answer };
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = (rewrite.with)(body);
    let is_length = |line: &&str| line.to_lowercase().starts_with("content-length:");
    let head: Vec<&str> = head.split("\r\n").filter(|line| !is_length(line)).collect();
    format!("{}\r\ncontent-length: {}\r\n\r\n{body}", head.join("\r\n"), body.len()).into_bytes()
}

/// The lie that this call is answered with.
fn lie(request: &Request, state: &Mutex<State>) -> Option<Lie> {
    let mut state = lock(state);
    let lie = state.lie.as_mut().filter(|lie| lie.times > 0)?;
    let operation = request.to_string();
    lie.operations.iter().any(|part| operation.contains(part)).then(|| {
        lie.times -= 1;
        lie.clone()
    })
}

fn count(request: &Request, state: &Mutex<State>) -> Option<When> {
    let mut state = lock(state);
    state.calls += 1;
    let blow = state.blow.filter(|blow| blow.at == state.calls)?;
    state.struck = Some(request.to_string());
    Some(blow.when)
}

fn strike(state: &Mutex<State>) {
    let state = lock(state);
    if let (Some(process), Some(blow)) = (state.process, state.blow) {
        // It may have ended by itself.
        let _ = kill_process(process, blow.signal);
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (method, target) = line.split_once(' ')?;
    let (method, target) = (method.to_owned(), target.split_once(' ')?.0.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, target, headers, body })
}

/// Sends the request on, signed anew: the host that labctl signed is the proxy's.
fn forward(request: &Request, server: &Mutex<Server>) -> Option<Vec<u8>> {
    let signed = request.header("authorization")?;
    let scope: Vec<&str> = signed.split_once("Credential=")?.1.split([',', '/']).collect();
    let (region, service) = (*scope.get(2)?, *scope.get(3)?);
    let now = request.header("x-amz-date")?;
    let (host, authorization) = {
        let server = lock(server);
        let target = (request.method.as_str(), request.target.as_str());
        let authorization = server.authorization(service, region, now, target, &request.body);
        (server.url.trim_start_matches("http://").to_owned(), authorization)
    };
    let mut head = format!("{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", request.method, request.target);
    let _ = write!(head, "authorization: {authorization}\r\n");
    for (name, value) in &request.headers {
        if !["host", "authorization", "connection"].contains(&name.as_str()) {
            let _ = write!(head, "{name}: {value}\r\n");
        }
    }
    let mut upstream = TcpStream::connect(host).ok()?;
    upstream.write_all(&[head.as_bytes(), b"\r\n", &request.body].concat()).ok()?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).ok()?;
    Some(answer)
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Display for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let action = body.strip_prefix("Action=").and_then(|rest| rest.split('&').next());
        match self.header("x-amz-target").or(action) {
            Some(operation) => write!(formatter, "{operation}"),
            None => write!(formatter, "{} {}", self.method, self.target),
        }
    }
}
