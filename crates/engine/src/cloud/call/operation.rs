//! What the queue knows of an operation (`service:Operation`).

use std::time::Duration;

/// How long an answer may take: an ordinary one, one to a package on its way, and one of an EXPRESS execution, which runs for
/// at most five minutes.
const ANSWER: Duration = Duration::from_secs(30);
const PACKAGE: Duration = Duration::from_mins(5);
const SYNCHRONOUS: Duration = Duration::from_secs(330);

/// Whether an operation only looks, so that asking again does no harm.
pub(in crate::cloud) fn is_read(operation: &str) -> bool {
    let name = operation.split_once(':').map_or(operation, |(_, name)| name);
    ["Get", "List", "Describe", "Filter", "Validate"].iter().any(|verb| name.starts_with(verb))
}

/// Whether the answer is the end of an execution. The same call again would run another: AWS tells a repeated StartExecution by its
/// name, and a synchronous one by nothing.
pub(super) fn is_synchronous(operation: &str) -> bool {
    operation == "states:StartSyncExecution"
}

/// How long an answer is waited for.
pub(super) fn answer_limit(operation: &str) -> Duration {
    match operation {
        "lambda:CreateFunction" | "lambda:UpdateFunctionCode" | "download" => PACKAGE,
        _ if is_synchronous(operation) => SYNCHRONOUS,
        _ => ANSWER,
    }
}

/// Which calls go first: roles, on which functions stand; then functions, which take a while to settle; then all others.
pub(super) fn urgency(operation: &str) -> u8 {
    match operation.split_once(':') {
        Some(("iam" | "sts", _)) => 0,
        Some(("lambda", _)) => 1,
        _ => 2,
    }
}
