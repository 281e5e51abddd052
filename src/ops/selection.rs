//! Which users a command is for.

use std::collections::BTreeSet;
use std::path::Path;

use super::failure::Failure;
use super::history;
use crate::manifest;
use crate::model::{Lab, User, visible};
use crate::source;
use crate::source::{Diagnostic, Diagnostics};
use crate::ui::counted_len;

/// Which users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Names, lists, ranges and patterns.
    pub(crate) users: Vec<String>,
    /// Groups of the roster.
    pub(crate) groups: Vec<String>,
    /// Every user of the manifest.
    pub(crate) all: bool,
    /// The users that failed in the last run, or were not begun.
    pub(crate) only_failed: bool,
}

impl Selection {
    /// Every user of the manifest.
    pub(crate) fn everybody() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Whether nobody is chosen in any way.
    pub(crate) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// The chosen users, in the manifest's order.
    ///
    /// # Errors
    /// An unknown name, or no choice where the manifest has more than one user.
    pub(crate) fn choose(&self, lab: &Lab, journal: &Path) -> Result<Vec<User>, Failure> {
        if self.only_failed {
            let Some(failed) = history::last_failed(journal, lab.name.as_str()) else {
                return Err(Failure::usage(
                    format!(
                        "no run of lab `{}` is written down in `{}`, so nobody knows who failed",
                        lab.name,
                        journal.display()
                    ),
                    "choose with `--all`: what is done already costs nothing but a look",
                ));
            };
            let users: Vec<User> =
                lab.users.iter().filter(|user| failed.contains(user.name.as_str())).cloned().collect();
            return if users.is_empty() { Err(Failure::NobodyFailed) } else { Ok(users) };
        }
        if self.all {
            return Ok(lab.users.clone());
        }
        if self.users.is_empty() && self.groups.is_empty() {
            return match lab.users.as_slice() {
                [user] => Ok(vec![user.clone()]),
                users => Err(Failure::usage(
                    format!("the manifest has {} and none is chosen", counted_len(users.len(), "user")),
                    "choose with `--user NAME` (repeatable; `s01,s02`, `s01..s15`, `'s0*'`), `--group NAME`, `--all` or `--only-failed`",
                )),
            };
        }
        let mut named = members(&self.users, lab)?;
        named.extend(of_groups(&self.groups, lab)?);
        Ok(lab.users.iter().filter(|user| named.contains(user.name.as_str())).cloned().collect())
    }
}

/// Everybody whom `--user` names: each value a name, a list (`a,b`), a range (`s01..s15`) or a pattern (`s0*`).
///
/// # Errors
/// Every name, range or pattern that says nothing about this class.
fn members<'l>(values: &[String], lab: &'l Lab) -> Result<BTreeSet<&'l str>, Failure> {
    let known: BTreeSet<&str> = lab.users.iter().map(|user| user.name.as_str()).collect();
    let (mut named, mut refused) = (BTreeSet::new(), Vec::new());
    for word in values.iter().flat_map(|value| value.split(',')).map(str::trim) {
        if let Err(problem) = add(word, &known, &mut named) {
            refused.push(problem);
        }
    }
    let manifest = lab.manifest.display();
    match refused.as_slice() {
        [] => Ok(named),
        [(message, help)] => Err(Failure::usage(format!("{message} in `{manifest}`"), help.clone())),
        several => {
            // Each is an error of its own, at no place of a file.
            let findings = several.iter().map(|(message, help)| {
                Diagnostic::error("manifest::bad-value", format!("{message} in `{manifest}`")).help(help.as_str())
            });
            Err(Failure::Diagnostics(Diagnostics(findings.collect())))
        }
    }
}

/// Everybody of these groups.
///
/// # Errors
/// A group that nobody is in.
fn of_groups<'l>(groups: &[String], lab: &'l Lab) -> Result<Vec<&'l str>, Failure> {
    let known: BTreeSet<&str> = lab.users.iter().filter_map(|user| user.student.group.as_deref()).collect();
    let unknown = groups.iter().find(|group| !known.contains(group.as_str()));
    if let Some(group) = unknown {
        let message = format!("nobody is in the group `{group}` in `{}`", lab.manifest.display());
        let help = match source::nearest(group, known.iter().copied()) {
            Some(near) => format!("did you mean `{}`?", visible(near)),
            None if known.is_empty() => {
                "a column `group` of the roster, or `group` of a user, says who is in which (docs/class.md)".to_owned()
            }
            None => {
                let listed: Vec<String> = known.iter().take(12).map(|group| format!("`{}`", visible(group))).collect();
                format!("there are {}", listed.join(", "))
            }
        };
        return Err(Failure::usage(message, help));
    }
    let of_them = |user: &&User| user.student.group.as_ref().is_some_and(|group| groups.contains(group));
    Ok(lab.users.iter().filter(of_them).map(|user| user.name.as_str()).collect())
}

