//! Functions that look for text or a pattern in text.

use std::rc::Rc;
use std::sync::Arc;

use super::strings::{limit, number, text, unsigned};
use crate::error::Failure;
use crate::evaluate::list_fits;
use crate::evaluate::{MOST_TEXT, Run};
use crate::number::to_usize;
use crate::regexp::{Found, Pattern};
use crate::text::{from_units, unit_count, units};
use crate::value::{Function, Value};

type Gives = Result<Value, Failure>;

/// What was found, whoever looked for it.
struct Match {
    text: String,
    start: usize,
    end: usize,
    groups: Value,
    /// Where to look for the next.
    next: Next,
}

enum Next {
    Pattern(Arc<Pattern>, Rc<Vec<u16>>, usize),
    Function(Value),
}

/// The match of a pattern, as an expression sees it.
pub(crate) fn regex_match(run: &Run<'_>, pattern: &Arc<Pattern>, units: &Rc<Vec<u16>>, from: usize) -> Gives {
    let found = run.with_budget(|budget| pattern.find(units, from, budget)).map_err(|_| Failure::too_long())?;
    let Some(found) = found else { return Ok(Value::Undefined) };
    let next = Function::Next(Arc::clone(pattern), Rc::clone(units), found.end);
    Ok(Value::from_members([
        ("match", Value::text(piece(units, found.start, found.end))),
        ("start", Value::from(found.start)),
        ("end", Value::from(found.end)),
        ("groups", groups_of(units, &found)),
        ("next", Value::Function(Rc::new(next))),
    ]))
}

fn piece(units: &[u16], start: usize, end: usize) -> String {
    from_units(units.get(start..end).unwrap_or_default().iter().copied())
}

fn groups_of(units: &[u16], found: &Found) -> Value {
    let group = |group: &Option<(usize, usize)>| {
        group.map_or(Value::Undefined, |(start, end)| Value::text(piece(units, start, end)))
    };
    Value::array(found.groups.iter().map(group).collect())
}

/// The first match of a pattern or of a function that works like one.
fn first(run: &Run<'_>, matcher: &Value, whole: &str) -> Result<Option<Match>, Failure> {
    let Value::Function(function) = matcher else { return Err(Failure::mismatch(2)) };
    if let Function::Regex(pattern) = &**function {
        run.text_fits(whole.len())?;
        return by_pattern(run, pattern, &Rc::new(units(whole)), 0);
    }
    let found = run.apply(matcher, vec![Value::text(whole)], &Value::Null)?;
    by_function(run, &found)
}

impl Match {
    fn following(&self, run: &Run<'_>) -> Result<Option<Match>, Failure> {
        match &self.next {
            Next::Pattern(_, units, from) if *from >= units.len() => Ok(None),
            Next::Pattern(pattern, units, from) => {
                let found = by_pattern(run, pattern, units, *from)?;
                if found.as_ref().is_some_and(|found| found.text.is_empty()) {
                    return Err(Failure::new("D1004", "Regular expression matches zero length string"));
                }
                Ok(found)
            }
            Next::Function(next) => {
                let found = run.apply(next, Vec::new(), &Value::Null)?;
                by_function(run, &found)
            }
        }
    }
}

fn by_pattern(
    run: &Run<'_>,
    pattern: &Arc<Pattern>,
    units: &Rc<Vec<u16>>,
    from: usize,
) -> Result<Option<Match>, Failure> {
    let found = run.with_budget(|budget| pattern.find(units, from, budget)).map_err(|_| Failure::too_long())?;
    Ok(found.map(|found| Match {
        text: piece(units, found.start, found.end),
        start: found.start,
        end: found.end,
        groups: groups_of(units, &found),
        next: Next::Pattern(Arc::clone(pattern), Rc::clone(units), found.end),
    }))
}

