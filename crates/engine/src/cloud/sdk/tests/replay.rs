//! Scripted answers for replay tests: what labctl sends is pinned, byte for byte where it matters.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::connect::replayed;
use crate::cloud::sdk::times::TextTimes;

/// A request as it went out.
#[derive(Clone, Debug)]
pub(in crate::cloud::sdk) struct Sent {
    /// `CreateStateMachine`; for REST services the method and path.
    pub(in crate::cloud::sdk) operation: String,
    pub(in crate::cloud::sdk) uri: String,
    pub(in crate::cloud::sdk) body: Vec<u8>,
}

impl Sent {
    pub(in crate::cloud::sdk) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A form's fields, decoded.
    pub(in crate::cloud::sdk) fn form(&self) -> std::collections::BTreeMap<String, String> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

/// An answer to one request.
#[derive(Debug)]
struct Answer {
    operation: String,
    /// What the request's body must contain.
    words: String,
    status: u16,
    body: Vec<u8>,
}

impl Answer {
    fn fits(&self, sent: &Sent) -> bool {
        self.operation == sent.operation && String::from_utf8_lossy(&sent.body).contains(&self.words)
    }
}

#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<Answer>,
    sent: Vec<Sent>,
    /// What everything else is answered with, without any of the services' headers.
    otherwise: Option<(u16, Vec<u8>)>,
}

/// Answers each operation with the first answer left for it, and HTTP 501 when there is none.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud::sdk) struct Replay(Arc<Mutex<Script>>);

impl Replay {
    pub(in crate::cloud::sdk) fn answer(self, operation: &str, status: u16, body: impl AsRef<[u8]>) -> Self {
        self.answer_to(operation, "", status, body)
    }

    /// The same of a request with these words in its body, whichever of several comes first.
    pub(in crate::cloud::sdk) fn answer_to(
        self,
        operation: &str,
        words: &str,
        status: u16,
        body: impl AsRef<[u8]>,
    ) -> Self {
        let (operation, words, body) = (operation.to_owned(), words.to_owned(), body.as_ref().to_vec());
        self.with(|script| script.answers.push_back(Answer { operation, words, status, body }));
        self
    }

    /// Answers whatever has no answer of its own as something does that is not the service.
    pub(in crate::cloud::sdk) fn otherwise(self, status: u16, body: impl AsRef<[u8]>) -> Self {
        self.with(|script| script.otherwise = Some((status, body.as_ref().to_vec())));
        self
    }

    /// Answers GetCallerIdentity, which ARNs need.
    pub(in crate::cloud::sdk) fn known() -> Self {
        let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                    <Arn>arn:aws:iam::123456789012:user/test</Arn><UserId>AIDA</UserId><Account>123456789012</Account>\
                    </GetCallerIdentityResult></GetCallerIdentityResponse>";
        Self::default().answer("GetCallerIdentity", 200, body)
    }

    pub(in crate::cloud::sdk) fn account(&self) -> Clients {
        replayed(SharedHttpClient::new(TextTimes(SharedHttpClient::new(self.clone()))), Some("http://127.0.0.1:4566"))
    }

    pub(in crate::cloud::sdk) fn account_at_aws(&self) -> Clients {
        replayed(SharedHttpClient::new(self.clone()), None)
    }

    pub(in crate::cloud::sdk) fn sent(&self) -> Vec<Sent> {
        self.with(|script| script.sent.clone())
    }

    pub(in crate::cloud::sdk) fn one(&self, operation: &str) -> Sent {
        let sent = self.sent();
        let mut of_it = sent.iter().filter(|sent| sent.operation == operation);
        match (of_it.next(), of_it.next()) {
            (Some(sent), None) => sent.clone(),
            _ => panic!("not exactly one {operation}: {:?}", self.operations()),
        }
    }

    pub(in crate::cloud::sdk) fn operations(&self) -> Vec<String> {
        self.sent().into_iter().map(|sent| sent.operation).collect()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpConnector for Replay {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent = Sent {
            operation: operation(&request),
            uri: request.uri().to_owned(),
            body: request.body().bytes().unwrap_or_default().to_vec(),
        };
        let cbor = sent.uri.contains("/operation/");
        let (status, body, is_service) = self.with(|script| {
            let place = script.answers.iter().position(|answer| answer.fits(&sent));
            script.sent.push(sent);
            match (place.and_then(|place| script.answers.remove(place)), &script.otherwise) {
                (Some(Answer { status, body, .. }), _) => (status, body, true),
                (None, Some((status, body))) => (*status, body.clone(), false),
                (None, None) => {
                    (501, br#"{"__type":"NotImplemented","message":"no answer is scripted"}"#.to_vec(), true)
                }
            }
        });
        let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
        if is_service {
            response.headers_mut().insert("x-amzn-requestid", "00000000-0000-0000-0000-000000000000");
        }
        if cbor {
            response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for Replay {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The operation, wherever the service's protocol carries it.
fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let uri = request.uri();
    if let Some((_, operation)) = uri.split_once("/operation/") {
        return operation.to_owned();
    }
    let form = form_urlencoded::parse(request.body().bytes().unwrap_or_default());
    if let Some((_, action)) = form.into_iter().find(|(name, _)| name == "Action") {
        return action.into_owned();
    }
    let path = uri.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..))).unwrap_or("/");
    format!("{} {path}", request.method())
}
