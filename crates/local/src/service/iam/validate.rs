//! What IAM refuses in a policy document, with the messages it gives.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use serde_json::{Map, Value};

use super::condition::OPERATORS;
use super::elements::{elements, texts};
use crate::arn::is_partition;
use crate::wire::Fault;

const TOP: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT: [&str; 9] =
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];
const SYNTAX: &str = "Syntax errors in policy.";

/// Checks a role's inline policy.
///
/// # Errors
/// `MalformedPolicyDocument`.
pub(super) fn identity(text: &str) -> Result<(), Fault> {
    check(text, |statement| {
        if statement.contains_key("Principal") || statement.contains_key("NotPrincipal") {
            return Err("Policy document should not specify a principal.".to_owned());
        }
        if is_empty(statement, "Resource", "NotResource") {
            return Err("Policy statement must contain resources.".to_owned());
        }
        ["Resource", "NotResource"]
            .iter()
            .filter_map(|name| statement.get(*name))
            .flat_map(texts)
            .try_for_each(|resource| check_resource(&resource))
    })
    .map_err(|message| Fault::client("MalformedPolicyDocument", message))
}

/// Checks a role's trust policy. `role_exists` says whether a role of this account exists, by its ARN.
///
/// # Errors
/// `MalformedPolicyDocument`.
pub(super) fn trust(text: &str, account: &str, role_exists: impl Fn(&str) -> bool) -> Result<(), Fault> {
    check(text, |statement| {
        if statement.contains_key("Resource") || statement.contains_key("NotResource") {
            return Err("Has prohibited field Resource".to_owned());
        }
        if !statement.contains_key("Principal") && !statement.contains_key("NotPrincipal") {
            return Err("Missing required field Principal".to_owned());
        }
        let actions = statement.get("Action").map(texts).unwrap_or_default();
        let assumes = |action: &String| {
            let action = action.to_ascii_lowercase();
            action.starts_with("sts:assumerole")
                || matches!(action.as_str(), "sts:*" | "sts:tagsession" | "sts:setsourceidentity" | "sts:setcontext")
        };
        if !actions.iter().all(assumes) {
            return Err("AssumeRole policy may only specify STS AssumeRole actions.".to_owned());
        }
        check_principal(statement.get("Principal"), account, &role_exists)
    })
    .map_err(|message| Fault::client("MalformedPolicyDocument", message))
}

fn check(text: &str, own: impl Fn(&Map<String, Value>) -> Result<(), String>) -> Result<(), String> {
    if text.starts_with(char::is_whitespace) {
        return Err("JSON strings must not have leading spaces".to_owned());
    }
    let Ok(Value::Object(document)) = serde_json::from_str(text) else {
        return Err("This policy contains invalid Json".to_owned());
    };
    let known = document.keys().all(|key| TOP.contains(&key.as_str()));
    let version = document.get("Version");
    let version_is_known = version.is_none_or(|version| matches!(version.as_str(), Some("2012-10-17" | "2008-10-17")));
    if !known || !version_is_known || document.get("Id").is_some_and(|id| !id.is_string()) {
        return Err(SYNTAX.to_owned());
    }
    let statements: Vec<&Value> = elements(document.get("Statement")).collect();
    if statements.is_empty() {
        return Err(SYNTAX.to_owned());
    }
    if version.and_then(Value::as_str) != Some("2012-10-17") {
        return Err("Policy document must be version 2012-10-17 or greater.".to_owned());
    }
    let mut sids: Vec<&str> = Vec::new();
    for statement in statements {
        let statement = statement.as_object().ok_or(SYNTAX)?;
        check_form(statement)?;
        if let Some(sid) = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()) {
            if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
                            expression [0-9A-Za-z]*"
                    .to_owned());
            }
            if sids.contains(&sid) {
                return Err("Statement IDs (SID) in a single policy must be unique.".to_owned());
            }
            sids.push(sid);
        }
        if is_empty(statement, "Action", "NotAction") {
            return Err("Policy statement must contain actions.".to_owned());
        }
        for action in ["Action", "NotAction"].iter().filter_map(|name| statement.get(*name)).flat_map(texts) {
            check_action(&action)?;
        }
        own(statement)?;
    }
    Ok(())
}

/// Names, kinds and the effect of a statement's elements.
fn check_form(statement: &Map<String, Value>) -> Result<(), String> {
    let both = |one: &str, other: &str| statement.contains_key(one) && statement.contains_key(other);
    let is_text = |value: &Value| elements(Some(value)).all(Value::is_string);
    let texts_are_texts =
        ["Action", "NotAction", "Resource", "NotResource"].iter().filter_map(|name| statement.get(*name)).all(is_text);
    let well_formed = statement.keys().all(|key| STATEMENT.contains(&key.as_str()))
        && matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny"))
        && statement.get("Sid").is_none_or(Value::is_string)
        && !both("Action", "NotAction")
        && !both("Resource", "NotResource")
        && !both("Principal", "NotPrincipal")
        && texts_are_texts
        && conditions_are_known(statement.get("Condition"));
    if well_formed { Ok(()) } else { Err(SYNTAX.to_owned()) }
}

