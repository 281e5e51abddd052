//! Why a command could not do its work, with its exit code and what to do next.

use std::io;
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::findings::findings;
use crate::cloud::{CloudError, ErrorClass};
use crate::event::JournalError;
use crate::host;
use crate::local::StartError;
use crate::model::Diagnostics;
use crate::render::RenderError;
use crate::ui::view::FindingView;

/// Why a command could not do its work.
#[derive(Debug)]
pub(super) enum Failure {
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
    /// Anything else that stops a command, in words.
    Other { message: String, help: Option<String> },
}

impl Failure {
    /// A usage error with a way out.
    pub(super) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    /// A failure with a way out.
    pub(super) fn other(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Other { message: message.into(), help: Some(help.into()) }
    }

    /// A file that could not be read or written.
    pub(super) fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File { doing, path: path.to_owned(), source }
    }

    /// Its exit code.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Diagnostics(_) | Self::Usage { .. } => Exit::Usage,
            Self::WrongAccount { .. } => Exit::Credentials,
            Self::Cloud(error) if is_credentials(error) => Exit::Credentials,
            // Given up on the way, after SIGTERM.
            Self::Cloud(error) if error.class == ErrorClass::Interrupted => Exit::Interrupted,
            Self::Cloud(_) => Exit::Failed,
            Self::Unseen(_) => Exit::Residue,
            Self::NobodyFailed => Exit::Done,
            Self::Interrupted => Exit::Interrupted,
            Self::Endpoint(_) | Self::File { .. } | Self::Journal(_) | Self::Other { .. } => Exit::Failed,
        }
    }

    /// The findings, where there are any.
    pub(super) fn findings(&self) -> Vec<FindingView> {
        match self {
            Self::Diagnostics(found) => findings(found),
            _ => Vec::new(),
        }
    }

    /// What failed and why, in one line.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Diagnostics(found) => format!("{} mistakes found", found.0.len()),
            Self::Usage { message, .. } | Self::Other { message, .. } => message.clone(),
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
    pub(super) fn help(&self) -> Option<String> {
        match self {
            Self::Diagnostics(_) | Self::NobodyFailed | Self::Interrupted => None,
            Self::Usage { help, .. } | Self::Other { help, .. } => help.clone(),
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

/// Whether credentials or permissions are the cause.
pub(super) fn is_credentials(error: &CloudError) -> bool {
    matches!(error.class, ErrorClass::Credentials | ErrorClass::Denied)
}

/// Whether a signature was refused for its time, and not for its key.
fn is_clock(error: &CloudError) -> bool {
    let said = |words: &str| error.message.contains(words);
    error.code.as_deref() == Some("RequestTimeTooSkewed")
        || said("Signature expired")
        || said("Signature not yet current")
        || said("this machine's clock is")
}

/// Whether a rule above the caller's own permissions forbids something about roles: nobody's permissions help against that.
fn is_forbidden(error: &CloudError) -> bool {
    let said = |words: &str| error.message.contains(words);
    error.operation.starts_with("iam:")
        && (said("explicit deny") || said("service control policy") || said("permissions boundary"))
}

/// What to do about a failed call.
pub(super) fn cloud_help(error: &CloudError) -> Option<String> {
    if error.message.contains("Resource Policy size was exceeded") {
        let text = "let the names of log groups that machines log to begin with `/aws/vendedlogs/states/` in the pack, then run \
                    `labctl deploy --only-failed`: others fill one resource policy of 5,120 characters for the whole account";
        return Some(text.to_owned());
    }
    let text = match error.class {
        ErrorClass::Unreachable => {
            "check that the endpoint runs and that its URL is right, then run the same command again"
        }
        ErrorClass::NoAnswer => {
            "something answers in the service's place: a proxy, a sign-in page, another server, a stand-in that does not offer this. Open the URL in a browser, check HTTPS_PROXY and \
             the endpoint URL, then run the same command again"
        }
        ErrorClass::Credentials if is_clock(error) => {
            "set this machine's clock right (as `timedatectl` shows it), then run the same command again"
        }
        ErrorClass::Credentials => {
            "refresh or choose credentials (`aws sso login`, `--profile`, AWS_ACCESS_KEY_ID), then run the same command again"
        }
        ErrorClass::Denied if is_forbidden(error) => {
            "the institution forbids this to everybody. Roles that are there already can be brought along: `stepfunctions_role = \"LabRole\"` under \
             `[iam]`. Where it asks for a boundary, a path or tags, `permissions_boundary` and `path` under `[iam]` and `[tags]` give them \
             (docs/class.md)"
        }
        ErrorClass::Denied => "give the credentials this permission, then run the same command again",
        ErrorClass::IamPropagation => "IAM has not spread the role yet; run the same command again in a minute",
        ErrorClass::Throttled | ErrorClass::Busy | ErrorClass::Service | ErrorClass::Interrupted => {
            "run the same command again: it continues where it stopped"
        }
        ErrorClass::Quota => "raise the quota in Service Quotas or choose fewer users, then run the same command again",
        ErrorClass::NotImplemented => "this endpoint does not offer the operation; see docs/endpoints.md",
        ErrorClass::Exists | ErrorClass::NotFound | ErrorClass::Invalid | ErrorClass::Other => return None,
    };
    Some(text.to_owned())
}

/// What to do when rendered files could not be written.
fn render_help(error: &RenderError) -> String {
    match error {
        RenderError::NotAFolder { .. } => "remove it, then run the same command again".to_owned(),
        RenderError::Folder { source, .. } | RenderError::Write { source, .. } | RenderError::Remove { source, .. } => {
            file_help(source).unwrap_or_else(|| "choose another place with `--out DIR`".to_owned())
        }
    }
}

fn endpoint_help(error: &StartError) -> Option<&'static str> {
    match error {
        StartError::PortInUse { .. } | StartError::Listen { .. } => {
            Some("choose another port with `--port N`; `--port 0` takes any free one")
        }
        StartError::StoreHeld { .. } => Some("stop that process, or use another store with `--out DIR`"),
        StartError::StoreFolder { .. } => {
            Some("make the folder writable, free some space, or choose another with `--out DIR`")
        }
        // These say themselves what to do.
        StartError::Store { .. } => error.advice(),
        StartError::Setting(_) => None,
    }
}

fn file_help(error: &io::Error) -> Option<String> {
    let text = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "make it writable, or choose another place with `--out DIR` or `--events FILE`"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "free some space, or choose another disk with `--out DIR` or `--events FILE`"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory | io::ErrorKind::AlreadyExists => {
            "something else stands at that path; choose another with `--out DIR` or `--events FILE`"
        }
        _ => return None,
    };
    Some(text.to_owned())
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
