//! Conditions on messages that are JSON: `{ ($.status = "FAILED" || $.code >= 500) && $.id NOT EXISTS }`.

use regex::Regex;
use serde_json::Value;

use crate::fault::wildcard;

/// A condition, read.
#[derive(Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test { path: Vec<Step>, test: Test },
}

/// One step of `$.a[0].b`.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Member(String),
    Element(usize),
    EveryElement,
}

/// What a selected value must be.
#[derive(Debug)]
pub(super) enum Test {
    Compare(&'static str, f64),
    Text { equal: bool, pattern: String },
    Expression { equal: bool, expression: Regex },
    IsTrue,
    IsFalse,
    IsNull,
    NotExists,
    Exists,
}

const COMPARISONS: [&str; 6] = ["!=", ">=", "<=", "=", ">", "<"];
/// How deep brackets may nest.
const DEEPEST: usize = 32;

impl Condition {
    /// Reads `{ … }`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).ok_or("a brace is not closed")?;
        let mut reader = Reader { rest: inner.trim_start(), depth: 0 };
        let condition = reader.any()?;
        if reader.rest.is_empty() { Ok(condition) } else { Err(format!("`{}` is not understood", reader.rest)) }
    }

    /// Whether a message's value fits.
    pub(super) fn holds(&self, value: &Value) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(value)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(value)),
            Self::Test { path, test } => {
                let found = select(value, path);
                match test {
                    Test::NotExists => found.is_empty(),
                    _ => found.iter().any(|value| test.fits(value)),
                }
            }
        }
    }
}

impl Test {
    fn fits(&self, value: &Value) -> bool {
        let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match self {
            Self::Compare(operator, wanted) => value.as_f64().is_some_and(|number| match *operator {
                "=" => (number - wanted).abs() < f64::EPSILON,
                "!=" => (number - wanted).abs() >= f64::EPSILON,
                ">" => number > *wanted,
                "<" => number < *wanted,
                ">=" => number >= *wanted,
                _ => number <= *wanted,
            }),
            Self::Text { equal, pattern } => wildcard(pattern, &text()) == *equal,
            Self::Expression { equal, expression } => expression.is_match(&text()) == *equal,
            Self::IsTrue => *value == Value::Bool(true),
            Self::IsFalse => *value == Value::Bool(false),
            Self::IsNull => value.is_null(),
            Self::Exists => true,
            Self::NotExists => false,
        }
    }
}

fn select<'value>(value: &'value Value, path: &[Step]) -> Vec<&'value Value> {
    path.iter().fold(vec![value], |found, step| {
        found
            .into_iter()
            .flat_map(|value| match step {
                Step::Member(name) => value.get(name).into_iter().collect::<Vec<_>>(),
                Step::Element(at) => value.get(at).into_iter().collect(),
                Step::EveryElement => value.as_array().into_iter().flatten().collect(),
            })
            .collect()
    })
}

