//! States.Array…

use serde_json::Value;

use super::arguments::{argument, integer, list};

/// More elements than that AWS does not make.
const LONGEST_RANGE: usize = 1000;

pub(super) fn partition(arguments: &[Value]) -> Result<Value, String> {
    let elements = list(arguments, 0)?;
    let size = usize::try_from(integer(arguments, 1)?).ok().filter(|size| *size > 0);
    let size = size.ok_or("the size of a part must be a positive integer")?;
    Ok(Value::Array(elements.chunks(size).map(|part| Value::Array(part.to_vec())).collect()))
}

pub(super) fn contains(arguments: &[Value]) -> Result<Value, String> {
    let wanted = argument(arguments, 1);
    Ok(Value::Bool(list(arguments, 0)?.iter().any(|element| same(element, wanted))))
}

/// From the first number to the last, which is included if the step meets it.
pub(super) fn range(arguments: &[Value]) -> Result<Value, String> {
    let (from, to, step) = (integer(arguments, 0)?, integer(arguments, 1)?, integer(arguments, 2)?);
    if step == 0 {
        return Err("the step must not be 0".to_owned());
    }
    let mut elements = Vec::new();
    let mut at = from;
    while (step > 0 && at <= to) || (step < 0 && at >= to) {
        if elements.len() == LONGEST_RANGE {
            return Err(format!("a range holds at most {LONGEST_RANGE} elements"));
        }
        elements.push(Value::from(at));
        at = at.checked_add(step).ok_or("the range is too wide")?;
    }
    Ok(Value::Array(elements))
}

pub(super) fn get_item(arguments: &[Value]) -> Result<Value, String> {
    let elements = list(arguments, 0)?;
    let at = integer(arguments, 1)?;
    let element = usize::try_from(at).ok().and_then(|at| elements.get(at));
    element.cloned().ok_or_else(|| format!("the index {at} is not in an array of {} elements", elements.len()))
}

pub(super) fn length(arguments: &[Value]) -> Result<Value, String> {
    list(arguments, 0).map(|elements| Value::from(elements.len()))
}

/// Keeps the first of equals.
pub(super) fn unique(arguments: &[Value]) -> Result<Value, String> {
    let mut seen = std::collections::BTreeSet::new();
    let elements = list(arguments, 0)?.iter().filter(|element| seen.insert(normal(element)));
    Ok(Value::Array(elements.cloned().collect()))
}

fn same(left: &Value, right: &Value) -> bool {
    left == right || normal(left) == normal(right)
}

/// A text that is equal for equal values: the order of members does not count, nor does `1` against `1.0`.
fn normal(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<String> =
                members.iter().map(|(name, member)| format!("{name:?}:{}", normal(member))).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(elements) => format!("[{}]", elements.iter().map(normal).collect::<Vec<_>>().join(",")),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| number.as_f64().unwrap_or(0.0).to_string(), |number| number.to_string())
        }
        other => other.to_string(),
    }
}
