//! CBOR bodies ↔ members, for Smithy RPC v2, which CloudWatch's current SDKs speak.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

use super::shape::{self, Shape};

/// CBOR's tag of a time in seconds since 1970.
const EPOCH: u64 = 1;

/// Reads a body; an empty one is no members.
///
/// # Errors
/// A sentence, when the bytes are no CBOR map.
pub(super) fn read(body: &[u8]) -> Result<Map<String, Value>, String> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let value: Cbor = ciborium::from_reader(body).map_err(|error| format!("the body is no CBOR: {error}"))?;
    match json(value) {
        Value::Object(members) => Ok(members),
        _ => Err("the body is no CBOR map".to_owned()),
    }
}

fn json(value: Cbor) -> Value {
    match value {
        Cbor::Integer(integer) => {
            let wide = i128::from(integer);
            i64::try_from(wide)
                .map(Value::from)
                .or_else(|_| u64::try_from(wide).map(Value::from))
                .unwrap_or(Value::Null)
        }
        Cbor::Bytes(bytes) => Value::String(STANDARD.encode(bytes)),
        Cbor::Float(float) => Number::from_f64(float).map_or(Value::Null, Value::Number),
        Cbor::Text(text) => Value::String(text),
        Cbor::Bool(truth) => Value::Bool(truth),
        Cbor::Tag(_, inner) => json(*inner),
        Cbor::Array(items) => Value::Array(items.into_iter().map(json).collect()),
        Cbor::Map(pairs) => Value::Object(
            pairs.into_iter().filter_map(|(key, value)| Some((key.into_text().ok()?, json(value)))).collect(),
        ),
        _ => Value::Null,
    }
}

/// A body with these members.
pub(super) fn write(service: &str, members: &Value) -> Vec<u8> {
    let mut body = Vec::new();
    // Writing into memory cannot fail.
    let _ = ciborium::into_writer(&cbor(service, "", members), &mut body);
    body
}

fn cbor(service: &str, name: &str, value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(truth) => Cbor::Bool(*truth),
        Value::Number(number) => {
            let plain = match (number.as_i64(), number.as_u64()) {
                (Some(integer), _) => Cbor::Integer(integer.into()),
                (_, Some(integer)) => Cbor::Integer(integer.into()),
                _ => Cbor::Float(number.as_f64().unwrap_or_default()),
            };
            match shape::of(service, name) {
                Shape::Timestamp => Cbor::Tag(EPOCH, Box::new(plain)),
                Shape::Plain => plain,
            }
        }
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(|item| cbor(service, name, item)).collect()),
        Value::Object(members) => {
            let present = members.iter().filter(|(_, value)| !value.is_null());
            Cbor::Map(present.map(|(key, value)| (Cbor::Text(key.clone()), cbor(service, key, value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_survive_the_round_trip() {
        let members = json!({"Namespace": "N", "Values": [1.0, 2.5], "Count": -3, "Deep": {"ok": true}});
        assert_eq!(Value::Object(read(&write("monitoring", &members)).unwrap()), members);
    }

    #[test]
    fn times_carry_their_tag_and_absent_members_are_left_out() {
        let body = write("monitoring", &json!({"Timestamps": [1_700_000_000], "NextToken": null}));
        let Cbor::Map(pairs) = ciborium::from_reader(body.as_slice()).unwrap() else { panic!("no map") };
        assert_eq!(pairs.len(), 1);
        assert!(matches!(&pairs[0].1, Cbor::Array(items) if matches!(items[0], Cbor::Tag(1, _))));
    }

    #[test]
    fn nonsense_is_an_error() {
        for body in [&b"\xff"[..], b"\x80", b"\x00", b"\xbf", b"\x5f\x00"] {
            assert!(read(body).is_err(), "{body:?}");
        }
        assert!(read(&vec![0x81; 100_000]).is_err());
    }
}
