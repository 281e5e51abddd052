//! Whether a function's handler is in its package.

use std::path::Path;

use regex::Regex;

use super::package;
use super::template::Templates;
use crate::model::{Diagnostic, FunctionTemplate};

/// Looks for the module and the function that `handler` names; only Python is looked into.
pub(super) fn check(templates: &Templates<'_>, function: &FunctionTemplate) -> Option<Diagnostic> {
    let handler = &function.handler;
    let entries = package::entries(&templates.pack.files, &function.source);
    if entries.is_empty() {
        return None; // told by `package`
    }
    let at = |finding: Diagnostic| Some(templates.at_string(finding, handler));
    let Some((module, name)) = handler.rsplit_once('.').filter(|(module, name)| !module.is_empty() && !name.is_empty())
    else {
        let message = format!("`{handler}` is no handler");
        return at(Diagnostic::error("render::handler", message)
            .help("a handler is `module.function`, such as `order_validator.lambda_handler`"));
    };
    let path = module.replace('.', "/");
    let candidates = [format!("{path}.py"), format!("{path}/__init__.py")];
    let Some(source) = candidates.iter().find_map(|candidate| entries.get(candidate.as_str())) else {
        let has: Vec<String> = entries
            .keys()
            .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "py"))
            .map(|name| format!("`{name}`"))
            .collect();
        let message = format!("the package of `{}` has no module `{module}`", function.name);
        return at(Diagnostic::error("render::no-handler", message).help(format!(
            "`{}` holds {}",
            function.source,
            has.join(", ")
        )));
    };
    let source = String::from_utf8_lossy(source);
    if defines(&source, name) {
        return None;
    }
    let message = format!("the module `{module}` of `{}` defines no `{name}`", function.name);
    let known: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix("def ")?.split('(').next()).collect();
    let help = match super::callable::nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{module}.{near}`?"),
        None => format!("add `def {name}(event, context):` to the module"),
    };
    at(Diagnostic::error("render::no-handler", message).help(help))
}

/// Whether a module gives a name at its top level: a function, a value or an import.
fn defines(source: &str, name: &str) -> bool {
    let name = regex::escape(name);
    let pattern = format!(
        r"(?m)^(?:(?:async\s+)?def\s+{name}\s*\(|{name}\s*(?::[^=\n]+)?=[^=]|(?:from\s+\S+\s+)?import\s.*\b{name}\b)"
    );
    Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_may_be_defined_in_several_ways() {
        for source in [
            "def go(event, context):",
            "import x\nasync def go(e, c):",
            "go = wrap(other)",
            "from m import go",
            "from m import a as go",
        ] {
            assert!(defines(source, "go"), "{source}");
        }
        for source in
            ["def gone(event, context):", "    def go(self):", "# def go(", "if go == 1: pass", "class go_on:"]
        {
            assert!(!defines(source, "go"), "{source}");
        }
    }
}
