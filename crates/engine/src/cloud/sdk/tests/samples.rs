//! Resources of a user, and what services answer about them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::host;
use crate::kind::{Body, Code, Function, Package, Resource, Role, StateMachine};
use crate::model::{Logging, MachineType, Owner, Policy, Tags, tag};

pub(super) const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:ann-m";
pub(super) const FUNCTION: &str = "GET /2015-03-31/functions/ann-f";
pub(super) const ACTIVE: &str =
    r#"{"Configuration":{"FunctionName":"ann-f","State":"Active","LastUpdateStatus":"Successful"}}"#;
pub(super) const FUNCTIONS: &str = "GET /2015-03-31/functions?MaxItems=1000";
pub(super) const PENDING: &str = r#"{"Configuration":{"FunctionName":"ann-f","State":"Pending"}}"#;

pub(super) fn resource(name: &str, body: impl Into<Body>) -> Resource {
    let body = body.into();
    let tags = Tags::from([
        (tag::LAB.to_owned(), "lab6".to_owned()),
        (tag::USER.to_owned(), "ann".to_owned()),
        (tag::DIGEST.to_owned(), body.digest().as_str().to_owned()),
    ]);
    Resource::new(name, body, tags)
}

pub(super) fn machine() -> Resource {
    resource(
        "ann-m",
        StateMachine {
            machine_type: MachineType::Express,
            role: "arn:aws:iam::123456789012:role/labctl/lab6/ann-r".into(),
            definition: r#"{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#.into(),
            logging: Some(Logging {
                level: "ALL".into(),
                include_execution_data: true,
                log_group: "/aws/vendedlogs/states/ann-m".into(),
            }),
        },
    )
}

pub(super) fn role() -> Resource {
    resource(
        "ann-r",
        Role {
            path: "/labctl/lab6/".into(),
            description: "runs things".into(),
            trust_policy: Policy::new(&json!({"Version": "2012-10-17", "Statement": []})),
            inline_policies: BTreeMap::from([("Main".to_owned(), Policy::new(&json!({"Version": "2012-10-17"})))]),
            managed_policies: Vec::new(),
            permissions_boundary: None,
        },
    )
}

pub(super) fn function(package: Option<Package>) -> Resource {
    resource(
        "ann-f",
        Function {
            runtime: "python3.13".into(),
            handler: "main.handler".into(),
            role: "arn:aws:iam::123456789012:role/labctl/lab6/ann-r".into(),
            description: "checks".into(),
            timeout_seconds: 30,
            memory_mib: 128,
            environment: BTreeMap::from([("RATE".to_owned(), "0".to_owned())]),
            architecture: Function::X86.to_owned(),
            layers: Vec::new(),
            code: Code { sha256: "abc=".into(), package },
        },
    )
}

pub(super) fn zip() -> (tempfile::TempDir, Option<Package>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.zip");
    host::write_atomic(&path, b"zip").unwrap();
    (folder, Some(Package { path, size: 3 }))
}

pub(super) fn ann() -> Owner {
    Owner { lab: "lab6".into(), user: "ann".into(), or_untagged: false }
}

/// Step Functions' answer for a machine of this user's.
pub(super) fn tagged(user: &str) -> String {
    json!({"tags": [{"key": "labctl:lab", "value": "lab6"}, {"key": "labctl:user", "value": user}]}).to_string()
}

pub(super) fn error(code: &str, message: &str) -> String {
    json!({"__type": code, "message": message}).to_string()
}

pub(super) fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

pub(super) fn described(status: &str) -> String {
    json!({
        "stateMachineArn": MACHINE, "name": "ann-m", "type": "EXPRESS", "status": status, "creationDate": 1.0,
        "roleArn": "arn:aws:iam::123456789012:role/labctl/lab6/ann-r",
        "definition": "{\"States\": {\"A\": {\"Type\": \"Succeed\"}}, \"StartAt\": \"A\"}",
        "loggingConfiguration": {"level": "ALL", "includeExecutionData": true, "destinations": [{"cloudWatchLogsLogGroup": {
            "logGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/states/ann-m:*"}}]},
    })
    .to_string()
}
