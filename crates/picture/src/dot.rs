//! The picture in the DOT language. <https://graphviz.org/doc/info/lang.html>

use std::fmt::Write as _;

use super::picture::{Direction, Picture};
use super::style::{Palette, fill};
use labctl_asl::OutlineState;

pub(super) fn write(picture: &Picture<'_>) -> String {
    let direction = match picture.direction {
        Direction::Down => "TB",
        Direction::Right => "LR",
    };
    let light = Palette::light();
    let mut text = format!(
        "digraph {} {{\n  rankdir={direction};\n  compound=true;\n  newrank=true;\n  \
         node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=11, color=\"{}\"];\n  \
         edge [fontname=\"Helvetica\", fontsize=9, color=\"{}\"];\n",
        quoted(picture.title),
        light.line,
        light.line
    );
    scope(picture, 0, 1, &mut text);
    ends(picture, &mut text);
    for (id, state) in picture.outline.states.iter().enumerate() {
        for way in &state.transitions {
            let mut attributes = Vec::new();
            attributes.extend(way.label.as_ref().map(|label| format!("label={}", quoted(label))));
            if way.kind.is_catch() {
                attributes.push(format!("style=dashed, color=\"{0}\", fontcolor=\"{0}\"", light.caught));
            }
            edge(picture, (id, way.to), attributes, &mut text);
        }
    }
    text.push_str("}\n");
    text
}

fn scope(picture: &Picture<'_>, at: usize, depth: usize, text: &mut String) {
    let Some(scope_states) = picture.outline.scopes.get(at) else { return };
    let indent = "  ".repeat(depth);
    for id in &scope_states.states {
        let Some(state) = picture.outline.states.get(*id) else { continue };
        if state.inside.is_empty() {
            let shape = if state.state_type == "Choice" { ", shape=diamond, style=solid" } else { "" };
            let colour = fill(&Palette::light(), state.state_type);
            let label = quoted(&caption(picture, state));
            let _ = writeln!(text, "{indent}s{id} [label={label}, color=\"{colour}\"{shape}];");
            continue;
        }
        let colour = fill(&Palette::light(), state.state_type);
        let label = quoted(&caption(picture, state));
        let _ = writeln!(
            text,
            "{indent}subgraph cluster_s{id} {{\n{indent}  label={label}; style=rounded; color=\"{colour}\"; fontname=\"Helvetica\"; fontsize=11;"
        );
        for (branch, inside) in state.inside.iter().enumerate() {
            let _ = writeln!(
                text,
                "{indent}  subgraph cluster_s{id}b{branch} {{\n{indent}    label=\"\"; style=dashed; color=\"{colour}\";"
            );
            scope(picture, *inside, depth + 2, text);
            let _ = writeln!(text, "{indent}  }}");
        }
        let _ = writeln!(text, "{indent}}}");
    }
}

fn caption(picture: &Picture<'_>, state: &OutlineState) -> String {
    let mut caption = state.name.clone();
    match &state.detail {
        Some(detail) => caption.extend(["\n", state.state_type, ": ", detail]),
        None => caption.extend(["\n", state.state_type]),
    }
    if !state.retries.is_empty() {
        let _ = write!(caption, "\nretried up to {} times", state.most_attempts);
    }
    if let Some(mark) = picture.marks.and_then(|marks| marks.states.get(&state.name)) {
        let _ = write!(caption, "\n{} {}", mark.status.word(), mark.words());
    }
    caption
}

fn ends(picture: &Picture<'_>, text: &mut String) {
    let Some(machine) = picture.outline.scopes.first() else { return };
    text.push_str("  start [shape=circle, label=\"\", width=0.2, style=filled];\n");
    let (inside, cluster) = anchor(picture, machine.start, false);
    let head = if cluster { format!(" [lhead=cluster_s{}]", machine.start) } else { String::new() };
    let _ = writeln!(text, "  start -> s{inside}{head};");
    let states = machine.states.iter().filter_map(|id| Some((*id, picture.outline.states.get(*id)?)));
    let last: Vec<usize> =
        states.filter(|(_, state)| state.ends() && state.state_type != "Fail").map(|(id, _)| id).collect();
    if !last.is_empty() {
        text.push_str("  end [shape=doublecircle, label=\"\", width=0.15, style=filled];\n");
    }
    for id in last {
        let (inside, cluster) = anchor(picture, id, true);
        let tail = if cluster { format!(" [ltail=cluster_s{id}]") } else { String::new() };
        let _ = writeln!(text, "  s{inside} -> end{tail};");
    }
}

/// DOT draws edges between nodes only: for a cluster, one of the states inside stands for it.
fn anchor(picture: &Picture<'_>, state: usize, last: bool) -> (usize, bool) {
    let mut at = state;
    // Each step goes one scope inwards.
    while let Some(inside) = picture.outline.states.get(at).and_then(|state| state.inside.first()) {
        let Some(scope) = picture.outline.scopes.get(*inside) else { break };
        at = if last { scope.states.last().copied().unwrap_or(scope.start) } else { scope.start };
    }
    (at, at != state)
}

fn edge(picture: &Picture<'_>, (from, to): (usize, usize), mut attributes: Vec<String>, text: &mut String) {
    let (tail, tail_is_cluster) = anchor(picture, from, true);
    let (head, head_is_cluster) = anchor(picture, to, false);
    if tail_is_cluster {
        attributes.push(format!("ltail=cluster_s{from}"));
    }
    if head_is_cluster {
        attributes.push(format!("lhead=cluster_s{to}"));
    }
    let attributes = if attributes.is_empty() { String::new() } else { format!(" [{}]", attributes.join(", ")) };
    let _ = writeln!(text, "  s{tail} -> s{head}{attributes};");
}

/// A string of DOT: quotes and backslashes are escaped, so that no sign of the user's means anything.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => quoted.push(' '),
            // Graphviz reads entities of HTML in labels.
            '&' => quoted.push_str("&amp;"),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
