//! `[tags]`: what an institution wants on everything that takes tags.
//!
//! Rules: <https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html>, and IAM's, where keys that differ in case alone are the
//! same key: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>

use std::collections::BTreeMap;

use super::reporter::Reporter;
use crate::model::{Pack, tag};
use crate::source::Node;

/// Characters of a key and of a value.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// Tags on one resource, labctl's own among them.
const MOST: usize = 50;

/// Reads a table that has been held against the schema; what is wrong in it is told and left out.
pub(super) fn read(table: &Node, pack: Option<&Pack>, reporter: &mut Reporter<'_>) -> BTreeMap<String, String> {
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    let of_roles = |key: &str| {
        let roles = pack.into_iter().flat_map(|pack| &pack.roles);
        roles.flat_map(|role| role.tags.keys()).find(|own| own.as_str() != key && is_same(own, key)).cloned()
    };
    for entry in table.members().unwrap_or_default() {
        let (key, Some(value)) = (entry.key.as_str(), entry.value.text()) else { continue };
        if let Some((why, help)) = wrong_key(key) {
            reporter.refuse(entry.key_at, format!("the tag key `{}` {why}", key.escape_debug()), help);
            continue;
        }
        let twice = tags.keys().find(|known| is_same(known, key)).cloned();
        if let Some(known) = twice.or_else(|| of_roles(key)) {
            let message = format!("the tag keys `{key}` and `{known}` differ in case alone");
            reporter.refuse(entry.key_at, message, format!("IAM takes them for one key: write it as `{known}`"));
            continue;
        }
        if let Some((why, help)) = wrong_value(value) {
            reporter.refuse(entry.value.at, format!("the value of the tag `{key}` {why}"), help);
            continue;
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    let own = [tag::LAB, tag::USER, tag::PACK, tag::DIGEST, tag::EXPIRES].len();
    let of_a_role = |role: &crate::model::RoleTemplate| role.tags.keys().filter(|key| !tags.contains_key(*key)).count();
    let of_roles = pack.into_iter().flat_map(|pack| &pack.roles).map(of_a_role).max().unwrap_or_default();
    if tags.len() + own + of_roles > MOST {
        let most = MOST - own - of_roles;
        let message = format!("{} tags, where there is room for {most}", tags.len());
        let help = format!("AWS takes {MOST} on a resource, and labctl and the pack put {} there", own + of_roles);
        reporter.refuse(table.at, message, help);
    }
    tags
}

/// Whether IAM takes two keys for one.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn wrong_key(key: &str) -> Option<(String, String)> {
    let lower = key.to_lowercase();
    if key.is_empty() {
        return Some(("is empty".to_owned(), "give it a name, such as `CostCenter`".to_owned()));
    }
    if lower.starts_with("aws:") {
        return Some(("begins with `aws:`".to_owned(), "AWS keeps that for itself: choose another name".to_owned()));
    }
    if lower.starts_with("labctl:") {
        let help = "labctl knows its own by these tags: choose another name".to_owned();
        return Some(("begins with `labctl:`".to_owned(), help));
    }
    too_long(key, LONGEST_KEY).or_else(|| wrong_letter(key))
}

fn wrong_value(value: &str) -> Option<(String, String)> {
    too_long(value, LONGEST_VALUE).or_else(|| wrong_letter(value))
}

fn too_long(text: &str, most: usize) -> Option<(String, String)> {
    let count = text.chars().count();
    (count > most).then(|| (format!("has {count} characters"), format!("AWS takes {most} at most")))
}

/// Letters, digits and blanks of any script, and `_ . : / = + - @`.
fn wrong_letter(text: &str) -> Option<(String, String)> {
    let is_fine = |letter: char| letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter);
    let bad = text.chars().find(|letter| !is_fine(*letter))?;
    let help = "AWS takes letters, digits, blanks and `_ . : / = + - @`".to_owned();
    Some((format!("has `{}`", bad.escape_debug()), help))
}
