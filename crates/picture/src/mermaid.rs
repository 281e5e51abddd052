//! The picture as a Mermaid flowchart. <https://mermaid.js.org/syntax/flowchart.html>
//!
//! States are `s0`, `s1`, …; what the definition says stands in quotes only, with entity codes for all that could end them.

use std::fmt::Write as _;

use super::picture::{Direction, Picture};
use super::style::{Palette, fill};
use labctl_asl::OutlineState;

pub(super) fn write(picture: &Picture<'_>) -> String {
    let direction = match picture.direction {
        Direction::Down => "TB",
        Direction::Right => "LR",
    };
    let mut text = String::new();
    if !picture.title.is_empty() {
        // The front matter is YAML, where a string of JSON is a string.
        let _ = write!(text, "---\ntitle: {}\n---\n", serde_json::Value::from(picture.title));
    }
    let _ = writeln!(text, "flowchart {direction}");
    scope(picture, 0, 1, &mut text);
    ends(picture, &mut text);
    transitions(picture, &mut text);
    classes(picture, &mut text);
    text
}

fn scope(picture: &Picture<'_>, at: usize, depth: usize, text: &mut String) {
    let Some(scope_states) = picture.outline.scopes.get(at) else { return };
    let indent = "  ".repeat(depth);
    for id in &scope_states.states {
        let Some(state) = picture.outline.states.get(*id) else { continue };
        if state.inside.is_empty() {
            let _ = writeln!(text, "{indent}{}", node(picture, *id, state));
            continue;
        }
        let _ = writeln!(text, "{indent}subgraph s{id} [\"{}\"]", caption(picture, state));
        for (branch, inside) in state.inside.iter().enumerate() {
            let several = state.inside.len() > 1;
            if several {
                let _ = writeln!(text, "{indent}  subgraph s{id}b{branch} [\" \"]");
            }
            scope(picture, *inside, depth + 1 + usize::from(several), text);
            if several {
                let _ = writeln!(text, "{indent}  end");
            }
        }
        let _ = writeln!(text, "{indent}end");
    }
}

fn node(picture: &Picture<'_>, id: usize, state: &OutlineState) -> String {
    let caption = caption(picture, state);
    let (open, close) = match state.state_type {
        "Choice" => ("{", "}"),
        "Wait" | "Succeed" | "Fail" => ("([", "])"),
        "Task" => ("[", "]"),
        _ => ("(", ")"),
    };
    format!("s{id}{open}\"{caption}\"{close}")
}

fn caption(picture: &Picture<'_>, state: &OutlineState) -> String {
    let mut lines = vec![quoted(&state.name)];
    lines.push(match &state.detail {
        Some(detail) => quoted(&format!("{}: {detail}", state.state_type)),
        None => state.state_type.to_owned(),
    });
    if !state.retries.is_empty() {
        lines.push(format!("↻ ≤ {}", state.most_attempts));
    }
    if let Some(mark) = picture.marks.and_then(|marks| marks.states.get(&state.name)) {
        lines.push(format!("{} {}", mark.status.word(), mark.words()).trim_end().to_owned());
    }
    lines.join("<br/>")
}

/// Every character that is no letter, digit or space of ASCII, and every one beyond ASCII that is no letter, as an entity code.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => quoted.push(' '),
            letter if letter.is_alphanumeric() || matches!(letter, ' ' | '.' | ',' | ':' | '-' | '$' | '…') => {
                quoted.push(letter);
            }
            letter => {
                let _ = write!(quoted, "#{};", u32::from(letter));
            }
        }
    }
    quoted
}

fn ends(picture: &Picture<'_>, text: &mut String) {
    let Some(machine) = picture.outline.scopes.first() else { return };
    let _ = writeln!(text, "  start((Start))\n  start --> s{}", machine.start);
    let states = machine.states.iter().filter_map(|id| Some((*id, picture.outline.states.get(*id)?)));
    let last: Vec<usize> =
        states.filter(|(_, state)| state.ends() && state.state_type != "Fail").map(|(id, _)| id).collect();
    if !last.is_empty() {
        text.push_str("  finish((End))\n");
    }
    for id in last {
        let _ = writeln!(text, "  s{id} --> finish");
    }
}

fn transitions(picture: &Picture<'_>, text: &mut String) {
    for (id, state) in picture.outline.states.iter().enumerate() {
        for way in &state.transitions {
            let arrow = if way.kind.is_catch() { "-.->" } else { "-->" };
            let label = way.label.as_ref().map_or(String::new(), |label| format!("|\"{}\"|", quoted(label)));
            let _ = writeln!(text, "  s{id} {arrow}{label} s{}", way.to);
        }
    }
}

fn classes(picture: &Picture<'_>, text: &mut String) {
    let light = Palette::light();
    let mut types: Vec<&str> = picture.outline.states.iter().map(|state| state.state_type).collect();
    types.sort_unstable();
    types.dedup();
    for state_type in types {
        let ids: Vec<String> = picture
            .outline
            .states
            .iter()
            .enumerate()
            .filter(|(_, state)| state.state_type == state_type && state.inside.is_empty())
            .map(|(id, _)| format!("s{id}"))
            .collect();
        if ids.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "  classDef {state_type} fill:{},stroke:{},color:{}",
            light.paper,
            fill(&light, state_type),
            light.ink
        );
        let _ = writeln!(text, "  class {} {state_type}", ids.join(","));
    }
}
