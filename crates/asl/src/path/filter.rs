//! `[?(…)]`: the condition on each element, as Jayway's `Filter` and `Criteria` take it.

use std::borrow::Cow;

use serde_json::Value;

use super::compare::{Comparison, Side};
use super::parser::{Compiler, Stuck};
use super::pattern::Pattern;
use super::selection::{Ground, Stop, find_in};
use super::syntax::{PathWarning, Step};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    One(Criterion),
    All(Vec<Filter>),
    Either(Box<Filter>, Box<Filter>),
}

/// One comparison, or a question whether something is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Criterion {
    left: Operand,
    test: Test,
    right: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    /// The left side is there and not null, or it is not.
    Exists(bool),
    Compare(Comparison),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
enum Operand {
    /// `@…`
    Element(Vec<Step>),
    /// `$…`
    Root(Vec<Step>),
    /// Any other word is text, with quotes and without.
    Text(Value),
    Pattern(Pattern),
}

impl Filter {
    /// From what stands between `[` and `]`, which begins at character `start` of the path.
    pub(super) fn read(
        letters: &[char],
        depth: usize,
        warnings: &mut Vec<PathWarning>,
        start: usize,
    ) -> Result<Self, Stuck> {
        let text: String = letters.iter().collect();
        let inner = text.trim().strip_prefix('?').map(str::trim).unwrap_or_default();
        let inner = inner.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        let inner = inner.ok_or_else(|| Stuck::unread("a filter is written `[?(…)]`", 0))?.trim();
        let mut criteria = Vec::new();
        let mut operators = Vec::new();
        for part in split(inner) {
            match part.trim() {
                "&&" => operators.push(true),
                "||" => operators.push(false),
                part => criteria.push(Criterion::read(clean(part), depth)?),
            }
        }
        warning(inner, !operators.is_empty(), warnings, start);
        let invalid = || Stuck::unread(format!("Invalid operators {inner}"), 0);
        let mut filter = Self::One(criteria.pop().ok_or_else(invalid)?);
        // From the last to the first, which is how `&&` comes to bind more strongly.
        for is_and in operators.into_iter().rev() {
            let other = Self::One(criteria.pop().ok_or_else(invalid)?);
            filter = if is_and { filter.and(other) } else { Self::Either(Box::new(filter), Box::new(other)) };
        }
        if criteria.is_empty() { Ok(filter) } else { Err(invalid()) }
    }

    fn and(self, other: Self) -> Self {
        match self {
            Self::One(_) => Self::All(vec![self, other]),
            Self::All(mut parts) => {
                parts.push(other);
                Self::All(parts)
            }
            Self::Either(left, right) => Self::Either(left, Box::new(right.and(other))),
        }
    }

    /// Whether it holds for an element.
    pub(super) fn accepts<'v>(&self, element: &'v Value, ground: &Ground<'v>) -> Result<bool, Stop> {
        match self {
            Self::One(criterion) => criterion.accepts(element, ground),
            Self::All(parts) => {
                for part in parts {
                    if !part.accepts(element, ground)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Either(left, right) => Ok(left.accepts(element, ground)? || right.accepts(element, ground)?),
        }
    }
}

/// The parts between `&&` and `||`, and these: in quotes and brackets too.
fn split(text: &str) -> Vec<&str> {
    let mut cuts: Vec<usize> = Vec::new();
    for operator in ["&&", "||"] {
        let bytes = text.as_bytes().windows(2).enumerate().filter(|(_, pair)| *pair == operator.as_bytes());
        cuts.extend(bytes.flat_map(|(at, _)| [at, at + 2]));
    }
    cuts.push(text.len());
    cuts.sort_unstable();
    cuts.dedup();
    let mut parts = Vec::new();
    let mut start = 0;
    for cut in cuts {
        if cut > start {
            parts.extend(text.get(start..cut));
            start = cut;
        }
    }
    parts
}

/// Brackets around a part are passed over, wherever they close.
fn clean(part: &str) -> &str {
    part.trim_start_matches(['[', '?', '(', ' ']).trim_end_matches([')', ' '])
}

/// What is odd about a condition.
fn warning(inner: &str, joined: bool, warnings: &mut Vec<PathWarning>, start: usize) {
    let mut tell = |reason: &str, help: &'static str| {
        warnings.push(PathWarning { reason: reason.to_owned(), help, at: start + 2 });
    };
    let outside: String = inner.split('\'').step_by(2).collect();
    if outside.contains('"') {
        tell(
            "text in a filter has single quotes: double quotes are compared as part of the text",
            "write `[?(@.name == 'text')]`",
        );
    }
    let opens = outside.replace("()", "").matches('(').count();
    if joined && opens > 0 {
        tell(
            "brackets in a filter are passed over: `&&` always binds more strongly than `||`",
            "write the condition without them: `a && b || a && c`",
        );
    }
    let bare = |part: &str| part.split('@').skip(1).any(|rest| !rest.starts_with(['.', '[']));
    if bare(&outside) {
        tell(
            "AWS's guide says that `@` does not match scalar values, only objects",
            "use `States.ArrayContains`, or JSONata",
        );
    }
}

