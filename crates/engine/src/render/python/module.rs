//! One Python file: what it binds, imports and calls.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, Identifier, Pattern, PythonVersion, Stmt, StmtTry, StmtWith};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::TextRange;

use crate::source::Span;

/// Whether an import is carried out when the module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    /// When the module is imported, and a failure ends it.
    AtOnce,
    /// Perhaps: in a branch, or where a failure is caught.
    Perhaps,
    /// When a function is called, or by a type checker alone.
    Later,
}

/// One `import a.b`, or one name of `from a import b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// `a.b`; empty in `from . import b`.
    pub(super) module: String,
    /// The dots before it.
    pub(super) level: u32,
    /// `b`, or `*`; None for `import`.
    pub(super) name: Option<String>,
    pub(super) when: When,
    pub(super) span: Span,
}

/// A mistake in the syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) struct SyntaxMistake {
    pub(in crate::render) message: String,
    pub(in crate::render) span: Span,
}

/// What a file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Module {
    /// The first mistake; what follows it is mostly its consequence.
    pub(super) mistake: Option<SyntaxMistake>,
    /// Every name that its top level may bind.
    pub(super) names: BTreeSet<String>,
    /// Top-level functions that are `async def` and have no decorator.
    pub(super) coroutines: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    /// Names may come into it in ways that cannot be read: `globals()`, `exec`, `setattr`, a module's `__getattr__`.
    pub(super) dynamic: bool,
    /// It changes where modules are looked for.
    pub(super) changes_path: bool,
    /// Names of methods that are called anywhere in it (`send_task_success`).
    pub(super) calls: BTreeSet<String>,
}

/// Python itself takes no more brackets in each other than 200; what has many more is no handler, and would need a large stack.
const DEEPEST: usize = 1_000;
/// A longer line is data, or an expression without an end.
const LONGEST_LINE: usize = 64 * 1024;
/// Room for the deepest tree that is read, in bytes; memory is taken only as far as it is used.
const STACK: usize = 256 * 1024 * 1024;

/// Parses a file as Python 3 of a minor version. Nothing is known of a file that no person would write.
pub(super) fn read(text: &str, minor: u8) -> Module {
    let unknown = || Module { dynamic: true, ..Module::default() };
    if depth(text) > DEEPEST || text.lines().any(|line| line.len() > LONGEST_LINE) {
        return unknown();
    }
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || parse(text, minor));
        reader.ok().and_then(|reader| reader.join().ok()).unwrap_or_else(unknown)
    })
}

/// How many brackets are open at most, wherever they stand.
fn depth(text: &str) -> usize {
    let mut open = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

fn parse(text: &str, minor: u8) -> Module {
    let version = PythonVersion { major: 3, minor };
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module).with_target_version(version));
    let broken = parsed.errors().first().map(|error| (error.error.to_string(), error.location));
    let unsupported = || parsed.unsupported_syntax_errors().first().map(|error| (error.to_string(), error.range));
    let mut module = Module {
        mistake: broken.or_else(unsupported).map(|(message, range)| SyntaxMistake {
            message: lower_first(&message).replace('`', "'"),
            span: span(range),
        }),
        ..Module::default()
    };
    if let Some(parsed) = parsed.try_into_module() {
        let body = parsed.suite();
        let mut names = Names { module: &mut module };
        names.block(body, When::AtOnce, true);
        names.visit_body(body);
    }
    module
}

/// The first mistake in the syntax of a file.
pub(in crate::render) fn syntax(text: &str, minor: u8) -> Option<SyntaxMistake> {
    read(text, minor).mistake
}

fn span(range: TextRange) -> Span {
    Span { offset: range.start().to_usize(), length: range.len().to_usize() }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

struct Names<'module> {
    module: &'module mut Module,
}

