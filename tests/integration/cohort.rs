//! A class as a whole: who goes first, when it is stopped, who has left it, where its users are, and two labctl at once.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{MANIFEST, Ran, Test, finish, signal, wait_until};
use crate::server::Server;

/// The manifest with these users.
fn class(users: &[&str]) -> String {
    let head = MANIFEST.split("[[users]]").next().unwrap();
    users.iter().fold(head.to_owned(), |text, user| format!("{text}[[users]]\nname = \"{user}\"\n\n"))
}

/// A class of four in whose first users' way another lab stands.
fn obstructed(users: &[&str]) -> Test {
    let test = Test::with_manifest(&class(&["ann", "bob", "cid", "dan"]));
    test.write("other.toml", &class(users).replace("name = \"lab6\"", "name = \"lab7\""));
    test.expect(0, &["deploy", "--all", "--manifest", "other.toml"]);
    test
}

fn statuses(document: &Value) -> Vec<(&str, &str)> {
    let users = document["users"].as_array().unwrap().iter();
    users.map(|user| (user["user"].as_str().unwrap(), user["status"].as_str().unwrap())).collect()
}

#[test]
fn a_canary_that_fails_keeps_the_class_from_it() {
    let test = obstructed(&["ann"]);
    let ran = test.expect(1, &["deploy", "--all", "--canary", "1"]);
    ran.says(&[
        "stopped: the first user failed (`--canary 1`), so 3 users were not begun",
        "labctl deploy --only-failed",
    ]);
    assert!(ran.stdout.contains("(4 of 4 users not done, 3 not begun)"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("bob"), "who was not begun is told as a count: {}", ran.stderr);
    let document = test.json(1, &["deploy", "--all", "--canary", "2"]);
    // The second canary is well; the class was not deployed all the same.
    assert_eq!(statuses(&document), [("ann", "failed"), ("bob", "ok"), ("cid", "not-begun"), ("dan", "not-begun")]);
    let stopped = serde_json::json!({ "by": "canary", "limit": 2, "failed": 1, "not_begun": 2 });
    assert_eq!(document["stopped"], stopped);
    assert_eq!(document["summary"]["not_begun"], 42);

    test.expect(0, &["cleanup", "--all", "--manifest", "other.toml"]);
    let document = test.json(0, &["deploy", "--only-failed", "--canary", "1"]);
    assert_eq!(statuses(&document), [("ann", "ok"), ("cid", "ok"), ("dan", "ok")]);
    assert_eq!(document.get("stopped"), None);
    test.expect(0, &["deploy", "--only-failed"]).says(&["no user failed in the last run"]);
    assert!(test.expect(0, &["deploy", "--all", "--canary", "3"]).stdout.contains("No changes."));
}

#[test]
fn a_class_is_stopped_once_too_many_have_failed() {
    let test = obstructed(&["ann", "bob"]);
    let document = test.json(1, &["deploy", "--all", "--max-failures", "0"]);
    assert_eq!(
        statuses(&document),
        [("ann", "failed"), ("bob", "not-begun"), ("cid", "not-begun"), ("dan", "not-begun")]
    );
    // A quarter of four is one: the second failure is too many, and what is in flight ends.
    let ran = test.expect(1, &["deploy", "--all", "--max-failures", "25%"]);
    ran.says(&["stopped: 2 users failed and at most 1 may (`--max-failures`), so 2 users were not begun"]);
    assert_eq!(statuses(&test.json(1, &["deploy", "--only-failed", "--max-failures", "1"])).len(), 4);

    let document = test.json(3, &["deploy", "--all", "--max-failures", "2"]);
    assert_eq!(statuses(&document), [("ann", "failed"), ("bob", "failed"), ("cid", "ok"), ("dan", "ok")]);
    assert_eq!(document.get("stopped"), None, "nobody was left out");
    test.refuses(64, &["deploy", "--all", "--max-failures", "half"], &["`10%`"]);
    test.refuses(64, &["deploy", "--all", "--canary", "0"], &["'0'"]);
}

#[test]
fn who_has_left_the_manifest_is_shown_as_deletions() {
    let test = Test::with_manifest(&class(&["ann", "bob"]));
    test.expect(0, &["deploy", "--all"]);
    // Bob goes by another name now.
    test.write("lab-manifest.toml", &class(&["ann", "robert"]));
    let plain = test.expect(0, &["plan", "--all"]);
    plain.says(&["1 user has resources of this lab and no place in the manifest: `labctl plan --prune` shows them"]);
    assert!(!plain.stdout.contains("bob"), "{}", plain.stdout);

    let shown = test.expect(0, &["plan", "--all", "--prune"]).stdout;
    assert!(shown.contains("robert\n  + create role robert-lambda-role"), "{shown}");
    assert!(
        shown.contains("bob (not in the manifest any more)\n") && shown.contains("- delete role bob-lambda-role"),
        "{shown}"
    );
    assert!(
        shown.contains("21 resources of 1 user not in the manifest any more: `labctl cleanup --departed`"),
        "{shown}"
    );
    let document = test.json(0, &["plan", "--all", "--prune"]);
    assert_eq!((&document["summary"]["create"], &document["summary"]["delete"]), (&21.into(), &0.into()));
    let departed = document["departed"].as_array().unwrap();
    assert_eq!((departed.len(), &departed[0]["user"]), (1, &"bob".into()));
    let resources = departed[0]["resources"].as_array().unwrap();
    assert!(resources.len() == 21 && resources.iter().all(|resource| resource["action"] == "delete"));
    // Whoever is not chosen is not gone.
    assert_eq!(test.json(0, &["plan", "--user", "robert", "--prune"])["departed"].as_array().unwrap().len(), 1);

    test.expect(0, &["deploy", "--all"]);
    let codes = ["plan", "--all", "--detailed-exitcode"];
    test.expect(0, &codes);
    test.expect(2, &[&codes[..], &["--prune"]].concat());
    test.expect(0, &["cleanup", "--departed"]);
    let ran = test.expect(0, &[&codes[..], &["--prune"]].concat());
    assert_eq!(ran.stdout, "No changes.\nNobody else has anything of this lab.\n");
}

/// A server of an account of its own, in a folder of its own.
fn account(number: &str) -> (Server, Test) {
    let target = format!("[target]\naccount_id = \"{number}\"");
    let home = Test::with_manifest(&MANIFEST.replace("[target]", &target));
    (Server::start(&home, &[]), home)
}

/// Profiles with the keys of these servers, as the AWS tools keep them.
fn profiles(test: &Test, servers: &[(&str, &Server)]) {
    let profile = |(name, server): &(&str, &Server)| {
        format!(
            "[{name}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            server.access_key_id, server.secret_access_key
        )
    };
    test.write(".aws/credentials", &servers.iter().map(profile).collect::<String>());
}

/// Users with further fields.
fn scattered(users: &[(&str, &str)]) -> String {
    let head = MANIFEST.split("[[users]]").next().unwrap();
    users.iter().fold(head.to_owned(), |text, (user, fields)| format!("{text}[[users]]\nname = \"{user}\"\n{fields}\n"))
}

#[test]
fn accounts_and_regions_are_served_in_one_run() {
    let test = Test::empty();
    let ((one, _one), (two, _two)) = (account("111111111111"), account("222222222222"));
    profiles(&test, &[("one", &one), ("two", &two)]);
    let at = |server: &Server, profile: &str, region: &str, guard: &str| {
        format!(
            "endpoint_url = \"{}\"\nprofile = \"{profile}\"\nregion = \"{region}\"\naccount_id = \"{guard}\"\n",
            server.url
        )
    };
    let (ann, bob) = (at(&one, "one", "us-east-1", "111111111111"), at(&one, "one", "eu-west-1", "111111111111"));
    let cid = at(&two, "two", "us-east-1", "222222222222");
    test.write("lab-manifest.toml", &scattered(&[("ann", &ann), ("bob", &bob), ("cid", &cid)]));
    let document = test.json(0, &["deploy", "--all"]);
    assert_eq!(document["summary"]["created"], 63, "{document:#}");
    for (number, place) in
        ["us-east-1:111111111111", "eu-west-1:111111111111", "us-east-1:222222222222"].iter().enumerate()
    {
        let resources = document["users"][number]["resources"].as_array().unwrap().iter();
        let functions: Vec<_> = resources.filter(|resource| resource["kind"] == "function").collect();
        assert_eq!(functions.len(), 6);
        for function in functions {
            assert!(function["arn"].as_str().unwrap().contains(place), "{function}");
        }
    }
    assert_eq!(test.expect(0, &["plan", "--all"]).stdout, "No changes.\n");
    // Roles and dashboards are seen from every region, and everybody is where the manifest says.
    assert_eq!(test.json(0, &["cleanup", "--orphans"])["summary"]["deleted"], 0);

    // A guard that does not hold for one of them: nothing is touched, for nobody.
    let wrong = cid.replace("account_id = \"222222222222\"", "account_id = \"333333333333\"");
    test.write("wrong.toml", &scattered(&[("ann", &ann), ("cid", &wrong), ("eve", &ann)]));
    let ran = test.expect(77, &["deploy", "--all", "--manifest", "wrong.toml"]);
    ran.says(&["wrong account", "`333333333333` for `cid`", "`222222222222`", "nothing was touched"]);
    assert!(!one.send("lambda", ("GET", "/2015-03-31/functions/"), &[], b"").contains("eve-"));

    // Bob moves. What is the account's goes with him, what is the region's stays behind until it is asked for.
    test.write("lab-manifest.toml", &scattered(&[("ann", &bob), ("bob", &ann), ("cid", &cid)]));
    test.expect(0, &["deploy", "--all"]);
    let orphans = test.json(0, &["cleanup", "--orphans"]);
    assert_eq!((&orphans["summary"]["deleted"], &orphans["summary"]["residue"]), (&(2 * 18).into(), &0.into()));
    assert_eq!(test.expect(0, &["plan", "--all"]).stdout, "No changes.\n");
    // Whoever leaves is found in both accounts, and what both regions show is counted once.
    test.write("lab-manifest.toml", &scattered(&[("ann", &ann), ("eve", &cid), ("fay", &bob)]));
    let departed = test.json(0, &["plan", "--all", "--prune"])["departed"].clone();
    let departed = departed.as_array().unwrap().iter();
    let count: usize = departed.map(|user| user["resources"].as_array().unwrap().len()).sum();
    assert_eq!(count, 42);
    assert_eq!(test.json(0, &["cleanup", "--departed"])["summary"]["deleted"], 42);
}

#[test]
fn a_class_of_many_accounts_is_rehearsed_in_the_one_on_this_machine() {
    let users = [("ann", "account_id = \"111111111111\""), ("bob", "account_id = \"222222222222\"")];
    let test = Test::with_manifest(&scattered(&users));
    assert_eq!(test.json(0, &["deploy", "--all"])["summary"]["created"], 42);
    assert_eq!(test.json(0, &["cleanup", "--all"])["summary"]["residue"], 0);
}

/// A class and a slow server that its commands go to.
fn slowly(users: &[&str], latency_ms: u64) -> (Server, Test) {
    let test = Test::with_manifest(&class(users));
    test.write("faults.toml", &format!("latency_ms = {latency_ms}\n"));
    let server = Server::start(&test, &["--faults", "faults.toml"]);
    let test = server.reached_by(test);
    (server, test)
}

/// Waits until a run has told something of this type, in the journal of its folder.
fn wait_for(folder: &Path, kind: &str) {
    let needle = format!("\"type\":\"{kind}\"");
    let journal = folder.join("out/journal.jsonl");
    wait_until(&format!("{kind} is told"), || {
        std::fs::read_to_string(&journal).is_ok_and(|text| text.contains(&needle))
    });
}

#[test]
fn a_second_deploy_of_a_user_says_who_holds_it() {
    let (_server, test) = slowly(&["ann", "bob"], 300);
    let first = test.spawn(&["deploy", "--user", "ann"]);
    wait_for(test.folder(), "change-started");
    for arguments in [&["deploy", "--all"][..], &["cleanup", "--user", "ann"]] {
        let ran = test.expect(1, arguments);
        let holder = format!("process {} on", first.id());
        ran.says(&[
            "the command `labctl deploy --user ann` (process",
            "is at work on the lab of `ann`",
            &holder,
            "nothing was touched",
            "next: wait",
        ]);
    }
    // Who only looks, and who is about somebody else, is not held up.
    test.expect(0, &["plan", "--all"]);
    test.expect(0, &["deploy", "--user", "bob"]);
    let ran = finish(first);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(test.path("out/locks")).unwrap().count(), 0);
    // Each run speaks for its own users.
    test.expect(0, &["deploy", "--only-failed"]).says(&["no user failed in the last run"]);
    assert_eq!(test.expect(0, &["plan", "--all"]).stdout, "No changes.\n");
}

