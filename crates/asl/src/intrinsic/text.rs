//! Functions on text: formatting, splitting, encoding, hashing; and JSON as text.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::arguments::{argument, string};
use crate::text::bare;

/// The longest text that is encoded, decoded or hashed, in characters.
const LONGEST: usize = 10_000;

/// `{}` stands for the next argument; `\{`, `\}`, `\'` and `\\` for themselves.
pub(super) fn format(arguments: &[Value]) -> Result<Value, String> {
    let template = string(arguments, 0)?;
    let mut values = arguments.iter().skip(1);
    let mut text = String::with_capacity(template.len());
    let mut letters = template.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek().copied()) {
            ('{', Some('}')) => {
                letters.next();
                let value = values.next().ok_or("there are more `{}` than arguments")?;
                show(value, &mut text);
            }
            ('\\', Some(next @ ('{' | '}' | '\'' | '\\'))) => {
                letters.next();
                text.push(next);
            }
            _ => text.push(letter),
        }
    }
    if values.next().is_some() {
        return Err("there are more arguments than `{}`".to_owned());
    }
    Ok(Value::String(text))
}

/// As Java shows it, since AWS does: `{a=1, b=[1, 2]}`.
fn show(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => into.push_str(text),
        Value::Array(elements) => {
            into.push('[');
            for (index, element) in elements.iter().enumerate() {
                into.push_str(if index > 0 { ", " } else { "" });
                show(element, into);
            }
            into.push(']');
        }
        Value::Object(members) => {
            into.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                let _ = write!(into, "{}{name}=", if index > 0 { ", " } else { "" });
                show(member, into);
            }
            into.push('}');
        }
        other => {
            let _ = write!(into, "{other}");
        }
    }
}

pub(super) fn string_to_json(arguments: &[Value]) -> Result<Value, String> {
    let text = string(arguments, 0)?;
    // AWS's reader finds nothing in an empty text, and takes that for null.
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| format!("the text is not JSON: {error}"))
}

/// Any of the characters separates; empty parts are left out.
pub(super) fn split(arguments: &[Value]) -> Result<Value, String> {
    let (text, separators) = (string(arguments, 0)?, string(arguments, 1)?);
    let parts = text.split(|letter| separators.contains(letter)).filter(|part| !part.is_empty());
    Ok(Value::Array(parts.map(Value::from).collect()))
}

fn short(text: &str) -> Result<&str, String> {
    if text.chars().count() > LONGEST {
        return Err(format!("the text is longer than {LONGEST} characters"));
    }
    Ok(text)
}

pub(super) fn base64_encode(arguments: &[Value]) -> Result<Value, String> {
    short(string(arguments, 0)?).map(|text| Value::String(STANDARD.encode(text)))
}

pub(super) fn base64_decode(arguments: &[Value]) -> Result<Value, String> {
    let bytes =
        STANDARD.decode(short(string(arguments, 0)?)?).map_err(|error| format!("the text is not base64: {error}"))?;
    String::from_utf8(bytes).map(Value::String).map_err(|_| "the decoded bytes are not UTF-8".to_owned())
}

pub(super) fn hash(arguments: &[Value]) -> Result<Value, String> {
    digest(short(&bare(argument(arguments, 0)))?, string(arguments, 1)?).map(Value::String)
}

/// The hexadecimal digest of a text; the error names what is no algorithm.
fn digest(text: &str, algorithm: &str) -> Result<String, String> {
    let digest = match algorithm {
        "MD5" => Md5::digest(text).to_vec(),
        "SHA-1" => Sha1::digest(text).to_vec(),
        "SHA-256" => Sha256::digest(text).to_vec(),
        "SHA-384" => Sha384::digest(text).to_vec(),
        "SHA-512" => Sha512::digest(text).to_vec(),
        other => return Err(format!("`{other}` is none of MD5, SHA-1, SHA-256, SHA-384, SHA-512")),
    };
    let mut hexadecimal = String::with_capacity(digest.len() * 2);
    for byte in digest {
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    Ok(hexadecimal)
}

/// Shallow: a member of the second object wins.
pub(super) fn json_merge(arguments: Vec<Value>) -> Result<Value, String> {
    if argument(&arguments, 2) != &Value::Bool(false) {
        return Err("deep merging is not supported: the third argument must be `false`".to_owned());
    }
    let mut arguments = arguments.into_iter();
    match (arguments.next(), arguments.next()) {
        (Some(Value::Object(mut one)), Some(Value::Object(two))) => {
            one.extend(two);
            Ok(Value::Object(one))
        }
        _ => Err("the first two arguments must be objects".to_owned()),
    }
}
