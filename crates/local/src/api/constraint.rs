//! What the rows say of a member's value, read.

use std::sync::OnceLock;

use regex::Regex;
use serde_json::Value;

/// A member that must be there or be something.
#[derive(Debug)]
pub(super) struct Constraint {
    pub(super) path: Vec<Step>,
    pub(super) is_required: bool,
    pub(super) rule: Option<Rule>,
}

/// A step from an input to a value in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Member(&'static str),
    /// Every item of a list.
    Items,
    /// Every key of a map.
    Keys,
    /// Every value of a map.
    Values,
}

/// What a value may be.
#[derive(Debug)]
pub(super) enum Rule {
    Text {
        size: Size,
        pattern: Option<Pattern>,
    },
    /// So many bytes; AWS does not repeat the value in its answer.
    Secret(Size),
    /// One of these, in AWS's order.
    OneOf(Vec<&'static str>),
    /// One of these whole numbers.
    OneNumber(Vec<&'static str>),
    /// A whole number.
    Number {
        least: i64,
        most: i64,
    },
    Truth,
    List(Size),
    Map(Size),
    Structure,
}

/// Characters, bytes or items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    least: usize,
    most: usize,
}

/// A pattern that the whole of a text must have.
#[derive(Debug)]
pub(super) struct Pattern {
    source: &'static str,
    read: OnceLock<Option<Regex>>,
}

impl Constraint {
    /// What a word of a row says beyond that the member is taken.
    pub(super) fn read(word: &'static str) -> Option<Self> {
        let (name, rule) = word.split_once(':').map_or((word, None), |(name, rule)| (name, Some(rule)));
        let bare = name.trim_end_matches('!');
        let is_required = bare != name;
        let rule = rule.and_then(Rule::read);
        (is_required || rule.is_some()).then(|| Self { path: steps(bare), is_required, rule })
    }
}

fn steps(path: &'static str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let name = part.trim_end_matches("[]").trim_end_matches("{}");
        steps.push(if name == "*" { Step::Values } else { Step::Member(name) });
        if part.ends_with("[]") {
            steps.push(Step::Items);
        } else if part.ends_with("{}") {
            steps.push(Step::Keys);
        }
    }
    steps
}

impl Size {
    const ANY: Self = Self { least: 0, most: usize::MAX };

    /// `1..64`, `1..`, or nothing.
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::ANY);
        }
        let (least, most) = text.split_once("..")?;
        let most = if most.is_empty() { usize::MAX } else { most.parse().ok()? };
        Some(Self { least: least.parse().ok()?, most })
    }

    /// What a length breaks.
    fn broken(self, length: usize) -> Option<String> {
        if length > self.most {
            return Some(format!("Member must have length less than or equal to {}", self.most));
        }
        (length < self.least).then(|| format!("Member must have length greater than or equal to {}", self.least))
    }

    /// Both limits, as AWS lists them for the items of a list.
    fn said(self) -> impl Iterator<Item = String> {
        let most =
            (self.most < usize::MAX).then(|| format!("Member must have length less than or equal to {}", self.most));
        let least = most.is_some() || self.least > 0;
        let least = least.then(|| format!("Member must have length greater than or equal to {}", self.least));
        most.into_iter().chain(least)
    }
}

impl Pattern {
    fn fits(&self, text: &str) -> bool {
        // Classes of the models are Java's, which are ASCII.
        let read = || Regex::new(&format!(r"\A(?:{})\z", self.source.replace(r"\w", "A-Za-z0-9_"))).ok();
        self.read.get_or_init(read).as_ref().is_none_or(|pattern| pattern.is_match(text))
    }
}

impl Rule {
    pub(super) fn read(text: &'static str) -> Option<Self> {
        if let Some((size, rest)) = text.split_once('/')
            && let Some(source) = rest.strip_suffix('/')
        {
            let pattern = Pattern { source, read: OnceLock::new() };
            return Some(Self::Text { size: Size::read(size)?, pattern: Some(pattern) });
        }
        Some(match text {
            "bool" => Self::Truth,
            "structure" => Self::Structure,
            _ if text.starts_with('#') && text.contains('|') => {
                Self::OneNumber(text.trim_start_matches('#').split('|').collect())
            }
            _ if text.starts_with('#') => {
                let limits = text.trim_start_matches('#');
                let (least, most) = limits.split_once("..").unwrap_or(("0", limits));
                let most = if most.is_empty() { i64::MAX } else { most.parse().ok()? };
                Self::Number { least: least.parse().ok()?, most }
            }
            _ if text.starts_with("list") => Self::List(Size::read(text.trim_start_matches("list"))?),
            _ if text.starts_with("map") => Self::Map(Size::read(text.trim_start_matches("map"))?),
            _ if text.contains("..") => match text.strip_suffix('B') {
                Some(bytes) => Self::Secret(Size::read(bytes)?),
                None => Self::Text { size: Size::read(text)?, pattern: None },
            },
            _ => Self::OneOf(text.split('|').collect()),
        })
    }

