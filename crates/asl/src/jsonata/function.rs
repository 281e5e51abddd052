//! The functions that Step Functions adds to JSONata or takes in hand, so that chance and time come from the run.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn>

use std::cell::RefCell;
use std::rc::Rc;

use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError, HostFnResult};
use jsonata_core::parser;
use jsonata_core::value::JValue;

use super::convert::{from_json, to_json};
use crate::intrinsic;
use crate::random::Random;
use crate::text::bare;

/// `$pad` goes no further: more is beyond what all of an execution's variables may hold.
const WIDEST: f64 = 10_485_760.0;
/// `$range` and `$partition` make no more than this.
const MOST_ELEMENTS: f64 = 1000.0;

/// Chance, shared by the functions of one evaluation.
pub(super) type Chance = Rc<RefCell<Random>>;

/// Puts a function before the evaluator, if the expression mentions it.
pub(super) fn register(
    evaluator: &mut Evaluator,
    name: &str,
    now_ms: i64,
    chance: &Chance,
) -> Result<(), EvaluatorError> {
    let chance = Rc::clone(chance);
    match name {
        "partition" => evaluator.register_fn(name, partition),
        "range" => evaluator.register_fn(name, range),
        "hash" => evaluator.register_fn(name, hash),
        "parse" => evaluator.register_fn(name, parse),
        "uuid" => evaluator.register_fn(name, move |arguments: &[JValue]| {
            no_more_than(arguments, 0, "uuid")?;
            Ok(JValue::from(chance.borrow_mut().uuid()))
        }),
        "random" => evaluator.register_fn_override(name, move |arguments: &[JValue]| random(arguments, &chance)),
        "pad" => evaluator.register_fn_override(name, pad),
        "shuffle" => evaluator.register_fn_override(name, move |arguments: &[JValue]| shuffle(arguments, &chance)),
        "millis" => evaluator.register_fn_override(name, move |_: &[JValue]| Ok(JValue::from(now_ms))),
        "now" => evaluator.register_fn_override(name, move |arguments: &[JValue]| now(arguments, now_ms)),
        _ => Ok(()),
    }
}

fn refused(message: String) -> EvaluatorError {
    EvaluatorError::EvaluationError(message)
}

/// JSONata's own complaint about an argument.
fn mismatch(argument: usize, name: &str) -> EvaluatorError {
    refused(format!("T0410: Argument {argument} of function \"{name}\" does not match function signature"))
}

fn no_more_than(arguments: &[JValue], most: usize, name: &str) -> Result<(), EvaluatorError> {
    if arguments.len() > most { Err(mismatch(most + 1, name)) } else { Ok(()) }
}

fn number(arguments: &[JValue], at: usize, name: &str) -> Result<f64, EvaluatorError> {
    match arguments.get(at) {
        Some(JValue::Number(number)) => Ok(*number),
        _ => Err(mismatch(at + 1, name)),
    }
}

fn text<'a>(arguments: &'a [JValue], at: usize, name: &str) -> Result<&'a str, EvaluatorError> {
    arguments.get(at).and_then(JValue::as_str).ok_or_else(|| mismatch(at + 1, name))
}

/// Whether the first argument is nothing: then so is the result, as with JSONata's own functions.
fn is_nothing(arguments: &[JValue]) -> bool {
    arguments.first().is_some_and(JValue::is_undefined)
}

/// `$partition(array, size)`: the array in pieces.
fn partition(arguments: &[JValue]) -> HostFnResult {
    if is_nothing(arguments) {
        return Ok(JValue::Undefined);
    }
    no_more_than(arguments, 2, "partition")?;
    let elements: Vec<JValue> = match arguments.first() {
        Some(JValue::Array(elements)) => elements.to_vec(),
        Some(one) => vec![one.clone()],
        None => return Err(mismatch(1, "partition")),
    };
    let size = number(arguments, 1, "partition")?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast beyond the bounds stops at them, and 0 is refused"
    )]
    let size = size as usize;
    if size == 0 {
        return Err(refused("The second argument of the partition function must be a positive number".to_owned()));
    }
    Ok(JValue::array(elements.chunks(size).map(|piece| JValue::array(piece.to_vec())).collect()))
}

