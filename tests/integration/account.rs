//! What is in an account, seen without labctl; and somebody else's things in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::wait_until;
use crate::server::Server;

const IAM: &str = "Version=2010-05-08";
const CLOUDWATCH: &str = "Version=2010-08-01";
const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22\
                     Principal%22%3A%7B%22Service%22%3A%5B%22lambda.amazonaws.com%22%2C%22states.amazonaws.com%22%5D%7D\
                     %2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

/// Everything there is: kind and name, and all that a read shows of it. A name that is there twice fails the test.
pub(crate) fn everything(server: &Server) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut note = |kind: &str, name: &str, what: String| {
        assert!(found.insert(format!("{kind} {name}"), what).is_none(), "{kind} {name} is there twice");
    };
    for name in tagged(&form(server, "iam", &format!("Action=ListRoles&MaxItems=1000&{IAM}")), "RoleName") {
        let role = form(server, "iam", &format!("Action=GetRole&RoleName={name}&{IAM}"));
        let policies = form(server, "iam", &format!("Action=ListRolePolicies&RoleName={name}&{IAM}"));
        note("role", &name, format!("{:?} {:?}", tagged(&role, "Role"), tagged(&policies, "member")));
    }
    for function in list(&rest(server, "/2015-03-31/functions/"), "Functions") {
        let name = text(&function, "FunctionName");
        let tags = rest(server, &format!("/2015-03-31/functions/{name}"))["Tags"].to_string();
        note("function", name, format!("{function} {tags}"));
    }
    for machine in list(&server.call("states", "AWSStepFunctions.ListStateMachines", &json!({})), "stateMachines") {
        let arn = json!({ "stateMachineArn": machine["stateMachineArn"] });
        let seen = server.call("states", "AWSStepFunctions.DescribeStateMachine", &arn);
        note("state-machine", text(&machine, "name"), seen.to_string());
    }
    for group in list(&server.call("logs", "Logs_20140328.DescribeLogGroups", &json!({})), "logGroups") {
        note("log-group", text(&group, "logGroupName"), group.to_string());
    }
    for name in tagged(&form(server, "monitoring", &format!("Action=ListDashboards&{CLOUDWATCH}")), "DashboardName") {
        let body = form(server, "monitoring", &format!("Action=GetDashboard&DashboardName={name}&{CLOUDWATCH}"));
        note("dashboard", &name, tagged(&body, "DashboardBody").concat());
    }
    found
}

/// What somebody made by hand, without a tag of labctl's: names beside those of `ann`, `annb`, `an` and `zz` of the pack `tiny`.
pub(crate) fn make_neighbour(server: &Server) {
    for (name, path) in [("ann-b-role", "/"), ("ANN-roles", "/class/"), ("zz-role-2", "/labctl/")] {
        let create = format!("Action=CreateRole&RoleName={name}&Path={path}&AssumeRolePolicyDocument={TRUST}&{IAM}");
        form(server, "iam", &create);
    }
    let role = "arn:aws:iam::000000000000:role/ann-b-role";
    for name in ["ann-b-greeter", "ANN-greeter", "annb-greeters", "zz_greeter"] {
        let input = json!({ "FunctionName": name, "Role": role, "Runtime": "python3.13", "Handler": "x.y",
            "Code": { "ZipFile": zipped("x.py", "def y(event, context):\n    return 1\n") } });
        let headers = [("content-type", "application/json")];
        server.send("lambda", ("POST", "/2015-03-31/functions"), &headers, input.to_string().as_bytes());
    }
    // Whoever compares afterwards is not to find that it became Active meanwhile.
    wait_until("the functions are Active", || !rest(server, "/2015-03-31/functions/").to_string().contains("Pending"));
    let definition = json!({ "StartAt": "A", "States": { "A": { "Type": "Succeed" } } }).to_string();
    for name in ["ann-b-greet", "an-greeting", "ANN-greet"] {
        let input = json!({ "name": name, "definition": definition, "roleArn": role });
        server.call("states", "AWSStepFunctions.CreateStateMachine", &input);
    }
    for name in ["/aws/lambda/ann-b-greeter", "/aws/vendedlogs/states/ann-b-greet", "/aws/lambda/ann", "ann-greeter"] {
        server.call("logs", "Logs_20140328.CreateLogGroup", &json!({ "logGroupName": name }));
    }
    // {"widgets":[]}
    for name in ["ann-b-monitoring", "ANN-monitoring", "zz_monitoring"] {
        let put = format!("Action=PutDashboard&DashboardName={name}&DashboardBody=%7B%22widgets%22%3A%5B%5D%7D");
        form(server, "monitoring", &format!("{put}&{CLOUDWATCH}"));
    }
}

/// A zip file of one module, as text; packed as Python's zipfile does it, which the endpoint itself does not.
pub(crate) fn zipped(name: &str, text: &str) -> String {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file(name, stored.unix_permissions(0o600)).unwrap();
    std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, zip.finish().unwrap().into_inner())
}

/// A call of a service with the query protocol.
pub(crate) fn form(server: &Server, service: &str, body: &str) -> String {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    server.send(service, ("POST", "/"), &headers, body.as_bytes())
}

fn rest(server: &Server, path: &str) -> Value {
    serde_json::from_str(&server.send("lambda", ("GET", path), &[], b"")).unwrap()
}

fn list(document: &Value, name: &str) -> Vec<Value> {
    document[name].as_array().unwrap_or_else(|| panic!("no {name}: {document}")).clone()
}

fn text<'value>(document: &'value Value, name: &str) -> &'value str {
    document[name].as_str().unwrap_or_else(|| panic!("no {name}: {document}"))
}

/// What stands in each element of this name.
fn tagged(document: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    document.split(&open).skip(1).filter_map(|rest| Some(rest.split_once(&close)?.0.to_owned())).collect()
}
