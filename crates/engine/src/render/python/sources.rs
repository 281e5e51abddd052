//! The modules of a package: what the runtime finds by a name, and what it finds in it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use ruff_python_stdlib::sys::{is_builtin_module, is_known_standard_library};

use super::module::{self, Module};

/// What Lambda's Python runtimes bring besides the standard library: the SDK with what it stands on, and the runtime itself.
/// <https://docs.aws.amazon.com/lambda/latest/dg/python-package.html>
const BROUGHT: [&str; 17] = [
    "_awslambdaric",
    "awslambdaric",
    "bootstrap",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "lambda_internal",
    "pip",
    "pkg_resources",
    "runtime_client",
    "s3transfer",
    "setuptools",
    "simplejson",
    "six",
    "snapshot_restore_py",
    "urllib3",
];

/// What the name of a module leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A file of the package, by its name there.
    File(String),
    /// A folder without `__init__.py`, or a compiled module: it is there and cannot be read.
    Opaque,
    /// Brought by the runtime.
    Runtime,
    /// Nowhere.
    Missing,
}

/// Whether a module has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
    /// It cannot be read off.
    Unknown,
}

/// The files of one package as one version of Python reads them.
pub(super) struct Sources<'pack> {
    entries: &'pack BTreeMap<&'pack str, &'pack [u8]>,
    minor: u8,
    read: RefCell<BTreeMap<String, Rc<Module>>>,
}

impl<'pack> Sources<'pack> {
    pub(super) fn new(entries: &'pack BTreeMap<&'pack str, &'pack [u8]>, minor: u8) -> Self {
        Self { entries, minor, read: RefCell::default() }
    }

    /// The text of a file; None where it is no UTF-8.
    pub(super) fn text(&self, file: &str) -> Option<&'pack str> {
        std::str::from_utf8(self.entries.get(file)?).ok()
    }

    /// A file, parsed once.
    pub(super) fn module(&self, file: &str) -> Option<Rc<Module>> {
        if let Some(known) = self.read.borrow().get(file) {
            return Some(Rc::clone(known));
        }
        let module = Rc::new(module::read(self.text(file)?, self.minor));
        self.read.borrow_mut().insert(file.to_owned(), Rc::clone(&module));
        Some(module)
    }

    /// The Python files of the package.
    pub(super) fn python_files(&self) -> impl Iterator<Item = &'pack str> {
        self.entries
            .keys()
            .copied()
            .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "py"))
    }

    /// What a dotted name leads to, in the package first, as the runtime's path has it.
    pub(super) fn find(&self, dotted: &str) -> Found {
        let path = dotted.replace('.', "/");
        for file in [format!("{path}/__init__.py"), format!("{path}.py")] {
            if self.entries.contains_key(file.as_str()) {
                return Found::File(file);
            }
        }
        let folder = format!("{path}/");
        if self.is_compiled(dotted) || self.entries.keys().any(|name| name.starts_with(&folder)) {
            return Found::Opaque;
        }
        let root = dotted.split('.').next().unwrap_or(dotted);
        let known = is_known_standard_library(self.minor, root)
            || is_builtin_module(self.minor, root)
            || BROUGHT.contains(&root)
            || root == "__future__"
            || root == "__main__";
        if known { Found::Runtime } else { Found::Missing }
    }

    /// Whether a module is there as machine code (`fast.cpython-313-x86_64-linux-gnu.so`).
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "Python's import takes no other spelling")]
    pub(super) fn is_compiled(&self, dotted: &str) -> bool {
        let stem = format!("{}.", dotted.replace('.', "/"));
        let is_code = |rest: &str| !rest.contains('/') && (rest == "so" || rest.ends_with(".so"));
        self.entries.keys().any(|name| name.strip_prefix(&stem).is_some_and(is_code))
    }

    /// Whether some file of the package, wherever it lies, could be this module.
    pub(super) fn has_anywhere(&self, dotted: &str) -> bool {
        let root = dotted.split('.').next().unwrap_or(dotted);
        let (file, folder) = (format!("/{root}.py"), format!("/{root}/"));
        self.entries.keys().any(|name| name.ends_with(&file) || name.contains(&folder))
    }

    /// Whether a file's top level has a name, its own or one that `import *` brings.
    pub(super) fn holds(&self, file: &str, name: &str) -> Holds {
        self.holds_unseen(file, name, &mut BTreeSet::new())
    }

    fn holds_unseen(&self, file: &str, name: &str, seen: &mut BTreeSet<String>) -> Holds {
        let Some(module) = self.module(file).filter(|module| module.mistake.is_none()) else { return Holds::Unknown };
        if module.names.contains(name) {
            return Holds::Yes;
        }
        if module.dynamic || !seen.insert(file.to_owned()) {
            return Holds::Unknown;
        }
        for import in module.imports.iter().filter(|import| import.name.as_deref() == Some("*")) {
            let target = absolute(file, &import.module, import.level);
            match target.map(|target| self.find(&target)) {
                Some(Found::File(star)) => match self.holds_unseen(&star, name, seen) {
                    Holds::No => {}
                    // `__all__` may leave a name out; that is for the runtime to say.
                    found => return found,
                },
                _ => return Holds::Unknown,
            }
        }
        Holds::No
    }
}

