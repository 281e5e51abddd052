//! Which protocol, service and operation a request is, before its body is understood.

use super::protocol::Protocol;
use serde_json::{Map, Value};

use super::{cbor, query, rest};
use crate::api;

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) protocol: Protocol,
    /// The signing name.
    pub(super) service: &'static str,
    pub(super) operation: String,
    /// Members found on the way: path labels, form fields.
    members: Map<String, Value>,
}

/// Why a request goes nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The service has no such operation, or it is not written as one.
    UnknownOperation(&'static str, Protocol, String),
    /// A form without `Action`.
    MissingAction(&'static str),
    /// No service of the endpoint is asked; the protocol in which the question seems to be put.
    Nowhere(Protocol),
}

/// The service of a prefix in `X-Amz-Target`, and its own protocol.
fn addressed(prefix: &str) -> Option<(&'static str, Protocol)> {
    api::ALL.into_iter().find_map(|api| api.target.filter(|(own, _)| *own == prefix).map(|(_, own)| (api.signing, own)))
}

/// Finds the way of a request. `signed_for` is the service in its signature's scope.
pub(super) fn find(
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
    signed_for: Option<&str>,
) -> Result<Route, Lost> {
    let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let content_type = header("content-type").unwrap_or_default();
    if let Some(target) = header("x-amz-target") {
        return json(target, content_type);
    }
    if let Some(rest) = path.strip_prefix("/service/") {
        return rpc(rest);
    }
    if rest::is_dated(path) || signed_for == Some("lambda") {
        return rest::operation(method, path)
            .map(|(operation, members)| route(Protocol::Rest, "lambda", operation, members))
            .ok_or_else(|| Lost::UnknownOperation("lambda", Protocol::Rest, format!("{method} {path}")));
    }
    let signed_for = signed_for.and_then(api::find);
    let Some(service) = signed_for.filter(|api| api.is_form).map(|api| api.signing) else {
        return Err(match json_version(content_type) {
            // Without a target, a service of the endpoint that speaks JSON is asked for nothing.
            Some(version) => match signed_for.filter(|api| api.target.is_some()) {
                Some(api) => Lost::UnknownOperation(api.signing, version, String::new()),
                None => Lost::Nowhere(version),
            },
            None if content_type.starts_with("application/cbor") => Lost::Nowhere(Protocol::Cbor),
            None if content_type.starts_with("application/x-www-form-urlencoded") => Lost::Nowhere(Protocol::Query),
            None => Lost::Nowhere(Protocol::Rest),
        });
    };
    let form = query::read(body).map_err(|reason| Lost::UnknownOperation(service, Protocol::Query, reason))?;
    let operation = form.operation.ok_or(Lost::MissingAction(service))?;
    if !is_name(&operation) {
        return Err(Lost::UnknownOperation(service, Protocol::Query, operation));
    }
    Ok(route(Protocol::Query, service, &operation, form.members))
}

fn route(protocol: Protocol, service: &'static str, operation: &str, members: Map<String, Value>) -> Route {
    Route { protocol, service, operation: operation.to_owned(), members }
}

fn json(target: &str, content_type: &str) -> Result<Route, Lost> {
    let (prefix, operation) = target.split_once('.').unwrap_or((target, ""));
    // The client's version wins: some send 1.1 to a service of 1.0 and expect it back.
    let said = json_version(content_type);
    let Some((service, own)) = addressed(prefix) else {
        return Err(Lost::Nowhere(said.unwrap_or(Protocol::Json10)));
    };
    let protocol = said.unwrap_or(own);
    if is_name(operation) {
        Ok(route(protocol, service, operation, Map::new()))
    } else {
        Err(Lost::UnknownOperation(service, protocol, operation.to_owned()))
    }
}

fn json_version(content_type: &str) -> Option<Protocol> {
    match content_type {
        kind if kind.starts_with("application/x-amz-json-1.0") => Some(Protocol::Json10),
        kind if kind.starts_with("application/x-amz-json-1.1") => Some(Protocol::Json11),
        _ => None,
    }
}

/// `/service/GraniteServiceVersion20100801/operation/PutDashboard`
fn rpc(rest: &str) -> Result<Route, Lost> {
    let nowhere = || Lost::Nowhere(Protocol::Cbor);
    let (prefix, operation) = rest.split_once("/operation/").ok_or_else(nowhere)?;
    let (service, _) = addressed(prefix).ok_or_else(nowhere)?;
    if is_name(operation) {
        Ok(route(Protocol::Cbor, service, operation, Map::new()))
    } else {
        Err(Lost::UnknownOperation(service, Protocol::Cbor, operation.to_owned()))
    }
}

fn is_name(operation: &str) -> bool {
    (1..=80).contains(&operation.len()) && operation.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Lost {
    /// How the answer is written, and the service that is asked; empty when it is none of the endpoint's.
    pub(super) fn place(&self) -> (Protocol, &'static str) {
        match self {
            Self::UnknownOperation(service, protocol, _) => (*protocol, service),
            Self::MissingAction(service) => (Protocol::Query, service),
            Self::Nowhere(protocol) => (*protocol, ""),
        }
    }
}

impl Route {
    /// The request's members.
    ///
    /// # Errors
    /// A sentence, when the body is not what the protocol has.
    pub(super) fn input(&mut self, query: &str, body: &[u8]) -> Result<Value, String> {
        let mut members = std::mem::take(&mut self.members);
        match self.protocol {
            Protocol::Query => {}
            Protocol::Cbor => members = cbor::read(body)?,
            Protocol::Json10 | Protocol::Json11 => members = object(body)?,
            // The payload of an invocation is a blob, whatever it holds.
            Protocol::Rest if api::operation(self.service, &self.operation).is_some_and(|row| row.is_blob) => {
                rest::add_query(&mut members, query);
            }
            Protocol::Rest => {
                rest::add_query(&mut members, query);
                for (name, value) in object(body)? {
                    members.entry(name).or_insert(value);
                }
            }
        }
        Ok(Value::Object(members))
    }
}

/// A JSON body's members; an empty body has none.
fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("Start of structure or map found where not expected.".to_owned()),
        Err(error) => Err(format!("the body is no JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_protocol_is_recognised() {
        let target = headers(&[("x-amz-target", "AWSStepFunctions.ListStateMachines")]);
        let found = find("POST", "/", &target, b"{}", Some("states")).unwrap();
        assert_eq!(
            (found.protocol, found.service, found.operation.as_str()),
            (Protocol::Json10, "states", "ListStateMachines")
        );
        let found = find("POST", "/", &[], b"Action=GetRole&RoleName=r", Some("iam")).unwrap();
        assert_eq!((found.protocol, found.service, found.operation.as_str()), (Protocol::Query, "iam", "GetRole"));
        let path = "/service/GraniteServiceVersion20100801/operation/PutDashboard";
        let found = find("POST", path, &[], b"", Some("monitoring")).unwrap();
        assert_eq!((found.protocol, found.service), (Protocol::Cbor, "monitoring"));
        let mut found = find("GET", "/2015-03-31/functions/f", &[], b"", Some("lambda")).unwrap();
        assert_eq!((found.protocol, found.operation.as_str()), (Protocol::Rest, "GetFunction"));
        assert_eq!(
            found.input("Qualifier=1", b"").unwrap(),
            serde_json::json!({"FunctionName": "f", "Qualifier": "1"})
        );
    }

    #[test]
    fn a_path_label_is_not_overridden_by_the_body() {
        let mut found = find("PUT", "/2015-03-31/functions/f/code", &[], b"", None).unwrap();
        assert_eq!(found.input("", br#"{"FunctionName": "g"}"#).unwrap()["FunctionName"], "f");
    }

    #[test]
    fn what_goes_nowhere_says_why() {
        assert_eq!(find("GET", "/", &[], b"", None).unwrap_err(), Lost::Nowhere(Protocol::Rest));
        let rpc = "/service/DynamoDB/operation/ListTables";
        assert_eq!(find("POST", rpc, &[], b"", Some("dynamodb")).unwrap_err(), Lost::Nowhere(Protocol::Cbor));
        let newer = headers(&[("content-type", "application/x-amz-json-1.1")]);
        assert_eq!(find("POST", "/", &newer, b"", Some("kms")).unwrap_err(), Lost::Nowhere(Protocol::Json11));
        let unnamed = Lost::UnknownOperation("logs", Protocol::Json11, String::new());
        assert_eq!(find("POST", "/", &newer, b"", Some("logs")).unwrap_err(), unnamed);
        let undated = find("GET", "/functions", &[], b"", Some("lambda"));
        assert!(matches!(undated, Err(Lost::UnknownOperation("lambda", Protocol::Rest, _))));
        assert_eq!(find("POST", "/", &[], b"x=1", Some("iam")).unwrap_err(), Lost::MissingAction("iam"));
        let odd = headers(&[("x-amz-target", "AWSStepFunctions.../etc")]);
        assert!(matches!(find("POST", "/", &odd, b"", None), Err(Lost::UnknownOperation("states", _, _))));
        let other = headers(&[("x-amz-target", "DynamoDB_20120810.ListTables")]);
        assert_eq!(find("POST", "/", &other, b"", None).unwrap_err(), Lost::Nowhere(Protocol::Json10));
        assert!(matches!(find("GET", "/2015-03-31/x", &[], b"", None), Err(Lost::UnknownOperation("lambda", _, _))));
    }
}
