//! Whether a function's handler is in its package, and whether the package has what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use handlebars::Context;
use serde_json::json;

use super::package;
use super::python::{self, Examined};
use super::template::Templates;
use crate::kind::Constraint;
use crate::model::runtime::{RUNTIMES, language};
use crate::model::{FunctionTemplate, Lab};
use crate::source;
use crate::source::{Diagnostic, SourceText, Span};

/// Runtimes of Lambda that AWS still offers for new functions, newest first, for suggestions.
const NEW_FUNCTIONS: [&str; 3] = ["python3.14", "python3.13", "python3.12"];
/// The newest version of Python that can be told from others.
const NEWEST_KNOWN: u8 = 15;

/// What is wrong with the runtime and the handler of a function, for each runtime that it has for some user.
pub(super) fn check(templates: &Templates<'_>, lab: &Lab, function: &FunctionTemplate, at: &str) -> Vec<Diagnostic> {
    let entries = package::entries(templates.pack, function);
    let mut findings = Vec::new();
    for runtime in runtimes(templates, lab, function) {
        findings.extend(unknown(templates, function, at, &runtime));
        if !entries.is_empty() {
            findings.extend(Handler { templates, function, at, entries: &entries, runtime: &runtime }.check());
        }
    }
    findings
}

/// The methods that a function's code calls, by their names (`send_task_success`); nothing where it is no Python.
pub(super) fn calls(templates: &Templates<'_>, lab: &Lab, function: &FunctionTemplate) -> BTreeSet<String> {
    let entries = package::entries(templates.pack, function);
    let version = runtimes(templates, lab, function).iter().find_map(|runtime| minor(runtime));
    match (version, split(&function.handler)) {
        (Some(minor), Some(handler)) => python::examine(&entries, handler, minor).1,
        _ => BTreeSet::new(),
    }
}

/// The runtimes that a function has for the lab's users, as far as they can be filled in.
pub fn runtimes_of(lab: &Lab, function: &FunctionTemplate) -> BTreeSet<String> {
    runtimes(&Templates::compile_all(&lab.pack).0, lab, function)
}

/// The runtimes that a function has for the lab's users.
fn runtimes(templates: &Templates<'_>, lab: &Lab, function: &FunctionTemplate) -> BTreeSet<String> {
    let filled = lab.users.iter().filter_map(|user| {
        let context = Context::wraps(json!({ "user": user.name.as_str(), "settings": user.settings })).ok()?;
        templates.string(&function.runtime, &context).ok()
    });
    filled.collect()
}

/// A runtime that AWS does not have is refused; one that looks newer than the table only may be.
fn unknown(templates: &Templates<'_>, function: &FunctionTemplate, at: &str, runtime: &str) -> Option<Diagnostic> {
    let row = Constraint::of("functions.runtime")?;
    if row.values.iter().any(|known| known == runtime) || RUNTIMES.contains(&runtime) {
        return None;
    }
    let pointer = format!("{at}/runtime");
    let said = format!("the runtime of function `{}` is `{runtime}`", function.name);
    // What is shaped as the runtimes of a language are may be newer than the table; a slip is not.
    let near = nearest_runtime(runtime, &row.values);
    let finding = match near {
        Some(near) if language(runtime).is_none() => {
            Diagnostic::error("pack::unknown-runtime", format!("{said}, which AWS does not have"))
                .help(format!("did you mean `{near}`?"))
        }
        _ => Diagnostic::warning("pack::new-runtime", format!("{said}, which this labctl does not know"))
            .help("right if AWS has added it since; else CreateFunction refuses it for every user"),
    };
    Some(templates.at_place(finding, &pointer, &function.runtime))
}

fn nearest_runtime<'known>(runtime: &str, known: &'known [String]) -> Option<&'known str> {
    let offered = |one: &&str| !one.starts_with("python") || NEW_FUNCTIONS.contains(one);
    source::nearest(runtime, known.iter().map(String::as_str).filter(offered))
}

/// The 13 of `python3.13`; a version that is newer than all known is read as the newest of them.
fn minor(runtime: &str) -> Option<u8> {
    Some(runtime.strip_prefix("python3.")?.parse::<u8>().ok()?.min(NEWEST_KNOWN))
}

fn split(handler: &str) -> Option<(&str, &str)> {
    handler.rsplit_once('.').filter(|(module, name)| !module.is_empty() && !name.is_empty())
}

/// The handler in the module that was perhaps meant.
fn nearest_handler(module: &str, name: &str, modules: &[&str]) -> Option<String> {
    let near = source::nearest(module, modules.iter().copied())?;
    Some(format!("did you mean `{near}.{name}`?"))
}

