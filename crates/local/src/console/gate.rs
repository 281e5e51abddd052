//! A browser's request: whose it is, which page it goes to, and what is sent back.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, REFERRER_POLICY, SET_COOKIE,
};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode};

use super::desk::Desk;
use super::request::{Request, path};
use super::session::Sessions;
use super::token::{PATH, address};
use super::{live, page};
use crate::clock::Clock;
use crate::config::Config;
use crate::services::Services;
use crate::store::Store;

/// The largest form: a definition of 1 MiB, each of its characters written as three.
const LARGEST_FORM: usize = 4 << 20;
/// The largest form with a token.
const LARGEST_TOKEN: usize = 4 << 10;
/// How long a form may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The console of a server.
pub(crate) struct Console {
    desk: Arc<Desk>,
    sessions: Sessions,
    /// Browsers send the cookies of one port of a machine to every other: each server has a name of its own.
    cookie_name: String,
    policy: HeaderValue,
    first_address: String,
}

impl Console {
    /// The console of the server at `url`, whose keys have this secret.
    pub(crate) fn new(
        config: &Config,
        url: &str,
        secret: &str,
        services: Arc<Services>,
        store: Store,
        clock: Clock,
    ) -> Self {
        let port = url.rsplit(':').next().unwrap_or_default();
        Self {
            desk: Arc::new(Desk::new(config, services, store, clock)),
            sessions: Sessions::new(secret),
            cookie_name: format!("endpoint_console_{port}"),
            policy: HeaderValue::from_str(&page::policy()).unwrap_or(HeaderValue::from_static("default-src 'none'")),
            first_address: address(url, secret, None),
        }
    }

    /// The address that opens it once, for everything.
    pub(crate) fn url(&self) -> &str {
        &self.first_address
    }

    /// Whether a path is the console's.
    pub(crate) fn serves(path: &str) -> bool {
        path.starts_with(PATH) || path == PATH.trim_end_matches('/')
    }

    /// Ends the streams.
    pub(crate) fn end(&self) {
        self.desk.over.send_replace(true);
    }

    /// Answers a request whose `Host` is known to be this server's.
    pub(crate) async fn answer(&self, parts: &Parts, body: Body) -> Response<Body> {
        if parts.method == Method::POST {
            return self.answer_form(parts, body).await;
        }
        if parts.method != Method::GET {
            return self.text(
                StatusCode::METHOD_NOT_ALLOWED,
                "text/plain",
                "the console takes GET and POST\n".to_owned(),
            );
        }
        let request = Request::of(parts);
        let steps: Vec<&str> = request.steps.iter().map(String::as_str).collect();
        match *steps {
            ["console.css"] => return self.text(StatusCode::OK, "text/css", page::STYLE.concat()),
            ["icon.svg"] => return self.text(StatusCode::OK, "image/svg+xml", page::ICON.to_owned()),
            ["console.js"] => return self.text(StatusCode::OK, "text/javascript", page::SCRIPT.to_owned()),
            _ => {}
        }
        let Some(session) = self.sessions.find(self.cookies(parts)) else {
            let status = if steps.is_empty() { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            return self.html(status, page::closed_document(None));
        };
        match *steps {
            [] => elsewhere(&path(&[self.desk.home().as_str(), "machines"])),
            ["stream"] => {
                let of = request.query("page").unwrap_or_default();
                let (place, query) = of.split_once('?').unwrap_or((of, ""));
                live::stream(
                    Arc::clone(&self.desk),
                    session,
                    Request::at(place, query),
                    request.query("seen").map(str::to_owned),
                )
            }
            _ => {
                let (status, html) = self.desk.document(&session, &request).await;
                match html {
                    Ok(html) => self.html(status, html),
                    Err(path) => elsewhere(&path),
                }
            }
        }
    }

    async fn answer_form(&self, parts: &Parts, body: Body) -> Response<Body> {
        if !comes_from_here(parts) {
            return self.text(
                StatusCode::FORBIDDEN,
                "text/plain",
                "the form does not come from this console\n".to_owned(),
            );
        }
        let request = Request::of(parts);
        // Nobody who was not let in has anything large to say.
        let session = self.sessions.find(self.cookies(parts));
        let largest = if session.is_some() { LARGEST_FORM } else { LARGEST_TOKEN };
        let read = tokio::time::timeout(PATIENCE, to_bytes(body, largest)).await;
        let Ok(Ok(body)) = read else {
            let said = format!("the form did not come, or is larger than {largest} bytes\n");
            return self.text(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", said);
        };
        let request = request.with_form(&body);
        if request.steps == ["session"] {
            return self.sign_in(&request);
        }
        let Some(session) = session else {
            return self.html(StatusCode::UNAUTHORIZED, page::closed_document(None));
        };
        if !session.made(&request.path, &request.field("token")) {
            let said = "the form is not of this browser's session: go back and load its page again\n";
            return self.text(StatusCode::FORBIDDEN, "text/plain", said.to_owned());
        }
        if request.steps == ["sign-out"] {
            self.sessions.end(self.cookies(parts));
            return elsewhere(PATH);
        }
        let (status, html) = self.desk.document(&session, &request).await;
        match html {
            Ok(html) => self.html(status, html),
            Err(path) => elsewhere(&path),
        }
    }

    fn sign_in(&self, request: &Request) -> Response<Body> {
        let Some(cookie) = self.sessions.exchange(request.field("token").trim()) else {
            let said = "This address has been used, or is of another server. `labctl console` prints a new one.";
            return self.html(StatusCode::FORBIDDEN, page::closed_document(Some(said)));
        };
        let mut response = elsewhere(PATH);
        let cookie = format!("{}={cookie}; Path={PATH}; HttpOnly; SameSite=Strict", self.cookie_name);
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        response
    }

    /// The values of this server's cookie.
    fn cookies<'parts>(&self, parts: &'parts Parts) -> impl Iterator<Item = &'parts str> {
        let all = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let name = self.cookie_name.clone();
        all.flat_map(|value| value.split(';')).filter_map(move |cookie| {
            let (key, value) = cookie.trim().split_once('=')?;
            (key == name).then_some(value)
        })
    }

    fn html(&self, status: StatusCode, html: String) -> Response<Body> {
        self.text(status, "text/html", html)
    }

    fn text(&self, status: StatusCode, kind: &str, text: String) -> Response<Body> {
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        let kind = HeaderValue::from_str(&format!("{kind}; charset=utf-8"));
        let fixed = [
            (CONTENT_SECURITY_POLICY, self.policy.clone()),
            // Without the origin of its own page a browser sends none with a form.
            (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            (HeaderName::from_static("cache-control"), HeaderValue::from_static("no-store")),
            (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
        ];
        let headers = response.headers_mut();
        headers.extend(kind.ok().map(|kind| (CONTENT_TYPE, kind)));
        headers.extend(fixed);
        response
    }
}

/// Whether a form was sent by a page of this server.
fn comes_from_here(parts: &Parts) -> bool {
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let from = header(ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
    from.is_some() && from == header(HOST)
}

fn elsewhere(path: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}
