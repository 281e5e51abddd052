//! One state: its type, its fields, where it leads.

use super::fields::Fields;
use super::payload;
use super::reader::{Reader, Siblings};
use super::report::{NOT_SUPPORTED, SCHEMA};
use crate::asl::definition::{Kind, State, StateId, Text, WaitFor};
use crate::asl::document::{Content, Node};
use crate::asl::flow::DataFlow;
use crate::asl::template::Expression;
use crate::asl::timestamp;

const TYPES: [&str; 8] = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"];

/// Fields that come with JSONata, variables and Distributed Map.
const LATER: [&str; 14] = [
    "Arguments",
    "Assign",
    "Condition",
    "Credentials",
    "ItemBatcher",
    "ItemReader",
    "Items",
    "Label",
    "Output",
    "ResultWriter",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
];

impl Reader {
    pub(super) fn state(&mut self, fields: &Fields<'_>, siblings: &Siblings<'_>) -> State {
        let mut state = State {
            name: String::new(),
            kind: Kind::Succeed,
            flow: DataFlow::plain(),
            next: None,
            retry: Vec::new(),
            catch: Vec::new(),
        };
        let kind = fields.text("Type", &mut self.report).unwrap_or_default();
        if !TYPES.contains(&kind) {
            self.unknown_type(fields, kind);
            return state;
        }
        if matches!(kind, "Task" | "Pass" | "Wait" | "Parallel" | "Map") {
            state.next = self.next(fields, siblings);
        }
        if self.query_language(fields) {
            return state;
        }
        self.known_fields(fields, kind);
        fields.text("Comment", &mut self.report);
        state.flow = payload::flow(self, fields, kind);
        state.kind = match kind {
            "Pass" => Kind::Pass { result: self.pass_result(fields) },
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
        state
    }

    fn unknown_type(&mut self, fields: &Fields<'_>, kind: &str) {
        if fields.has("Type") {
            let message = format!("The field 'Type' should have one of these values: [{}]", TYPES.join(", "));
            let at = fields.get("Type").map_or(fields.at, |node| node.at);
            self.report.error(SCHEMA, message, &fields.pointer("Type"), at);
            self.report.suggest(kind, TYPES);
        } else {
            fields.require(&["Type"], &mut self.report);
        }
    }

    fn known_fields(&mut self, fields: &Fields<'_>, kind: &str) {
        let mut known = vec!["Type", "Comment", "QueryLanguage"];
        known.extend(match kind {
            "Pass" => ["Result", "Parameters", "ResultPath"].as_slice(),
            "Task" => &[
                "Resource",
                "Parameters",
                "ResultSelector",
                "ResultPath",
                "Retry",
                "Catch",
                "TimeoutSeconds",
                "TimeoutSecondsPath",
                "HeartbeatSeconds",
                "HeartbeatSecondsPath",
            ],
            "Choice" => &["Choices", "Default"],
            "Wait" => &["Seconds", "SecondsPath", "Timestamp", "TimestampPath"],
            "Fail" => &["Error", "ErrorPath", "Cause", "CausePath"],
            "Parallel" => &["Branches", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch"],
            "Map" => &[
                "ItemProcessor",
                "Iterator",
                "ItemsPath",
                "ItemSelector",
                "Parameters",
                "MaxConcurrency",
                "MaxConcurrencyPath",
                "ResultSelector",
                "ResultPath",
                "Retry",
                "Catch",
            ],
            _ => &[],
        });
        if kind != "Fail" {
            known.extend(["InputPath", "OutputPath"]);
        }
        if !matches!(kind, "Fail" | "Succeed" | "Choice") {
            known.extend(["Next", "End"]);
        }
        for member in fields.members.iter().filter(|member| LATER.contains(&member.key.as_str())) {
            self.later(fields, &member.key);
        }
        let listed = known.clone();
        known.extend(LATER);
        for member in fields.members.iter().filter(|member| !known.contains(&member.key.as_str())) {
            fields.refuse(&member.key, &mut self.report);
            self.report.suggest(&member.key, listed.iter().copied().filter(|name| !fields.has(name)));
        }
    }

    /// A field that belongs to JSONata, which AWS refuses under JSONPath, or one that comes later.
    pub(super) fn later(&mut self, fields: &Fields<'_>, name: &str) {
        if ["Arguments", "Condition", "Items", "Output"].contains(&name) {
            let message = format!(
                "The QueryLanguage is set to 'JSONPath', but field '{name}' is only supported for the 'JSONata' QueryLanguage"
            );
            self.report.error(SCHEMA, message, fields.own_pointer(), fields.place(name));
            self.report
                .help("JSONata is not supported yet: use JSONPath's fields, such as `Parameters` and `ResultPath`");
            return;
        }
        let message = format!("the field `{name}` is not supported yet");
        self.report.error(NOT_SUPPORTED, message, &fields.pointer(name), fields.place(name));
    }

    fn next(&mut self, fields: &Fields<'_>, siblings: &Siblings<'_>) -> Option<StateId> {
        let end = fields.get("End").map(|node| (&node.content, node.at));
        let ends = matches!(end, Some((Content::Bool(true), _)));
        if let Some((content, at)) = end
            && !matches!(content, Content::Bool(_))
        {
            self.report.error(SCHEMA, "Value must be true or false", &fields.pointer("End"), at);
        }
        match (fields.has("Next"), ends) {
            (true, true) => fields.exclusive(&["Next", "End"], &mut self.report),
            (false, false) => {
                let message = "One of these fields is required: [Next, End]";
                self.report.error(SCHEMA, message, &fields.pointer, fields.at);
                self.report.help("add `\"Next\": \"…\"`, or `\"End\": true` if nothing follows");
            }
            _ => {}
        }
        self.target(fields, "Next", siblings)
    }

    fn pass_result(&mut self, fields: &Fields<'_>) -> Option<serde_json::Value> {
        let node = fields.get("Result")?;
        if has_expression(node) {
            let message = "Attempt to use a path in the result of a pass state";
            self.report.warn("PASS_RESULT_IS_STATIC", message, &fields.pointer("Result"), node.at);
            self.report.help("`Result` is taken as it is: use `Parameters` for values from the input");
        }
        Some(node.to_value())
    }

    fn wait(&mut self, fields: &Fields<'_>) -> Kind {
        let names = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        fields.exclusive(&names, &mut self.report);
        let Some(name) = names.into_iter().find(|name| fields.has(name)) else {
            let message = format!("One of these fields is required: [{}]", names.join(", "));
            self.report.error(SCHEMA, message, &fields.pointer, fields.at);
            return Kind::Succeed;
        };
        let wait = match name {
            "Seconds" => fields.integer(name, 0, &mut self.report).map(WaitFor::Seconds),
            "SecondsPath" => payload::path(self, fields, name).map(WaitFor::SecondsPath),
            "TimestampPath" => payload::path(self, fields, name).map(WaitFor::TimestampPath),
            _ => fields.text(name, &mut self.report).and_then(timestamp::parse).map(WaitFor::Timestamp).or_else(|| {
                let at = fields.get(name).map_or(fields.at, |node| node.at);
                self.report.error(SCHEMA, "String does not match RFC3339 timestamp", &fields.pointer(name), at);
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
        if let Some(text) = fields.text(name, &mut self.report) {
            return Some(Text::Literal(text.to_owned()));
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
