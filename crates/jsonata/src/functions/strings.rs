//! Functions of text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::Failure;
use crate::evaluate::{MOST_TEXT, Run};
use crate::number::{count_f64, to_i64, to_usize};
use crate::value::{Value, write_json};

type Gives = Result<Value, Failure>;

/// The text of an argument; `None` for nothing.
pub(super) fn text(arguments: &[Value], at: usize) -> Result<Option<&str>, Failure> {
    match arguments.get(at) {
        None | Some(Value::Undefined) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Failure::mismatch(at + 1)),
    }
}

/// The number of an argument; `None` for nothing.
pub(super) fn number(arguments: &[Value], at: usize) -> Result<Option<f64>, Failure> {
    match arguments.get(at) {
        None | Some(Value::Undefined) => Ok(None),
        Some(Value::Number(number)) => Ok(Some(number.as_f64())),
        Some(_) => Err(Failure::mismatch(at + 1)),
    }
}

/// `$string`: text of any value; nothing is empty.
pub(crate) fn text_of(run: &Run<'_>, value: &Value) -> Result<String, Failure> {
    Ok(match value {
        Value::Undefined | Value::Function(_) | Value::Tuples(_) => String::new(),
        Value::String(text) => text.to_string(),
        Value::Number(number) if !number.as_f64().is_finite() => {
            return Err(Failure::new("D3001", "Attempting to invoke string function on Infinity or NaN"));
        }
        Value::Number(number) => number.rounded_text(),
        other => {
            let text = write_json(other, false, true, MOST_TEXT)?;
            run.text_fits(text.len())?;
            text
        }
    })
}

pub(super) fn string(run: &Run<'_>, arguments: &[Value]) -> Gives {
    match arguments {
        [] | [Value::Undefined, ..] => Ok(Value::Undefined),
        [value @ (Value::Array(_) | Value::Object(_)), Value::Bool(true), ..] => {
            let text = write_json(value, true, true, MOST_TEXT)?;
            run.text_fits(text.len())?;
            Ok(Value::text(text))
        }
        [value, ..] => Ok(Value::text(text_of(run, value)?)),
    }
}

/// Letters from one place to before another, which count from the end if negative.
fn slice(letters: &[char], start: f64, end: Option<f64>) -> String {
    let count = count_f64(letters.len());
    let place = |at: f64| {
        let at = if at.is_nan() { 0.0 } else { at.trunc() };
        to_usize(if at < 0.0 { (count + at).max(0.0) } else { at.min(count) })
    };
    let (start, end) = (place(start), end.map_or(letters.len(), place));
    letters.get(start..end.max(start)).unwrap_or_default().iter().collect()
}

pub(super) fn substring(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(text.len())?;
    let letters: Vec<char> = text.chars().collect();
    let count = count_f64(letters.len());
    let mut start = number(arguments, 1)?.unwrap_or_default();
    if count + start < 0.0 {
        start = 0.0;
    }
    let Some(length) = number(arguments, 2)? else { return Ok(Value::text(slice(&letters, start, None))) };
    if length <= 0.0 {
        return Ok(Value::text(""));
    }
    let end = if start >= 0.0 { start + length } else { count + start + length };
    Ok(Value::text(slice(&letters, start, Some(end))))
}

pub(super) fn substring_before(_: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(whole) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    let part = text(arguments, 1)?.unwrap_or("undefined");
    Ok(Value::text(whole.split_once(part).map_or(whole, |(before, _)| before)))
}

pub(super) fn substring_after(_: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(whole) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    let part = text(arguments, 1)?.unwrap_or("undefined");
    Ok(Value::text(whole.split_once(part).map_or(whole, |(_, after)| after)))
}

pub(super) fn lowercase(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(text.len())?;
    Ok(Value::text(text.to_lowercase()))
}

pub(super) fn uppercase(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(text.len())?;
    Ok(Value::text(text.to_uppercase()))
}

pub(super) fn length(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.work(text.len() / 256)?;
    Ok(Value::from(text.chars().count()))
}

pub(super) fn trim(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(text.len())?;
    let words: Vec<&str> = text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect();
    Ok(Value::text(words.join(" ")))
}

pub(super) fn pad(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(whole) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    let width = number(arguments, 1)?.unwrap_or(f64::NAN);
    let filler = text(arguments, 2)?.filter(|filler| !filler.is_empty()).unwrap_or(" ");
    let missing = width.abs() - count_f64(whole.chars().count());
    if missing.is_nan() || missing <= 0.0 {
        return Ok(Value::text(whole));
    }
    if missing > count_f64(MOST_TEXT) {
        return Err(Failure::memory());
    }
    if missing.fract() != 0.0 {
        return Err(Failure::new("", "Invalid array length"));
    }
    run.text_fits(whole.len() + to_usize(missing) * filler.chars().map(char::len_utf8).max().unwrap_or(1))?;
    let filling: String = filler.chars().cycle().take(to_usize(missing)).collect();
    Ok(Value::text(if width > 0.0 { format!("{whole}{filling}") } else { format!("{filling}{whole}") }))
}

pub(super) fn join(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(Value::Array(parts)) = arguments.first() else { return Ok(Value::Undefined) };
    let separator = text(arguments, 1)?.unwrap_or_default();
    let mut joined = String::new();
    for (index, part) in parts.items().iter().enumerate() {
        if index > 0 {
            joined.push_str(separator);
        }
        joined.push_str(part.as_str().unwrap_or_default());
        if joined.len() > MOST_TEXT {
            return Err(Failure::memory());
        }
    }
    run.work(parts.len() / 8)?;
    run.text_fits(joined.len())?;
    Ok(Value::text(crate::text::joined(joined)))
}

/// As the reference: one byte for each unit, its higher half is lost.
pub(super) fn base64_encode(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(text.len().saturating_mul(2))?;
    let bytes: Vec<u8> = crate::text::units(text).into_iter().map(|unit| unit.to_le_bytes()[0]).collect();
    Ok(Value::text(STANDARD.encode(bytes)))
}

/// One letter for each byte. Lenient as the reference, except for what is no Base64 at all, which fails at AWS.
pub(super) fn base64_decode(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(text.len())?;
    let (mut bits, mut held, mut decoded) = (0_u32, 0_u32, String::new());
    for letter in text.chars() {
        let value = match letter {
            'A'..='Z' => u32::from(letter) - 65,
            'a'..='z' => u32::from(letter) - 71,
            '0'..='9' => u32::from(letter) + 4,
            '+' | '-' => 62,
            '/' | '_' => 63,
            '=' => break,
            space if space.is_ascii_whitespace() => continue,
            _ => return Err(Failure::new("", "An internal error occurred: the text is not Base64")),
        };
        bits = (bits << 6) | value;
        held += 6;
        if held >= 8 {
            held -= 8;
            decoded.extend(char::from_u32((bits >> held) & 0xFF));
            bits &= (1 << held) - 1;
        }
    }
    Ok(Value::text(decoded))
}

/// A count from a limit that may have a fraction: another is taken while fewer than the limit are there.
pub(super) fn limit(limit: Option<f64>) -> usize {
    limit.map_or(usize::MAX, |limit| if limit > 0.0 { to_usize(limit.ceil()) } else { 0 })
}

/// JavaScript's `ToUint32`.
pub(super) fn unsigned(limit: f64) -> usize {
    usize::try_from(to_i64(limit.trunc().rem_euclid(4_294_967_296.0))).unwrap_or(usize::MAX)
}
