//! `Test`: a folder of its own, files, arguments, and the real `labctl` run in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A manifest for one user on the embedded endpoint, quick and without chance.
pub(crate) const MANIFEST: &str = r#"
[lab]
pack = "step-functions"
name = "lab6"

[target]
kind = "local"

[settings]
simulated_delay_scale = 0
validation_outage_rate = 0
payment_failure_rate = 0

[[users]]
name = "user3"
"#;

/// A folder with a manifest, in which commands are run.
pub(crate) struct Test {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// What a command did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Test {
    /// A folder with [`MANIFEST`].
    pub(crate) fn new() -> Self {
        Self::with_manifest(MANIFEST)
    }

    /// A folder with this manifest.
    pub(crate) fn with_manifest(manifest: &str) -> Self {
        let test = Self::empty();
        test.write("lab-manifest.toml", manifest);
        test
    }

    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    /// Sets an environment variable for every command.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file; folders are made.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("cannot read {name}: {error}"))
    }

    /// The command, ready to run: only PATH, HOME and what the test sets of the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_labctl"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null());
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command
    }

    /// Starts a command and leaves it running.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Every file below the folder with its bytes, the stores of local endpoints and the journal aside.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let name = entry.path().strip_prefix(self.folder.path()).unwrap().to_string_lossy().into_owned();
                if matches!(&*name, "out/local" | "served" | "out/journal.jsonl") {
                    continue;
                }
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    found.insert(name, fs::read(entry.path()).unwrap());
                }
            }
        }
        found
    }

    /// Runs a command that must end with this code, say these words on stderr and leave every file as it was.
    pub(crate) fn refuses(&self, code: i32, arguments: &[&str], words: &[&str]) -> Ran {
        let before = self.files();
        let ran = self.expect(code, arguments);
        ran.says(words);
        let after = self.files();
        let names = before.keys().chain(after.keys());
        let changed: Vec<_> = names.filter(|name| before.get(*name) != after.get(*name)).collect();
        assert!(changed.is_empty(), "labctl {arguments:?} touched {changed:?}");
        ran
    }

    /// Writes the manifest beside the built-in packs, so that a test can break one file.
    pub(crate) fn with_templates() -> Self {
        let test = Self::empty();
        test.expect(0, &["init", "--eject-templates"]);
        test.write("lab-manifest.toml", MANIFEST);
        test
    }

    /// Replaces a text in a file, which must be there.
    pub(crate) fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "{name} has no `{old}`:\n{text}");
        self.write(name, &text.replacen(old, new, 1));
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs a command that must end with this code.
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, code, "labctl {arguments:?}\n--- stdout\n{}\n--- stderr\n{}", ran.stdout, ran.stderr);
        ran
    }

    /// Runs a command with `--json` that must end with this code; gives the document.
    pub(crate) fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        let ran = self.expect(code, &all);
        serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("labctl {all:?}: stdout is no JSON document: {error}\n{}", ran.stdout))
    }
}

impl Ran {
    /// Checks that stderr has each of these texts.
    pub(crate) fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not said:\n{}", self.stderr);
        }
    }
}

/// Waits for something to become true; a test that waits in vain fails.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_mins(1), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Sends a signal to a process that the test started.
pub(crate) fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits for the end of a process and gives what it said.
pub(crate) fn finish(child: Child) -> Ran {
    child.wait_with_output().unwrap().into()
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