fn by_function(run: &Run<'_>, found: &Value) -> Result<Option<Match>, Failure> {
    run.work(1)?;
    let wrong = || {
        // The name is that of the function which was called.
        let message =
            "The matcher function argument passed to function \u{1} does not return the correct object structure";
        Failure::new("T1010", message)
    };
    let is_nothing = match found {
        Value::Undefined | Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == 0.0,
        _ => false,
    };
    if is_nothing {
        return Ok(None);
    }
    let Value::Object(object) = found else { return Err(wrong()) };
    let (start, end, next) = (object.get("start").as_f64(), object.get("end").as_f64(), object.get("next"));
    let groups = object.get("groups");
    if start.is_none() && end.is_none() && !matches!(groups, Value::Array(_)) && !next.is_function() {
        return Err(wrong());
    }
    let text = object.get("match").as_str().unwrap_or_default().to_owned();
    let (start, end) = (to_usize(start.unwrap_or_default()), to_usize(end.unwrap_or_default()));
    let groups = if matches!(groups, Value::Array(_)) { groups } else { Value::array(Vec::new()) };
    Ok(Some(Match { text, start, end, groups, next: Next::Function(next) }))
}

fn nothing_to_look_for() -> Failure {
    Failure::new("", "The text or pattern to look for is undefined")
}

fn positive(limit: Option<f64>, code: &'static str, place: &str, name: &str) -> Result<(), Failure> {
    if limit.is_some_and(|limit| limit < 0.0) {
        let message = format!("{place} argument of {name} function must evaluate to a positive number");
        return Err(Failure::new(code, message));
    }
    Ok(())
}

pub(super) fn contains(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(whole) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    run.text_fits(whole.len())?;
    Ok(Value::Bool(match arguments.get(1) {
        Some(Value::String(part)) => whole.contains(&**part),
        Some(matcher @ Value::Function(_)) => first(run, matcher, whole)?.is_some(),
        _ => return Err(nothing_to_look_for()),
    }))
}

pub(super) fn matches(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(whole) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    let most = number(arguments, 2)?;
    positive(most, "D3040", "Third", "match")?;
    let most = limit(most);
    let mut found = Vec::new();
    let Some(matcher) = arguments.get(1).filter(|_| most > 0) else { return Ok(Value::sequence(found)) };
    let mut next = first(run, matcher, whole)?;
    while let Some(one) = next.filter(|_| found.len() < most) {
        let members = [
            ("match", Value::text(one.text.as_str())),
            ("index", Value::from(one.start)),
            ("groups", one.groups.clone()),
        ];
        found.push(Value::from_members(members));
        list_fits(found.len())?;
        next = one.following(run)?;
    }
    Ok(Value::sequence(found))
}

pub(super) fn split(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(whole) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    let most = number(arguments, 2)?;
    positive(most, "D3020", "Third", "split")?;
    run.text_fits(whole.len())?;
    let mut pieces: Vec<Value> = Vec::new();
    match arguments.get(1) {
        Some(Value::String(separator)) => {
            let most = most.map_or(usize::MAX, unsigned);
            if separator.is_empty() {
                run.work(whole.len() / 8)?;
                list_fits(unit_count(whole).min(most))?;
                pieces.extend(units(whole).into_iter().take(most).map(|unit| Value::text(from_units([unit]))));
            } else {
                for piece in whole.split(&**separator).take(most) {
                    pieces.push(Value::text(piece));
                    list_fits(pieces.len())?;
                }
                run.work(pieces.len() / 8)?;
            }
        }
        Some(matcher @ Value::Function(_)) => {
            let most = limit(most);
            if most == 0 {
                return Ok(Value::array(pieces));
            }
            let all = units(whole);
            let Some(mut found) = first(run, matcher, whole)? else {
                return Ok(Value::array(vec![Value::text(whole)]));
            };
            let mut start = 0;
            loop {
                if pieces.len() >= most {
                    break;
                }
                pieces.push(Value::text(between(&all, start, found.start)));
                list_fits(pieces.len())?;
                start = found.end;
                match found.following(run)? {
                    Some(next) => found = next,
                    None => break,
                }
            }
            if pieces.len() < most {
                pieces.push(Value::text(between(&all, start, all.len())));
            }
        }
        _ => return Err(nothing_to_look_for()),
    }
    Ok(Value::array(pieces))
}

