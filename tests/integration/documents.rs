//! The documents say what is true: commands, links, files, the changelog.

use std::fs;
use std::path::Path;

use crate::harness::Test;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every `labctl …` line of the README's code blocks, without comments.
fn commands() -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in read("README.md").lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside && let Some(command) = line.strip_prefix("$ labctl ") {
            found.push(command.split(" #").next().unwrap().trim().to_owned());
        }
    }
    found
}

#[test]
fn every_command_of_the_readme_is_understood() {
    let commands = commands();
    assert!(commands.len() >= 8, "{commands:?}");
    let test = Test::new();
    for command in commands {
        // Asking for help makes the parser read the command's own options and run nothing.
        let first = command.split_whitespace().next().unwrap();
        // `local` has commands of its own.
        let second = command.split_whitespace().nth(1).filter(|_| first == "local");
        let asked: Vec<_> = [Some(first), second, Some("--help")].into_iter().flatten().collect();
        let known = test.expect(0, &asked).stdout;
        for option in command.split_whitespace().filter(|word| word.starts_with("--")) {
            let option = option.split('=').next().unwrap();
            assert!(known.contains(option), "`labctl {command}`: {option} is not in the help of {first}");
        }
    }
}

#[test]
fn the_readmes_two_commands_are_there() {
    let readme = read("README.md");
    assert!(readme.contains("$ cargo run -- rehearse\n"));
    assert!(readme.contains("$ cargo test\n"));
    assert!(read(".ci/run").lines().any(|line| line.trim() == "cargo test"), "CI runs the README's test command");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    let mut pages = vec!["README.md".to_owned(), "CHANGELOG.md".to_owned()];
    for folder in ["docs", "docs/decisions"] {
        for entry in fs::read_dir(root().join(folder)).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if Path::new(&name).extension().is_some_and(|extension| extension == "md") {
                pages.push(format!("{folder}/{name}"));
            }
        }
    }
    for page in pages {
        let text = read(&page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let path = root().join(Path::new(&page).parent().unwrap()).join(target);
            if !path.exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_changelog_knows_this_version() {
    let changelog = read("CHANGELOG.md");
    assert!(changelog.contains("## [Unreleased]") || changelog.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_map_lists_the_rooms_there_are() {
    let map = read("docs/architecture.md");
    let folders = ["src", "crates/engine/src"].map(|folder| fs::read_dir(root().join(folder)).unwrap().flatten());
    for entry in folders.into_iter().flatten() {
        let name = entry.file_name().to_string_lossy().trim_end_matches(".rs").to_owned();
        if !matches!(name.as_str(), "lib" | "main") {
            assert!(map.contains(&format!("| `{name}` |")), "docs/architecture.md has no line for the room `{name}`");
        }
    }
}

#[test]
fn the_shipped_manifest_is_valid() {
    let test = Test::with_manifest(&read("lab-manifest.toml"));
    test.expect(0, &["validate"]);
}
