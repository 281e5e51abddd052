//! What an account's policies put on top of a resource is nobody's edit, and no deployment fails to come to its end for it.
//!
//! botocore has `retentionPolicyName` since 1.43.123; how such a policy is written is in no model, so the proxy shows what it does.

use serde_json::{Value, json};

use crate::harness::{MANIFEST, Test};
use crate::kill_points::tiny;
use crate::proxy::{Proxy, Rewrite};
use crate::server::Server;

const GROUP: &str = "/aws/vendedlogs/states/ann-greet";

fn each_group(body: &str, change: fn(&mut Value)) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap();
    body["logGroups"].as_array_mut().unwrap().iter_mut().for_each(change);
    body.to_string()
}

fn thirty_days(body: &str) -> String {
    each_group(body, |group| {
        group["retentionInDays"] = 30.into();
        group["retentionPolicyName"] = "institution-30".into();
    })
}

fn never(body: &str) -> String {
    each_group(body, |group| {
        group.as_object_mut().unwrap().remove("retentionInDays");
        group["retentionPolicyName"] = "institution-never".into();
    })
}

fn protected(body: &str) -> String {
    each_group(body, |group| group["deletionProtectionEnabled"] = true.into())
}

fn propagated_tags(body: &str) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap();
    for resource in body["ResourceTagMappingList"].as_array_mut().unwrap() {
        resource["Tags"].as_array_mut().unwrap().push(json!({ "Key": "CostCentre", "Value": "4711" }));
    }
    body.to_string()
}

#[test]
fn what_an_account_policy_decides_is_no_edit_and_deployments_converge() {
    for (operation, with, policy) in [
        ("DescribeLogGroups", thirty_days as fn(&str) -> String, Some("institution-30")),
        ("DescribeLogGroups", never, Some("institution-never")),
        ("DescribeLogGroups", protected, None),
        ("GetResources", propagated_tags, None),
    ] {
        let test = Test::with_manifest(&tiny(&["ann"]));
        let proxy = Proxy::start(Server::start(&test, &[]));
        let run = |arguments: &[&str]| {
            let ran = proxy.run(&test, arguments, None).0;
            assert_eq!(ran.code, 0, "{policy:?} {arguments:?}: {}{}", ran.stdout, ran.stderr);
            ran
        };
        let json = |arguments: &[&str]| {
            let ran = run(&[arguments, &["--json"]].concat());
            serde_json::from_str::<Value>(&ran.stdout).unwrap()
        };
        proxy.rewrites(Some(Rewrite { operation, with }));
        let made = json(&["deploy"]);
        assert_eq!(made["summary"]["failed"], 0, "{made:#}");
        let told = |said: &str| policy.is_none_or(|policy| said.matches(policy).count() == 1);
        for arguments in
            [&["plan", "--detailed-exitcode"][..], &["deploy"], &["deploy", "--overwrite-edits"], &["status"]]
        {
            let ran = run(arguments);
            assert!(told(&ran.stderr), "{policy:?} {arguments:?}: {}", ran.stderr);
        }
        let status = json(&["status"]);
        assert_eq!(status["summary"]["edited"], 0, "{status:#}");
        assert_eq!(status["notes"].to_string().contains("retention policy"), policy.is_some(), "{status:#}");
        let again = json(&["deploy", "--overwrite-edits"]);
        assert_eq!((&again["summary"]["updated"], &again["summary"]["created"]), (&0.into(), &0.into()), "{again:#}");
        let doctor = json(&["doctor"]);
        let retention = |check: &&Value| check["name"] == "log retention";
        let check = doctor["checks"].as_array().unwrap().iter().find(retention).cloned();
        let says = |policy: &str| check.as_ref().is_some_and(|check| check["detail"].to_string().contains(policy));
        assert_eq!(check.is_some(), policy.is_some(), "{doctor:#}");
        assert!(policy.is_none_or(says), "{doctor:#}");
        // The day the policy is taken back everything is as the manifest says.
        proxy.rewrites(None);
        assert!(run(&["plan"]).stdout.contains("No changes."));
    }
}

#[test]
fn a_retention_that_a_student_removed_or_changed_is_an_edit() {
    let test = Test::with_manifest(&tiny(&["ann"]));
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    test.expect(0, &["deploy"]);
    for (operation, input) in [
        ("DeleteRetentionPolicy", json!({ "logGroupName": GROUP })),
        ("PutRetentionPolicy", json!({ "logGroupName": GROUP, "retentionInDays": 30 })),
        ("PutRetentionPolicy", json!({ "logGroupName": GROUP, "retentionInDays": 1 })),
    ] {
        server.call("logs", &format!("Logs_20140328.{operation}"), &input);
        assert_eq!(test.json(0, &["status"])["summary"]["edited"], 1, "{operation} {input}");
        assert_eq!(test.json(0, &["deploy"])["summary"]["updated"], 0, "an edit is kept");
        let put_back = test.json(0, &["deploy", "--overwrite-edits"]);
        assert_eq!(put_back["summary"]["updated"], 1, "{put_back:#}");
        let saved = &put_back["saved"][0]["resources"][0];
        assert_eq!((&saved["kind"], &saved["name"]), (&"log-group".into(), &GROUP.into()), "{put_back:#}");
        assert_eq!(test.json(0, &["status"])["summary"]["edited"], 0);
    }
    // Whatever writes to it: a function's, and on the way out too.
    let test = server.reached_by(Test::with_manifest(MANIFEST));
    test.expect(0, &["deploy"]);
    let group = json!({ "logGroupName": "/aws/lambda/user3-order-validator" });
    server.call("logs", "Logs_20140328.DeleteRetentionPolicy", &group);
    let gone = test.json(0, &["cleanup"]);
    assert_eq!(gone["saved"][0]["resources"][0]["name"], "/aws/lambda/user3-order-validator", "{gone:#}");
}

#[test]
fn a_protected_group_stays_and_cleanup_says_how_it_goes() {
    let test = Test::with_manifest(&tiny(&["ann"]));
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    test.expect(0, &["deploy"]);
    let protect = |enabled: bool| {
        let request = json!({ "logGroupIdentifier": GROUP, "deletionProtectionEnabled": enabled });
        server.call("logs", "Logs_20140328.PutLogGroupDeletionProtection", &request)
    };
    protect(true);
    assert!(test.expect(0, &["plan"]).stdout.contains("No changes."), "an account's protection is no edit");
    let refused = test.expect(5, &["cleanup"]);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains(GROUP) && said.contains("put-log-group-deletion-protection"), "{said}");
    let left = test.json(0, &["status"]);
    assert_eq!(left["summary"]["present"], 1, "{left:#}");
    protect(false);
    test.expect(0, &["cleanup"]);
}