impl Names<'_> {
    /// Walks over statements; `outer` where they stand at the top level, so that what they bind is the module's.
    fn block(&mut self, body: &[Stmt], when: When, outer: bool) {
        for statement in body {
            self.statement(statement, when, outer);
        }
    }

    fn statement(&mut self, statement: &Stmt, when: When, outer: bool) {
        let perhaps = when.max(When::Perhaps);
        match statement {
            Stmt::FunctionDef(function) => {
                self.bind(&function.name, outer);
                if outer && function.is_async && function.decorator_list.is_empty() {
                    self.module.coroutines.insert(function.name.to_string());
                }
                if outer && function.name.as_str() == "__getattr__" {
                    self.module.dynamic = true;
                }
                self.block(&function.body, When::Later, false);
            }
            Stmt::ClassDef(class) => {
                self.bind(&class.name, outer);
                self.block(&class.body, when, false);
            }
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.target(target, outer)),
            Stmt::AnnAssign(assign) if assign.value.is_some() => self.target(&assign.target, outer),
            Stmt::TypeAlias(alias) => self.target(&alias.name, outer),
            Stmt::For(repeat) => {
                self.target(&repeat.target, outer);
                self.block(&repeat.body, perhaps, outer);
                self.block(&repeat.orelse, when, outer);
            }
            Stmt::While(repeat) => {
                self.block(&repeat.body, perhaps, outer);
                self.block(&repeat.orelse, perhaps, outer);
            }
            Stmt::If(branch) => {
                let for_types = mentions(&branch.test, "TYPE_CHECKING");
                self.block(&branch.body, if for_types { When::Later } else { perhaps }, outer);
                branch.elif_else_clauses.iter().for_each(|clause| self.block(&clause.body, perhaps, outer));
            }
            Stmt::With(with) => self.with(with, when, outer),
            Stmt::Match(matching) => matching.cases.iter().for_each(|case| self.block(&case.body, perhaps, outer)),
            Stmt::Try(attempt) => self.attempt(attempt, when, outer),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.name.as_str();
                    let bound =
                        alias.asname.as_ref().map_or(name.split('.').next().unwrap_or(name), Identifier::as_str);
                    self.bind_text(bound, outer);
                    self.import(name.to_owned(), 0, None, when, alias.range);
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map(ToString::to_string).unwrap_or_default();
                for alias in &import.names {
                    let name = alias.name.to_string();
                    if name != "*" {
                        self.bind(alias.asname.as_ref().unwrap_or(&alias.name), outer);
                    }
                    let range = import.module.as_ref().map_or(alias.range, |module| module.range);
                    self.import(module.clone(), import.level, Some(name), when, range);
                }
            }
            _ => {}
        }
    }

    fn with(&mut self, with: &StmtWith, when: When, outer: bool) {
        for item in &with.items {
            if let Some(target) = &item.optional_vars {
                self.target(target, outer);
            }
        }
        let suppresses = with.items.iter().any(|item| mentions(&item.context_expr, "suppress"));
        self.block(&with.body, if suppresses { when.max(When::Perhaps) } else { when }, outer);
    }

    fn attempt(&mut self, attempt: &StmtTry, when: When, outer: bool) {
        let perhaps = when.max(When::Perhaps);
        let catches = attempt.handlers.iter().any(|ExceptHandler::ExceptHandler(handler)| {
            let of_imports = ["ImportError", "ModuleNotFoundError", "Exception", "BaseException"];
            handler.type_.as_ref().is_none_or(|caught| of_imports.iter().any(|name| mentions(caught, name)))
        });
        self.block(&attempt.body, if catches { perhaps } else { when }, outer);
        for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
            self.block(&handler.body, perhaps, outer);
        }
        self.block(&attempt.orelse, if catches { perhaps } else { when }, outer);
        self.block(&attempt.finalbody, when, outer);
    }

    fn target(&mut self, target: &Expr, outer: bool) {
        match target {
            Expr::Name(name) => self.bind_text(name.id.as_str(), outer),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|item| self.target(item, outer)),
            Expr::List(list) => list.elts.iter().for_each(|item| self.target(item, outer)),
            Expr::Starred(starred) => self.target(&starred.value, outer),
            _ => {}
        }
    }

    fn bind(&mut self, name: &Identifier, outer: bool) {
        self.bind_text(name.as_str(), outer);
    }

    fn bind_text(&mut self, name: &str, outer: bool) {
        if outer {
            self.module.names.insert(name.to_owned());
        }
    }

    fn import(&mut self, module: String, level: u32, name: Option<String>, when: When, range: TextRange) {
        self.module.imports.push(Import { module, level, name, when, span: span(range) });
    }
}

impl<'a> Visitor<'a> for Names<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        // A function that says `global x` may bind the module's x.
        if let Stmt::Global(global) = statement {
            global.names.iter().for_each(|name| self.bind(name, true));
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Named(named) => self.target(&named.target, true),
            Expr::Call(call) => match call.func.as_ref() {
                Expr::Name(name) => {
                    let makes_names = ["globals", "exec", "setattr", "vars", "locals", "__import__"];
                    self.module.dynamic |= makes_names.contains(&name.id.as_str());
                }
                Expr::Attribute(attribute) => {
                    self.module.calls.insert(attribute.attr.to_string());
                    self.module.changes_path |= attribute.attr.as_str() == "addsitedir";
                }
                _ => {}
            },
            Expr::Attribute(attribute) => match attribute.attr.as_str() {
                "path" | "meta_path" | "path_hooks" if mentions(&attribute.value, "sys") => {
                    self.module.changes_path = true;
                }
                "modules" if mentions(&attribute.value, "sys") => self.module.dynamic = true,
                _ => {}
            },
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(captured) => captured.name.as_ref(),
            Pattern::MatchStar(captured) => captured.name.as_ref(),
            Pattern::MatchMapping(mapping) => mapping.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name, true);
        }
        visitor::walk_pattern(self, pattern);
    }
}

