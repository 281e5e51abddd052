//! From the SDK's errors to labctl's.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::error::operation::BuildError;

use super::answer::{Gap, NoAnswer, page};
use super::endpoint::Endpoints;
use crate::cloud::classify::classify;
use crate::cloud::{CloudError, ErrorClass};
use crate::host;

/// Says what went wrong with a call of `operation` (`service:Operation`).
pub(super) fn failure<E>(operation: &str, endpoints: &Endpoints, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let url = || endpoints.of(operation);
    match error {
        // The SDK calls an answer it cannot read a service error too.
        SdkError::ServiceError(context) if context.raw().status().is_success() => {
            unreadable(operation, &url(), context.raw().status().as_u16(), error)
        }
        SdkError::ServiceError(context) if context.err().meta().code().is_none() => {
            nameless(operation, &url(), context.raw(), context.err().meta().message())
        }
        SdkError::ServiceError(context) => {
            let meta = context.err().meta();
            let status = context.raw().status().as_u16();
            let message = meta.message().map_or_else(|| format!("HTTP {status} without a message"), str::to_owned);
            let class = classify(operation, meta.code(), status, &message);
            let message = match skew(context.raw()).filter(|_| class == ErrorClass::Credentials) {
                Some(skew) => format!("{}; {skew}", message.trim_end_matches('.')),
                None => message,
            };
            CloudError { operation: operation.to_owned(), code: meta.code().map(str::to_owned), message, class }
        }
        SdkError::ResponseError(context) => unreadable(operation, &url(), context.raw().status().as_u16(), error),
        SdkError::TimeoutError(_) => {
            refused(operation, ErrorClass::Unreachable, format!("`{}` did not answer in time", url()))
        }
        other => match credentials_error(other) {
            Some(credentials) => no_credentials(operation, credentials, ""),
            None if matches!(other, SdkError::DispatchFailure(_)) => {
                let cause = root(other);
                let advice = if cause.contains("UnknownIssuer") {
                    "; name its certificate authority with `ca_bundle` in the manifest, or AWS_CA_BUNDLE"
                } else {
                    ""
                };
                refused(operation, ErrorClass::Unreachable, format!("cannot reach `{}`: {cause}{advice}", url()))
            }
            None => refused(operation, ErrorClass::Invalid, chain(other)),
        },
    }
}

/// An answer that is no answer: nothing is known after it.
fn unreadable(operation: &str, url: &str, status: u16, error: &(dyn Error + 'static)) -> CloudError {
    let class = if (200..300).contains(&status) { ErrorClass::NoAnswer } else { classify(operation, None, status, "") };
    let what = match causes(error).find_map(|cause| cause.downcast_ref::<NoAnswer>()) {
        Some(NoAnswer(gap)) => gap.to_string(),
        None => format!("{}: {}", Gap::Unreadable, root(error)),
    };
    refused(
        operation,
        class,
        format!("`{url}` answered HTTP {status} with {what}: that is no answer, and nothing follows from it"),
    )
}

/// An error without the code that each of AWS's has: a proxy's, a gateway's, some other server's.
fn nameless(operation: &str, url: &str, response: &HttpResponse, message: Option<&str>) -> CloudError {
    let status = response.status().as_u16();
    let class = classify(operation, None, status, message.unwrap_or_default());
    let page = page(response.body().bytes().unwrap_or_default());
    let class = match class {
        // Not the service's refusal, since services write no pages.
        ErrorClass::Denied | ErrorClass::Invalid if page.is_some() => ErrorClass::NoAnswer,
        class => class,
    };
    let more = match (response.headers().get("location").filter(|_| (300..400).contains(&status)), page, message) {
        (Some(place), ..) => format!(", which sends elsewhere (`{place}`)"),
        (None, Some(page), _) => format!(" with {page}"),
        (None, None, Some(message)) => format!(": {message}"),
        (None, None, None) => " without a message".to_owned(),
    };
    let codeless = if class == ErrorClass::NoAnswer { ", without an error code of AWS's" } else { "" };
    refused(operation, class, format!("`{url}` answered HTTP {status}{more}{codeless}"))
}

/// Whether nobody listens at the endpoint: then a few tries tell as much as many.
pub(super) fn is_refused<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    causes(error).any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
    })
}

/// Says why there are no credentials; `source` is where they should have come from (` for profile `x``), if that was named.
pub(super) fn no_credentials(operation: &str, error: &CredentialsError, source: &str) -> CloudError {
    let advice = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile that has some";
    let cause = chain(error);
    // The instance's service is the last place that is asked; that nobody answers there only means that there are none.
    let none = matches!(error, CredentialsError::CredentialsNotLoaded(_)) || cause.contains("IMDS");
    let message = if none {
        format!("no AWS credentials were found{source}; {advice}")
    } else {
        format!("the AWS credentials{source} cannot be used: {cause}")
    };
    refused(operation, ErrorClass::Credentials, message)
}

/// How far this machine's clock and the endpoint's differ, where that is more than AWS bears with (five minutes).
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
fn skew(response: &HttpResponse) -> Option<String> {
    let date = DateTime::from_str(response.headers().get("date")?, Format::HttpDate).ok()?;
    reported_skew(host::now_ms() / 1000 - date.secs())
}

fn reported_skew(seconds_ahead: i64) -> Option<String> {
    const BEARABLE: u64 = 240;
    let apart = seconds_ahead.unsigned_abs();
    let side = if seconds_ahead > 0 { "ahead of" } else { "behind" };
    let (hours, minutes, seconds) = (apart / 3600, apart / 60 % 60, apart % 60);
    let hours = if hours > 0 { format!("{hours} h ") } else { String::new() };
    (apart > BEARABLE).then(|| {
        format!("this machine's clock is {hours}{minutes} min {seconds} s {side} the endpoint's: set the clock right")
    })
}

/// A request that lacks a field the SDK insists on.
pub(super) fn built<T>(operation: &str, result: Result<T, BuildError>) -> Result<T, CloudError> {
    result.map_err(|error| refused(operation, ErrorClass::Invalid, chain(&error)))
}

fn credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// The innermost cause: `Connection refused (os error 111)`.
fn root(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// All causes, outermost first, without repeats. What the SDK's readers say of a body they cannot read is in the words of their own
/// code, and is told in plain ones.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut reported: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = cause.to_string();
        let is_code = ["StartEl {", "invalid root, expected", "XmlDecodeError", "DeserializeError"]
            .iter()
            .any(|mark| text.contains(mark));
        let text = if is_code { "the answer is not one of the service's".to_owned() } else { text };
        if !reported.iter().any(|earlier| earlier.contains(&text)) {
            reported.push(text);
        }
    }
    reported.join(": ")
}

/// An error of labctl's own about a call it did not make or whose answer it cannot use.
pub(super) fn refused(operation: &str, class: ErrorClass, message: impl Into<String>) -> CloudError {
    CloudError { operation: operation.to_owned(), code: None, message: message.into(), class }
}

#[cfg(test)]
mod tests {
    use super::reported_skew;

    #[test]
    fn a_clock_that_is_wrong_is_told_by_how_much() {
        assert_eq!(reported_skew(200), None);
        assert_eq!(
            reported_skew(-423).unwrap(),
            "this machine's clock is 7 min 3 s behind the endpoint's: set the clock right"
        );
        assert!(reported_skew(7_300).unwrap().contains("2 h 1 min 40 s ahead of"));
    }
}
