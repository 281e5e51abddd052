//! Which users a command is for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::args::Selection;
use super::failure::Failure;
use crate::event::{Event, Happened, Journal};
use crate::manifest;
use crate::model::{Diagnostic, Diagnostics, Lab, LabName, User};
use crate::ui::counted_len;

/// The chosen users, in the manifest's order.
///
/// # Errors
/// An unknown name, or no choice where the manifest has more than one user.
pub(super) fn choose(selection: &Selection, lab: &Lab, journal: &Path) -> Result<Vec<User>, Failure> {
    if selection.only_failed {
        let Some(failed) = last_failed(journal, lab.name.as_str()) else {
            return Err(Failure::usage(
                format!(
                    "no run of lab `{}` is written down in `{}`, so nobody knows who failed",
                    lab.name,
                    journal.display()
                ),
                "choose with `--all`: what is done already costs nothing but a look",
            ));
        };
        let users: Vec<User> = lab.users.iter().filter(|user| failed.contains(user.name.as_str())).cloned().collect();
        return if users.is_empty() { Err(Failure::NobodyFailed) } else { Ok(users) };
    }
    if selection.all {
        return Ok(lab.users.clone());
    }
    if selection.user.is_empty() {
        return match lab.users.as_slice() {
            [user] => Ok(vec![user.clone()]),
            users => Err(Failure::usage(
                format!("the manifest has {} and none is chosen", counted_len(users.len(), "user")),
                "choose with `--user NAME` (repeatable; `s01,s02`, `s01..s15`, `'s0*'`), `--all` or `--only-failed`",
            )),
        };
    }
    let named = members(&selection.user, lab)?;
    Ok(lab.users.iter().filter(|user| named.contains(user.name.as_str())).cloned().collect())
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
            let told = several.iter().map(|(message, help)| {
                Diagnostic::error("manifest::bad-value", format!("{message} in `{manifest}`")).help(help.as_str())
            });
            Err(Failure::Diagnostics(Diagnostics(told.collect())))
        }
    }
}

/// Adds whom one word means; what it does not mean is told with what might help.
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
    let nearest = known.iter().map(|user| (strsim::damerau_levenshtein(name, user), *user)).min();
    match nearest {
        Some((distance, user)) if distance <= 2 && distance < name.chars().count() => format!("did you mean `{user}`?"),
        _ => format!("the manifest has {}; `labctl status --all` lists them", counted_len(known.len(), "user")),
    }
}

/// Users of whom this lab's last run does not say that all went well; a run that was cut off says it of few. A run that still went on
/// when the last began counts too, each for its own users. Labs may share a journal.
/// `None` where it tells of no run, because there was none or the file was lost.
fn last_failed(journal: &Path, wanted: &str) -> Option<BTreeSet<String>> {
    let mut is_told = false;
    let events = Journal::read(journal).into_iter().flatten().inspect(|event| {
        is_told |=
            matches!(&event.event, Happened::RunStarted { command, lab, .. } if lab == wanted && is_recorded(command));
    });
    let failed = failed_of(events, wanted);
    is_told.then_some(failed)
}

fn failed_of(events: impl IntoIterator<Item = Event>, wanted: &str) -> BTreeSet<String> {
    let mut runs: Vec<Run> = Vec::new();
    for Event { run, event, .. } in events {
        if let Happened::RunStarted { command, lab, users, .. } = event {
            // What was over before was no run at once with this one.
            runs.retain(|known| known.number != run && (!known.is_over || lab != wanted));
            if lab == wanted && is_recorded(&command) {
                // Whether an earlier run still goes on is seen by what it says from now on.
                for known in &mut runs {
                    known.is_heard_since = false;
                }
                let failed = users.into_iter().collect();
                runs.push(Run {
                    number: run,
                    command,
                    is_heard_since: true,
                    is_over: false,
                    failed,
                    misjudged: BTreeSet::new(),
                });
            }
            continue;
        }
        let Some(known) = runs.iter_mut().find(|known| known.number == run) else { continue };
        known.is_heard_since = true;
        let command = known.command.clone();
        if let Happened::UserFinished { user, ok: true, .. } = &event {
            // What another run of the command brought to its end is well, whoever failed at it first.
            for other in runs.iter_mut().filter(|other| other.command == command) {
                other.failed.remove(user);
            }
        }
        if let Some(known) = runs.iter_mut().find(|known| known.number == run) {
            known.hear(event);
        }
    }
    runs.into_iter().filter(|run| run.is_heard_since).flat_map(|run| run.failed).collect()
}

/// One run, as the journal tells of it.
struct Run {
    number: u32,
    command: String,
    /// Whether it said anything after the last run began.
    is_heard_since: bool,
    is_over: bool,
    failed: BTreeSet<String>,
    misjudged: BTreeSet<String>,
}

