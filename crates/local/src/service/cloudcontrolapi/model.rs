//! Properties, held to the schema of their type, and patched.

use serde_json::Value;

use super::resource_type::{Properties, ResourceType};
use crate::random;
use crate::wire::Fault;

/// Reads properties that somebody asks for.
///
/// # Errors
/// A text that is no JSON object.
pub(super) fn read(text: &str, member: &str) -> Result<Properties, Fault> {
    match serde_json::from_str(text) {
        Ok(Value::Object(properties)) => Ok(properties),
        Ok(_) => Err(invalid(format!("{member} must be a JSON object"))),
        Err(error) => Err(invalid(format!("{member} is no JSON: {error}"))),
    }
}

/// Holds properties that somebody asks for to the schema: what the type does not have, what it lacks, what nobody can set.
///
/// # Errors
/// All of it, as the registry words it.
pub(super) fn hold(known: &ResourceType, properties: &Properties) -> Result<(), Fault> {
    let names = properties.keys().map(String::as_str);
    let extraneous = names.filter(|name| known.properties.split_ascii_whitespace().all(|property| property != *name));
    let extraneous = extraneous.map(|name| format!("#: extraneous key [{name}] is not permitted"));
    let lacking = known.required.iter().filter(|group| group.iter().all(|name| !properties.contains_key(*name)));
    let lacking = lacking.map(|group| format!("#: required key [{}] not found", group.join("] or [")));
    let tags = properties.get("Tags").filter(|tags| tags.is_object() != known.has_tag_map);
    let (wanted, found) = if known.has_tag_map { ("JSONObject", "JSONArray") } else { ("JSONArray", "JSONObject") };
    let tags = tags.map(|_| format!("#/Tags: expected type: {wanted}, found: {found}"));
    let broken: Vec<String> = extraneous.chain(lacking).chain(tags).collect();
    if !broken.is_empty() {
        return Err(refused(format!("Model validation failed ({})", broken.join(", "))));
    }
    let set: Vec<&str> = known.read_only.iter().copied().filter(|name| properties.contains_key(*name)).collect();
    if set.is_empty() {
        return Ok(());
    }
    Err(invalid(format!("Invalid request provided: read-only properties {set:?} are not permitted in a request")))
}

/// Fills in what the type adds to properties that somebody asks for: a name where there is none, and what nobody can set.
pub(super) fn complete(
    known: &ResourceType,
    (region, account): (&str, &str),
    now_ms: i64,
    mut properties: Properties,
) -> Properties {
    if !properties.contains_key(known.name_property) {
        let word = known.name.rsplit("::").next().unwrap_or_default().to_ascii_lowercase();
        properties.insert(known.name_property.to_owned(), format!("{word}-{}", random::hex::<8>()).into());
    }
    let arn = known.arn(region, account, &properties);
    if known.read_only.contains(&"RuleName") {
        let name = properties.get(known.name_property).cloned().unwrap_or_default();
        properties.insert("RuleName".to_owned(), name);
    }
    properties.insert(known.arn_property.to_owned(), arn.into());
    stream(known, now_ms, &mut properties);
    properties
}

/// A table with a stream shows the stream's ARN, in which the time stands when it began.
fn stream(known: &ResourceType, now_ms: i64, properties: &mut Properties) {
    let begun = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.%3f");
    let of = |name: &str| properties.get(name).filter(|value| !value.is_null());
    match (of("StreamSpecification"), of("StreamArn"), of(known.arn_property).and_then(Value::as_str)) {
        (Some(_), None, Some(arn)) => {
            let arn = format!("{arn}/stream/{begun}");
            properties.insert("StreamArn".to_owned(), arn.into());
        }
        (None, Some(_), _) => drop(properties.remove("StreamArn")),
        _ => {}
    }
}

/// Properties after a patch.
///
/// # Errors
/// A patch that is none, that does not fit, or that changes what cannot be changed.
pub(super) fn patched(
    known: &ResourceType,
    now_ms: i64,
    properties: &Properties,
    document: &str,
) -> Result<Properties, Fault> {
    let patch: json_patch::Patch =
        serde_json::from_str(document).map_err(|error| invalid(format!("the patch document is none: {error}")))?;
    let mut value = Value::Object(properties.clone());
    json_patch::patch(&mut value, &patch).map_err(|error| refused(format!("Invalid patch update: {error}")))?;
    let Value::Object(mut after) = value else {
        return Err(refused("Invalid patch update: properties must stay an object".to_owned()));
    };
    for (what, names) in [("createOnlyProperties", known.create_only), ("readOnlyProperties", known.read_only)] {
        let changed = names.iter().filter(|name| properties.get(**name) != after.get(**name));
        let changed: Vec<String> = changed.map(|name| format!("/properties/{name}")).collect();
        if !changed.is_empty() {
            let message = format!("Invalid patch update: {what} [{}] cannot be updated", changed.join(", "));
            return Err(refused(message));
        }
    }
    let settable = after.iter().filter(|(name, _)| !known.read_only.contains(&name.as_str()));
    hold(known, &settable.map(|(name, value)| (name.clone(), value.clone())).collect())?;
    stream(known, now_ms, &mut after);
    Ok(after)
}

