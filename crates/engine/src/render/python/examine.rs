//! What is wrong with the Python of a function.

use std::collections::{BTreeMap, BTreeSet};

use super::module::{Import, When};
use super::sources::{Found, Holds, Sources, absolute};
use crate::source::Span;

/// Something to say of a file of the package, or of the handler's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) enum Examined {
    /// The handler's module is not in the package.
    NoModule {
        /// `order_validator`.
        module: String,
        /// The files that could be meant.
        has: Vec<String>,
    },
    /// The module has no such name.
    NoName {
        file: String,
        name: String,
        /// Names that it has.
        known: Vec<String>,
    },
    /// The handler is a coroutine function, which Lambda does not await.
    Coroutine { file: String, name: String },
    /// A file is not Python. `certain` where the handler's module imports it at once.
    Syntax { file: String, message: String, span: Span, certain: bool },
    /// An import leads nowhere.
    MissingModule { file: String, module: String, span: Span },
    /// A module of the package lacks what is imported from it.
    MissingName { file: String, module: String, name: String, span: Span },
    /// `from . import x` in a module that is in no package.
    NoParent { file: String, span: Span },
}

/// Looks at the module and the name of a handler, and at all that the module imports. `entries` are the package's files.
///
/// Gives the names of all methods that are called there, for whoever asks what the role must allow.
pub(in crate::render) fn examine(
    entries: &BTreeMap<&str, &[u8]>,
    handler: (&str, &str),
    minor: u8,
) -> (Vec<Examined>, BTreeSet<String>) {
    let sources = Sources::new(entries, minor);
    let (module, name) = handler;
    // The runtime turns slashes into dots and imports what comes of it.
    let Found::File(main) = sources.find(&module.replace('/', ".")) else {
        let has = sources.python_files().map(str::to_owned).collect();
        return (vec![Examined::NoModule { module: module.to_owned(), has }], BTreeSet::new());
    };
    let mut found = Vec::new();
    if let Some(read) = sources.module(&main) {
        if sources.holds(&main, name) == Holds::No {
            let known = read.names.iter().cloned().collect();
            found.push(Examined::NoName { file: main.clone(), name: name.to_owned(), known });
        }
        if read.coroutines.contains(name) {
            found.push(Examined::Coroutine { file: main.clone(), name: name.to_owned() });
        }
    }
    let reached = reach(&sources, &main);
    let mut calls = BTreeSet::new();
    let moves = reached.keys().any(|file| sources.module(file).is_some_and(|module| module.changes_path));
    for (file, when) in &reached {
        let Some(module) = sources.module(file) else { continue };
        calls.extend(module.calls.iter().cloned());
        if let Some(mistake) = &module.mistake {
            let (message, span) = (mistake.message.clone(), mistake.span);
            found.push(Examined::Syntax { file: file.clone(), message, span, certain: *when == When::AtOnce });
        } else if *when == When::AtOnce {
            let at_once = module.imports.iter().filter(|import| import.when == When::AtOnce);
            found.extend(at_once.filter_map(|import| missing(&sources, file, import, moves)));
        }
    }
    for file in sources.python_files().filter(|file| !reached.contains_key(*file)) {
        if let Some(mistake) = sources.module(file).and_then(|module| module.mistake.clone()) {
            let (message, span) = (mistake.message, mistake.span);
            found.push(Examined::Syntax { file: file.to_owned(), message, span, certain: false });
        }
    }
    (found, calls)
}

/// Every file that the handler's module leads to, with the surest way to it.
fn reach(sources: &Sources<'_>, main: &str) -> BTreeMap<String, When> {
    let mut reached = BTreeMap::new();
    let mut open = vec![(main.to_owned(), When::AtOnce)];
    while let Some((file, when)) = open.pop() {
        if reached.get(&file).is_some_and(|known| *known <= when) {
            continue;
        }
        reached.insert(file.clone(), when);
        let Some(module) = sources.module(&file) else { continue };
        for import in &module.imports {
            let when = when.max(import.when);
            let Some(target) = absolute(&file, &import.module, import.level) else { continue };
            // `import a.b.c` runs `a` and `a.b` too, and `from a import b` the module `a.b` where there is one.
            let whole = import.name.as_ref().map_or_else(|| target.clone(), |name| format!("{target}.{name}"));
            let ends = whole.match_indices('.').map(|(at, _)| at).chain([whole.len()]);
            for part in ends.filter_map(|end| whole.get(..end)) {
                if let Found::File(file) = sources.find(part) {
                    open.push((file, when));
                }
            }
        }
    }
    reached
}