#[test]
fn a_lock_dies_with_its_holder() {
    let (_server, test) = slowly(&["ann"], 60);
    let first = test.spawn(&["deploy"]);
    wait_for(test.folder(), "change-started");
    signal(&first, Signal::KILL);
    finish(first);
    assert_eq!(std::fs::read_dir(test.path("out/locks")).unwrap().count(), 1, "a file that nobody holds");
    test.expect(0, &["deploy"]);
    assert_eq!(std::fs::read_dir(test.path("out/locks")).unwrap().count(), 0);
    assert_eq!(test.json(0, &["cleanup"])["summary"]["residue"], 0);
}

#[test]
fn who_waits_for_the_endpoint_on_this_machine_is_told_for_whom() {
    let test = Test::new();
    test.write("faults.toml", "latency_ms = 400\n");
    let first = test.spawn(&["deploy", "--faults", "faults.toml"]);
    wait_for(test.folder(), "change-started");
    let ran = test.expect(0, &["plan"]);
    let holder = format!("which is in use by `labctl deploy --faults faults.toml` (process {} on", first.id());
    ran.says(&["waiting for the local endpoint", &holder]);
    is_well(&finish(first));
}

/// How often each name is there.
fn functions(server: &Server) -> usize {
    server.send("lambda", ("GET", "/2015-03-31/functions/"), &[], b"").matches("\"FunctionName\"").count()
}

