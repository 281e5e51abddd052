//! What goes wrong at AWS goes wrong here, on purpose: labctl waits it out, or stops and says what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::{Child, Command};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::account::{everything, make_neighbour};
use crate::harness::{Ran, Test, finish, signal, wait_until};
use crate::kill_points::tiny;
use crate::server::Server;

const FAULTS: [&str; 2] = ["--faults", "faults.json"];

/// A class of two on the embedded endpoint, whose time jumps.
fn class() -> Test {
    Test::with_manifest(&tiny(&["ann", "annb"]))
}

/// What the endpoint holds, asked of a server on the same store.
fn held(test: &Test) -> BTreeMap<String, String> {
    everything(&Server::on(test, "out/local", &[]))
}

fn rule(operation: &str, code: &str, message: &str) -> Value {
    json!({ "operation": operation, "code": code, "message": message })
}

fn with_rules(test: &Test, rules: &[Value]) {
    test.write("faults.json", &json!({ "rules": rules }).to_string());
}

/// Runs a command with the faults of the file, and its events in another.
fn hindered(test: &Test, code: i32, arguments: &[&str]) -> Ran {
    let _ = std::fs::remove_file(test.path("events.jsonl"));
    test.expect(code, &[arguments, &FAULTS, &["--events", "events.jsonl"]].concat())
}

/// What was waited for: reason, kind, milliseconds.
fn waits(test: &Test) -> Vec<(String, String, u64)> {
    let events = test.read("events.jsonl");
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone());
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    events
        .filter(|event| event["type"] == "waited")
        .map(|event| (word(&event["reason"]), word(&event["key"]["kind"]), event["ms"].as_u64().unwrap()))
        .collect()
}

fn deploys(test: &Test) {
    test.expect(0, &["deploy", "--all"]);
    assert_eq!(test.expect(0, &["plan", "--all"]).stdout, "No changes.\n");
}

/// Twenty of a hundred calls, in six ways; the same command must do, three times at most.
#[test]
fn a_fifth_of_all_calls_fails_in_six_ways_and_nothing_is_double_or_touched() {
    let test = class();
    let neighbour = {
        let server = Server::on(&test, "out/local", &[]);
        make_neighbour(&server);
        everything(&server)
    };
    let (mut expected, mut runs) = (BTreeSet::new(), 0);
    for seed in 1..=20 {
        let faults = json!({ "seed": seed, "error_rate": 0.05, "unavailable_rate": 0.03, "throttle_rate": 0.03,
            "reset_rate": 0.04, "lost_rate": 0.04, "slow_rate": 0.01, "slow_ms": 20, "iam_delay_ms": 8000 });
        test.write("faults.json", &faults.to_string());
        let mut until_done = |command: &str| {
            let codes: Vec<i32> = (0..3)
                .map(|_| test.run(&[&[command, "--all"][..], &FAULTS].concat()).code)
                .scan(false, |done, code| (!std::mem::replace(done, code == 0)).then_some(code))
                .collect();
            runs += codes.len();
            assert_eq!(codes.last(), Some(&0), "seed {seed}: {command} ended with {codes:?}");
        };
        until_done("deploy");
        let found = held(&test);
        let own: BTreeSet<_> = found.keys().filter(|name| !neighbour.contains_key(*name)).cloned().collect();
        if expected.is_empty() {
            expected.clone_from(&own);
        }
        assert_eq!((own.len(), &own), (10, &expected), "seed {seed}");
        assert_eq!(test.expect(0, &["plan", "--all"]).stdout, "No changes.\n");
        until_done("cleanup");
        assert_eq!(held(&test), neighbour, "seed {seed}: what is left is the neighbour's, as it was");
    }
    println!("{runs} commands for 40 pieces of work");
}

const NOT_ASSUMED: &str = "The role defined for the function cannot be assumed by Lambda.";
const NO_PRINCIPAL: &str = "Neither the global service principal states.amazonaws.com, nor the regional one is \
                            authorized to assume the provided role.";
const NO_LOGS: &str = "The state machine IAM Role is not authorized to access the Log Destination";