struct Handler<'run> {
    templates: &'run Templates<'run>,
    function: &'run FunctionTemplate,
    at: &'run str,
    entries: &'run BTreeMap<&'run str, &'run [u8]>,
    runtime: &'run str,
}

impl Handler<'_> {
    fn check(&self) -> Vec<Diagnostic> {
        if let Some(finding) = self.other_language() {
            return vec![finding];
        }
        let Some(minor) = minor(self.runtime) else { return self.other_runtime().into_iter().collect() };
        let Some(handler) = split(&self.function.handler) else {
            let message = format!("`{}` is not `module.function`", self.function.handler);
            return vec![self.missing(message, "write it as `order_validator.lambda_handler`".to_owned())];
        };
        let (examined, _) = python::examine(self.entries, handler, minor);
        // What a layer brings nobody here has seen.
        let may_be_in_a_layer =
            |one: &Examined| !self.function.layers.is_empty() && matches!(one, Examined::MissingModule { .. });
        examined.into_iter().filter(|one| !may_be_in_a_layer(one)).map(|one| self.reported(one)).collect()
    }

    fn missing(&self, message: String, help: String) -> Diagnostic {
        let finding = Diagnostic::error("pack::missing-handler", message).help(help);
        self.templates.at_place(finding, &format!("{}/handler", self.at), &self.function.handler)
    }

    /// A source in another language than the runtime's.
    fn other_language(&self) -> Option<Diagnostic> {
        const LANGUAGES: [(&str, &[&str]); 3] =
            [("python", &["py", "pyc", "so"]), ("nodejs", &["js", "mjs", "cjs"]), ("ruby", &["rb"])];
        let (own, endings) = LANGUAGES.into_iter().find(|(family, _)| self.runtime.starts_with(family))?;
        let has = |endings: &[&str]| {
            self.entries.keys().any(|name| {
                Path::new(name).extension().and_then(|it| it.to_str()).is_some_and(|ending| endings.contains(&ending))
            })
        };
        if has(endings) {
            return None;
        }
        let found = LANGUAGES.into_iter().find(|(family, endings)| *family != own && has(endings));
        let source = self.function.origin();
        let message = match found {
            Some((other, _)) => format!(
                "the runtime of function `{}` is `{}`, and `{source}` is for {other}",
                self.function.name, self.runtime
            ),
            None => format!(
                "the runtime of function `{}` is `{}`, and `{source}` has no `.{}`",
                self.function.name,
                self.runtime,
                endings.first()?
            ),
        };
        let finding = Diagnostic::error("pack::runtime-mismatch", message)
            .help("choose the runtime of the source's language, or another source");
        Some(self.templates.at_place(finding, &format!("{}/runtime", self.at), &self.function.runtime))
    }

    /// Handlers of runtimes whose files are looked for by name, without reading them.
    fn other_runtime(&self) -> Option<Diagnostic> {
        let handler = &self.function.handler;
        let candidates: Vec<String> = if self.runtime.starts_with("provided") {
            vec!["bootstrap".to_owned()]
        } else {
            let (module, _) = split(handler)?;
            let endings: &[&str] = if self.runtime.starts_with("nodejs") {
                &["js", "mjs", "cjs"]
            } else if self.runtime.starts_with("ruby") {
                &["rb"]
            } else {
                return None;
            };
            endings.iter().map(|ending| format!("{module}.{ending}")).collect()
        };
        if candidates.iter().any(|file| self.entries.contains_key(file.as_str())) {
            return None;
        }
        let wanted = candidates.first()?;
        let message = format!("handler `{handler}`: there is no `{wanted}` in `{}`", self.function.origin());
        let (module, name) = split(handler).unwrap_or((handler.as_str(), ""));
        let stems: Vec<&str> = self.entries.keys().filter_map(|file| Some(file.rsplit_once('.')?.0)).collect();
        let holds = || self.holds(&self.entries.keys().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let is_module = !self.runtime.starts_with("provided");
        let near = nearest_handler(module, name, &stems).filter(|_| is_module);
        Some(self.missing(message, near.unwrap_or_else(holds)))
    }

    /// What the package holds, in a few words.
    fn holds(&self, names: &[String]) -> String {
        let listed: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
        let more = names.len().saturating_sub(listed.len());
        match (listed.is_empty(), more) {
            (true, _) => format!("`{}` holds no such file", self.function.origin()),
            (false, 0) => format!("`{}` holds {}", self.function.origin(), listed.join(", ")),
            (false, more) => format!("`{}` holds {} and {more} more", self.function.origin(), listed.join(", ")),
        }
    }

    fn reported(&self, examined: Examined) -> Diagnostic {
        let (function, handler) = (&self.function.name, &self.function.handler);
        match examined {
            Examined::NoModule { module, has } => {
                let message = format!("handler `{handler}`: there is no `{module}.py` in `{}`", self.function.origin());
                let (_, name) = handler.rsplit_once('.').unwrap_or_default();
                let stems: Vec<&str> = has.iter().filter_map(|file| file.strip_suffix(".py")).collect();
                let help = nearest_handler(&module, name, &stems).unwrap_or_else(|| self.holds(&has));
                self.missing(message, help)
            }
            Examined::NoName { file, name, known } => {
                let message = format!("handler `{handler}`: `{file}` has no `{name}`");
                let module = handler.rsplit_once('.').map_or("", |(module, _)| module);
                let help = match source::nearest(&name, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{module}.{near}`?"),
                    None => format!("define `def {name}(event, context):` there"),
                };
                self.missing(message, help)
            }
            Examined::Coroutine { file, name } => {
                let message = format!(
                    "the handler `{name}` of function `{function}` in `{file}` is `async`, and Lambda does not await it"
                );
                let finding = Diagnostic::warning("pack::async-handler", message)
                    .help("make it a plain `def` that calls `asyncio.run(…)`");
                self.templates.at_place(finding, &format!("{}/handler", self.at), handler)
            }
            Examined::Syntax { file, message, span, certain } => {
                let path = self.path(&file);
                let message = format!("`{path}` is not Python: {message}");
                let finding = if certain {
                    Diagnostic::error("pack::python-syntax", message).help(format!(
                        "`{}` would fail with Runtime.UserCodeSyntaxError at its first call",
                        self.runtime
                    ))
                } else {
                    Diagnostic::warning("pack::unused-syntax", message).help("the handler does not import it at once")
                };
                self.in_file(finding, &file, span)
            }
            Examined::MissingModule { file, module, span } => {
                let message = format!("function `{function}` imports `{module}`, which its package lacks");
                let help = format!(
                    "put it into `{}`, or it fails with Runtime.ImportModuleError at its first call; `{}` brings the standard library and boto3",
                    self.function.origin(),
                    self.runtime
                );
                self.in_file(Diagnostic::warning("pack::missing-module", message).help(help), &file, span)
            }
            Examined::MissingName { file, module, name, span } => {
                let message = format!("function `{function}` imports `{name}` from `{module}`, which has no such name");
                let finding = Diagnostic::warning("pack::missing-module", message)
                    .help("it fails with Runtime.ImportModuleError at its first call");
                self.in_file(finding, &file, span)
            }
            Examined::NoParent { file, span } => {
                let message = format!("function `{function}` imports relative to `{file}`, which is in no package");
                let finding = Diagnostic::warning("pack::missing-module", message).help("leave the leading dot out");
                self.in_file(finding, &file, span)
            }
        }
    }

    /// The path in the pack of a file of the package.
    fn path(&self, file: &str) -> String {
        package::path_of(self.templates.pack, self.function, file).unwrap_or(file).to_owned()
    }

    fn in_file(&self, finding: Diagnostic, file: &str, span: Span) -> Diagnostic {
        let path = self.path(file);
        match self.entries.get(file).and_then(|bytes| std::str::from_utf8(bytes).ok()) {
            Some(text) => finding.at(&SourceText::new(self.templates.pack.display_path(&path), text), span),
            None => finding,
        }
    }
}

/// The Python of a pack whose `pack.toml` cannot be read: mistakes in the syntax of each file.
pub(super) fn check_alone(templates: &Templates<'_>) -> Vec<Diagnostic> {
    let files =
        templates.pack.files.iter().filter(|(path, _)| {
            path.starts_with("lambda/") && Path::new(path).extension().is_some_and(|it| it == "py")
        });
    let reported = files.filter_map(|(path, bytes)| {
        let text = std::str::from_utf8(bytes).ok()?;
        let mistake = python::syntax(text, NEWEST_KNOWN)?;
        let message = format!("`{path}` is not Python: {}", mistake.message);
        let finding = Diagnostic::error("pack::python-syntax", message)
            .help("the function would fail with Runtime.UserCodeSyntaxError at its first call");
        Some(finding.at(&SourceText::new(templates.pack.display_path(path), text), mistake.span))
    });
    reported.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_leads_to_what_was_meant() {
        let known = &Constraint::of("functions.runtime").unwrap().values;
        for (slip, meant) in [
            ("pyton3.13", "python3.13"),
            ("Python3.12", "python3.12"),
            ("nodejs22x", "nodejs22.x"),
            ("ruby-3.4", "ruby3.4"),
        ] {
            assert_eq!((language(slip), nearest_runtime(slip, known)), (None, Some(meant)), "{slip}");
        }
        assert_eq!(nearest_runtime("cobol", known), None);
    }
}
