//! Whether a Choice rule holds.

use std::cmp::Ordering;

use serde_json::Value;

use super::definition::{Condition, Domain, Glob, Nature, Operand, Relation, Test};
use super::failure::Failure;
use super::scope::Scope;
use super::timestamp;

impl Condition {
    /// Whether it holds. A path that leads nowhere is a runtime error, except for IsPresent.
    pub(super) fn holds(&self, scope: &mut Scope<'_>) -> Result<bool, Failure> {
        match self {
            Self::Query(query) => query.boolean(scope),
            Self::Always(holds) => Ok(*holds),
            Self::And(parts) => {
                for part in parts {
                    if !part.holds(scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(parts) => {
                for part in parts {
                    if part.holds(scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(part) => part.holds(scope).map(|holds| !holds),
            Self::Test { variable, test } => {
                let found = scope.select(variable);
                if let Test::Is { what: Nature::Present, expected } = test {
                    return Ok(found.is_ok() == *expected);
                }
                let value = found.map_err(|_| invalid(&variable.text))?;
                test.passes(&value, scope)
            }
        }
    }
}

fn invalid(path: &str) -> Failure {
    Failure::runtime(format!("Invalid path '{path}': The choice state's condition path references an invalid value."))
}

impl Test {
    fn passes(&self, value: &Value, scope: &Scope<'_>) -> Result<bool, Failure> {
        match self {
            Self::Is { what, expected } => Ok(what.fits(value) == *expected),
            Self::Matches(pattern) if pattern.contains(&Glob::OpenEscape) => {
                Err(Failure::runtime("The StringMatches pattern has a backslash that escapes neither '*' nor '\\'."))
            }
            Self::Matches(pattern) => Ok(value.as_str().is_some_and(|text| matches(pattern, text))),
            Self::Compare { domain, relation, operand } => {
                let order = match operand {
                    Operand::Literal(other) => domain.order(value, other),
                    Operand::Path(path) => domain.order(value, &*scope.select(path).map_err(|_| invalid(&path.text))?),
                };
                Ok(order.is_some_and(|order| relation.allows(order)))
            }
        }
    }
}

impl Nature {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Present => true,
            Self::Null => value.is_null(),
            Self::Numeric => value.is_number(),
            Self::String => value.is_string(),
            Self::Boolean => value.is_boolean(),
            Self::Timestamp => value.as_str().is_some_and(|text| timestamp::parse(text).is_some()),
        }
    }
}

impl Domain {
    /// How two values compare, if both belong here.
    fn order(self, left: &Value, right: &Value) -> Option<Ordering> {
        match self {
            // Java compares UTF-16 units.
            Self::String => Some(left.as_str()?.encode_utf16().cmp(right.as_str()?.encode_utf16())),
            Self::Boolean => Some(left.as_bool()?.cmp(&right.as_bool()?)),
            Self::Timestamp => Some(timestamp::parse(left.as_str()?)?.cmp(&timestamp::parse(right.as_str()?)?)),
            Self::Numeric => match (left.as_i64(), right.as_i64()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
            },
        }
    }
}

impl Relation {
    fn allows(self, order: Ordering) -> bool {
        match self {
            Self::Equals => order == Ordering::Equal,
            Self::LessThan => order == Ordering::Less,
            Self::GreaterThan => order == Ordering::Greater,
            Self::LessThanEquals => order != Ordering::Greater,
            Self::GreaterThanEquals => order != Ordering::Less,
        }
    }
}

/// The parts of a pattern: `*` is anything, `\*` a star, `\\` a backslash.
pub(super) fn glob(pattern: &str) -> Vec<Glob> {
    let mut parts = Vec::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        parts.push(match (letter, letters.peek().copied()) {
            ('\\', Some(next @ ('*' | '\\'))) => {
                letters.next();
                Glob::Literal(next)
            }
            ('\\', _) => Glob::OpenEscape,
            ('*', _) => Glob::Anything,
            _ => Glob::Literal(letter),
        });
    }
    parts
}

/// Goes back to the last `*` only, which is enough and never takes more than pattern times text.
pub(super) fn matches(pattern: &[Glob], text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let (mut part, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < letters.len() {
        match (pattern.get(part), letters.get(at)) {
            (Some(Glob::Anything), _) => {
                star = Some((part, at));
                part += 1;
            }
            (Some(Glob::Literal(wanted)), Some(letter)) if wanted == letter => {
                part += 1;
                at += 1;
            }
            _ => match star.as_mut() {
                Some((starred, from)) => {
                    *from += 1;
                    part = *starred + 1;
                    at = *from;
                }
                None => return false,
            },
        }
    }
    pattern.get(part..).unwrap_or_default().iter().all(|rest| *rest == Glob::Anything)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_ordered_within_their_domain_only() {
        use Ordering::{Equal, Greater, Less};
        let order = |domain: Domain, left: Value, right: Value| domain.order(&left, &right);
        assert_eq!(order(Domain::Numeric, json!(0.0), json!(0)), Some(Equal));
        assert_eq!(
            order(Domain::Numeric, json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64)),
            Some(Greater)
        );
        assert_eq!(order(Domain::Numeric, json!("1"), json!(1)), None);
        assert_eq!(order(Domain::Numeric, json!(true), json!(1)), None);
        assert_eq!(order(Domain::Boolean, json!(false), json!(0)), None);
        assert_eq!(order(Domain::String, json!("A"), json!("A ")), Some(Less));
        assert_eq!(order(Domain::String, json!("\u{ffff}"), json!("\u{10000}")), Some(Greater));
        assert_eq!(
            order(Domain::Timestamp, json!("2016-08-18T17:33:00Z"), json!("2016-08-18T18:33:00+01:00")),
            Some(Equal)
        );
        assert_eq!(order(Domain::Timestamp, json!("2016-08-18"), json!("2016-08-18T17:33:00Z")), None);
    }

    #[test]
    fn relations_allow_what_their_names_say() {
        use Ordering::{Equal, Greater, Less};
        let allowed = |relation: Relation| [Less, Equal, Greater].map(|order| relation.allows(order));
        assert_eq!(allowed(Relation::Equals), [false, true, false]);
        assert_eq!(allowed(Relation::LessThan), [true, false, false]);
        assert_eq!(allowed(Relation::GreaterThan), [false, false, true]);
        assert_eq!(allowed(Relation::LessThanEquals), [true, true, false]);
        assert_eq!(allowed(Relation::GreaterThanEquals), [false, true, true]);
    }

    #[test]
    fn natures_fit_their_values() {
        let values = [json!(null), json!(1.5), json!("x"), json!(true), json!("2016-08-18T17:33:00Z"), json!([])];
        let fits = |nature: Nature| values.clone().map(|value| nature.fits(&value));
        assert_eq!(fits(Nature::Null), [true, false, false, false, false, false]);
        assert_eq!(fits(Nature::Numeric), [false, true, false, false, false, false]);
        assert_eq!(fits(Nature::String), [false, false, true, false, true, false]);
        assert_eq!(fits(Nature::Boolean), [false, false, false, true, false, false]);
        assert_eq!(fits(Nature::Timestamp), [false, false, false, false, true, false]);
    }

    #[test]
    fn patterns_match_with_stars() {
        for (pattern, text, expected) in [
            ("*.log", "a.log", true),
            ("*.log", "a.txt", false),
            ("log-*.txt", "log-1.txt", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "aXbYbZc", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\\*", r"a\x", true),
        ] {
            assert_eq!(matches(&glob(pattern), text), expected, "{pattern} {text}");
        }
        let stars = "*a".repeat(50);
        assert!(!matches(&glob(&stars), &"b".repeat(5_000)));
    }
}
