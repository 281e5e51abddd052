//! Which users a command is for.

use std::collections::BTreeSet;
use std::path::Path;

use super::args::Selection;
use super::failure::Failure;
use crate::event::{Happened, Journal};
use crate::model::{Lab, User};

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
                format!("the manifest has {} users and none is chosen", users.len()),
                "choose with `--user NAME` (repeatable), `--all` or `--only-failed`",
            )),
        };
    }
    let known: BTreeSet<&str> = lab.users.iter().map(|user| user.name.as_str()).collect();
    for name in &selection.user {
        if !known.contains(name.as_str()) {
            return Err(Failure::usage(
                format!("no user `{name}` in `{}`", lab.manifest.display()),
                near(name, &known),
            ));
        }
    }
    Ok(lab.users.iter().filter(|user| selection.user.iter().any(|name| name == user.name.as_str())).cloned().collect())
}

fn near(name: &str, known: &BTreeSet<&str>) -> String {
    let nearest = known.iter().map(|user| (strsim::damerau_levenshtein(name, user), *user)).min();
    match nearest {
        Some((distance, user)) if distance <= 2 => format!("did you mean `{user}`?"),
        _ => format!("the manifest has {} users; `labctl status --all` lists them", known.len()),
    }
}

/// Users of whom this lab's last run does not say that all went well; a run that was cut off says it of few. Labs may share
/// a journal. `None` where it tells of no run, because there was none or the file was lost.
fn last_failed(journal: &Path, wanted: &str) -> Option<BTreeSet<String>> {
    let mut failed = BTreeSet::new();
    let mut is_told = false;
    let mut misjudged = BTreeSet::new();
    let mut is_ours = false;
    for event in Journal::read(journal).unwrap_or_default() {
        match event.event {
            Happened::RunStarted { command, lab, users, .. } => {
                is_ours = lab == wanted && is_recorded(&command);
                is_told |= is_ours;
                if is_ours {
                    failed = users.into_iter().collect();
                    misjudged.clear();
                }
            }
            _ if !is_ours => {}
            Happened::UserFinished { user, ok: true, .. } => {
                failed.remove(&user);
            }
            Happened::ScenarioJudged { user, passed: false, skipped: false, .. } => {
                misjudged.insert(user);
            }
            Happened::RunFinished { exit_code: 0, .. } => failed.clear(),
            // Every scenario was judged: who failed is known one by one.
            Happened::RunFinished { command, exit_code: 4, .. } if command == "test" => {
                failed = std::mem::take(&mut misjudged);
            }
            _ => {}
        }
    }
    is_told.then_some(failed)
}

/// Commands whose failures `--only-failed` looks at: those that do something for each user.
fn is_recorded(command: &str) -> bool {
    matches!(command, "deploy" | "cleanup" | "test" | "bulk-test" | "rehearse")
}
