//! The handlers of a pack, compiled by the host's python3: nothing is run and nothing is written. `render` has parsed them; what only
//! a compiler sees, such as `return` outside of a function, is found here.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::json;

use crate::local::runtime::{Python, find_python};
use crate::model::Lab;
use crate::source::{Diagnostic, Diagnostics, SourceText, Span};

/// Compiles each source from stdin, and tells where the syntax is wrong.
const PROGRAM: &str = "\
import json, sys, warnings
warnings.simplefilter('ignore')
wrong = []
for name, text in json.load(sys.stdin):
    try:
        compile(text, name, 'exec', dont_inherit=True)
    except SyntaxError as error:
        wrong.append({'file': name, 'line': error.lineno or 1, 'column': error.offset or 1, 'message': error.msg})
    except (ValueError, RecursionError, MemoryError) as error:
        wrong.append({'file': name, 'line': 1, 'column': 1, 'message': str(error)})
json.dump(wrong, sys.stdout)
";

#[derive(Deserialize)]
struct Wrong {
    file: String,
    line: usize,
    column: usize,
    message: String,
}

/// Mistakes in the pack's Python files that only a compiler sees, beside those that are known; None when there is no python3.
pub(crate) fn check(lab: &Lab, known: &Diagnostics) -> Option<Diagnostics> {
    let mut sources = sources(lab);
    // What does not parse does not compile.
    let is_known = |file: &str| {
        let path = lab.pack.display_path(file);
        let of_syntax = |finding: &&Diagnostic| ["pack::python-syntax", "pack::unused-syntax"].contains(&finding.code);
        known
            .0
            .iter()
            .filter(of_syntax)
            .any(|finding| finding.place.as_ref().is_some_and(|(source, _)| source.path == path))
    };
    sources.retain(|(file, _)| !is_known(file));
    if sources.is_empty() {
        return Some(Diagnostics::default());
    }
    let python = find_python(None)?;
    let wrong = read(&python, &sources)?;
    // What is older than the lab's runtime refuses what that takes.
    let certain = newest_runtime(lab).is_none_or(|newest| minor(&python.version).is_some_and(|own| own >= newest));
    let findings = wrong.into_iter().filter(|_| certain).filter_map(|wrong| {
        let (_, text) = sources.iter().find(|(file, _)| *file == wrong.file)?;
        let source = SourceText::new(lab.pack.display_path(&wrong.file), *text);
        let span = Span { offset: source.offset(wrong.line, wrong.column), length: 1 };
        let message = format!("`{}` is not Python: {}", wrong.file, wrong.message);
        let finding = Diagnostic::error("pack::python-syntax", message)
            .help("the function would fail with Runtime.UserCodeSyntaxError at its first call");
        Some(finding.at(&source, span))
    });
    Some(Diagnostics(findings.collect()))
}

/// The Python files that go into packages, as text; `render` reports the others.
fn sources(lab: &Lab) -> Vec<(&str, &str)> {
    let packed =
        |file: &str| lab.pack.functions.iter().any(|function| function.paths().any(|path| file.starts_with(path)));
    let files = lab.pack.files.iter().filter(|(file, _)| {
        std::path::Path::new(file).extension().is_some_and(|extension| extension == "py") && packed(file)
    });
    files.filter_map(|(file, bytes)| Some((file.as_str(), std::str::from_utf8(bytes).ok()?))).collect()
}

fn read(python: &Python, sources: &[(&str, &str)]) -> Option<Vec<Wrong>> {
    let mut child = Command::new(&python.path)
        .args(["-I", "-S", "-c", PROGRAM])
        .env_clear()
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    // It reads everything before it writes anything, so that neither waits for the other.
    let sent = stdin.write_all(json!(sources).to_string().as_bytes());
    drop(stdin);
    let output = child.wait_with_output().ok()?;
    sent.ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

/// The newest runtime that a user's settings name, as the 13 of `python3.13`.
fn newest_runtime(lab: &Lab) -> Option<u32> {
    let own = lab.pack.functions.iter().map(|function| function.runtime.as_str());
    let set = lab.users.iter().flat_map(|user| user.settings.values()).filter_map(serde_json::Value::as_str);
    own.chain(set).filter_map(|text| text.strip_prefix("python3.")?.parse().ok()).max()
}

fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}
