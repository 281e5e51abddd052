//! Bulk tests through the real binary: what they cost, what they leave on disk, how two are compared.

use std::collections::BTreeSet;
use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{MANIFEST, Test, finish, signal, wait_until};

/// Two users, deployed.
fn class() -> Test {
    let test =
        Test::with_manifest(&MANIFEST.replace("name = \"user3\"", "name = \"ann\"\n\n[[users]]\nname = \"ben\""));
    test.expect(0, &["deploy", "--all", "-q"]);
    test
}

/// The records of a run, each line a JSON object.
fn records(test: &Test, run: &str) -> Vec<Value> {
    test.read(&format!("out/runs/{run}.jsonl")).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The files of runs with this extension.
fn files(test: &Test, extension: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(test.path("out/runs")).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

#[test]
fn a_run_costs_pages_is_written_down_and_can_be_compared() {
    let test = class();
    let first = test.json(0, &["bulk-test", "--all", "-n", "12", "--invalid", "25%"]);
    let users: Vec<_> = first["users"].as_array().unwrap().iter().map(|user| &user["user"]).collect();
    assert_eq!(users, ["ann", "ben"]);
    assert_eq!(first["users"][0]["outcomes"]["COMPLETED"], 9);
    assert!(first["users"][1]["latency_ms"]["p99"].as_u64().is_some());
    // Nothing is paced here: outputs come from last events, the times of states from a sample, which all of so few are in.
    assert_eq!(first["states_from"]["source"], "history");
    assert_eq!((&first["states_from"]["executions"], &first["states_from"]["of"]), (&24.into(), &24.into()));
    let calls = &first["api_calls"];
    assert!(calls["states:DescribeExecution"].is_null(), "no execution is asked for by itself: {calls}");
    assert_eq!(calls["states:GetExecutionHistory"], 24, "{calls}");

    let run = first["run"]["id"].as_str().unwrap();
    let records = records(&test, run);
    let names: BTreeSet<_> = records.iter().map(|record| (record["user"].as_str(), record["name"].as_str())).collect();
    assert_eq!((records.len(), names.len()), (24, 24));
    assert!(records.iter().all(|record| record["stopped_ms"].as_i64() >= record["started_ms"].as_i64()));
    assert!(records.iter().all(|record| record["states_ms"]["ValidateOrder"][0].as_u64().is_some()), "{records:#?}");
    let saved: Value = serde_json::from_str(&test.read(&format!("out/runs/{run}.json"))).unwrap();
    assert_eq!(saved, first, "the document is kept as it was shown");

    let second = test.json(0, &["bulk-test", "--all", "-n", "12", "--invalid", "100%", "--compare", "last"]);
    let comparison = &second["comparison"];
    assert_eq!((&comparison["before"]["id"], &comparison["after"]["id"]), (&first["run"]["id"], &second["run"]["id"]));
    assert_eq!(comparison["outcomes"]["COMPLETED"]["verdict"], "fewer");
    assert_eq!(comparison["states"]["ValidateOrder"]["before"]["count"], 24);

    let (before, after) = (&run[..7], second["run"]["records"].as_str().unwrap());
    let compared = test.expect(0, &["bulk-test", "--compare", before, "--with", after]).stdout;
    for words in [&format!("beside {run}"), "COMPLETED", "fewer", "beyond noise"] {
        assert!(compared.contains(words), "`{words}` is not said:\n{compared}");
    }
    let listed = test.expect(0, &["bulk-test", "--runs"]).stdout;
    assert!(listed.contains("-n") && listed.contains("local"), "{listed}");
    let runs = test.json(0, &["bulk-test", "--runs"]);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 2);
    assert_eq!((&runs["runs"][0]["id"], &runs["runs"][1]["id"]), (&second["run"]["id"], &first["run"]["id"]));
    assert!(runs["runs"].as_array().unwrap().iter().all(|run| run["complete"] == true));
}

#[test]
fn a_comparison_says_what_was_set_differently() {
    let test = class();
    let first = test.json(0, &["bulk-test", "--all", "-n", "4"]);
    let same = test.json(0, &["bulk-test", "--all", "-n", "4", "--compare", "last"]);
    assert_eq!(same["comparison"]["settings"], json!([]), "neither the port nor the seed is a difference");
    let settings = &same["comparison"]["after"]["settings"];
    assert_eq!((&settings["count"], &settings["labctl"]), (&4.into(), &env!("CARGO_PKG_VERSION").into()));
    let arguments = ["bulk-test", "--user", "ann", "-n", "3", "--invalid", "50%", "--rate", "100", "--compare", "last"];
    let other = test.json(0, &arguments);
    let changes = other["comparison"]["settings"].as_array().unwrap();
    let told: Vec<_> = changes.iter().map(|it| (it["name"].as_str().unwrap(), &it["before"], &it["after"])).collect();
    let expected = [
        ("users", json!(2), json!(1)),
        ("-n", json!(4), json!(3)),
        ("--rate", Value::Null, json!(100.0)),
        ("--invalid", json!(0.0), json!(0.5)),
    ];
    assert_eq!(told, expected.iter().map(|(name, before, after)| (*name, before, after)).collect::<Vec<_>>());
    let (one, two) = (first["run"]["id"].as_str().unwrap(), other["run"]["id"].as_str().unwrap());
    let said = test.expect(0, &["bulk-test", "--compare", one, "--with", two]).stdout;
    assert!(said.contains("settings that differ:\n    users: 2 → 1\n    -n: 4 → 3\n"), "{said}");
    // As an earlier labctl left it.
    fs::remove_file(test.path(&format!("out/runs/{one}.settings.json"))).unwrap();
    let said = test.expect(0, &["bulk-test", "--compare", one, "--with", two]).stdout;
    assert!(said.contains(&format!("settings: not written down with {one}, so they may differ")), "{said}");
    let compared = test.json(0, &["bulk-test", "--compare", one, "--with", two]);
    assert_eq!(compared["comparison"]["settings"], Value::Null);
    test.expect(0, &["bulk-test", "--runs"]);
}

#[test]
fn a_run_that_nobody_saved_is_refused_before_anything_starts() {
    let test = Test::new();
    let words = ["no saved run `nope` in `out/runs`", "--runs"];
    test.refuses(64, &["bulk-test", "--compare", "nope", "--with", "last"], &words);
    test.refuses(64, &["bulk-test", "--compare", "nope"], &words);
    test.refuses(64, &["bulk-test", "--with", "last"], &["--compare"]);
    assert!(test.expect(0, &["bulk-test", "--runs"]).stdout.contains("No saved runs."));
}

#[test]
fn a_killed_run_leaves_what_it_had_seen() {
    let test = class();
    let child = test.spawn(&["bulk-test", "--user", "ann", "-n", "3000", "--in-flight", "8"]);
    let lines = || files(&test, "jsonl").first().map_or(0, |path| fs::read_to_string(path).unwrap().lines().count());
    wait_until("executions are written down", || lines() > 0);
    signal(&child, Signal::KILL);
    finish(child);
    let runs = test.json(0, &["bulk-test", "--runs"]);
    let run = &runs["runs"][0];
    assert_eq!((&run["complete"], &run["users"]), (&false.into(), &1.into()));
    assert!(run["finished"].as_u64().unwrap() > 0);
    assert!(!test.path(&format!("out/runs/{}.json", run["id"].as_str().unwrap())).exists());
    assert_eq!(run["settings"]["in_flight"], 8, "known from before the first start");
    assert_eq!(
        test.json(0, &["bulk-test", "--all", "-n", "4", "--compare", "last"])["comparison"]["before"]["id"],
        run["id"]
    );
}

#[test]
fn a_lab_that_is_not_there_is_told_once() {
    let test = Test::new();
    let ran = test.expect(4, &["test"]);
    ran.says(&["the state machine is not there", "run `labctl deploy` first"]);
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
    assert!(!ran.stdout.contains("could not be started"), "{}", ran.stdout);
    test.expect(4, &["bulk-test", "-n", "2"]).says(&["run `labctl deploy` first"]);
    test.expect(4, &["run", "express-workflow"]).says(&["is not there", "run `labctl deploy` first"]);
    test.expect(4, &["verify"]).says(&["nothing of the lab of `user3` is there", "run `labctl deploy` first"]);
}

#[test]
fn coverage_is_of_what_ran_and_a_quick_clock_makes_no_scenario_slow() {
    let test = Test::new();
    test.expect(0, &["deploy", "-q"]);
    let some = test.expect(0, &["test", "--scenario", "valid-order"]).stdout;
    assert!(some.contains("Coverage of what ran:") && !some.contains("not reached"), "{some}");
    let quick = test.json(0, &["test", "--scenario", "callback-timeout", "--time", "200x"]);
    assert_eq!((&quick["summary"]["passed"], &quick["summary"]["skipped"]), (&1.into(), &0.into()), "{quick:#}");
    test.expect(0, &["cleanup", "-q"]);
    let quiet = test.expect(0, &["rehearse", "-q", "-n", "3", "--expect", "COMPLETED>=100%"]).stdout;
    assert!(quiet.contains("COMPLETED>=100%: 3 of 3 (100.0 %)"), "{quiet}");
}

#[test]
fn runs_of_two_machines_are_kept_as_one() {
    let test = Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"ann\"\n"));
    test.expect(0, &["deploy", "--all", "-q"]);
    let run =
        |user: &str| test.json(0, &["bulk-test", "-n", "3", "--user", user])["run"]["id"].as_str().unwrap().to_owned();
    let (first, second) = (run("user3"), run("ann"));
    let path = format!("out/runs/{second}.jsonl");
    let merged = test.json(0, &["bulk-test", "--merge", &first, &path]);
    let one = &merged["runs"][0];
    assert_eq!((&one["users"], &one["started"], &one["finished"]), (&2.into(), &6.into(), &6.into()), "{merged}");
    assert_eq!((&merged["twice"], &one["complete"], &one["settings"]["users"]), (&0.into(), &true.into(), &2.into()));
    let id = one["id"].as_str().unwrap();
    // Some that stand in both count once.
    let again = test.json(0, &["bulk-test", "--merge", id, &first]);
    assert_eq!((&again["twice"], &again["runs"][0]["started"]), (&3.into(), &6.into()));
    test.json(0, &["bulk-test", "--compare", &first, "--with", id]);
    test.expect(64, &["bulk-test", "--merge", &first, &first]).says(&["made of two runs or more"]);
    test.expect(64, &["bulk-test", "--merge", &first, "none"]).says(&["no saved run `none`"]);
}
