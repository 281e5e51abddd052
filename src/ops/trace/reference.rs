//! How a user names an execution: by its ARN, or by whose it is.

use super::super::failure::Failure;
use crate::model::{Lab, User};
use crate::source;

/// An execution that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Whose it is; none for those that the options choose.
    pub(super) user: Option<String>,
    /// The machine, with the user's prefix or without; none for any.
    pub(super) machine: Option<String>,
    pub(super) which: Which,
}

/// Which execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The latest.
    Last,
    /// The latest that did not do what it should.
    LastFailed,
    /// The one of this name, the latest where several had it.
    Named(String),
    /// The one of this ARN.
    Arn(String),
}

const HELP: &str = "name it as `USER:last-failed`, `USER:last`, `USER:MACHINE:NAME`, or by its ARN";

impl Reference {
    /// Reads what the user wrote; nothing means the last one that failed.
    ///
    /// # Errors
    /// What is no name of an execution, or names somebody who is not in the manifest.
    pub(super) fn read(text: Option<&str>, lab: &Lab) -> Result<Self, Failure> {
        let Some(text) = text else { return Ok(Self::any(Which::LastFailed)) };
        if text.starts_with("arn:") {
            return Self::of_arn(text, lab);
        }
        let parts: Vec<&str> = text.split(':').collect();
        let no_name = || Failure::usage(format!("`{text}` names no execution"), HELP);
        if parts.iter().any(|part| part.is_empty()) {
            return Err(no_name());
        }
        match parts.as_slice() {
            [which] => latest(which).map(Self::any).ok_or_else(|| not_latest(which, HELP)),
            [user, which] => {
                let which = latest(which).ok_or_else(|| not_latest(which, HELP))?;
                Ok(Self { user: Some(known(user, lab)?), ..Self::any(which) })
            }
            [user, machine, which] => {
                let which = latest(which).unwrap_or_else(|| Which::Named((*which).to_owned()));
                Ok(Self { user: Some(known(user, lab)?), machine: Some((*machine).to_owned()), which })
            }
            _ => Err(no_name()),
        }
    }

    fn any(which: Which) -> Self {
        Self { user: None, machine: None, which }
    }

    /// `arn:aws:states:<region>:<account>:execution:<machine>:<name>`, or `…:express:<machine>:<name>:<id>`.
    fn of_arn(arn: &str, lab: &Lab) -> Result<Self, Failure> {
        let parts: Vec<&str> = arn.split(':').collect();
        let machine = match parts.as_slice() {
            [_, _, "states", _, _, "execution", machine, _] | [_, _, "states", _, _, "express", machine, _, _] => {
                machine
            }
            [_, _, "states", _, _, "stateMachine", ..] => {
                return Err(Failure::usage(format!("`{arn}` is a state machine, not an execution of one"), HELP));
            }
            _ => return Err(Failure::usage(format!("`{arn}` is no ARN of an execution"), HELP)),
        };
        // A child of a DISTRIBUTED Map belongs to `<machine>/<map>`.
        let machine = machine.split('/').next().unwrap_or_default();
        let is_prefix =
            |user: &&User| machine.strip_prefix(user.name.as_str()).is_some_and(|rest| rest.starts_with('-'));
        let Some(user) = lab.users.iter().find(is_prefix) else {
            return Err(Failure::usage(
                format!("the machine `{machine}` carries the prefix of no user of `{}`", lab.manifest.display()),
                "name an execution of a user's machine, or another manifest with `--manifest`",
            ));
        };
        let which = Which::Arn(arn.to_owned());
        Ok(Self { user: Some(user.name.to_string()), machine: Some(machine.to_owned()), which })
    }
}

fn latest(word: &str) -> Option<Which> {
    match word {
        "last" => Some(Which::Last),
        "last-failed" => Some(Which::LastFailed),
        _ => None,
    }
}

fn not_latest(word: &str, help: &str) -> Failure {
    let help = match source::nearest_within(word, ["last", "last-failed"], |_| 2) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => help.to_owned(),
    };
    Failure::usage(format!("`{word}` says not which execution"), help)
}

fn known(name: &str, lab: &Lab) -> Result<String, Failure> {
    let names = || lab.users.iter().map(|user| user.name.as_str());
    if names().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    let help = match source::nearest_within(name, names(), |_| 2) {
        Some(user) => format!("did you mean `{user}`?"),
        None => HELP.to_owned(),
    };
    Err(Failure::usage(format!("no user `{name}` in `{}`", lab.manifest.display()), help))
}
