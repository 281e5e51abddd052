//! Functions of numbers.
#![expect(clippy::float_cmp, reason = "rounding and bases ask for exact halves and whole numbers")]
#![expect(clippy::unnecessary_wraps, reason = "all functions of the language have one shape")]

use super::strings::number as argument;
use crate::error::Failure;
use crate::evaluate::Run;
use crate::number::{Number, count_f64, float_text, round_half_up, to_usize};
use crate::quote::quoted;
use crate::value::shown;
use crate::value::{Array, Value};

type Gives = Result<Value, Failure>;

fn list<'a>(run: &Run<'_>, arguments: &'a [Value]) -> Result<Option<&'a Array>, Failure> {
    let Some(Value::Array(array)) = arguments.first() else { return Ok(None) };
    run.work(array.len() / 16)?;
    Ok(Some(array))
}

fn total(array: &Array) -> f64 {
    array.items().iter().filter_map(Value::as_f64).fold(0.0, |total, number| total + number)
}

pub(super) fn sum(run: &Run<'_>, arguments: &[Value]) -> Gives {
    Ok(list(run, arguments)?.map_or(Value::Undefined, |array| Value::number(total(array))))
}

pub(super) fn average(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(array) = list(run, arguments)?.filter(|array| array.len() > 0) else { return Ok(Value::Undefined) };
    Ok(Value::number(total(array) / count_f64(array.len())))
}

pub(super) fn max(run: &Run<'_>, arguments: &[Value]) -> Gives {
    extreme(run, arguments, std::cmp::Ordering::Greater)
}

pub(super) fn min(run: &Run<'_>, arguments: &[Value]) -> Gives {
    extreme(run, arguments, std::cmp::Ordering::Less)
}

fn extreme(run: &Run<'_>, arguments: &[Value], wanted: std::cmp::Ordering) -> Gives {
    let Some(array) = list(run, arguments)? else { return Ok(Value::Undefined) };
    let mut best: Option<Number> = None;
    for item in array.items() {
        let Value::Number(number) = item else { continue };
        if number.as_f64().is_nan() {
            return Ok(Value::Number(*number));
        }
        if best.is_none_or(|best| number.compare(best) == Some(wanted)) {
            best = Some(*number);
        }
    }
    Ok(best.map_or(Value::Undefined, Value::Number))
}

pub(super) fn number(_: &Run<'_>, arguments: &[Value]) -> Gives {
    Ok(match arguments.first() {
        None | Some(Value::Undefined) => Value::Undefined,
        Some(Value::Number(number)) => Value::Number(*number),
        Some(Value::Bool(flag)) => Value::from(usize::from(*flag)),
        Some(Value::String(text)) => match read(text) {
            Some(number) => Value::Number(number),
            // What looks like another base at one end is let through by the reference, and is no number.
            None if looks_based(text) => Value::Number(Number::Float(f64::NAN)),
            None => return Err(not_a_number(&quoted(text))),
        },
        Some(other) => return Err(not_a_number(&shown(other))),
    })
}

fn not_a_number(shown: &str) -> Failure {
    Failure::new("D3030", format!("Unable to cast value to a number: {shown}"))
}

fn looks_based(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let after = |prefix: &str, radix: u32| {
        text.match_indices(prefix)
            .filter_map(|(at, _)| text.get(at + prefix.len()..))
            .find(|rest| rest.starts_with(|letter: char| letter.is_digit(radix)))
    };
    (text.starts_with("0x") && after("0x", 16).is_some())
        || after("0o", 8).is_some()
        || after("0b", 2).is_some_and(|rest| rest.chars().all(|letter| letter.is_digit(2)))
}

/// Decimal, hexadecimal, octal or binary.
fn read(text: &str) -> Option<Number> {
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            let value = digits
                .chars()
                .try_fold(0.0, |value, digit| Some(value * f64::from(radix) + f64::from(digit.to_digit(radix)?)))?;
            return (!digits.is_empty() && value.is_finite()).then(|| Number::from_f64(value));
        }
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit());
    let whole = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(fraction) && digits(whole),
        None => digits(mantissa),
    };
    let power = exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    if whole && power { Number::read(text) } else { None }
}

pub(super) fn floor(_: &Run<'_>, arguments: &[Value]) -> Gives {
    whole(arguments, f64::floor)
}

pub(super) fn ceil(_: &Run<'_>, arguments: &[Value]) -> Gives {
    whole(arguments, f64::ceil)
}

/// A whole number stays exactly what it is.
fn whole(arguments: &[Value], round: impl Fn(f64) -> f64) -> Gives {
    Ok(match arguments.first() {
        Some(Value::Number(Number::Float(float))) => Value::number(round(*float)),
        Some(Value::Number(whole)) => Value::Number(*whole),
        _ => Value::Undefined,
    })
}

