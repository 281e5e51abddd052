//! The walls of the house, as tests: the order of rooms, the owners of outside crates, the numbers of `docs/architecture.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room, lowest first, with the rooms it may name. `cli` may name all.
const ROOMS: [(&str, &[&str]); 22] = [
    ("source", &[]),
    ("model", &["source"]),
    ("jsonata", &[]),
    ("asl", &["source", "jsonata"]),
    ("host", &[]),
    ("picture", &["asl"]),
    ("local", &["source", "asl", "picture"]),
    ("kind", &["source", "model"]),
    ("cause", &["model", "asl"]),
    ("manifest", &["source", "model", "kind", "host"]),
    ("render", &["source", "model", "kind", "asl", "host"]),
    ("plan", &["model", "kind"]),
    ("export", &["model", "kind"]),
    ("cloud", &["model", "kind", "asl", "host"]),
    ("event", &["source", "model", "host", "plan"]),
    ("apply", &["model", "kind", "host", "plan", "cloud", "event"]),
    ("trial", &["source", "model", "kind", "asl", "cause", "host", "cloud", "event"]),
    ("verify", &["model", "kind", "asl", "cause", "host", "cloud", "trial", "event"]),
    ("report", &["source", "model", "asl", "picture", "plan", "event", "verify"]),
    ("ui", &["source", "model", "asl", "cause", "plan", "event", "trial", "verify"]),
    (
        "ops",
        &[
            "source", "model", "kind", "asl", "picture", "cause", "host", "local", "manifest", "render", "plan",
            "export", "cloud", "event", "apply", "trial", "verify", "report", "ui",
        ],
    ),
    (
        "cli",
        &[
            "source", "model", "kind", "asl", "picture", "cause", "host", "local", "manifest", "render", "plan",
            "export", "cloud", "event", "apply", "trial", "verify", "report", "ui", "ops",
        ],
    ),
];

/// Outside crates that only one place may name: crate prefix, where.
const OWNERS: [(&str, &[&str]); 15] = [
    ("aws_", &["cloud/sdk/"]),
    ("handlebars", &["render/", "report/page/", "local/console/"]),
    ("labctl_jsonata", &["asl/jsonata/"]),
    ("csv", &["source/"]),
    ("jsonc_parser", &["source/"]),
    ("saphyr", &["source/"]),
    ("strsim", &["source/"]),
    ("toml", &["source/", "manifest/"]),
    ("serde_yaml", &["manifest/"]),
    ("clap", &["cli/"]),
    ("axum", &["local/"]),
    ("rusqlite", &["local/"]),
    ("miette", &["ui/"]),
    ("indicatif", &["ui/"]),
    ("ruff_", &["render/python/"]),
];

pub(crate) struct Source {
    /// Below `src/`, `/`-separated.
    pub(crate) path: String,
    /// Lines without test modules.
    pub(crate) lines: Vec<String>,
    /// The modules it declares, those of tests too: `mod name;`.
    declared: BTreeSet<String>,
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    // A package below `crates/` counts as the room of its name.
    let folders = [
        ("", "src"),
        // The rooms below `ui`.
        ("", "crates/engine/src"),
        ("asl/", "crates/asl/src"),
        ("jsonata/", "crates/jsonata/src"),
        ("local/", "crates/local/src"),
        ("picture/", "crates/picture/src"),
        ("source/", "crates/source/src"),
    ];
    for (_, folder) in folders {
        walk(&root().join(folder), &mut found);
    }
    found.sort();
    let room_path = |path: &Path| {
        let place =
            folders.iter().find_map(|(room, folder)| Some((room, path.strip_prefix(root().join(folder)).ok()?)));
        place.map(|(room, rest)| format!("{room}{}", rest.to_string_lossy().replace('\\', "/"))).unwrap()
    };
    let tests: Vec<String> =
        found.iter().filter(|path| is_test_file(path)).map(|path| path.display().to_string()).collect();
    found
        .into_iter()
        .filter(|path| !tests.contains(&path.display().to_string()))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let declared = text.lines().filter_map(|line| Some(line[line.find("mod ")?..].trim_end().to_owned()));
            Source { lines: without_tests(&text), declared: declared.collect(), path: room_path(&path) }
        })
        .collect()
}

/// A file that only tests see: named or placed as such, and declared under `#[cfg(test)]` by its parent.
fn is_test_file(path: &Path) -> bool {
    path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs" | "test_support.rs")))
}

