//! States.MathAdd and States.MathRandom.

use serde_json::Value;

use super::arguments::{argument, integer};
use crate::random::Random;

/// Takes what fits into 32 bits; the sum may be larger.
pub(super) fn add(arguments: &[Value]) -> Result<Value, String> {
    let small = |at: usize| {
        let number = integer(arguments, at)?;
        i32::try_from(number)
            .map(i64::from)
            .map_err(|_| format!("{number} is not between {} and {}", i32::MIN, i32::MAX))
    };
    Ok(Value::from(small(0)? + small(1)?))
}

/// From the first number up to, not including, the second; with a seed always the same.
pub(super) fn random(arguments: &[Value], random: &mut Random) -> Result<Value, String> {
    let (from, to) = (integer(arguments, 0)?, integer(arguments, 1)?);
    let width = to.checked_sub(from).and_then(|width| u64::try_from(width).ok()).filter(|width| *width > 0);
    let width = width.ok_or("the first number must be smaller than the second")?;
    let drawn = if argument(arguments, 2).is_null() {
        random.below(width)
    } else {
        Random::new(integer(arguments, 2)?.cast_unsigned()).below(width)
    };
    let drawn = i64::try_from(drawn).ok().and_then(|drawn| from.checked_add(drawn));
    drawn.map(Value::from).ok_or_else(|| "the numbers are too far apart".to_owned())
}
