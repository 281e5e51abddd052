//! `docs/asl-coverage.md` is held to the code.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::owners::own_fields;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn ledger() -> String {
    fs::read_to_string(root().join("docs/asl-coverage.md")).unwrap()
}

/// The text of all files below a folder.
fn text_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        // What may be reported is no ledger of what is done.
        if entry.ends_with("check/rules") || entry.ends_with("check/warnings") {
            continue;
        }
        if entry.is_dir() {
            text.push_str(&text_below(&entry));
        } else {
            text.push_str(&fs::read_to_string(&entry).unwrap());
        }
    }
    text
}

#[test]
fn every_field_is_in_the_ledger() {
    let ledger = ledger();
    for kind in ["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"] {
        let row = ledger.lines().find(|line| line.starts_with(&format!("| {kind} |"))).unwrap();
        for field in own_fields(kind) {
            assert!(row.contains(&format!("`{field}`")), "{field} of {kind}");
        }
    }
}

#[test]
fn every_name_of_an_error_or_function_is_in_the_ledger() {
    let (ledger, code) = (ledger(), text_below(&root().join("crates/asl/src")));
    let names = Regex::new(r#""(States\.[A-Z][A-Za-z0-9]+)""#).unwrap();
    let made_up = ["States.Nope", "States.RanOutOfTime", "States.RanOutOfTim"];
    for name in names.captures_iter(&code).map(|found| found[1].to_owned()) {
        assert!(ledger.contains(&format!("`{name}`")) || made_up.contains(&name.as_str()), "{name}");
    }
    for name in ["hash", "millis", "now", "parse", "partition", "random", "range", "shuffle", "uuid"] {
        assert!(crate::jsonata::function_names().any(|known| known == name), "{name}");
        assert!(ledger.contains(&format!("`${name}`")), "{name}");
    }
}
