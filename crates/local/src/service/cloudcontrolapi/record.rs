//! What is kept: resources, and what was asked to be done with them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::resource_type::{Properties, ResourceType};
use crate::service::tags::{self, Tags};

/// A resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) region: String,
    pub(super) arn: String,
    pub(super) type_name: String,
    pub(super) identifier: String,
    /// As they were asked for, with what the type adds.
    pub(super) properties: Properties,
}

impl Record {
    /// Its tags.
    pub(super) fn tags(&self) -> Tags {
        read_tags(&self.properties).unwrap_or_default()
    }

    /// What an answer shows of it.
    pub(super) fn shown(&self, known: &ResourceType) -> String {
        let shown = self.properties.iter().filter(|(name, _)| !known.write_only.contains(&name.as_str()));
        let shown: Properties = shown.map(|(name, value)| (name.clone(), value.clone())).collect();
        Value::Object(shown).to_string()
    }
}

/// The tags in properties, in either form.
///
/// # Errors
/// A sentence, when AWS would not take them.
pub(super) fn read_tags(properties: &Properties) -> Result<Tags, String> {
    match properties.get("Tags") {
        Some(Value::Array(list)) => tags::read_list(list),
        map => tags::read_map(map),
    }
}

/// A request to change something, and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) region: String,
    pub(super) token: String,
    pub(super) client_token: Option<String>,
    /// The operation and its input without the client token: the same token for another request is a conflict.
    pub(super) asked: String,
    pub(super) type_name: String,
    pub(super) identifier: Option<String>,
    /// `CREATE`, `UPDATE` or `DELETE`.
    pub(super) operation: String,
    pub(super) at_ms: i64,
    /// The resource as it came to be.
    pub(super) model: Option<String>,
    pub(super) failed: Option<Failed>,
}

/// Why a request failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Failed {
    /// <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ProgressEvent.html>
    pub(super) code: String,
    pub(super) message: String,
}

impl Failed {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

impl Request {
    /// How it is going, as its first answer says: everything takes a moment.
    pub(super) fn begun(&self) -> Value {
        json!({"ProgressEvent": self.event("IN_PROGRESS")})
    }

    /// How it went.
    pub(super) fn ended(&self) -> Value {
        let Some(failed) = &self.failed else {
            let mut event = self.event("SUCCESS");
            if let (Some(members), Some(model)) = (event.as_object_mut(), &self.model) {
                members.insert("ResourceModel".to_owned(), model.as_str().into());
            }
            return json!({ "ProgressEvent": event });
        };
        let mut event = self.event("FAILED");
        if let Some(members) = event.as_object_mut() {
            members.insert("ErrorCode".to_owned(), failed.code.as_str().into());
            members.insert("StatusMessage".to_owned(), failed.message.as_str().into());
        }
        json!({ "ProgressEvent": event })
    }

    fn event(&self, status: &str) -> Value {
        let mut event = json!({
            "TypeName": self.type_name, "RequestToken": self.token, "Operation": self.operation,
            "OperationStatus": status, "EventTime": seconds(self.at_ms),
        });
        if let (Some(members), Some(identifier)) = (event.as_object_mut(), &self.identifier) {
            members.insert("Identifier".to_owned(), identifier.as_str().into());
        }
        event
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a float for 280,000 years")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
