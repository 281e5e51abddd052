//! Who may see the page: who brings the token, and that browser from then on.

use axum::body::Body;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, REFERRER_POLICY, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};

use super::page;
use crate::arn::is_region;
use crate::config::Config;
use crate::random;
use crate::services::Services;

const PATH: &str = "/_console";
const COOKIE_NAME: &str = "endpoint_console";

/// The page and its keys.
pub(crate) struct Console {
    token: String,
    cookie: String,
    region: String,
    account: String,
}

impl Console {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            token: random::hex::<16>(),
            cookie: random::hex::<32>(),
            region: config.region.clone(),
            account: config.account.clone(),
        }
    }

    /// The page's address with its token.
    pub(crate) fn url(&self, endpoint: &str) -> String {
        format!("{endpoint}{PATH}?token={}", self.token)
    }

    /// Whether a path is the page's.
    pub(crate) fn serves(path: &str) -> bool {
        path == PATH
    }

    /// Answers a request for the page.
    pub(crate) async fn page(&self, parts: &Parts, services: &Services) -> Response<Body> {
        if self.has_cookie(parts) {
            let wanted = query_value(parts, "region").filter(|name| is_region(name));
            let html = page::render(services, &self.account, wanted.as_deref().unwrap_or(&self.region)).await;
            return answer(StatusCode::OK, html);
        }
        if query_value(parts, "token").is_some_and(|given| same(&given, &self.token)) {
            let mut response = answer(StatusCode::SEE_OTHER, String::new());
            let cookie = format!("{COOKIE_NAME}={}; Path={PATH}; HttpOnly; SameSite=Strict", self.cookie);
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().insert(SET_COOKIE, cookie);
            }
            response.headers_mut().insert(LOCATION, HeaderValue::from_static(PATH));
            return response;
        }
        answer(StatusCode::FORBIDDEN, page::refused())
    }

    fn has_cookie(&self, parts: &Parts) -> bool {
        let wanted = format!("{COOKIE_NAME}={}", self.cookie);
        let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies.flat_map(|value| value.split(';')).any(|cookie| same(cookie.trim(), &wanted))
    }
}

/// A parameter of the query string.
fn query_value(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Compares without saying where two texts differ.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |sum, (one, other)| sum | (one ^ other)) == 0
}

fn answer(status: StatusCode, html: String) -> Response<Body> {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cache-control"), "no-store"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
