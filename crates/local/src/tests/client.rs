//! A small client that signs its requests.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::clock::Clock;
use crate::wire::client::authorization;
use crate::{Config, Endpoint};

/// A client of one endpoint.
pub(super) struct Client {
    pub(super) address: String,
    pub(super) keys: (String, String),
    pub(super) token: Option<String>,
    pub(super) region: &'static str,
    /// Seconds by which its clock is wrong.
    pub(super) skew: i64,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A request to be signed.
pub(super) struct Request<'text> {
    pub(super) method: &'text str,
    pub(super) path: &'text str,
    pub(super) service: &'text str,
    pub(super) headers: Vec<(&'text str, String)>,
    pub(super) body: Vec<u8>,
}

pub(super) async fn start(config: Config) -> (Endpoint, Client) {
    let endpoint = Endpoint::start(config).await.unwrap();
    let client = Client::of(&endpoint);
    (endpoint, client)
}

impl Client {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        let credentials = endpoint.credentials();
        Self {
            address: endpoint.url().trim_start_matches("http://").to_owned(),
            keys: (credentials.access_key_id, credentials.secret_access_key),
            token: None,
            region: "us-east-1",
            skew: 0,
        }
    }

    /// A call of a JSON service by its target.
    pub(super) async fn json(&self, service: &str, target: &str, input: &Value) -> Reply {
        let headers =
            vec![("x-amz-target", target.to_owned()), ("content-type", "application/x-amz-json-1.1".to_owned())];
        let body = input.to_string().into_bytes();
        self.send(Request { method: "POST", path: "/", service, headers, body }).await
    }

    /// A call of a query service.
    pub(super) async fn form(&self, service: &str, fields: &[(&str, &str)]) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        self.send(Request { method: "POST", path: "/", service, headers, body }).await
    }

    pub(super) async fn send(&self, request: Request<'_>) -> Reply {
        let Request { method, path, service, headers, body } = request;
        let time = jiff::Timestamp::from_second(Clock::real_ms() / 1000 + self.skew).unwrap();
        let mut headers: Vec<(String, String)> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        headers.push(("host".to_owned(), self.address.clone()));
        headers.push(("x-amz-date".to_owned(), time.strftime("%Y%m%dT%H%M%SZ").to_string()));
        if let Some(token) = &self.token {
            headers.push(("x-amz-security-token".to_owned(), token.clone()));
        }
        let (plain, query) = path.split_once('?').unwrap_or((path, ""));
        let scope = (self.region, service);
        let signature = authorization((method, plain, query), &headers, &body, scope, (&self.keys.0, &self.keys.1));
        headers.push(("authorization".to_owned(), signature));
        self.raw(method, path, &headers, &body).await.unwrap()
    }

    /// A request as it is; an error when the connection breaks before a whole answer.
    pub(super) async fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> std::io::Result<Reply> {
        use std::fmt::Write as _;
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let broken = || std::io::Error::other(format!("no whole answer: {text:?}"));
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if length.is_none_or(|length: usize| body.len() < length) && status != 204 {
            return Err(broken());
        }
        Ok(Reply { status, head: head.to_lowercase(), body: body.to_owned() })
    }
}
