//! Executions recorded on AWS, replayed straight through the stepper.
//!
//! The recordings lie beside the repository (`../shared/asl-cases`), not in it; without them these tests are skipped, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;
use serde_json::{Value, json};

use super::trial::{Answer, Trial, seed};
use crate::effect::{Outcome, Pattern, Resource, Signal, Task};
use crate::recordings::recordings;

/// How far a replayed execution agrees with its recording: each level asks for the ones before it too.
///
/// Outcomes: status with output or error; then the cause. Histories, where one was recorded: the types of the events; their
/// details; their numbers. `least` is what must hold in percent, `floor` how many agree today: both may only grow.
struct Level {
    name: &'static str,
    least: usize,
    floor: usize,
}

const LEVELS: [Level; 5] = [
    Level { name: "outcome", least: 98, floor: 491 },
    Level { name: "cause", least: 96, floor: 491 },
    Level { name: "event types", least: 96, floor: 243 },
    Level { name: "event details", least: 93, floor: 241 },
    Level { name: "event numbers", least: 90, floor: 237 },
];

/// In no category may fewer histories have the right events, in percent.
const LEAST_OF_A_CATEGORY: usize = 80;

#[test]
fn recorded_executions_are_repeated() {
    let Some(cases) = recordings(&["execution"]) else { return };
    let (mut reached, mut asked, mut later) = ([0; 5], [0; 5], 0);
    let mut categories: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in cases {
        if !["pure", "lambda"].contains(&case["tier"].as_str().unwrap_or_default())
            || case["expect"]["status"] == "RUNNING"
        {
            continue;
        }
        let Some(levels) = replay(&case) else {
            later += 1;
            continue;
        };
        for ((level, reached), asked) in levels.iter().zip(&mut reached).zip(&mut asked) {
            *asked += 1;
            *reached += usize::from(level.is_ok());
        }
        if let Some(difference) = levels.iter().find_map(|level| level.as_ref().err()) {
            println!("{}: {difference}", case["id"].as_str().unwrap_or_default());
        }
        if let Some(types) = levels.get(2) {
            let (good, all) = categories.entry(case["category"].to_string()).or_default();
            *good += usize::from(types.is_ok());
            *all += 1;
        }
    }
    println!("{later} need what is refused by name");
    for ((level, reached), asked) in LEVELS.iter().zip(reached).zip(asked) {
        println!("{}: {reached} of {asked}", level.name);
        assert!(reached >= level.floor, "{}: only {reached} of {asked} agree, {} did", level.name, level.floor);
        assert!(reached * 100 >= level.least * asked, "{}: {reached} of {asked} is too little", level.name);
    }
    for (category, (good, all)) in categories {
        assert!(good * 100 >= LEAST_OF_A_CATEGORY * all, "{category}: {good} of {all} histories have the right events");
    }
}

