//! Bodies of requests on their way in: never more than the operation takes, and never more of them than the host can hold.
//! Whoever sends slowly holds little and not for long, so that others are not kept waiting.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::request::Parts;
use futures::StreamExt as _;
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// What all large bodies together may take beside the one that has the lane: a class that uploads its packages waits in line.
const TOTAL: usize = 192 << 20;
/// A body up to this size does not wait in line; what handlers send while a large request waits for them is smaller.
const SMALL: usize = 1 << 20;
/// A larger one takes its place in such pieces, as it comes.
const PIECE: usize = 1 << 20;
/// A minute for what is small, and at least a megabyte a second of what is large.
const PACE: Pace = Pace { small: Duration::from_mins(1), large: Duration::from_secs(5), piece: Duration::from_secs(1) };
/// How long what nobody wants is listened to, so that the sender hears why.
const POLITENESS: Duration = Duration::from_secs(5);

/// The line for large bodies.
pub(crate) struct Bodies {
    /// Pieces that are free.
    room: Semaphore,
    /// One large body goes on however little room is left, so that bodies that came half do not wait for each other.
    lane: Mutex<()>,
    pace: Pace,
}

/// How long bodies may take to come, the time in line not counted.
struct Pace {
    /// One that does not wait in line.
    small: Duration,
    /// A larger one, beside the time for each [`PIECE`] of it.
    large: Duration,
    piece: Duration,
}

/// A body, and its place among those held.
#[derive(Debug)]
pub(super) struct Held<'line> {
    pub(super) bytes: Bytes,
    _place: Place<'line>,
}

/// What a body takes of the line.
#[derive(Debug, Default)]
struct Place<'line> {
    pieces: Option<SemaphorePermit<'line>>,
    lane: Option<MutexGuard<'line, ()>>,
    /// Bytes that there is room for.
    size: usize,
}

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Larger than allowed.
    TooLarge,
    /// It did not come, or not in time.
    Broken,
}

impl Bodies {
    /// A line for what a laptop can hold.
    pub(crate) fn new() -> Self {
        Self::with(TOTAL / PIECE, PACE)
    }

    fn with(pieces: usize, pace: Pace) -> Self {
        Self { room: Semaphore::new(pieces), lane: Mutex::default(), pace }
    }

    /// Reads a body of at most `limit` bytes. Its place is held as long as it is.
    pub(super) async fn read(&self, parts: &Parts, body: Body, limit: usize) -> Result<Held<'_>, Unread> {
        let told = parts.headers.get("content-length").and_then(|text| text.to_str().ok()?.parse::<usize>().ok());
        // A request without a body does not say how long it is.
        let length = told.or_else(|| body.is_end_stream().then_some(0));
        if length.is_some_and(|length| length > limit) {
            discard(body);
            return Err(Unread::TooLarge);
        }
        let mut stream = body.into_data_stream();
        let mut place = Place { size: SMALL, ..Place::default() };
        let mut bytes = Vec::with_capacity(length.unwrap_or_default().min(SMALL));
        let is_large = length.unwrap_or(limit) > SMALL;
        let mut until = Instant::now() + if is_large { self.pace.large } else { self.pace.small };
        let read = loop {
            let Ok(next) = tokio::time::timeout_at(until, stream.next()).await else { break Err(Unread::Broken) };
            let piece = match next {
                None => break Ok(()),
                Some(Err(_)) => break Err(Unread::Broken),
                Some(Ok(piece)) => piece,
            };
            if bytes.len() + piece.len() > limit {
                break Err(Unread::TooLarge);
            }
            while bytes.len() + piece.len() > place.size {
                let asked = Instant::now();
                self.make_room(&mut place).await;
                until += asked.elapsed() + self.pace.piece;
            }
            bytes.extend_from_slice(&piece);
        };
        match read {
            Ok(()) => Ok(Held { bytes: bytes.into(), _place: place }),
            Err(unread) => {
                discard(Body::from_stream(stream));
                Err(unread)
            }
        }
    }

    /// Waits for room for one more piece.
    async fn make_room<'line>(&'line self, place: &mut Place<'line>) {
        if place.lane.is_none() {
            tokio::select! {
                biased;
                Ok(piece) = self.room.acquire() => match &mut place.pieces {
                    Some(pieces) => pieces.merge(piece),
                    none => *none = Some(piece),
                },
                lane = self.lane.lock() => place.lane = Some(lane),
            }
        }
        place.size += PIECE;
    }
}

