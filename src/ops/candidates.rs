//! What may stand where a command line ends: the users, groups, machines, functions, scenarios and inputs of the manifest. For shells, which
//! ask at every key: whatever cannot be read is nothing, and nothing is said.

use std::collections::BTreeSet;
use std::path::Path;

use super::context::Context;
use crate::manifest;
use crate::model::Lab;

/// The names that go on with the last of these words, which follow the program's name. Empty where no name belongs there. Of `--user=a` the
/// names begin with `--user=`.
pub(crate) fn candidates(context: &Context, words: &[String]) -> Vec<String> {
    let Some((current, before)) = words.split_last() else { return Vec::new() };
    if let Some((option, value)) = current.split_once('=').filter(|(option, _)| WITH_VALUES.contains(option)) {
        let apart: Vec<String> = before.iter().cloned().chain([option.to_owned(), value.to_owned()]).collect();
        return named(context, &apart).into_iter().map(|name| format!("{option}={name}")).collect();
    }
    named(context, words)
}

/// The same where options and values are words of their own.
fn named(context: &Context, words: &[String]) -> Vec<String> {
    let Some((current, before)) = words.split_last() else { return Vec::new() };
    let Some(place) = Place::of(before) else { return Vec::new() };
    let typed = before.iter().skip_while(|word| *word != "--manifest").nth(1);
    let file = typed.map_or(context.settings.manifest.as_path(), Path::new);
    let Ok((lab, _)) = manifest::load_whereabouts(file, &context.settings.overrides()) else { return Vec::new() };
    // Of a list the last member is completed.
    let (kept, part) = match (place.what, current.rsplit_once(',')) {
        (What::User, Some((kept, part))) => (format!("{kept},"), part),
        _ => (String::new(), current.as_str()),
    };
    let names = place.names(&lab, part);
    names.into_iter().filter(|name| name.starts_with(part)).map(|name| format!("{kept}{name}")).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    User,
    Group,
    Machine,
    Function,
    Scenario,
    Input,
    Execution,
}

/// Which names belong at the end of a command line.
#[derive(Debug, PartialEq, Eq)]
struct Place<'w> {
    what: What,
    /// The machine that was named before.
    machine: Option<&'w str>,
}

/// Options of all commands that a value follows.
const WITH_VALUES: [&str; 31] = [
    "--manifest",
    "--target",
    "--endpoint-url",
    "--region",
    "--profile",
    "--out",
    "--events",
    "--color",
    "--time",
    "--quotas",
    "--faults",
    "--user",
    "--group",
    "--scenario",
    "--input",
    "--machine",
    "--function",
    "--name",
    "--since",
    "--limit",
    "--format",
    "--from",
    "--column",
    "--into",
    "--unknown",
    "-o",
    "--output",
    "--count",
    "--hours",
    "--prices",
    "--student",
];

impl<'w> Place<'w> {
    fn of(before: &'w [String]) -> Option<Self> {
        let mut plain = Vec::new();
        let mut words = before.iter().map(String::as_str);
        while let Some(word) = words.next() {
            if WITH_VALUES.contains(&word) {
                words.next();
            } else if !word.starts_with('-') {
                plain.push(word);
            }
        }
        let command = plain.first().copied()?;
        let named = plain.get(1).copied().filter(|_| matches!(command, "run" | "graph"));
        let what = match (before.last().map(String::as_str)?, command) {
            ("--user" | "--student", _) => What::User,
            ("--group", _) => What::Group,
            ("--machine", _) => What::Machine,
            ("--function", _) => What::Function,
            ("--scenario", _) => What::Scenario,
            ("--input", _) => What::Input,
            (last, _) if WITH_VALUES.contains(&last) => return None,
            (_, "run" | "graph") if named.is_none() => What::Machine,
            (_, "trace") if plain.len() == 1 => What::Execution,
            _ => return None,
        };
        Some(Self { what, machine: named })
    }

    fn names(&self, lab: &Lab, part: &str) -> BTreeSet<String> {
        let pack = &lab.pack;
        let fits = |machine: &str| {
            self.machine.is_none_or(|named| named == machine || named.ends_with(&format!("-{machine}")))
        };
        let users = || lab.users.iter().map(|user| user.name.to_string());
        let machines = || pack.machines.iter().map(|machine| machine.name.clone());
        match self.what {
            What::User => users().collect(),
            What::Group => lab.users.iter().filter_map(|user| user.student.group.clone()).collect(),
            What::Machine => machines().collect(),
            What::Function => pack.functions.iter().map(|function| function.name.clone()).collect(),
            What::Scenario => pack.scenarios.iter().filter(|it| fits(&it.machine)).map(|it| it.name.clone()).collect(),
            What::Input => pack.inputs.iter().filter(|it| fits(&it.machine)).map(|it| it.name.clone()).collect(),
            What::Execution => {
                let of_user = |user: String| {
                    let latest = ["last", "last-failed"].map(|which| format!("{user}:{which}"));
                    // Machines come only once it is known whose.
                    let is_meant = part.starts_with(&format!("{user}:"));
                    let of_machines =
                        machines().filter(move |_| is_meant).map(move |it| format!("{user}:{it}:last-failed"));
                    latest.into_iter().chain(of_machines)
                };
                ["last", "last-failed"].map(str::to_owned).into_iter().chain(users().flat_map(of_user)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: &str) -> Option<(What, Option<String>)> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Place::of(&words).map(|place| (place.what, place.machine.map(str::to_owned)))
    }

    #[test]
    fn what_belongs_where_is_reported_by_the_words_before() {
        assert_eq!(place("run"), Some((What::Machine, None)));
        assert_eq!(place("--target aws run --user ann"), Some((What::Machine, None)));
        let orders = Some("orders".to_owned());
        assert_eq!(place("run orders --input"), Some((What::Input, orders.clone())));
        assert_eq!(place("run orders --user ann --scenario"), Some((What::Scenario, orders)));
        assert_eq!(place("executions --machine"), Some((What::Machine, None)));
        assert_eq!(place("logs --function"), Some((What::Function, None)));
        assert_eq!(place("status --all --group"), Some((What::Group, None)));
        assert_eq!(place("trace"), Some((What::Execution, None)));
        for nothing in ["run orders", "deploy", "deploy --out", "trace ann:last", "--user"] {
            assert!(place(nothing).is_none_or(|(what, _)| what == What::User), "{nothing}");
        }
    }
}
