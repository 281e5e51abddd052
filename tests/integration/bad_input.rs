//! What goes wrong before and around the main job: each a clear error, the right exit code, nothing half-written.

use std::fs;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{MANIFEST, Ran, Test, finish, wait_until};
use crate::server::Server;

const CALLBACK: &str = "templates/step-functions/asl/callback-workflow.asl.json.hbs";
const POLICY: &str = "templates/step-functions/iam/stepfunctions.least-privilege.json.hbs";
const VALIDATOR: &str = "templates/step-functions/lambda/realtime_validator.py";
const PACK: &str = "templates/step-functions/pack.toml";

/// The commands that read a manifest and might touch something.
const COMMANDS: [&str; 6] = ["validate", "render", "plan", "deploy", "cleanup", "rehearse"];

/// A manifest whose users are these.
fn with_users(names: &[&str]) -> Test {
    let (head, _) = MANIFEST.split_once("[[users]]").unwrap();
    let users: Vec<_> = names.iter().map(|name| format!("[[users]]\nname = {}\n", toml_string(name))).collect();
    Test::with_manifest(&format!("{head}{}", users.concat()))
}

fn toml_string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A manifest whose users stand in a roster.
fn with_roster(file: &str) -> Test {
    let (head, _) = MANIFEST.split_once("[[users]]").unwrap();
    Test::with_manifest(&format!("{head}[roster]\nfile = \"{file}\"\n"))
}

/// Where a text stands in a file, as findings name it.
fn place(test: &Test, file: &str, word: &str) -> String {
    let content = test.read(file);
    let (before, _) = content.split_once(word).unwrap();
    let line = before.lines().count().max(1) + usize::from(before.ends_with('\n'));
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
    format!("{file}:{line}:{column}")
}

/// A pack with one mistake is refused by every command that would use it, at the same place.
fn refused_pack(test: &Test, words: &[&str]) {
    for command in ["validate", "render", "plan", "deploy", "rehearse"] {
        test.refuses(64, &[command], words);
    }
    let document = test.json(64, &["deploy"]);
    let finding = &document["findings"][0];
    let place = format!("{}:{}:{}", finding["file"].as_str().unwrap(), finding["line"], finding["column"]);
    assert!(words.iter().any(|word| word.contains(&place)), "{place} is not in {words:?}");
}

#[test]
fn a_missing_manifest() {
    let test = Test::empty();
    for command in COMMANDS {
        test.refuses(64, &[command], &["cannot read `lab-manifest.toml`: no such file", "`labctl init`"]);
    }
    assert!(test.files().is_empty());
    assert!(!test.path("out").exists());
}

#[test]
fn a_manifest_that_is_no_toml() {
    let test = Test::with_manifest("[lab\npack = 3");
    for command in COMMANDS {
        test.refuses(64, &[command], &["this is not TOML", "[lab-manifest.toml:1:5]", "check the quotes"]);
    }
    assert!(!test.path("out").exists());
}

#[test]
fn values_of_a_wrong_type_and_unknown_keys_are_told_together() {
    let test = Test::with_manifest(
        "[lab]\npack = \"step-functions\"\nname = 3\nexpire = 2026-12-20\n[targt]\n[settings]\nmemory_mib = \"big\"\n\
         [[users]]\nname = \"user3\"\n",
    );
    let ran = test.refuses(
        64,
        &["deploy"],
        &[
            "`lab.name` is a whole number, where text is expected",
            "write it in quotes: `\"3\"`",
            "unknown key `expire` in `lab`",
            "did you mean `expires`?",
            "unknown key `targt`",
            "did you mean `target`?",
            "[lab-manifest.toml:7:14]",
            "4 errors",
        ],
    );
    assert_eq!(ran.stdout, "");
    assert!(!test.path("out").exists());
}

#[test]
fn hostile_user_names() {
    for (name, why) in [
        ("../../etc", "has `.`; only `a-z`, `0-9` and `-` are allowed"),
        ("/etc/passwd", "has `/`"),
        ("a b", "has ` `"),
        ("😀", "has `😀`"),
        ("-x", "does not start with a letter"),
        ("x-", "ends with a dash"),
        ("9lives", "does not start with a letter"),
        ("abcdefghijklmnopqrstu", "has 21 characters; at most 20 are allowed"),
        ("Ann", "has `A`"),
        ("a'b", "has `'`"),
        ("a\"b", "has `\"`"),
        ("{{user}}", "has `{`"),
        ("a\u{1b}[31m", "has `\\u{1b}`"),
        ("", "is empty"),
    ] {
        let test = with_users(&[name]);
        for command in ["validate", "render", "deploy"] {
            let ran = test.refuses(64, &[command], &[why, "[lab-manifest.toml:15:8]", "not a user name"]);
            assert!(!ran.stderr.contains('\u{1b}'), "a name steers the terminal: {:?}", ran.stderr);
        }
        assert!(!test.path("out").exists(), "{name}");
    }
}

