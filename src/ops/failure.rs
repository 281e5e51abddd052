//! Why a command could not do its work, with its exit code and what to do next.

use std::io;
use std::path::{Path, PathBuf};

use super::advice::{cloud_help, endpoint_help, file_help, is_credentials, render_help};
use super::exit::Exit;
use crate::cloud::{CloudError, ErrorClass};
use crate::event::JournalError;
use crate::host;
use crate::local::StartError;
use crate::render::RenderError;
use crate::source::Diagnostics;
use crate::ui::view::FindingView;

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Mistakes in the user's files, already with their places.
    Diagnostics(Diagnostics),
    /// A mistake on the command line.
    Usage { message: String, help: Option<String> },
    /// A call to the endpoint failed.
    Cloud(CloudError),
    /// A cleanup was answered by something that is not the service, so that it is not known what is left.
    Unseen(CloudError),
    /// The credentials belong to another account than the manifest names for these users; nobody named is everybody.
    WrongAccount { expected: String, actual: String, caller: String, endpoint: String, users: Vec<String> },
    /// The embedded endpoint could not start.
    Endpoint(StartError),
    /// A file could not be read or written.
    File { doing: &'static str, path: PathBuf, source: io::Error },
    /// The journal could not be written.
    Journal(JournalError),
    /// `--only-failed` where the last run failed for nobody: nothing to do.
    NobodyFailed,
    /// The user interrupted while labctl was still looking.
    Interrupted,
    /// The user interrupted the wait for something that goes on.
    LeftRunning { message: String },
    /// What is to be tried is not there, so that nothing was: the lab was not deployed.
    NotDeployed { message: String, help: String },
    /// Anything else that stops a command, in words.
    Other { message: String, help: Option<String> },
}

impl Failure {
    /// A usage error with a way out.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    /// A failure with a way out.
    pub(crate) fn other(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Other { message: message.into(), help: Some(help.into()) }
    }

    /// A file that could not be read or written.
    pub(crate) fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File { doing, path: path.to_owned(), source }
    }

    /// Its exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Diagnostics(_) | Self::Usage { .. } => Exit::Usage,
            Self::WrongAccount { .. } => Exit::Credentials,
            Self::Cloud(error) if is_credentials(error) => Exit::Credentials,
            // Given up on the way, after SIGTERM.
            Self::Cloud(error) if error.class == ErrorClass::Interrupted => Exit::Interrupted,
            Self::Unseen(_) => Exit::Residue,
            Self::NobodyFailed => Exit::Done,
            Self::NotDeployed { .. } => Exit::NotMet,
            Self::Interrupted | Self::LeftRunning { .. } => Exit::Interrupted,
            Self::Cloud(_) | Self::Endpoint(_) | Self::File { .. } | Self::Journal(_) | Self::Other { .. } => {
                Exit::Failed
            }
        }
    }

    /// The findings, where there are any.
    pub(crate) fn findings(&self) -> Vec<FindingView> {
        match self {
            Self::Diagnostics(found) => FindingView::all(found),
            _ => Vec::new(),
        }
    }

    /// What failed and why, in one line.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Diagnostics(found) => format!("{} mistakes found", found.0.len()),
            Self::Usage { message, .. }
            | Self::NotDeployed { message, .. }
            | Self::Other { message, .. }
            | Self::LeftRunning { message } => message.clone(),
            Self::Cloud(error) => error.to_string(),
            Self::Unseen(error) => format!("what is left could not be seen: {error}"),
            Self::NobodyFailed => "nothing to do: no user failed in the last run".to_owned(),
            Self::Interrupted => "interrupted before anything was changed".to_owned(),
            Self::WrongAccount { expected, actual, caller, endpoint, users } => format!(
                "wrong account: the manifest guards account `{expected}`{}, but the credentials `{caller}` at {endpoint} \
                 belong to account `{actual}`; nothing was touched",
                for_whom(users)
            ),
            Self::Endpoint(error) => error.to_string(),
            Self::File { doing, path, source } => {
                format!("cannot {doing} `{}`: {}", path.display(), host::cause(source))
            }
            Self::Journal(error) => error.to_string(),
        }
    }

    /// What to do next.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::Diagnostics(_) | Self::NobodyFailed | Self::Interrupted | Self::LeftRunning { .. } => None,
            Self::Usage { help, .. } | Self::Other { help, .. } => help.clone(),
            Self::NotDeployed { help, .. } => Some(help.clone()),
            Self::Cloud(error) | Self::Unseen(error) => cloud_help(error),
            Self::WrongAccount { .. } => Some(
                "choose other credentials with `--profile` or `AWS_PROFILE`, or correct `target.account_id` in the manifest"
                    .to_owned(),
            ),
            Self::Endpoint(error) => endpoint_help(error).map(str::to_owned),
            Self::File { source, .. } => file_help(source),
            Self::Journal(error) => file_help(&error.source),
        }
    }
}

/// The first of some users, and how many more there are.
fn for_whom(users: &[String]) -> String {
    match users {
        [] => String::new(),
        [user] => format!(" for `{user}`"),
        [user, more @ ..] => format!(" for `{user}` and {} more", more.len()),
    }
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        Self::Cloud(error)
    }
}

impl From<Diagnostics> for Failure {
    fn from(found: Diagnostics) -> Self {
        Self::Diagnostics(found)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Endpoint(error)
    }
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        Self::Other { help: Some(render_help(&error)), message: error.to_string() }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}
