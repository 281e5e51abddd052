//! Stopped anywhere, a run leaves what the next one finishes.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{MANIFEST, Ran, Test, finish, signal, wait_until};
use crate::server::Server;

/// Latency that gives a run a middle.
const SLOW: &str = "latency_ms = 400\n";

/// A test and a slow server that its commands go to.
fn slowly(faults: &str) -> (Server, Test) {
    let test = Test::new();
    test.write("faults.toml", faults);
    let server = Server::start(&test, &["--faults", "faults.toml"]);
    let test = server.reached_by(test);
    (server, test)
}

/// Waits until the journal of a run has so many events of a type.
fn wait_for(test: &Test, kind: &str, count: usize) {
    let needle = format!("\"type\":\"{kind}\"");
    let journal = test.path("events.jsonl");
    wait_until(&format!("{count} {kind} are told"), || {
        std::fs::read_to_string(&journal).is_ok_and(|text| text.matches(&needle).count() >= count)
    });
}

/// Starts a command with its events in a file.
fn start(test: &Test, arguments: &[&str]) -> Child {
    let _ = std::fs::remove_file(test.path("events.jsonl"));
    let mut all = arguments.to_vec();
    all.extend(["--events", "events.jsonl"]);
    test.spawn(&all)
}

fn interrupt(test: &Test, arguments: &[&str], kind: &str, with: Signal) -> Ran {
    let child = start(test, arguments);
    wait_for(test, kind, 1);
    signal(&child, with);
    finish(child)
}

/// Deploys to the end and checks that everything is there once.
fn converges(test: &Test) {
    let deployed = test.json(0, &["deploy"]);
    assert_eq!(deployed["summary"]["failed"], 0);
    let plan = test.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes."), "{}", plan.stdout);
    let plan = test.json(0, &["plan"]);
    assert_eq!(plan["summary"]["unchanged"], 21, "{plan:#}");
}

fn leaves_nothing(test: &Test) {
    let cleanup = test.json(0, &["cleanup"]);
    assert_eq!(cleanup["summary"]["residue"], 0, "{cleanup:#}");
    let status = test.json(0, &["status"]);
    for resource in status["users"][0]["resources"].as_array().unwrap() {
        assert_eq!(resource["state"], "absent", "{resource}");
    }
}

#[test]
fn an_interrupted_deploy_says_so_and_the_next_one_continues() {
    let (_server, test) = slowly(SLOW);
    let ran = interrupt(&test, &["deploy"], "change-succeeded", Signal::INT);
    assert_eq!(ran.code, 130, "{}{}", ran.stdout, ran.stderr);
    ran.says(&["interrupted: finishing what is in flight; once more ends at once"]);
    assert!(ran.stdout.contains("Deploy interrupted"), "{}", ran.stdout);
    assert_some_of_21(&test);
    converges(&test);
    leaves_nothing(&test);
}

/// Part of the lab is there: the run was stopped in its middle, and what was begun was finished.
fn assert_some_of_21(test: &Test) {
    let plan = test.json(2, &["plan", "--detailed-exitcode"]);
    let unchanged = plan["summary"]["unchanged"].as_u64().unwrap();
    assert!((1..21).contains(&unchanged), "{plan:#}");
    assert_eq!(plan["summary"]["update"], 0, "nothing is half-made after a single interruption: {plan:#}");
}

#[test]
fn an_interruption_is_told_in_json_and_in_the_journal() {
    let (_server, test) = slowly(SLOW);
    let ran = interrupt(&test, &["deploy", "--json"], "change-succeeded", Signal::TERM);
    assert_eq!(ran.code, 130);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&document["schema"], &document["ok"]), (&"labctl/deploy/1".into(), &false.into()));
    assert_eq!(document["users"][0]["status"], "interrupted");
    assert!(test.read("events.jsonl").lines().last().unwrap().contains("\"exit_code\":130"));
}