/// The whole name of what a file imports; None where the dots lead out of the package.
pub(super) fn absolute(file: &str, module: &str, level: u32) -> Option<String> {
    if level == 0 {
        return Some(module.to_owned());
    }
    // `a/b/c.py` and `a/b/__init__.py` are both in the package `a.b`.
    let mut parts: Vec<&str> = file.split('/').collect();
    for _ in 0..level {
        parts.pop()?;
    }
    if parts.is_empty() {
        return None;
    }
    parts.extend(module.split('.').filter(|part| !part.is_empty()));
    Some(parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_lead_up_and_not_out() {
        for (file, module, level, expected) in [
            ("a/b/c.py", "d", 0, Some("d")),
            ("a/b/c.py", "d", 1, Some("a.b.d")),
            ("a/b/__init__.py", "", 1, Some("a.b")),
            ("a/b/c.py", "d.e", 2, Some("a.d.e")),
            ("c.py", "d", 1, None),
            ("a/c.py", "d", 2, None),
            ("a/c.py", "d", 9, None),
        ] {
            assert_eq!(absolute(file, module, level).as_deref(), expected, "{file} {module} {level}");
        }
    }

    #[test]
    fn modules_are_found_as_the_runtime_finds_them() {
        let files = ["main.py", "pkg/__init__.py", "plain/deep.py", "fast.cpython-313-x86_64-linux-gnu.so", "json.py"];
        let entries: BTreeMap<&str, &[u8]> = files.iter().map(|file| (*file, &b""[..])).collect();
        let sources = Sources::new(&entries, 13);
        for (name, found) in [
            ("main", Found::File("main.py".into())),
            ("pkg", Found::File("pkg/__init__.py".into())),
            ("plain.deep", Found::File("plain/deep.py".into())),
            ("plain", Found::Opaque),
            ("fast", Found::Opaque),
            // The package stands first on the path.
            ("json", Found::File("json.py".into())),
            ("os.path", Found::Runtime),
            ("boto3.session", Found::Runtime),
            ("dateutil", Found::Runtime),
            ("_io", Found::Runtime),
            ("common", Found::Missing),
            ("requests", Found::Missing),
            ("pkg.nothing", Found::Missing),
        ] {
            assert_eq!(sources.find(name), found, "{name}");
        }
        // The standard library is that of the version.
        assert_eq!(Sources::new(&entries, 10).find("distutils"), Found::Runtime);
        assert_eq!(sources.find("distutils"), Found::Missing);
        assert_eq!(Sources::new(&entries, 10).find("tomllib"), Found::Missing);
    }
}
