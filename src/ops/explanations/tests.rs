//! What is explained is true: the wrong example gives the finding and nothing else, the right one gives nothing; and every code that
//! the source has is explained.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::of_files;
use crate::asl::{Rule, Syntax};
use crate::host;
use crate::manifest::Overrides;
use crate::ops::test_support::copy_tiny_pack;
use crate::ops::validate;
use crate::source::Severity;

/// What no text below a manifest shows: bytes, sizes, names of files, what another check always finds first, and what other commands say.
const WITHOUT_EXAMPLE: [&str; 41] = [
    "export::template",
    "pack::unknown-scenario",
    "pack::unknown-function",
    "pack::unknown-dashboard",
    "pack::unknown-check",
    "pack::unknown-integration",
    "pack::needless-mock",
    "pack::unused-mock",
    "pack::unused-setting",
    "pack::missing-mock",
    "pack::unknown-outcome",
    "pack::outcome-pointer",
    "pack::mock-member",
    "manifest::unreadable",
    "manifest::not-utf8",
    "manifest::unknown-format",
    "roster::not-utf8",
    "pack::unreadable",
    "pack::hidden-file",
    "manifest::shared-name",
    "pack::not-utf8",
    "render::not-unicode",
    "render::definition-too-large",
    "pack::requirement",
    "pack::platform-wheel",
    "render::environment",
    "render::package-clash",
    "render::package-too-large",
    "render::package",
    "render::no-source",
    "pack::unused-syntax",
    "render::role",
    "render::switch",
    "render::resource-properties",
    "render::resource-circle",
    "render::no-place",
    "lint::unreadable",
    "graph::definition",
    "graph::refused",
    "roster::unknown-export",
    "roster::same-name",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn write(path: &Path, text: &str) {
    host::write_atomic(path, text.as_bytes()).unwrap();
}

/// Puts a part of a file over the whole: tables one into the other, entries of lists by their name or id.
fn lay(part: Table, whole: &mut Table) {
    for (key, value) in part {
        match (value, whole.get_mut(&key)) {
            (Value::Table(part), Some(Value::Table(whole))) => lay(part, whole),
            (Value::Array(parts), Some(Value::Array(whole))) if parts.first().is_some_and(Value::is_table) => {
                for part in parts {
                    let same = whole.iter_mut().find(|one| {
                        ["name", "id"].iter().any(|key| part.get(key).is_some() && one.get(key) == part.get(key))
                    });
                    match (part, same) {
                        (Value::Table(part), Some(Value::Table(whole))) => lay(part, whole),
                        (part, _) => whole.push(part),
                    }
                }
            }
            (value, _) => {
                whole.insert(key, value);
            }
        }
    }
}

/// The example laid over the file that it is a part of; what cannot be read stands alone.
fn over(example: &str, mut whole: Table) -> String {
    match example.parse::<Table>() {
        Ok(part) => {
            lay(part, &mut whole);
            toml::to_string(&whole).unwrap()
        }
        Err(_) => example.to_owned(),
    }
}

/// A class of one with the smallest pack, in which nothing is wrong, and the example in it.
fn furnish(folder: &Path, file: &str, example: &str) {
    copy_tiny_pack(folder);
    let pack = folder.join("tiny/pack.toml");
    let mut whole: Table = fs::read_to_string(&pack).unwrap().parse().unwrap();
    lay("[[log_groups]]\nname = \"/aws/lambda/{{user}}-greeter\"".parse().unwrap(), &mut whole);
    // Old enough for any python3 to be sure of what it says of the handlers.
    lay("[settings.runtime]\ndefault = \"python3.9\"".parse().unwrap(), &mut whole);
    let text = if file == "pack.toml" { over(example, whole) } else { toml::to_string(&whole).unwrap() };
    write(&pack, &text);
    write(&folder.join("students.csv"), "name\nann\n");
    let mut manifest: Table = "[lab]\npack = \"./tiny\"\nname = \"lab6\"\n".parse().unwrap();
    let users = if file.starts_with("students.") {
        write(&folder.join(file), example);
        format!("[roster]\nfile = \"{file}\"\n")
    } else if file == "lab-manifest.toml" && ["users", "[roster]"].iter().any(|word| example.contains(word)) {
        String::new()
    } else {
        "[[users]]\nname = \"ann\"\n".to_owned()
    };
    lay(users.parse().unwrap(), &mut manifest);
    let text = if file == "lab-manifest.toml" { over(example, manifest) } else { toml::to_string(&manifest).unwrap() };
    write(&folder.join("lab-manifest.toml"), &text);
    if file.contains('/') {
        write(&folder.join("tiny").join(file), example);
    }
}

/// Codes and severities of what is found, each once.
fn found(explanation: &Rule, example: &str) -> BTreeSet<(&'static str, Severity)> {
    let folder = tempfile::tempdir().unwrap();
    furnish(folder.path(), explanation.file, example);
    let overrides = Overrides { now_ms: Some(1_800_000_000_000), ..Overrides::default() };
    let (_, found, _) = validate::examine(&folder.path().join("lab-manifest.toml"), &overrides);
    // An example takes the place of what asked for a setting of the whole.
    let told = found.0.iter().filter(|finding| finding.code != "pack::unused-setting");
    told.map(|finding| (finding.code, finding.severity)).collect()
}

fn with_examples() -> impl Iterator<Item = &'static Rule> {
    of_files().filter(|explanation| !WITHOUT_EXAMPLE.contains(&explanation.code))
}

