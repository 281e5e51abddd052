//! One state: its type, its fields, where it leads.

use super::owners::{TYPES, own_fields};
use labctl_source::{Content, Node};

use super::fields::Fields;
use super::language::Language;
use super::payload;
use super::reader::{Reader, Siblings};
use super::rules;
use crate::definition::{Kind, State, StateId, Text, WaitFor};
use crate::flow::DataFlow;
use crate::payload::Payload;
use crate::template::Expression;
use crate::timestamp;

/// What needs S3, or another account.
const REFUSED: [&str; 3] = ["Credentials", "ItemReader", "ResultWriter"];

impl Reader {
    pub(super) fn state(&mut self, fields: &Fields<'_>, siblings: &Siblings<'_>) -> State {
        let mut state = State {
            name: String::new(),
            type_name: "",
            kind: Kind::Succeed,
            flow: DataFlow::plain(),
            next: None,
            retry: Vec::new(),
            catch: Vec::new(),
        };
        let kind = fields.text("Type", &mut self.report).unwrap_or_default();
        let Some(kind) = TYPES.into_iter().find(|known| *known == kind) else {
            self.unknown_type(fields, kind);
            state.next = self.target(fields, "Next", siblings);
            return state;
        };
        state.type_name = kind;
        if matches!(kind, "Task" | "Pass" | "Wait" | "Parallel" | "Map") {
            state.next = self.next(fields, siblings);
        }
        let around = std::mem::replace(&mut self.state_pointer, fields.pointer.clone());
        let language_around = (self.language, self.report.open_language);
        let type_around = std::mem::replace(&mut self.state_type, kind);
        self.language = self.state_language(fields);
        self.known_fields(fields, kind);
        fields.text("Comment", &mut self.report);
        state.flow = payload::flow(self, fields, kind);
        state.kind = match kind {
            "Pass" => Kind::Pass { result: self.pass_result(fields).map(Payload::new) },
            "Wait" => self.wait(fields),
            "Fail" => self.fail(fields),
            "Choice" => self.choice(fields, siblings),
            "Task" => self.task(fields),
            "Parallel" => self.parallel(fields),
            "Map" => self.map(fields),
            _ => Kind::Succeed,
        };
        if matches!(kind, "Task" | "Parallel" | "Map") {
            state.retry = self.retry(fields);
            state.catch = self.catch(fields, siblings);
        }
        self.state_pointer = around;
        (self.language, self.report.open_language) = language_around;
        self.state_type = type_around;
        state
    }

    fn unknown_type(&mut self, fields: &Fields<'_>, kind: &str) {
        if fields.has("Type") {
            let message = format!("The field 'Type' should have one of these values: [{}]", TYPES.join(", "));
            let at = fields.get("Type").map_or(fields.at, |node| node.at);
            self.report.tell(&rules::UNKNOWN_STATE_TYPE, message, &fields.pointer("Type"), at);
            self.report.suggest(kind, TYPES);
        } else {
            fields.require(&["Type"], &mut self.report);
        }
    }

    fn known_fields(&mut self, fields: &Fields<'_>, kind: &str) {
        let mut known = vec!["Type", "Comment", "QueryLanguage"];
        known.extend(own_fields(kind));
        if kind != "Fail" {
            known.extend(["InputPath", "OutputPath", "Output"]);
        }
        if !matches!(kind, "Fail" | "Succeed") {
            known.push("Assign");
        }
        if !matches!(kind, "Fail" | "Succeed" | "Choice") {
            known.extend(["Next", "End"]);
        }
        for member in fields.members {
            let name = member.key.as_str();
            if self.language.excludes(name) {
                self.foreign(fields, name);
            } else if REFUSED.contains(&name) {
                let message = format!("the field `{name}` is not supported");
                self.report.tell(&rules::NOT_IN_LOCAL, message, &fields.pointer(name), member.key_at);
            } else if !known.contains(&name) {
                let language = self.language;
                let others = known.iter().copied().filter(|name| !fields.has(name) && !language.excludes(name));
                fields.refuse(name, others, &mut self.report);
            }
        }
    }

