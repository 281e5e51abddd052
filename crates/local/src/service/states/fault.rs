//! The service's errors, in AWS's words.

use std::fmt::Display;

use crate::store::StoreError;
use crate::wire::Fault;

pub(super) fn invalid_arn(what: impl Display) -> Fault {
    Fault::client("InvalidArn", format!("Invalid Arn: '{what}'"))
}

pub(super) fn invalid_name(name: &str) -> Fault {
    Fault::client("InvalidName", format!("Invalid Name: '{name}'"))
}

pub(super) fn invalid_token() -> Fault {
    Fault::client("InvalidToken", "Invalid Token: 'Invalid token'")
}

pub(super) fn no_machine(arn: &str) -> Fault {
    Fault::client("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
}

pub(super) fn no_execution(arn: &str) -> Fault {
    Fault::client("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{arn}'"))
}

pub(super) fn deleting(arn: &str) -> Fault {
    Fault::client("StateMachineDeleting", format!("State Machine is being deleted: '{arn}'"))
}

pub(super) fn type_not_supported() -> Fault {
    Fault::client("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
}

pub(super) fn invalid_logging(what: impl Display) -> Fault {
    Fault::client("InvalidLoggingConfiguration", format!("Invalid Logging Configuration: {what}"))
}

pub(super) fn access_denied(message: impl Into<String>) -> Fault {
    Fault::client("AccessDeniedException", message)
}

/// A 501 that names a part of an operation that is not offered.
pub(super) fn part_not_offered(part: &str, operation: &str) -> Fault {
    let message = format!("the local endpoint does not offer {part} of states:{operation}");
    Fault::client("NotImplemented", message).status(501)
}

/// A store that cannot be read.
pub(super) fn unreadable(error: &StoreError) -> Fault {
    Fault::client("InternalFailure", error.to_string()).status(500)
}
