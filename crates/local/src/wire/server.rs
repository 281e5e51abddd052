//! The HTTP server: from bytes to a [`Call`] and back. Loopback only, every request signed.

use crate::arn::is_region;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::body::{Bodies, Unread, discard};
use super::call::{Answer, Call, Caller, Fault};
use super::connections;
use super::protocol::Protocol;
use super::refusal;
use super::reply::Reply;
use super::route::{self, Route};
use super::signature::{Authorization, Refusal, Signed};
use crate::api;
use crate::clock::Clock;
use crate::console::Console;
use crate::fault::{Injector, Mishap};
use crate::keys::{Key, KeyRing};
use crate::limits::Share;
use crate::quota::Limiter;
use crate::random;
use crate::services::Services;
use crate::store::Store;

/// What the server needs to answer.
pub(crate) struct Server {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) limiter: Limiter,
    pub(crate) injector: Injector,
    pub(crate) services: Arc<Services>,
    pub(crate) console: Arc<Console>,
    pub(crate) port: u16,
    pub(crate) bodies: Bodies,
}

/// A request before its body is read.
struct Head {
    protocol: Protocol,
    service: &'static str,
    /// Empty for a form, which names it in the body.
    operation: String,
    authorization: Authorization,
    key: Key,
}

/// The store's table for the endpoint's own facts, and the time it showed last.
pub(crate) const OWN: &str = "endpoint";
/// See [`OWN`].
pub(crate) const SHOWN: &str = "shown";
/// How far time must have jumped ahead before it is noted with every change.
const AHEAD_MS: i64 = 1000;

/// Serves until `stop` fires, then lets the requests at work finish for a moment.
pub(crate) async fn serve(listener: TcpListener, server: Arc<Server>, stop: oneshot::Receiver<()>) {
    let router = Router::new().fallback(receive).with_state(server);
    connections::serve(listener, router, Share::of_this_process().connections, stop).await;
}

/// A listener on loopback.
pub(crate) async fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await
}

async fn receive(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if !server.knows_host(&parts) {
        let mut response = Response::new(Body::from("the Host header is not this endpoint's\n"));
        *response.status_mut() = StatusCode::FORBIDDEN;
        return response;
    }
    if Console::serves(parts.uri.path()) {
        return server.console.answer(&parts, body).await;
    }
    if let Some(zip) = server.services.download(parts.uri.path()) {
        return Response::new(Body::from(zip));
    }
    server.answer(&parts, body, &random::uuid()).await
}

fn too_large(limit: usize, operation: &str) -> Fault {
    Fault::client(
        "RequestTooLargeException",
        format!("Request must be smaller than {limit} bytes for the {operation} operation"),
    )
    .status(413)
}