impl Criterion {
    fn read(text: &str, depth: usize) -> Result<Self, Stuck> {
        let operators = [
            ("==", Comparison::Equal),
            (">=", Comparison::GreaterOrEqual),
            ("<=", Comparison::LessOrEqual),
            ("!=", Comparison::NotEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=~", Comparison::Matches),
        ];
        let found = operators.iter().find_map(|(word, comparison)| Some((text.split_once(word)?, *comparison)));
        let Some(((left, right), comparison)) = found else {
            let (positive, path) = match text.strip_prefix('!').filter(|rest| rest.starts_with('@')) {
                Some(path) => (false, path),
                None => (true, text),
            };
            if !path.starts_with(['@', '$']) {
                return Err(Stuck::unread(format!("`{text}` is no condition"), 0));
            }
            let left = Operand::read(path, depth)?;
            return Ok(Self { left, test: Test::Exists(positive), right: Operand::Text(Value::Null) });
        };
        let (left, right) = (left.trim(), right.trim());
        if right.starts_with("!@") {
            return Err(Stuck::unread("Invalid negation! Can only be used for existence check e.g [?(!@.foo)]", 0));
        }
        let left = left.strip_prefix('!').filter(|rest| rest.starts_with('@')).unwrap_or(left);
        Ok(Self {
            left: Operand::read(left, depth)?,
            test: Test::Compare(comparison),
            right: Operand::read(right, depth)?,
        })
    }

    fn accepts<'v>(&self, element: &'v Value, ground: &Ground<'v>) -> Result<bool, Stop> {
        let comparison = match self.test {
            Test::Compare(comparison) => comparison,
            Test::Exists(wanted) => {
                // Even `$` stands for the element here.
                let steps = match &self.left {
                    Operand::Element(steps) | Operand::Root(steps) => steps.as_slice(),
                    _ => &[],
                };
                return match find_in(steps, element, ground, true) {
                    Ok(found) => Ok(found.is_null() != wanted),
                    Err(Stop::Nothing(_)) => Ok(!wanted),
                    Err(stop) => Err(stop),
                };
            }
        };
        let left = match self.left.value(element, ground) {
            Err(Stop::Nothing(_)) => return Ok(false),
            other => other?,
        };
        let right = match self.right.value(element, ground) {
            Err(Stop::Nothing(_)) => return Ok(false),
            other => other?,
        };
        comparison.holds(&left, &right).map_err(Stop::Invalid)
    }
}

impl Operand {
    fn read(text: &str, depth: usize) -> Result<Self, Stuck> {
        if text.starts_with(['@', '$']) {
            let letters: Vec<char> = text.chars().collect();
            if !matches!(letters.get(1), None | Some('.' | '[')) {
                return Err(Stuck::unread(format!("Invalid path {text}"), 0));
            }
            let mut compiler = Compiler::new(&letters, depth + 1);
            compiler.steps(1).map_err(|stuck| Stuck { at: 0, ..stuck })?;
            if !compiler.steps.iter().all(Step::is_definite) {
                return Err(Stuck::unread(format!("the predicate path: {text} is not definite"), 0));
            }
            let steps = compiler.steps;
            return Ok(if text.starts_with('@') { Self::Element(steps) } else { Self::Root(steps) });
        }
        if let Some(rest) = text.strip_prefix('\'')
            && text.ends_with('\'')
        {
            let inner = rest.strip_suffix('\'').ok_or_else(|| Stuck::unread("a quote is not closed", 0))?;
            return Ok(Self::Text(Value::from(inner)));
        }
        if let Some(rest) = text.strip_prefix('/')
            && (rest.ends_with('/') || rest.ends_with("/i"))
        {
            let (pattern, flags) = rest.rsplit_once('/').unwrap_or((rest, ""));
            return Pattern::new(pattern, flags == "i").map(Self::Pattern).map_err(|reason| Stuck::unread(reason, 0));
        }
        Ok(Self::Text(Value::from(text)))
    }

    fn value<'o, 'v: 'o>(&'o self, element: &'v Value, ground: &Ground<'v>) -> Result<Side<'o>, Stop> {
        match self {
            Self::Element(steps) => find_in(steps, element, ground, false).map(Side::Value),
            Self::Root(steps) => find_in(steps, ground.value, ground, false).map(Side::Value),
            Self::Text(text) => Ok(Side::Value(Cow::Borrowed(text))),
            Self::Pattern(pattern) => Ok(Side::Pattern(pattern)),
        }
    }
}
