//! The parts of a path.

use super::filter::Filter;

/// A parsed path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    /// As it is written.
    pub text: String,
    /// What it is applied to.
    pub root: Root,
    /// From the root on.
    pub steps: Vec<Step>,
    /// What is asked about what they find.
    pub function: Option<Function>,
}

/// `.length()` at the end of a path.
///
/// Jayway's others compute with Java's numbers and texts, which the values that AWS hands them are not: they find nothing.
/// <https://github.com/json-path/JsonPath#functions>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// Elements of a list, members of an object, characters of a text.
    Length,
    /// One that finds nothing.
    Vain,
}

impl Function {
    /// A function that Jayway knows.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "length" | "size" => Some(Self::Length),
            "min" | "max" | "avg" | "stddev" | "sum" | "keys" | "concat" | "append" | "first" | "last" | "index" => {
                Some(Self::Vain)
            }
            _ => None,
        }
    }
}

/// What a path begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// `$`, the input.
    Input,
    /// `$$`, the context object.
    Context,
    /// `$name`, a variable.
    Variable(String),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// `.name`, `['name']`
    Name(String),
    /// `['a', 'b']`
    Names(Vec<String>),
    /// `[0]`, `[-1]`
    Index(i64),
    /// `[0, 2]`
    Indices(Vec<i64>),
    /// `[1:3]`
    Slice(Option<i64>, Option<i64>),
    /// `.*`, `[*]`
    Wildcard,
    /// `..`: the next step is applied to every value below, this one included.
    Descend,
    /// `[?(…)]`
    Filter(Filter),
}

impl Step {
    /// Whether it leads to one value at most.
    fn is_definite(&self, last: bool) -> bool {
        match self {
            Self::Name(_) | Self::Index(_) => true,
            Self::Names(_) => last,
            _ => false,
        }
    }

    /// Positions as they are written.
    pub(super) fn shown(&self) -> String {
        let bound = |at: &Option<i64>| at.map(|at| at.to_string()).unwrap_or_default();
        match self {
            Self::Indices(all) => format!("[{}]", all.iter().map(i64::to_string).collect::<Vec<_>>().join(",")),
            Self::Slice(from, to) => format!("[{}:{}]", bound(from), bound(to)),
            _ => "[*]".to_owned(),
        }
    }
}

impl Path {
    /// Whether it names one value; otherwise its result is the list of what it finds.
    pub(crate) fn is_definite(&self) -> bool {
        let last = self.steps.len().saturating_sub(1);
        self.steps.iter().enumerate().all(|(index, step)| step.is_definite(index == last))
    }
}
