//! The reference's own suite, expressions of users, and what AWS was measured to answer, where these files are at hand.

use std::io::Write as _;
use std::path::PathBuf;

use crate::number::count_f64;
use crate::{Host, Value as Ata, evaluate, parse};
use serde_json::{Value, json};

fn cases(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/jsonata").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        // Past the harness, which keeps what tests print to itself.
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        writeln!(std::io::stderr(), "skipped: {test}: no {}", path.display()).unwrap();
        return None;
    };
    // Two expressions hold half a pair as it is, which no text of Rust can: they say it with JSONata's escape instead.
    Some(serde_json::from_str(&text.replace(r"'\ud800'", r"'\\ud800'")).unwrap())
}

#[test]
fn the_suite_is_read_as_the_reference_reads_it() {
    let Some(suite) = cases("suite-2.0.6.json") else { return };
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in suite["cases"].as_array().unwrap() {
        let text = case["expression"].as_str().unwrap();
        let reference = &case["reference"];
        let found = parse(text);
        count += 1;
        let wanted = (reference[0] == "error" && reference[3] == "parse")
            .then(|| (reference[1].as_str().unwrap_or_default(), reference[2].as_str().unwrap()));
        let got = found.as_ref().err().map(|error| (error.code, error.message.as_str()));
        if got != wanted {
            wrong.push(format!("{}: {text}: {got:?} instead of {wanted:?}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Variables and nothing else of the world.
struct World(Vec<(String, Ata)>);

impl Host for World {
    fn variable(&self, name: &str) -> Option<Ata> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    }
    fn now_ms(&self) -> i64 {
        1_795_950_000_000
    }
    fn random(&self) -> u64 {
        42
    }
    fn uuid(&self) -> String {
        "00000000-0000-4000-8000-000000000000".to_owned()
    }
}

enum Answer {
    Value(Value),
    Undefined,
    Function,
    Error(String, String),
}

fn answer(text: &str, input: &Value, variables: &Value) -> Answer {
    let mut world = vec![("states".to_owned(), Ata::from_json(&json!({ "input": input })))];
    for (name, value) in variables.as_object().into_iter().flatten() {
        world.push((name.clone(), Ata::from_json(value)));
    }
    let tree = match parse(text) {
        Ok(tree) => tree,
        Err(error) => return Answer::Error(error.code.to_owned(), error.message),
    };
    match evaluate(&tree, &World(world)) {
        Ok(Ata::Undefined) => Answer::Undefined,
        Ok(value) => match value.to_json(200) {
            Ok(value) => Answer::Value(value),
            Err(_) => Answer::Function,
        },
        Err(error) => Answer::Error(error.code.to_owned(), error.message),
    }
}

/// Numbers by their value: the reference writes 1e20 as a whole number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

/// Cases with values and codes as the reference's, and errors with its words.
fn held_to_the_reference(name: &str, least: f64, least_words: f64) {
    let Some(file) = cases(name) else { return };
    let (mut right, mut errors, mut words, mut count, mut wrong) = (0, 0, 0, 0, Vec::new());
    for case in file["cases"].as_array().unwrap() {
        let text = case["expression"].as_str().unwrap();
        let shared = |list: &str, value: &Value| match value.as_u64() {
            Some(index) => file[list][usize::try_from(index).unwrap()].clone(),
            None => value.clone(),
        };
        let (input, variables) = (shared("inputs", &case["input"]), shared("variables", &case["variables"]));
        let reference = &case["reference"];
        count += 1;
        let found = answer(text, &input, &variables);
        let fits = match (&found, reference[0].as_str().unwrap()) {
            (Answer::Value(value), "value") => same(value, &reference[1]),
            (Answer::Undefined, "undef") | (Answer::Function, "func") => true,
            (Answer::Error(code, message), "error") => {
                let fits = code == reference[1].as_str().unwrap_or_default();
                errors += usize::from(fits);
                if fits && message == reference[2].as_str().unwrap_or_default() {
                    words += 1;
                } else if fits {
                    wrong.push(format!("WORDS {text}: {message} instead of {}", reference[2]));
                }
                fits
            }
            _ => false,
        };
        right += usize::from(fits);
        if !fits {
            let found = match found {
                Answer::Value(value) => value.to_string(),
                Answer::Undefined => "undefined".to_owned(),
                Answer::Function => "a function".to_owned(),
                Answer::Error(code, message) => format!("{code} {message}"),
            };
            wrong.push(format!("{}: {text}: {found} instead of {reference}", case["id"]));
        }
    }
    let share = |part: usize, whole: usize| 100.0 * count_f64(part) / count_f64(whole.max(1));
    println!("{name}: {right} of {count} ({:.2} %), words of {words} of {errors} errors", share(right, count));
    println!("{}", wrong.join("\n"));
    assert!(share(right, count) >= least, "{right} of {count}:\n{}", wrong.join("\n"));
    assert!(share(words, errors) >= least_words, "words of {words} of {errors}:\n{}", wrong.join("\n"));
}

#[test]
fn the_suite_gives_what_the_reference_gives() {
    held_to_the_reference("suite-2.0.6.json", 100.0, 100.0);
}

#[test]
fn expressions_of_users_give_what_the_reference_gives() {
    held_to_the_reference("user.json", 100.0, 100.0);
}

#[test]
fn what_was_measured_at_aws_is_right() {
    let Some(file) = cases("aws.json") else { return };
    let (mut right, mut count, mut wrong) = (0, 0, Vec::new());
    for case in file["cases"].as_array().unwrap() {
        let text = case["expression"].as_str().unwrap();
        if case.get("refused").is_some_and(|words| parse(text).is_ok() || words.as_str().unwrap().contains("S0211")) {
            // What refuses these is the check of a machine, not the language.
            continue;
        }
        count += 1;
        let found = answer(text, &file["input"], &json!({}));
        let fits = match &found {
            Answer::Value(value) => case.get("value").is_some_and(|wanted| same(wanted, value)),
            Answer::Undefined => case.get("undefined").is_some(),
            Answer::Function => false,
            Answer::Error(code, message) => {
                let whole = if code.is_empty() { message.clone() } else { format!("{code}: {message}") };
                let wanted = case.get("error").or(case.get("refused")).and_then(Value::as_str).unwrap_or("?");
                whole.contains(wanted) || wanted.starts_with('(')
            }
        };
        right += usize::from(fits);
        if !fits {
            let found = match found {
                Answer::Value(value) => value.to_string(),
                Answer::Undefined => "undefined".to_owned(),
                Answer::Function => "a function".to_owned(),
                Answer::Error(code, message) => format!("{code}: {message}"),
            };
            wrong.push(format!("{text}: {found} instead of {case}"));
        }
    }
    println!("aws.json: {right} of {count}");
    assert!(right * 100 >= count * 95, "{right} of {count}:\n{}", wrong.join("\n"));
}