/// What an import lacks.
fn missing(sources: &Sources<'_>, file: &str, import: &Import, moves: bool) -> Option<Examined> {
    let (file, span) = (file.to_owned(), import.span);
    let Some(module) = absolute(&file, &import.module, import.level) else {
        return Some(Examined::NoParent { file, span });
    };
    let named = import.name.as_deref().filter(|name| *name != "*");
    match sources.find(&module) {
        // Where the path is changed, a module may lie in any folder.
        Found::Missing if moves && sources.has_anywhere(&module) => None,
        Found::Missing => Some(Examined::MissingModule { file, module, span }),
        Found::File(target) => {
            let name = named?;
            let is_module = sources.find(&format!("{module}.{name}")) != Found::Missing;
            // A module that imports itself in a circle has its names later.
            let lacks = target != file && !is_module && sources.holds(&target, name) == Holds::No;
            let dunder = name.starts_with("__");
            (lacks && !dunder).then(|| Examined::MissingName { file, module, name: name.to_owned(), span })
        }
        Found::Opaque => {
            // A folder without `__init__.py` has nothing but its modules.
            let name = named?;
            let inner = format!("{module}.{name}");
            let folder = sources.find(&module) == Found::Opaque && !sources.is_compiled(&module);
            (folder && sources.find(&inner) == Found::Missing).then(|| Examined::MissingName {
                file,
                module,
                name: name.to_owned(),
                span,
            })
        }
        Found::Runtime => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(files: &[(&str, &str)], handler: (&str, &str)) -> Vec<Examined> {
        let entries: BTreeMap<&str, &[u8]> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        examine(&entries, handler, 13).0
    }

    fn of(text: &str) -> Vec<Examined> {
        look(&[("main.py", text), ("impl.py", "def lambda_handler(e, c): return e\n")], ("main", "lambda_handler"))
    }

    #[test]
    fn handlers_that_lambda_takes_are_taken() {
        for text in [
            "from impl import *",
            "from impl import (\n    lambda_handler,\n)",
            "try:\n    from fast import lambda_handler\nexcept ImportError:\n    from impl import lambda_handler",
            "if True:\n    def lambda_handler(e, c): return e",
            "import impl\nlambda_handler = impl.lambda_handler",
            "class H:\n    def __call__(self, e, c): return e\nlambda_handler = H()",
            "def make():\n    global lambda_handler\n    lambda_handler = print\nmake()",
            "globals()['lambda_handler'] = print",
            "from os import *",
            "import functools\n@functools.cache\ndef lambda_handler(e, c): return e",
            "def __getattr__(name): return print",
        ] {
            assert_eq!(of(text), [], "{text}");
        }
        let inner = [
            ("a/b.py", "def handler(e, c): return e\n"),
            ("p/__init__.py", "from .inner import handler\n"),
            ("p/inner.py", "handler = print\n"),
        ];
        for module in ["a/b", "a.b", "p", "p.inner"] {
            assert_eq!(look(&inner, (module, "handler")), [], "{module}");
        }
    }

    #[test]
    fn what_cannot_work_is_said() {
        assert!(matches!(of("def lambda_handlr(e, c): return e").as_slice(), [Examined::NoName { .. }]));
        assert!(matches!(of("from impl import *\n").as_slice(), []));
        assert!(matches!(
            look(&[("main.py", "from impl import *"), ("impl.py", "x = 1")], ("main", "go")).as_slice(),
            [Examined::NoName { .. }]
        ));
        assert!(matches!(of("async def lambda_handler(e, c): return e").as_slice(), [Examined::Coroutine { .. }]));
        assert!(matches!(look(&[("main.py", "")], ("mian", "go")).as_slice(), [Examined::NoModule { .. }]));
    }

    #[test]
    fn what_the_package_lacks_is_said_once_and_where() {
        let handler = "\ndef lambda_handler(e, c): return e\n";
        for (text, missing) in [
            ("import common", "common"),
            ("import requests.adapters", "requests.adapters"),
            ("from shared.tools import x", "shared.tools"),
            ("class A:\n    import yaml", "yaml"),
            ("import os, numpy as np", "numpy"),
        ] {
            let found = of(&format!("{text}{handler}"));
            assert!(
                matches!(found.as_slice(), [Examined::MissingModule { module, .. }] if module == missing),
                "{text}: {found:?}"
            );
        }
        for text in [
            "import boto3, botocore.config, dateutil.parser",
            "try:\n    import orjson as json\nexcept ImportError:\n    import json",
            "def later():\n    import common",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from common import T",
            "import impl",
            "from impl import lambda_handler as inner",
        ] {
            assert_eq!(of(&format!("{text}{handler}")), [], "{text}");
        }
        assert!(
            matches!(of(&format!("from impl import nothing{handler}")).as_slice(), [Examined::MissingName { name, .. }] if name == "nothing")
        );
        assert!(matches!(of(&format!("from . import impl{handler}")).as_slice(), [Examined::NoParent { .. }]));
        // What a module of the package lacks ends the handler too.
        let files = [("main.py", "import a\ndef go(e, c): pass"), ("a.py", "import b"), ("b.py", "import gone")];
        assert!(
            matches!(look(&files, ("main", "go")).as_slice(), [Examined::MissingModule { file, .. }] if file == "b.py")
        );
        let moved =
            [("main.py", "import sys\nsys.path.insert(0, 'lib')\nimport x\ndef go(e, c): pass"), ("lib/x.py", "")];
        assert_eq!(look(&moved, ("main", "go")), []);
    }

    #[test]
    fn a_file_that_is_no_python_is_certain_only_where_it_is_imported() {
        let files = [("main.py", "import a\ndef go(e, c): pass"), ("a.py", "def"), ("old.py", "print 'x'")];
        let found = look(&files, ("main", "go"));
        let certain: Vec<(&str, bool)> = found
            .iter()
            .filter_map(|one| match one {
                Examined::Syntax { file, certain, .. } => Some((file.as_str(), *certain)),
                _ => None,
            })
            .collect();
        assert_eq!(certain, [("a.py", true), ("old.py", false)]);
    }
}