fn is_well(ran: &Ran) {
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn two_deploys_from_two_places_end_as_one() {
    let users = ["ann", "bob", "cid"];
    let (server, one) = slowly(&users, 60);
    let two = server.reached_by(Test::with_manifest(&class(&users)));
    let first = one.spawn(&["deploy", "--all"]);
    let second = two.spawn(&["deploy", "--all"]);
    is_well(&finish(first));
    is_well(&finish(second));
    for test in [&one, &two] {
        assert_eq!(test.json(0, &["plan", "--all"])["summary"]["unchanged"], 63);
    }
    assert_eq!(functions(&server), 18, "nothing is there twice");
    let first = one.spawn(&["cleanup", "--all"]);
    let second = two.spawn(&["cleanup", "--all"]);
    is_well(&finish(first));
    is_well(&finish(second));
    assert_eq!(functions(&server), 0);
}

#[test]
fn a_cleanup_during_a_deploy_of_another_place_does_no_harm() {
    let users = ["ann", "bob"];
    let (server, one) = slowly(&users, 60);
    let two = server.reached_by(Test::with_manifest(&class(&users)));
    let deploy = one.spawn(&["deploy", "--all"]);
    wait_for(one.folder(), "change-succeeded");
    let cleanup = two.run(&["cleanup", "--all"]);
    let deploy = finish(deploy);
    // Who comes first is chance; that both come to an end with an honest word is not.
    assert!([0, 5].contains(&cleanup.code), "{}{}", cleanup.stdout, cleanup.stderr);
    assert!([0, 1, 3].contains(&deploy.code), "{}{}", deploy.stdout, deploy.stderr);
    is_well(&one.run(&["deploy", "--all"]));
    assert_eq!(one.json(0, &["plan", "--all"])["summary"]["unchanged"], 42);
    assert_eq!(two.json(0, &["cleanup", "--all"])["summary"]["residue"], 0);
    assert_eq!(functions(&server), 0);
}

/// A Security Token Service that gives each role keys of its account and keeps what it was asked. It ends with the test's process.
fn token_service() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let (mut head, mut line) = (String::new(), String::new());
            while reader.read_line(&mut line).unwrap() > 2 {
                head.push_str(&std::mem::take(&mut line).to_lowercase());
            }
            let length =
                head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
            let mut body = vec![0; length.unwrap_or_default()];
            reader.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap();
            let answer = token_answer(&head, &body);
            keep.lock().unwrap().push(body);
            let length = answer.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, asked)
}