/// Whether a name, bare or as an attribute, stands in an expression.
fn mentions(expression: &Expr, wanted: &str) -> bool {
    struct Search<'wanted> {
        wanted: &'wanted str,
        found: bool,
    }
    impl<'a> Visitor<'a> for Search<'_> {
        fn visit_expr(&mut self, expression: &'a Expr) {
            self.found |= match expression {
                Expr::Name(name) => name.id.as_str() == self.wanted,
                Expr::Attribute(attribute) => attribute.attr.as_str() == self.wanted,
                _ => false,
            };
            visitor::walk_expr(self, expression);
        }
    }
    let mut search = Search { wanted, found: false };
    search.visit_expr(expression);
    search.found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        read(text, 13).names.into_iter().collect()
    }

    #[test]
    fn names_are_bound_in_all_the_ways_of_the_language() {
        for text in [
            "def go(event, context): pass",
            "async def go(e, c): pass",
            "class go: pass",
            "go = wrap(other)",
            "a, (*go, b) = x",
            "go: Handler = make()",
            "from m import go",
            "from m import a as go",
            "from m import (\n    go,\n)",
            "import go.inner",
            "import other as go",
            "if True:\n    def go(e, c): pass",
            "if x:\n    pass\nelif y:\n    go = 1",
            "try:\n    from fast import go\nexcept ImportError:\n    from slow import go",
            "try:\n    pass\nfinally:\n    go = 1",
            "with open('x') as go: pass",
            "for go in x: pass",
            "while (go := make()): pass",
            "match x:\n    case {'a': go}: pass",
            "def make():\n    global go\n    go = 1\nmake()",
            "@decorated\ndef go(e, c): pass",
            "type go = int",
        ] {
            assert!(names(text).iter().any(|name| name == "go"), "{text}");
        }
        for text in [
            "def gone(event, context): pass",
            "class A:\n    def go(self): pass",
            "# def go(",
            "if go == 1: pass",
            "def outer():\n    def go(): pass",
            "'''\ndef go(event, context):\n'''",
            "go: int",
            "x.go = 1",
        ] {
            assert!(names(text).iter().all(|name| name != "go"), "{text}");
        }
    }

    #[test]
    fn imports_are_known_with_when_they_are_carried_out() {
        let when = |text: &str| read(text, 13).imports[0].when;
        for text in
            ["import a", "class A:\n    import a", "with open('x'):\n    import a", "try:\n    import a\nfinally: x()"]
        {
            assert_eq!(when(text), When::AtOnce, "{text}");
        }
        for text in [
            "try:\n    import a\nexcept ImportError: pass",
            "try:\n    import a\nexcept (KeyError, builtins.ModuleNotFoundError): pass",
            "try:\n    import a\nexcept: pass",
            "if x:\n    import a",
            "with contextlib.suppress(ImportError):\n    import a",
        ] {
            assert_eq!(when(text), When::Perhaps, "{text}");
        }
        for text in ["def f():\n    import a", "if typing.TYPE_CHECKING:\n    import a"] {
            assert_eq!(when(text), When::Later, "{text}");
        }
    }

    #[test]
    fn syntax_is_that_of_the_chosen_version() {
        assert_eq!(read("match x:\n    case 1: pass\n", 10).mistake, None);
        let old = read("match x:\n    case 1: pass\n", 9).mistake.unwrap();
        assert!(old.message.contains("'match'") && old.span.offset == 0, "{old:?}");
        assert!(read("x = f'{a['b']}'\n", 11).mistake.is_some());
        assert_eq!(read("x = f'{a['b']}'\n", 12).mistake, None);
        let broken = read("def f(event, context)\n    return 1\n", 13).mistake.unwrap();
        assert_eq!(broken.span.offset, 21, "{broken:?}");
        assert!(read("print 'x'\n", 13).mistake.is_some());
    }

    #[test]
    fn no_text_is_too_deep() {
        for text in [
            "(".repeat(100_000),
            "not ".repeat(100_000),
            "x = ".to_owned() + &"not ".repeat(15_000) + "y",
            "[".repeat(5_000) + &"]".repeat(5_000),
            "[".repeat(900) + &"]".repeat(900),
            "-".repeat(60_000) + "1",
        ] {
            read(&text, 13);
        }
    }
}
