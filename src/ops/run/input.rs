//! What an execution is given: a scenario's input, one of the pack by its name, a file's, stdin's.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};

use super::super::failure::Failure;
use super::options::RunOptions;
use crate::host;
use crate::model::{NamedInput, Pack, Scenario};
use crate::source;

/// No input is larger: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const LARGEST: u64 = 256 * 1024;

/// What an execution is given, and what it is to show.
pub(super) struct Chosen<'l> {
    pub(super) input: Value,
    /// What the execution's name says of it.
    pub(super) label: String,
    pub(super) scenario: Option<&'l Scenario>,
    /// Where the input is from, where nobody said it.
    pub(super) note: Option<String>,
}

/// Chooses. `machine` is the machine's name without the user's prefix.
///
/// # Errors
/// A scenario or an input that is not there or another machine's, a file that cannot be read or is no JSON.
pub(super) fn choose<'l>(pack: &'l Pack, machine: &str, options: &RunOptions) -> Result<Chosen<'l>, Failure> {
    if let Some(name) = &options.scenario {
        let scenario = scenario(pack, machine, name)?;
        let (input, label) = (scenario.input.clone(), scenario.name.clone());
        return Ok(Chosen { input, label, scenario: Some(scenario), note: None });
    }
    let plain = |input, label: &str| Chosen { input, label: label.to_owned(), scenario: None, note: None };
    match options.input.as_deref() {
        Some("-") => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
            read.map_err(|source| Failure::file("read", Path::new("<stdin>"), source))?;
            Ok(plain(parsed(&bytes, "stdin")?, "run"))
        }
        Some(name) => match pack.inputs.iter().find(|input| input.name == name) {
            Some(input) => Ok(plain(named(pack, machine, input)?, name)),
            None => Ok(plain(of_file(pack, machine, name)?, "run")),
        },
        None => Ok(match pack.inputs.iter().find(|input| input.machine == machine) {
            Some(input) => {
                let note = format!("the input is `{}` of the pack; `--input` chooses another one", input.name);
                Chosen { note: Some(note), ..plain(named(pack, machine, input)?, &input.name) }
            }
            None => Chosen {
                note: Some("the input is `{}`; `--input` gives another one".to_owned()),
                ..plain(json!({}), "run")
            },
        }),
    }
}

fn scenario<'l>(pack: &'l Pack, machine: &str, name: &str) -> Result<&'l Scenario, Failure> {
    let Some(scenario) = pack.scenarios.iter().find(|scenario| scenario.name == name) else {
        // Those of the machine, unless that is misspelt, too.
        let has_any = pack.scenarios.iter().any(|scenario| scenario.machine == machine);
        let known = pack.scenarios.iter().filter(|scenario| !has_any || scenario.machine == machine);
        let help = source::help(name, known.map(|scenario| scenario.name.as_str()).collect::<Vec<_>>());
        return Err(Failure::usage(format!("no scenario `{name}` in the pack"), help));
    };
    if scenario.machine != machine {
        return Err(Failure::usage(
            format!("`{name}` is a scenario of `{}`, not of `{machine}`", scenario.machine),
            source::help(machine, [scenario.machine.as_str()]),
        ));
    }
    Ok(scenario)
}

fn named(pack: &Pack, machine: &str, input: &NamedInput) -> Result<Value, Failure> {
    if input.machine != machine {
        return Err(Failure::usage(
            format!("`{}` is an input of `{}`, not of `{machine}`", input.name, input.machine),
            format!("run `{}`, or give another input", input.machine),
        ));
    }
    let unread = || Failure::other(format!("`{}` of the pack cannot be read", input.file), "run `labctl validate`");
    pack.input(&input.name).ok_or_else(unread)
}

fn of_file(pack: &Pack, machine: &str, name: &str) -> Result<Value, Failure> {
    let path = Path::new(name);
    if name.trim_start().starts_with(['{', '[']) && !path.exists() {
        return parsed(name.as_bytes(), name);
    }
    let known = || pack.inputs.iter().filter(|input| input.machine == machine).map(|input| input.name.as_str());
    let is_path = name.contains(std::path::is_separator) || path.extension().is_some();
    if !is_path && !path.exists() {
        let known: Vec<&str> = known().collect();
        let help = match source::nearest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => {
                "write the JSON itself in quotes, or name a file with it, or `-` for stdin".to_owned()
            }
            None => format!(
                "write the JSON itself in quotes, or name a file with it, `-` for stdin, or one of `{}`",
                known.join("`, `")
            ),
        };
        return Err(Failure::usage(
            format!("`{name}` is neither an input of `{machine}` in the pack nor a file"),
            help,
        ));
    }
    let bytes = host::read(path, host::LARGEST_TEXT).map_err(|source| Failure::file("read", path, source))?;
    parsed(&bytes, name)
}

