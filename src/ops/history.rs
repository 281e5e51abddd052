//! What the journal knows of earlier runs: who failed in the last one, and whose deployment did not come to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::event::{Event, Happened, Journal};
use crate::model::{LabName, User};

/// Users of whom this lab's last run does not say that all went well; a run that was cut off says it of few. A run that still went on
/// when the last began counts too, each for its own users. Labs may share a journal.
/// `None` where it tells of no run, because there was none or the file was lost.
pub(crate) fn last_failed(journal: &Path, wanted: &str) -> Option<BTreeSet<String>> {
    let mut is_reported = false;
    let events = Journal::read(journal).into_iter().flatten().inspect(|event| {
        is_reported |=
            matches!(&event.event, Happened::RunStarted { command, lab, .. } if lab == wanted && is_recorded(command));
    });
    let failed = failed_of(events, wanted);
    is_reported.then_some(failed)
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
pub(crate) fn was_cut_off(journal: &Path, lab: &LabName, users: &[User]) -> bool {
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