/// Whatever the account began is counted, also what was asked for and not answered yet; and the run is known as one that was cut off.
#[test]
fn an_interrupted_bulk_test_counts_all_that_it_started() {
    let (_server, test) = slowly(SLOW);
    test.expect(0, &["deploy"]);
    let ran = interrupt(&test, &["bulk-test", "-n", "400", "--json"], "execution-started", Signal::INT);
    assert_eq!(ran.code, 130, "{}{}", ran.stdout, ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["interrupted"], true, "{document:#}");
    let id = document["run"]["id"].as_str().unwrap();
    let listed = test.json(0, &["executions", "--limit", "1000"]);
    let of_run = |name: &Value| name.as_str().unwrap().ends_with(id);
    let there = listed["executions"].as_array().unwrap().iter().filter(|it| of_run(&it["name"])).count();
    assert!((1..400).contains(&there), "{there}");
    assert_eq!(document["summary"]["started"], there);
    assert_eq!(test.read(&format!("out/runs/{id}.jsonl")).lines().count(), there);
    let runs = test.json(0, &["bulk-test", "--runs"]);
    assert_eq!(runs["runs"][0]["complete"], false, "{runs:#}");
    let compared = test.expect(0, &["bulk-test", "--compare", id, "--with", id]);
    assert!(compared.stdout.contains(&format!("run {id} was cut off")), "{}", compared.stdout);
}

/// What the log told of stays told: histories that take longer than an interruption waits for the log lose nobody.
#[test]
fn an_interruption_while_histories_are_read_loses_no_execution() {
    let (_server, test) = slowly("rules = [{ operation = \"states:GetExecutionHistory\", slow_ms = 7000 }]\n");
    test.expect(0, &["deploy"]);
    let child = start(&test, &["bulk-test", "-n", "60", "--json"]);
    wait_for(&test, "execution-started", 60);
    std::thread::sleep(Duration::from_secs(3));
    signal(&child, Signal::INT);
    let ran = finish(child);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &document["interrupted"]), (130, &true.into()), "{document:#}");
    let records = test.read(&format!("out/runs/{}.jsonl", document["run"]["id"].as_str().unwrap()));
    assert_eq!((&document["summary"]["started"], records.lines().count()), (&60.into(), 60), "{document:#}");
    let ended = ["finished", "still_running"].map(|word| document["summary"][word].as_u64().unwrap_or(0));
    assert_eq!(ended.iter().sum::<u64>(), 60, "{document:#}");
}

#[test]
fn a_second_interruption_ends_at_once() {
    // The first function takes longer than any machine that runs this: whoever waited for it would be seen waiting.
    let (_server, test) =
        slowly("latency_ms = 60\nrules = [{ operation = \"lambda:CreateFunction\", nth = 1, slow_ms = 300000 }]\n");
    let child = start(&test, &["deploy"]);
    wait_for(&test, "change-succeeded", 20);
    signal(&child, Signal::INT);
    // The second one counts only after the first was heard.
    let child = heard(child);
    signal(&child, Signal::INT);
    let ran = finish(child);
    assert_eq!(ran.code, 130, "{}", ran.stderr);
    assert!(!ran.stdout.contains("Deploy"), "an order to end is no summary: {}", ran.stdout);
    converges(&test);
    leaves_nothing(&test);
}

/// Waits until a command says that it was interrupted.
fn heard(mut child: Child) -> Child {
    use std::io::Read as _;
    let mut stderr = child.stderr.take().unwrap();
    let (mut said, mut byte) = (String::new(), [0_u8; 1]);
    while !said.contains("interrupted") {
        assert_eq!(stderr.read(&mut byte).unwrap(), 1, "{said}");
        said.push(char::from(byte[0]));
    }
    child.stderr = Some(stderr);
    child
}

#[test]
fn a_killed_deploy_converges() {
    let (_server, test) = slowly(SLOW);
    // Between the first answers and the last, wherever that falls.
    for count in ["change-started", "change-succeeded"] {
        interrupt(&test, &["deploy"], count, Signal::KILL);
        converges(&test);
        leaves_nothing(&test);
    }
}

