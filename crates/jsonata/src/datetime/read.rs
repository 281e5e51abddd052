//! Times from text.
#![expect(clippy::float_cmp, reason = "whole numbers that were read are exact")]

use std::collections::BTreeMap;

use super::calendar::{Moment, utc};
use super::integer::{IntegerFormat, whole};
use super::picture::{DAYS, MONTHS, Marker, Part, analyse, nameless};
use crate::error::Failure;
use crate::number::{count_f64, to_f64, to_i64};
use crate::regexp::Pattern;
use crate::text::{from_units, units};

/// How the text of a part is taken for a number.
enum Reading {
    Integer(IntegerFormat),
    Names(Vec<(String, f64)>),
    Offset { named: bool, separator: Option<char> },
}

/// Milliseconds since 1970 of a text by a picture; `None` if it does not fit. What the picture leaves out at its beginning is as now.
pub(crate) fn read(text: &str, picture: &str, now_ms: i64, budget: &mut u64) -> Result<Option<f64>, Failure> {
    let mut pattern = "^".to_owned();
    let mut readings: Vec<(char, Option<Reading>)> = Vec::new();
    for part in analyse(picture)? {
        match part {
            Part::Literal(literal) => {
                pattern.push('(');
                for letter in literal.chars() {
                    if ".*+?^${}()|[]\\".contains(letter) {
                        pattern.push('\\');
                    }
                    pattern.push(letter);
                }
                pattern.push(')');
                readings.push((' ', None));
            }
            Part::Marker(marker) => {
                let (piece, reading) = reading_of(&marker)?;
                pattern.push('(');
                pattern.push_str(&piece);
                pattern.push(')');
                readings.push((marker.component, Some(reading)));
            }
        }
    }
    pattern.push('$');
    let pattern = Pattern::new(&pattern, "i").map_err(|message| Failure::new("", message))?;
    let units = units(text);
    let Some(found) = pattern.find(&units, 0, budget).map_err(|_| Failure::too_long())? else { return Ok(None) };
    let mut components: BTreeMap<char, f64> = BTreeMap::new();
    for ((component, reading), group) in readings.into_iter().zip(found.groups) {
        let (Some(reading), Some((start, end))) = (reading, group) else { continue };
        let piece = from_units(units.get(start..end).unwrap_or_default().iter().copied());
        match value(&reading, &piece)? {
            Some(value) => components.insert(component, value),
            None => components.insert(component, f64::NAN),
        };
    }
    if components.is_empty() {
        return Ok(None);
    }
    moment(components, now_ms).map(Some)
}

fn reading_of(marker: &Marker) -> Result<(String, Reading), Failure> {
    if matches!(marker.component, 'Z' | 'z') {
        let separator = marker
            .integer
            .as_ref()
            .filter(|format| format.regular > 0)
            .and_then(|format| format.separators.first())
            .map(|(_, letter)| *letter);
        let named = marker.component == 'z';
        let mut pattern = if named { "GMT[-+][0-9]+" } else { "[-+][0-9]+" }.to_owned();
        if let Some(separator) = separator {
            pattern.push(separator);
            pattern.push_str("[0-9]+");
        }
        return Ok((pattern, Reading::Offset { named, separator }));
    }
    if let Some(format) = &marker.integer {
        return Ok((format.pattern()?, Reading::Integer(format.clone())));
    }
    let cut = |name: &str| match marker.widest {
        Some(widest) if widest > 0 => name.chars().take(widest).collect(),
        _ => name.to_owned(),
    };
    let numbered = |names: &[&str], first: usize| {
        names.iter().enumerate().map(|(index, name)| (cut(name), count_f64(index + first))).collect::<Vec<_>>()
    };
    let names = match marker.component {
        'M' | 'x' => numbered(&MONTHS, 1),
        'F' => numbered(DAYS.get(1..).unwrap_or_default(), 1),
        'P' => {
            [("am", 0.0), ("AM", 0.0), ("pm", 1.0), ("PM", 1.0)].map(|(name, value)| (name.to_owned(), value)).to_vec()
        }
        other => return Err(nameless(other)),
    };
    Ok(("[a-zA-Z]+".to_owned(), Reading::Names(names)))
}