    /// Whether a value is of the type. What came in a form or an address is text, and a list of one item the item.
    pub(super) fn fits(&self, value: &Value, is_text: bool) -> bool {
        match self {
            Self::Text { .. } | Self::Secret(_) | Self::OneOf(_) => value.is_string(),
            Self::Number { .. } | Self::OneNumber(_) => number(value, is_text).is_some(),
            Self::Truth => value.is_boolean() || (is_text && matches!(value.as_str(), Some("true" | "false"))),
            Self::List(_) => value.is_array() || (is_text && value.is_string()),
            Self::Map(_) => value.is_object() || (is_text && value.is_array()),
            Self::Structure => value.is_object(),
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } | Self::Secret(_) | Self::OneOf(_) => "a string",
            Self::Number { .. } | Self::OneNumber(_) => "a whole number",
            Self::Truth => "true or false",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Structure => "a structure",
        }
    }

    /// What a value of the type breaks, in AWS's words.
    pub(super) fn broken(&self, value: &Value) -> Vec<String> {
        let text = value.as_str().unwrap_or_default();
        let items = value.as_array().map(Vec::len).or_else(|| value.as_object().map(serde_json::Map::len)).unwrap_or(1);
        match self {
            Self::Text { size, pattern } => {
                let pattern = pattern.as_ref().filter(|pattern| !pattern.fits(text)).map(Pattern::said);
                size.broken(text.chars().count()).into_iter().chain(pattern).collect()
            }
            Self::Secret(size) => size.broken(text.len()).into_iter().collect(),
            Self::List(size) | Self::Map(size) => size.broken(items).into_iter().collect(),
            Self::OneOf(known) => (!known.contains(&text)).then(|| said_of(known)).into_iter().collect(),
            Self::OneNumber(known) => {
                let number = number(value, true).map(|number| number.to_string()).unwrap_or_default();
                (!known.contains(&number.as_str())).then(|| said_of(known)).into_iter().collect()
            }
            Self::Number { least, most } => {
                let number = number(value, true).unwrap_or(i64::MAX);
                let below =
                    (number < *least).then(|| format!("Member must have value greater than or equal to {least}"));
                let above = (number > *most).then(|| format!("Member must have value less than or equal to {most}"));
                below.into_iter().chain(above).collect()
            }
            Self::Truth | Self::Structure => Vec::new(),
        }
    }

    /// All that it asks for, as AWS lists it for the items of a list and the keys and values of a map.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Text { size, pattern } => {
                let pattern = pattern.as_ref().map(Pattern::said);
                size.said().chain(pattern).collect::<Vec<_>>().join(", ")
            }
            Self::OneOf(known) => said_of(known),
            _ => String::new(),
        }
    }
}

impl Pattern {
    fn said(&self) -> String {
        format!("Member must satisfy regular expression pattern: {}", self.source)
    }
}

fn said_of(known: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", known.join(", "))
}

fn number(value: &Value, is_text: bool) -> Option<i64> {
    let number = value.as_i64().or_else(|| value.as_u64().map(|_| i64::MAX));
    number.or_else(|| value.as_str().filter(|_| is_text)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::super::table::ALL;
    use super::*;

    #[test]
    fn every_rule_of_every_row_can_be_read() {
        for api in ALL {
            for operation in api.operations {
                for word in operation.members.split_ascii_whitespace().filter(|word| word.contains(':')) {
                    let read = Constraint::read(word).unwrap();
                    assert!(read.rule.is_some() && !word.starts_with('~'), "{}: {word}", operation.name);
                }
            }
        }
    }

    #[test]
    fn every_pattern_of_every_row_can_be_read() {
        let operations = ALL.iter().flat_map(|api| api.operations);
        let mut patterns = 0;
        for word in operations.flat_map(|operation| operation.members.split_ascii_whitespace()) {
            if let Some(Rule::Text { pattern: Some(pattern), .. }) = Constraint::read(word).and_then(|read| read.rule) {
                pattern.fits("");
                assert!(pattern.read.get().unwrap().is_some(), "{word}");
                patterns += 1;
            }
        }
        assert!(patterns > 50, "{patterns}");
    }
}