/// `$range(first, last, step)`: a sequence, which is why a single number comes out bare.
fn range(arguments: &[JValue]) -> HostFnResult {
    if is_nothing(arguments) {
        return Ok(JValue::Undefined);
    }
    no_more_than(arguments, 3, "range")?;
    // Integers, says AWS's guide: what is none is rounded down.
    let (first, last) = (number(arguments, 0, "range")?.floor(), number(arguments, 1, "range")?.floor());
    let step = if arguments.len() > 2 { number(arguments, 2, "range")?.floor() } else { 1.0 };
    if step == 0.0 || !(first.is_finite() && last.is_finite() && step.is_finite()) {
        return Err(refused("The step of the range function must not be zero".to_owned()));
    }
    if (last - first) / step >= MOST_ELEMENTS {
        return Err(refused("The range function makes no more than 1000 elements".to_owned()));
    }
    let mut numbers = Vec::new();
    let mut at = first;
    while (step > 0.0 && at <= last) || (step < 0.0 && at >= last) {
        numbers.push(JValue::from_f64(at));
        // From the start each time, so that no rounding adds up; a step too small to move ends here as well.
        #[expect(clippy::cast_precision_loss, reason = "no more than a thousand")]
        let next = first + step * numbers.len() as f64;
        if numbers.len() > 1000 {
            break;
        }
        at = next;
    }
    Ok(match numbers.len() {
        0 => JValue::Undefined,
        1 => numbers.pop().unwrap_or(JValue::Undefined),
        _ => JValue::sequence(numbers),
    })
}

/// `$hash(value, algorithm)`: hexadecimal; MD5, SHA-1, SHA-256, SHA-384 or SHA-512.
fn hash(arguments: &[JValue]) -> HostFnResult {
    if is_nothing(arguments) {
        return Ok(JValue::Undefined);
    }
    no_more_than(arguments, 2, "hash")?;
    let value = arguments.first().and_then(|value| to_json(value).ok()).ok_or_else(|| mismatch(1, "hash"))?;
    let algorithm = if arguments.len() > 1 { text(arguments, 1, "hash")? } else { "SHA-256" };
    let digest = intrinsic::digest(&bare(&value), algorithm).map_err(refused)?;
    Ok(JValue::from(digest))
}

/// `$parse(text)`: the value that JSON text stands for.
fn parse(arguments: &[JValue]) -> HostFnResult {
    if is_nothing(arguments) {
        return Ok(JValue::Undefined);
    }
    no_more_than(arguments, 1, "parse")?;
    let text = text(arguments, 0, "parse")?;
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| refused(format!("The argument of the parse function is not JSON: {error}")))?;
    Ok(from_json(&value))
}

/// `$random()`, from 0 up to, not including, 1; `$random(seed)`, always the same for a seed.
fn random(arguments: &[JValue], chance: &Chance) -> HostFnResult {
    no_more_than(arguments, 1, "random")?;
    let bits = match arguments.first() {
        None | Some(JValue::Undefined) => chance.borrow_mut().next(),
        Some(JValue::Number(seed)) => Random::new(seed.to_bits()).next(),
        Some(_) => return Err(mismatch(1, "random")),
    };
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
    let drawn = (bits >> 11) as f64 / (1_u64 << 53) as f64;
    Ok(JValue::from_f64(drawn))
}

/// `$shuffle(array)`, by Fisher and Yates.
fn shuffle(arguments: &[JValue], chance: &Chance) -> HostFnResult {
    no_more_than(arguments, 1, "shuffle")?;
    let Some(JValue::Array(elements)) = arguments.first() else {
        return arguments.first().cloned().ok_or_else(|| mismatch(1, "shuffle"));
    };
    let mut elements: Vec<JValue> = elements.to_vec();
    for at in (1..elements.len()).rev() {
        let other = chance.borrow_mut().below(at as u64 + 1);
        elements.swap(at, usize::try_from(other).unwrap_or(at));
    }
    Ok(JValue::array(elements))
}

/// `$pad(text, width, letters)`: the engine's own, which fills up to any width without a look at the clock.
fn pad(arguments: &[JValue]) -> HostFnResult {
    no_more_than(arguments, 3, "pad")?;
    if let Some(JValue::Number(width)) = arguments.get(1)
        && width.abs() > WIDEST
    {
        return Err(refused("The pad function makes no more than 10485760 characters".to_owned()));
    }
    let mut context = Context::new();
    for (name, value) in ["text", "width", "letters"].into_iter().zip(arguments) {
        context.bind(name.to_owned(), value.clone());
    }
    let call = match arguments.len() {
        0 | 1 => "$pad($text)",
        2 => "$pad($text, $width)",
        _ => "$pad($text, $width, $letters)",
    };
    let call = parser::parse(call).map_err(|error| refused(error.to_string()))?;
    Evaluator::with_context(context).evaluate(&call, &JValue::Undefined)
}

/// `$now(picture, timezone)`: the run's time in `$fromMillis`'s words.
fn now(arguments: &[JValue], now_ms: i64) -> HostFnResult {
    let mut context = Context::new();
    for (name, value) in ["picture", "timezone"].into_iter().zip(arguments) {
        context.bind(name.to_owned(), value.clone());
    }
    context.bind("milliseconds".to_owned(), JValue::from(now_ms));
    let call = match arguments.len() {
        0 => "$fromMillis($milliseconds)",
        1 => "$fromMillis($milliseconds, $picture)",
        _ => "$fromMillis($milliseconds, $picture, $timezone)",
    };
    let call = parser::parse(call).map_err(|error| refused(error.to_string()))?;
    Evaluator::with_context(context).evaluate(&call, &JValue::Undefined)
}