#[test]
fn names_that_collide() {
    with_users(&["ann", "ann-b"]).refuses(
        64,
        &["deploy", "--all"],
        &["user `ann-b` is user `ann` plus a dash", "for example `annb`"],
    );
    with_users(&["ann", "ANN"]).refuses(
        64,
        &["deploy", "--all"],
        &["users `ann` and `ANN` are the same when case is ignored", "remove one of the two"],
    );
}

#[test]
fn a_user_who_is_not_in_the_manifest() {
    let test = Test::new();
    test.refuses(64, &["deploy", "--user", "user4"], &["`user4`", "next: "]);
    test.refuses(64, &["deploy", "--user", "../../etc"], &["../../etc", "next: "]);
}

#[test]
fn a_template_that_is_no_handlebars() {
    let test = Test::with_templates();
    test.edit(CALLBACK, "{{partition}}", "{{#if partition}}");
    refused_pack(
        &test,
        &["`{{#if}}` is not closed by `{{/if}}`", &place(&test, CALLBACK, "{{#if partition}}"), "help: "],
    );
}

#[test]
fn a_template_with_a_variable_that_is_not_there() {
    let test = Test::with_templates();
    test.edit(CALLBACK, "{{partition}}", "{{partitoin}}");
    refused_pack(
        &test,
        &["`partitoin` is not defined", &place(&test, CALLBACK, "partitoin"), "did you mean `partition`?"],
    );
}

#[test]
fn a_definition_that_step_functions_would_refuse() {
    let test = Test::with_templates();
    test.edit(CALLBACK, "\"StartAt\": \"StartLongRunningTask\"", "\"StartAt\": \"Nowhere\"");
    refused_pack(&test, &["Nowhere", "MISSING_TRANSITION_TARGET", &place(&test, CALLBACK, "\"Nowhere\"")]);
}

#[test]
fn a_definition_that_is_no_json() {
    let test = Test::with_templates();
    test.edit(CALLBACK, "\"StartAt\": \"StartLongRunningTask\",", "\"StartAt\": \"StartLongRunningTask\"");
    refused_pack(&test, &["the result is not JSON", &place(&test, CALLBACK, "\"States\""), "missing comma"]);
}

#[test]
fn a_policy_that_iam_would_refuse() {
    let test = Test::with_templates();
    test.edit(POLICY, "\"Effect\": \"Allow\"", "\"Efect\": \"Allow\"");
    refused_pack(
        &test,
        &["`Efect` means nothing in a policy", &place(&test, POLICY, "\"Allow\""), "did you mean `Effect`?"],
    );
}

#[test]
fn a_handler_that_is_not_there() {
    let test = Test::with_templates();
    test.edit(VALIDATOR, "def lambda_handler", "def handler");
    let at = place(&test, PACK, "realtime_validator.lambda_handler\"");
    let why = "`realtime_validator.py` has no `lambda_handler`";
    refused_pack(&test, &[why, &at, "def lambda_handler(event, context)"]);
    let test = Test::with_templates();
    fs::remove_file(test.path(VALIDATOR)).unwrap();
    let at = place(&test, PACK, "\"lambda/realtime_validator.py\"");
    refused_pack(&test, &["the pack has no file `lambda/realtime_validator.py`", &at]);
}

#[test]
fn a_package_that_is_too_large() {
    let test = Test::with_templates();
    // Noise does not compress: SplitMix64's increments.
    let mut noise = Vec::with_capacity(51 * 1024 * 1024);
    let mut state = 1_u64;
    while noise.len() < 51 * 1024 * 1024 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.extend_from_slice(&(state ^ (state >> 29)).to_le_bytes());
    }
    let handler = test.read(VALIDATOR);
    fs::remove_file(test.path(VALIDATOR)).unwrap();
    let folder = VALIDATOR.trim_end_matches(".py");
    test.write(&format!("{folder}/realtime_validator.py"), &handler);
    fs::write(test.path(&format!("{folder}/model.bin")), noise).unwrap();
    test.edit(PACK, "source = \"lambda/realtime_validator.py\"", "source = \"lambda/realtime_validator\"");
    let words = ["the package of `lambda/realtime_validator` is too large", "Lambda takes 50 MiB", PACK, "leave out"];
    let ran = test.expect(64, &["deploy"]);
    ran.says(&words);
    assert!(!test.path("out/user3").exists());
}

