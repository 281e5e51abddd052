//! Texts that are not what they look like, and questions to which the context object has no answer.

use labctl_source::nearest;

use super::expressions::{Notation, Text, paths, texts};
use crate::check::report::Report;
use crate::check::rules;
use crate::check::written::{Written, WrittenState};
use crate::definition::StateId;
use crate::jsonata::{Expression, between_marks};
use crate::path::{self, Path, Root, Step};
use crate::template;

/// The context object: its fields and theirs. Those of Map and Task are left open.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
const CONTEXT: [(&str, &[&str]); 5] = [
    ("Execution", &["Id", "Input", "Name", "RedriveCount", "RedriveTime", "RoleArn", "StartTime"]),
    ("State", &["EnteredTime", "Name", "RetryCount"]),
    ("StateMachine", &["Id", "Name"]),
    ("Map", &[]),
    ("Task", &[]),
];

pub(super) fn check(written: &Written<'_>, id: StateId, state: &WrittenState<'_>, report: &mut Report) {
    for text in texts(state) {
        match text.notation {
            Notation::Path | Notation::Dollar => jsonpath(written, id, state, &text, report),
            Notation::Query => query(written, id, state, &text, report),
            Notation::Plain if state.jsonata && text.templated => plain(&text, report),
            Notation::Plain => {}
        }
    }
}

fn jsonpath(written: &Written<'_>, id: StateId, state: &WrittenState<'_>, text: &Text<'_>, report: &mut Report) {
    if let Ok(template::Expression::Call(call)) = template::Expression::parse(text.written) {
        if let Some((places, values)) = call.miscounted() {
            let message = format!("the text has {places} places, and is given {values} values");
            report.tell(&rules::FORMAT_ARGUMENTS, message, &text.pointer, text.at);
            report.help("each `{}` takes one value; a bracket that is meant as such is written `\\\\{`");
        }
        if let Some(misfit) = call.misfit() {
            report.tell(&rules::INTRINSIC_ARGUMENT, misfit, &text.pointer, text.at);
            report
                .help("with this argument the state fails with States.IntrinsicFailure: numbers stand without quotes");
        }
    }
    for (start, found) in paths(text.written) {
        let Ok(path) = path::parse(&found) else { continue };
        if text.notation == Notation::Path || template::Expression::parse(text.written).is_ok() {
            odd(&path, start, text, report);
        }
        if path.root != Root::Context {
            continue;
        }
        let name = |step: &Step| step.name().map(str::to_owned);
        let names: Vec<String> = path.steps.iter().map_while(name).collect();
        context(written, id, state, &names, report, text, start + 2);
    }
}

/// A path that Step Functions saves, and reads otherwise than it looks.
fn odd(path: &Path, start: usize, text: &Text<'_>, report: &mut Report) {
    let Some(oddity) = path.oddities().next() else { return };
    let message = match &path.stuck {
        Some(stuck) => format!("AWS takes this path, and the state fails when it runs: {}", stuck.reason),
        None => oddity.reason.clone(),
    };
    report.tell(&rules::DOUBTFUL_PATH, message, &text.pointer, text.at);
    report.help(oddity.help);
    report.inside(start + oddity.at);
}

fn query(written: &Written<'_>, id: StateId, state: &WrittenState<'_>, text: &Text<'_>, report: &mut Report) {
    let Some(Ok(expression)) = between_marks(text.written).map(Expression::parse) else { return };
    let mentions = expression.mentions();
    for path in &mentions.needed {
        if let [states, member, rest @ ..] = path.as_slice()
            && states == "states"
            && member == "context"
        {
            let before = text.written.split("$states.context").next().unwrap_or_default().chars().count();
            context(written, id, state, rest, report, text, before + "$states.context".len());
        }
    }
}

/// A text in a template of JSONata that is no expression.
fn plain(text: &Text<'_>, report: &mut Report) {
    if text.key.ends_with(".$") && (text.written.starts_with('$') || text.written.starts_with("States.")) {
        let bare = text.key.trim_end_matches(".$");
        report.tell(&rules::DOLLAR_KEY, "in JSONata a name is taken as it is", &text.pointer, text.key_at);
        report.help(format!("call it `{bare}`, and write its value in JSONata: `\"{{% $states.input.{bare} %}}\"`"));
    } else if text.written.starts_with("$states.") {
        let message = "a JSONata expression stands without its marks";
        report.tell(&rules::NOT_IN_MARKS, message, &text.pointer, text.at);
        report.help(format!("write `\"{{% {} %}}\"`", text.written));
    }
}

/// A question to the context object; `names` are those after `$$` or `$states.context`, the first at `character`.
fn context(
    written: &Written<'_>,
    id: StateId,
    state: &WrittenState<'_>,
    names: &[String],
    report: &mut Report,
    text: &Text<'_>,
    character: usize,
) {
    let Some(first) = names.first() else { return };
    let Some((_, members)) = CONTEXT.iter().find(|(known, _)| known == first) else {
        let message = format!("the context object has no `{first}`");
        report.tell(&rules::UNKNOWN_CONTEXT_FIELD, message, &text.pointer, text.at);
        report.help("it holds `Execution`, `State`, `StateMachine`, `Map` and `Task`");
        report.suggest(first, CONTEXT.iter().map(|(known, _)| *known));
        report.inside(character + 1);
        return;
    };
    let second = names.get(1).filter(|_| !members.is_empty());
    if let Some(second) = second.filter(|second| !members.contains(&second.as_str())) {
        let message = format!("`{first}` in the context object has no `{second}`");
        report.tell(&rules::UNKNOWN_CONTEXT_FIELD, message, &text.pointer, text.at);
        report.help(match nearest(second, members.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!("it holds {}", members.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
            }
        });
        report.inside(character + first.chars().count() + 2);
    }
    if first == "Map" && state.kind != "Map" && !in_map(written, id) {
        let message = format!("`{}` is not in a Map, so that there is no item", state.name);
        report.tell(&rules::MAP_CONTEXT_OUTSIDE, message, &text.pointer, text.at);
        report.help("only a Map's ItemSelector and the states inside a Map have one");
        report.inside(character + 1);
    } else if first == "Task" && state.kind != "Task" {
        let message = format!("`{}` is a {} state, which has no token", state.name, state.kind);
        report.tell(&rules::TASK_CONTEXT_OUTSIDE, message, &text.pointer, text.at);
        report.help("only a Task whose Resource ends in `.waitForTaskToken` has one");
        report.inside(character + 1);
    }
}

/// Whether a Map is around, an execution of its own included.
fn in_map(written: &Written<'_>, id: StateId) -> bool {
    let mut next = written.outline.parent(id);
    while let Some(parent) = next {
        if written.outline.states.get(parent.state).is_some_and(|state| state.state_type == "Map") {
            return true;
        }
        next = written.outline.parent(parent.state);
    }
    false
}