struct Reader<'text> {
    rest: &'text str,
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut conditions = vec![self.all()?];
        while self.take("||") {
            conditions.push(self.all()?);
        }
        Ok(Condition::Any(conditions))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut conditions = vec![self.one()?];
        while self.take("&&") {
            conditions.push(self.one()?);
        }
        Ok(Condition::All(conditions))
    }

    fn one(&mut self) -> Result<Condition, String> {
        if !self.take("(") {
            let path = self.path()?;
            return Ok(Condition::Test { path, test: self.test()? });
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("brackets nest deeper than {DEEPEST}"));
        }
        let condition = self.any()?;
        self.depth -= 1;
        if self.take(")") { Ok(condition) } else { Err("a bracket is not closed".to_owned()) }
    }

    /// `$.a.b[0]["c d"]`
    fn path(&mut self) -> Result<Vec<Step>, String> {
        let end =
            self.rest.find(|letter: char| letter.is_whitespace() || "=!<>".contains(letter)).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest.trim_start();
        let selector = text.strip_prefix('$').ok_or_else(|| format!("`{text}` is no selector such as `$.name`"))?;
        let mut steps = Vec::new();
        for part in selector.split('.').skip(1) {
            let (name, elements) = part.split_once('[').map_or((part, None), |(name, elements)| (name, Some(elements)));
            if name.is_empty() && elements.is_none() {
                return Err(format!("`{text}` has an empty part"));
            }
            if !name.is_empty() {
                steps.push(Step::Member(name.to_owned()));
            }
            for element in elements.into_iter().flat_map(|elements| elements.split('[')) {
                let inner =
                    element.strip_suffix(']').ok_or_else(|| format!("`{text}` has a bracket that is not closed"))?;
                steps.push(match inner {
                    "*" => Step::EveryElement,
                    number => Step::Element(number.parse().map_err(|_| format!("`{number}` is no index"))?),
                });
            }
        }
        Ok(steps)
    }

    fn test(&mut self) -> Result<Test, String> {
        for (words, test) in [
            ("NOT EXISTS", Test::NotExists),
            ("EXISTS", Test::Exists),
            ("IS TRUE", Test::IsTrue),
            ("IS FALSE", Test::IsFalse),
            ("IS NULL", Test::IsNull),
        ] {
            if self.take(words) {
                return Ok(test);
            }
        }
        let operator = COMPARISONS.into_iter().find(|operator| self.take(operator));
        let operator = operator.ok_or_else(|| format!("`{}` is no operator", self.rest))?;
        let value = self.value()?;
        if let Value::Number(number) = &value
            && let Some(number) = number.as_f64()
        {
            return Ok(Test::Compare(operator, number));
        }
        let text = value.as_str().unwrap_or_default();
        let equal = match operator {
            "=" => true,
            "!=" => false,
            other => return Err(format!("`{other}` compares numbers only")),
        };
        if let Some(expression) = text.strip_prefix('%').and_then(|text| text.strip_suffix('%')) {
            let expression = Regex::new(expression).map_err(|error| error.to_string())?;
            return Ok(Test::Expression { equal, expression });
        }
        Ok(Test::Text { equal, pattern: text.to_owned() })
    }

    /// A quoted text, a number, or a bare word.
    fn value(&mut self) -> Result<Value, String> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let (text, rest) = quoted.split_once('"').ok_or("a quotation mark is not closed")?;
            self.rest = rest.trim_start();
            return Ok(Value::String(text.to_owned()));
        }
        let stop = |letter: char| letter.is_whitespace() || ")&|".contains(letter);
        let end = self.rest.find(stop).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        if word.is_empty() {
            return Err("a value is missing".to_owned());
        }
        self.rest = rest.trim_start();
        Ok(word.parse::<f64>().map_or_else(|_| Value::String(word.to_owned()), Value::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_select_and_compare() {
        let message = serde_json::json!({"type": "TaskFailed", "code": 502, "ok": false, "none": null,
            "details": {"name": "ValidateOrder"}, "items": [{"id": "a"}, {"id": "b"}]});
        for (pattern, fits) in [
            (r#"{ $.type = "TaskFailed" }"#, true),
            (r#"{ $.type = "Task*" }"#, true),
            (r#"{ $.type != "TaskFailed" }"#, false),
            ("{ $.type = TaskFailed }", true),
            ("{$.code>=500}", true),
            ("{ $.code < 500 }", false),
            ("{ $.code = 502 && $.ok IS FALSE }", true),
            (r#"{ $.code = 1 || ($.details.name = "Validate*" && $.none IS NULL) }"#, true),
            ("{ $.absent NOT EXISTS }", true),
            ("{ $.absent = 1 }", false),
            (r#"{ $.items[1].id = "b" }"#, true),
            (r#"{ $.items[*].id = "c" }"#, false),
            ("{ $.type = %^Task% }", true),
        ] {
            assert_eq!(Condition::parse(pattern).unwrap().holds(&message), fits, "{pattern}");
        }
    }

    #[test]
    fn mistakes_are_errors() {
        for pattern in [
            "{",
            "{ }",
            "{ a = 1 }",
            "{ $.a }",
            "{ $.a = }",
            "{ $.a = 1 || }",
            "{ ($.a = 1 }",
            "{ $.a > \"x\" }",
            "{ $.a = 1 } x",
        ] {
            assert!(Condition::parse(pattern).is_err(), "{pattern}");
        }
        assert!(Condition::parse(&format!("{{ {} }}", "(".repeat(10_000))).is_err());
    }
}
