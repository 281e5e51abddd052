//! A rehearsal is one: it goes to the local endpoint, begins on nobody's lab, and removes what it made itself.

use serde_json::{Value, json};

use crate::harness::{MANIFEST, Test};
use crate::server::Server;

/// The manifest of a class that goes to AWS, with credentials that nobody has.
fn for_aws() -> Test {
    let manifest = MANIFEST.replace("kind = \"local\"", "kind = \"aws\"\nprofile = \"nobody\"");
    Test::with_manifest(&manifest)
}

#[test]
fn a_manifest_for_aws_is_rehearsed_on_this_machine() {
    let test = for_aws();
    let ran = test.expect(0, &["rehearse", "-n", "2"]);
    ran.says(&["rehearsing on the local endpoint", "--target aws"]);
    let document = test.json(0, &["rehearse", "-n", "2"]);
    assert_eq!(document["target"]["kind"], "local");
    // Typed, it goes where it is sent: nobody's profile is refused.
    let typed = test.run(&["rehearse", "--target", "aws", "--yes"]);
    assert_ne!(typed.code, 0, "{}", typed.stdout);
    let typed = test.run(&["rehearse", "--endpoint-url", "http://127.0.0.1:9", "--yes"]);
    assert_ne!(typed.code, 0, "{}", typed.stdout);
}

#[test]
fn an_endpoint_of_the_environment_is_an_endpoint_given() {
    let test = for_aws();
    let elsewhere = Test::empty();
    let server = Server::start(&elsewhere, &[]);
    test.write("lab-manifest.toml", MANIFEST);
    let test = server.reached_by(test);
    let document = test.json(0, &["rehearse", "-n", "2"]);
    assert_eq!(document["target"]["kind"], "aws");
}

fn states(test: &Test) -> Vec<Value> {
    let status = test.json(0, &["status", "--all"]);
    let users = status["users"].as_array().unwrap().iter();
    users.map(|user| json!([user["user"], user["resources"][0]["state"]])).collect()
}

#[test]
fn nobody_who_has_a_lab_is_rehearsed_on() {
    let test = Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"zoe\"\n\n[[users]]\nname = \"ann\"\n"));
    test.expect(0, &["deploy", "--user", "user3"]);
    for arguments in [&["rehearse", "-n", "2"][..], &["rehearse", "--all", "-n", "2"]] {
        let ran = test.expect(64, arguments);
        ran.says(&["21 resources of `user3` are there already", "nothing was touched", "--keep"]);
    }
    assert_eq!(states(&test), [json!(["user3", "present"]), json!(["zoe", "absent"]), json!(["ann", "absent"])]);
    let other = test.json(0, &["rehearse", "--user", "zoe", "-n", "2"]);
    assert_eq!(other["steps"]["cleanup"]["summary"]["deleted"], 21);
    assert_eq!(states(&test)[0], json!(["user3", "present"]), "others' labs stay");
    // What is kept may have been there before.
    let kept = test.json(0, &["rehearse", "-n", "2", "--keep"]);
    assert_eq!(
        (&kept["steps"]["deploy"]["summary"]["unchanged"], &kept["steps"]["cleanup"]),
        (&21.into(), &Value::Null)
    );
    assert_eq!(states(&test)[0], json!(["user3", "present"]));
}

#[test]
fn a_single_thing_in_the_way_is_enough() {
    let test = Test::new();
    test.expect(0, &["deploy"]);
    test.expect(0, &["cleanup", "--keep-logs"]);
    test.expect(64, &["rehearse", "-n", "2"]).says(&["9 resources of `user3` are there already"]);
    assert_eq!(test.json(0, &["cleanup"])["summary"]["deleted"], 9, "and they are still there");
    test.expect(0, &["rehearse", "-n", "2"]);
}