/// Lets a body come in for a moment without keeping any of it: a connection that is closed before may break before the
/// answer is read.
pub(super) fn discard(body: Body) {
    tokio::spawn(async move {
        let mut stream = body.into_data_stream();
        let _ = tokio::time::timeout(POLITENESS, async { while let Some(Ok(_)) = stream.next().await {} }).await;
    });
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    /// What does not come at once is late.
    const NONE: Pace = Pace { small: Duration::ZERO, large: Duration::ZERO, piece: Duration::ZERO };

    fn request(size: usize) -> (Parts, Body) {
        axum::http::Request::new(Body::from(vec![0; size])).into_parts()
    }

    /// A body of `said` bytes of which so many come at once and the others never.
    fn slow(said: usize, sent: usize) -> (Parts, Body) {
        let first = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from(vec![0; sent]))]);
        let body = Body::from_stream(first.chain(futures::stream::pending()));
        axum::http::Request::builder().header("content-length", said).body(body).unwrap().into_parts()
    }

    #[tokio::test]
    async fn large_bodies_wait_until_there_is_room_and_small_ones_do_not() {
        let (bodies, limit) = (Bodies::with(1, PACE), 3 << 20);
        let (parts, body) = request(limit);
        let first = bodies.read(&parts, body, limit).await.unwrap();
        assert_eq!(first.bytes.len(), limit);
        let (parts, body) = request(limit);
        let mut second = std::pin::pin!(bodies.read(&parts, body, limit));
        assert!(second.as_mut().now_or_never().is_none());
        let (parts, body) = request(SMALL);
        assert!(bodies.read(&parts, body, SMALL).now_or_never().unwrap().is_ok());
        drop(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn twelve_slow_senders_keep_nobody_waiting_for_long() {
        let (bodies, limit) = (Bodies::with(24, NONE), 70 << 20);
        let slow: Vec<_> = (0..12)
            .map(|_| {
                let (parts, body) = slow(limit, 30 << 20);
                async { bodies.read(&{ parts }, body, limit).await.err() }
            })
            .collect();
        let (parts, body) = request(limit);
        let taken = async { bodies.read(&parts, body, limit).await.map(|held| held.bytes.len()) };
        let (refused, taken) = tokio::join!(futures::future::join_all(slow), taken);
        assert!(refused.iter().all(|refused| *refused == Some(Unread::Broken)), "{refused:?}");
        assert_eq!(taken, Ok(limit));
        assert_eq!(bodies.room.available_permits(), 24);
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_ends() {
        for (said, sent) in [(70 << 20, 1), (2 << 20, SMALL), (100, 99)] {
            let (parts, body) = slow(said, sent);
            assert_eq!(Bodies::with(1, NONE).read(&parts, body, 70 << 20).await.unwrap_err(), Unread::Broken);
        }
    }

    #[tokio::test]
    async fn a_request_without_a_body_takes_no_place() {
        let bodies = Bodies::with(0, PACE);
        let (parts, body) = axum::http::Request::new(Body::empty()).into_parts();
        assert!(bodies.read(&parts, body, 2 << 20).now_or_never().unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_body_without_a_length_is_counted_as_it_comes() {
        let (parts, body) = request(1001);
        assert_eq!(Bodies::new().read(&parts, body, 1000).await.unwrap_err(), Unread::TooLarge);
    }
}
