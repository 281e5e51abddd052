//! Scenarios, held against the machine they are for: the states they name, and inputs with which it cannot even begin.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::template::Templates;
use crate::asl::{Command, Definition, Outcome, Run, Seed, Signal};
use crate::model::{ExecutionStatus, Scenario};
use crate::source;
use crate::source::{Diagnostic, SourceText, Span};

/// So many timers are let pass; a machine that goes on waiting is left alone.
const MOST_TIMERS: usize = 1000;

/// What is wrong with a scenario, at its place in its file.
pub(super) fn check(
    templates: &Templates<'_>,
    scenario: &Scenario,
    machine: &Arc<Definition>,
    express: bool,
) -> Vec<Diagnostic> {
    let outline = machine.outline();
    let mut findings = Vec::new();
    for state in scenario.expect.path.iter().flatten() {
        if outline.states.iter().any(|known| known.name == *state) {
            continue;
        }
        let message = format!(
            "scenario `{}` expects the state `{state}`, which `{}` does not have",
            scenario.name, scenario.machine
        );
        let help = if let Some(near) = source::nearest(state, outline.states.iter().map(|known| known.name.as_str())) {
            format!("did you mean `{near}`?")
        } else {
            let names: Vec<String> = outline.states.iter().map(|known| format!("`{}`", known.name)).collect();
            format!("its states are {}", names.join(", "))
        };
        findings.push(at(templates, scenario, Diagnostic::error("render::scenario-path", message).help(help), state));
    }
    if scenario.expect.status == ExecutionStatus::Succeeded
        && let Some(cause) = fails_at_once(Arc::clone(machine), scenario.input.clone(), express)
    {
        let message =
            format!("scenario `{}` shall succeed, and fails before any task is called: {cause}", scenario.name);
        let finding = Diagnostic::warning("render::scenario-input", message)
            .help("give the input what the first states ask for, or correct their paths");
        findings.push(at(templates, scenario, finding, &scenario.name));
    }
    findings
}

/// The cause of a failure that does not depend on what any task answers.
fn fails_at_once(machine: Arc<Definition>, input: Value, express: bool) -> Option<String> {
    let arn = |kind: &str| format!("arn:aws:states:us-east-1:000000000000:{kind}");
    let seed = Seed {
        execution_arn: arn("execution:scenario:check"),
        execution_name: "check".to_owned(),
        machine_arn: arn("stateMachine:scenario"),
        machine_name: "scenario".to_owned(),
        role_arn: "arn:aws:iam::000000000000:role/check".to_owned(),
        express,
        input,
        started_ms: 0,
        token_seed: 1,
    };
    let (mut run, mut effects) = Run::start(machine, seed);
    let mut timers = VecDeque::new();
    for _ in 0..MOST_TIMERS {
        match effects.outcome {
            Some(Outcome::Failed { error, cause }) => {
                let reported = [error, cause].into_iter().flatten().collect::<Vec<_>>().join(": ");
                return Some(reported);
            }
            Some(_) => return None,
            None => {}
        }
        for command in effects.commands {
            match command {
                Command::RunTask(_) => return None,
                Command::SetTimer { timer, at_ms } => timers.push_back((at_ms, timer)),
                Command::CancelTimer(cancelled) => timers.retain(|(_, timer)| *timer != cancelled),
                Command::CancelTask(_) => {}
            }
        }
        let next = (0..timers.len()).min_by_key(|index| timers.get(*index).map(|(at, _)| *at))?;
        let (at_ms, timer) = timers.remove(next)?;
        effects = run.handle(at_ms, Signal::TimerFired(timer));
    }
    None
}

/// Points a finding at a word of a scenario, after its name.
fn at(templates: &Templates<'_>, scenario: &Scenario, finding: Diagnostic, word: &str) -> Diagnostic {
    let pack = templates.pack;
    let texts = pack.files.iter().filter(|(file, _)| file.starts_with("scenarios/"));
    for (file, bytes) in texts {
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        let named = text.lines().scan(0, |offset, line| {
            let start = *offset;
            *offset += line.len() + 1;
            Some((start, line))
        });
        let is_head = |line: &str| {
            let name = line.trim_start().trim_start_matches("- ").strip_prefix("name:").map(str::trim);
            name.is_some_and(|name| name.trim_matches(['"', '\'']) == scenario.name)
        };
        let Some((start, _)) = named.into_iter().find(|(_, line)| is_head(line)) else { continue };
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.match_indices("\n- ").next().map_or(rest.len(), |(at, _)| at);
        let Some(offset) = word_at(rest.get(..end).unwrap_or_default(), word) else { continue };
        let source = SourceText::new(pack.display_path(file), text);
        return finding.at(&source, Span { offset: start + offset, length: word.len() });
    }
    finding
}

/// Where a whole word stands last: the path comes after what else may name it.
fn word_at(text: &str, word: &str) -> Option<usize> {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || "-_".contains(letter));
    text.rmatch_indices(word).map(|(at, _)| at).find(|at| {
        !is_part(text.get(..*at).and_then(|before| before.chars().next_back()))
            && !is_part(text.get(at + word.len()..).and_then(|after| after.chars().next()))
    })
}
