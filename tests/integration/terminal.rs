//! How labctl speaks: pipes, widths, colours, documents, events, help.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::account::everything;
use crate::harness::{MANIFEST, Ran, Test};
use crate::proxy::Proxy;
use crate::server::Server;

/// Every command as a user types it.
const COMMANDS: [&[&str]; 16] = [
    &["init"],
    &["validate"],
    &["schema"],
    &["render"],
    &["plan"],
    &["deploy"],
    &["status"],
    &["test"],
    &["bulk-test"],
    &["cleanup"],
    &["rehearse"],
    &["local", "serve"],
    &["local", "reset"],
    &["local", "status"],
    &["doctor"],
    &["completions"],
];

#[test]
fn the_help_of_every_command_mentions_its_options() {
    let test = Test::empty();
    for command in COMMANDS {
        let help = test.expect(0, &[command, &["--help"]].concat());
        assert!(help.stdout.contains(&format!("Usage: labctl {}", command.join(" "))), "{}", help.stdout);
        for option in ["--manifest", "--target", "--endpoint-url", "--out", "--json", "--events", "--color", "--quiet"]
        {
            assert!(help.stdout.contains(option), "{command:?} does not mention {option}");
        }
        assert_eq!(help.stderr, "");
    }
    for (command, options) in [
        ("init", &["--eject-templates"][..]),
        ("plan", &["--detailed-exitcode", "--overwrite-edits", "--adopt", "--user", "--all", "--only-failed"]),
        ("deploy", &["--overwrite-edits", "--adopt", "--user"]),
        ("test", &["--scenario", "--slow"]),
        ("bulk-test", &["--count", "--rate", "--invalid", "--expect"]),
        ("cleanup", &["--dry-run"]),
        ("rehearse", &["--keep", "--count"]),
    ] {
        let help = test.expect(0, &[command, "--help"]).stdout;
        for option in options {
            assert!(help.contains(option), "`{command} --help` does not mention {option}");
        }
    }
}

#[test]
fn without_a_command_the_help_is_shown_and_the_usage_is_wrong() {
    let test = Test::empty();
    let ran = test.expect(64, &[]);
    assert_eq!(ran.stdout, "");
    ran.says(&["Usage: labctl", "deploy", "cleanup", "Exit codes:"]);
    assert_eq!(test.expect(0, &["--version"]).stdout, format!("labctl {}\n", env!("LABCTL_VERSION")));
}

#[test]
fn a_command_line_that_is_not_understood() {
    let test = Test::new();
    test.refuses(64, &["deplyo"], &["unrecognized subcommand 'deplyo'", "'deploy'"]);
    test.refuses(64, &["deploy", "--usr", "ann"], &["unexpected argument '--usr'", "'--user'"]);
    test.refuses(64, &["bulk-test", "-n", "0"], &["'0'", "1..=1000000"]);
    test.refuses(64, &["bulk-test", "--expect", "COMPLETED>80%%"], &["COMPLETED>80%%"]);
    test.refuses(64, &["bulk-test", "--invalid", "200%"], &["expected a share such as `10%` or `0.1`"]);
    test.refuses(64, &["deploy", "--time", "0x"], &["`10x`"]);
    test.refuses(64, &["deploy", "--user", "user3", "--all"], &["cannot be used with"]);
}

#[test]
fn a_reader_that_goes_ends_nothing_else() {
    let test = Test::new();
    for arguments in [&["plan"][..], &["plan", "--json"], &["schema"], &["--help"], &["completions", "bash"]] {
        let mut child = test.spawn(arguments);
        let mut first = String::new();
        // The pipe is closed after one line, as `head -1` does it.
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        let ran: Ran = child.wait_with_output().unwrap().into();
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
    // A deploy whose summary nobody reads still deploys.
    let mut child = test.spawn(&["deploy"]);
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert!(test.expect(0, &["deploy"]).stdout.contains("No changes."));
}

#[test]
fn help_keeps_to_the_columns() {
    let test = Test::empty().env("COLUMNS", "40");
    for command in COMMANDS {
        for line in test.expect(0, &[command, &["-h"]].concat()).stdout.lines() {
            // A word is never cut, and the usage is one line to copy.
            let width = line.chars().count();
            assert!(
                width <= 40 || line.starts_with("Usage: ") || line.trim().split(' ').count() < 4,
                "{command:?}: {width} columns: {line}"
            );
        }
    }
}

#[test]
fn colour_comes_when_it_is_asked_for() {
    let test = Test::new();
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = test.command(arguments);
        command.envs(variables.iter().copied());
        let ran: Ran = command.output().unwrap().into();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.contains('\u{1b}') || ran.stderr.contains('\u{1b}')
    };
    assert!(!coloured(&["plan"], &[]), "a pipe gets no colour");
    assert!(coloured(&["plan", "--color", "always"], &[]));
    assert!(coloured(&["plan", "--color", "always"], &[("NO_COLOR", "1")]), "what is asked for outweighs NO_COLOR");
    assert!(!coloured(&["plan", "--color", "never"], &[]));
    assert!(!coloured(&["plan"], &[("NO_COLOR", "1")]));
    let ran = test.expect(0, &["plan", "--json", "--color", "always"]);
    assert!(!ran.stdout.contains('\u{1b}'), "no colour reaches a document");
}

