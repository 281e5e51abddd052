//! What a service is, and what services need of each other.

use std::ops::ControlFlow;

use async_trait::async_trait;
use base64::Engine as _;
use serde_json::Value;

use crate::wire::{Answer, Call, Caller, Fault};

/// A service of the endpoint.
#[async_trait]
pub trait Service: Send + Sync {
    /// A request with the members that the API has today, if they came by older names.
    fn read(&self, call: Call) -> Call {
        call
    }

    /// Answers one request. An operation that is not offered is a [`Fault`] with HTTP status 501 that names it.
    async fn call(&self, call: Call) -> Result<Answer, Fault>;
}

/// IAM, as the other services need it.
pub trait Authority: Send + Sync {
    /// Whether the caller may do `action` (`lambda:InvokeFunction`) to `resource` (an ARN, or `*`).
    ///
    /// # Errors
    /// The message AWS gives (`User: … is not authorized to perform: … on resource: … because no identity-based policy allows the … action`).
    fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), String>;

    /// Whether the caller may do `action` to anything at all, where it is not known to what.
    ///
    /// # Errors
    /// As [`Authority::authorize`].
    fn authorize_somewhere(&self, caller: &Caller, action: &str) -> Result<(), String> {
        self.authorize(caller, action, "*")
    }

    /// Whether the caller may pass a role to a service (`lambda.amazonaws.com`).
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_PassedToService>
    ///
    /// # Errors
    /// As [`Authority::authorize`].
    fn may_pass(&self, caller: &Caller, role_arn: &str, _service: &str) -> Result<(), String> {
        self.authorize(caller, "iam:PassRole", role_arn)
    }

    /// Whether the role exists and its trust policy lets the service principal (`states.amazonaws.com`) assume it on
    /// behalf of `source_arn`. Honours the configured propagation delay: a fresh role is not trusted yet.
    fn may_assume(&self, role_arn: &str, principal: &str, source_arn: &str) -> bool;

    /// Temporary keys of a role, for a handler: access key id, secret, session token.
    fn temporary_keys(&self, role_arn: &str, session: &str) -> (String, String, String);
}

/// CloudWatch Logs, as the services that write logs need it.
pub trait LogSink: Send + Sync {
    /// Whether the log group exists.
    fn has_group(&self, region: &str, group: &str) -> bool;

    /// Appends messages (milliseconds since 1970, text) to a stream, making group and stream when they are missing and
    /// `make_group` allows it. Messages to a missing group are dropped otherwise, as deliveries are on AWS.
    fn write(&self, region: &str, group: &str, stream: &str, messages: Vec<(i64, String)>, make_group: bool);
}

/// A service that writes logs and may hold some of them back until somebody reads.
pub trait LogSource: Send + Sync {
    /// Writes what it holds back for a log group.
    fn deliver(&self, region: &str, group: &str);
}

/// CloudWatch, as the services that produce metrics need it.
pub trait MetricSink: Send + Sync {
    /// Records one value of a metric at a time (milliseconds since 1970).
    fn record(
        &self,
        region: &str,
        namespace: &str,
        metric: &str,
        dimensions: &[(&str, &str)],
        at_ms: i64,
        value: f64,
        unit: &str,
    );
}

/// SQS, as Step Functions needs it.
pub trait QueueSink: Send + Sync {
    /// Sends a message, as `SendMessage` does. `input` holds that API's members (`QueueUrl`, `MessageBody`,
    /// `MessageAttributes`, `DelaySeconds`, …); the answer its output (`MessageId`, `MD5OfMessageBody`, …).
    /// The caller is checked for `sqs:SendMessage`.
    ///
    /// # Errors
    /// What SendMessage answers: `QueueDoesNotExist`, `AccessDenied`, `InvalidMessageContents`, …
    fn send(&self, region: &str, caller: &Caller, input: &Value) -> Result<Value, Fault>;
}

