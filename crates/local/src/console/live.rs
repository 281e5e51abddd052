//! What changes while one looks: a stream of a page's inner part, sent again whenever it is another one.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use axum::response::IntoResponse as _;
use axum::response::sse::{Event, KeepAlive, Sse};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio::time::Instant;

use super::desk::Desk;
use super::request::Request;
use super::session::Session;
use crate::hex;

/// Between two looks whether anything has changed.
const LOOK: Duration = Duration::from_millis(50);
/// Between two pages at the least.
const PAUSE: Duration = Duration::from_millis(100);
/// How many times as long as making a page takes nothing more is made: the page costs at most a sixth of a processor.
const REST: u32 = 5;
/// Between two signs of life.
const QUIET: Duration = Duration::from_secs(15);

/// A stream at work.
struct Live {
    desk: Arc<Desk>,
    session: Arc<Session>,
    request: Request,
    number: u64,
    streams: watch::Receiver<u64>,
    over: watch::Receiver<bool>,
    /// What the store's pulse was when the page was made last.
    pulse: Option<u64>,
    /// What the browser has.
    seen: Option<String>,
    next: Instant,
    is_over: bool,
}

/// The stream of a page. A browser has one: another tab that begins one ends this.
pub(super) fn stream(desk: Arc<Desk>, session: Arc<Session>, request: Request, seen: Option<String>) -> Response<Body> {
    let (number, streams) = session.begin_stream();
    let over = desk.over.subscribe();
    let live =
        Live { desk, session, request, number, streams, over, pulse: None, seen, next: Instant::now(), is_over: false };
    let events = futures::stream::unfold(live, |mut live| async move {
        let event = live.event().await?;
        Some((Ok::<_, Infallible>(event), live))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(QUIET)).into_response();
    response.headers_mut().insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
    response
}

impl Live {
    /// The next event; none when the stream is over.
    async fn event(&mut self) -> Option<Event> {
        if self.is_over {
            return None;
        }
        loop {
            if *self.over.borrow() {
                return None;
            }
            if *self.streams.borrow() != self.number {
                self.is_over = true;
                return Some(Event::default().event("taken").data("another tab has the stream"));
            }
            let pulse = self.desk.pulse();
            if self.pulse != Some(pulse) && Instant::now() >= self.next {
                self.pulse = Some(pulse);
                if let Some(event) = self.made().await {
                    return Some(event);
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = self.streams.changed() => {}
                _ = self.over.changed() => {}
            }
        }
    }

    /// The page, if it is another one than the browser has.
    async fn made(&mut self) -> Option<Event> {
        let began = Instant::now();
        let Some(html) = self.desk.inner(&self.session, &self.request).await else {
            self.is_over = true;
            return Some(Event::default().event("gone").data("the page is not there any more"));
        };
        self.next = Instant::now() + PAUSE.max(began.elapsed() * REST);
        let digest = hex::encode(Sha256::digest(&html).first_chunk::<8>().unwrap_or(&[0; 8]));
        if self.seen.as_ref() == Some(&digest) {
            return None;
        }
        self.seen = Some(digest.clone());
        // As JSON text: an event's data may hold no carriage return, and lines would be many.
        Some(Event::default().event("page").id(digest).data(Value::from(html).to_string()))
    }
}
