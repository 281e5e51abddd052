//! A request and its answer, the same whatever protocol carried them.

use serde_json::Value;

/// Who signed a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The key pair made at start: may do everything, as an administrator.
    Root,
    /// Temporary keys of a role (handlers); every action is checked against the role's policies.
    Role {
        /// The role's ARN.
        role_arn: String,
        /// The session's name (for a handler, the function's name).
        session: String,
    },
}

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    /// The signing name: `states`, `lambda`, `iam`, `sts`, `logs`, `monitoring`, `sqs`, `tagging`, `cloudcontrolapi`.
    pub service: &'static str,
    /// `CreateStateMachine`, …
    pub operation: String,
    /// The region it was signed for.
    pub region: String,
    /// Who signed it.
    pub caller: Caller,
    /// Input members by their API names, whatever the protocol (query parameters and path labels merged in; in the query
    /// protocol every scalar is a string).
    pub input: Value,
    /// The body as it came, for operations whose payload is a blob (`Invoke`).
    pub payload: Vec<u8>,
    /// Request headers by lower-case name, for members that travel there (`x-amz-invocation-type`).
    pub headers: Vec<(String, String)>,
}

impl Call {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An answer's body.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerBody {
    /// Output members by their API names; the wire turns them into the protocol's shape.
    Members(Value),
    /// Bytes as they are (`Invoke`).
    Raw(Vec<u8>),
}

/// An answer that is no error.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status, 200 unless the API says otherwise.
    pub status: u16,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: AnswerBody,
}

impl Answer {
    /// 200 with these members.
    pub fn members(members: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body: AnswerBody::Members(members) }
    }
}

/// An error as AWS answers it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// `StateMachineDoesNotExist`, `NoSuchEntity`, …
    pub code: String,
    /// The message, in AWS's words.
    pub message: String,
    /// HTTP status.
    pub status: u16,
    /// Further members of the error (`Type`, `reason`, …).
    pub members: Value,
}

impl Fault {
    /// A 400 with this code and message.
    pub fn client(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: 400, members: Value::Null }
    }

    /// The same with another HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}