#[test]
fn a_role_that_is_not_known_everywhere_is_waited_for_and_told() {
    let test = class();
    let nth = |nth: u64, mut rule: Value| {
        rule["nth"] = nth.into();
        rule
    };
    with_rules(
        &test,
        &[
            nth(1, rule("lambda:CreateFunction", "InvalidParameterValueException", NOT_ASSUMED)),
            nth(1, rule("states:CreateStateMachine", "AccessDeniedException", NO_PRINCIPAL)),
            nth(1, rule("states:CreateStateMachine", "AccessDeniedException", NO_LOGS)),
        ],
    );
    hindered(&test, 0, &["deploy", "--all"]);
    let told: Vec<_> = waits(&test).into_iter().map(|(reason, kind, _)| format!("{reason} {kind}")).collect();
    let count = |wait: &str| told.iter().filter(|told| *told == wait).count();
    let (functions, machines) = (count("iam function"), count("iam state-machine"));
    // Each refusal is one wait. Whether others meet a role that is not yet in force is a matter of moments.
    assert!(functions >= 1 && machines >= 2 && functions + machines == told.len(), "{told:?}");
    deploys(&test);
}

#[test]
fn a_role_that_never_becomes_known_is_given_up_after_two_minutes() {
    let test = class();
    with_rules(&test, &[rule("states:CreateStateMachine", "AccessDeniedException", NO_PRINCIPAL)]);
    hindered(&test, 1, &["deploy", "--all"]).says(&[NO_PRINCIPAL, "IAM has not spread the role yet"]);
    let waited: u64 = waits(&test).iter().map(|(.., ms)| ms).sum();
    // In the endpoint's time, and not more for each of the two.
    assert!((110_000..=250_000).contains(&waited), "{waited}");
    deploys(&test);
}

