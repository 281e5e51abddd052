//! Answers and errors → HTTP, each in its protocol's shape.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::call::{Answer, AnswerBody, Fault};
use super::protocol::Protocol;
use super::{cbor, xml};
use crate::api;

/// A request's identity on the way out.
#[derive(Clone, Copy)]
pub(super) struct Reply<'request> {
    pub(super) protocol: Protocol,
    pub(super) service: &'request str,
    pub(super) operation: &'request str,
    pub(super) request_id: &'request str,
}

impl Reply<'_> {
    /// An answer that is no error.
    pub(super) fn answer(&self, answer: Answer) -> Response<Body> {
        let (kind, body) = match answer.body {
            AnswerBody::Raw(bytes) => ("application/json", bytes),
            AnswerBody::Members(members) => self.members(&members),
        };
        let body = if answer.status == 204 { Vec::new() } else { body };
        self.response(answer.status, kind, body, &answer.headers)
    }

    fn members(&self, members: &Value) -> (&'static str, Vec<u8>) {
        match self.protocol {
            Protocol::Query => {
                ("text/xml", xml::answer(self.service, self.operation, members, self.request_id).into_bytes())
            }
            Protocol::Cbor if members.is_null() => ("application/cbor", Vec::new()),
            Protocol::Cbor => ("application/cbor", cbor::write(self.service, members)),
            _ => (self.json_type(), json_text(members)),
        }
    }

    fn json_type(&self) -> &'static str {
        match self.protocol {
            Protocol::Json10 => "application/x-amz-json-1.0",
            Protocol::Json11 => "application/x-amz-json-1.1",
            _ => "application/json",
        }
    }

    /// An error.
    pub(super) fn fault(&self, fault: &Fault) -> Response<Body> {
        let api = api::find(self.service);
        let older = api.and_then(|api| api.older_codes.iter().find(|(name, _)| *name == fault.code));
        let older_code = older.map_or(fault.code.as_str(), |(_, code)| code);
        let further = fault.members.as_object().cloned().unwrap_or_default();
        let mut headers = vec![("x-amzn-errortype".to_owned(), fault.code.clone())];
        // Clients that were written for the query protocol read its code from a header.
        let spoke_in_forms = api.is_some_and(|api| api.is_form && api.target.is_some());
        if spoke_in_forms && self.protocol != Protocol::Query {
            let side = if fault.status < 500 { "Sender" } else { "Receiver" };
            headers.push(("x-amzn-query-error".to_owned(), format!("{older_code};{side}")));
        }
        let (kind, body) = match self.protocol {
            Protocol::Query => {
                let text = xml::error(self.service, fault.status, older_code, &fault.message, self.request_id);
                headers.clear();
                ("text/xml", text.into_bytes())
            }
            Protocol::Cbor => ("application/cbor", cbor::write(self.service, &Value::Object(typed(fault, further)))),
            Protocol::Rest => {
                if let Some(seconds) = further.get("retryAfterSeconds").and_then(Value::as_str) {
                    headers.push(("retry-after".to_owned(), seconds.to_owned()));
                }
                let mut members = further;
                members.entry("Type").or_insert_with(|| if fault.status < 500 { "User" } else { "Service" }.into());
                members.insert("Message".to_owned(), fault.message.clone().into());
                ("application/json", json_text(&Value::Object(members)))
            }
            Protocol::Json10 | Protocol::Json11 => (self.json_type(), json_text(&Value::Object(typed(fault, further)))),
        };
        self.response(fault.status, kind, body, &headers)
    }

    fn response(&self, status: u16, kind: &'static str, body: Vec<u8>, further: &[(String, String)]) -> Response<Body> {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if status != 204 {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        let own = ("x-amzn-requestid".to_owned(), self.request_id.to_owned());
        for (name, value) in std::iter::once(&own).chain(further) {
            // A name or value that HTTP cannot carry is dropped rather than the answer.
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        if self.protocol == Protocol::Cbor {
            headers.insert(HeaderName::from_static("smithy-protocol"), HeaderValue::from_static("rpc-v2-cbor"));
        }
        response
    }
}

/// An error's members with its type first.
fn typed(fault: &Fault, further: Map<String, Value>) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("__type".to_owned(), fault.code.clone().into());
    members.insert("message".to_owned(), fault.message.clone().into());
    members.extend(further);
    members
}

fn json_text(members: &Value) -> Vec<u8> {
    if members.is_null() {
        return b"{}".to_vec();
    }
    let text = match members {
        Value::Object(members) => serde_json::to_vec(&Present(members)),
        other => serde_json::to_vec(other),
    };
    text.unwrap_or_default()
}

/// Top-level members that are null are absent members; nulls further down are a user's own data.
struct Present<'answer>(&'answer Map<String, Value>);

impl Serialize for Present<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().filter(|(_, value)| !value.is_null()))
    }
}