#[test]
fn an_unreadable_roster() {
    with_roster("students.csv").refuses(
        64,
        &["deploy", "--all"],
        &["cannot read `students.csv`: no such file", "[lab-manifest.toml:15:8]", "relative to the manifest"],
    );
    let test = with_roster("students.csv");
    fs::create_dir(test.path("students.csv")).unwrap();
    test.refuses(64, &["deploy", "--all"], &["cannot read `students.csv`: it is a folder"]);
    let test = with_roster("students.csv");
    fs::write(test.path("students.csv"), b"name\n\xff\xfe\n").unwrap();
    test.refuses(
        64,
        &["deploy", "--all"],
        &["`students.csv` is not text in UTF-8", "[students.csv:2:1]", "save it again"],
    );
    let test = with_roster("students.csv");
    test.write("students.csv", "student\nann\n");
    test.refuses(64, &["deploy", "--all"], &["the first line has no column `name`", "[students.csv:1:1]"]);
    let test = with_roster("students.csv");
    test.write("students.csv", "name\nann\nbob,eu-west-1\n");
    test.refuses(64, &["deploy", "--all"], &["students.csv:3:"]);
    // Permissions do not bind root, who may run these tests.
    if !rustix::process::geteuid().is_root() {
        let test = with_roster("students.csv");
        test.write("students.csv", "name\nann\n");
        set_mode(&test, "students.csv", 0o000);
        test.expect(64, &["deploy", "--all"]).says(&["cannot read `students.csv`: ", "[lab-manifest.toml:15:8]"]);
    }
}

#[test]
fn a_wrong_account() {
    let test =
        Test::with_manifest(&MANIFEST.replace("kind = \"local\"", "kind = \"aws\"\naccount_id = \"123456789012\""));
    let elsewhere = Test::empty();
    let server = Server::start(&elsewhere, &[]);
    let test = server.reached_by(test);
    for command in ["plan", "deploy", "status", "test", "bulk-test", "cleanup", "rehearse"] {
        test.refuses(
            77,
            &[command],
            &["wrong account", "`123456789012`", "`000000000000`", "nothing was touched", "`target.account_id`"],
        );
    }
    let roles = server.send(
        "iam",
        ("POST", "/"),
        &[("content-type", "application/x-www-form-urlencoded")],
        b"Action=ListRoles&Version=2010-05-08",
    );
    assert!(!roles.contains("user3"), "{roles}");
    assert!(!test.path("out/user3").exists());
}

#[test]
fn an_unreachable_endpoint() {
    // A port that was free a moment ago, and that nobody listens on now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let test = Test::new().env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    for command in ["deploy", "cleanup"] {
        let said = format!("cannot reach `{url}`");
        test.refuses(1, &[command, "--endpoint-url", &url], &[&said, "check that the endpoint runs"]);
    }
    test.refuses(64, &["deploy", "--endpoint-url", "nonsense"], &["`--endpoint-url nonsense`", "http://127.0.0.1"]);
}

#[test]
fn refused_credentials() {
    let elsewhere = Test::empty();
    let server = Server::start(&elsewhere, &[]);
    let test = server.reached_by(Test::new()).env("AWS_SECRET_ACCESS_KEY", "wrong");
    test.refuses(77, &["deploy"], &["SignatureDoesNotMatch", "next: refresh or choose credentials"]);
    let test = server.reached_by(Test::new()).env("AWS_ACCESS_KEY_ID", "AKIAWRONG");
    let ran = test.refuses(77, &["cleanup"], &["InvalidClientTokenId", "next: refresh or choose credentials"]);
    assert!(!ran.stderr.contains(&server.secret_access_key));
    let test = Test::new().env("AWS_ENDPOINT_URL", &server.url);
    test.refuses(77, &["deploy"], &["no AWS credentials were found", "AWS_ACCESS_KEY_ID", "next: "]);
}