/// What a function gave back.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoked {
    /// The returned JSON, or Lambda's error object (`errorType`, `errorMessage`, `stackTrace`).
    pub payload: Vec<u8>,
    /// `Unhandled` when the handler failed.
    pub function_error: Option<&'static str>,
    /// `$LATEST` or the version run.
    pub version: String,
    /// The request's id.
    pub request_id: String,
    /// The lines of its log, START to REPORT.
    pub log: Vec<String>,
}

impl Invoked {
    /// The last four kilobytes of the log in base64: the API's `LogResult`.
    pub fn log_tail(&self) -> String {
        const TAIL: usize = 4096;
        let text = self.log.join("\n") + "\n";
        let tail = text.as_bytes().get(text.len().saturating_sub(TAIL)..).unwrap_or_default();
        base64::engine::general_purpose::STANDARD.encode(tail)
    }
}

/// Lambda, as Step Functions needs it.
#[async_trait]
pub trait Invoker: Send + Sync {
    /// Runs a function (name or ARN) and waits for it. The caller is checked for `lambda:InvokeFunction`.
    ///
    /// # Errors
    /// What Lambda's Invoke answers: `ResourceNotFoundException`, `AccessDeniedException`, `TooManyRequestsException`, …
    async fn invoke(&self, region: &str, caller: &Caller, function: &str, payload: Vec<u8>) -> Result<Invoked, Fault>;

    /// Starts a function and does not wait (`InvocationType` Event).
    ///
    /// # Errors
    /// As [`Invoker::invoke`].
    async fn invoke_event(&self, region: &str, caller: &Caller, function: &str, payload: Vec<u8>) -> Result<(), Fault>;
}

/// A resource with tags, for the tagging service.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged {
    /// Its ARN.
    pub arn: String,
    /// `lambda:function`, `states:stateMachine`, `logs:log-group`, `sqs:queue`, `cloudwatch:dashboard`.
    pub resource_type: &'static str,
    /// Key and value pairs.
    pub tags: Vec<(String, String)>,
}

/// A service whose resources carry tags and stand in regions.
pub trait TagSource: Send + Sync {
    /// The regions that hold something.
    fn regions(&self) -> Vec<String>;

    /// The types that [`Tagged::resource_type`] may have here.
    fn resource_types(&self) -> Vec<&'static str>;

    /// Shows the tagged resources of a region in the order of their ARNs, those after `after` only, until `each` has enough.
    fn tagged(&self, region: &str, after: &str, each: &mut dyn FnMut(Tagged) -> ControlFlow<()>);

    /// Everything tagged in a region.
    fn all_tagged(&self, region: &str) -> Vec<Tagged> {
        let mut all = Vec::new();
        self.tagged(region, "", &mut |tagged| {
            all.push(tagged);
            ControlFlow::Continue(())
        });
        all
    }
}

/// The name after which a listing goes on that has shown the ARN `after` (empty: none), for resources whose ARNs are `prefix`
/// and their name; none when all of them came before it.
pub fn names_after<'arn>(prefix: &str, after: &'arn str) -> Option<&'arn str> {
    after.strip_prefix(prefix).or_else(|| (after < prefix).then_some(""))
}

/// A 501 that names what is missing.
pub fn not_offered(call: &Call) -> Fault {
    Fault {
        code: "NotImplemented".to_owned(),
        message: format!("the local endpoint does not offer {}:{}", call.service, call.operation),
        status: 501,
        members: Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::names_after;

    #[test]
    fn a_listing_goes_on_where_the_last_arn_stands_among_those_of_a_service() {
        let after = |arn: &'static str| names_after("arn:aws:logs:r:1:log-group:", arn);
        assert_eq!(after(""), Some(""), "from the beginning");
        assert_eq!(after("arn:aws:lambda:r:1:function:f"), Some(""), "those before are another service's");
        assert_eq!(after("arn:aws:logs:r:1:log-group:/aws/lambda/f"), Some("/aws/lambda/f"));
        assert_eq!(after("arn:aws:sqs:r:1:q"), None, "they all came before");
    }
}
