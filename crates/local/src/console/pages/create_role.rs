//! Create role: for a service of AWS, with managed policies attached.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html>

use serde_json::{Value, json};

use super::words::refused;
use crate::arn::partition;
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::wire::Fault;

/// The services that a lab's roles are for: the console's word, the principal, a role's name behind its owner's, a description.
const ENTITIES: [(&str, &str, &str, &str); 2] = [
    (
        "Step Functions",
        "states.amazonaws.com",
        "stepfunctions-role",
        "Step Functions execution role for workflow orchestration",
    ),
    ("Lambda", "lambda.amazonaws.com", "lambda-role", "Allows Lambda functions to call AWS services on your behalf."),
];
/// Managed policies that are offered, by path and name.
const POLICIES: [&str; 5] = [
    "AWSStepFunctionsFullAccess",
    "service-role/AWSLambdaRole",
    "service-role/AWSLambdaBasicExecutionRole",
    "AmazonSQSFullAccess",
    "CloudWatchLogsFullAccess",
];
const TAG: (&str, &str) = ("Project", "ServerlessLab");

/// The form, or what comes of it.
pub(super) async fn show(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let mut said = None;
    if request.is_form() {
        match created(ask, request).await {
            Ok(name) => return Ok(Outcome::Elsewhere(ask.path(&["roles", &name]))),
            Err(refused) => said = Some(refused),
        }
    }
    let asked = request.query("entity").unwrap_or_default().to_owned();
    let entity = entity(&if request.is_form() { request.field("entity") } else { asked });
    let prefix = ask.session.prefix.as_deref();
    let given = |field: &str, first: &str| if request.is_form() { request.field(field) } else { first.to_owned() };
    let named = |rest: &str| prefix.map(|prefix| format!("{prefix}{rest}")).unwrap_or_default();
    let view = json!({
        "form": ask.form(&request.path), "said": said, "prefix": prefix,
        "entities": ENTITIES.map(|(word, principal, name, description)| json!({
            "word": word, "value": principal, "name": named(name), "description": description, "is_chosen": principal == entity.1,
        })),
        "name": given("name", &named(entity.2)), "description": given("description", entity.3),
        "key": given("key", TAG.0), "value": given("value", TAG.1),
        "policies": POLICIES.map(|policy| json!({
            "name": policy.rsplit('/').next(), "value": policy, "is_chosen": !request.field(policy).is_empty(),
        })),
    });
    let trail = vec![("Roles".to_owned(), ask.path(&["roles"])), ("Create role".to_owned(), request.path.clone())];
    let title = "Create role".to_owned();
    Ok(Outcome::Page(Page { template: "create-role", title, trail, is_live: false, view }))
}

fn entity(principal: &str) -> (&'static str, &'static str, &'static str, &'static str) {
    let [first, second] = ENTITIES;
    if second.1 == principal { second } else { first }
}

/// Makes the role, attaches what was chosen, and gives its name.
async fn created(ask: &Ask<'_>, request: &Request) -> Result<String, String> {
    let name = request.field("name").trim().to_owned();
    if !ask.sees(&name) {
        return Err(format!("the name must begin with `{}`", ask.session.prefix.as_deref().unwrap_or_default()));
    }
    let said = |fault: Fault| refused(&fault);
    ask.call("iam", "CreateRole", role(request, &name)).await.map_err(said)?;
    for policy in POLICIES.into_iter().filter(|policy| !request.field(policy).is_empty()) {
        let arn = format!("arn:{}:iam::aws:policy/{policy}", partition(ask.region));
        ask.call("iam", "AttachRolePolicy", json!({"RoleName": name, "PolicyArn": arn})).await.map_err(said)?;
    }
    Ok(name)
}

fn role(request: &Request, name: &str) -> Value {
    let (_, principal, ..) = entity(&request.field("entity"));
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}],
    });
    let mut role = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
    if let Some(members) = role.as_object_mut() {
        let (description, key) = (request.field("description"), request.field("key"));
        if !description.is_empty() {
            members.insert("Description".to_owned(), description.into());
        }
        if !key.is_empty() {
            members.insert("Tags".to_owned(), json!([{"Key": key, "Value": request.field("value")}]));
        }
    }
    role
}
