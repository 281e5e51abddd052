//! The query language of a machine and of its states, and the fields that belong to one only.

use labctl_source::{Content, Node};

use super::fields::Fields;
use super::reader::Reader;
use super::rules;
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
    fn name(self) -> &'static str {
        match self {
            Self::JsonPath => "JSONPath",
            Self::Jsonata => "JSONata",
        }
    }

    fn other(self) -> Self {
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

impl Reader {
    /// QueryLanguage, if it is there and in order.
    pub(super) fn query_language(&mut self, fields: &Fields<'_>) -> Option<Language> {
        match fields.text("QueryLanguage", &mut self.report)? {
            "JSONPath" => Some(Language::JsonPath),
            "JSONata" => Some(Language::Jsonata),
            _ => {
                let message = "The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]";
                let at = fields.get("QueryLanguage").map_or(fields.at, |node| node.at);
                self.report.tell(&rules::BAD_VALUE, message, &fields.pointer("QueryLanguage"), at);
                None
            }
        }
    }

    /// The language of a state: its own, or the machine's; JSONata cannot be taken back.
    ///
    /// One that another tool fills in is taken for what the state looks like, and nothing that hangs on it is certain.
    pub(super) fn state_language(&mut self, fields: &Fields<'_>) -> Language {
        let own = self.query_language(fields);
        if own == Some(Language::JsonPath) && self.machine_language == Language::Jsonata {
            let message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
            self.report.tell(&rules::QUERY_LANGUAGE_DOWNGRADE, message, &fields.pointer, fields.place("QueryLanguage"));
            self.report
                .help("let the machine be JSONPath, which is the default, and set `JSONata` in the other states");
        }
        self.report.open_language = is_language_open(fields, self.machine_open);
        if self.report.open_language {
            return if looks_like_jsonata(fields) { Language::Jsonata } else { Language::JsonPath };
        }
        own.unwrap_or(self.machine_language)
    }

    /// A finding for a field of the other language.
    pub(super) fn foreign(&mut self, fields: &Fields<'_>, name: &str) {
        let (own, other) = (self.language.name(), self.language.other().name());
        let message = format!(
            "The QueryLanguage is set to '{own}', but field '{name}' is only supported for the '{other}' QueryLanguage"
        );
        self.report.tell(&rules::OTHER_QUERY_LANGUAGE, message, fields.own_pointer(), fields.place(name));
        self.report.help(match self.language {
            Language::JsonPath => "set `\"QueryLanguage\": \"JSONata\"`, or use JSONPath's fields",
            Language::Jsonata => "JSONata has `Arguments`, `Output` and `Assign`, with `{% … %}` in them",
        });
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
