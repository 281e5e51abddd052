//! The MD5 digests with which SQS lets a sender check what arrived.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Map, Value};

use crate::hex;

/// Of a body, in hexadecimal.
pub(super) fn body(text: &str) -> String {
    hex::encode(&Md5::digest(text.as_bytes()))
}

/// Of message attributes: each name, type and value with its length before it, by name.
pub(super) fn attributes(attributes: &Map<String, Value>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut names: Vec<&String> = attributes.keys().collect();
    names.sort();
    let mut flat = Vec::new();
    for name in names {
        let value = attributes.get(name)?;
        let kind = value.get("DataType")?.as_str()?;
        let binary = kind.starts_with("Binary");
        let bytes = if binary {
            STANDARD.decode(value.get("BinaryValue")?.as_str()?).ok()?
        } else {
            value.get("StringValue")?.as_str()?.as_bytes().to_vec()
        };
        add(&mut flat, name.as_bytes());
        add(&mut flat, kind.as_bytes());
        flat.push(if binary { 2 } else { 1 });
        add(&mut flat, &bytes);
    }
    Some(hex::encode(&Md5::digest(&flat)))
}

fn add(flat: &mut Vec<u8>, part: &[u8]) {
    flat.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    flat.extend_from_slice(part);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The body's digest is plain MD5; the attributes' one was computed by the layout that AWS documents.
    #[test]
    fn digests_follow_the_documented_layout() {
        assert_eq!(body("hello"), "5d41402abc4b2a76b9719d911017c592");
        let value = json!({"n": {"DataType": "String", "StringValue": "v"}});
        let mut flat = vec![0, 0, 0, 1, b'n', 0, 0, 0, 6];
        flat.extend_from_slice(b"String");
        flat.extend_from_slice(&[1, 0, 0, 0, 1, b'v']);
        assert_eq!(attributes(value.as_object().unwrap()), Some(hex::encode(&Md5::digest(&flat))));
        assert_eq!(attributes(&Map::new()), None);
    }
}
