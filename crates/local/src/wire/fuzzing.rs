//! What is driven with arbitrary bytes, by `cargo fuzz` and by the property test below; compiled for these two only.

use axum::body::{Body, Bytes};
use axum::http::Response;
use futures::FutureExt as _;
use serde_json::Value;

use super::call::{Answer, Fault};
use super::protocol::Protocol;
use super::refusal;
use super::reply::Reply;
use super::route::{self, Lost};
use super::server::unpacked;
use super::signature::{Authorization, Signed};
use super::{cbor, query};
use crate::arn::is_region;

/// The time that signatures are held against: 2026-11-22 10:00:00 UTC.
const NOW: i64 = 1_795_341_600;

/// A request as HTTP writes it: a line, headers, an empty line, the body.
///
/// # Panics
/// Unless it is refused or its members are read, and the answer is well-formed in the protocol of the request.
pub fn request(data: &[u8]) {
    let (head, body) = split(data);
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or("/");
    let (path, query_text) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let authorization = headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str());
    let found = Authorization::read(authorization);
    let signed = Signed { method, path, query: query_text, headers: &headers, body };
    let verified = found.as_ref().map_err(Clone::clone).and_then(|found| {
        let _ = is_region(&found.region);
        found.verify(&signed, "secret", NOW)
    });
    let signed_for = found.as_ref().ok().map(|found| found.service.as_str());
    // The service is looked for before the body has come, then again with it.
    let early = route::find(method, path, &headers, b"", signed_for);
    let found = route::find(method, path, &headers, body, signed_for);
    match (&early, &found) {
        (Ok(early), Ok(found)) => assert_eq!((early.service, early.protocol), (found.service, found.protocol)),
        (Err(Lost::MissingAction(service)), Ok(found)) => assert_eq!(*service, found.service),
        _ => assert!(found.is_err(), "a body makes up for {early:?}"),
    }
    match found {
        Ok(mut route) => {
            let reply = Reply {
                protocol: route.protocol,
                service: route.service,
                operation: &route.operation.clone(),
                request_id: "id",
            };
            if let Err(refused) = verified {
                well_formed(route.protocol, reply.fault(&refusal::unsigned(refused, route.protocol)));
            }
            let limit = crate::api::largest(route.service, &route.operation).min(1 << 20);
            let read = unpacked(&headers, Bytes::copy_from_slice(body), limit).and_then(|body| {
                route.input(query_text, &body).map_err(|reason| Fault::client("SerializationException", reason))
            });
            let answer = match read {
                Ok(members) => {
                    assert!(members.is_object(), "members are {members}");
                    reply.answer(Answer::members(answerable(members, route.protocol, route.service)))
                }
                Err(fault) => reply.fault(&fault),
            };
            well_formed(route.protocol, answer);
        }
        Err(lost) => {
            let (protocol, service) = lost.place();
            let reply = Reply { protocol, service, operation: "", request_id: "id" };
            well_formed(protocol, reply.fault(&refusal::lost(lost)));
        }
    }
}

/// The bodies alone, so that every run reads one: forms and CBOR.
///
/// # Panics
/// Unless CBOR that was read is written as what can be read.
pub fn body(data: &[u8]) {
    let _ = query::read(data);
    if let Ok(members) = cbor::read(data) {
        let members = Value::Object(members);
        let again = cbor::read(&cbor::write("sqs", &members)).map(Value::Object);
        // Absent members are not written.
        assert!(again.is_ok(), "{members} is written as what cannot be read: {again:?}");
    }
}

/// What a service could answer with these members: elements of XML have the service's names, and the request's texts only inside.
fn answerable(members: Value, protocol: Protocol, service: &str) -> Value {
    if protocol != Protocol::Query {
        return members;
    }
    let mut texts = Vec::new();
    let mut open = vec![&members];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(elements) => open.extend(elements),
            Value::Object(members) => {
                texts.extend(members.keys().cloned());
                open.extend(members.values());
            }
            other => texts.extend(other.as_str().map(str::to_owned)),
        }
    }
    let mut answer = serde_json::json!({"Messages": texts, "Timestamp": texts.len(), "Tags": [{"Key": texts.first()}]});
    if let ("sqs", Some(answer)) = (service, answer.as_object_mut()) {
        let attributes: serde_json::Map<_, _> = texts.iter().map(|text| (text.clone(), text.as_str().into())).collect();
        answer.insert("Attributes".to_owned(), attributes.into());
    }
    answer
}

/// Up to the empty line, and what follows it.
fn split(data: &[u8]) -> (String, &[u8]) {
    let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let (head, rest) = data.split_at(end);
    (String::from_utf8_lossy(head).into_owned(), rest.get(2..).unwrap_or_default())
}

fn well_formed(protocol: Protocol, response: Response<Body>) {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).now_or_never();
    let Some(Ok(bytes)) = bytes else { return };
    match protocol {
        _ if bytes.is_empty() => {}
        Protocol::Query => is_xml(&bytes),
        Protocol::Cbor => assert!(cbor::read(&bytes).is_ok(), "the answer is no CBOR"),
        _ => {
            let read = serde_json::from_slice::<Value>(&bytes);
            assert!(read.is_ok(), "the answer is no JSON: {read:?}");
        }
    }
}

fn is_xml(bytes: &[u8]) {
    let mut reader = quick_xml::Reader::from_reader(bytes);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return,
            Ok(_) => {}
            Err(error) => {
                assert!(bytes.is_empty(), "the answer is no XML: {error}: {}", String::from_utf8_lossy(bytes));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[test]
    fn every_seed_is_taken() {
        for (target, drive) in [("request", request as fn(&[u8])), ("body", body)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(target);
            let seeds: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert!(!seeds.is_empty(), "{} has no seeds", folder.display());
            for seed in seeds {
                drive(&std::fs::read(seed).unwrap());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 300, rng_seed: RngSeed::Fixed(20_261_122), failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn requests_hold(
            method in "(GET|POST|PUT|DELETE)",
            path in "(/|/2015-03-31/functions/[a-z%2F]{1,5}(/(code|policy|invocations))?|/service/GraniteServiceVersion20100801/operation/PutDashboard)(\\?[a-zA-Z=&%]{0,9})?",
            target in prop::option::of("(AWSStepFunctions|AmazonSQS|Logs_20140328)\\.[A-Za-z]{0,9}"),
            service in "(iam|sts|monitoring|sqs|states|lambda)",
            body in prop_oneof![
                "\\{(\"[A-Za-z]{1,4}\": (1|null|\"x\"))?\\}".prop_map(String::into_bytes), "Action=[A-Z][a-z]{1,5}&[a-z.0-9=&%]{0,30}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..60),
            ],
        ) {
            let target = target.map(|target| format!("x-amz-target: {target}\n")).unwrap_or_default();
            let mut bytes = format!(
                "{method} {path}\nhost: 127.0.0.1\n{target}x-amz-date: 20261122T100000Z\nauthorization: AWS4-HMAC-SHA256 \
                 Credential=A/20261122/us-east-1/{service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=00ff\n\n"
            )
            .into_bytes();
            bytes.extend(&body);
            request(&bytes);
            super::body(&body);
        }
    }
}