/// `None` for a name that is none.
fn value(reading: &Reading, piece: &str) -> Result<Option<f64>, Failure> {
    Ok(match reading {
        Reading::Integer(format) => Some(format.parse(piece)?),
        Reading::Names(names) => names.iter().rev().find(|(name, _)| name == piece).map(|(_, value)| *value),
        Reading::Offset { named, separator } => {
            let piece: String = if *named { piece.chars().skip(3).collect() } else { piece.to_owned() };
            let (hours, minutes) = match separator {
                Some(separator) => {
                    let (hours, minutes) = piece.split_once(*separator).unwrap_or((&piece, ""));
                    (whole(hours), whole(minutes))
                }
                None if piece.len() <= 3 => (whole(&piece), 0.0),
                None => {
                    let (hours, minutes) = piece.split_at_checked(3).unwrap_or((&piece, ""));
                    (whole(hours), whole(minutes))
                }
            };
            Some(hours * 60.0 + minutes)
        }
    })
}

/// Whether the components that are there are all of this kind, and at least one.
fn is_kind(components: &BTreeMap<char, f64>, all: &str, kind: &str) -> bool {
    // A component that is zero counts as missing, as in the reference.
    let there = |letter: char| components.get(&letter).is_some_and(|value| *value != 0.0 && !value.is_nan());
    let mut any = false;
    for letter in all.chars().filter(|letter| there(*letter)) {
        if !kind.contains(letter) {
            return false;
        }
        any = true;
    }
    any
}

fn missing() -> Failure {
    Failure::new("D3136", "The date/time picture string is missing specifiers required to parse the timestamp")
}

fn moment(mut components: BTreeMap<char, f64>, now_ms: i64) -> Result<f64, Failure> {
    const DATES: &str = "YXMxWwdD";
    let by_date = is_kind(&components, DATES, "YMD");
    let by_day_of_year = !by_date && is_kind(&components, DATES, "Yd");
    let by_week_of_month = is_kind(&components, DATES, "Xxw");
    let by_week = !by_week_of_month && is_kind(&components, DATES, "XW");
    let by_24_hours = is_kind(&components, "PHhmsf", "Hmsf");
    let by_12_hours = !by_24_hours && is_kind(&components, "PHhmsf", "Phmsf");
    let dates = if by_day_of_year {
        "YD"
    } else if by_week_of_month {
        "XxwF"
    } else if by_week {
        "XWF"
    } else {
        "YMD"
    };
    let now = Moment::new(to_f64(now_ms));
    let (mut started, mut ended) = (false, false);
    for letter in dates.chars().chain(if by_12_hours { "Phmsf" } else { "Hmsf" }.chars()) {
        if components.get(&letter).is_some_and(|value| !value.is_nan()) {
            started = true;
            if ended {
                return Err(missing());
            }
        } else if components.contains_key(&letter) && !components.get(&letter).is_some_and(|value| value.is_nan()) {
            started = true;
        } else if started {
            components.insert(letter, if "MDd".contains(letter) { 1.0 } else { 0.0 });
            ended = true;
        } else {
            components.insert(letter, now.map_or(f64::NAN, |now| now.part(letter)));
        }
    }
    let get = |letter: char| components.get(&letter).copied().unwrap_or(f64::NAN);
    let (year, mut month, mut day) = (get('Y'), (get('M') - 1.0).max(0.0), get('D'));
    if by_week_of_month || by_week {
        return Err(missing());
    }
    if by_day_of_year {
        let first = utc(to_i64(full_year(year)), 0, 1);
        if let Some(derived) = Moment::new(to_f64(first) + (get('d') - 1.0) * 86_400_000.0) {
            (month, day) = (derived.part('M') - 1.0, derived.part('D'));
        }
    }
    let mut hours = get('H');
    if by_12_hours {
        hours = if get('h') == 12.0 { 0.0 } else { get('h') };
        if get('P') == 1.0 {
            hours += 12.0;
        }
    }
    let parts = [year, month, day, hours, get('m'), get('s'), get('f')];
    if parts.iter().any(|part| !part.is_finite() || part.abs() > 1e12) {
        return Ok(f64::NAN);
    }
    let days = to_f64(utc(to_i64(full_year(year)), to_i64(month), 1)) + (day - 1.0) * 86_400_000.0;
    let millis = days + hours * 3_600_000.0 + get('m') * 60_000.0 + get('s') * 1_000.0 + get('f');
    let offset = [get('Z'), get('z')].into_iter().find(|offset| !offset.is_nan() && *offset != 0.0).unwrap_or_default();
    let millis = millis - offset * 60_000.0;
    Ok(if millis.abs() > 8.64e15 { f64::NAN } else { millis })
}

/// JavaScript's years of two digits.
fn full_year(year: f64) -> f64 {
    if (0.0..=99.0).contains(&year) { year + 1900.0 } else { year }
}
