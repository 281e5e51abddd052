//! An endpoint that takes a call and never answers: told, given up, ended by SIGTERM, and made good by the next run.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Test, signal};
use crate::kill_points::tiny;

/// The endpoint's time is so many times this machine's: ten seconds without an answer are one, and the two minutes for which a call is
/// tried are longer than SIGTERM waits, which is in this machine's time.
const FASTER: [&str; 2] = ["--time", "10x"];

/// SIGTERM ends a run in this time; a machine with other work to do may need a moment more.
const AFTER_SIGTERM: Duration = Duration::from_secs(10);

/// Far more than the two minutes for which a call is tried, or the five for which a package goes up, take at this speed.
const PATIENCE: Duration = Duration::from_secs(100);

/// Commands at once: they wait most of the time.
const AT_ONCE: usize = 6;

/// Two users with one of everything.
fn class() -> Test {
    Test::with_manifest(&format!("{}\n[settings]\nqueue = true\n", tiny(&["ann", "annb"])))
}

const DEPLOY: &[&str] = &["deploy", "--all"];
const CLEANUP: &[&str] = &["cleanup", "--all"];

/// A STANDARD machine and an EXPRESS one.
const TEST: &[&str] = &["test", "--scenario", "valid-order", "--scenario", "express-purchase"];

/// The endpoint's word for an operation of labctl's.
fn at_endpoint(operation: &str) -> String {
    operation.replace("cloudwatch:", "monitoring:").replace("tag:", "tagging:")
}

/// labctl's word for one of the endpoint's.
fn at_labctl(operation: &str) -> String {
    operation.replace("monitoring:", "cloudwatch:").replace("tagging:", "tag:")
}

/// The operations that a command calls, as the endpoint names them.
fn called(document: &Value) -> BTreeSet<String> {
    document["api_calls"].as_object().unwrap().keys().map(|operation| at_endpoint(operation)).collect()
}

/// A command under way: its lines on stderr, as they come.
struct Running {
    child: std::process::Child,
    said: Receiver<String>,
    lines: Vec<String>,
    operation: String,
}

impl Running {
    fn start(test: &Test, command: &[&str], operation: &str, is_done: bool) -> Self {
        let rule = json!({ "operation": operation, "silent": true, "lost": is_done });
        test.write("faults.json", &json!({ "rules": [rule] }).to_string());
        let arguments = [command, &["--faults", "faults.json"], &FASTER].concat();
        let mut child = test.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (says, said) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| says.send(line)));
        Self { child, said, lines: Vec::new(), operation: at_labctl(operation) }
    }

    /// Waits until it says that the call is not answered; `false` where it ends without.
    fn is_told(&mut self) -> bool {
        let told = format!("took {} and has not answered it for 10 s", self.operation);
        while let Ok(line) = self.said.recv_timeout(PATIENCE) {
            self.lines.push(line);
            if self.lines.join(" ").contains(&told) {
                return true;
            }
        }
        false
    }

    /// Its exit code, what it said, and how long it took since then.
    fn ends(mut self, since: Instant) -> (i32, String, Duration) {
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code().unwrap_or(-1);
            }
            if since.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                panic!("it did not end: {:?}", self.lines);
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let took = since.elapsed();
        self.lines.extend(self.said.iter());
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        (code, format!("{}\n{stdout}", self.lines.join("\n")), took)
    }
}

/// A command in which one kind of call is never answered: ended by SIGTERM, then by itself, then made good.
fn is_outlasted(test: &Test, command: &[&str], operation: &str) {
    let case = format!("{command:?} without an answer to {operation}");
    if command != DEPLOY {
        test.expect(0, &["deploy", "--all", "-q"]);
    }
    let mut running = Running::start(test, command, operation, false);
    if !running.is_told() {
        // A cleanup reads again what it looked at a while ago, which depends on the machine's speed.
        let (code, said, _) = running.ends(Instant::now());
        assert!(command == CLEANUP && code == 0, "{case}: {code}: {said}");
        return;
    }
    signal(&running.child, Signal::TERM);
    let (code, said, took) = running.ends(Instant::now());
    assert!(took <= AFTER_SIGTERM, "{case}: {took:?} after SIGTERM: {said}");
    assert_eq!(code, 130, "{case}: {said}");

    // A cleanup looks whether something is left: what was done is no failure, answered or not.
    let mut running = Running::start(test, command, operation, command != CLEANUP);
    let is_told = running.is_told();
    let (code, said, _) = running.ends(Instant::now());
    if is_told {
        assert!(![0, 130, 101].contains(&code), "{case}: {code}: {said}");
        assert!(said.contains("did not answer in time"), "{case}: {said}");
    } else {
        // What the first run had begun came true, and the call is not needed any more.
        assert_eq!(code, 0, "{case}: {said}");
    }

    test.expect(0, command);
    if command == DEPLOY {
        assert_eq!(test.expect(0, &["plan", "--all"]).stdout, "No changes.\n", "{case}");
    } else if command == CLEANUP {
        assert_eq!(test.json(0, CLEANUP)["summary"]["residue"], 0, "{case}");
    }
}

/// Every operation that a command calls, so many at once.
fn each(command: &[&str], operations: BTreeSet<String>, test: impl Fn() -> Test + Sync) {
    let operations = Mutex::new(operations);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(operation) = operations.lock().unwrap().pop_first() else { break };
                    is_outlasted(&test(), command, &operation);
                }
            });
        }
    });
}

/// The operations of a command that goes well, with the endpoint's clock as it is when it does not.
fn operations_of(test: &Test, command: &[&str]) -> BTreeSet<String> {
    called(&test.json(0, &[command, &FASTER].concat()))
}

#[test]
fn a_deployment_outlasts_any_operation_that_is_never_answered() {
    let operations = operations_of(&class(), DEPLOY);
    assert!(operations.len() > 15, "{operations:?}");
    each(DEPLOY, operations, class);
}

#[test]
fn a_cleanup_outlasts_any_operation_that_is_never_answered() {
    let test = class();
    test.expect(0, DEPLOY);
    let operations = operations_of(&test, CLEANUP);
    assert!(operations.len() > 10, "{operations:?}");
    each(CLEANUP, operations, class);
}

#[test]
fn a_test_outlasts_any_operation_that_is_never_answered() {
    let test = Test::new();
    test.expect(0, DEPLOY);
    let mut operations = operations_of(&test, TEST);
    // Its answer is the end of an execution, for which the test has a limit of its own.
    assert!(operations.remove("states:StartSyncExecution"));
    assert!(
        operations.contains("states:StartExecution") && operations.contains("logs:FilterLogEvents"),
        "{operations:?}"
    );
    each(TEST, operations, Test::new);
}