/// Exactly one JSON document, and nothing else, on stdout.
fn one_document(ran: &Ran) -> Value {
    let mut documents = serde_json::Deserializer::from_str(&ran.stdout).into_iter::<Value>();
    let first = documents.next().unwrap_or_else(|| panic!("no document; stderr: {}", ran.stderr));
    let first = first.unwrap_or_else(|error| panic!("{error}: {}", ran.stdout));
    assert!(documents.next().is_none(), "more than one document: {}", ran.stdout);
    first
}

#[test]
fn every_command_gives_one_document() {
    let test = Test::new();
    for (command, schema) in [
        (&["validate"][..], "validate"),
        (&["render"], "render"),
        (&["plan"], "plan"),
        (&["deploy"], "deploy"),
        (&["status"], "status"),
        (&["test", "--scenario", "express-purchase"], "test"),
        (&["bulk-test", "-n", "2"], "bulk-test"),
        (&["cleanup", "--dry-run"], "cleanup"),
        (&["cleanup"], "cleanup"),
        (&["rehearse", "-n", "2"], "rehearse"),
        (&["doctor"], "doctor"),
        (&["local", "status"], "local-status"),
        (&["local", "reset"], "local-reset"),
        (&["init", "elsewhere"], "init"),
    ] {
        let document = one_document(&test.expect(0, &[command, &["--json"]].concat()));
        assert_eq!(document["schema"], format!("labctl/{schema}/1"), "{command:?}");
        assert_eq!(document["ok"], true, "{command:?}");
        if ["plan", "deploy", "status", "test", "bulk-test", "cleanup", "rehearse"].contains(&schema) {
            assert_eq!(document["target"]["kind"], "local", "{command:?}");
            assert!(document["api_calls"].as_object().is_some_and(|calls| !calls.is_empty()), "{command:?}");
            assert!(document["elapsed_ms"].is_u64(), "{command:?}");
        }
    }
    assert_eq!(one_document(&test.expect(0, &["schema"]))["type"], "object");
}

#[test]
fn a_command_that_fails_gives_one_document_too() {
    let test = Test::with_manifest(&MANIFEST.replace("kind", "knid"));
    for command in ["validate", "render", "plan", "deploy", "status", "test", "bulk-test", "cleanup", "rehearse"] {
        let document = one_document(&test.expect(64, &[command, "--json"]));
        assert_eq!((&document["ok"], &document["exit_code"]), (&false.into(), &64.into()), "{command}");
        let finding = &document["findings"][0];
        assert_eq!((&finding["line"], &finding["help"]), (&7.into(), &"did you mean `kind`?".into()), "{command}");
    }
    let document = one_document(&test.expect(64, &["deploy", "--json", "--usr", "ann"]));
    assert_eq!(document["exit_code"], 64);
    assert_eq!(document["error"], "unexpected argument '--usr' found");
    assert!(document["help"].as_str().unwrap().contains("'--user'"), "{document}");

    let test = Test::new();
    let document = one_document(&test.expect(4, &["test", "--json"]));
    assert_eq!(document["ok"], false);
    assert!(document["scenarios"][0]["problems"][0].as_str().unwrap().contains("run `labctl deploy` first"));
    let document = one_document(&test.expect(1, &["plan", "--out", "lab-manifest.toml/x", "--json"]));
    assert!(document["help"].as_str().unwrap().contains("`--out DIR`"), "{document}");
}

#[test]
fn quiet_leaves_results_and_errors() {
    let test = Test::new();
    let ran = test.expect(0, &["deploy", "--quiet"]);
    assert_eq!(ran.stderr, "");
    assert!(
        ran.stdout.starts_with("Deploy complete: 21 created, ") && ran.stdout.lines().count() == 1,
        "{}",
        ran.stdout
    );
    let ran = test.expect(0, &["bulk-test", "-n", "2", "--quiet"]);
    assert_eq!(ran.stderr, "");
    let ran = test.expect(0, &["cleanup", "--quiet"]);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("Cleanup complete: 21 deleted, 0 already gone, 0 left.\n", "")
    );
    let ran = test.expect(64, &["deploy", "--quiet", "--manifest", "nope.toml"]);
    ran.says(&["cannot read `nope.toml`"]);
}

