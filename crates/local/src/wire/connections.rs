//! Connections: as many as there is room for. When another one comes, the one that has been silent for longest ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;
use tower_service::Service as _;

/// How long the head of a request may take to come, and how long a connection may say nothing.
const SILENCE: Duration = Duration::from_mins(1);
/// Between two attempts to accept when the process has no file left for it.
const PAUSE: Duration = Duration::from_millis(20);

/// The connections there are.
struct Connections {
    most: usize,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    next: u64,
    /// Those without a request at work, by when they fell silent.
    silent: BTreeMap<u64, Arc<Notify>>,
    count: usize,
}

impl Connections {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one more in.
    fn enter(self: &Arc<Self>) -> Place {
        let ended = Arc::new(Notify::new());
        let mut known = self.lock();
        known.count += 1;
        let over = known.count > self.most;
        drop(known);
        if over {
            self.end_one();
        }
        let place = Place { connections: Arc::clone(self), ended, silent: Mutex::new(None) };
        place.falls_silent();
        place
    }

    /// Ends the connection that has been silent for longest; those with a request at work stay.
    fn end_one(&self) {
        if let Some((_, ended)) = self.lock().silent.pop_first() {
            ended.notify_one();
        }
    }
}

/// One connection among the others; gone when it is dropped.
struct Place {
    connections: Arc<Connections>,
    ended: Arc<Notify>,
    /// Its number among the silent ones.
    silent: Mutex<Option<u64>>,
}

impl Place {
    fn falls_silent(&self) {
        let mut known = self.connections.lock();
        known.next += 1;
        let number = known.next;
        known.silent.insert(number, Arc::clone(&self.ended));
        drop(known);
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner) = Some(number);
    }

    fn speaks(&self) {
        let number = self.silent.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(number) = number {
            self.connections.lock().silent.remove(&number);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.speaks();
        self.connections.lock().count -= 1;
    }
}

/// A connection that is at work on a request.
struct Speaking(Arc<Place>);

impl Speaking {
    fn new(place: &Arc<Place>) -> Self {
        place.speaks();
        Self(Arc::clone(place))
    }
}

impl Drop for Speaking {
    fn drop(&mut self) {
        self.0.falls_silent();
    }
}

/// Serves until `stop` fires, then lets the requests at work finish. Dropping it breaks all connections.
pub(super) async fn serve(listener: TcpListener, router: Router, most: usize, mut stop: oneshot::Receiver<()>) {
    let connections = Arc::new(Connections { most, known: Mutex::default() });
    let stopping = watch::Sender::new(false);
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stop => break,
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
        };
        if let Ok((stream, _)) = accepted {
            let place = Arc::new(connections.enter());
            tasks.spawn(answer(stream, router.clone(), place, stopping.subscribe()));
        } else {
            // No file is left for it, or it is gone already.
            connections.end_one();
            tokio::time::sleep(PAUSE).await;
        }
    }
    drop(listener);
    stopping.send_replace(true);
    while tasks.join_next().await.is_some() {}
}

/// Answers the requests of one connection.
async fn answer(stream: TcpStream, router: Router, place: Arc<Place>, mut stopping: watch::Receiver<bool>) {
    // An answer in several pieces does not wait for the client's acknowledgement of the first.
    let _ = stream.set_nodelay(true);
    let ended = Arc::clone(&place.ended);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let speaking = Speaking::new(&place);
        let mut router = router.clone();
        async move {
            let answered: Result<Response<Body>, std::convert::Infallible> = router.call(request.map(Body::new)).await;
            drop(speaking);
            answered
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(SILENCE);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = ended.notified() => return,
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn ask(address: std::net::SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn those_that_send_nothing_or_half_a_head_make_room() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(async || "here");
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, router, 8, stopped));
        let mut silent = Vec::new();
        for number in 0..40 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            if number % 2 == 0 {
                stream.write_all(b"POST / HTTP/1.1\r\nho").await.unwrap();
            }
            silent.push(stream);
            if number % 8 == 0 {
                assert!(ask(address).await.ends_with("here"), "{number}");
            }
        }
        let mut first = silent.remove(0);
        let mut nothing = Vec::new();
        let _ = first.read_to_end(&mut nothing).await;
        assert!(nothing.is_empty(), "the first to fall silent was ended");
        stop.send(()).unwrap();
        server.await.unwrap();
    }
}
