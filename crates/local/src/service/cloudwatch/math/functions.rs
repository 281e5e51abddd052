//! The functions of metric math.

use super::clock_functions::clock_function;
use super::line::Line;
use super::refusal::Refusal;
use super::scope::Scope;
use super::value::Value;

/// Functions that ask what this endpoint does not keep.
const NOT_OFFERED: [&str; 6] =
    ["SEARCH", "ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "SERVICE_QUOTA", "DB_PERF_INSIGHTS", "LAMBDA"];

/// What stands between a function's parentheses.
pub(super) enum Argument {
    Value(Value),
    Text(String),
    /// `REPEAT`, `AVG`, `DESC`
    Word(String),
}

/// Whether there is a function of this name.
///
/// # Errors
/// When there is none, or none here.
pub(super) fn check(name: &str) -> Result<(), Refusal> {
    if NOT_OFFERED.contains(&name) {
        return Err(Refusal::NotOffered(name.to_owned()));
    }
    if is_known(name) { Ok(()) } else { Err(Refusal::wrong(format!("Function '{name}' not found"))) }
}

/// The result of a function.
pub(super) fn call(scope: &Scope<'_>, name: &str, arguments: Vec<Argument>) -> Result<Value, Refusal> {
    use Argument::{Text, Value as Of, Word};
    let mut arguments = arguments.into_iter();
    let four = [arguments.next(), arguments.next(), arguments.next(), arguments.next()];
    if arguments.next().is_some() {
        return Err(invalid(name));
    }
    match (name, four) {
        ("METRICS", [None, ..]) => scope.metrics(""),
        ("METRICS", [Some(Text(text)), None, ..]) => scope.metrics(&text),
        ("FILL", [Some(Of(of)), Some(Word(word)), None, _]) if word == "REPEAT" => fill(scope, of, &Filler::Repeat),
        ("FILL", [Some(Of(of)), Some(Word(word)), None, _]) if word == "LINEAR" => fill(scope, of, &Filler::Linear),
        ("FILL", [Some(Of(of)), Some(Of(with)), None, _]) => fill(scope, of, &Filler::With(with)),
        ("IF", [Some(Of(condition)), Some(Of(yes)), None, _]) => choose(scope, condition, yes, None),
        ("IF", [Some(Of(condition)), Some(Of(yes)), Some(Of(no)), None]) => choose(scope, condition, yes, Some(no)),
        ("SORT", [Some(Of(of)), Some(Word(by)), Some(Word(order)), None]) => sort(of, &by, &order, None),
        ("SORT", [Some(Of(of)), Some(Word(by)), Some(Word(order)), Some(Of(most))]) => {
            sort(of, &by, &order, Some(&most))
        }
        ("SLICE", [Some(Of(of)), Some(Of(first)), None, _]) => slice(of, &first, None),
        ("SLICE", [Some(Of(of)), Some(Of(first)), Some(Of(end)), None]) => slice(of, &first, Some(&end)),
        (_, [Some(Of(value)), None, ..]) => of_one(scope, name, value),
        _ => Err(invalid(name)),
    }
}

fn invalid(name: &str) -> Refusal {
    Refusal::wrong(format!("Invalid arguments for function '{name}'"))
}

fn is_known(name: &str) -> bool {
    let others = ["METRICS", "FILL", "IF", "SORT", "SLICE", "TIME_SERIES", "PERIOD", "METRIC_COUNT"];
    let arrays = ["FIRST", "LAST", "REMOVE_EMPTY"];
    others.contains(&name)
        || arrays.contains(&name)
        || of_each(name).is_some()
        || summary(name).is_some()
        || clock_function(name).is_some()
}

/// Functions of one argument.
fn of_one(scope: &Scope<'_>, name: &str, value: Value) -> Result<Value, Refusal> {
    let refused = refused(name, &value);
    if let Some(change) = of_each(name) {
        return match value {
            Value::Line(line) => Ok(Value::Line(change(&line))),
            Value::Lines(lines) => Ok(Value::Lines(lines.iter().map(change).collect())),
            Value::Number(_) => Err(refused),
        };
    }
    if let Some(summary) = summary(name) {
        return match value {
            Value::Line(line) => Ok(Value::number(summary(&mut line.values()))),
            Value::Lines(lines) => Ok(Value::Line(across(&lines, name == "AVG", summary))),
            Value::Number(_) => Err(refused),
        };
    }
    if let (Some(part), Value::Line(line)) = (clock_function(name), &value) {
        let times = scope.times(line.period_ms)?;
        return Ok(Value::Line(line.with(times.into_iter().map(|at| (at, part(at))))));
    }
    of_arrays(scope, name, value)
}

fn of_arrays(scope: &Scope<'_>, name: &str, value: Value) -> Result<Value, Refusal> {
    let refused = refused(name, &value);
    #[expect(clippy::cast_precision_loss, reason = "a period or a number of series")]
    Ok(match (name, value) {
        ("TIME_SERIES", Value::Number(number)) => Value::Line(scope.level(number)?),
        ("PERIOD", Value::Line(line)) if line.is_metric => Value::number((line.period_ms / 1000) as f64),
        ("METRIC_COUNT", Value::Lines(lines)) => Value::number(lines.len() as f64),
        ("FIRST", Value::Lines(lines)) => Value::Line(lines.into_iter().next().unwrap_or_else(|| nothing(scope))),
        ("LAST", Value::Lines(lines)) => Value::Line(lines.into_iter().next_back().unwrap_or_else(|| nothing(scope))),
        ("REMOVE_EMPTY", Value::Lines(mut lines)) => {
            lines.retain(|line| !line.points.is_empty());
            Value::Lines(lines)
        }
        _ => return Err(refused),
    })
}

fn refused(name: &str, value: &Value) -> Refusal {
    Refusal::wrong(format!("Function '{name}' does not accept {} as an argument", value.kind()))
}

fn nothing(scope: &Scope<'_>) -> Line {
    Line { period_ms: scope.period_ms, ..Line::default() }
}

/// Functions from a series to a series.
fn of_each(name: &str) -> Option<fn(&Line) -> Line> {
    #[expect(clippy::cast_precision_loss, reason = "a difference of times")]
    fn seconds(before: i64, now: i64) -> f64 {
        now.saturating_sub(before) as f64 / 1000.0
    }
    Some(match name {
        "ABS" => |line| line.each(f64::abs),
        "CEIL" => |line| line.each(f64::ceil),
        "FLOOR" => |line| line.each(f64::floor),
        "LOG" => |line| line.each(f64::ln),
        "LOG10" => |line| line.each(f64::log10),
        "DIFF" => |line| line.steps(|before, now| now.1 - before.1),
        "DIFF_TIME" => |line| line.steps(|before, now| seconds(before.0, now.0)),
        "RATE" => |line| line.steps(|before, now| (now.1 - before.1) / seconds(before.0, now.0)),
        "RUNNING_SUM" => |line| {
            let sums = line.points.iter().scan(0.0, |sum, (at, value)| {
                *sum += value;
                Some((*at, *sum))
            });
            line.with(sums)
        },
        _ => return None,
    })
}

/// Functions from values to one.
type Summary = fn(&mut dyn Iterator<Item = f64>) -> f64;

fn summary(name: &str) -> Option<Summary> {
    #[expect(clippy::cast_precision_loss, reason = "a number of values")]
    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }
    Some(match name {
        // `f64::sum` of nothing is -0.
        "SUM" => |values| values.fold(0.0, |sum, value| sum + value),
        "MIN" => |values| values.reduce(f64::min).unwrap_or(f64::NAN),
        "MAX" => |values| values.reduce(f64::max).unwrap_or(f64::NAN),
        "AVG" => |values| mean(&values.collect::<Vec<_>>()),
        "DATAPOINT_COUNT" => |values| values.map(|_| 1.0).sum(),
        "STDDEV" => |values| {
            let values: Vec<f64> = values.collect();
            let middle = mean(&values);
            mean(&values.iter().map(|value| (value - middle).powi(2)).collect::<Vec<_>>()).sqrt()
        },
        _ => return None,
    })
}

