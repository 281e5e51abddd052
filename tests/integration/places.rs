//! Wherever one stands in a class's folder, it is the same class.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::harness::{MANIFEST, Ran, Test};

/// Runs a command in a folder below the test's.
fn within(test: &Test, folder: &str, arguments: &[&str]) -> Ran {
    test.command(arguments).current_dir(test.path(folder)).output().unwrap().into()
}

fn summary(ran: &Ran, code: i32) -> Value {
    assert_eq!(ran.code, code, "{}\n{}", ran.stdout, ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn is_present(status: &Value) -> bool {
    let resources = status["users"][0]["resources"].as_array().unwrap();
    resources.len() == 21 && resources.iter().all(|resource| resource["state"] == "present")
}

#[test]
fn a_lab_is_seen_from_every_folder_below_and_above() {
    let test = Test::empty();
    fs::create_dir_all(test.path("class/week1/notes")).unwrap();
    fs::create_dir_all(test.path("elsewhere")).unwrap();
    symlink(test.path("class"), test.path("link")).unwrap();
    symlink(test.path("class/week1"), test.path("elsewhere/week")).unwrap();
    test.write("class/lab-manifest.toml", MANIFEST);
    let ran = within(&test, "class/week1", &["deploy"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let status = ["status", "--json"];
    let above = ["status", "--json", "--manifest", "class/lab-manifest.toml"];
    let linked = ["status", "--json", "--manifest", "../link/lab-manifest.toml"];
    for (folder, arguments) in [
        ("class", &status[..]),
        ("class/week1/notes", &status),
        ("link", &status),
        ("elsewhere/week", &status),
        (".", &above),
        ("elsewhere", &linked),
    ] {
        assert!(is_present(&summary(&within(&test, folder, arguments), 0)), "from {folder}");
    }
    let typed: Vec<_> = fs::read_dir(test.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!typed.iter().any(|name| name == "out"), "{typed:?}");
    assert!(test.path("class/out/journal.jsonl").exists());
    assert!(!test.path("class/week1/out").exists() && !test.path("elsewhere/out").exists());
    // Who failed last, what ran and who holds whom are the class's, too.
    within(&test, "class/week1/notes", &["deploy", "--only-failed"]).says(&["no user failed in the last run"]);
    let bulk = summary(&within(&test, "class/week1", &["bulk-test", "-n", "2", "--json"]), 0);
    let records = bulk["run"]["records"].as_str().unwrap();
    assert!(test.path("class/week1").join(records).exists(), "{records} is usable from where the user stands");
    assert_eq!(
        summary(&within(&test, "class", &["bulk-test", "--runs", "--json"]), 0)["runs"][0]["id"],
        bulk["run"]["id"]
    );
}

#[test]
fn a_folder_for_results_that_is_typed_is_where_it_is_typed() {
    let test = Test::empty();
    fs::create_dir_all(test.path("class/week1")).unwrap();
    test.write("class/lab-manifest.toml", MANIFEST);
    assert_eq!(within(&test, "class/week1", &["render", "--out", "mine"]).code, 0);
    assert!(test.path("class/week1/mine/user3/index.json").exists());
    let told = within(&test, "class/week1", &["render"]);
    assert!(told.stdout.contains("../out") && Path::new(&test.path("class/out/user3")).exists(), "{}", told.stdout);
}

#[test]
fn the_nearer_manifest_and_every_notation_count() {
    let test = Test::empty();
    test.write("lab-manifest.toml", MANIFEST);
    test.write("group/week/note.txt", "");
    test.write("group/lab-manifest.yaml", "lab: {pack: step-functions, name: lab7}\nusers: [{name: zoe}]\n");
    let shown = within(&test, "group/week", &["validate", "--json"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let listed = within(&test, "group/week", &["status", "--json"]);
    assert_eq!(summary(&listed, 0)["users"][0]["user"], "zoe");
    // A mistake is told where the user finds it.
    test.write("group/lab-manifest.yaml", "lab: {pack: step-functions, name: Lab7}\nusers: [{name: zoe}]\n");
    let ran = within(&test, "group/week", &["validate"]);
    assert_eq!(ran.code, 64);
    ran.says(&["../lab-manifest.yaml:1:"]);
}
