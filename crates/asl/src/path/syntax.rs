//! The parts of a path.

use std::fmt::Write;

use super::filter::Filter;

/// A parsed path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    /// As it is written.
    pub text: String,
    /// What it is applied to.
    pub root: Root,
    /// From the root on, as far as it can be read.
    pub steps: Vec<Step>,
    /// Why it fails whatever it is applied to: Step Functions finds out when the state runs.
    pub stuck: Option<PathWarning>,
    /// What may be meant otherwise than it is read.
    pub warnings: Vec<PathWarning>,
}

/// A place in a path that works otherwise than it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathWarning {
    /// What is read there, or Jayway's words about it.
    pub reason: String,
    /// What to write instead.
    pub help: &'static str,
    /// Its character, counted from 0.
    pub at: usize,
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
    /// `.name`, `['name']`, `['a', 'b']`
    Names(Vec<String>),
    /// `[0]`
    Index(i32),
    /// `[0, 2]`
    Indices(Vec<i32>),
    /// `[(@.length-1)]`: the number is added to the length.
    FromEnd(i32),
    /// `[1:]`
    SliceFrom(i32),
    /// `[:3]`
    SliceTo(i32),
    /// `[1:3]`
    SliceBetween(i32, i32),
    /// `.*`, `[*]`
    Wildcard,
    /// `..`: the next step is applied to every object and list below, this one included.
    Scan,
    /// `[?(…)]`
    Filter(Filter),
    /// `$` in the middle of a path: the value stays.
    Here,
}

impl Step {
    /// The one name that it leads to.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Names(names) => names.first().map(String::as_str).filter(|_| names.len() == 1),
            _ => None,
        }
    }

    /// Whether it leads to one value at most.
    pub(super) fn is_definite(&self) -> bool {
        matches!(self, Self::Names(_) | Self::Index(_) | Self::FromEnd(_) | Self::Here)
    }

    /// In Jayway's normal form.
    fn show(&self, into: &mut String) {
        let _ = match self {
            Self::Names(names) => write!(into, "['{}']", names.join("', '")),
            Self::Index(at) => write!(into, "[{at}]"),
            Self::Indices(all) => {
                write!(into, "[{}]", all.iter().map(i32::to_string).collect::<Vec<_>>().join(","))
            }
            Self::FromEnd(at) => write!(into, "[@.size(){at}]"),
            Self::SliceFrom(from) => write!(into, "[{from}:]"),
            Self::SliceTo(to) => write!(into, "[:{to}]"),
            Self::SliceBetween(from, to) => write!(into, "[{from}:{to}]"),
            Self::Wildcard => write!(into, "[*]"),
            Self::Scan => write!(into, ".."),
            Self::Filter(_) => write!(into, "[?]"),
            Self::Here => write!(into, "$"),
        };
    }
}

/// Steps in Jayway's normal form: `['a'][0]`.
pub(super) fn shown(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        step.show(&mut text);
    }
    text
}

impl Path {
    /// Whether it names one value; otherwise its result is the list of what it finds.
    pub(crate) fn is_definite(&self) -> bool {
        self.steps.iter().all(Step::is_definite)
    }

    /// Whether it is read as it looks.
    pub(crate) fn is_sound(&self) -> bool {
        self.stuck.is_none() && self.warnings.is_empty()
    }

    /// What is odd about it, the worst first.
    pub(crate) fn oddities(&self) -> impl Iterator<Item = &PathWarning> {
        self.stuck.iter().chain(&self.warnings)
    }
}
