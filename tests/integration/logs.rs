//! `labctl logs`: everything that carries the prefix, by time, once.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::sync::{Arc, Mutex};

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{Test, finish, signal, wait_until};
use crate::server::Server;

fn ran() -> Test {
    let test = Test::new();
    test.expect(0, &["deploy", "-q"]);
    test.expect(0, &["run", "order-processing-workflow", "--input", "successful-order-test", "--name", "one"]);
    test.expect(0, &["run", "express-workflow", "--name", "two"]);
    test
}

fn events(document: &Value) -> Vec<(&str, &str)> {
    document["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["text"].as_str().unwrap()))
        .collect()
}

#[test]
fn what_functions_and_machines_wrote_stands_in_the_order_of_time() {
    let test = ran();
    let all = test.json(0, &["logs"]);
    let names: BTreeSet<&str> = events(&all).into_iter().map(|(name, _)| name).collect();
    let wanted =
        ["express-workflow", "order-fulfillment", "order-processing-workflow", "order-validator", "payment-processor"];
    for name in wanted {
        assert!(names.contains(format!("user3-{name}").as_str()), "{name}: {names:?}");
    }
    let times: Vec<&str> = all["events"].as_array().unwrap().iter().map(|it| it["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted() && times[0].ends_with('Z'), "{times:?}");
    let event = &all["events"][0];
    assert!(event["group"].as_str().unwrap().starts_with("/aws/") && event["stream"].is_string(), "{event}");

    let whole = all["events"].as_array().unwrap();
    let newest = test.json(0, &["logs", "--limit", "2"]);
    assert_eq!(newest["events"].as_array().unwrap(), &whole[whole.len() - 2..]);
    let note = newest["notes"][0].as_str().unwrap();
    let left = format!("only the newest 2 lines are shown, and {} are not; `--limit` shows more", whole.len() - 2);
    assert!(note.starts_with(&left), "{note}");
    assert!(test.expect(0, &["logs", "--limit", "2"]).stderr.contains(&left));
    let function = test.json(0, &["logs", "--function", "payment-processor"]);
    assert!(events(&function).iter().all(|(name, _)| *name == "user3-payment-processor"));
    assert!(events(&function).iter().any(|(_, text)| text.starts_with("Processing payment: ")));
    let machine = test.json(0, &["logs", "--machine", "user3-express-workflow"]);
    assert!(
        events(&machine).iter().all(|(_, text)| text.contains(":express:user3-express-workflow:two:")),
        "{machine:#}"
    );

    let printed = test.expect(0, &["logs"]).stdout;
    let lines: Vec<&str> = printed.lines().collect();
    let is_shaped = |line: &&str| {
        line.split_once("  ")
            .is_some_and(|(at, rest)| at.len() == 24 && rest.starts_with("user3-") && rest.contains(" | "))
    };
    assert!(lines.iter().all(is_shaped), "{printed}");
    assert!(printed.contains("user3-order-processing-workflow | one: TaskStateEntered ValidateOrder"), "{printed}");
    let raw = test.expect(0, &["logs", "-v", "--machine", "express-workflow"]).stdout;
    assert!(raw.contains("user3-express-workflow | {\""), "{raw}");
}

#[test]
fn since_goes_by_the_endpoints_clock() {
    let test = Test::new();
    test.expect(0, &["deploy", "-q"]);
    test.expect(0, &["run", "express-workflow", "--name", "early"]);
    // Five minutes of waiting that take no time here.
    test.expect(0, &["run", "callback-workflow", "--scenario", "callback-timeout", "--name", "late"]);
    let of = |since: &str| test.expect(0, &["logs", "--since", since]).stdout;
    assert!(of("4m").contains("late: ") && !of("4m").contains("early: "), "{}", of("4m"));
    assert!(of("1h").contains("early: "));
    // A server on the same store shows that time, too.
    let server = Server::on(&test, "out/local", &["--time", "real"]);
    assert!(!of("4m").contains("early: ") && of("1h").contains("early: "));
    drop(server);
}

#[test]
fn what_nobody_has_is_told() {
    let test = ran();
    test.refuses(
        64,
        &["logs", "--function", "payment-procesor"],
        &["no function `payment-procesor`", "did you mean `payment-processor`?"],
    );
    test.refuses(64, &["logs", "--machine", "order"], &["no machine `order`"]);
    test.refuses(64, &["logs", "--follow", "--json"], &["`--json` prints one document when the command ends"]);
    test.refuses(64, &["logs", "--function", "a", "--machine", "b"], &["cannot be used with"]);
    test.expect(0, &["logs", "--machine", "notification-workflow"])
        .says(&["`user3-notification-workflow` is not there"]);
    let empty = Test::new();
    empty.expect(0, &["logs"]).says(&["nothing of `user3` has a log"]);
    assert_eq!(empty.json(0, &["logs"])["events"], serde_json::json!([]));
}

/// The lines that a command printed so far.
fn heard(child: &mut Child) -> Arc<Mutex<Vec<String>>> {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let (into, out) = (Arc::clone(&lines), child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            into.lock().unwrap().push(line);
        }
    });
    lines
}

#[test]
fn following_neither_loses_nor_doubles_a_line_when_the_server_comes_back() {
    let test = Test::new();
    let mut server = Server::on(&test, "out/local", &[]);
    test.expect(0, &["deploy", "-q"]);
    let mut child = test.spawn(&["logs", "--follow", "--machine", "express-workflow"]);
    let lines = heard(&mut child);
    let has =
        |name: &str| lines.lock().unwrap().iter().any(|line| line.contains(&format!("{name}: ExecutionSucceeded")));
    test.expect(0, &["run", "express-workflow", "--name", "before"]);
    wait_until("the first lines are told", || has("before"));
    server.kill();
    let server = Server::on(&test, "out/local", &[]);
    test.expect(0, &["run", "express-workflow", "--name", "between"]);
    wait_until("the lines of the new server are told", || has("between"));
    test.expect(0, &["run", "express-workflow", "--name", "after"]);
    wait_until("the last lines are told", || has("after"));
    signal(&child, Signal::INT);
    let said = finish(child);
    assert_eq!(said.code, 130, "{}", said.stderr);
    said.says(&["connected again"]);
    let told = lines.lock().unwrap().clone();
    let once: BTreeSet<&String> = told.iter().collect();
    assert_eq!(once.len(), told.len(), "{told:#?}");
    let logged = test.json(0, &["logs", "--machine", "express-workflow", "--since", "1h"]);
    assert_eq!(told.len(), logged["events"].as_array().unwrap().len(), "{told:#?}");
    drop(server);
}
