//! Bodies of requests on their way in: never more than the operation takes, and never more of them than the host can
//! hold.

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::request::Parts;
use futures::StreamExt as _;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// What all large bodies together may take: a class that uploads its packages waits in line.
const TOTAL: usize = 256 << 20;
/// A body up to this size does not wait in line; what handlers send while a large request waits for them is smaller.
const SMALL: usize = 1 << 20;
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long what nobody wants is listened to, so that the sender hears why.
const POLITENESS: Duration = Duration::from_secs(5);
/// Bytes of one unit of the line.
const UNIT: usize = 1 << 10;

/// The line for large bodies.
pub(crate) struct Bodies(Semaphore);

/// A body, and its place among those held.
#[derive(Debug)]
pub(super) struct Held<'line> {
    pub(super) bytes: Bytes,
    _place: Option<SemaphorePermit<'line>>,
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
    /// A line for this many bytes.
    pub(crate) fn new() -> Self {
        Self(Semaphore::new(TOTAL / UNIT))
    }

    /// Reads a body of at most `limit` bytes. Its place is held as long as it is.
    pub(super) async fn read(&self, parts: &Parts, body: Body, limit: usize) -> Result<Held<'_>, Unread> {
        let told = parts.headers.get("content-length").and_then(|text| text.to_str().ok()?.parse::<usize>().ok());
        // A request without a body does not say how long it is, and shall not wait in line for what it does not send.
        let length = told.or_else(|| body.is_end_stream().then_some(0));
        let most = length.unwrap_or(limit);
        if most > limit {
            discard(body);
            return Err(Unread::TooLarge);
        }
        let mut place = None;
        if most > SMALL {
            let units = u32::try_from(most.div_ceil(UNIT)).map_err(|_| Unread::TooLarge)?;
            place = Some(self.0.acquire_many(units).await.map_err(|_| Unread::Broken)?);
        }
        let mut stream = body.into_data_stream();
        let read = async {
            let mut bytes = Vec::with_capacity(length.unwrap_or_default());
            while let Some(piece) = stream.next().await {
                let piece = piece.map_err(|_| Unread::Broken)?;
                if bytes.len() + piece.len() > limit {
                    return Err(Unread::TooLarge);
                }
                bytes.extend_from_slice(&piece);
            }
            Ok(bytes)
        };
        let bytes = tokio::time::timeout(PATIENCE, read).await.unwrap_or(Err(Unread::Broken));
        if bytes.is_err() {
            discard(Body::from_stream(stream));
        }
        Ok(Held { bytes: bytes?.into(), _place: place })
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

    fn request(size: usize) -> (Parts, Body) {
        axum::http::Request::new(Body::from(vec![0; size])).into_parts()
    }

    #[tokio::test]
    async fn large_bodies_wait_until_there_is_room_and_small_ones_do_not() {
        let (bodies, limit) = (Bodies(Semaphore::new(3000)), 2 << 20);
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
    async fn a_request_without_a_body_takes_no_place() {
        let bodies = Bodies(Semaphore::new(1));
        let (parts, body) = axum::http::Request::new(Body::empty()).into_parts();
        assert!(bodies.read(&parts, body, 2 << 20).now_or_never().unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_body_without_a_length_is_counted_as_it_comes() {
        let (parts, body) = request(1001);
        assert_eq!(Bodies::new().read(&parts, body, 1000).await.unwrap_err(), Unread::TooLarge);
    }
}
