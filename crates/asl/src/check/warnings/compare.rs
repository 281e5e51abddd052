//! Conditions of a Choice, compared with one another whatever the input is.
//!
//! A `true` is certain; a `false` means that nothing is known.

use serde_json::Value;

use crate::definition::{Condition, Domain, Nature, Operand, Relation, Test};
use crate::query::Query;

/// Functions whose value is another one each time.
const RESTLESS: [&str; 5] = ["millis", "now", "random", "shuffle", "uuid"];

/// Whether a condition can never hold.
pub(super) fn never_holds(condition: &Condition) -> bool {
    match condition {
        Condition::Always(holds) => !holds,
        Condition::Query(query) => query.expression.text == "false",
        Condition::And(parts) => {
            parts.iter().any(never_holds)
                || parts
                    .iter()
                    .enumerate()
                    .any(|(index, part)| parts.iter().skip(index + 1).any(|other| excludes(part, other)))
        }
        Condition::Or(parts) => parts.iter().all(never_holds),
        Condition::Not(inner) => always_holds(inner),
        Condition::Test { .. } => false,
    }
}

fn always_holds(condition: &Condition) -> bool {
    match condition {
        Condition::Always(holds) => *holds,
        Condition::Query(query) => query.expression.text == "true",
        Condition::And(parts) => parts.iter().all(always_holds),
        Condition::Or(parts) => parts.iter().any(always_holds),
        Condition::Not(inner) => never_holds(inner),
        Condition::Test { .. } => false,
    }
}

/// Whether `second` holds wherever `first` does.
pub(super) fn implies(first: &Condition, second: &Condition) -> bool {
    if always_holds(second) || never_holds(first) {
        return true;
    }
    match (first, second) {
        (Condition::Or(parts), _) => parts.iter().all(|part| implies(part, second)),
        (_, Condition::And(parts)) => parts.iter().all(|part| implies(first, part)),
        (Condition::And(parts), Condition::Or(others)) => {
            others.iter().any(|other| implies(first, other)) || parts.iter().any(|part| implies(part, second))
        }
        (Condition::And(parts), _) => parts.iter().any(|part| implies(part, second)),
        (_, Condition::Or(parts)) => parts.iter().any(|part| implies(first, part)),
        (Condition::Not(first), Condition::Not(second)) => implies(second, first),
        (_, Condition::Not(second)) => excludes(first, second),
        (Condition::Test { variable, test }, Condition::Test { variable: other, test: wanted }) => {
            variable == other && test_implies(test, wanted)
        }
        (Condition::Query(first), Condition::Query(second)) => same_query(first, second),
        _ => false,
    }
}

/// Whether the two never hold together.
fn excludes(first: &Condition, second: &Condition) -> bool {
    if never_holds(first) || never_holds(second) {
        return true;
    }
    match (first, second) {
        (Condition::Or(parts), other) | (other, Condition::Or(parts)) => parts.iter().all(|part| excludes(part, other)),
        (Condition::And(parts), other) | (other, Condition::And(parts)) => {
            parts.iter().any(|part| excludes(part, other))
        }
        (Condition::Not(inner), other) | (other, Condition::Not(inner)) => implies(other, inner),
        (Condition::Test { variable, test }, Condition::Test { variable: other, test: second }) => {
            // A path to many values compares their list, which is no number, text or boolean.
            variable == other && test_excludes(test, second)
        }
        _ => false,
    }
}

fn same_query(first: &Query, second: &Query) -> bool {
    let restless = first.expression.names().any(|name| RESTLESS.contains(&name));
    !restless && first.expression.text == second.expression.text
}

fn test_implies(first: &Test, second: &Test) -> bool {
    match (first, second) {
        (Test::Is { what, expected }, Test::Is { what: other, expected: wanted }) => {
            what == other && expected == wanted
        }
        (Test::Matches(first), Test::Matches(second)) => first == second,
        // What is compared is there.
        (Test::Compare { .. } | Test::Matches(_), Test::Is { what: Nature::Present, expected: true }) => true,
        (
            Test::Compare { domain, relation, operand },
            Test::Compare { domain: other_domain, relation: other_relation, operand: other },
        ) if domain == other_domain => match (operand, other) {
            (Operand::Path(first), Operand::Path(second)) => relation == other_relation && first == second,
            (Operand::Literal(first), Operand::Literal(second)) => {
                (relation == other_relation && first == second)
                    || ranges(*domain, (*relation, first), (*other_relation, second))
                        .is_some_and(|(first, second)| first.is_in(second))
            }
            _ => false,
        },
        _ => false,
    }
}

fn test_excludes(first: &Test, second: &Test) -> bool {
    match (first, second) {
        (Test::Is { what, expected }, Test::Is { what: other, expected: wanted }) => {
            what == other && expected != wanted
        }
        (
            Test::Compare { domain, relation, operand: Operand::Literal(first) },
            Test::Compare { domain: other, relation: other_relation, operand: Operand::Literal(second) },
        ) if domain == other => match domain {
            Domain::Boolean => first != second,
            Domain::String => (*relation, *other_relation) == (Relation::Equals, Relation::Equals) && first != second,
            Domain::Numeric => ranges(*domain, (*relation, first), (*other_relation, second))
                .is_some_and(|(first, second)| !first.meets(second)),
            Domain::Timestamp => false,
        },
        (Test::Compare { domain, .. }, Test::Compare { domain: other, .. }) => {
            let is_text = |domain: Domain| matches!(domain, Domain::String | Domain::Timestamp);
            domain != other && !(is_text(*domain) && is_text(*other))
        }
        _ => false,
    }
}

/// The numbers that a comparison accepts.
#[derive(Clone, Copy)]
struct Range {
    least: f64,
    with_least: bool,
    most: f64,
    with_most: bool,
}

impl Range {
    fn of(relation: Relation, number: f64) -> Self {
        let (least, most) = match relation {
            Relation::Equals => (number, number),
            Relation::LessThan | Relation::LessThanEquals => (f64::NEG_INFINITY, number),
            Relation::GreaterThan | Relation::GreaterThanEquals => (number, f64::INFINITY),
        };
        let with = !matches!(relation, Relation::LessThan | Relation::GreaterThan);
        // Without a bound there is nothing to leave out.
        Self { least, with_least: with || least.is_infinite(), most, with_most: with || most.is_infinite() }
    }

    #[expect(clippy::float_cmp, reason = "both come from the same literals, and only the very same number will do")]
    fn is_in(self, other: Self) -> bool {
        let from = self.least > other.least || (self.least == other.least && (other.with_least || !self.with_least));
        let to = self.most < other.most || (self.most == other.most && (other.with_most || !self.with_most));
        from && to
    }

    #[expect(clippy::float_cmp, reason = "both come from the same literals, and only the very same number will do")]
    fn meets(self, other: Self) -> bool {
        let before = |first: Self, second: Self| {
            first.most < second.least || (first.most == second.least && !(first.with_most && second.with_least))
        };
        !before(self, other) && !before(other, self)
    }
}

fn ranges(domain: Domain, first: (Relation, &Value), second: (Relation, &Value)) -> Option<(Range, Range)> {
    (domain == Domain::Numeric)
        .then(|| Some((Range::of(first.0, first.1.as_f64()?), Range::of(second.0, second.1.as_f64()?))))
        .flatten()
}