impl Server {
    /// Whether a request was meant for this endpoint: a page from elsewhere that resolves to loopback has another name.
    fn knows_host(&self, parts: &Parts) -> bool {
        let said = parts.headers.get("host").and_then(|host| host.to_str().ok()).or_else(|| parts.uri.host());
        let Some(said) = said else { return false };
        // Step Functions' synchronous calls put `sync-` before the host's name.
        let said = said.strip_prefix("sync-").unwrap_or(said);
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| said == format!("{name}:{}", self.port))
    }

    async fn answer(&self, parts: &Parts, body: Body, request_id: &str) -> Response<Body> {
        let headers = header_list(parts);
        let head = match self.look(parts, &headers) {
            Ok(head) => head,
            Err((protocol, service, fault)) => {
                discard(body);
                return Reply { protocol, service, operation: "", request_id }.fault(&fault);
            }
        };
        let limit = api::largest(head.service, &head.operation);
        match self.bodies.read(parts, body, limit).await {
            Ok(whole) => self.answer_whole(parts, &headers, &head, whole.bytes.clone(), request_id).await,
            Err(unread) => {
                let Head { protocol, service, operation, .. } = &head;
                let fault = match unread {
                    Unread::TooLarge => too_large(limit, if operation.is_empty() { "this" } else { operation }),
                    Unread::Broken => Fault::client("RequestTimeout", "the request's body did not come").status(408),
                };
                Reply { protocol: *protocol, service, operation, request_id }.fault(&fault)
            }
        }
    }

    /// What can be told before the body: whether the sender is known, and signed for the service that is asked. Whether there is
    /// such a service and operation is told only once the signature is verified.
    fn look(&self, parts: &Parts, headers: &[(String, String)]) -> Result<Head, (Protocol, &'static str, Fault)> {
        let text = headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str());
        let authorization = Authorization::read(text);
        let signed_for = authorization.as_ref().ok().map(|found| found.service.as_str());
        let (protocol, service, operation) =
            match route::find(parts.method.as_str(), parts.uri.path(), headers, b"", signed_for) {
                Ok(route) => (route.protocol, route.service, route.operation),
                // A form names its operation in the body, and what goes nowhere is told after the signature.
                Err(lost) => {
                    let (protocol, service) = lost.place();
                    (protocol, service, String::new())
                }
            };
        let known = authorization.and_then(|found| Ok((self.recognise(&found, headers, service)?, found)));
        match known {
            Ok((key, authorization)) => Ok(Head { protocol, service, operation, authorization, key }),
            Err(refused) => Err((protocol, service, refusal::unsigned(refused, protocol))),
        }
    }

    async fn answer_whole(
        &self,
        parts: &Parts,
        headers: &[(String, String)],
        head: &Head,
        body: Bytes,
        request_id: &str,
    ) -> Response<Body> {
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let signed = Signed { method, path, query: parts.uri.query().unwrap_or_default(), headers, body: &body };
        if let Err(refused) = head.authorization.verify(&signed, &head.key.secret, Clock::real_ms() / 1000) {
            let reply = Reply { protocol: head.protocol, service: head.service, operation: "", request_id };
            return reply.fault(&refusal::unsigned(refused, head.protocol));
        }
        let mut route = match route::find(method, path, headers, &body, Some(&head.authorization.service)) {
            Ok(route) => route,
            Err(lost) => {
                let (protocol, service) = lost.place();
                return Reply { protocol, service, operation: "", request_id }.fault(&refusal::lost(lost));
            }
        };
        let (protocol, service, operation) = (route.protocol, route.service, route.operation.clone());
        let reply = Reply { protocol, service, operation: &operation, request_id };
        let (region, caller) = (head.authorization.region.clone(), head.key.caller.clone());
        let mishap = self.hinder(&region, service, &operation).await;
        let is_lost = mishap == Ok(Some(Mishap::Lost));
        let is_silent = matches!(mishap, Ok(Some(Mishap::Silent { .. })));
        match mishap {
            Ok(None | Some(Mishap::Lost | Mishap::Silent { done: true })) => {}
            // Ends with the connection.
            Ok(Some(Mishap::Silent { done: false })) => return std::future::pending().await,
            Ok(Some(Mishap::Slow(pause))) => tokio::time::sleep(pause).await,
            Ok(Some(Mishap::Reset)) => return broken(),
            Ok(Some(Mishap::Answer(fault))) | Err(fault) => return reply.fault(&fault),
        }
        let call = match call(&mut route, parts, headers, body, region, caller) {
            Ok(call) => call,
            Err(fault) => return reply.fault(&fault),
        };
        match self.perform(call).await {
            _ if is_lost => broken(),
            _ if is_silent => std::future::pending().await,
            Ok(answer) => self.with_time(reply.answer(answer)),
            Err(fault) => reply.fault(&fault),
        }
    }

    /// The endpoint's own time, which may have jumped ahead of this machine's: `Date` is this machine's, as signatures are.
    fn with_time(&self, mut response: Response<Body>) -> Response<Body> {
        response.headers_mut().insert(HeaderName::from_static("x-local-time"), self.clock.now_ms().into());
        response
    }

    /// The key that a request says it is signed with, if it is known and the request is for the service it names.
    fn recognise(&self, found: &Authorization, headers: &[(String, String)], service: &str) -> Result<Key, Refusal> {
        let key = self.keys.find(&found.access_key_id).ok_or(Refusal::UnknownKey)?;
        let token = headers.iter().find(|(name, _)| name == "x-amz-security-token").map(|(_, value)| value);
        if key.token.as_ref() != token {
            return Err(Refusal::UnknownKey);
        }
        if !service.is_empty() && found.service != service {
            return Err(Refusal::Scope(format!("Credential should be scoped to correct service: '{service}'. ")));
        }
        if !is_region(&found.region) {
            return Err(Refusal::Scope("Credential should be scoped to a valid region. ".to_owned()));
        }
        Ok(key)
    }

    /// Throttles and injected faults.
    async fn hinder(&self, region: &str, service: &str, operation: &str) -> Result<Option<Mishap>, Fault> {
        let latency = self.injector.latency_ms();
        if latency > 0 {
            tokio::time::sleep(Duration::from_millis(latency)).await;
        }
        self.limiter.take(region, service, operation, self.clock.now_ms())?;
        Ok(self.injector.next(service, operation))
    }

    async fn perform(&self, call: Call) -> Result<Answer, Fault> {
        self.check_store()?;
        let service = self.services.find(call.service).ok_or_else(|| crate::service::not_offered(&call))?;
        let call = service.read(call);
        api::check(&call)?;
        let before = self.store.mark();
        let answer = service.call(call).await;
        // Time does not jump because the disk takes a moment.
        let _busy = self.clock.busy();
        let shown = self.clock.now_ms();
        if self.store.mark() != before && shown > Clock::real_ms() + AHEAD_MS {
            self.store.put(OWN, SHOWN, shown);
        }
        // No answer tells what a kill would take back: neither what it changed itself nor what it saw of others' changes.
        self.store.keep();
        // That may be the first write that failed.
        self.check_store()?;
        answer
    }

    /// Refuses to answer over a store that cannot be written.
    fn check_store(&self) -> Result<(), Fault> {
        let Some(reason) = self.store.failure() else { return Ok(()) };
        let message =
            format!("the local endpoint cannot write its store: {reason}; free some space, then start it again");
        Err(Fault::client("InternalFailure", message).status(500))
    }
}

