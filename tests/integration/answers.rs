//! Something answers in the services' place, with a good status: nothing is taken for gone, nor for made.

use crate::account::everything;
use crate::harness::Test;
use crate::kill_points::tiny;
use crate::proxy::{Lie, Proxy, When};
use crate::server::Server;

/// What a proxy or a sign-in page might take for itself: lists, reads and the tag index, but not who the caller is.
const READS: &[&str] = &[
    "ListStateMachines",
    "DescribeStateMachine",
    "DescribeLogGroups",
    "GetResources",
    "ListTagsForResource",
    "GET /2015-03-31/functions",
    "ListDashboards",
    "GetDashboard",
    "ListRoles",
    "GetRole",
    "GetAccountAuthorizationDetails",
];

const LIES: [Lie; 5] = [
    Lie { when: When::Before, times: usize::MAX, operations: READS, head: "200 OK", body: "" },
    Lie { when: When::Before, times: usize::MAX, operations: READS, head: "200 OK", body: "{}" },
    Lie { when: When::Before, times: usize::MAX, operations: READS, head: "200 OK", body: "{\"stateMachines\":[" },
    Lie {
        when: When::Before,
        times: usize::MAX,
        operations: READS,
        head: "200 OK",
        body: "<html><title>Guest network</title></html>",
    },
    Lie {
        when: When::Before,
        times: usize::MAX,
        operations: READS,
        head: "404 Not Found",
        body: "<html><title>No such page</title></html>",
    },
];

#[test]
fn nothing_is_taken_for_gone_on_an_answer_that_says_nothing() {
    let test = Test::with_manifest(&tiny(&["ann"]));
    let proxy = Proxy::start(Server::start(&test, &[]));
    let run = |arguments: &[&str]| proxy.run(&test, arguments, None).0;
    assert_eq!(run(&["deploy"]).code, 0);
    let there = everything(&proxy.server());
    for lie in LIES {
        for (command, code) in [("status", 1), ("plan", 1), ("cleanup", 5), ("deploy", 1)] {
            proxy.lies(Some(lie.clone()));
            let ran = run(&[command]);
            assert_eq!(ran.code, code, "{command} {lie:?}: {}{}", ran.stdout, ran.stderr);
            let told = ran.stderr.replace('\n', " ");
            let status = lie.head.split(' ').next().unwrap();
            assert!(told.contains(&format!("`{}` answered HTTP {status}", proxy.url)), "{command} {lie:?}: {told}");
            assert!(READS.iter().any(|operation| told.contains(operation)) || told.contains("Function"), "{told}");
            assert!(told.contains("something answers in the service's place"), "{told}");
            assert!(!ran.stdout.contains("absent") && !ran.stdout.contains("already gone"), "{}", ran.stdout);
        }
        assert_eq!(everything(&proxy.server()), there, "{lie:?}");
    }
    proxy.lies(None);
    let ran = run(&["cleanup"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_sign_in_page_before_everything_is_told_in_plain_words() {
    let test = Test::with_manifest(&tiny(&["ann"]));
    let proxy = Proxy::start(Server::start(&test, &[]));
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    for (command, code) in [("status", 1), ("deploy", 1), ("cleanup", 5)] {
        proxy.lies(Some(Lie {
            when: When::Before,
            times: usize::MAX,
            operations: &["GetCallerIdentity"],
            head: "200 OK",
            body: page,
        }));
        let (ran, _) = proxy.run(&test, &[command], None);
        assert_eq!(ran.code, code, "{command}: {}{}", ran.stdout, ran.stderr);
        let told = ran.stderr.replace('\n', " ");
        assert!(told.contains("sts:GetCallerIdentity: `") && told.contains("a web page (`Sign in`)"), "{told}");
        assert!(!told.contains("StartEl") && !told.contains("invalid root"), "{told}");
    }
}

#[test]
fn what_was_made_on_an_answer_that_says_nothing_is_looked_for_and_made_once() {
    let test = Test::with_manifest(&tiny(&["ann"]));
    let proxy = Proxy::start(Server::start(&test, &[]));
    let operations =
        &["CreateRole", "POST /2015-03-31/functions", "CreateLogGroup", "CreateStateMachine", "PutDashboard"];
    proxy.lies(Some(Lie { when: When::After, times: 5, operations, head: "200 OK", body: "" }));
    let ran = proxy.run(&test, &["deploy"], None).0;
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let ran = proxy.run(&test, &["plan", "--detailed-exitcode"], None).0;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "No changes.\n"));
    assert!(!everything(&proxy.server()).is_empty());
}
