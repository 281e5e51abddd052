//! The cases of `tests/corpus`, written from the specification and AWS's documentation, through the stepper.
//!
//! `tests/corpus/README.md` tells what a case looks like.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::trial::{Answer, Trial, seed};
use crate::effect::{Outcome, Pattern, Resource, Signal, Task};
use crate::{Finding, parse, yaml_to_json};

/// There are that many at least; a case that is taken away is missed.
const CASES: usize = 500;
/// More signals than any case needs.
const MOST_SIGNALS: usize = 60_000;

#[test]
fn the_corpus_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut broken = Vec::new();
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file).display();
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let json = yaml_to_json(&text).unwrap_or_else(|findings| panic!("{name}: {findings:?}"));
        let case: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
        broken.extend(problems(&case).into_iter().map(|problem| format!("{name}: {problem}")));
    }
    assert!(broken.is_empty(), "{} problems\n{}", broken.len(), broken.join("\n"));
    assert!(files.len() >= CASES, "{} cases", files.len());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
}

/// Everything in which a case is not what it says.
fn problems(case: &Value) -> Vec<String> {
    let known = ["follows", "express", "definition", "input", "tasks", "stop", "expect"];
    let unknown =
        case.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| !known.contains(&key.as_str()));
    let mut problems: Vec<String> = unknown.map(|key| format!("`{key}` is no field of a case")).collect();
    if case["follows"].as_str().is_none_or(str::is_empty) {
        problems.push("`follows` must name what the case is written from".to_owned());
    }
    let expect = &case["expect"];
    let trial = match parse(&case["definition"].to_string()) {
        Ok(machine) => {
            let seed = seed(case["input"].clone(), case["express"] == true);
            let mut script = Script::new(&case["tasks"]);
            Trial::run_with(Arc::new(machine), seed, MOST_SIGNALS, stop(&case["stop"]), |task| script.answer(task))
        }
        Err(findings) => {
            problems.extend(refused(&expect["refused"], &findings));
            return problems;
        }
    };
    if !expect["refused"].is_null() {
        problems.push(format!("it is accepted, and ends {:?}", trial.outcome));
    }
    problems.extend(compare(expect, &trial));
    problems
}

/// Whether the definition is refused for the reason that is expected.
fn refused(expected: &Value, findings: &[Finding]) -> Option<String> {
    let matches = |finding: &&Finding| {
        let text = |name: &str| expected[name].as_str().unwrap_or_default();
        finding.code == text("code") && finding.pointer == text("at") && finding.message.contains(text("message"))
    };
    (expected.is_null() || !findings.iter().any(|finding| matches(&finding))).then(|| format!("refused: {findings:#?}"))
}

fn compare(expect: &Value, trial: &Trial) -> Vec<String> {
    let mut seen = match &trial.outcome {
        None => json!({"status": "RUNNING"}),
        Some(Outcome::Succeeded { output }) => json!({"status": "SUCCEEDED", "output": output}),
        Some(Outcome::Failed { error, cause }) => json!({"status": "FAILED", "error": error, "cause": cause}),
        Some(Outcome::TimedOut { error, cause }) => json!({"status": "TIMED_OUT", "error": error, "cause": cause}),
        Some(Outcome::Aborted { error, cause }) => json!({"status": "ABORTED", "error": error, "cause": cause}),
    };
    let outcome = seen.to_string();
    seen["events"] = json!(trial.types());
    seen["tasks"] = trial.tasks.iter().map(|task| task.input.clone()).collect();
    seen["milliseconds"] = json!(trial.now_ms - 1_700_000_000_000);
    let details = trial.events.iter().filter_map(|event| event.details.as_ref());
    seen["assigned"] = details.filter_map(|(_, details)| details.get("assignedVariables").cloned()).collect();
    let mut problems = Vec::new();
    for (name, expected) in expect.as_object().into_iter().flatten() {
        let (name, agrees) = match name.as_str() {
            "cause_has" => {
                let cause = seen["cause"].as_str().unwrap_or_default();
                ("cause", expected.as_str().is_some_and(|part| cause.contains(part)))
            }
            "last_events" => {
                let (all, last) = (seen["events"].as_array(), expected.as_array());
                ("events", all.zip(last).is_some_and(|(all, last)| all.ends_with(last)))
            }
            "status" | "output" | "error" | "cause" | "events" | "tasks" | "milliseconds" | "assigned" => {
                (name.as_str(), same(expected, &seen[name.as_str()]))
            }
            "refused" => continue,
            other => {
                problems.push(format!("`{other}` is nothing that can be expected"));
                continue;
            }
        };
        if !agrees {
            let shown =
                if name == "events" { format!("{} after {outcome}", seen[name]) } else { seen[name].to_string() };
            problems.push(format!("{name}: expected {expected}, observed {shown} ({outcome})"));
        }
    }
    if expect["status"].is_null() {
        problems.push(format!("no status is expected; it ends {outcome}"));
    }
    problems
}

/// Equal, `"<any>"` standing for anything that is there, and `1` for `1.0`.
fn same(expected: &Value, observed: &Value) -> bool {
    match (expected, observed) {
        (Value::String(text), observed) if text == "<any>" => !observed.is_null(),
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|found| same(value, found)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (one, other) => one == other,
    }
}

/// StopExecution, if the case stops.
fn stop(stop: &Value) -> Answer {
    let Some(after) = stop["after"].as_i64() else { return Vec::new() };
    let text = |name: &str| stop[name].as_str().map(str::to_owned);
    vec![(after * 1000, Signal::Stop { error: text("error"), cause: text("cause") })]
}

/// What tasks answer, by state: one after the other, the last one again and again.
struct Script {
    answers: BTreeMap<String, Vec<Value>>,
    asked: BTreeMap<String, usize>,
}

impl Script {
    fn new(tasks: &Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let answers = tasks.as_object().into_iter().flatten().map(|(state, value)| (state.clone(), list(value)));
        Self { answers: answers.collect(), asked: BTreeMap::new() }
    }

    /// A task that the case does not script gives back its input.
    fn answer(&mut self, task: &Task) -> Answer {
        let asked = self.asked.entry(task.state.clone()).or_default();
        let answers = self.answers.get(&task.state).map(Vec::as_slice).unwrap_or_default();
        let answer = answers.get(*asked).or(answers.last()).cloned().unwrap_or_else(|| json!({"returns": task.input}));
        *asked += 1;
        let mut signals = vec![(0, Signal::TaskStarted(task.id))];
        if let Resource::Integration { pattern: Pattern::WaitForTaskToken, .. } = task.resource {
            signals.push((0, Signal::TaskSubmitted { task: task.id, output: json!({}) }));
        }
        for beat in answer["heartbeats"].as_array().into_iter().flatten() {
            signals.push((beat.as_i64().unwrap_or_default() * 1000, Signal::TaskHeartbeat(task.id)));
        }
        let after = answer["after"].as_i64().unwrap_or_default() * 1000;
        if let Some(error) = answer["fails"].as_str() {
            let cause = answer["cause"].as_str().unwrap_or_default().to_owned();
            signals.push((after, Signal::TaskFailed { task: task.id, error: error.to_owned(), cause }));
        } else if answer["never"] != true {
            signals.push((after, Signal::TaskSucceeded { task: task.id, output: answer["returns"].clone() }));
        }
        signals
    }
}