/// JavaScript's `substring`: the smaller place first.
fn between(units: &[u16], start: usize, end: usize) -> String {
    let (start, end) = (start.min(units.len()), end.min(units.len()));
    piece(units, start.min(end), start.max(end))
}

pub(super) fn replace(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(whole) = text(arguments, 0)? else { return Ok(Value::Undefined) };
    let (pattern, replacement) = (arguments.get(1), arguments.get(2));
    if pattern.and_then(Value::as_str).is_some_and(str::is_empty) {
        return Err(Failure::new("D3010", "Second argument of replace function cannot be an empty string"));
    }
    let most = number(arguments, 3)?;
    positive(most, "D3011", "Fourth", "replace")?;
    let most = limit(most);
    run.text_fits(whole.len())?;
    if most == 0 {
        return Ok(Value::text(whole));
    }
    let (pattern, replacement) = match (pattern, replacement) {
        (Some(Value::String(part)), Some(Value::String(with))) => {
            let count = whole.matches(&**part).take(most).count();
            run.text_fits(whole.len().saturating_add(count.saturating_mul(with.len())))?;
            return Ok(Value::text(whole.replacen(&**part, with, count)));
        }
        (Some(pattern @ Value::Function(_)), Some(replacement)) => (pattern, replacement),
        (Some(Value::String(part)), _) if !whole.contains(&**part) => return Ok(Value::text(whole)),
        _ => return Err(Failure::new("D3012", "Attempted to replace a matched string with a non-string value")),
    };
    let all = units(whole);
    let mut next = first(run, pattern, whole)?;
    let (mut result, mut position, mut count) = (String::new(), 0, 0);
    while let Some(found) = next.filter(|_| count < most) {
        result.push_str(&between(&all, position, found.start));
        match replacement {
            Value::String(template) => fill(template, &found, &mut result),
            function => {
                let seen = Value::from_members([
                    ("match", Value::text(found.text.as_str())),
                    ("start", Value::from(found.start)),
                    ("end", Value::from(found.end)),
                    ("groups", found.groups.clone()),
                ]);
                let Value::String(text) = run.apply(function, vec![seen], &Value::Null)? else {
                    let message = "Attempted to replace a matched string with a non-string value";
                    return Err(Failure::new("D3012", message));
                };
                result.push_str(&text);
            }
        }
        if result.len() > MOST_TEXT {
            return Err(Failure::memory());
        }
        run.work(1)?;
        position = found.start + unit_count(&found.text);
        count += 1;
        next = found.following(run)?;
    }
    result.push_str(&between(&all, position, all.len()));
    run.text_fits(result.len())?;
    Ok(Value::text(result))
}

/// A replacement with its `$0`, `$1` and `$$`.
fn fill(template: &str, found: &Match, result: &mut String) {
    let groups = if let Value::Array(groups) = &found.groups { groups.items() } else { &[] };
    let widest = groups.len().max(1).to_string().len();
    let letters: Vec<char> = template.chars().collect();
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        at += 1;
        if letter != '$' {
            result.push(letter);
            continue;
        }
        match letters.get(at).copied() {
            Some('$') => {
                result.push('$');
                at += 1;
            }
            Some('0') => {
                result.push_str(&found.text);
                at += 1;
            }
            _ => {
                let digits: String =
                    letters.iter().skip(at).take(widest).take_while(|letter| letter.is_ascii_digit()).collect();
                let Ok(mut number) = digits.parse::<usize>() else {
                    result.push('$');
                    continue;
                };
                if widest > 1 && number > groups.len() {
                    let shorter: String = digits.chars().take(widest - 1).collect();
                    number = shorter.parse().unwrap_or(number);
                }
                if let Some(Value::String(group)) = number.checked_sub(1).and_then(|index| groups.get(index)) {
                    result.push_str(group);
                }
                at += number.to_string().len();
            }
        }
    }
}