impl Run {
    fn hear(&mut self, event: Happened) {
        self.is_over |= matches!(event, Happened::RunFinished { .. });
        match event {
            Happened::ScenarioJudged { user, passed: false, skipped: false, .. } => {
                self.misjudged.insert(user);
            }
            Happened::RunFinished { exit_code: 0, .. } => self.failed.clear(),
            // Every scenario was judged: who failed is known one by one.
            Happened::RunFinished { command, exit_code: 4, .. } if command == "test" => {
                self.failed = std::mem::take(&mut self.misjudged);
            }
            _ => {}
        }
    }
}

/// Whether a deployment of this lab did not come to its end for one of these users: then tags may say more than is there.
pub(super) fn was_cut_off(journal: &Path, lab: &LabName, users: &[User]) -> bool {
    let unfinished = unfinished_of(Journal::read(journal).into_iter().flatten(), lab.as_str());
    users.iter().any(|user| unfinished.contains(user.name.as_str()))
}

fn unfinished_of(events: impl IntoIterator<Item = Event>, wanted: &str) -> BTreeSet<String> {
    let mut runs: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut unfinished = BTreeSet::new();
    for Event { run, event, .. } in events {
        match event {
            Happened::RunStarted { command, lab, users, .. } if lab == wanted => {
                if command == "deploy" {
                    unfinished.extend(users.iter().cloned());
                }
                if matches!(command.as_str(), "deploy" | "cleanup") {
                    runs.insert(run, users);
                }
            }
            Happened::UserFinished { user, ok: true, .. } if runs.contains_key(&run) => _ = unfinished.remove(&user),
            Happened::RunFinished { exit_code: 0, .. } => {
                for user in runs.remove(&run).into_iter().flatten() {
                    unfinished.remove(&user);
                }
            }
            _ => {}
        }
    }
    unfinished
}

/// Commands whose failures `--only-failed` looks at: those that do something for each user.
fn is_recorded(command: &str) -> bool {
    matches!(command, "deploy" | "cleanup" | "test" | "bulk-test" | "rehearse")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(run: u32, command: &str, users: &[&str]) -> Event {
        let event = Happened::RunStarted {
            command: command.into(),
            version: String::new(),
            lab: "lab6".into(),
            target: "local".into(),
            endpoint: String::new(),
            account: String::new(),
            users: users.iter().map(|user| (*user).to_owned()).collect(),
        };
        Event { at_ms: 0, run, event }
    }

    fn finished(run: u32, user: &str, ok: bool) -> Event {
        Event { at_ms: 0, run, event: Happened::UserFinished { user: user.into(), ok, changed: 1, error: None } }
    }

    fn over(run: u32, exit_code: u8) -> Event {
        let event = Happened::RunFinished { command: "deploy".into(), exit_code, ms: 1, summary: String::new() };
        Event { at_ms: 0, run, event }
    }

    fn failed(events: Vec<Event>) -> Vec<String> {
        failed_of(events, "lab6").into_iter().collect()
    }

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

    #[test]
    fn who_was_not_begun_counts_as_failed() {
        let events =
            vec![started(1, "deploy", &["ann", "bob", "cid"]), finished(1, "ann", true), finished(1, "bob", false)];
        assert_eq!(failed(events), ["bob", "cid"]);
    }

    #[test]
    fn who_was_cut_off_is_unfinished_until_a_run_says_otherwise() {
        let unfinished = |events: &[Event]| unfinished_of(events.to_vec(), "lab6").into_iter().collect::<Vec<_>>();
        let mut events = vec![started(1, "deploy", &["ann", "bob"]), finished(1, "ann", true)];
        assert_eq!(unfinished(&events), ["bob"]);
        events.extend([started(2, "deploy", &["ann"]), over(2, 0), started(3, "test", &["bob"]), over(3, 0)]);
        assert_eq!(unfinished(&events), ["bob"], "others' runs and tests say nothing of it");
        events.extend([started(4, "deploy", &["bob"]), over(4, 0)]);
        assert_eq!(unfinished(&events), Vec::<String>::new());
    }

    #[test]
    fn only_the_last_run_counts() {
        let mut events = vec![started(1, "deploy", &["ann"]), over(1, 1), started(2, "deploy", &["bob"])];
        assert_eq!(failed(events.clone()), ["bob"]);
        events.extend([finished(2, "bob", true), over(2, 0)]);
        assert_eq!(failed(events), Vec::<String>::new());
    }

    #[test]
    fn runs_at_once_do_not_speak_for_each_other() {
        let mut events = vec![
            started(1, "deploy", &["ann", "bob"]),
            started(2, "deploy", &["cid", "dan"]),
            finished(1, "ann", true),
            finished(2, "cid", true),
            finished(1, "bob", false),
            over(1, 3),
        ];
        assert_eq!(failed(events.clone()), ["bob", "dan"]);
        // The end of one says nothing of the other's users.
        events.extend([finished(2, "dan", true), over(2, 0)]);
        assert_eq!(failed(events.clone()), ["bob"]);
        // A later run that mends it.
        events.extend([started(3, "deploy", &["bob"]), finished(3, "bob", true), over(3, 0)]);
        assert_eq!(failed(events), Vec::<String>::new());
    }
}