#[test]
fn a_function_that_is_being_made_or_changed_is_waited_for() {
    let test = class();
    deploys(&test);
    let pack = test.path("pack");
    copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packs/tiny"), &pack);
    let manifest = tiny(&["ann", "annb"]).replace(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packs/tiny"), "pack");
    test.write("lab-manifest.toml", &format!("{manifest}\n[settings]\nmemory_mib = 256\n"));
    test.edit("pack/lambda/greeter.py", "Hello", "Good day");
    let busy = "The operation cannot be performed at this time. An update is in progress for resource: function";
    let pending =
        "The operation cannot be performed at this time. The function is currently in the following state: Pending";
    let hits = |operation: &str, text: &str| {
        let mut rule = rule(operation, "ResourceConflictException", text);
        (rule["nth"], rule["status"]) = (1.into(), 409.into());
        rule
    };
    with_rules(
        &test,
        &[
            hits("lambda:UpdateFunctionCode", pending),
            hits("lambda:UpdateFunctionConfiguration", busy),
            hits("lambda:TagResource", busy),
        ],
    );
    hindered(&test, 0, &["deploy", "--all"]);
    let waits = waits(&test);
    assert!(waits.iter().all(|(reason, kind, _)| reason == "busy" && kind == "function"), "{waits:?}");
    assert_eq!(waits.len(), 3, "{waits:?}");
    deploys(&test);
}

fn copy(from: &str, to: &std::path::Path) {
    assert!(Command::new("cp").arg("-R").arg(from).arg(to).status().unwrap().success());
}

/// A machine of a wanted name goes as soon as its executions have come to their next transition.
#[test]
fn a_machine_that_is_still_being_deleted_is_waited_for() {
    let test = class();
    let deleting = |nth: u64| {
        let arn = "arn:aws:states:us-east-1:000000000000:stateMachine:ann-greet";
        let mut rule = rule(
            "states:CreateStateMachine",
            "StateMachineDeleting",
            &format!("State machine is being deleted: '{arn}'"),
        );
        rule["nth"] = nth.into();
        rule
    };
    // The third rule counts only what the others let through.
    with_rules(&test, &[deleting(1), deleting(1), deleting(1)]);
    hindered(&test, 0, &["deploy", "--all"]);
    let waits = waits(&test);
    assert!(waits.iter().all(|(reason, kind, _)| reason == "busy" && kind == "state-machine"), "{waits:?}");
    assert_eq!(waits.len(), 3, "{waits:?}");
    deploys(&test);
}

/// CreateStateMachine answers a second time for the same name and definition, and passes over another role: so does a create whose
/// first answer was lost. The next look sees it.
#[test]
fn a_role_that_a_create_passed_over_is_seen_at_the_next_look() {
    let test = Test::with_manifest(&tiny(&["ann"]));
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    make_neighbour(&server);
    let deployed = test.json(0, &["deploy"]);
    let resources = deployed["users"][0]["resources"].as_array().unwrap();
    let machine = resources.iter().find(|resource| resource["kind"] == "state-machine").unwrap();
    let other = "arn:aws:iam::000000000000:role/ann-b-role";
    let describe = || {
        let arn = json!({ "stateMachineArn": machine["arn"] });
        server.call("states", "AWSStepFunctions.DescribeStateMachine", &arn)
    };
    let made = describe();
    let again = json!({ "name": made["name"], "definition": made["definition"], "roleArn": other, "type": made["type"],
        "loggingConfiguration": made["loggingConfiguration"] });
    let answer = server.call("states", "AWSStepFunctions.CreateStateMachine", &again);
    assert_eq!((&answer["stateMachineArn"], &describe()["roleArn"]), (&machine["arn"], &made["roleArn"]));
    assert_eq!(test.expect(0, &["plan"]).stdout, "No changes.\n");
    // Made with another role while nobody looked, as by a run that was cut off before the manifest changed.
    let change =
        json!({ "stateMachineArn": machine["arn"], "roleArn": other, "loggingConfiguration": { "level": "OFF" } });
    server.call("states", "AWSStepFunctions.UpdateStateMachine", &change);
    let plan = test.json(0, &["plan"]);
    assert_eq!(plan["summary"]["edited"], 1, "{plan:#}");
    test.expect(0, &["deploy", "--overwrite-edits"]);
    assert_eq!(describe()["roleArn"], made["roleArn"]);
}

#[test]
fn credentials_that_run_out_at_any_call_stop_the_run_and_the_next_one_continues() {
    let test = class();
    deploys(&test);
    test.expect(0, &["cleanup", "--all"]);
    let mut stopped = 0;
    for from in (1..60).step_by(6) {
        let mut expired = rule("*", "ExpiredTokenException", "The security token included in the request is expired");
        expired["from"] = from.into();
        with_rules(&test, &[expired]);
        for command in ["deploy", "cleanup"] {
            let ran = test.run(&[&[command, "--all"][..], &FAULTS].concat());
            if ran.code != 0 {
                assert_eq!(ran.code, 77, "{command} from call {from}: {}{}", ran.stdout, ran.stderr);
                ran.says(&["is expired", "aws sso login", "same command again"]);
                stopped += 1;
            }
            test.expect(0, &[command, "--all"]);
        }
    }
    assert!(stopped >= 8, "{stopped}");
    assert_eq!(held(&test), BTreeMap::new());
}

#[test]
fn a_clock_that_is_wrong_is_named_and_nothing_is_tried_twice() {
    let test = class();
    with_rules(
        &test,
        &[rule(
            "*",
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )],
    );
    let ran = hindered(&test, 77, &["deploy", "--all"]);
    ran.says(&["RequestTimeTooSkewed", "clock"]);
    assert_eq!(held(&test), BTreeMap::new());
}

#[test]
fn a_lost_journal_loses_nothing() {
    let test = class();
    with_rules(&test, &[rule("states:CreateStateMachine", "ValidationException", "not today")]);
    hindered(&test, 1, &["deploy", "--all"]);
    std::fs::remove_file(test.path("out/journal.jsonl")).unwrap();
    // Who failed is not known any more, and that is said.
    test.expect(64, &["deploy", "--only-failed"]).says(&["--all"]);
    deploys(&test);
    std::fs::write(test.path("out/journal.jsonl"), "{\"at_ms\":1,\"ev").unwrap();
    test.expect(0, &["cleanup", "--all"]);
    assert_eq!(held(&test), BTreeMap::new());
}

/// The lab's folder on a disk of its own, which fills up. Needs root.
#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let test = class();
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    std::fs::create_dir(test.path("out")).unwrap();
    let disk = test.path("out");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("skipped: mounting a small disk needs root");
        return;
    }
    let _unmount = Unmount(disk.clone());
    std::fs::write(disk.join("filler"), vec![0; 124 * 1024]).unwrap();
    let ran = test.run(&["deploy", "--all"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    ran.says(&["no space left on device", "free some space"]);
    std::fs::remove_file(disk.join("filler")).unwrap();
    deploys(&test);
    std::fs::write(disk.join("filler"), vec![0; 124 * 1024]).ok();
    let ran = test.run(&["cleanup", "--all"]);
    assert!([0, 1].contains(&ran.code), "{}{}", ran.stdout, ran.stderr);
    std::fs::remove_file(disk.join("filler")).unwrap();
    test.expect(0, &["cleanup", "--all"]);
    assert_eq!(everything(&server), BTreeMap::new());
}

struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Folders of killed commands under the temporary folder go with the next command that needs one.
#[test]
fn what_killed_commands_leave_in_the_temporary_folder_is_swept() {
    let test = class();
    std::fs::create_dir(test.path("temporary")).unwrap();
    let folder = test.path("temporary").display().to_string();
    let test = test.env("TMPDIR", &folder);
    let left = || -> Vec<_> { std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect() };
    deploys(&test);
    for _ in 0..2 {
        let before = left();
        let child = test.spawn(&["bulk-test", "--all", "-n", "2000", "--rate", "50"]);
        wait_until("handlers have a folder", || left().iter().any(|name| !before.contains(name)));
        kill(child);
        assert_eq!(left().len(), 1, "never more than the last one's");
    }
    test.expect(0, &["bulk-test", "--all", "-n", "1"]);
    assert_eq!(left(), [""; 0]);
}

fn kill(child: Child) {
    signal(&child, Signal::KILL);
    finish(child);
}

/// Names that begin alike, the longest that may be, and somebody else's beside each.
#[test]
fn names_that_almost_match_are_nobody_elses() {
    let (long, longer) = ("z23456789-1234567890", "z23456789-123456789");
    let users = ["ann", "annb", "an", "zz", long, longer];
    let test = Test::with_manifest(&tiny(&users));
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    make_neighbour(&server);
    let neighbour = everything(&server);
    let own = |of: &[&str]| {
        let found = everything(&server);
        for (name, what) in &neighbour {
            assert_eq!(found.get(name), Some(what), "{name} was touched");
        }
        let mine: BTreeSet<String> = found.into_keys().filter(|name| !neighbour.contains_key(name)).collect();
        let expected = of.iter().flat_map(|user| {
            [
                "role U-role",
                "log-group /aws/vendedlogs/states/U-greet",
                "function U-greeter",
                "state-machine U-greet",
                "dashboard U-monitoring",
            ]
            .map(|name| name.replace('U', user))
        });
        assert_eq!(mine, expected.collect());
    };
    deploys(&test);
    own(&users);
    // One user's cleanup is that user's.
    test.expect(0, &["cleanup", "--user", "ann", "--user", longer]);
    own(&["annb", "an", "zz", long]);
    deploys(&test);
    test.write("lab-manifest.toml", &tiny(&["annb", "an", longer]));
    test.expect(0, &["cleanup", "--departed"]);
    own(&["annb", "an", longer]);
    test.expect(0, &["cleanup", "--orphans"]);
    own(&["annb", "an", longer]);
    test.write("lab-manifest.toml", &tiny(&["an"]));
    test.expect(0, &["cleanup", "--orphans"]);
    own(&["an"]);
    test.expect(0, &["cleanup", "--all"]);
    own(&[]);
}

/// The user's own names, taken by somebody: that user fails and the others go on; a cleanup touches none of it.
#[test]
fn things_of_somebody_in_the_way_stay_whatever_is_asked() {
    let test = Test::with_manifest(&tiny(&["zz", "ann-b"]));
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    make_neighbour(&server);
    let neighbour = everything(&server);
    let ran = test.expect(3, &["deploy", "--all"]);
    let mut told = String::new();
    let _ = write!(told, "{}{}", ran.stdout, ran.stderr);
    assert!(told.contains("does not carry labctl's tags"), "{told}");
    for arguments in
        [&["cleanup", "--all"][..], &["cleanup", "--departed"], &["cleanup", "--orphans"], &["cleanup", "--expired"]]
    {
        test.expect(0, arguments);
    }
    assert_eq!(everything(&server), neighbour);
}
