//! What to do next about an error of another room.

use std::io;

use crate::cloud::{CloudError, ErrorClass};
use crate::local::StartError;
use crate::render::RenderError;

/// Whether credentials or permissions are the cause.
pub(crate) fn is_credentials(error: &CloudError) -> bool {
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
pub(crate) fn cloud_help(error: &CloudError) -> Option<String> {
    if error.message.contains("Resource Policy size was exceeded") {
        let text = "let the names of log groups that machines log to begin with `/aws/vendedlogs/states/` in the pack, then run \
                    `labctl deploy --only-failed`: others fill one resource policy of 5,120 characters for the whole account";
        return Some(text.to_owned());
    }
    if error.operation == "logs:DeleteLogGroup" && error.message.contains("deletion protection") {
        let text = "if it may go, take the protection back (`aws logs put-log-group-deletion-protection --no-deletion-protection-enabled \
                    --log-group-identifier NAME`), then run the same command again";
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
pub(crate) fn render_help(error: &RenderError) -> String {
    match error {
        RenderError::NotAFolder { .. } => "remove it, then run the same command again".to_owned(),
        RenderError::Folder { source, .. } | RenderError::Write { source, .. } | RenderError::Remove { source, .. } => {
            file_help(source).unwrap_or_else(|| "choose another place with `--out DIR`".to_owned())
        }
    }
}

/// What to do when the embedded endpoint did not start.
pub(crate) fn endpoint_help(error: &StartError) -> Option<&'static str> {
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

/// What to do about a file that could not be read or written.
pub(crate) fn file_help(error: &io::Error) -> Option<String> {
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
