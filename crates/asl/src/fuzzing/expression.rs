//! Expressions of both languages, and what Choice compares.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::choice::{glob, matches};
use crate::context::{Context, Item};
use crate::definition::Glob;
use crate::effect::Seed;
use crate::intrinsic::Call;
use crate::jsonata::{self, between_marks};
use crate::path::{self, ReferencePath};
use crate::payload::Payload;
use crate::random::Random;
use crate::scope::Scope;
use crate::timestamp;
use crate::variables::{Assigned, Variables};

/// What an expression is applied to when its input brings nothing.
fn ground() -> Value {
    json!({
        "a": {"b": [1, -2.5, 3e300, "x"], "c": null, "d e": {"a": {"a": true}}},
        "list": [{"n": 1, "s": "one"}, {"n": 2, "s": "zwei", "a": [[[1], 2], 3]}, [], 9_007_199_254_740_993_i64],
        "s": "a,b {} \\{ '", "t": "2026-11-22T10:00:00Z", "json": "{\"a\": [1]}", "base64": "YWI=", "n": -7, "": {"": ""},
    })
}

/// The first line, and the JSON below it.
fn split(data: &[u8]) -> (Cow<'_, str>, Value) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let value = parts.next().and_then(|rest| serde_json::from_slice(rest).ok());
    (text, value.unwrap_or_else(ground))
}

/// Hands over a state that sees `input` everywhere.
fn with_scope<T>(input: &Value, use_it: impl FnOnce(&mut Scope<'_>) -> T) -> T {
    let text = |name: &str| name.to_owned();
    let seed = Seed {
        execution_arn: text("arn:e"),
        execution_name: text("e"),
        machine_arn: text("arn:m"),
        machine_name: text("m"),
        role_arn: text("arn:r"),
        express: false,
        input: Value::Null,
        started_ms: 0,
        token_seed: 1,
    };
    let payload = Payload::new(input.clone());
    let mut variables = Variables::default();
    let _ = variables.assign(&Assigned::new(json!({"v": input, "n": 1, "list": [1, 2]})));
    let item = Item { index: 3, key: None, value: payload.clone() };
    let context = Context {
        seed: &seed,
        input: &payload,
        state: "S",
        entered_ms: 0,
        now_ms: 1_700_000_000_000,
        variables: &variables,
        retries: Some(2),
        token: Some("token"),
        item: Some(&item),
        child: None,
    };
    let mut random = Random::new(1);
    let mut scope = Scope::new(input, &context, &mut random);
    scope.result = Some(input);
    use_it(&mut scope)
}

/// A path, and JSON on the lines below it.
///
/// # Panics
/// Unless a path keeps its text and finds the same again, and a reference path finds what it put.
pub fn path(data: &[u8]) {
    let (text, value) = split(data);
    if let Ok(path) = path::parse(&text) {
        assert_eq!(path.text, text, "a path keeps its text");
        let find = || with_scope(&value, |scope| scope.select(&path).map(Cow::into_owned));
        assert_eq!(find(), find(), "two looks for `{text}` differ");
    }
    if let Ok(place) = ReferencePath::parse(&text) {
        let wanted = json!({"put": [1]});
        if let Some(changed) = place.put(value, wanted.clone()) {
            // Reference paths know escapes, other paths do not.
            if let Some(path) = path::parse(&text).ok().filter(path::Path::is_sound) {
                let found = path.select(&changed).map(Cow::into_owned);
                assert_eq!(found, Ok(wanted), "what was put at `{text}` is not there");
            }
        }
    }
}

/// A call of an intrinsic function, and JSON on the lines below it.
///
/// # Panics
/// Unless the same call gives the same value.
pub fn intrinsic(data: &[u8]) {
    let (text, value) = split(data);
    if let Ok(call) = Call::parse(&text) {
        let evaluate = || with_scope(&value, |scope| call.evaluate(scope));
        assert_eq!(evaluate(), evaluate(), "two evaluations of `{text}` differ");
    }
}

/// An expression in JSONata, and JSON on the lines below it.
///
/// # Panics
/// Unless its value is JSON, and a plain path, which is looked up without the engine, gives what the engine gives.
pub fn jsonata(data: &[u8]) {
    let (text, value) = split(data);
    let text = between_marks(&text).unwrap_or(&text);
    let Ok(expression) = jsonata::Expression::parse(text) else { return };
    let found = with_scope(&value, |scope| expression.evaluate(scope));
    if let Ok(found) = &found {
        let again = serde_json::from_str::<Value>(&found.to_string());
        assert!(again.is_ok(), "the value of `{text}` is no JSON that can be read: {again:?}");
    }
    let plain = text
        .trim()
        .strip_prefix('$')
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'));
    if plain && let Ok(other) = jsonata::Expression::parse(&format!("({text})")) {
        let other = with_scope(&value, |scope| other.evaluate(scope));
        assert_eq!(other, found, "the engine sees `{text}` differently");
    }
}

/// What Choice compares: a pattern on the first line, and a text below it. Both are also read as timestamps.
///
/// # Panics
/// Unless a pattern fits where [`fits`] says so, and a timestamp is written as it is read.
pub fn comparison(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (pattern, text) = text.split_once('\n').unwrap_or((&text, ""));
    if pattern.len() * text.len() < 10_000 {
        let glob = glob(pattern);
        // An open escape fails the state before anything is compared.
        if !glob.contains(&Glob::OpenEscape) {
            assert_eq!(matches(&glob, text), fits(pattern, text), "`{pattern}` on `{text}`");
        }
    }
    for text in [pattern, text] {
        if let Some(nanoseconds) = timestamp::parse(text)
            && let Ok(milliseconds) = i64::try_from(nanoseconds.div_euclid(1_000_000))
        {
            let written = timestamp::format(milliseconds);
            // An offset may lead out of the years with four digits.
            if matches!(written.len(), 20 | 24) {
                let again = timestamp::parse(&written);
                assert_eq!(again, Some(i128::from(milliseconds) * 1_000_000), "`{text}` is not written as it is read");
            }
        }
    }
}

/// Whether a pattern fits, letter by letter and table by table: slow, and plainly right.
fn fits(pattern: &str, text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    // Which beginnings of the text the pattern fits so far, by their length.
    let mut reached: Vec<bool> = (0..=letters.len()).map(|length| length == 0).collect();
    let mut pattern = pattern.chars().peekable();
    while let Some(letter) = pattern.next() {
        let literal = match (letter, pattern.peek().copied()) {
            ('\\', Some(next @ ('*' | '\\'))) => {
                pattern.next();
                Some(next)
            }
            ('*', _) => None,
            _ => Some(letter),
        };
        reached = match literal {
            None => reached
                .iter()
                .scan(false, |seen, here| {
                    *seen |= here;
                    Some(*seen)
                })
                .collect(),
            Some(wanted) => std::iter::once(false)
                .chain(reached.iter().zip(&letters).map(|(here, letter)| *here && *letter == wanted))
                .collect(),
        };
    }
    reached.last().copied().unwrap_or_default()
}
