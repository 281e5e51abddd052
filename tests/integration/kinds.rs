//! What is opened is looked at first: something else than a file is refused by its kind, at once.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, Mode, mkfifoat};

use crate::harness::{MANIFEST, Test};

/// Puts something that is no file at a path, and gives how it is called. The listener is to be kept.
fn put(kind: &str, path: &Path) -> (&'static str, Option<UnixListener>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match kind {
        "fifo" => mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).unwrap(),
        "device" => symlink("/dev/zero", path).unwrap(),
        "folder" => fs::create_dir(path).unwrap(),
        _ => return ("a socket", Some(UnixListener::bind(path).unwrap())),
    }
    let name = match kind {
        "fifo" => "a fifo",
        "device" => "a device",
        _ => "a folder",
    };
    (name, None)
}

#[test]
fn whatever_is_named_is_refused_by_its_kind() {
    let roster = MANIFEST.replace("[[users]]\nname = \"user3\"\n", "[roster]\nfile = \"class.csv\"\n");
    for kind in ["fifo", "device", "folder", "socket"] {
        for (path, arguments, manifest) in [
            ("m.toml", &["--manifest", "m.toml", "validate"][..], MANIFEST),
            ("class.csv", &["validate"], &roster),
            ("x.asl.json", &["graph", "./x.asl.json"], MANIFEST),
            ("q.json", &["plan", "--quotas", "q.json"], MANIFEST),
            ("f.json", &["plan", "--faults", "f.json"], MANIFEST),
            ("out/journal.jsonl", &["deploy"], MANIFEST),
            ("out/local/endpoint.lock", &["plan"], MANIFEST),
            ("out/local/endpoint.sqlite", &["plan"], MANIFEST),
        ] {
            let test = Test::with_manifest(manifest);
            let (name, _kept) = put(kind, &test.path(path));
            let ran = test.run(arguments);
            let said = ran.stderr.to_lowercase();
            assert!(ran.code != 0 && said.contains(name), "{kind} as {path}: exit {}\n{}", ran.code, ran.stderr);
        }
    }
}

#[test]
fn whatever_a_pack_holds_is_refused_by_its_kind() {
    for kind in ["fifo", "socket"] {
        for path in [
            "pack.toml",
            "asl/callback-workflow.asl.json.hbs",
            "lambda/order_validator.py",
            "lambda/package.zip",
            "scenarios/callback-workflow.yaml",
            "iam/lambda.trust.json.hbs",
            "bulk/valid-order.json.hbs",
            "dashboards/stepfunctions-monitoring.json.hbs",
        ] {
            let test = Test::with_templates();
            let path = format!("templates/step-functions/{path}");
            let _ = fs::remove_file(test.path(&path));
            let (name, _kept) = put(kind, &test.path(&path));
            let said = test.expect(64, &["validate"]).stderr.to_lowercase();
            assert!(said.contains(name) && said.contains(path.rsplit('/').next().unwrap()), "{kind} as {path}\n{said}");
        }
    }
    // What a link leads to is not looked at: it could be anywhere.
    let test = Test::with_templates();
    let path = "templates/step-functions/lambda/package.zip";
    symlink("/dev/zero", test.path(path)).unwrap();
    test.expect(64, &["validate"]).says(&[path, "symbolic link"]);
}

#[test]
fn a_file_without_end_is_not_read_to_its_end() {
    let test = Test::new();
    let file = fs::File::create(test.path("q.json")).unwrap();
    file.set_len(10 << 30).unwrap();
    test.expect(64, &["plan", "--quotas", "q.json"]).says(&["q.json", "larger than 64 MiB"]);
    fs::rename(test.path("q.json"), test.path("lab-manifest.toml")).unwrap();
    test.expect(64, &["validate"]).says(&["lab-manifest.toml", "larger than 64 mib"]);
}
