//! The query language of a machine and of its states, and the fields that belong to one only.

use labctl_source::{Content, Node};

use super::fields::Fields;
use crate::placeholder::has_placeholder;

/// QueryLanguage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    JsonPath,
    Jsonata,
}

/// Fields that only JSONata has.
const OF_JSONATA: [&str; 4] = ["Arguments", "Condition", "Items", "Output"];
/// Fields that only JSONPath has.
const OF_JSONPATH: [&str; 20] = [
    "CausePath",
    "ErrorPath",
    "HeartbeatSecondsPath",
    "InputPath",
    "ItemsPath",
    "MaxConcurrencyPath",
    "MaxInputBytesPerBatchPath",
    "MaxItemsPath",
    "MaxItemsPerBatchPath",
    "OutputPath",
    "Parameters",
    "Result",
    "ResultPath",
    "ResultSelector",
    "SecondsPath",
    "TimeoutSecondsPath",
    "TimestampPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "Variable",
];

impl Language {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::JsonPath => "JSONPath",
            Self::Jsonata => "JSONata",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::JsonPath => Self::Jsonata,
            Self::Jsonata => Self::JsonPath,
        }
    }

    /// Whether a field belongs to the other language.
    pub(super) fn excludes(self, field: &str) -> bool {
        match self {
            Self::JsonPath => OF_JSONATA.contains(&field),
            Self::Jsonata => OF_JSONPATH.contains(&field),
        }
    }
}

/// Whether another tool says in which language a state is; `machine` tells it of the machine.
pub(super) fn is_language_open(fields: &Fields<'_>, machine: bool) -> bool {
    fields.text_of("QueryLanguage").map_or(machine, has_placeholder)
}

/// Whether a state has fields of JSONata, or expressions in its marks.
pub(super) fn looks_like_jsonata(fields: &Fields<'_>) -> bool {
    let own = |name: &str| OF_JSONATA.contains(&name);
    let inner = ["Branches", "ItemProcessor", "Iterator"];
    fields.members.iter().filter(|member| !inner.contains(&member.key.as_str())).any(|member| {
        let rules = member.value.elements().unwrap_or_default().iter().filter_map(Node::members);
        let in_list = matches!(member.key.as_str(), "Choices" | "Catch") && rules.flatten().any(|it| own(&it.key));
        own(&member.key) || in_list || has_marks(&member.value)
    })
}

fn has_marks(node: &Node) -> bool {
    match &node.content {
        Content::String(text) => text.starts_with("{%"),
        Content::Array(elements) => elements.iter().any(has_marks),
        Content::Object(members) => members.iter().any(|member| has_marks(&member.value)),
        _ => false,
    }
}