/// One series of an array: at each time that any of it has.
fn across(lines: &[Line], with_zeros: bool, summary: Summary) -> Line {
    let mut all: Vec<(i64, f64)> = lines.iter().flat_map(|line| line.points.iter().copied()).collect();
    // A stable sort, so that sums of the same values are the same to the last digit.
    all.sort_by_key(|(at, _)| *at);
    let points = all.chunk_by(|one, other| one.0 == other.0).filter_map(|points| {
        let missing = if with_zeros { lines.len().saturating_sub(points.len()) } else { 0 };
        let mut values = points.iter().map(|(_, value)| *value).chain(std::iter::repeat_n(0.0, missing));
        Some((points.first()?.0, summary(&mut values)))
    });
    let period_ms = lines.iter().map(|line| line.period_ms).min().unwrap_or_default();
    Line { period_ms, ..Line::default() }.with(points)
}

/// What is put where a value is missing.
enum Filler {
    Repeat,
    Linear,
    With(Value),
}

/// `FILL(m1, 0)`, `FILL(m1, REPEAT)`, `FILL(METRICS(), LINEAR)`, `FILL(METRICS(), m1)`.
fn fill(scope: &Scope<'_>, of: Value, filler: &Filler) -> Result<Value, Refusal> {
    let one = |line: &Line| {
        let times = scope.times(line.period_ms)?;
        Ok(match filler {
            Filler::Repeat => line.with(times.iter().filter_map(|at| Some((*at, before(line, *at)?.1)))),
            Filler::Linear => line.with(times.iter().filter_map(|at| Some((*at, between(line, *at)?)))),
            Filler::With(Value::Number(number)) => {
                line.with(times.iter().map(|at| (*at, line.at(*at).unwrap_or(*number))))
            }
            Filler::With(Value::Line(other)) => {
                line.with(times.iter().filter_map(|at| Some((*at, line.at(*at).or_else(|| other.at(*at))?))))
            }
            Filler::With(value) => return Err(refused("FILL", value)),
        })
    };
    match of {
        Value::Line(line) => Ok(Value::Line(one(&line)?)),
        Value::Lines(lines) => Ok(Value::Lines(lines.iter().map(one).collect::<Result<_, _>>()?)),
        value @ Value::Number(_) => Err(refused("FILL", &value)),
    }
}

