//! What an expression comes to, and operators between such values.

use super::line::Line;
use super::parse::Operator;
use super::refusal::Refusal;

/// A value: `S`, `TS` and `TS[]` of AWS's tables.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::service::cloudwatch) enum Value {
    /// A scalar; not a number where there is none.
    Number(f64),
    Line(Line),
    Lines(Vec<Line>),
}

impl Value {
    /// A scalar; what is infinite is none.
    pub(super) fn number(number: f64) -> Self {
        Self::Number(if number.is_finite() { number } else { f64::NAN })
    }

    /// Its type, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "scalar",
            Self::Line(_) => "time series",
            Self::Lines(_) => "array of time series",
        }
    }

    /// Its points in memory.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Number(_) => 1,
            Self::Line(line) => line.points.len().max(1),
            Self::Lines(lines) => lines.iter().map(|line| line.points.len().max(1)).sum(),
        }
    }
}

fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}

#[expect(clippy::float_cmp, reason = "`==` of AWS's expressions compares exactly")]
fn two(operator: Operator, left: f64, right: f64) -> f64 {
    match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        // A point that would be divided by zero is dropped, as all that is no finite number.
        Operator::Divide => left / right,
        Operator::Power => left.powf(right),
        Operator::Equal => truth(left == right),
        Operator::Unequal => truth(left != right),
        Operator::AtMost => truth(left <= right),
        Operator::AtLeast => truth(left >= right),
        Operator::Below => truth(left < right),
        Operator::Above => truth(left > right),
        Operator::And => truth(left != 0.0 && right != 0.0),
        Operator::Or => truth(left != 0.0 || right != 0.0),
    }
}

/// A number beside a series; where the number is none, no point is left.
fn with_number(line: &Line, number: f64, change: impl Fn(f64) -> f64) -> Line {
    if number.is_nan() { line.with([]) } else { line.each(change) }
}

/// Two series: a value that only one of them has stands beside 0.
fn of_lines(operator: Operator, left: &Line, right: &Line) -> Line {
    let points =
        left.beside(right).map(|(at, left, right)| (at, two(operator, left.unwrap_or(0.0), right.unwrap_or(0.0))));
    Line { period_ms: left.period_ms.min(right.period_ms), ..left.with(points) }
}

/// The result of an operator.
///
/// # Errors
/// Between two arrays of series.
pub(super) fn apply(operator: Operator, left: &Value, right: &Value) -> Result<Value, Refusal> {
    let one = |line: &Line, other: &Value, is_left: bool| match (other, is_left) {
        (Value::Number(number), true) => with_number(line, *number, |value| two(operator, value, *number)),
        (Value::Number(number), false) => with_number(line, *number, |value| two(operator, *number, value)),
        (Value::Line(other), true) => of_lines(operator, line, other),
        (Value::Line(other), false) => Line { label: line.label.clone(), ..of_lines(operator, other, line) },
        (Value::Lines(_), _) => line.with([]),
    };
    Ok(match (left, right) {
        (Value::Number(left), Value::Number(right)) if left.is_nan() || right.is_nan() => Value::Number(f64::NAN),
        (Value::Number(left), Value::Number(right)) => Value::number(two(operator, *left, *right)),
        (Value::Lines(_), Value::Lines(_)) => {
            return Err(Refusal::wrong("Unsupported operand types: two arrays of time series"));
        }
        (Value::Lines(lines), other) => Value::Lines(lines.iter().map(|line| one(line, other, true)).collect()),
        (other, Value::Lines(lines)) => Value::Lines(lines.iter().map(|line| one(line, other, false)).collect()),
        (Value::Line(line), other) => Value::Line(one(line, other, true)),
        (other, Value::Line(line)) => Value::Line(one(line, other, false)),
    })
}

pub(super) fn negative(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(-number),
        Value::Line(line) => Value::Line(line.each(|value| -value)),
        Value::Lines(lines) => Value::Lines(lines.iter().map(|line| line.each(|value| -value)).collect()),
    }
}
