//! ISO 8601 timestamps, as far as JavaScript's `Date.parse` takes them.

use super::calendar::utc;
use crate::number::to_f64;

/// Milliseconds since 1970; no number for a day or an hour that is none. `None` for what is no such timestamp.
pub(crate) fn read_iso(text: &str) -> Option<f64> {
    let mut rest = text;
    let year = digits(&mut rest, 4)?;
    let mut date = [1, 1];
    for (part, first) in date.iter_mut().zip(["01", "0123"]) {
        if let Some(after) = rest.strip_prefix('-') {
            if !after.starts_with(|letter| first.contains(letter)) {
                break;
            }
            rest = after;
            *part = digits(&mut rest, 2)?;
        }
    }
    let mut time = [0, 0, 0];
    let mut has_time = false;
    if let Some(after) = rest.strip_prefix('T') {
        rest = after;
        has_time = true;
        for (index, (part, first)) in time.iter_mut().zip(["012", "012345", "012345"]).enumerate() {
            if index > 0 {
                rest = rest.strip_prefix(':')?;
            }
            if !rest.starts_with(|letter| first.contains(letter)) {
                return None;
            }
            *part = digits(&mut rest, 2)?;
        }
    }
    let mut millis = 0;
    let mut has_fraction = false;
    if let Some(after) = rest.strip_prefix('.') {
        let end = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
        let (fraction, after) = after.split_at_checked(end)?;
        if fraction.is_empty() {
            return None;
        }
        millis = format!("{fraction}00").chars().take(3).collect::<String>().parse().unwrap_or(0);
        rest = after;
        has_fraction = true;
    }
    let offset = zone(rest)?;
    // A day alone takes no offset but `Z`.
    let good_zone = rest.len() <= 1 || (has_time && offset.abs() < 24 * 60);
    let [month, day] = date;
    let [hour, minute, second] = time;
    let good = good_zone
        && (1..=12).contains(&month)
        // V8 lets each month have as many days as the longest.
        && (1..=31).contains(&day)
        && (hour < 24 || (hour == 24 && minute == 0 && second == 0 && millis == 0))
        && (has_time || !has_fraction);
    if !good {
        return Some(f64::NAN);
    }
    let time = ((hour * 60 + minute - offset) * 60 + second) * 1_000 + millis;
    Some(to_f64(utc(year, month - 1, day) + time))
}

fn digits(rest: &mut &str, count: usize) -> Option<i64> {
    let (taken, after) = rest.split_at_checked(count)?;
    if !taken.chars().all(|letter| letter.is_ascii_digit()) {
        return None;
    }
    *rest = after;
    taken.parse().ok()
}

/// Minutes of `+01:00`, `+0100` or `Z`.
fn zone(text: &str) -> Option<i64> {
    if text.is_empty() || text == "Z" {
        return Some(0);
    }
    let (sign, mut rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    if !rest.starts_with(['0', '1', '2']) {
        return None;
    }
    let hours = digits(&mut rest, 2)?;
    rest = rest.strip_prefix(':').unwrap_or(rest);
    if !rest.starts_with(['0', '1', '2', '3', '4', '5']) {
        return None;
    }
    let minutes = digits(&mut rest, 2)?;
    rest.is_empty().then_some(sign * (hours * 60 + minutes))
}
