//! `local serve` for other programs: as lines, as a file, as the environment of a command.

use std::process::Stdio;

use rustix::process::Signal;

use crate::harness::{Test, finish, signal, wait_until};

const NAMES: [&str; 6] = [
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_DISABLE_HOST_PREFIX_INJECTION",
];

#[test]
fn the_file_is_whole_as_soon_as_it_is_there_and_goes_with_the_server() {
    let test = Test::empty();
    test.write("env", "export AWS_ENDPOINT_URL=http://127.0.0.1:1\n");
    let server = test.spawn(&["local", "serve", "--env-file", "env", "--region", "eu-west-1"]);
    let mut lines = String::new();
    wait_until("the file is there", || {
        lines = std::fs::read_to_string(test.path("env")).unwrap_or_default();
        lines.contains("AWS_SECRET")
    });
    let names: Vec<_> =
        lines.lines().map(|line| line.strip_prefix("export ").unwrap().split_once('=').unwrap().0).collect();
    assert_eq!(names, NAMES);
    assert!(lines.contains("export AWS_DEFAULT_REGION=eu-west-1\n"), "{lines}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(test.path("env")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it holds a secret");
    signal(&server, Signal::TERM);
    let ran = finish(server);
    assert!(ran.code == 0 && ran.stdout.is_empty(), "{} {}", ran.stdout, ran.stderr);
    assert!(!test.path("env").exists());
}

#[test]
fn a_command_has_the_server_in_its_environment_and_its_exit_code_is_the_servers() {
    let test = Test::empty().env("AWS_PROFILE", "elsewhere").env("AWS_SESSION_TOKEN", "other");
    let script = "import os, sys, urllib.request, urllib.error\n\
                  try: urllib.request.urlopen(os.environ['AWS_ENDPOINT_URL'])\n\
                  except urllib.error.HTTPError as error: print(error.code)\n\
                  print(*[name for name in sorted(os.environ) if name.startswith('AWS_')])\n\
                  sys.exit(7)\n";
    let ran = test.run(&["local", "serve", "--", "python3", "-c", script]);
    let mut expected = NAMES.to_vec();
    expected.push("AWS_EC2_METADATA_DISABLED");
    expected.sort_unstable();
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    assert_eq!(ran.stdout, format!("403\n{}\n", expected.join(" ")), "{}", ran.stderr);
    assert_eq!(test.run(&["local", "serve", "--", "true"]).code, 0);
    assert_eq!(test.run(&["local", "serve", "--", "sh", "-c", "kill -9 $$"]).code, 128 + 9);
    test.expect(64, &["local", "serve", "--", "no-such-program"]).says(&["`no-such-program`", "no such file"]);
    test.expect(64, &["local", "serve", "--json", "--", "true"]).says(&["stdout"]);
    test.expect(64, &["local", "serve", "--env-file", "."]).says(&["`.` is no file"]);
}

#[test]
fn a_command_that_is_interrupted_ends_with_the_server() {
    let test = Test::empty();
    let script = "trap 'exit 9' TERM; touch began; while :; do sleep 0.05; done";
    let mut command = test.command(&["local", "serve", "--", "sh", "-c", script]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the command has begun", || test.path("began").exists());
    signal(&child, Signal::TERM);
    assert_eq!(finish(child).code, 9);
}