/// The last point up to a time.
fn before(line: &Line, time: i64) -> Option<(i64, f64)> {
    let after = line.points.partition_point(|(at, _)| *at <= time);
    line.points.get(after.checked_sub(1)?).copied()
}

/// The value at a time, on the straight line between its neighbours.
fn between(line: &Line, time: i64) -> Option<f64> {
    let (from, low) = before(line, time)?;
    if from == time {
        return Some(low);
    }
    let (to, high) = *line.points.get(line.points.partition_point(|(at, _)| *at <= time))?;
    #[expect(clippy::cast_precision_loss, reason = "differences of times")]
    let part = (time - from) as f64 / (to - from) as f64;
    Some(low + (high - low) * part)
}

/// `IF(condition, yes, no)`; without `no`, points where the condition is 0 are dropped.
fn choose(scope: &Scope<'_>, condition: Value, yes: Value, no: Option<Value>) -> Result<Value, Refusal> {
    for value in [&condition, &yes].into_iter().chain(&no) {
        if matches!(value, Value::Lines(_)) {
            return Err(refused("IF", value));
        }
    }
    let condition = match condition {
        Value::Line(line) => line,
        Value::Number(number) if number != 0.0 => return Ok(yes),
        _ => return Ok(no.unwrap_or_else(|| Value::Line(nothing(scope)))),
    };
    let at = |value: &Value, time| match value {
        Value::Number(number) => Some(*number),
        Value::Line(line) => line.at(time),
        Value::Lines(_) => None,
    };
    let points = condition.points.iter().filter_map(|(time, is)| {
        let value = if *is == 0.0 { at(no.as_ref()?, *time)? } else { at(&yes, *time).unwrap_or(0.0) };
        Some((*time, value))
    });
    Ok(Value::Line(condition.with(points)))
}

/// `SORT(METRICS(), AVG, DESC, 5)`
fn sort(of: Value, by: &str, order: &str, most: Option<&Value>) -> Result<Value, Refusal> {
    let by = summary(by).filter(|_| ["AVG", "MIN", "MAX", "SUM"].contains(&by));
    let (Some(by), "ASC" | "DESC") = (by, order) else {
        return Err(invalid("SORT"));
    };
    let lines = array("SORT", of)?;
    let keys: Vec<f64> = lines.iter().map(|line| by(&mut line.values())).collect();
    let mut keyed: Vec<(f64, Line)> = keys.into_iter().zip(lines).collect();
    // A series without data comes last either way.
    keyed.sort_by(|(one, _), (other, _)| {
        let ordered = if order == "ASC" { one.total_cmp(other) } else { other.total_cmp(one) };
        one.is_nan().cmp(&other.is_nan()).then(ordered)
    });
    let mut lines: Vec<Line> = keyed.into_iter().map(|(_, line)| line).collect();
    if let Some(most) = most {
        lines.truncate(index("SORT", most)?);
    }
    Ok(Value::Lines(lines))
}

/// `SLICE(METRICS(), 0, 10)`
fn slice(of: Value, first: &Value, end: Option<&Value>) -> Result<Value, Refusal> {
    let lines = array("SLICE", of)?;
    let first = index("SLICE", first)?;
    let end = end.map_or(Ok(lines.len()), |end| index("SLICE", end))?;
    Ok(Value::Lines(lines.into_iter().take(end).skip(first).collect()))
}

fn array(name: &str, value: Value) -> Result<Vec<Line>, Refusal> {
    match value {
        Value::Lines(lines) => Ok(lines),
        value => Err(refused(name, &value)),
    }
}

/// A whole number that is none below 0.
fn index(name: &str, value: &Value) -> Result<usize, Refusal> {
    match value {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates")]
        Value::Number(number) if *number >= 0.0 => Ok(*number as usize),
        value => Err(refused(name, value)),
    }
}
