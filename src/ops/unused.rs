//! Settings of a pack that nothing asks for.

use std::path::Path;

use crate::model::Pack;
use crate::source::{Diagnostic, Diagnostics, Format, Node, SourceText, read};

/// Settings that no template, no text of `pack.toml` and no `when` names: whoever chooses a value changes nothing.
pub(crate) fn check(pack: &Pack) -> Diagnostics {
    let mut findings = Diagnostics::default();
    let text_of = |file: &str| pack.files.get(file).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let Some(text) = text_of("pack.toml") else { return findings };
    // What cannot be read was told where the pack was loaded.
    let Ok(root) = read(text, Format::Toml) else { return findings };
    let mut asking: Vec<&str> = Vec::new();
    texts(&root, &mut asking);
    let is_asking = |file: &&String| {
        let ending = Path::new(file).extension().and_then(|ending| ending.to_str());
        !file.contains("!/") && matches!(ending, Some("hbs" | "yaml" | "yml"))
    };
    asking.extend(pack.files.keys().filter(is_asking).filter_map(|file| text_of(file)));
    // Taken as a whole, every one of them may be asked for.
    if asking.iter().any(|text| takes_all(text)) {
        return findings;
    }
    let source = SourceText::new(pack.display_path("pack.toml"), text);
    for setting in root.get("settings").and_then(Node::members).unwrap_or_default() {
        if !asking.iter().any(|text| names(text, &setting.key)) {
            let message = format!("nothing asks for the setting `{}`", setting.key.escape_debug());
            let help =
                format!("fill it in somewhere, as `{{{{settings.{}}}}}`, or take it out", setting.key.escape_debug());
            findings.push(Diagnostic::warning("pack::unused-setting", message).help(help).at(&source, setting.key_at));
        }
    }
    findings
}

/// Every text in `pack.toml` but those that describe settings.
fn texts<'n>(root: &'n Node, found: &mut Vec<&'n str>) {
    let mut left: Vec<&Node> =
        root.members().unwrap_or_default().iter().filter(|it| it.key != "settings").map(|it| &it.value).collect();
    while let Some(node) = left.pop() {
        found.extend(node.text());
        left.extend(node.elements().unwrap_or_default());
        left.extend(node.members().unwrap_or_default().iter().map(|member| &member.value));
    }
}

/// Whether a text has a name as a word of its own.
fn names(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Whether a template asks for the settings without naming one, as `{{json settings}}` and `{{#each settings}}` do.
fn takes_all(text: &str) -> bool {
    text.match_indices("{{").any(|(at, _)| {
        let tag = text.get(at..).and_then(|rest| rest.split("}}").next()).unwrap_or_default();
        tag.match_indices("settings").any(|(at, word)| !tag.get(at + word.len()..).unwrap_or_default().starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_and_a_whole_is_all_of_them() {
        assert!(names("{{settings.size}}", "size") && names("size", "size"));
        assert!(!names("{{settings.size_mib}}", "size") && !names("resize", "size") && !names("", "size"));
        assert!(takes_all("{{json settings}}") && takes_all("{{#each settings}}"));
        assert!(!takes_all("{{settings.size}} settings") && !takes_all("settings"));
    }
}