fn parsed(bytes: &[u8], what: &str) -> Result<Value, Failure> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(Failure::usage(
            format!("`{what}` has more than {LARGEST} bytes, which Step Functions does not take as an input"),
            "put what is large somewhere else, and its place into the input",
        ));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| {
        Failure::usage(
            format!("`{what}` is no JSON: {error}"),
            "an input is one JSON value, such as `{\"orderId\": \"order-1\"}`",
        )
    })
}

/// Whether an execution can have this name.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
///
/// # Errors
/// A name that Step Functions refuses.
pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    let refused =
        |letter: char| letter.is_control() || letter.is_whitespace() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(letter);
    let length = name.chars().count();
    let why = if length == 0 || length > 80 {
        format!("has {length} characters; 1 to 80 are allowed")
    } else if let Some(letter) = name.chars().find(|letter| refused(*letter)) {
        format!("has `{}`", letter.escape_debug())
    } else {
        return Ok(());
    };
    Err(Failure::usage(format!("`--name {name}` {why}"), "write letters, digits, `-` and `_`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::load_pack;

    fn options(scenario: Option<&str>, input: Option<&str>) -> RunOptions {
        let text = |text: &str| text.to_owned();
        RunOptions { scenario: scenario.map(text), input: input.map(text), ..RunOptions::default() }
    }

    fn refusal(pack: &Pack, machine: &str, options: &RunOptions) -> String {
        let Err(failure) = choose(pack, machine, options) else { panic!("it was taken") };
        format!("{}; {}", failure.message(), failure.help().unwrap_or_default())
    }

    #[test]
    fn an_input_is_found_by_name_and_file_and_what_is_not_is_reported_with_what_was_meant() {
        let pack = load_pack("step-functions", Path::new("tests")).unwrap();
        let orders = "order-processing-workflow";
        let chosen = choose(&pack, orders, &options(None, Some("invalid-order-test"))).unwrap();
        assert_eq!((chosen.input["amount"].as_i64(), chosen.label.as_str()), (Some(-10), "invalid-order-test"));
        let first = choose(&pack, orders, &options(None, None)).unwrap();
        assert_eq!(first.label, "successful-order-test");
        assert!(first.note.is_some_and(|note| note.contains("successful-order-test")));
        let scenario = choose(&pack, orders, &options(Some("valid-order"), None)).unwrap();
        assert!(scenario.scenario.is_some() && scenario.input["orderId"] == "order-12345");
        assert_eq!(choose(&pack, "other", &options(None, None)).unwrap().input, json!({}));

        assert!(refusal(&pack, "misspelt", &options(Some("valid-ordr"), None)).contains("did you mean `valid-order`?"));
        assert!(
            refusal(&pack, orders, &options(None, Some("invalid-order-tset")))
                .contains("did you mean `invalid-order-test`?")
        );
        assert!(
            refusal(&pack, orders, &options(None, Some("callback-test")))
                .contains("is an input of `callback-workflow`")
        );
        assert!(
            refusal(&pack, orders, &options(Some("callback-success"), None))
                .contains("a scenario of `callback-workflow`")
        );
        assert!(refusal(&pack, orders, &options(Some("valid-ordr"), None)).contains("did you mean `valid-order`?"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own.json");
        host::write_atomic(&file, b"{\"orderId\": }").unwrap();
        assert!(refusal(&pack, orders, &options(None, file.to_str())).contains("is no JSON: expected value at line 1"));
        host::write_atomic(&file, "\u{feff}{\"orderId\": \"mine\"}".as_bytes()).unwrap();
        assert_eq!(choose(&pack, orders, &options(None, file.to_str())).unwrap().input["orderId"], "mine");
        host::write_atomic(&file, &vec![b' '; 300_000]).unwrap();
        assert!(refusal(&pack, orders, &options(None, file.to_str())).contains("more than 262144 bytes"));
    }

    #[test]
    fn names_are_those_that_step_functions_takes() {
        assert!(check_name("successful-order-test_1.b").is_ok() && check_name(&"x".repeat(80)).is_ok());
        for bad in ["", "a b", "a:b", "a/b", "x*", &"x".repeat(81)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
