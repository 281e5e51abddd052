//! Functions that Step Functions adds. Their edges are those that were measured.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn>
#![expect(clippy::unnecessary_wraps, reason = "all functions of the language have one shape")]

use std::fmt::Write as _;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::strings::{number, text};
use crate::error::Failure;
use crate::evaluate::Run;
use crate::number::{Number, fraction, to_f64, to_i64, to_usize};
use crate::value::{Value, read_json};

type Gives = Result<Value, Failure>;

/// `$range` makes no more elements: AWS's memory ends there.
const MOST_IN_RANGE: i128 = 360_145;

pub(super) fn partition(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(Value::Array(array)) = arguments.first() else { return Ok(Value::Undefined) };
    let size = match number(arguments, 1)? {
        // Without a size there is one piece.
        None => array.len(),
        Some(size) if size <= -1.0 => {
            return Err(Failure::new("D3137", "Second argument must be zero or greater"));
        }
        Some(size) => to_usize(size),
    };
    if size == 0 || array.len() == 0 {
        return Ok(Value::Undefined);
    }
    run.work(array.len() / 8)?;
    Ok(Value::array(array.items().chunks(size).map(|piece| Value::array(piece.to_vec())).collect()))
}

pub(super) fn range(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let (Some(first), Some(last), Some(step)) = (bound(arguments, 0)?, bound(arguments, 1)?, bound(arguments, 2)?)
    else {
        return Ok(Value::Undefined);
    };
    if step == 0 || (step > 0) != (last >= first) && first != last {
        return Ok(Value::Undefined);
    }
    let count = (i128::from(last) - i128::from(first)) / i128::from(step) + 1;
    if count > MOST_IN_RANGE {
        return Err(Failure::memory());
    }
    run.work(usize::try_from(count).unwrap_or_default() / 8)?;
    let nth = |index: i128| i64::try_from(i128::from(first) + index * i128::from(step)).unwrap_or(last);
    Ok(Value::sequence((0..count).map(|index| Value::Number(Number::Int(nth(index)))).collect()))
}

/// A whole number: fractions are cut off.
fn bound(arguments: &[Value], at: usize) -> Result<Option<i64>, Failure> {
    Ok(match arguments.get(at) {
        Some(Value::Number(Number::Int(whole))) => Some(*whole),
        _ => number(arguments, at)?.map(to_i64),
    })
}

pub(super) fn hash(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let (Some(data), Some(algorithm)) = (text(arguments, 0)?, text(arguments, 1)?) else {
        return Ok(Value::Undefined);
    };
    run.work(data.len() / 32)?;
    let data = data.as_bytes();
    let digest: Vec<u8> = match algorithm {
        "MD5" => Md5::digest(data).to_vec(),
        "SHA-1" => Sha1::digest(data).to_vec(),
        "SHA-256" => Sha256::digest(data).to_vec(),
        "SHA-384" => Sha384::digest(data).to_vec(),
        "SHA-512" => Sha512::digest(data).to_vec(),
        other => {
            let message = format!("Hash algorithm '{other}' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5");
            return Err(Failure::new("D3137", message));
        }
    };
    let mut hexadecimal = String::with_capacity(digest.len() * 2);
    for byte in digest {
        // Writing to a text cannot fail.
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    Ok(Value::text(hexadecimal))
}

pub(super) fn uuid(run: &Run<'_>, _: &[Value]) -> Gives {
    Ok(Value::text(run.host.uuid()))
}

pub(super) fn parse(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(text) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(text.len().saturating_mul(4))?;
    read_json(text).ok_or_else(|| Failure::new("D3137", "Invalid JSON"))
}

/// Java's linear congruential generator.
const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const MASK: u64 = (1 << 48) - 1;

/// With a seed it is Java's `new Random(seed).nextDouble()`.
pub(super) fn random(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(seed) = bound(arguments, 0)? else { return Ok(Value::Number(Number::Float(fraction(run.host.random())))) };
    let mut state = (seed.cast_unsigned() ^ MULTIPLIER) & MASK;
    let mut next = |bits: u32| {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(11) & MASK;
        i64::try_from(state >> (48 - bits)).unwrap_or_default()
    };
    let drawn = (next(26) << 27) + next(27);
    Ok(Value::Number(Number::Float(to_f64(drawn) / to_f64(1 << 53))))
}
