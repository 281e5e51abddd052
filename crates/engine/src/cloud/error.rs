//! What can go wrong between labctl and an endpoint.

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// Nothing answers at the endpoint.
    Unreachable,
    /// Something answered, but not the service, or not to the end: what was asked for is not known, and of what was to be changed it is
    /// not known whether it was.
    NoAnswer,
    /// No credentials, expired, or refused (exit code 77).
    Credentials,
    /// The caller may not do this (exit code 77).
    Denied,
    /// A fresh role is not known everywhere yet; the same call will do later.
    IamPropagation,
    /// Too many calls.
    Throttled,
    /// The resource is being made, changed or deleted; the same call will do later.
    Busy,
    /// It is already there.
    Exists,
    /// It is not there.
    NotFound,
    /// A quota of the account is used up.
    Quota,
    /// The service refuses the content.
    Invalid,
    /// The service failed (5xx).
    Service,
    /// The endpoint does not offer the operation.
    NotImplemented,
    /// The user interrupted before the call was made.
    Interrupted,
    /// Anything else.
    Other,
}

/// A failed call: which operation, what the service said, what class of trouble it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {}{message}", code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default())]
pub struct CloudError {
    /// `states:CreateStateMachine`.
    pub operation: String,
    /// AWS's error code, when the service answered.
    pub code: Option<String>,
    /// AWS's message, or the transport's.
    pub message: String,
    /// What can be done about it.
    pub class: ErrorClass,
}
