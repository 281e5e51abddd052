//! Content digests: what makes "changed" a comparison of two short strings.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a canonical body, the first 32 hexadecimal digits (128 bits).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        Self(hexadecimal(digest.get(..16).unwrap_or_default()))
    }

    /// A digest read back from a tag; any other text simply never compares equal.
    pub fn from_tag(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes in hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// JSON with sorted keys and no white space, so that two documents of one meaning are one text.
pub fn canonical_json(value: &Value) -> String {
    serde_json::to_string(&Sorted(value)).unwrap_or_default()
}

/// A value whose objects are written in the order of their keys, without copying it.
struct Sorted<'value>(&'value Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by_key(|(key, _)| *key);
                serializer.collect_map(entries.into_iter().map(|(key, value)| (key, Self(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Self)),
            other => other.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_does_not_count() {
        let value: Value = serde_json::from_str(r#"{"b": [{"z": 1.0, "a": "\u00e9\n"}], "a": {}, "": null}"#).unwrap();
        assert_eq!(canonical_json(&value), "{\"\":null,\"a\":{},\"b\":[{\"a\":\"é\\n\",\"z\":1.0}]}");
    }
}