/// Whatever was started on AWS was accepted there: here nothing may be refused but what is not supported yet.
#[test]
fn accepted_definitions_are_accepted() {
    let Some(cases) = recordings(&["execution"]) else { return };
    let mut refused = Vec::new();
    for case in cases {
        let definition = case["definition_text"].as_str().unwrap_or_default();
        let express = case["state_machine_type"] == "EXPRESS";
        for finding in crate::check(definition, crate::Syntax::Json, express) {
            if finding.is_error() && finding.code != "NOT_SUPPORTED" {
                refused.push(format!("{}: {finding:?}", case["id"]));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// How far a recording is repeated, level by level; without a recorded history the last three are not asked.
/// None if it needs a feature that is refused by name.
fn replay(case: &Value) -> Option<Vec<Result<(), String>>> {
    let machine = match crate::parse(case["definition_text"].as_str().unwrap_or_default()) {
        Ok(machine) => machine,
        Err(findings) if findings.iter().any(|finding| finding.code == "NOT_SUPPORTED") => return None,
        Err(findings) => return Some(vec![Err(format!("refused: {findings:?}")); LEVELS.len()]),
    };
    let input = serde_json::from_str(case["input"].as_str().unwrap_or_default()).unwrap_or(Value::Null);
    let mut seed = seed(input, case["state_machine_type"] == "EXPRESS");
    if seed.express {
        seed.execution_arn = "arn:aws:states:us-east-1:111111111111:express:machine:run:id".to_owned();
    }
    let trial = Trial::run(Arc::new(machine), seed, 10_000, |task| answer(case, task));
    let matcher = Matcher::new(case);
    let expected = &case["expect"];
    let observed = match &trial.outcome {
        None => json!({"status": "RUNNING"}),
        Some(Outcome::Succeeded { output }) => json!({"status": "SUCCEEDED", "output": output.to_string()}),
        Some(Outcome::Failed { error, cause }) => json!({"status": "FAILED", "error": error, "cause": cause}),
        Some(Outcome::TimedOut { error, cause }) => json!({"status": "TIMED_OUT", "error": error, "cause": cause}),
        Some(Outcome::Aborted { error, cause }) => json!({"status": "ABORTED", "error": error, "cause": cause}),
    };
    let agree = |keys: &[&str]| {
        keys.iter().try_for_each(|key| {
            let member = |of: &Value| of.get(*key).cloned().unwrap_or(Value::Null);
            matcher.matches(&member(expected), &member(&observed), key)
        })
    };
    let mut levels = vec![agree(&["status", "output", "error"]), agree(&["status", "output", "error", "cause"])];
    if let Some(expected) = expected["events"].as_array() {
        let observed: Vec<Value> = trial.events.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
        levels.extend(history(case, &matcher, expected, observed));
    }
    Some(levels)
}

/// Compares event by event: types, then details, then numbers. Where threads run side by side order does not count.
fn history(case: &Value, matcher: &Matcher, expected: &[Value], observed: Vec<Value>) -> [Result<(), String>; 3] {
    let concurrent =
        case["features"].as_array().is_some_and(|features| features.iter().any(|feature| feature == "Parallel"));
    let mut observed = observed;
    if case["history_normalisation"] == "parallel-block" {
        observed = parallel_block(&observed);
    }
    let types = |events: &[Value]| {
        let mut types: Vec<String> =
            events.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect();
        if concurrent {
            types.sort();
        }
        types
    };
    let (wanted, found) = (types(expected), types(&observed));
    let kinds = if wanted == found { Ok(()) } else { Err(format!("types: expected {wanted:?}, observed {found:?}")) };
    let details = kinds.clone().and_then(|()| events(matcher, expected, observed.clone(), concurrent, false));
    let normalised = !case["history_normalisation"].is_null();
    let numbers = details.clone().and_then(|()| events(matcher, expected, observed, concurrent, !normalised));
    [kinds, details, numbers]
}

fn events(
    matcher: &Matcher,
    expected: &[Value],
    mut observed: Vec<Value>,
    concurrent: bool,
    numbers: bool,
) -> Result<(), String> {
    let strip = |event: &Value| {
        let mut event = event.clone();
        let members = event.as_object_mut().expect("an event is an object");
        members.remove("timestamp");
        if !numbers {
            members.remove("id");
            members.remove("previousEventId");
        }
        event
    };
    for wanted in expected {
        let mut problem = String::new();
        let found = observed.iter().position(|event| {
            event["type"] == wanted["type"]
                && match matcher.matches(&strip(wanted), &strip(event), "event") {
                    Ok(()) => true,
                    Err(difference) => {
                        if problem.is_empty() {
                            problem = difference;
                        }
                        false
                    }
                }
        });
        match found {
            Some(index) if concurrent || index == 0 => {
                observed.remove(index);
            }
            _ => return Err(format!("{} {}: {problem}", wanted["id"], wanted["type"])),
        }
    }
    Ok(())
}

/// What the recorder of some Parallel tests did to a history.
fn parallel_block(events: &[Value]) -> Vec<Value> {
    let mut out = events.to_vec();
    let (mut at, mut start, mut block, mut inside) = (0, None, Vec::new(), false);
    while at < out.len() {
        match out[at]["type"].as_str().unwrap_or_default() {
            "ParallelStateSucceeded" | "ParallelStateAborted" | "ParallelStateExited" | "ParallelStateFailed" => {
                if let Some(start) = start {
                    out.splice(start..at, block.iter().cloned());
                }
                inside = false;
            }
            "ParallelStateStarted" => {
                (inside, block, start) = (true, Vec::new(), Some(at + 1));
            }
            _ if inside => block.push(out[at].clone()),
            _ => {}
        }
        at += 1;
    }
    out
}

/// What the recording's functions do.
fn answer(case: &Value, task: &Task) -> Answer {
    let (name, event) = match &task.resource {
        Resource::LambdaFunction { arn } => (arn.clone(), task.input.clone()),
        Resource::Integration { pattern: Pattern::RequestResponse, .. } => {
            (task.input["FunctionName"].as_str().unwrap_or_default().to_owned(), task.input["Payload"].clone())
        }
        other => panic!("a recording of another kind: {other:?}"),
    };
    let function = case["lambdas"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|function| function["arn"] == *name || function["name"] == *name);
    let direct = matches!(task.resource, Resource::LambdaFunction { .. });
    let failed = |error: &str, cause: String| Signal::TaskFailed { task: task.id, error: error.to_owned(), cause };
    let raised = |error: &str, message: &str, line: usize, code: &str| {
        let trace = format!("  File \"/var/task/handler.py\", line {line}, in handler\n    {code}\n");
        let (error, message, trace) = (json!(error), json!(message), json!(trace));
        // A call by ARN passes on what the runtime wrote, an invocation what the service made of it.
        if direct {
            format!(
                "{{\"errorMessage\": {message}, \"errorType\": {error}, \"requestId\": \"r\", \"stackTrace\": [{trace}]}}"
            )
        } else {
            format!("{{\"errorMessage\":{message},\"errorType\":{error},\"requestId\":\"r\",\"stackTrace\":[{trace}]}}")
        }
    };
    let mut delay = 1;
    let result = match function.map(|function| function["behaviour"].as_str().unwrap_or_default()) {
        None => Err(failed(
            "Lambda.ResourceNotFoundException",
            format!(
                "Function not found: arn:aws:lambda:us-east-1:111111111111:function:{name}:$LATEST (Service: AWSLambda; Status Code: 404; \
                 Error Code: ResourceNotFoundException; Request ID: 1; Proxy: null)"
            ),
        )),
        Some("return_hello_world") => Ok(json!({"Return": "HelloWorld"})),
        Some("raise_exception") => {
            let text = "Some exception was raised.";
            Err(failed("Exception", raised("Exception", text, 2, &format!("raise Exception(\"{text}\")"))))
        }
        Some("raise_custom_exception") => {
            Err(failed("CustomException", raised("CustomException", "", 9, "raise CustomException()")))
        }
        Some("return_257k_bytes") => Ok(json!("a".repeat(257 * 1024))),
        Some("return_json_bytes") => Ok(json!("HelloWorld!")),
        Some("return_decorated_input") => Ok(json!(format!("input-event-{}", event.to_string().replace('"', "'")))),
        Some("sleep_60_then_identity") => {
            delay = 60_000;
            Ok(event)
        }
        Some(_) => Ok(event),
    };
    let signal = match result {
        Err(signal) => signal,
        Ok(output) => {
            let output = if direct {
                output
            } else {
                json!({"ExecutedVersion": "$LATEST", "Payload": output, "SdkHttpMetadata": {}, "SdkResponseMetadata": {}, "StatusCode": 200})
            };
            Signal::TaskSucceeded { task: task.id, output }
        }
    };
    vec![(0, Signal::TaskStarted(task.id)), (delay, signal)]
}

/// Compares recorded with observed values, placeholders of the recording allowed for.
struct Matcher {
    whole: Vec<String>,
    placeholder: Regex,
    timestamp: Regex,
}

impl Matcher {
    fn new(case: &Value) -> Self {
        let list = |name: &str| -> Vec<String> {
            let all = case["placeholders"][name].as_array().cloned().unwrap_or_default();
            all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
        };
        let mut parts = vec![r"<+[A-Za-z0-9_.\- ]+>*(?::\d+)?>+".to_owned()];
        parts.extend(list("substring").iter().map(|one| regex::escape(one)));
        parts.push("lambda_function_name|function_name_branch[12]".to_owned());
        let timestamp = r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-][01]\d:?(?:[0-5]\d)?)";
        Self {
            whole: list("whole"),
            placeholder: Regex::new(&parts.join("|")).expect("the placeholders make a pattern"),
            timestamp: Regex::new(timestamp).expect("the pattern is good"),
        }
    }

    fn matches(&self, expected: &Value, observed: &Value, place: &str) -> Result<(), String> {
        let differ = || Err(format!("{place}: expected {expected}, observed {observed}"));
        match expected {
            Value::String(text) if self.is_placeholder(text) && !observed.is_null() => Ok(()),
            Value::Object(members) => {
                let parsed = observed.as_str().and_then(|text| serde_json::from_str(text).ok());
                let Some(found) = parsed.as_ref().unwrap_or(observed).as_object() else { return differ() };
                for (name, member) in members {
                    if name == "stackTrace" || name.starts_with("Sdk") {
                        continue;
                    }
                    let Some(found) = found.get(name) else { return Err(format!("{place}.{name} is missing")) };
                    self.matches(member, found, &format!("{place}.{name}"))?;
                }
                let extra: Vec<&String> = found.keys().filter(|name| !members.contains_key(*name)).collect();
                if extra.is_empty() { Ok(()) } else { Err(format!("{place}: {extra:?} is not recorded")) }
            }
            Value::Array(elements) => {
                let parsed = observed.as_str().and_then(|text| serde_json::from_str(text).ok());
                match parsed.as_ref().unwrap_or(observed).as_array() {
                    Some(found) if found.len() == elements.len() => {
                        let mut pairs = elements.iter().zip(found);
                        pairs.try_for_each(|(expected, observed)| self.matches(expected, observed, place))
                    }
                    _ => differ(),
                }
            }
            Value::String(text) => match observed.as_str() {
                Some(found) if self.text_matches(text, found) => Ok(()),
                Some(found) => match (serde_json::from_str::<Value>(text), serde_json::from_str::<Value>(found)) {
                    (Ok(expected), Ok(observed)) if !expected.is_string() => self.matches(&expected, &observed, place),
                    _ => differ(),
                },
                None => differ(),
            },
            Value::Number(number) if number.as_f64() == observed.as_f64() => Ok(()),
            _ if expected == observed => Ok(()),
            _ => differ(),
        }
    }

    fn is_placeholder(&self, text: &str) -> bool {
        self.whole.iter().any(|one| one == text)
            || self.placeholder.find(text).is_some_and(|found| found.len() == text.len())
            || ["start-time", "entered-time", "executionSucceededEventDetails.output", "stateExitedEventDetails.output"]
                .contains(&text)
    }

    fn text_matches(&self, expected: &str, observed: &str) -> bool {
        let plain = self.timestamp.replace_all(observed, "date");
        if expected == observed || expected == plain {
            return true;
        }
        let mut pattern = String::from("(?s)^");
        let mut at = 0;
        for found in self.placeholder.find_iter(expected) {
            pattern.push_str(&regex::escape(expected.get(at..found.start()).unwrap_or_default()));
            pattern.push_str(".*?");
            at = found.end();
        }
        pattern.push_str(&regex::escape(expected.get(at..).unwrap_or_default()));
        pattern.push('$');
        at > 0 && Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(observed) || pattern.is_match(&plain))
    }
}