    fn next(&mut self, fields: &Fields<'_>, siblings: &Siblings<'_>) -> Option<StateId> {
        let end = fields.get("End").map(|node| (&node.content, node.at));
        let ends = matches!(end, Some((Content::Bool(true), _)));
        let open = fields.is_open("End") || fields.is_incomplete();
        if let Some((content, at)) = end
            && !matches!(content, Content::Bool(_))
        {
            self.report.tell(&rules::WRONG_TYPE, "Value must be true or false", &fields.pointer("End"), at);
        }
        match (fields.has("Next"), ends) {
            (true, true) => {
                let message = "Only one of these fields is allowed: [Next, End]";
                self.report.tell(&rules::NEXT_AND_END, message, &fields.pointer, fields.place("End"));
            }
            (false, false) if !open => {
                let message = "One of these fields is required: [Next, End]";
                self.report.tell(&rules::MISSING_NEXT, message, &fields.pointer, fields.at);
                self.report.help("add `\"Next\": \"…\"`, or `\"End\": true` if nothing follows");
                self.report.follows(fields.has_misspelt("Next") || fields.has_misspelt("End"));
            }
            _ => {}
        }
        self.target(fields, "Next", siblings)
    }

    fn pass_result(&mut self, fields: &Fields<'_>) -> Option<serde_json::Value> {
        let node = fields.get("Result").filter(|_| !self.language.excludes("Result"))?;
        if has_expression(node) {
            let message = "Attempt to use a path in the result of a pass state";
            self.report.tell(&rules::STATIC_RESULT, message, &fields.pointer("Result"), node.at);
            self.report.help("`Result` is taken as it is: use `Parameters` for values from the input");
        }
        Some(node.to_value())
    }

    fn wait(&mut self, fields: &Fields<'_>) -> Kind {
        let names: &[&str] = match self.language {
            Language::JsonPath => &["Seconds", "SecondsPath", "Timestamp", "TimestampPath"],
            Language::Jsonata => &["Seconds", "Timestamp"],
        };
        fields.exclusive(names, &mut self.report);
        let Some(name) = names.iter().copied().find(|name| fields.has(name)) else {
            let message = format!("One of these fields is required: [{}]", names.join(", "));
            self.report.tell(&rules::MISSING_FIELD, message, &fields.pointer, fields.at);
            return Kind::Succeed;
        };
        let wait = match name {
            "Seconds" if payload::is_query(self, fields, name) => {
                payload::query(self, fields, name).map(WaitFor::SecondsQuery)
            }
            "Timestamp" if payload::is_query(self, fields, name) => {
                payload::query(self, fields, name).map(WaitFor::TimestampQuery)
            }
            "Seconds" => fields.integer(name, 0, &mut self.report).map(WaitFor::Seconds),
            "SecondsPath" => payload::path(self, fields, name).map(WaitFor::SecondsPath),
            "TimestampPath" => payload::path(self, fields, name).map(WaitFor::TimestampPath),
            _ => fields.text(name, &mut self.report).and_then(timestamp::parse).map(WaitFor::Timestamp).or_else(|| {
                let at = fields.get(name).map_or(fields.at, |node| node.at);
                self.report.tell(
                    &rules::BAD_TIMESTAMP,
                    "String does not match RFC3339 timestamp",
                    &fields.pointer(name),
                    at,
                );
                self.report.help("write it like `2026-11-22T15:00:00Z`");
                None
            }),
        };
        wait.map_or(Kind::Succeed, Kind::Wait)
    }

    fn fail(&mut self, fields: &Fields<'_>) -> Kind {
        fields.exclusive(&["Error", "ErrorPath"], &mut self.report);
        fields.exclusive(&["Cause", "CausePath"], &mut self.report);
        let error = self.fail_text(fields, "Error", "ErrorPath");
        let cause = self.fail_text(fields, "Cause", "CausePath");
        Kind::Fail { error, cause }
    }

    fn fail_text(&mut self, fields: &Fields<'_>, name: &str, path_name: &'static str) -> Option<Text> {
        if payload::is_query(self, fields, name) {
            return payload::query(self, fields, name).map(Text::Query);
        }
        if let Some(text) = fields.text(name, &mut self.report) {
            let at = fields.get(name).map_or(fields.at, |node| node.at);
            payload::literal_path(self, text, (name, path_name), &fields.pointer(name), at);
            return Some(Text::Literal(text.to_owned()));
        }
        if self.language.excludes(path_name) {
            return None;
        }
        let text = fields.text(path_name, &mut self.report)?;
        match Expression::parse(text) {
            Ok(expression) => Some(Text::Expression { field: path_name, expression }),
            Err(reason) => {
                payload::bad_expression(self, fields, path_name, &reason);
                None
            }
        }
    }
}

fn has_expression(node: &Node) -> bool {
    match &node.content {
        Content::Object(members) => members.iter().any(|member| {
            (member.key.ends_with(".$") && member.value.text().is_some_and(|text| text.starts_with('$')))
                || has_expression(&member.value)
        }),
        Content::Array(elements) => elements.iter().any(has_expression),
        _ => false,
    }
}