fn refused(message: String) -> Fault {
    Fault::client("ValidationException", message)
}

fn invalid(message: String) -> Fault {
    Fault::client("InvalidRequestException", message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table() -> &'static ResourceType {
        ResourceType::find("AWS::DynamoDB::Table").unwrap()
    }

    fn properties(value: &Value) -> Properties {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_a_schema_does_not_have_and_what_it_needs_are_told_together() {
        let fault = hold(table(), &properties(&json!({"Tablename": "x"}))).unwrap_err();
        assert_eq!(fault.code, "ValidationException");
        assert_eq!(
            fault.message,
            "Model validation failed (#: extraneous key [Tablename] is not permitted, #: required key [KeySchema] not found)"
        );
        let rule = ResourceType::find("AWS::Events::Rule").unwrap();
        assert!(hold(rule, &properties(&json!({"Name": "r"}))).is_err());
        assert!(hold(rule, &properties(&json!({"Name": "r", "ScheduleExpression": "rate(1 day)"}))).is_ok());
        assert!(hold(table(), &properties(&json!({"KeySchema": [], "Arn": "mine"}))).is_err());
        let fault = hold(table(), &properties(&json!({"KeySchema": [], "Tags": {"a": "b"}}))).unwrap_err();
        assert!(fault.message.contains("#/Tags: expected type: JSONArray, found: JSONObject"), "{}", fault.message);
    }

    #[test]
    fn a_patch_changes_what_can_be_changed() {
        let before = complete(
            table(),
            ("eu-west-1", "1"),
            0,
            properties(&json!({"TableName": "t", "KeySchema": [], "BillingMode": "PROVISIONED"})),
        );
        assert_eq!(before["Arn"], "arn:aws:dynamodb:eu-west-1:1:table/t");
        let patch = r#"[{"op": "replace", "path": "/BillingMode", "value": "PAY_PER_REQUEST"}, {"op": "add", "path": "/Tags", "value": []}]"#;
        let after = patched(table(), 0, &before, patch).unwrap();
        assert_eq!((&after["BillingMode"], &after["Tags"]), (&json!("PAY_PER_REQUEST"), &json!([])));
        let patch = r#"[{"op": "add", "path": "/StreamSpecification", "value": {"StreamViewType": "KEYS_ONLY"}}]"#;
        let streaming = patched(table(), 1_700_000_000_123, &before, patch).unwrap();
        assert_eq!(streaming["StreamArn"], "arn:aws:dynamodb:eu-west-1:1:table/t/stream/2023-11-14T22:13:20.123");
        let stopped = patched(table(), 0, &streaming, r#"[{"op": "remove", "path": "/StreamSpecification"}]"#).unwrap();
        assert_eq!(stopped.get("StreamArn"), None);
        for (patch, why) in [
            ("{}", "is none"),
            (r#"[{"op": "remove", "path": "/Nothing"}]"#, "Invalid patch update"),
            (r#"[{"op": "replace", "path": "", "value": 1}]"#, "stay an object"),
            (
                r#"[{"op": "replace", "path": "/TableName", "value": "u"}]"#,
                "createOnlyProperties [/properties/TableName]",
            ),
            (r#"[{"op": "remove", "path": "/Arn"}]"#, "readOnlyProperties [/properties/Arn]"),
            (r#"[{"op": "add", "path": "/Colour", "value": "red"}]"#, "extraneous key [Colour]"),
        ] {
            let fault = patched(table(), 0, &before, patch).unwrap_err();
            assert!(fault.message.contains(why), "{patch}: {}", fault.message);
        }
    }

    #[test]
    fn a_resource_without_a_name_is_given_one() {
        let made = complete(ResourceType::find("AWS::SNS::Topic").unwrap(), ("eu-west-1", "1"), 0, Properties::new());
        let name = made["TopicName"].as_str().unwrap();
        assert!(name.starts_with("topic-") && made["TopicArn"] == format!("arn:aws:sns:eu-west-1:1:{name}"), "{name}");
    }
}
