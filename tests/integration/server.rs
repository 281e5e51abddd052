//! `Server`: a `labctl local serve` of the test's own, and a small client that signs its calls.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use hmac::{Hmac, KeyInit as _, Mac as _};
use rustix::process::Signal;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::harness::{Test, signal};

/// A server that ends with the test.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

impl Server {
    /// Starts `labctl local serve` on a store of its own in the test's folder.
    pub(crate) fn start(test: &Test, arguments: &[&str]) -> Self {
        Self::on(test, "served", arguments)
    }

    /// Starts it on this store.
    pub(crate) fn on(test: &Test, store: &str, arguments: &[&str]) -> Self {
        let mut all = vec!["local", "serve", "--store", store];
        all.extend(arguments);
        let mut child = test.command(&all).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut next = |name: &str| {
            let line = lines.next().unwrap().unwrap();
            line.strip_prefix(&format!("export {name}=")).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let url = next("AWS_ENDPOINT_URL");
        let access_key_id = next("AWS_ACCESS_KEY_ID");
        let secret_access_key = next("AWS_SECRET_ACCESS_KEY");
        Self { child, url, access_key_id, secret_access_key }
    }

    /// A test whose commands go to this server.
    pub(crate) fn reached_by(&self, test: Test) -> Test {
        test.env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", &self.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret_access_key)
            .env("AWS_REGION", "us-east-1")
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.strike();
        self.child.wait().unwrap();
    }

    /// As [`Server::kill`], while others still call it.
    pub(crate) fn strike(&self) {
        signal(&self.child, Signal::KILL);
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap()
    }

    /// A call of a service with a JSON protocol; must succeed.
    pub(crate) fn call(&self, service: &str, target: &str, input: &Value) -> Value {
        let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target)];
        let body = self.send(service, ("POST", "/"), &headers, input.to_string().as_bytes());
        serde_json::from_str(&body).unwrap_or_default()
    }

    /// As [`Server::call`], of a server that may end: nothing then. A refusal is an answer.
    pub(crate) fn try_call(&self, service: &str, target: &str, input: &Value) -> Option<Value> {
        let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target)];
        let answer = self.try_send(service, ("POST", "/"), &headers, input.to_string().as_bytes())?;
        Some(serde_json::from_str(answer.split_once("\r\n\r\n")?.1).unwrap_or_default())
    }

    /// A signed request (Signature Version 4); must succeed, and gives the answer's body.
    pub(crate) fn send(
        &self,
        service: &str,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> String {
        let answer = self.try_send(service, (method, path), headers, body).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path} {headers:?}: {answer}");
        body.to_owned()
    }

    /// A signed request; the whole answer, head and body, or nothing when the server ended before it was there.
    pub(crate) fn try_send(
        &self,
        service: &str,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<String> {
        let host = self.url.trim_start_matches("http://");
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let authorization = self.authorization(service, "us-east-1", &now, (method, path), body);
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-amz-date: {now}\r\nauthorization: {authorization}\r\n\
             content-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        let mut stream = TcpStream::connect(host).ok()?;
        stream.write_all(&[request.as_bytes(), b"\r\n", body].concat()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let length = answer
            .to_lowercase()
            .split_once("content-length: ")
            .and_then(|(_, rest)| rest.split_once("\r\n")?.0.parse::<usize>().ok());
        let body = answer.split_once("\r\n\r\n")?.1;
        length.is_none_or(|length| body.len() == length).then_some(answer)
    }

    /// The `authorization` header of a request that is sent `now` (`YYYYMMDDTHHMMSSZ`); its host and date are signed.
    pub(crate) fn authorization(
        &self,
        service: &str,
        region: &str,
        now: &str,
        (method, target): (&str, &str),
        body: &[u8],
    ) -> String {
        let host = self.url.trim_start_matches("http://");
        let (day, _) = now.split_once('T').unwrap();
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut pairs: Vec<_> = query.split('&').map(|pair| pair.trim_end_matches('=')).collect();
        pairs.sort_unstable();
        let pairs: Vec<_> = pairs
            .into_iter()
            .filter(|pair| !pair.is_empty())
            .map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") })
            .collect();
        // A path is encoded once more to be signed.
        let canonical = format!(
            "{method}\n{}\n{}\nhost:{host}\nx-amz-date:{now}\n\nhost;x-amz-date\n{}",
            path.replace('%', "%25"),
            pairs.join("&"),
            hex(&Sha256::digest(body))
        );
        let to_sign = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let mut key = format!("AWS4{}", self.secret_access_key).into_bytes();
        for part in [day, region, service, "aws4_request", &to_sign] {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            mac.update(part.as_bytes());
            key = mac.finalize().into_bytes().to_vec();
        }
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=host;x-amz-date, Signature={}",
            self.access_key_id,
            hex(&key)
        )
    }
}

impl Server {
    /// Ends it, if it still runs.
    pub(crate) fn end(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal(&self.child, Signal::TERM);
            let _ = self.child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
