//! `docs/glossary.md` and the code say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regex::Regex;

use crate::tidy::{is_code, room_of, root, sources};

/// Rooms that are packages: what one of them has for itself (`pub(crate)`) meets no other.
const PACKAGES: [&str; 5] = ["asl", "jsonata", "local", "picture", "source"];

/// The cells of the rows below a heading of the page.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn page() -> String {
    fs::read_to_string(root().join("docs/glossary.md")).unwrap()
}

#[test]
fn a_public_name_in_two_rooms_is_in_the_glossary_with_the_reason() {
    let public = Regex::new(r"^\s*(pub|pub\(crate\)) (?:struct|enum|trait|type|union) (\w+)").unwrap();
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let room = room_of(&source.path);
        for line in &source.lines {
            let Some(found) = public.captures(line) else { continue };
            if &found[1] == "pub" || !PACKAGES.contains(&room.as_str()) {
                named.entry(found[2].to_owned()).or_default().insert(room.clone());
            }
        }
    }
    named.retain(|_, rooms| rooms.len() > 1);
    let page = page();
    let listed = rows(&page, "Names that are public in two rooms");
    assert!(listed.iter().all(|row| row.len() == 3 && !row[2].is_empty()), "each has its reason");
    let listed: BTreeMap<String, BTreeSet<String>> =
        listed.iter().map(|row| (row[0].trim_matches('`').to_owned(), quoted(&row[1]))).collect();
    for (name, rooms) in &named {
        assert_eq!(
            listed.get(name),
            Some(rooms),
            "`{name}` is public in {rooms:?}: rename one, or say why in docs/glossary.md"
        );
    }
    for name in listed.keys() {
        assert!(named.contains_key(name), "`{name}` is not public in two rooms any more");
    }
}

#[test]
fn each_noun_is_there_once_in_order_and_names_a_type_that_is_there() {
    let word = Regex::new(r"\w+").unwrap();
    let sources = sources();
    let code: BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| source.lines.iter().filter(|line| is_code(line)))
        .flat_map(|line| word.find_iter(line).map(|found| found.as_str()))
        .collect();
    let page = page();
    let nouns = rows(&page, "Nouns");
    assert!(nouns.len() >= 60, "{} nouns", nouns.len());
    let names: Vec<&str> = nouns.iter().map(|row| row[0].as_str()).collect();
    assert!(names.is_sorted_by(|left, right| left < right), "nouns stand in order, each once: {names:?}");
    for row in &nouns {
        let types = quoted(&row[2]);
        assert!(!types.is_empty() && row.len() == 3, "{row:?}");
        for name in types {
            assert!(code.contains(name.as_str()), "`{}`: there is no type `{name}`", row[0]);
        }
    }
}
