//! The log groups of a user: what functions and machines write into, and whatever else carries the prefix.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::super::execution::OwnMachine;
use super::super::failure::Failure;
use super::super::session::Session;
use super::options::LogsOptions;
use crate::kind::LogGroup;
use crate::model::{Lab, User};
use crate::source;
use crate::ui::told_once;

/// A log group that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Its name.
    pub(super) group: String,
    /// The function or machine that writes into it.
    pub(super) name: String,
}

/// What is read, and what is worth knowing of it.
#[derive(Default)]
pub(super) struct Groups {
    /// With the place of the user among the session's.
    pub(super) found: Vec<(usize, Group)>,
    pub(super) notes: Vec<String>,
}

/// The groups that are meant.
///
/// # Errors
/// A function or machine that nobody has, and what cannot be read.
pub(super) async fn groups(session: &Session, options: &LogsOptions) -> Result<Groups, Failure> {
    let found = try_join_all(session.users.iter().map(|user| of_user(session, user, options))).await?;
    let mut groups = Groups::default();
    let mut notes = Vec::new();
    for (number, (user, (found, note))) in session.users.iter().zip(found).enumerate() {
        groups.found.extend(found.into_iter().map(|group| (number, group)));
        notes.extend(note.map(|note| (user.name.to_string(), note)));
    }
    groups.notes = told_once(notes);
    if groups.found.is_empty()
        && let Some(failure) = unknown(&session.lab, options)
    {
        return Err(failure);
    }
    Ok(groups)
}

async fn of_user(
    session: &Session,
    user: &User,
    options: &LogsOptions,
) -> Result<(Vec<Group>, Option<String>), Failure> {
    let cloud = &session.connection(user)?.cloud;
    let full = |name: &str| {
        let prefix = format!("{}-", user.name);
        if name.starts_with(&prefix) { name.to_owned() } else { prefix + name }
    };
    if let Some(function) = &options.function {
        let name = full(function);
        let group = format!("/aws/lambda/{name}");
        let is_there = cloud.log_groups(&group).await?.contains(&group);
        let note = (!is_there).then(|| format!("`{name}` has no log: it never ran, or its role may not write one"));
        return Ok((is_there.then_some(Group { group, name }).into_iter().collect(), note));
    }
    if let Some(machine) = &options.machine {
        let Some(machine) = OwnMachine::read(&session.lab, user, cloud, machine).await? else {
            return Ok((Vec::new(), Some(format!("the state machine `{}` is not there", full(machine)))));
        };
        let note = machine.log_group().is_none().then(|| format!("`{}` does not log", machine.name));
        let group = machine.log_group().map(|group| Group { group: group.to_owned(), name: machine.name.clone() });
        return Ok((group.into_iter().collect(), note));
    }
    let lists = try_join_all(beginnings(&session.lab, user).iter().map(|prefix| cloud.log_groups(prefix))).await?;
    let by_group: BTreeMap<String, Group> = lists
        .into_iter()
        .flatten()
        .map(|group| (group.clone(), Group { name: written_by(&group).to_owned(), group }))
        .collect();
    let note = by_group.is_empty().then(|| format!("nothing of `{}` has a log", user.name));
    Ok((by_group.into_values().collect(), note))
}

/// With what the names of a user's log groups begin.
fn beginnings(lab: &Lab, user: &User) -> Vec<String> {
    let known = LogGroup::families().map(str::to_owned).chain(["/aws/states/".to_owned(), String::new()]);
    let of_pack = lab.pack.log_groups.iter().filter_map(|group| Some(group.name.split_once("{{user}}")?.0.to_owned()));
    let mut families: Vec<String> = known.chain(of_pack).collect();
    families.sort();
    families.dedup();
    families.into_iter().map(|family| format!("{family}{}-", user.name)).collect()
}

/// Who writes into a group: the last part of its name.
fn written_by(group: &str) -> &str {
    group.rsplit('/').next().unwrap_or(group)
}

/// Why nothing is read, where a function or machine was named that the pack does not have.
fn unknown(lab: &Lab, options: &LogsOptions) -> Option<Failure> {
    let (what, name, known): (_, _, Vec<&str>) = match (&options.function, &options.machine) {
        (Some(name), _) => ("function", name, lab.pack.functions.iter().map(|it| it.name.as_str()).collect()),
        (_, Some(name)) => ("machine", name, lab.pack.machines.iter().map(|it| it.name.as_str()).collect()),
        (None, None) => return None,
    };
    if known.iter().any(|known| name == known || name.ends_with(&format!("-{known}"))) {
        return None;
    }
    let message = format!("no {what} `{name}` in the pack `{}`, and nobody has a log of one", lab.pack.name);
    Some(Failure::usage(message, source::help(name, known)))
}
