//! Functions of time and of whole numbers in words.
#![expect(clippy::unnecessary_wraps, reason = "all functions of the language have one shape")]

use super::strings::{number, text};
use crate::datetime;
use crate::error::Failure;
use crate::evaluate::Run;
use crate::number::Number;
use crate::quote::quoted;
use crate::value::Value;

type Gives = Result<Value, Failure>;

/// Pictures that are longer are refused.
const LONGEST_PICTURE: usize = 10_000;

fn checked<'a>(run: &Run<'_>, arguments: &'a [Value], at: usize) -> Result<Option<&'a str>, Failure> {
    let picture = text(arguments, at)?;
    let length = picture.map_or(0, str::len);
    run.work(1 + length)?;
    if length > LONGEST_PICTURE { Err(Failure::memory()) } else { Ok(picture) }
}

pub(super) fn millis(run: &Run<'_>, _: &[Value]) -> Gives {
    Ok(Value::Number(Number::Int(run.host.now_ms())))
}

pub(super) fn now(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let (picture, zone) = (checked(run, arguments, 0)?, checked(run, arguments, 1)?);
    datetime::write(crate::number::to_f64(run.host.now_ms()), picture, zone).map(Value::text)
}

pub(super) fn from_millis(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(millis) = number(arguments, 0)? else { return Ok(Value::Undefined) };
    let (picture, zone) = (checked(run, arguments, 1)?, checked(run, arguments, 2)?);
    datetime::write(millis, picture, zone).map(Value::text)
}

pub(super) fn to_millis(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(timestamp) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    let picture = checked(run, arguments, 1)?;
    run.text_fits(timestamp.len())?;
    let Some(picture) = picture else {
        return datetime::read_iso(timestamp).map(Value::number).ok_or_else(|| {
            let message = format!(
                "The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given {}",
                quoted(timestamp)
            );
            Failure::new("D3110", message)
        });
    };
    let read = run.with_budget(|budget| datetime::read(timestamp, picture, run.host.now_ms(), budget))?;
    Ok(read.map_or(Value::Undefined, Value::number))
}

pub(super) fn format_integer(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(value) = number(arguments, 0)? else { return Ok(Value::Undefined) };
    let picture = checked(run, arguments, 1)?.unwrap_or_default();
    let format = datetime::IntegerFormat::read(picture)?;
    let written = format.write(value.floor())?;
    run.text_fits(written.len())?;
    Ok(Value::text(written))
}

pub(super) fn parse_integer(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(value) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    let picture = checked(run, arguments, 1)?.unwrap_or_default();
    run.text_fits(value.len())?;
    let format = datetime::IntegerFormat::read(picture)?;
    format.parse(value).map(Value::number)
}