pub(super) fn abs(_: &Run<'_>, arguments: &[Value]) -> Gives {
    Ok(match arguments.first() {
        Some(Value::Number(Number::Int(whole))) => {
            Value::Number(whole.checked_abs().map_or(Number::Float(9_223_372_036_854_775_808.0), Number::Int))
        }
        Some(Value::Number(Number::Float(float))) => Value::number(float.abs()),
        _ => Value::Undefined,
    })
}

/// A number times ten to a power, by its text: a multiplication would add an error of its own.
fn shifted(value: f64, places: f64) -> f64 {
    let text = float_text(value);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent = exponent.parse::<f64>().unwrap_or_default() + places;
    if exponent.fract() != 0.0 || !value.is_finite() {
        return f64::NAN;
    }
    let exponent = exponent.clamp(-1_000.0, 1_000.0);
    format!("{mantissa}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// To so many places, halves to the even neighbour.
pub(super) fn rounded(value: f64, places: f64) -> f64 {
    let mut scaled = if places == 0.0 || places.is_nan() { value } else { shifted(value, places) };
    let mut result = if scaled.is_finite() { round_half_up(scaled) } else { scaled };
    if (result - scaled).abs() == 0.5 && (result % 2.0).abs() == 1.0 {
        result -= 1.0;
    }
    scaled = result;
    if places != 0.0 && !places.is_nan() {
        scaled = shifted(scaled, -places);
    }
    if scaled == 0.0 { 0.0 } else { scaled }
}

pub(super) fn round(_: &Run<'_>, arguments: &[Value]) -> Gives {
    let places = argument(arguments, 1)?.unwrap_or_default();
    Ok(match arguments.first() {
        Some(Value::Number(whole @ Number::Int(_))) if (0.0..=200.0).contains(&places) && places.fract() == 0.0 => {
            Value::Number(*whole)
        }
        Some(Value::Number(number)) => Value::number(rounded(number.as_f64(), places)),
        _ => Value::Undefined,
    })
}

pub(super) fn sqrt(_: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(value) = argument(arguments, 0)? else { return Ok(Value::Undefined) };
    if value < 0.0 {
        let message = format!("The sqrt function cannot be applied to a negative number: {}", float_text(value));
        return Err(Failure::new("D3060", message));
    }
    Ok(Value::number(value.sqrt()))
}

pub(super) fn power(_: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(base) = argument(arguments, 0)? else { return Ok(Value::Undefined) };
    let exponent = argument(arguments, 1)?.unwrap_or(f64::NAN);
    let result =
        if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) { f64::NAN } else { base.powf(exponent) };
    if !result.is_finite() {
        let message = format!(
            "The power function has resulted in a value that cannot be represented as a JSON number: base={}, exponent={}",
            float_text(base),
            if exponent.is_nan() { "undefined".to_owned() } else { float_text(exponent) }
        );
        return Err(Failure::new("D3061", message));
    }
    Ok(Value::number(result))
}

pub(super) fn format_base(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(value) = argument(arguments, 0)? else { return Ok(Value::Undefined) };
    let value = rounded(value, 0.0);
    let radix = argument(arguments, 1)?.map_or(10.0, |radix| rounded(radix, 0.0));
    if !(2.0..=36.0).contains(&radix) {
        let message = format!(
            "The radix of the formatBase function must be between 2 and 36.  It was given {}",
            float_text(radix)
        );
        return Err(Failure::new("D3100", message));
    }
    run.work(100)?;
    if radix == 10.0 || !value.is_finite() {
        return Ok(Value::text(float_text(value)));
    }
    Ok(Value::text(in_base(value, radix)))
}

/// As V8 writes it: digits that a double does not have are zeros.
fn in_base(value: f64, radix: f64) -> String {
    let mut rest = value.abs();
    let mut digits: Vec<char> = Vec::new();
    // Half the distance to the next double: what is smaller is not known.
    let mut unknown = if rest >= 1.0 { 2_f64.powf(rest.log2().floor() - 53.0) } else { 0.0 };
    while unknown >= radix {
        rest /= radix;
        unknown /= radix;
        digits.push('0');
    }
    rest = rest.trunc();
    loop {
        let digit = rest % radix;
        digits.extend(char::from_digit(u32::try_from(to_usize(digit)).unwrap_or_default(), 36));
        rest = (rest - digit) / radix;
        if rest <= 0.0 {
            break;
        }
    }
    if value < 0.0 {
        digits.push('-');
    }
    digits.into_iter().rev().collect()
}