#[test]
fn an_out_that_cannot_be_written() {
    let test = Test::new();
    test.write("out", "a file of the instructor's");
    for command in ["render", "deploy", "plan"] {
        test.refuses(1, &[command], &["`out", "next: ", "choose another with `--out DIR`"]);
        test.refuses(1, &[command, "--out", "out/below"], &["`out/below", "not a directory", "`--out DIR`"]);
    }
    assert_eq!(test.read("out"), "a file of the instructor's");
    if !rustix::process::geteuid().is_root() {
        let test = Test::new();
        fs::create_dir(test.path("out")).unwrap();
        set_mode(&test, "out", 0o555);
        for command in ["render", "deploy"] {
            test.refuses(1, &[command], &["permission denied", "`--out DIR`"]);
        }
    }
}

#[test]
fn a_link_in_out_is_not_followed() {
    let test = Test::new();
    test.write("elsewhere/keep.txt", "kept");
    fs::create_dir(test.path("out")).unwrap();
    std::os::unix::fs::symlink(test.path("elsewhere"), test.path("out/user3")).unwrap();
    let ran = test.expect(1, &["render"]);
    ran.says(&["`out/user3` is not a folder", "follows no links", "next: remove it"]);
    assert_eq!(fs::read_dir(test.path("elsewhere")).unwrap().count(), 1);
}

/// Runs a command whose files may not grow beyond some blocks of 512 bytes: writes fail as on a full disk.
fn cramped(test: &Test, blocks: u32, arguments: &str) -> Ran {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {arguments}", env!("CARGO_BIN_EXE_labctl"));
    Command::new("sh").args(["-c", &script]).current_dir(test.folder()).output().unwrap().into()
}

#[test]
fn a_full_disk() {
    let test = Test::new();
    let ran = test.expect(1, &["deploy", "--events", "/dev/full"]);
    ran.says(&["cannot write `/dev/full`: no space left on device", "free some space", "`--events FILE`"]);
    test.expect(0, &["cleanup"]);
    let ran: Ran = test.command(&["plan", "--json"]).stdout(full()).output().unwrap().into();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    ran.says(&["cannot write the output: no space left on device", "next: "]);

    let test = Test::new();
    let ran = cramped(&test, 1, "render");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    ran.says(&["cannot write `out/user3/", "next: "]);
    assert_whole(&test);
    test.expect(0, &["render"]);

    let test = Test::new();
    let ran = cramped(&test, 64, "deploy");
    assert!(ran.code == 1, "{} {}", ran.code, ran.stderr);
    ran.says(&["store", "next: "]);
    assert_whole(&test);
    test.expect(0, &["deploy"]);
    test.expect(0, &["plan", "--detailed-exitcode"]);
    assert_eq!(test.json(0, &["cleanup"])["summary"]["residue"], 0);
}