/// Adds the users that one word means.
///
/// # Errors
/// What is wrong with it, and what might help.
fn add<'l>(word: &str, known: &BTreeSet<&'l str>, named: &mut BTreeSet<&'l str>) -> Result<(), (String, String)> {
    let absent = |names: &[String]| {
        let listed = names.iter().take(5).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(5);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let noun = if names.len() == 1 { "user" } else { "users" };
        let help = names.first().map_or_else(String::new, |name| near(name, known));
        Err((format!("no {noun} {listed}{more}"), help))
    };
    if word.is_empty() {
        return Err(("an empty name after `--user`: nobody".to_owned(), "write it as `--user s01,s02`".to_owned()));
    }
    if word.contains("..") {
        let range = manifest::names_of_range(word)
            .map_err(|problem| (format!("`--user {word}` {}: nobody", problem.why), problem.help))?;
        let missing: Vec<String> = range.iter().filter(|name| !known.contains(name.as_str())).cloned().collect();
        named.extend(range.iter().filter_map(|name| known.get(name.as_str()).copied()));
        return if missing.is_empty() { Ok(()) } else { absent(&missing) };
    }
    if word.contains(['*', '?']) {
        let meant: Vec<&str> = known.iter().copied().filter(|name| is_like(name, word)).collect();
        if meant.is_empty() {
            return Err((format!("nobody is named like `{word}`"), near(&word.replace(['*', '?'], ""), known)));
        }
        named.extend(meant);
        return Ok(());
    }
    match known.get(word) {
        Some(name) => {
            named.insert(name);
            Ok(())
        }
        None => absent(&[word.to_owned()]),
    }
}

/// Whether a name is like a pattern in which `*` stands for any letters and `?` for one. Names are short and of one byte a letter.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut pattern = pattern.chars();
    match pattern.next() {
        None => name.is_empty(),
        Some('*') => name
            .char_indices()
            .map(|(at, _)| at)
            .chain([name.len()])
            .any(|at| name.get(at..).is_some_and(|rest| is_like(rest, pattern.as_str()))),
        Some('?') => name.get(1..).is_some_and(|rest| is_like(rest, pattern.as_str())),
        Some(letter) => name.strip_prefix(letter).is_some_and(|rest| is_like(rest, pattern.as_str())),
    }
}

fn near(name: &str, known: &BTreeSet<&str>) -> String {
    match source::nearest_within(name, known.iter().copied(), |_| 2) {
        Some(user) => format!("did you mean `{user}`?"),
        None => format!("the manifest has {}; `labctl status --all` lists them", counted_len(known.len(), "user")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_chosen_by_names_lists_ranges_and_patterns() {
        let known: BTreeSet<&str> = ["s01", "s02", "s03", "s10", "ann"].into();
        let chosen = |word: &str| {
            let mut named = BTreeSet::new();
            add(word, &known, &mut named).map(|()| named.into_iter().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(chosen("ann").unwrap(), "ann");
        assert_eq!(chosen("s01..s03").unwrap(), "s01 s02 s03");
        assert_eq!(chosen("s0*").unwrap(), "s01 s02 s03");
        assert_eq!(chosen("s?0").unwrap(), "s10");
        assert_eq!(chosen("*").unwrap(), "ann s01 s02 s03 s10");
        assert_eq!(chosen("s02..s05").unwrap_err().0, "no users `s04`, `s05`");
        assert_eq!(chosen("anm").unwrap_err(), ("no user `anm`".to_owned(), "did you mean `ann`?".to_owned()));
        assert_eq!(chosen("t*").unwrap_err().0, "nobody is named like `t*`");
        assert_eq!(chosen("s03..s01").unwrap_err().0, "`--user s03..s01` runs backwards: nobody");
        assert!(chosen("").is_err());
    }
}
