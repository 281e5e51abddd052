//! Times as text.

use super::calendar::Moment;
use super::integer::{Case, IntegerFormat, whole};
use super::picture::{DAYS, MONTHS, Marker, Part, analyse, nameless};
use crate::error::Failure;
use crate::number::{count_f64, to_usize};
use crate::quote::quoted;

const ISO: &str = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";

/// A moment by a picture, in a time zone like `+0100`.
pub(crate) fn write(millis: f64, picture: Option<&str>, zone: Option<&str>) -> Result<String, Failure> {
    let offset = zone.map_or(0.0, whole);
    // As in the reference: minutes of a negative offset count twice over.
    let (hours, minutes) = ((offset / 100.0).floor(), offset % 100.0);
    let parts = analyse(picture.unwrap_or(ISO))?;
    let moment = Moment::new((millis + (60.0 * hours + minutes) * 60_000.0).trunc());
    let mut written = String::new();
    for part in &parts {
        match part {
            Part::Literal(text) => written.push_str(text),
            Part::Marker(marker) => written.push_str(&component(moment, marker, hours, minutes)?),
        }
    }
    Ok(written)
}

fn component(moment: Option<Moment>, marker: &Marker, hours: f64, minutes: f64) -> Result<String, Failure> {
    let value = moment.map_or(f64::NAN, |moment| moment.part(marker.component));
    match marker.component {
        'Z' | 'z' => offset(marker, hours, minutes),
        'P' => {
            let text = if value > 0.0 { "pm" } else { "am" };
            Ok(if marker.names == Some(Case::Upper) { text.to_uppercase() } else { text.to_owned() })
        }
        'C' | 'E' => Ok("ISO".to_owned()),
        letter if "YMDdFWwXxHhmsf".contains(letter) => {
            if let Some(case) = marker.names {
                return name(letter, value, case, marker.widest);
            }
            let Some(format) = &marker.integer else { return Ok(String::new()) };
            let value = match marker.digits {
                Some(digits) if letter == 'Y' => value % 10_f64.powf(count_f64(digits)),
                _ => value,
            };
            format.write(value)
        }
        letter => {
            let message =
                format!("Unknown component specifier {} in date/time picture string", quoted(&letter.to_string()));
            Err(Failure::new("D3132", message))
        }
    }
}

fn name(component: char, value: f64, case: Case, widest: Option<usize>) -> Result<String, Failure> {
    let name = match component {
        'M' | 'x' => MONTHS.get(to_usize(value - 1.0)),
        'F' => DAYS.get(to_usize(value)),
        other => return Err(nameless(other)),
    };
    let name = name.copied().unwrap_or_default();
    let name = match case {
        Case::Upper => name.to_uppercase(),
        Case::Lower => name.to_lowercase(),
        Case::Title => name.to_owned(),
    };
    Ok(match widest {
        Some(widest) => name.chars().take(widest).collect(),
        None => name,
    })
}

fn offset(marker: &Marker, hours: f64, minutes: f64) -> Result<String, Failure> {
    let Some(format) = &marker.integer else { return Ok(String::new()) };
    let whole = hours * 100.0 + minutes;
    if whole == 0.0 && marker.modifier == Some('t') {
        // The picture is still looked at.
        check(format)?;
        return Ok("Z".to_owned());
    }
    let mut text = if format.regular > 0 {
        format.write(whole)?
    } else {
        check(format)?;
        if format.least_digits <= 2 {
            let mut text = format.write(hours)?;
            if minutes != 0.0 {
                text.push(':');
                text.push_str(&IntegerFormat::read("00")?.write(minutes.floor())?);
            }
            text
        } else {
            format.write(whole)?
        }
    };
    if whole >= 0.0 {
        text.insert(0, '+');
    }
    if marker.component == 'z' {
        text.insert_str(0, "GMT");
    }
    Ok(text)
}

fn check(format: &IntegerFormat) -> Result<(), Failure> {
    if format.regular == 0 && !(1..=4).contains(&format.least_digits) {
        let message = "The timezone integer format specifier cannot have more than four digits";
        return Err(Failure::new("D3134", message));
    }
    Ok(())
}