fn full() -> fs::File {
    fs::OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// No temporary file is left, and every rendered file is the file that a run without trouble writes.
fn assert_whole(test: &Test) {
    let right = Test::new();
    right.expect(0, &["render"]);
    let right = right.files();
    for (name, bytes) in test.files().iter().filter(|(name, _)| name.starts_with("out/")) {
        assert!(right.get(name) == Some(bytes), "{name} is half-written or should not be there");
    }
}

#[test]
fn a_port_in_use() {
    let test = Test::empty();
    let server = Server::start(&test, &[]);
    let port = server.port();
    let words = [&*format!("port `{port}` on 127.0.0.1 is in use by another program"), "`--port 0` takes any free one"];
    test.expect(1, &["local", "serve", "--port", port, "--store", "second"]).says(&words);
    assert!(!test.path("second").exists());
    let words = ["the store `served` is in use by process", "next: stop that process"];
    test.expect(1, &["local", "serve", "--store", "served"]).says(&words);
}

#[test]
fn a_missing_python3() {
    let test = Test::new();
    fs::create_dir(test.path("empty")).unwrap();
    let empty = test.path("empty").display().to_string();
    let without = |arguments: &[&str]| -> Ran { test.command(arguments).env("PATH", &empty).output().unwrap().into() };
    let words = ["no `python3` on the PATH", "install Python 3.9 or later", "`--target aws`"];
    let ran = without(&["rehearse"]);
    assert_eq!(ran.code, 1);
    ran.says(&words);
    assert!(!ran.stderr.contains("changes"), "nothing is deployed for a rehearsal that cannot run: {}", ran.stderr);
    let ran = without(&["deploy"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for command in ["test", "bulk-test"] {
        let ran = without(&[command]);
        assert_eq!(ran.code, 1);
        ran.says(&words);
    }
    let doctor = without(&["doctor"]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.stdout.contains("python3: not on the PATH"), "{}", doctor.stdout);
    assert_eq!(without(&["cleanup"]).code, 0);
}

#[test]
fn a_handler_that_dies() {
    let test = Test::with_templates();
    test.edit("lab-manifest.toml", "[settings]", "[settings]\nrealtime_timeout_seconds = 1");
    for (body, error) in [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Runtime.ExitError"),
        ("import os; os._exit(3)", "exit status 3"),
        ("import sys; sys.exit(1)", "Runtime.ExitError"),
        ("while True: pass", "Task timed out after 1.00 seconds"),
        ("x = 'a' * (1 << 36)", "Runtime.OutOfMemory"),
        ("return {1, 2}", "Runtime.MarshalError"),
        ("raise KeyError('item')", "KeyError"),
    ] {
        test.write(VALIDATOR, &format!("def lambda_handler(event, context):\n    {body}\n"));
        test.expect(0, &["deploy"]);
        let tested = test.json(4, &["test", "--scenario", "express-purchase"]);
        let scenario = &tested["scenarios"][0];
        assert_eq!(scenario["actual"]["status"], "FAILED", "{body}: {scenario:#}");
        assert!(scenario.to_string().contains(error), "{body}: {scenario:#}");
    }
    // What no Python reads is told before anything is deployed.
    let ours = test.read(VALIDATOR);
    test.write(VALIDATOR, "def lambda_handler(event, context):\n    syntax(\n");
    test.expect(64, &["deploy"]).says(&["realtime_validator.py:3:1", "is not Python", "Runtime.UserCodeSyntaxError"]);
    test.write(VALIDATOR, &ours);
    // One dead handler harms no other: the orders' handlers go on.
    let tested = test.json(0, &["test", "--scenario", "valid-order"]);
    assert_eq!(tested["summary"]["failed"], 0);
    test.expect(0, &["cleanup"]);
}

#[test]
fn a_handler_that_is_killed_from_outside() {
    let test = Test::with_templates();
    // A handler reaches nothing of the test's: it is found by a child that no other test has.
    let seconds = format!("3600.{}", std::process::id());
    let body = format!("import subprocess, time\n    subprocess.Popen(['sleep', '{seconds}'])\n    time.sleep(10)");
    test.write(VALIDATOR, &format!("def lambda_handler(event, context):\n    {body}\n"));
    test.expect(0, &["deploy"]);
    let testing = test.spawn(&["test", "--scenario", "express-purchase", "--json"]);
    let mut handler = None;
    wait_until("the handler runs", || {
        handler = parent_of("sleep", &seconds);
        handler.is_some()
    });
    kill_process(handler.unwrap(), Signal::KILL).unwrap();
    let ran = finish(testing);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let scenario = &document["scenarios"][0];
    assert_eq!(scenario["actual"]["status"], "FAILED");
    assert!(scenario.to_string().contains("Runtime.ExitError"), "{scenario:#}");
    test.expect(0, &["cleanup"]);
}

/// The parent of the process that runs a program with one argument.
fn parent_of(program: &str, argument: &str) -> Option<Pid> {
    let line = format!("{program}\0{argument}\0");
    let mut processes = fs::read_dir("/proc").unwrap().flatten();
    let child = processes.find(|it| fs::read_to_string(it.path().join("cmdline")).is_ok_and(|found| found == line))?;
    let status = fs::read_to_string(child.path().join("status")).ok()?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    Pid::from_raw(parent.trim().parse().ok()?)
}

fn set_mode(test: &Test, name: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(test.path(name), fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_quota_or_fault_file_that_is_wrong_says_what_it_should_hold() {
    let test = Test::new();
    for (option, text, words) in [
        ("--quotas", r#"{"states:CreateStateMachine": 5}"#, ["`states:CreateStateMachine` is `5`", "\"burst\": 100"]),
        ("--quotas", "[1]", ["a list, where there must be a table", "docs/endpoints.md"]),
        ("--faults", "[1]", ["a list, where there must be a table", "docs/endpoints.md"]),
        ("--faults", r#"{"error_rate": "x"}"#, ["there must be a number", "docs/endpoints.md"]),
        ("--faults", r#"{"rules": [5]}"#, ["there must be a rule", "\"operation\""]),
    ] {
        test.write("hard.json", text);
        let ran = test.refuses(64, &["plan", option, "hard.json"], &words);
        for rust in ["struct", "f64", "u64"] {
            assert!(!ran.stderr.contains(rust), "{}", ran.stderr);
        }
    }
}