/// The request as the services take it.
fn call(
    route: &mut Route,
    parts: &Parts,
    headers: &[(String, String)],
    body: Bytes,
    region: String,
    caller: Caller,
) -> Result<Call, Fault> {
    let (service, operation) = (route.service, route.operation.clone());
    let body = unpacked(headers, body, api::largest(service, &operation))?;
    let input = route
        .input(parts.uri.query().unwrap_or_default(), &body)
        .map_err(|reason| Fault::client("SerializationException", reason))?;
    let is_blob = api::operation(service, &operation).is_some_and(|row| row.is_blob);
    let payload = if is_blob { body.to_vec() } else { Vec::new() };
    Ok(Call { service, operation, region, caller, input, payload, headers: headers.to_vec() })
}

fn header_list(parts: &Parts) -> Vec<(String, String)> {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// A body that was compressed for the way (CloudWatch's clients do so above 10 KB).
pub(super) fn unpacked(headers: &[(String, String)], body: Bytes, limit: usize) -> Result<Bytes, Fault> {
    use std::io::Read as _;
    let packed = headers.iter().any(|(name, value)| name == "content-encoding" && value.eq_ignore_ascii_case("gzip"));
    if !packed {
        return Ok(body);
    }
    let mut unpacked = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    flate2::read::GzDecoder::new(body.as_ref())
        .take(most.saturating_add(1))
        .read_to_end(&mut unpacked)
        .map_err(|error| Fault::client("SerializationException", format!("the body is no gzip: {error}")))?;
    if unpacked.len() > limit { Err(too_large(limit, "this")) } else { Ok(Bytes::from(unpacked)) }
}

/// A connection that breaks instead of an answer: the body fails before its first byte.
fn broken() -> Response<Body> {
    let failure = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("injected fault")) });
    Response::new(Body::from_stream(failure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_have_their_form() {
        for good in ["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-5"] {
            assert!(is_region(good), "{good}");
        }
        for bad in ["", "us", "us-1", "US-east-1", "us-east-10", "us-east-1/x", "../..", "us--1"] {
            assert!(!is_region(bad), "{bad}");
        }
    }
}
