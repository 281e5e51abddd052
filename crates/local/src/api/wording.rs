//! How the services word what breaks their models.

use serde_json::Value;

use super::operation::{Api, Wording};
use crate::wire::Fault;

/// What is wrong with a request.
pub(super) enum Violation<'input> {
    Missing {
        at: String,
    },
    Broken {
        /// What was sent, where AWS repeats it.
        value: Option<&'input Value>,
        at: String,
        /// The constraint.
        said: String,
        /// Of a number.
        limits: Option<(i64, i64)>,
    },
}

/// Everything that is wrong with a request, in the order of the row.
#[derive(Default)]
pub(super) struct Violations<'input>(Vec<Violation<'input>>);

impl<'input> Violations<'input> {
    pub(super) fn push(&mut self, violation: Violation<'input>) {
        self.0.push(violation);
    }

    /// The refusal, if there is anything to refuse.
    pub(super) fn told(&self, api: &Api) -> Result<(), Fault> {
        let Some(first) = self.0.first() else { return Ok(()) };
        Err(match api.wording {
            Wording::Sentence => sentence(first),
            Wording::Listed { missing, broken, is_small } => {
                let code = if matches!(first, Violation::Missing { .. }) { missing } else { broken };
                if let Some(message) = (api.signing == "iam").then(|| of_iam(first)).flatten() {
                    return Err(Fault::client(code, message));
                }
                let all: Vec<String> = self.0.iter().map(|violation| listed(violation, is_small)).collect();
                let plural = if all.len() == 1 { "" } else { "s" };
                Fault::client(code, format!("{} validation error{plural} detected: {}", all.len(), all.join("; ")))
            }
        })
    }
}

fn listed(violation: &Violation, is_small: bool) -> String {
    let name = |at: &str| if is_small { at.split('.').map(small).collect::<Vec<_>>().join(".") } else { at.to_owned() };
    let (value, at, said) = match violation {
        Violation::Missing { at } => (" null".to_owned(), at, "Member must not be null"),
        Violation::Broken { value: None, at, said, .. } => (String::new(), at, said.as_str()),
        Violation::Broken { value: Some(value), at, said, .. } => (format!(" '{}'", shown(value)), at, said.as_str()),
    };
    format!("Value{value} at '{}' failed to satisfy constraint: {said}", name(at))
}

/// A value as Java writes it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

fn small(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

/// IAM has sentences of its own for names and paths.
fn of_iam(violation: &Violation) -> Option<String> {
    let Violation::Broken { at, said, .. } = violation else { return None };
    let of_pattern = said.starts_with("Member must satisfy regular expression");
    match at.as_str() {
        "RoleName" | "PolicyName" if of_pattern => Some(format!(
            "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the following: \
             +=,.@_-",
            small(at)
        )),
        "Path" => Some(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
             characters and/or / characters."
                .to_owned(),
        ),
        _ => None,
    }
}

fn sentence(violation: &Violation) -> Fault {
    let (value, at, limits) = match violation {
        Violation::Missing { at } => {
            return Fault::client("MissingParameter", format!("The request must contain the parameter {at}."));
        }
        Violation::Broken { value, at, limits, .. } => (value.map(shown).unwrap_or_default(), at, limits),
    };
    let reason = match (at.as_str(), limits) {
        ("DelaySeconds", Some((least, most))) => format!("DelaySeconds must be >= {least} and <= {most}."),
        ("WaitTimeSeconds", Some((least, most))) => format!("Must be >= {least} and <= {most}, if provided."),
        (_, Some((least, most))) => format!("Must be between {least} and {most}, if provided."),
        (_, None) => "Must be a valid value.".to_owned(),
    };
    Fault::client("InvalidParameterValue", format!("Value {value} for parameter {at} is invalid. Reason: {reason}"))
}