/// The lines outside `#[cfg(test)]` items.
fn without_tests(text: &str) -> Vec<String> {
    let mut kept = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if !["#[cfg(test)]", "#[cfg(all(test,"].iter().any(|start| line.trim().starts_with(start)) {
            kept.push(line.to_owned());
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let mut opened = false;
        for line in lines.by_ref() {
            opened |= line.contains('{');
            if !opened && line.trim_end().ends_with(';') {
                break;
            }
            if opened && line.trim_start().starts_with('}') && line.len() - line.trim_start().len() == indent {
                break;
            }
            if opened
                && line.matches('{').count() == line.matches('}').count()
                && line.contains('}')
                && indent_of(line) == indent
            {
                break;
            }
        }
    }
    kept
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

pub(crate) fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

pub(crate) fn room_of(path: &str) -> String {
    path.split('/').next().unwrap().trim_end_matches(".rs").to_owned()
}

/// Rooms named by `crate::…` in a line, grouped imports included.
fn rooms_named(line: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (at, _) in line.match_indices("crate::") {
        if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &line[at + "crate::".len()..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' => start = true,
                    c if c.is_whitespace() => {}
                    _ if start && depth == 0 => {
                        named.insert(word(&group[at..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            named.insert(word(rest));
        }
    }
    named
}

#[test]
fn a_room_names_only_the_rooms_its_line_lists() {
    let allowed: BTreeMap<_, _> = ROOMS.into_iter().collect();
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| !matches!(source.path.as_str(), "lib.rs" | "main.rs")) {
        let room = room_of(&source.path);
        let Some(may) = allowed.get(room.as_str()) else {
            broken.push(format!("{}: `{room}` is no room of the table", source.path));
            continue;
        };
        // In a package of its own `crate::` means the package; which others it names is in its Cargo.toml.
        if PACKAGES.contains(&room.as_str()) {
            continue;
        }
        for line in source.lines.iter().filter(|line| is_code(line)) {
            for named in rooms_named(line) {
                if named != room && allowed.contains_key(named.as_str()) && !may.contains(&named.as_str()) {
                    broken.push(format!("{}: `{room}` may not name `{named}`: {}", source.path, line.trim()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_rooms_of_the_table_have_no_loops() {
    let order: Vec<_> = ROOMS.iter().map(|(room, _)| *room).collect();
    for (at, (room, may)) in ROOMS.iter().enumerate() {
        for named in *may {
            assert!(order[..at].contains(named), "`{room}` names `{named}`, which is not above it");
        }
    }
}

/// A kind of resource is named where something is about that kind alone; what holds for all of them, its file in `kind` says.
#[test]
fn kinds_are_named_in_their_own_rooms() {
    const AT_MOST: usize = 20;
    // The packages have kinds of their own, of other things.
    const OWN: [&str; 7] = ["kind/", "cloud/sdk/kind/", "export/kind/", "asl/", "jsonata/", "local/", "source/"];
    let is_own = |path: &str| OWN.iter().any(|own| path.starts_with(own));
    let names_one = |line: &str| {
        ["Kind::", "Body::"].iter().any(|name| {
            line.match_indices(name).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    let sources = sources();
    let elsewhere = sources.iter().filter(|source| !is_own(&source.path));
    let named: Vec<String> = elsewhere
        .flat_map(|source| source.lines.iter().map(move |line| (source, line)))
        .filter(|(_, line)| is_code(line) && names_one(line))
        .map(|(source, line)| format!("{}: {}", source.path, line.trim()))
        .collect();
    assert!(named.len() <= AT_MOST, "{} lines name kinds, at most {AT_MOST} may: {named:#?}", named.len());
    let matches: Vec<&String> = named.iter().filter(|line| line.contains("=>") && !line.contains("ALL")).collect();
    assert!(matches.is_empty(), "only its own rooms match on kinds: {matches:#?}");
}

#[test]
fn outside_crates_are_named_only_by_their_owners() {
    let mut broken = Vec::new();
    for source in sources() {
        for line in source.lines.iter().filter(|line| is_code(line)) {
            for (name, owners) in OWNERS {
                let named = line.match_indices(name).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    let rest = &line[at + name.len()..];
                    let path =
                        rest.trim_start_matches(|c: char| name.ends_with('_') && (c.is_alphanumeric() || c == '_'));
                    !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '"' | '.' | '/' | '-' | '`'))
                        && path.starts_with("::")
                });
                if named && !owners.iter().any(|owner| source.path.starts_with(owner)) {
                    broken.push(format!("{}: `{name}` belongs to {owners:?}: {}", source.path, line.trim()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn files_keep_the_numbers_of_the_house() {
    let mut sizes: Vec<(usize, String)> = sources()
        .iter()
        .map(|source| (source.lines.iter().filter(|line| is_code(line)).count(), source.path.clone()))
        .collect();
    sizes.sort();
    let too_long: Vec<_> = sizes.iter().filter(|(lines, _)| *lines > 500).collect();
    assert!(too_long.is_empty(), "files above 500 lines of code: {too_long:?}");
    let median = sizes[sizes.len() / 2].0;
    assert!(median <= 90, "the median file has {median} lines of code, at most 90 are allowed");
}

#[test]
fn functions_keep_the_numbers_of_the_house() {
    let is_function = regex::Regex::new(r"^(?:pub(?:\([a-z:_ ]+\))? )?(?:const )?(?:async )?fn ").unwrap();
    let mut too_long = Vec::new();
    for source in sources() {
        for (at, line) in source.lines.iter().enumerate() {
            let code = line.trim_start();
            if !is_function.is_match(code) {
                continue;
            }
            let end = format!("{}}}", " ".repeat(indent_of(line)));
            let length =
                source.lines[at..].iter().take_while(|line| **line != end).filter(|line| is_code(line)).count();
            if length > 80 && !line.trim_end().ends_with([';', '}']) {
                too_long.push(format!("{}: {length} lines: {}", source.path, code));
            }
        }
    }
    assert!(too_long.is_empty(), "functions above 80 lines:\n{}", too_long.join("\n"));
}

#[test]
fn there_is_no_cupboard_room_and_no_unfinished_word() {
    let cupboards = ["util", "utils", "common", "helpers", "helper", "core", "manager", "misc"];
    // Spelled apart, so that this file does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    let mut broken = Vec::new();
    for source in sources() {
        for part in source.path.trim_end_matches(".rs").split('/') {
            if cupboards.contains(&part) {
                broken.push(format!("{}: `{part}` is a cupboard, not a room", source.path));
            }
        }
        for line in &source.lines {
            for word in words {
                if line.contains(word) {
                    broken.push(format!("{}: {}", source.path, line.trim()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn mod_files_only_declare_and_re_export() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.path.ends_with("/mod.rs")) {
        for line in source.lines.iter().map(|line| line.trim()) {
            if ["fn ", "pub fn ", "impl ", "async fn ", "pub async fn "].iter().any(|start| line.starts_with(start)) {
                broken.push(format!("{}: {line}", source.path));
            }
        }
    }
    assert!(broken.is_empty(), "logic in mod.rs:\n{}", broken.join("\n"));
}

/// Files that name each other in a circle because what they are about does, with the reason. All others name each other in one direction.
const CIRCLES: [(&str, &[&str], &str); 2] = [
    (
        "asl/path/",
        &["bracket.rs", "filter.rs", "parser.rs", "selection.rs", "syntax.rs", "warnings.rs"],
        "the grammar: a path has filters, and a filter has paths",
    ),
    (
        "jsonata/",
        &["evaluate/run.rs", "value/data.rs", "value/function.rs", "value/memory.rs"],
        "a value may be a function, and a function holds values and is run",
    ),
];

/// The rooms that are packages of their own, where `crate::` means the room.
const PACKAGES: [&str; 5] = ["asl", "jsonata", "local", "picture", "source"];

/// Paths within the crate that a text names, as segments: `use super::{a, b::C}` gives `super::a` and `super::b::C`.
fn paths_named(text: &str) -> Vec<Vec<String>> {
    fn is_word(c: char) -> bool {
        c.is_alphanumeric() || c == '_'
    }
    /// Reads a tree of paths behind `before`; gives what is left of the text.
    fn tree<'t>(text: &'t str, before: &[String], found: &mut Vec<Vec<String>>) -> &'t str {
        let text = text.trim_start();
        if let Some(mut rest) = text.strip_prefix('{') {
            loop {
                rest = tree(rest, before, found).trim_start();
                rest = match rest.strip_prefix(',') {
                    Some(more) if !more.trim_start().starts_with('}') => more,
                    Some(more) => return more.trim_start().strip_prefix('}').unwrap_or_default(),
                    None => return rest.strip_prefix('}').unwrap_or_default(),
                };
            }
        }
        let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        let path: Vec<String> = before.iter().cloned().chain((!word.is_empty()).then(|| word.to_owned())).collect();
        match rest.strip_prefix("::") {
            // What a macro fills in is not read.
            Some(rest) if rest.starts_with('$') => rest,
            Some(rest) if !word.is_empty() => tree(rest, &path, found),
            _ => {
                found.push(path);
                rest.trim_start().strip_prefix("as ").map_or(rest, |rest| rest.trim_start().trim_start_matches(is_word))
            }
        }
    }
    let mut found = Vec::new();
    let visibility = regex::Regex::new(r"pub\(in [a-z_:]+\)").unwrap();
    let text = &*visibility.replace_all(text, "pub");
    for start in ["super::", "self::", "crate::"] {
        for (at, _) in text.match_indices(start) {
            // `super::super::x` is read from its first word on.
            if !text[..at].ends_with(|c| is_word(c) || c == ':') {
                tree(&text[at..], &[], &mut found);
            }
        }
    }
    found
}

/// The files of a room with those that each names, through what a `mod.rs` re-exports.
fn files_named(room: &str, sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let base: Vec<String> = if PACKAGES.contains(&room) { vec![room.to_owned()] } else { Vec::new() };
    let is_folder = |path: &str| path.ends_with("/mod.rs") || (!base.is_empty() && *path == format!("{room}/lib.rs"));
    let module = |path: &str| -> Vec<String> {
        if is_folder(path) && path.ends_with("/lib.rs") {
            return base.clone();
        }
        let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').map(str::to_owned).collect()
    };
    let own: Vec<&Source> = sources.iter().filter(|source| room_of(&source.path) == room).collect();
    let files: BTreeMap<Vec<String>, &Source> = own.iter().map(|source| (module(&source.path), *source)).collect();
    let named_in = |source: &Source| -> Vec<Vec<String>> {
        let text: String = source.lines.iter().filter(|line| is_code(line)).map(|line| line.clone() + "\n").collect();
        let here = module(&source.path);
        let whole = paths_named(&text).into_iter().map(|path| {
            let mut whole = if path[0] == "crate" { base.clone() } else { here.clone() };
            for word in path {
                match word.as_str() {
                    "super" => drop(whole.pop()),
                    "self" | "crate" => {}
                    _ => whole.push(word),
                }
            }
            whole
        });
        whole.collect()
    };
    let exported: BTreeMap<(Vec<String>, String), Vec<String>> = own
        .iter()
        .filter(|source| is_folder(&source.path))
        .flat_map(|source| {
            let here = module(&source.path);
            let uses = source.lines.join("\n");
            let uses =
                uses.split(';').filter_map(|item| item.split_once(" use ").filter(|(vis, _)| vis.contains("pub")));
            let paths = uses.flat_map(|(_, tree)| paths_named(&format!("self::{}", tree.trim()))).collect::<Vec<_>>();
            paths.into_iter().filter(|path| path.len() > 2).map(move |path| {
                let target = here.iter().cloned().chain(path[1..].iter().cloned()).collect();
                ((here.clone(), path[path.len() - 1].clone()), target)
            })
        })
        .collect();
    // The longest beginning of a path that is a file; what a folder re-exports is in the file it is from.
    let file_of = |path: &[String]| -> Option<String> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let length = (1..=path.len()).rev().find(|length| files.contains_key(&path[..*length]))?;
            let next = path.get(length).and_then(|name| exported.get(&(path[..length].to_vec(), name.clone())));
            let Some(next) = next else { return files.get(&path[..length]).map(|source| source.path.clone()) };
            path.clone_from(next);
        }
        None
    };
    own.iter()
        .map(|source| {
            // Whoever names a folder as a whole names what it re-exports.
            let whole = exported.iter().filter(|((folder, _), _)| *folder == module(&source.path));
            let named = named_in(source).into_iter().chain(whole.map(|(_, target)| target.clone()));
            let named = named.filter_map(|path| file_of(&path));
            (source.path.clone(), named.filter(|path| *path != source.path).collect())
        })
        .collect()
}

/// The files that lead back to themselves.
fn in_circles(named: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let reached = |from: &String| -> BTreeSet<String> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(path) = next.pop() {
            next.extend(named[&path].iter().filter(|path| reached.insert((*path).clone())).cloned());
        }
        reached
    };
    named.keys().filter(|path| reached(path).contains(*path)).cloned().collect()
}

#[test]
fn no_files_of_a_room_name_each_other_in_a_circle() {
    let sources = sources();
    let (mut circles, mut read) = (Vec::new(), 0);
    for (room, _) in ROOMS {
        let mut named = files_named(room, &sources);
        read += named.values().map(BTreeSet::len).sum::<usize>();
        let whole: BTreeSet<String> = in_circles(&named).into_iter().collect();
        for (folder, files, reason) in CIRCLES.iter().filter(|(folder, ..)| room_of(folder) == room) {
            let files: BTreeSet<String> = files.iter().map(|file| format!("{folder}{file}")).collect();
            assert!(files.is_subset(&whole), "{folder}: no circle any more: {reason}");
            for (_, names) in named.iter_mut().filter(|(path, _)| files.contains(*path)) {
                names.retain(|name| !files.contains(name));
            }
        }
        circles.extend(in_circles(&named));
    }
    assert!(read > 2_000, "{read}: nothing was read");
    assert!(circles.is_empty(), "these files name each other in circles: {circles:#?}");
}

#[test]
fn no_command_names_another_and_each_is_small() {
    let sources = sources();
    let named = files_named("cli", &sources);
    let shared = ["args", "context", "edits", "global", "interrupt", "mod", "run", "users", "watch"];
    let is_command = |path: &str| {
        let name = path.trim_start_matches("cli/").trim_end_matches(".rs");
        !shared.contains(&name)
    };
    let commands: Vec<&String> = named.keys().filter(|path| is_command(path)).collect();
    assert!(
        commands.len() >= 18 && commands.iter().all(|command| named["cli/run.rs"].contains(*command)),
        "{commands:?}"
    );
    let mut broken = Vec::new();
    for (path, names) in named.iter().filter(|(path, _)| !["cli/args.rs", "cli/run.rs"].contains(&path.as_str())) {
        broken.extend(names.iter().filter(|name| is_command(name)).map(|name| format!("{path} names {name}")));
    }
    for source in sources.iter().filter(|source| source.path.starts_with("cli/")) {
        let length = source.lines.iter().filter(|line| is_code(line)).count();
        if length > 120 {
            broken.push(format!("{}: {length} lines of code, at most 120 are allowed", source.path));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A file that no module declares is compiled by nobody.
#[test]
fn every_file_is_declared() {
    let sources = sources();
    let undeclared: Vec<&str> = sources
        .iter()
        .map(|source| source.path.as_str())
        .filter(|path| {
            let own = path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
            let (folder, name) = own.rsplit_once('/').unwrap_or(("", own));
            let is_root = matches!(name, "lib" | "main") || (PACKAGES.contains(&name) && folder.is_empty());
            let parents = if folder.is_empty() {
                vec!["lib.rs".to_owned(), "main.rs".to_owned()]
            } else {
                vec![format!("{folder}/mod.rs"), format!("{folder}.rs"), format!("{folder}/lib.rs")]
            };
            let declaration = format!("mod {name};");
            // Two packages have a `lib.rs` of this name.
            let declares =
                |parent: &String| sources.iter().any(|it| it.path == *parent && it.declared.contains(&declaration));
            !is_root && !parents.iter().any(declares)
        })
        .collect();
    assert!(undeclared.is_empty(), "no module declares {undeclared:?}");
}

#[test]
fn use_cases_print_nothing() {
    let prints = ["print!(", "println!(", "stdout()", "stderr()", "Ui::", "ui::Ui", " Ui,", "&Ui"];
    let found: Vec<String> = sources()
        .iter()
        .filter(|source| source.path.starts_with("ops/"))
        .flat_map(|source| source.lines.iter().map(move |line| (source, line)))
        .filter(|(_, line)| is_code(line) && prints.iter().any(|print| line.contains(print)))
        .map(|(source, line)| format!("{}: {}", source.path, line.trim()))
        .collect();
    assert!(found.is_empty(), "an `Audience` is told, and results are handed back: {found:#?}");
}

/// What a user named is opened in one place, which looks at its kind first; a store's files in another.
#[test]
fn files_are_opened_where_their_kind_is_looked_at() {
    const OPENERS: [&str; 2] = ["host/open.rs", "local/open.rs"];
    // Files that labctl itself has just made, in folders of its own; `/proc`; descriptors that are looked at there; tests.
    const OWN: [&str; 12] = [
        "asl/",
        "local/service/states/ledger.rs",
        "manifest/examples.rs",
        "ops/lock.rs",
        "trial/record.rs",
        "render/tree.rs",
        "local/runtime/",
        "local/service/lambda/package.rs",
        "local/service/lambda/download.rs",
        "local/service/lambda/seal.rs",
        "host.rs",
        "local/wire/fuzzing.rs",
    ];
    let opens = ["fs::read(", "fs::read_to_string(", "File::open(", "OpenOptions::new()"];
    let found: Vec<String> = sources()
        .iter()
        .filter(|source| {
            !OPENERS.contains(&source.path.as_str()) && !OWN.iter().any(|own| source.path.starts_with(own))
        })
        .flat_map(|source| source.lines.iter().map(move |line| (source, line)))
        .filter(|(_, line)| opens.iter().any(|open| line.contains(open)))
        .map(|(source, line)| format!("{}: {}", source.path, line.trim()))
        .collect();
    assert!(found.is_empty(), "use `host::read` or `host::open`: {found:#?}");
}