#[test]
fn the_wrong_example_gives_the_finding_and_nothing_else() {
    let mut broken = Vec::new();
    for explanation in with_examples() {
        let found = found(explanation, explanation.wrong);
        if found != BTreeSet::from([(explanation.code, explanation.severity)]) {
            broken.push(format!("{}: {found:?}", explanation.code));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_right_example_gives_nothing() {
    let mut broken = Vec::new();
    for explanation in with_examples() {
        let found = found(explanation, explanation.right);
        if !found.is_empty() {
            broken.push(format!("{}: {found:?}", explanation.code));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_definition_that_cannot_be_drawn() {
    let explanation = of_files().find(|explanation| explanation.code == "graph::definition").unwrap();
    assert!(crate::asl::outline(explanation.wrong, Syntax::Json).is_err());
    assert!(crate::asl::outline(explanation.right, Syntax::Json).is_ok());
}

/// Every text of the source that looks like a code, tests aside.
fn written(folder: &Path, code: &regex::Regex, codes: &mut BTreeSet<String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["asl", "explanations", "tests"].contains(&name.as_str()) {
                written(&path, code, codes);
            }
        } else if !["tests.rs", "examples.rs"].contains(&name.as_str()) {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            codes.extend(code.captures_iter(text).map(|found| found[1].to_owned()));
        }
    }
}

#[test]
fn every_code_is_explained() {
    let mut codes = BTreeSet::new();
    let code = regex::Regex::new(r#""([a-z]+::[a-z0-9-]+)""#).unwrap();
    for folder in ["src", "crates/engine/src"] {
        written(&root().join(folder), &code, &mut codes);
    }
    codes.retain(|code| !code.starts_with("asl::"));
    let explained: BTreeSet<String> = of_files().map(|explanation| explanation.code.to_owned()).collect();
    assert_eq!(explained, codes, "left: explained, right: in the source");
    assert_eq!(explained.len(), of_files().count(), "a code is explained twice");
    for explanation in of_files() {
        let code = explanation.code;
        assert!(explanation.title.len() > 10 && explanation.text.len() > 25, "{code}");
        assert!(!explanation.title.ends_with('.') && explanation.text.ends_with('.'), "{code}");
        let page = explanation.page;
        assert!(page.starts_with("https://") || root().join(page).is_file(), "{code}: {page}");
        let shown = [explanation.file, explanation.wrong, explanation.right].map(str::is_empty);
        assert!(shown == [true; 3] || shown == [false; 3], "{code}: an example is incomplete");
        assert!(!shown[0] || WITHOUT_EXAMPLE.contains(&code), "{code} has no example");
    }
}
