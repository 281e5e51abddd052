//! In which language a machine and its states are.

use super::fields::Fields;
use super::language::{Language, is_language_open, looks_like_jsonata};
use super::reader::Reader;
use super::rules;

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
