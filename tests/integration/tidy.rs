//! The walls of the house, as tests: the order of rooms, the owners of outside crates, the numbers of `docs/architecture.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room, lowest first, with the rooms it may name. `cli` may name all.
const ROOMS: [(&str, &[&str]); 18] = [
    ("source", &[]),
    ("model", &["source"]),
    ("jsonata", &[]),
    ("asl", &["source", "jsonata"]),
    ("host", &[]),
    ("local", &["asl"]),
    ("kind", &["source", "model"]),
    ("manifest", &["source", "model", "kind", "host"]),
    ("render", &["source", "model", "kind", "asl", "host"]),
    ("plan", &["model", "kind"]),
    ("cloud", &["model", "kind", "host"]),
    ("event", &["model", "host", "plan"]),
    ("apply", &["model", "kind", "host", "plan", "cloud", "event"]),
    ("trial", &["source", "model", "kind", "asl", "host", "cloud", "event"]),
    ("verify", &["model", "kind", "asl", "cloud", "trial", "event"]),
    ("report", &["model", "asl", "plan", "event"]),
    ("ui", &["source", "model", "plan", "event"]),
    (
        "cli",
        &[
            "source", "model", "kind", "asl", "host", "local", "manifest", "render", "plan", "cloud", "event", "apply",
            "trial", "verify", "report", "ui",
        ],
    ),
];

/// Outside crates that only one place may name: crate prefix, where.
const OWNERS: [(&str, &[&str]); 15] = [
    ("aws_", &["cloud/sdk/"]),
    ("handlebars", &["render/"]),
    ("labctl_jsonata", &["asl/jsonata/"]),
    ("csv", &["source/"]),
    ("jsonc_parser", &["source/"]),
    ("saphyr", &["source/"]),
    ("strsim", &["source/"]),
    ("toml", &["source/", "manifest/"]),
    ("serde_yaml", &["manifest/"]),
    ("clap", &["cli/", "cli.rs"]),
    ("axum", &["local/"]),
    ("rusqlite", &["local/"]),
    ("miette", &["ui/"]),
    ("indicatif", &["ui/"]),
    ("ruff_", &["render/python/"]),
];

struct Source {
    /// Below `src/`, `/`-separated.
    path: String,
    /// Lines without test modules.
    lines: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
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
        ("asl/", "crates/asl/src"),
        ("jsonata/", "crates/jsonata/src"),
        ("local/", "crates/local/src"),
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
        .map(|path| Source { lines: without_tests(&fs::read_to_string(&path).unwrap()), path: room_path(&path) })
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
        if line.trim() != "#[cfg(test)]" {
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

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

fn room_of(path: &str) -> String {
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
        if ["asl", "jsonata", "local", "source"].contains(&room.as_str()) {
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
    const AT_MOST: usize = 60;
    // The packages have kinds of their own, of other things.
    const OWN: [&str; 6] = ["kind/", "cloud/sdk/kind/", "asl/", "jsonata/", "local/", "source/"];
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
    let too_long: Vec<_> = sizes.iter().filter(|(lines, _)| *lines > 800).collect();
    assert!(too_long.is_empty(), "files above 800 lines of code: {too_long:?}");
    let median = sizes[sizes.len() / 2].0;
    assert!(median <= 150, "the median file has {median} lines of code, at most 150 are allowed");
}

#[test]
fn functions_keep_the_numbers_of_the_house() {
    let mut too_long = Vec::new();
    for source in sources() {
        for (at, line) in source.lines.iter().enumerate() {
            let code = line.trim_start();
            let is_function = [
                "fn ",
                "pub fn ",
                "pub(crate) fn ",
                "pub(super) fn ",
                "async fn ",
                "pub async fn ",
                "const fn ",
                "pub const fn ",
                "pub(super) async fn ",
            ]
            .iter()
            .any(|start| code.starts_with(start));
            if !is_function {
                continue;
            }
            let end = format!("{}}}", " ".repeat(indent_of(line)));
            let length =
                source.lines[at..].iter().take_while(|line| **line != end).filter(|line| is_code(line)).count();
            if length > 120 && !line.trim_end().ends_with(';') {
                too_long.push(format!("{}: {length} lines: {}", source.path, code));
            }
        }
    }
    assert!(too_long.is_empty(), "functions above 120 lines:\n{}", too_long.join("\n"));
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

/// What a user named is opened in one place, which looks at its kind first; a store's files in another.
#[test]
fn files_are_opened_where_their_kind_is_looked_at() {
    const OPENERS: [&str; 2] = ["host/open.rs", "local/open.rs"];
    // Files that labctl itself has just made, in folders of its own; `/proc`; descriptors that are looked at there; tests.
    const OWN: [&str; 12] = [
        "asl/",
        "local/service/states/ledger.rs",
        "manifest/examples.rs",
        "cli/lock.rs",
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
