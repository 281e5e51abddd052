//! What optimised integrations add to an answer: the HTTP side of the call.

use serde_json::{Map, Value, json};

/// The members `SdkHttpMetadata` and `SdkResponseMetadata` of a call that was answered with these headers.
pub(super) fn sdk_metadata(headers: &[(&str, String)], status: u16, request_id: &str) -> [(String, Value); 2] {
    let single: Map<String, Value> = headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let all: Map<String, Value> = headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    [
        (
            "SdkHttpMetadata".to_owned(),
            json!({ "AllHttpHeaders": all, "HttpHeaders": single, "HttpStatusCode": status }),
        ),
        ("SdkResponseMetadata".to_owned(), json!({ "RequestId": request_id })),
    ]
}

/// `Wed, 31 Dec 2026 23:59:59 GMT`.
pub(super) fn http_date(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}

/// The answer of a JSON-protocol call as an integration shows it: members with a capital, then the metadata.
pub(super) fn json_call(members: Map<String, Value>, request_id: &str, at_ms: i64) -> Value {
    answered(members, "application/x-amz-json-1.0", request_id, at_ms)
}

/// The answer of a call, with metadata of a body of this type.
pub(super) fn answered(mut members: Map<String, Value>, content_type: &str, request_id: &str, at_ms: i64) -> Value {
    let length = Value::Object(members.clone()).to_string().len();
    let headers = [
        ("x-amzn-RequestId", request_id.to_owned()),
        ("connection", "keep-alive".to_owned()),
        ("Content-Length", length.to_string()),
        ("Date", http_date(at_ms)),
        ("Content-Type", content_type.to_owned()),
    ];
    members.extend(sdk_metadata(&headers, 200, request_id));
    Value::Object(members)
}
