//! The main job through the real binary, on the embedded endpoint.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{MANIFEST, Test};

fn words<'value>(document: &'value Value, list: &str, field: &str) -> BTreeSet<&'value str> {
    document["users"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|user| user[list].as_array().unwrap())
        .map(|resource| resource[field].as_str().unwrap())
        .collect()
}

#[test]
fn a_rehearsal_of_the_shipped_manifest_shows_everything_and_leaves_nothing() {
    let shipped = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/lab-manifest.toml")).unwrap();
    let test = Test::with_manifest(&shipped);
    let document = test.json(0, &["rehearse"]);
    assert_eq!(document["schema"], "labctl/rehearse/1");
    assert_eq!(document["ok"], true);
    assert_eq!(document["target"]["kind"], "local");
    let steps = &document["steps"];
    assert_eq!(steps["deploy"]["summary"]["failed"], 0);
    assert_eq!(steps["test"]["summary"]["failed"], 0, "{:#}", steps["test"]);
    assert_eq!(steps["test"]["summary"]["skipped"], 0);
    for what in ["states", "transitions"] {
        let coverage = &steps["test"]["coverage"][what];
        assert_eq!(coverage["covered"], coverage["total"], "{what} not reached: {}", coverage["missing"]);
    }
    assert_eq!(steps["bulk_test"]["summary"]["started"], 100);
    assert_eq!(steps["bulk_test"]["summary"]["finished"], 100);
    assert_eq!(steps["cleanup"]["summary"]["residue"], 0);
    let status = test.json(0, &["status"]);
    assert_eq!(words(&status, "resources", "state"), BTreeSet::from(["absent"]));
}

#[test]
fn deploy_test_bulk_test_cleanup_as_separate_commands() {
    let test = Test::new();
    let plan = test.json(2, &["plan", "--detailed-exitcode"]);
    let create = plan["summary"]["create"].as_u64().unwrap();
    assert_eq!(create, 21, "2 roles, 9 log groups, 6 functions, 3 machines, 1 dashboard: {plan:#}");

    let deploy = test.json(0, &["deploy", "--user", "user3"]);
    assert_eq!(deploy["summary"]["created"], create);
    assert!(deploy["api_calls"]["states:CreateStateMachine"].as_u64().unwrap() >= 3);

    let again = test.expect(0, &["deploy", "--user", "user3"]);
    assert!(again.stdout.contains("No changes."), "{}", again.stdout);
    assert_eq!(test.json(0, &["plan", "--detailed-exitcode"])["summary"]["unchanged"], create);
    assert_eq!(words(&test.json(0, &["status"]), "resources", "state"), BTreeSet::from(["present"]));

    let tested = test.json(0, &["test"]);
    assert_eq!(tested["summary"]["failed"], 0);
    let bulk = test.json(
        0,
        &["bulk-test", "-n", "20", "--invalid", "25%", "--expect", "COMPLETED>=75%", "--expect", "failed_to_start==0"],
    );
    assert_eq!(bulk["summary"]["outcomes"], json!({ "COMPLETED": 15, "FAILED": 5 }));
    assert!(bulk["thresholds"].as_array().unwrap().iter().all(|threshold| threshold["passed"] == true));
    assert!(bulk["states"]["ValidateOrder"]["count"].as_u64().unwrap() >= 20);

    let missed = test.json(4, &["bulk-test", "-n", "4", "--invalid", "1", "--expect", "COMPLETED>=80%"]);
    assert_eq!(missed["thresholds"][0]["passed"], false);

    let dry = test.json(0, &["cleanup", "--dry-run"]);
    assert_eq!(words(&dry, "resources", "result"), BTreeSet::from(["would delete"]));
    let cleanup = test.json(0, &["cleanup"]);
    assert_eq!(cleanup["summary"]["deleted"], create);
    assert_eq!(cleanup["summary"]["residue"], 0);
    let nothing = test.expect(0, &["cleanup"]);
    assert!(nothing.stdout.contains("Cleanup complete: 0 deleted, 21 already gone, 0 left."), "{}", nothing.stdout);
}

#[test]
fn a_changed_setting_updates_only_what_it_touches() {
    let test = Test::new();
    test.expect(0, &["deploy"]);
    test.write("lab-manifest.toml", &MANIFEST.replace("[settings]", "[settings]\nlog_retention_days = 14"));
    let plan = test.json(0, &["plan"]);
    assert_eq!(plan["summary"]["update"], 9, "the nine log groups: {plan:#}");
    let deploy = test.json(0, &["deploy"]);
    assert_eq!(deploy["summary"]["updated"], 9);
    assert!(test.expect(0, &["deploy"]).stdout.contains("No changes."));
}

#[test]
fn several_users_are_kept_apart() {
    let manifest =
        MANIFEST.replace("name = \"user3\"", "name = \"ann\"\n\n[[users]]\nname = \"bob\"\nregion = \"eu-west-1\"");
    let test = Test::with_manifest(&manifest);
    let refused = test.expect(64, &["deploy"]);
    assert!(refused.stderr.contains("--all"), "{}", refused.stderr);
    test.expect(0, &["deploy", "--all"]);
    let cleanup = test.json(0, &["cleanup", "--user", "ann"]);
    assert_eq!(cleanup["summary"]["residue"], 0);
    let status = test.json(0, &["status", "--user", "bob"]);
    assert_eq!(words(&status, "resources", "state"), BTreeSet::from(["present"]));
    test.expect(0, &["cleanup", "--all"]);
}

#[test]
fn rendered_files_are_the_same_bytes_every_time() {
    let test = Test::new();
    test.expect(0, &["render"]);
    let first = test.read("out/user3/index.json");
    std::fs::remove_dir_all(test.path("out/user3")).unwrap();
    let mut command = test.command(&["render"]);
    command.env("TZ", "Pacific/Kiritimati");
    assert!(command.status().unwrap().success());
    assert_eq!(first, test.read("out/user3/index.json"));
    assert!(test.path("out/user3/asl/order-processing-workflow.asl.json").exists() || first.contains("asl/"));
}

#[test]
fn the_sqs_exercise_is_a_setting_away() {
    let test = Test::with_manifest(&MANIFEST.replace("[settings]", "[settings]\nsqs_exercise = true"));
    test.expect(0, &["deploy"]);
    let tested = test.json(0, &["test", "--scenario", "order-event-sent"]);
    assert_eq!(tested["summary"]["passed"], 1, "{tested:#}");
    let cleanup = test.json(0, &["cleanup"]);
    assert_eq!(cleanup["summary"]["residue"], 0);
}

#[test]
fn the_handouts_policies_work_too() {
    let test = Test::with_manifest(&format!("{MANIFEST}\n[iam]\nmode = \"as-written\"\n"));
    test.expect(0, &["deploy"]);
    assert_eq!(test.json(0, &["test"])["summary"]["failed"], 0);
    test.expect(0, &["cleanup"]);
}
