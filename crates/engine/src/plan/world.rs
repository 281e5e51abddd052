//! Test material: small resources, and an account in memory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::Found;
use crate::kind::{
    AnyResource, Body, Code, Dashboard, Desired, Function, Live, LiveState, LogGroup, Observed, Package, Resource,
    Role, StateMachine, UserDesired, mark,
};
use crate::model::{AccountId, Logging, MachineType, Place, Policy, Region, Tags, UserName, tag};

pub(crate) fn place() -> Place {
    Place { account: AccountId::new("123456789012").unwrap(), region: Region::new("eu-west-1").unwrap() }
}

fn resource(name: &str, body: impl Into<Body>, lab: &str, user: &str) -> Resource {
    let body = body.into();
    let mut tags = Tags::from([(tag::LAB.to_owned(), lab.to_owned()), (tag::USER.to_owned(), user.to_owned())]);
    mark(&mut tags, &body);
    Resource::new(name, body, tags)
}

pub(crate) fn role(name: &str, action: &str, lab: &str, user: &str) -> Resource {
    let policy =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    let body = Role {
        path: "/".to_owned(),
        description: "made for a test".into(),
        trust_policy: Policy::new(&json!({"Version": "2012-10-17", "Statement": []})),
        inline_policies: BTreeMap::from([("Main".to_owned(), Policy::new(&policy))]),
        managed_policies: Vec::new(),
        permissions_boundary: None,
    };
    resource(name, body, lab, user)
}

pub(crate) fn group(name: &str, days: u32, lab: &str, user: &str) -> Resource {
    resource(name, LogGroup { retention_days: Some(days) }, lab, user)
}

pub(crate) fn log_group(function: &str, days: u32, lab: &str, user: &str) -> Resource {
    group(&format!("/aws/lambda/{function}"), days, lab, user)
}

pub(crate) fn function(name: &str, timeout_seconds: u32, sha256: &str, lab: &str, user: &str) -> Resource {
    let body = Function {
        runtime: "python3.13".into(),
        handler: "main.handler".into(),
        role: format!("arn:aws:iam::123456789012:role/{user}-r"),
        description: String::new(),
        timeout_seconds,
        memory_mib: 128,
        environment: BTreeMap::new(),
        architecture: Function::X86.to_owned(),
        layers: Vec::new(),
        code: Code { sha256: sha256.into(), package: Some(Package { path: PathBuf::from("main.zip"), size: 3 }) },
    };
    resource(name, body, lab, user)
}

pub(crate) fn machine(name: &str, definition: &str, lab: &str, user: &str) -> Resource {
    let body = StateMachine {
        machine_type: MachineType::Standard,
        role: format!("arn:aws:iam::123456789012:role/{user}-r"),
        definition: definition.into(),
        logging: Some(Logging {
            level: "ALL".into(),
            include_execution_data: true,
            log_group: format!("/aws/vendedlogs/states/{name}"),
        }),
    };
    resource(name, body, lab, user)
}

pub(crate) fn any_resource(name: &str, properties: &serde_json::Value, lab: &str, user: &str) -> Resource {
    let type_name = name.split('/').next().unwrap_or_default().to_owned();
    let properties = properties.as_object().cloned().unwrap_or_default();
    resource(name, AnyResource::new(&type_name, properties), lab, user)
}

pub(crate) fn dashboard(name: &str, body: &str, lab: &str, user: &str) -> Resource {
    resource(name, Dashboard { body: body.into() }, lab, user)
}

pub(crate) fn live(resource: &Resource) -> Live {
    Live {
        arn: place().arn(&resource.key, resource.body.path()),
        body: resource.body.clone(),
        tags: resource.tags.clone(),
        state: LiveState::Ready,
    }
}

pub(crate) fn found(resources: &[Resource]) -> Found {
    let resources = resources.iter().map(|resource| (resource.key.clone(), live(resource))).collect();
    Found::from([(place(), Observed { resources, ..Observed::default() })])
}

pub(crate) fn desired(user: &str, resources: Vec<Resource>) -> Desired {
    Desired {
        users: vec![UserDesired {
            user: UserName::new(user).unwrap(),
            place: place(),
            resources: resources.into_iter().map(Arc::new).collect(),
        }],
    }
}
