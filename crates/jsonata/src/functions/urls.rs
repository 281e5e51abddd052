//! Texts in addresses.

use std::fmt::Write as _;

use super::strings::text;
use crate::error::Failure;
use crate::evaluate::Run;
use crate::quote::quoted;
use crate::text::is_lone;
use crate::value::Value;

type Gives = Result<Value, Failure>;

/// Besides letters and digits.
const PLAIN: &str = "-_.!~*'()";
/// They structure an address: kept by the functions for whole addresses.
const RESERVED: &str = ";/?:@&=+$,#";

pub(super) fn encode_component(run: &Run<'_>, arguments: &[Value]) -> Gives {
    encoded(run, arguments, "encodeUrlComponent", "")
}

pub(super) fn encode(run: &Run<'_>, arguments: &[Value]) -> Gives {
    encoded(run, arguments, "encodeUrl", RESERVED)
}

pub(super) fn decode_component(run: &Run<'_>, arguments: &[Value]) -> Gives {
    decoded(run, arguments, "decodeUrlComponent", "")
}

pub(super) fn decode(run: &Run<'_>, arguments: &[Value]) -> Gives {
    decoded(run, arguments, "decodeUrl", RESERVED)
}

fn malformed(name: &str, text: &str) -> Failure {
    Failure::new("D3140", format!("Malformed URL passed to ${name}(): {}", quoted(text)))
}

fn encoded(run: &Run<'_>, arguments: &[Value], name: &str, kept: &str) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(text.len().saturating_mul(3))?;
    let mut encoded = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_lone(letter) {
            return Err(malformed(name, text));
        }
        if letter.is_ascii_alphanumeric() || PLAIN.contains(letter) || kept.contains(letter) {
            encoded.push(letter);
            continue;
        }
        let mut bytes = [0; 4];
        for byte in letter.encode_utf8(&mut bytes).bytes() {
            // Writing to a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Ok(Value::text(encoded))
}

fn decoded(run: &Run<'_>, arguments: &[Value], name: &str, kept: &str) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(text.len())?;
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        if byte != b'%' {
            decoded.push(byte);
            at += 1;
            continue;
        }
        let length = match escape(bytes, at).ok_or_else(|| malformed(name, text))? {
            0..=0x7F => 1,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return Err(malformed(name, text)),
        };
        let letter: Option<Vec<u8>> = (0..length).map(|index| escape(bytes, at + index * 3)).collect();
        let letter = letter.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| malformed(name, text))?;
        if kept.contains(&letter) {
            decoded.extend_from_slice(bytes.get(at..at + 3).unwrap_or_default());
        } else {
            decoded.extend_from_slice(letter.as_bytes());
        }
        at += length * 3;
    }
    String::from_utf8(decoded).map(Value::text).map_err(|_| malformed(name, text))
}

/// The byte of `%XX`.
fn escape(bytes: &[u8], at: usize) -> Option<u8> {
    match bytes.get(at..at + 3)? {
        [b'%', high, low] => {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
        }
        _ => None,
    }
}
