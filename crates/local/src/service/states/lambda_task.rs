//! Functions as tasks: by their ARN, and through `lambda:invoke`.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>

use crate::member::Member as _;
use serde_json::{Map, Value, json};

use super::errand::{Errand, Failure, Outcome};
use super::metadata::{http_date, sdk_metadata};
use crate::random;
use crate::service::Invoked;
use crate::wire::{Call, Fault};

/// The errors of Invoke in Lambda's model; others come as `Lambda.AWSLambdaException`.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>
const MODELLED: [&str; 12] = [
    "InvalidParameterValueException",
    "InvalidRequestContentException",
    "InvalidRuntimeException",
    "InvalidZipFileException",
    "RequestTooLargeException",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "ResourceNotReadyException",
    "ServiceException",
    "TooManyRequestsException",
    "UnsupportedMediaTypeException",
    "EC2ThrottledException",
];

/// A function named by its ARN: the input is the event, what it returns is the result.
pub(super) async fn function(errand: &Errand, arn: &str) -> Outcome {
    let payload = errand.task.input.to_string().into_bytes();
    let invoked = errand.surroundings.invoker.invoke(errand.region(), &errand.caller, arn, payload).await;
    let invoked = invoked.map_err(|fault| refused(&fault))?;
    result(&invoked)
}

/// `lambda:invoke`: the parameters are those of the API, the result is its answer.
pub(super) async fn invoke(errand: &Errand) -> Outcome {
    let parameters = &errand.task.input;
    let Some(name) = parameters.member("FunctionName").as_str() else {
        return Err(Failure {
            error: "States.Runtime".to_owned(),
            cause: "The field 'FunctionName' is required but was missing".to_owned(),
        });
    };
    let function = match parameters.member("Qualifier").as_str() {
        Some(qualifier) => format!("{name}:{qualifier}"),
        None => name.to_owned(),
    };
    let payload = body(parameters.member("Payload"));
    let (lambda, region, caller) = (&errand.surroundings.invoker, errand.region(), &errand.caller);
    match parameters.member("InvocationType").as_str() {
        None | Some("RequestResponse") => {}
        Some("Event") => {
            let accepted = lambda.invoke_event(region, caller, &function, payload).await;
            return accepted.map(|()| answer(errand, None, 202)).map_err(|fault| refused(&fault));
        }
        Some(kind) => return dry_run(errand, &function, kind).await,
    }
    let invoked = lambda.invoke(region, caller, &function, payload).await.map_err(|fault| refused(&fault))?;
    result(&invoked)?;
    Ok(answer(errand, Some(&invoked), 200))
}

/// The request's body: a text that is JSON stands for itself, so that a function gets what is in it.
fn body(payload: &Value) -> Vec<u8> {
    match payload {
        Value::Null => b"{}".to_vec(),
        Value::String(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => text.clone().into_bytes(),
        payload => payload.to_string().into_bytes(),
    }
}

/// Asks the service whether the function could be invoked; it also refuses what is no type of invocation.
async fn dry_run(errand: &Errand, function: &str, kind: &str) -> Outcome {
    let stopping = || Fault::client("ServiceException", "the local endpoint is stopping").status(500);
    let lambda = errand.surroundings.peer("lambda").ok_or_else(|| refused(&stopping()))?;
    let call = Call {
        service: "lambda",
        operation: "Invoke".to_owned(),
        region: errand.region().to_owned(),
        caller: errand.caller.clone(),
        input: json!({ "FunctionName": function }),
        payload: Vec::new(),
        headers: vec![("x-amz-invocation-type".to_owned(), kind.to_owned())],
    };
    let answered = lambda.call(call).await.map_err(|fault| refused(&fault))?;
    Ok(answer(errand, None, answered.status))
}

fn refused(fault: &Fault) -> Failure {
    Failure::of_call(fault, "Lambda", "AWSLambda", &MODELLED)
}

/// What a function returned, or the error it reported: its type is the name, the whole report the cause.
fn result(invoked: &Invoked) -> Outcome {
    let text = String::from_utf8_lossy(&invoked.payload);
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone().into_owned()));
    if invoked.function_error.is_none() {
        return Ok(value);
    }
    match value.member("errorType").as_str() {
        Some(error) => Err(Failure { error: error.to_owned(), cause: text.into_owned() }),
        None => Err(Failure {
            error: "Lambda.Unknown".to_owned(),
            cause: format!(
                "The cause could not be determined because Lambda did not return an error type. Returned payload: {text}"
            ),
        }),
    }
}

/// The API's answer as the integration shows it.
fn answer(errand: &Errand, invoked: Option<&Invoked>, status: u16) -> Value {
    let now = errand.surroundings.engine.clock.now_ms();
    let request_id = invoked.map_or_else(random::uuid, |invoked| invoked.request_id.clone());
    let mut headers = vec![
        ("x-amzn-Remapped-Content-Length", "0".to_owned()),
        ("Connection", "keep-alive".to_owned()),
        ("x-amzn-RequestId", request_id.clone()),
        ("Content-Length", invoked.map_or(0, |invoked| invoked.payload.len()).to_string()),
        ("Date", http_date(now)),
        ("X-Amzn-Trace-Id", format!("Root=1-{:08x}-{};Sampled=0", now / 1000, random::hex::<12>())),
        ("Content-Type", "application/json".to_owned()),
    ];
    let mut members = Map::new();
    if let Some(invoked) = invoked {
        headers.insert(0, ("X-Amz-Executed-Version", invoked.version.clone()));
        members.insert("ExecutedVersion".to_owned(), json!(invoked.version));
        if errand.task.input.member("LogType") == "Tail" {
            members.insert("LogResult".to_owned(), json!(invoked.log_tail()));
        }
        members.insert("Payload".to_owned(), result(invoked).unwrap_or_default());
    } else {
        members.insert("Payload".to_owned(), json!(""));
    }
    members.extend(sdk_metadata(&headers, status, &request_id));
    members.insert("StatusCode".to_owned(), json!(status));
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_json_is_the_body_itself() {
        for (payload, expected) in [
            (json!("\"Hello\""), "\"Hello\""),
            (json!("0.0"), "0.0"),
            (json!(" {\"a\": [1.50, 12345678901234567890]} "), " {\"a\": [1.50, 12345678901234567890]} "),
            (json!("null"), "null"),
            (json!("Hello"), "\"Hello\""),
            (json!(""), "\"\""),
            (json!("{"), "\"{\""),
            (json!({ "a": "1" }), "{\"a\":\"1\"}"),
            (json!(null), "{}"),
        ] {
            assert_eq!(String::from_utf8(body(&payload)).unwrap(), expected);
        }
    }
}