fn token_answer(head: &str, body: &str) -> String {
    let after = |text: &str, mark: &str| text.split(mark).nth(1).unwrap()[..12].to_owned();
    if body.contains("Action=AssumeRole&") {
        let account = after(body, "iam%3A%3A");
        return format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{account}</AccessKeyId>\
             <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
             <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        );
    }
    let account = after(head, "credential=asia");
    format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::{account}:assumed-role/instructor/labctl</Arn>\
         <UserId>AROA:labctl</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
}

#[test]
fn each_user_has_a_role_with_its_external_id_and_its_guard() {
    let (url, asked) = token_service();
    let role = |account: &str, guard: &str, secret: &str| {
        format!(
            "kind = \"aws\"\nrole_arn = \"arn:aws:iam::{account}:role/instructor\"\nexternal_id = \"{secret}\"\n\
             account_id = \"{guard}\"\n"
        )
    };
    let (ann, bob) = ("111111111111", "222222222222");
    let users = [("ann", role(ann, ann, "of-ann")), ("bob", role(bob, "333333333333", "of-bob"))];
    let users: Vec<_> = users.iter().map(|(name, fields)| (*name, fields.as_str())).collect();
    let test = Test::with_manifest(&scattered(&users))
        .env("AWS_ENDPOINT_URL", &url)
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    let ran = test.refuses(
        77,
        &["deploy", "--all"],
        &["wrong account", "`333333333333` for `bob`", "assumed-role/instructor"],
    );
    assert!(ran.stderr.contains("belong to account `222222222222`; nothing was touched"), "{}", ran.stderr);
    let asked = asked.lock().unwrap();
    let has = |parts: &[&str]| asked.iter().any(|body| parts.iter().all(|part| body.contains(part)));
    assert!(has(&["Action=AssumeRole&", ann, "ExternalId=of-ann"]), "{asked:?}");
    assert!(has(&["Action=AssumeRole&", bob, "ExternalId=of-bob"]), "{asked:?}");
    let sent = asked.iter().filter(|body| !body.contains("Action=AssumeRole&"));
    assert!(sent.clone().count() == 2 && sent.clone().all(|body| body.contains("GetCallerIdentity")), "{asked:?}");
}
