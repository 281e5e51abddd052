//! Definitions in the Amazon States Language, of whatever origin, held against what AWS takes.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::step::Finished;
use crate::asl::{self, Asked, Syntax};
use crate::host;
use crate::source::{Diagnostic, Diagnostics, Severity, SourceText, Span};
use crate::ui::view::{FindingView, LintSummary, LintView};

/// What one file can have listed; a generated file may be wrong in one way ten thousand times.
const MOST_LISTED: usize = 200;
/// Larger files are no definitions, whatever they are.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// Which files are read, and what of them is reported.
#[derive(Clone, Debug)]
pub(crate) struct LintOptions {
    /// Definitions, and folders of them; `-` is stdin.
    pub(crate) files: Vec<PathBuf>,
    /// Whether they are held against what AWS takes for EXPRESS machines.
    pub(crate) express: bool,
    /// The least severity that is reported.
    pub(crate) least: Severity,
    /// Whether warnings fail, too.
    pub(crate) strict: bool,
}

impl Default for LintOptions {
    fn default() -> Self {
        Self { files: Vec::new(), express: false, least: Severity::Warning, strict: false }
    }
}

/// Looks at every file.
///
/// # Errors
/// When there is nothing to look at; files that cannot be read are findings.
pub(crate) fn lint(context: &Context, options: &LintOptions) -> Result<Finished<LintView>, Failure> {
    let mut found = Diagnostics::default();
    let files = gather(&options.files, &mut found);
    if files.is_empty() && found.0.is_empty() {
        return Err(Failure::usage(
            "no definitions there",
            "name files, or folders with *.asl.json, *.asl.yaml or *.json files that have `StartAt` and `States`",
        ));
    }
    let mut summary = LintSummary { files: files.len(), ..LintSummary::default() };
    for file in &files {
        match read(file) {
            Ok(source) => lint_file(&source, options, &mut found, &mut summary),
            Err(finding) => found.push(finding),
        }
    }
    let count = |severity| found.0.iter().filter(|finding| finding.severity == severity).count();
    (summary.errors, summary.warnings) = (count(Severity::Error), count(Severity::Warning));
    let failed = summary.errors > 0 || (options.strict && summary.warnings > 0);
    found.0.retain(|finding| finding.severity >= options.least);
    summary.notes = found.0.iter().filter(|finding| finding.severity == Severity::Note).count();
    let view = LintView { summary, findings: FindingView::all(&found), shown: found };
    let exit = if failed { Exit::Usage } else { Exit::Done };
    Ok(Finished { document: context.document("lint", !failed, view), exit })
}

fn lint_file(source: &Arc<SourceText>, options: &LintOptions, found: &mut Diagnostics, summary: &mut LintSummary) {
    let asked = Asked { express: options.express, lesson: false };
    let all = asl::lint(&source.text, syntax(source), asked);
    summary.unlisted += all.len().saturating_sub(MOST_LISTED);
    found.extend(all.iter().take(MOST_LISTED).map(|finding| finding.diagnostic(source)));
}

/// By the name; what comes through a pipe is JSON when it begins like JSON.
fn syntax(source: &SourceText) -> Syntax {
    if source.path == Path::new(STDIN) {
        let is_json = source.text.trim_start().is_empty() || source.text.trim_start().starts_with(['{', '[', '"']);
        return if is_json { Syntax::Json } else { Syntax::Yaml };
    }
    let is_yaml = ends_with(&source.path, &[".yaml", ".yml"])
        || ends_with(&source.path, &[".asl"]) && !source.text.trim_start().starts_with('{');
    if is_yaml { Syntax::Yaml } else { Syntax::Json }
}

fn ends_with(path: &Path, ends: &[&str]) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    ends.iter().any(|end| name.ends_with(end))
}

/// How stdin is called in findings.
const STDIN: &str = "<stdin>";

/// The files to look at, each once, in order; folders are walked, links in them are not followed.
fn gather(arguments: &[PathBuf], found: &mut Diagnostics) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for argument in arguments {
        let argument = argument.strip_prefix(".").ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(argument);
        let mut named = if argument.is_dir() { walk(argument, found) } else { vec![argument.to_owned()] };
        named.retain(|file| seen.insert(file.clone()));
        files.extend(named);
    }
    files
}

fn walk(folder: &Path, found: &mut Diagnostics) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                found.push(unreadable(&folder, &host::cause(&error), "make the folder readable, or leave it out"));
                continue;
            }
        };
        for entry in entries.filter_map(Result::ok) {
            let (name, path) = (entry.file_name(), entry.path());
            let path = path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
            let skipped = name.to_string_lossy().starts_with('.') || name == "node_modules";
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !skipped => folders.push(path),
                Ok(kind) if kind.is_file() && is_definition(&path) => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// By the name; other files in JSON and YAML only if they hold one, or would if they could be read.
fn is_definition(path: &Path) -> bool {
    if ends_with(path, &[".asl", ".asl.json", ".asl.yaml", ".asl.yml"]) {
        return true;
    }
    let small = fs::metadata(path).is_ok_and(|metadata| metadata.len() <= LARGEST_FILE);
    let (json, yaml) = (ends_with(path, &[".json"]), ends_with(path, &[".yaml", ".yml"]));
    (json || yaml)
        && small
        && host::read(path, LARGEST_FILE).is_ok_and(|bytes| {
            let text = String::from_utf8_lossy(&bytes);
            let fields = ["StartAt", "States"];
            if yaml {
                // At the left edge: a template that has a definition in it is no definition.
                return fields.iter().all(|field| text.lines().any(|line| is_key(line, field)));
            }
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(value) => fields.iter().all(|field| value.get(field).is_some()),
                Err(_) => fields.iter().all(|field| text.contains(&format!("\"{field}\""))),
            }
        })
}

/// Whether a line of YAML begins with a key.
fn is_key(line: &str, key: &str) -> bool {
    line.trim_start_matches('\u{feff}').strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
}

/// A file's text, without the mark that some editors put at its beginning.
fn read(path: &Path) -> Result<Arc<SourceText>, Diagnostic> {
    if ends_with(path, &[".hbs"]) {
        let help = "`labctl validate` fills in the templates of a pack and looks at what comes out";
        return Err(unreadable(path, "it is a template", help));
    }
    let is_stdin = path == Path::new("-");
    let (name, bytes) = if is_stdin {
        let mut bytes = Vec::new();
        (Path::new(STDIN), io::stdin().lock().take(LARGEST_FILE + 1).read_to_end(&mut bytes).map(|_| bytes))
    } else {
        (path, host::read(path, LARGEST_FILE))
    };
    let bytes = bytes.map_err(|error| unreadable(name, &host::cause(&error), "check the path"))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST_FILE {
        return Err(unreadable(name, "it is larger than 64 MiB", "Step Functions takes definitions up to 1 MiB"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceText::new(name, text.strip_prefix('\u{feff}').unwrap_or(&text))),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let source = SourceText::new(name, text);
            let finding = unreadable(name, "it is not text in UTF-8", "save it again as UTF-8");
            Err(finding.at(&source, Span { offset: good, length: 1 }))
        }
    }
}

fn unreadable(path: &Path, cause: &str, help: &str) -> Diagnostic {
    Diagnostic::error("lint::unreadable", format!("cannot read `{}`: {cause}", path.display())).help(help)
}
