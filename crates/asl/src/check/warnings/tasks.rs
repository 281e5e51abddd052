//! Callbacks and limits; what has a better form.

use labctl_source::{Content, Node};

use crate::check::report::Report;
use crate::check::rules;
use crate::check::written::{Written, WrittenState};
use crate::placeholder::has_placeholder;

pub(super) fn check(written: &Written<'_>, state: &WrittenState<'_>, express: bool, report: &mut Report) {
    let fields = &state.fields;
    match state.kind {
        "Task" => task(written, state, express, report),
        "Choice" if !fields.has("Default") => {
            let message = format!("`{}` has no Default", state.name);
            report.tell(&rules::CHOICE_WITHOUT_DEFAULT, message, &fields.pointer, state.key_at);
            report.help("without it the execution fails when no rule holds: add `\"Default\": \"…\"`");
        }
        "Map" => {
            for (old, new) in [("Iterator", "ItemProcessor"), ("Parameters", "ItemSelector")] {
                if fields.has(old) && !(old == "Parameters" && state.jsonata) {
                    let message = format!("`{old}` of a Map is called `{new}` now");
                    report.tell(&rules::OLD_MAP_FIELD, message, &fields.pointer(old), fields.place(old));
                    report.help(format!("rename it to `{new}`"));
                }
            }
        }
        _ => {}
    }
}

fn task(written: &Written<'_>, state: &WrittenState<'_>, express: bool, report: &mut Report) {
    let fields = &state.fields;
    let Some(resource) = state.fields.text_of("Resource").filter(|resource| !has_placeholder(resource)) else { return };
    let waits = resource.ends_with(".waitForTaskToken");
    // An EXPRESS machine cannot wait for a token at all.
    if waits && !express && !passes_token(state) {
        let name = if state.jsonata { "Arguments" } else { "Parameters" };
        let message = format!("`{}` waits for its token and tells it nobody", state.name);
        report.tell(&rules::TOKEN_NOT_PASSED, message, &fields.pointer, fields.place("Resource"));
        let token = if state.jsonata {
            "\"token\": \"{% $states.context.Task.Token %}\""
        } else {
            "\"token.$\": \"$$.Task.Token\""
        };
        report.help(format!("pass it in `{name}`: `{token}`"));
    }
    if fields.has("HeartbeatSeconds") && !waits && !resource.contains(":activity:") {
        let message = "nobody can send this task's heartbeat";
        report.tell(&rules::HEARTBEAT_WITHOUT_TOKEN, message, &fields.pointer, fields.place("HeartbeatSeconds"));
        report.help("use `TimeoutSeconds`");
    }
    let limited = ["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"];
    // Callbacks without a limit have a warning of their own.
    if !waits && !limited.iter().any(|name| fields.has(name)) && !written.root.has("TimeoutSeconds") {
        let message = format!("`{}` has no TimeoutSeconds", state.name);
        report.tell(&rules::TASK_WITHOUT_TIMEOUT, message, &fields.pointer, state.key_at);
        report.help("set it a little above what the call takes at most");
    }
}

/// Whether the token may be among what the task is given. Whatever could hold it counts.
fn passes_token(state: &WrittenState<'_>) -> bool {
    if state.jsonata {
        return state.fields.get("Arguments").is_some_and(|node| {
            any_text(node, &|text| {
                text.contains("$states") && (text.contains("context") || !text.contains("$states."))
                    || has_placeholder(text)
            })
        });
    }
    let context = |text: &str| text.contains("$$") || has_placeholder(text);
    ["Parameters", "InputPath"].iter().filter_map(|name| state.fields.get(name)).any(|node| any_text(node, &context))
}

fn any_text(node: &Node, holds: &dyn Fn(&str) -> bool) -> bool {
    match &node.content {
        Content::String(text) => holds(text),
        Content::Array(elements) => elements.iter().any(|element| any_text(element, holds)),
        Content::Object(members) => members.iter().any(|member| any_text(&member.value, holds)),
        _ => false,
    }
}