#[test]
fn events_are_one_object_per_line() {
    let test = Test::new();
    for command in [&["deploy"][..], &["test", "--scenario", "valid-order"], &["bulk-test", "-n", "2"], &["cleanup"]] {
        test.expect(0, &[command, &["--events", "events.jsonl"]].concat());
    }
    let events: Vec<Value> =
        test.read("events.jsonl").lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of = |kind: &str| events.iter().filter(|event| event["event"]["type"] == kind).count();
    assert_eq!((of("run-started"), of("run-finished")), (4, 4));
    assert_eq!(of("change-started"), 42);
    assert_eq!(of("change-succeeded"), 42);
    assert!(events.iter().all(|event| event["at_ms"].is_i64()));
    let told = test.read("events.jsonl");
    assert!(!told.contains("SECRET") && !told.to_lowercase().contains("secret_access_key"), "no credentials");
}

#[test]
fn the_lines_that_scripts_read() {
    let test = Test::new();
    let plan = test.expect(0, &["plan"]).stdout;
    assert!(plan.starts_with("+ create\n\nuser3\n  + create role user3-lambda-role\n"), "{plan}");
    assert!(plan.ends_with("\nPlan: 21 to create, 0 to update, 0 to delete, 0 unchanged (1 user).\n"), "{plan}");
    let deploy = test.expect(0, &["deploy"]);
    let line = deploy.stdout.lines().last().unwrap();
    assert!(line.starts_with("Deploy complete: 21 created, 0 updated, 0 unchanged (1 user) in "), "{line}");
    assert!(line.ends_with(" s."), "{line}");
    assert_eq!(deploy.stderr, "✓ user3: 21 changes\n", "one line per finished user where nobody watches");
    assert_eq!(test.expect(0, &["deploy"]).stdout, "No changes.\n");
    assert_eq!(test.expect(0, &["plan", "--detailed-exitcode"]).stdout, "No changes.\n");
    let cleanup = test.expect(0, &["cleanup", "--dry-run"]).stdout;
    assert!(cleanup.ends_with("Cleanup would delete 21 resources; nothing was touched.\n"), "{cleanup}");
    assert_eq!(test.expect(0, &["cleanup"]).stdout, "Cleanup complete: 21 deleted, 0 already gone, 0 left.\n");
}

#[test]
fn an_ascii_terminal_gets_ascii() {
    let test = Test::new();
    for arguments in [&["plan"][..], &["deploy"], &["bulk-test", "-n", "2"], &["validate", "--manifest", "nope.toml"]] {
        let mut command = test.command(arguments);
        let ran: Ran = command.env("LANG", "C").stdin(Stdio::null()).output().unwrap().into();
        assert!(ran.stdout.is_ascii() && ran.stderr.is_ascii(), "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    }
}

/// Runs its arguments on a pseudo terminal of 40 columns and shows what comes out.
const PSEUDO_TERMINAL: &str = "
import fcntl, os, pty, struct, subprocess, sys, termios
leader, follower = pty.openpty()
fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 40, 0, 0))
child = subprocess.Popen(sys.argv[1:], stdin=follower, stdout=follower, stderr=follower)
os.close(follower)
while True:
    try:
        shown = os.read(leader, 4096)
    except OSError:  # the last holder of the other end is gone
        break
    if not shown:
        break
    sys.stdout.buffer.write(shown)
sys.exit(child.wait())
";