#[test]
fn what_a_killed_deploy_made_is_cleaned_up() {
    let (_server, test) = slowly(SLOW);
    interrupt(&test, &["deploy"], "change-succeeded", Signal::KILL);
    leaves_nothing(&test);
}

#[test]
fn a_stopped_cleanup_is_continued() {
    let (_server, test) = slowly(SLOW);
    converges(&test);
    let ran = interrupt(&test, &["cleanup"], "change-succeeded", Signal::INT);
    assert_eq!(ran.code, 130, "{}", ran.stderr);
    converges(&test);
    interrupt(&test, &["cleanup"], "change-succeeded", Signal::KILL);
    leaves_nothing(&test);
}

#[test]
fn an_interrupted_bulk_test_reports_what_ran() {
    let test = Test::new();
    test.expect(0, &["deploy"]);
    let child = start(&test, &["bulk-test", "-n", "2000", "--rate", "50", "--json"]);
    wait_for(&test, "execution-finished", 5);
    signal(&child, Signal::INT);
    let ran = finish(child);
    assert_eq!(ran.code, 130, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let count = |name: &str| document["summary"][name].as_u64().unwrap();
    assert!(count("finished") >= 5 && count("started") < 2000, "{:#}", document["summary"]);
    assert!(count("started") >= count("finished"));
    test.expect(0, &["bulk-test", "-n", "3"]);
    leaves_nothing(&test);
}

/// Processes, other than this one, whose working folder, command or environment names a folder.
fn processes_of(folder: &Path) -> Vec<(PathBuf, String)> {
    let needle = folder.display().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let path = entry.path();
        if !entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let text = |name: &str| {
            std::fs::read(path.join(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
        };
        let place = std::fs::read_link(path.join("cwd")).map(|cwd| cwd.display().to_string()).unwrap_or_default();
        let command = text("cmdline");
        // A process that has ended, and waits for its parent to ask how, has no command any more.
        if !command.is_empty() && [&command, &place, &text("environ")].iter().any(|text| text.contains(&needle)) {
            found.push((path, command.replace('\0', " ")));
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_bulk_test_leaves_no_handler_and_a_store_that_works() {
    let test = Test::with_manifest(&MANIFEST.replace("simulated_delay_scale = 0", "simulated_delay_scale = 1"));
    test.expect(0, &["deploy"]);
    let child = start(&test, &["bulk-test", "-n", "400"]);
    wait_for(&test, "execution-started", 10);
    wait_until("handlers run as processes", || processes_of(test.folder()).len() > 3);
    signal(&child, Signal::KILL);
    finish(child);
    wait_until("no handler is left", || processes_of(test.folder()).is_empty());
    let plan = test.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes."), "{}", plan.stdout);
    test.expect(0, &["bulk-test", "-n", "2"]);
    leaves_nothing(&test);
}

#[test]
fn a_killed_server_leaves_no_stale_lock() {
    let test = Test::new();
    let mut child = test.command(&["local", "serve"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    wait_until("the server says where it is", || test.path("out/local/endpoint.json").exists());
    test.expect(0, &["deploy"]);
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    // What the server answered is kept, and its address counts no more.
    let plan = test.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes."), "{}", plan.stdout);
    leaves_nothing(&test);
}

#[test]
fn an_endpoint_that_fails_at_random_is_outlasted() {
    for faults in ["seed = 7\nerror_rate = 0.2\n", "seed = 7\nreset_rate = 0.2\n"] {
        let (server, test) = slowly(faults);
        if test.run(&["deploy"]).code != 0 {
            converges(&test);
        }
        let functions = server.send("lambda", ("GET", "/2015-03-31/functions/"), &[], b"");
        assert_eq!(functions.matches("\"FunctionName\"").count(), 6, "nothing is there twice: {functions}");
        leaves_nothing(&test);
    }
}
