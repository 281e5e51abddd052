//! Killed at any call, a run leaves what the next one finishes and what a cleanup empties.
//!
//! The pack `tiny` for two users, every call in turn; `.ci/kill_points.py` does the same with the shipped pack.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use rustix::process::Signal;

use crate::account::{everything, make_neighbour};
use crate::harness::Test;
use crate::proxy::{Blow, Proxy, When};
use crate::server::Server;

/// A manifest of the smallest pack for these users.
pub(crate) fn tiny(users: &[&str]) -> String {
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packs/tiny");
    let mut manifest = format!("[lab]\npack = '{pack}'\nname = \"lab6\"\n\n[target]\nkind = \"local\"\n");
    for user in users {
        let _ = write!(manifest, "\n[[users]]\nname = \"{user}\"\n");
    }
    manifest
}

/// A class, a server behind a proxy, and a neighbour.
struct Scene {
    test: Test,
    proxy: Proxy,
    neighbour: BTreeSet<(String, String)>,
    /// The last kill, for who reads why a test failed.
    last: RefCell<String>,
}

impl Scene {
    fn new() -> Self {
        let test = Test::with_manifest(&tiny(&["ann", "annb"]));
        let server = Server::start(&test, &[]);
        make_neighbour(&server);
        let neighbour = everything(&server).into_iter().collect();
        Self { test, proxy: Proxy::start(server), neighbour, last: RefCell::default() }
    }

    /// Runs a command that must succeed.
    fn run(&self, arguments: &[&str]) -> String {
        let (ran, _) = self.proxy.run(&self.test, arguments, None);
        assert_eq!(ran.code, 0, "{}: labctl {arguments:?}\n{}\n{}", self.last.borrow(), ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs a command that is killed at a call; gives the call, or nothing when the command came to its end before.
    fn kill(&self, arguments: &[&str], at: usize, when: When) -> Option<String> {
        let (ran, struck) = self.proxy.run(&self.test, arguments, Some(Blow { at, when, signal: Signal::KILL }));
        assert!(struck.is_some() || ran.code == 0, "labctl {arguments:?}\n{}\n{}", ran.stdout, ran.stderr);
        *self.last.borrow_mut() = format!("{arguments:?} killed {when:?} call {at}, {struck:?}");
        struck
    }

    /// Names of the class's own things; the neighbour's must be as they were.
    fn own(&self) -> BTreeSet<String> {
        let found: BTreeSet<_> = everything(&self.proxy.server()).into_iter().collect();
        let touched: Vec<_> = self.neighbour.difference(&found).collect();
        assert!(touched.is_empty(), "{}: touched {touched:#?}", self.last.borrow());
        found.difference(&self.neighbour).map(|(name, _)| name.clone()).collect()
    }

    fn deploys(&self) {
        self.run(&["deploy", "--all"]);
        assert_eq!(self.run(&["plan", "--all"]), "No changes.\n", "{}", self.last.borrow());
    }

    fn empties(&self) {
        let told = self.run(&["cleanup", "--all"]);
        assert!(told.contains(", 0 left."), "{told}");
        assert_eq!(self.own(), BTreeSet::new(), "{}", self.last.borrow());
    }
}

/// Kills at every call of a deployment, and at the same one of the cleanup that follows.
fn at_every_call(when: When) {
    let scene = Scene::new();
    scene.deploys();
    let expected = scene.own();
    assert_eq!(expected.len(), 10, "five resources each: {expected:#?}");
    scene.empties();
    let mut kills = [0, 0];
    for at in 1.. {
        let deploy = scene.kill(&["deploy", "--all"], at, when);
        if deploy.is_some() {
            scene.deploys();
            assert_eq!(scene.own(), expected);
        }
        let cleanup = scene.kill(&["cleanup", "--all"], at, when);
        if at % 2 == 0 {
            // A cleanup that was cut off stands in no deployment's way.
            scene.deploys();
            assert_eq!(scene.own(), expected);
        }
        scene.empties();
        for (count, struck) in kills.iter_mut().zip([&deploy, &cleanup]) {
            *count += usize::from(struck.is_some());
        }
        if deploy.is_none() && cleanup.is_none() {
            break;
        }
    }
    assert!(kills.iter().all(|count| *count >= 25), "{kills:?}");
}

#[test]
fn killed_before_any_call_it_converges_and_is_emptied() {
    at_every_call(When::Before);
}

#[test]
fn killed_after_any_call_it_converges_and_is_emptied() {
    at_every_call(When::After);
}

#[test]
fn interrupted_at_any_call_it_ends_cleanly_and_the_same_command_continues() {
    let scene = Scene::new();
    scene.deploys();
    let expected = scene.own();
    scene.empties();
    for at in (1..).step_by(3) {
        let blow = Blow { at, when: When::After, signal: Signal::INT };
        let (ran, struck) = scene.proxy.run(&scene.test, &["deploy", "--all"], Some(blow));
        // After the last call there is nothing left to interrupt.
        assert!(ran.code == 130 || ran.code == 0, "{struck:?} {}: {}{}", ran.code, ran.stdout, ran.stderr);
        let halves = serde_json::from_str::<serde_json::Value>(&scene.run(&["plan", "--all", "--json"])).unwrap();
        assert_eq!(halves["summary"]["update"], 0, "what was begun is finished: {struck:?} {halves:#}");
        scene.deploys();
        assert_eq!(scene.own(), expected);
        let (ran, cleanup) = scene.proxy.run(&scene.test, &["cleanup", "--all"], Some(blow));
        assert!(ran.code == 130 || ran.code == 0, "{cleanup:?} {}: {}{}", ran.code, ran.stdout, ran.stderr);
        scene.empties();
        if struck.is_none() && cleanup.is_none() {
            break;
        }
    }
}

#[test]
fn a_plan_ends_at_the_first_interruption() {
    let scene = Scene::new();
    for command in [&["plan", "--all"][..], &["status", "--all"]] {
        let blow = Blow { at: 2, when: When::Before, signal: Signal::INT };
        let (ran, struck) = scene.proxy.run(&scene.test, command, Some(blow));
        assert!(struck.is_some());
        assert_eq!(ran.code, 130, "{}{}", ran.stdout, ran.stderr);
        ran.says(&["interrupted before anything was changed"]);
        let calls = scene.proxy.calls();
        scene.proxy.run(&scene.test, command, None);
        assert!(calls < scene.proxy.calls(), "it did not read on");
    }
}

/// The server dies in the middle and comes back on the same store: labctl waits for it, and what it was told is kept.
#[test]
fn a_server_that_is_killed_in_the_middle_opens_again_and_the_deployment_goes_on() {
    let scene = Scene::new();
    scene.deploys();
    let expected = scene.own();
    scene.empties();
    for at in [4, 11, 17, 24, 30] {
        let before = scene.proxy.server().port().to_owned();
        let test = &scene.test;
        let (ran, calls) = std::thread::scope(|scope| {
            let run = scope.spawn(|| scene.proxy.run(test, &["deploy", "--all"], None));
            crate::harness::wait_until("the call is made", || scene.proxy.calls() >= at || run.is_finished());
            let mut server = scene.proxy.server();
            server.kill();
            *server = Server::start(test, &["--port", &before]);
            drop(server);
            run.join().unwrap()
        });
        assert_eq!(ran.code, 0, "call {at}: {calls:?} {}{}", ran.stdout, ran.stderr);
        scene.deploys();
        assert_eq!(scene.own(), expected);
        scene.empties();
    }
}