/// Runs a command as a person would see it.
fn on_terminal(test: &Test, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = std::process::Command::new("python3");
    command
        .args(["-c", PSEUDO_TERMINAL, env!("CARGO_BIN_EXE_labctl")])
        .args(arguments)
        .current_dir(test.folder())
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", test.folder())
        .envs([("LANG", "C.UTF-8"), ("TERM", "xterm")])
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    let ran: Ran = command.output().unwrap().into();
    assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// A text as it looks once a terminal has obeyed its colours and cursor movements.
fn plain(text: &str) -> String {
    let escapes = regex::Regex::new("\u{1b}\\[[0-9;?]*[a-zA-Z]").unwrap();
    escapes.replace_all(text, "").replace('\r', "\n")
}

#[test]
fn a_person_gets_colour_and_lines_that_fit() {
    let test = Test::new();
    assert!(on_terminal(&test, &["plan"], &[]).contains("\u{1b}[32m"));
    assert!(!on_terminal(&test, &["plan"], &[("NO_COLOR", "1")]).contains("\u{1b}["));
    assert!(!on_terminal(&test, &["plan", "--color", "never"], &[]).contains("\u{1b}["));
    assert!(!on_terminal(&test, &["plan"], &[("TERM", "dumb")]).contains("\u{1b}["));
    for arguments in [&["plan"][..], &["deploy"], &["status"], &["bulk-test", "-n", "2"], &["doctor"], &["cleanup"]] {
        let shown = on_terminal(&test, arguments, &[]);
        for line in plain(&shown).lines() {
            let width = line.chars().count();
            // Names and paths are never cut, and tables are as wide as what is in them.
            let longest = line.split_whitespace().map(|word| word.chars().count()).max().unwrap_or_default();
            assert!(width <= 40 || longest > 20, "{arguments:?}: {width} columns: {line}");
        }
    }
}

/// Runs its arguments on a pseudo terminal that is theirs, types a text once a question was asked, and shows what comes out. Ends with
/// 99 when the terminal is left in another mode than it was.
const TYPIST: &str = "
import fcntl, os, pty, select, subprocess, sys, termios, time
typed = sys.argv[1].encode().decode('unicode_escape').encode()
leader, follower = pty.openpty()
before = termios.tcgetattr(follower)
def own():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
child = subprocess.Popen(
    sys.argv[2:], stdin=follower, stdout=follower, stderr=follower, start_new_session=True, preexec_fn=own)
shown = b''
patience = time.monotonic() + 60
while True:
    if time.monotonic() > patience:
        child.kill()
    ready, _, _ = select.select([leader], [], [], 0.05)
    if ready:
        shown += os.read(leader, 4096)
    elif child.poll() is not None:
        break
    if typed and shown.rstrip().endswith(b'to go on:'):
        os.write(leader, typed)
        typed = b''
sys.stdout.buffer.write(shown)
sys.exit(child.returncode if termios.tcgetattr(follower) == before else 99)
";

/// Runs a command against an endpoint that does not count as loopback, and types a text when it asks.
fn typing(test: &Test, proxy: &Proxy, typed: &str, arguments: &[&str]) -> Ran {
    // Such an address leads to this machine and is not one of those that cost nothing.
    let url = proxy.url.replace("127.0.0.1", "0.0.0.0");
    let (key, secret) = {
        let server = proxy.server();
        (server.access_key_id.clone(), server.secret_access_key.clone())
    };
    let mut command = std::process::Command::new("python3");
    command
        .args(["-c", TYPIST, typed, env!("CARGO_BIN_EXE_labctl")])
        .args(arguments)
        .args(["--endpoint-url", &url])
        .current_dir(test.folder())
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", test.folder())
        .envs([("LANG", "C.UTF-8"), ("TERM", "xterm"), ("NO_COLOR", "1")])
        .envs([("AWS_ACCESS_KEY_ID", &key), ("AWS_SECRET_ACCESS_KEY", &secret)])
        .stdin(Stdio::null());
    command.output().unwrap().into()
}

#[test]
fn ctrl_c_at_a_question_ends_the_command_at_once() {
    let host = Test::empty();
    let server = Server::start(&host, &[]);
    server.reached_by(Test::new()).expect(0, &["deploy"]);
    let (proxy, test) = (Proxy::start(server), Test::new());
    let there = everything(&proxy.server());
    for arguments in [&["cleanup"][..], &["cleanup", "--json"], &["bulk-test", "-n", "1"], &["test"]] {
        let ran = typing(&test, &proxy, "\\x03", arguments);
        assert_eq!(ran.code, 130, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        let said = plain(&ran.stdout);
        assert!(said.contains("Type `yes` to go on:"), "{said}");
        assert!(said.contains("\ninterrupted before anything was changed\n"), "a line of its own: {said}");
        assert!(!said.contains("in flight"), "{said}");
        assert_eq!(everything(&proxy.server()), there, "{arguments:?}");
    }
    let ran = typing(&test, &proxy, "no\\n", &["cleanup"]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(plain(&ran.stdout).contains("not confirmed: nothing was touched"), "{}", ran.stdout);
    assert_eq!(everything(&proxy.server()), there);
    let ran = typing(&test, &proxy, "yes\\n", &["cleanup"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert_eq!(everything(&proxy.server()).len(), 0);
    // The proxy's thread would hold it as long as the other tests run, and beyond.
    proxy.server().kill();
}