fn conditions_are_known(condition: Option<&Value>) -> bool {
    let Some(condition) = condition else { return true };
    let scalar = |value: &Value| value.is_string() || value.is_boolean() || value.is_number();
    condition.as_object().is_some_and(|operators| {
        operators.iter().all(|(operator, keys)| {
            let name = operator.strip_prefix("ForAnyValue:").or_else(|| operator.strip_prefix("ForAllValues:"));
            let name = name.unwrap_or(operator);
            let name = name.strip_suffix("IfExists").unwrap_or(name);
            let keys_are_plain =
                keys.as_object().is_some_and(|keys| keys.values().all(|value| elements(Some(value)).all(scalar)));
            OPERATORS.contains(&name) && keys_are_plain
        })
    })
}

fn is_empty(statement: &Map<String, Value>, name: &str, negated: &str) -> bool {
    let value = statement.get(name).or_else(|| statement.get(negated));
    elements(value).next().is_none()
}

fn check_action(action: &str) -> Result<(), String> {
    let Some((vendor, name)) = action.split_once(':') else {
        let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
        return if action == "*" { Ok(()) } else { Err(message.to_owned()) };
    };
    if name.contains(':') {
        return Err("Actions/Condition can contain only one colon.".to_owned());
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if vendor != "*" && (vendor.is_empty() || !vendor.bytes().all(fits)) {
        return Err(format!("Vendor {vendor} is not valid"));
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"*?-_.".contains(&byte);
    if name.is_empty() || !name.bytes().all(fits) {
        return Err("The policy failed legacy parsing".to_owned());
    }
    Ok(())
}

fn check_resource(resource: &str) -> Result<(), String> {
    if resource == "*" {
        return Ok(());
    }
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    let field = |at: usize| fields.get(at).copied().unwrap_or("*");
    if fields.first() != Some(&"arn") || fields.len() < 2 {
        return Err(format!("Resource {resource} must be in ARN format or \"*\"."));
    }
    let partition = field(1);
    if partition != "*" && !partition.contains("${") && !is_partition(partition) {
        return Err(format!(
            "Partition \"{partition}\" is not valid for resource \"arn:{partition}:{}:{}:{}:{}\".",
            field(2),
            field(3),
            field(4),
            field(5)
        ));
    }
    if fields.len() == 2 {
        return Err("Resource vendor must be fully qualified and cannot contain regexes.".to_owned());
    }
    if fields.len() < 6 && !resource.ends_with('*') {
        return Err("The policy failed legacy parsing".to_owned());
    }
    if field(2) == "iam" && !matches!(field(3), "" | "*") {
        return Err(format!("IAM resource {resource} cannot contain region information."));
    }
    Ok(())
}

fn check_principal(
    principal: Option<&Value>,
    account: &str,
    role_exists: &impl Fn(&str) -> bool,
) -> Result<(), String> {
    let invalid =
        |kind: &str, name: &str| Err(format!("Invalid principal in policy: \"{}\":\"{name}\"", kind.to_uppercase()));
    let kinds = match principal {
        None => return Ok(()),
        Some(Value::String(any)) if any == "*" => return Ok(()),
        Some(Value::Object(kinds)) if !kinds.is_empty() => kinds,
        Some(_) => return Err(SYNTAX.to_owned()),
    };
    for (kind, value) in kinds {
        for name in texts(value) {
            let fits = match kind.as_str() {
                "Service" => name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn"),
                "AWS" => {
                    let own_role = name.contains(&format!("::{account}:role/"));
                    let number = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
                    name == "*" || number || (name.starts_with("arn:") && (!own_role || role_exists(&name)))
                }
                "Federated" | "CanonicalUser" => !name.is_empty(),
                _ => return Err(SYNTAX.to_owned()),
            };
            if !fits {
                return invalid(kind, &name);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity_says(statement: &Value) -> String {
        let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        identity(&text).map_or_else(|fault| fault.message, |()| "fine".to_owned())
    }

    #[test]
    fn an_action_has_a_verb_of_letters() {
        for action in ["lambda:", "lambda: InvokeFunction", "lambda:Invoke Function", "s3:Get${x}"] {
            let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
            assert_eq!(identity_says(&statement), "The policy failed legacy parsing", "{action}");
        }
    }

    #[test]
    fn good_policies_pass() {
        for statement in [
            json!({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:1:function:u-*"}),
            json!([{"Sid": "A", "Effect": "Deny", "NotAction": ["iam:*"], "NotResource": ["*"]}]),
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLikeIfExists": {"a:b": ["c"]}}}),
            json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/u-*"}),
        ] {
            assert_eq!(identity_says(&statement), "fine", "{statement}");
        }
    }

    #[test]
    fn each_mistake_has_its_message() {
        for (statement, expected) in [
            (json!([]), SYNTAX),
            (json!({"Action": "a:b", "Resource": "*"}), SYNTAX),
            (json!({"Effect": "allow", "Action": "a:b", "Resource": "*"}), SYNTAX),
            (json!({"Effect": "Allow", "Action": 5, "Resource": "*"}), SYNTAX),
            (json!({"Effect": "Allow", "Actions": "a:b", "Resource": "*"}), SYNTAX),
            (
                json!({"Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": {"Stringequals": {"a": "b"}}}),
                SYNTAX,
            ),
            (json!({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
            (json!({"Effect": "Allow", "Action": [], "Resource": "*"}), "Policy statement must contain actions."),
            (json!({"Effect": "Allow", "Action": "a:b"}), "Policy statement must contain resources."),
            (
                json!({"Effect": "Allow", "Action": "ab", "Resource": "*"}),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                json!({"Effect": "Allow", "Action": "a:b:c", "Resource": "*"}),
                "Actions/Condition can contain only one colon.",
            ),
            (json!({"Effect": "Allow", "Action": "a b:c", "Resource": "*"}), "Vendor a b is not valid"),
            (
                json!({"Effect": "Allow", "Action": "a:b", "Resource": "user3-*"}),
                "Resource user3-* must be in ARN format or \"*\".",
            ),
            (
                json!({"Effect": "Allow", "Action": "a:b", "Resource": "arn:amazon:s3:::x"}),
                "Partition \"amazon\" is not valid for resource \"arn:amazon:s3:::x\".",
            ),
            (
                json!({"Effect": "Allow", "Action": "a:b", "Resource": "arn:aws:iam:us-east-1:1:role/x"}),
                "IAM resource arn:aws:iam:us-east-1:1:role/x cannot contain region information.",
            ),
            (
                json!({"Effect": "Allow", "Action": "a:b", "Resource": "*", "Principal": "*"}),
                "Policy document should not specify a principal.",
            ),
            (
                json!([{"Sid": "x", "Effect": "Allow", "Action": "a:b", "Resource": "*"}, {"Sid": "x", "Effect": "Allow", "Action": "a:b", "Resource": "*"}]),
                "Statement IDs (SID) in a single policy must be unique.",
            ),
        ] {
            assert_eq!(identity_says(&statement), expected, "{statement}");
        }
    }

    #[test]
    fn documents_that_are_no_policies() {
        for (text, expected) in [
            ("", "This policy contains invalid Json"),
            ("{", "This policy contains invalid Json"),
            ("[]", "This policy contains invalid Json"),
            (" {}", "JSON strings must not have leading spaces"),
            ("{}", SYNTAX),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"}}"#,
                "Policy document must be version 2012-10-17 or greater.",
            ),
            (r#"{"Version": "2013-01-01", "Statement": [{}]}"#, SYNTAX),
        ] {
            assert_eq!(identity(text).unwrap_err().message, expected, "{text}");
        }
    }

    #[test]
    fn trust_policies_have_rules_of_their_own() {
        let says = |statement: Value| {
            let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
            let exists = |arn: &str| arn == "arn:aws:iam::111122223333:role/known";
            trust(&text, "111122223333", exists).map_or_else(|fault| fault.message, |()| "fine".to_owned())
        };
        let with =
            |principal: Value| says(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}));
        assert_eq!(with(json!({"Service": "states.amazonaws.com"})), "fine");
        assert_eq!(with(json!({"AWS": "arn:aws:iam::111122223333:role/known"})), "fine");
        assert_eq!(with(json!({"Service": "states"})), "Invalid principal in policy: \"SERVICE\":\"states\"");
        assert!(with(json!({"AWS": "arn:aws:iam::111122223333:role/unknown"})).starts_with("Invalid principal"));
        assert_eq!(says(json!({"Effect": "Allow", "Action": "sts:AssumeRole"})), "Missing required field Principal");
        let more = |name: &str, value: &str| {
            let mut statement = json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"});
            statement[name] = value.into();
            says(statement)
        };
        assert_eq!(more("Resource", "*"), "Has prohibited field Resource");
        assert_eq!(more("Action", "s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions.");
    }
}
