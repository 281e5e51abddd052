//! Packs by people: begun, checked without a manifest, and given to a class.

use std::fs;
use std::io::Read;
use std::process::Child;
use std::sync::{Arc, Mutex};

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{Test, finish, signal, wait_until};
use crate::server::Server;

const MANIFEST: &str = "[lab]\npack = \"./my-pack\"\nname = \"my-lab\"\n\n[[users]]\nname = \"user1\"\n";

#[test]
fn a_new_pack_works_as_it_is() {
    let test = Test::empty();
    let said = test.expect(0, &["pack", "new", "my-pack"]);
    assert!(said.stdout.contains("wrote my-pack/pack.toml\n"), "{}", said.stdout);
    assert!(!test.path("lab-manifest.toml").exists());
    let checked = test.expect(0, &["pack", "check", "my-pack"]);
    assert_eq!(checked.stdout, "Valid: pack my-pack (1 function, 1 state machine, 1 scenario), 0 warnings.\n");
    test.expect(64, &["pack", "new", "my-pack"]).says(&["`my-pack` exists already"]);
    test.expect(64, &["pack", "new", "../other"]).says(&["pack name `../other`", "write it as `other`"]);
    test.expect(64, &["pack", "new", "2 My_Quiz"]).says(&["write it as `pack-2-my-quiz`"]);
    test.expect(64, &["pack", "new", "load"]).says(&["`load` is a pack that labctl brings along"]);

    test.write("lab-manifest.toml", MANIFEST);
    let document = test.json(0, &["rehearse", "-n", "2"]);
    let passed = &document["steps"]["test"]["summary"]["passed"];
    assert_eq!((passed, &document["steps"]["verify"]["ok"]), (&Value::from(1), &Value::Bool(true)), "{document:#}");
}

#[test]
fn a_pack_is_checked_without_a_manifest_in_every_way_it_may_be_given() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    test.edit("my-pack/pack.toml", "[defaults.functions]", "more = { type = \"boolean\", default = false, description = \"m\" }\n\n[[queues]]\nname = \"m\"\nwhen = \"more\"\nattributes = { VisibilityTimeout = 99999999 }\n\n[defaults.functions]");
    test.edit("my-pack/pack.toml", "as-written = \"iam/lambda.json.hbs\"", "as-written = \"iam/wide.json.hbs\"");
    test.write("my-pack/iam/wide.json.hbs", "{ \"Version\": \"2012-10-17\", \"Statement\": [{{usr}}] }");
    // Behind a switch that is off, in the mode that nobody has by default, and in a handler.
    test.edit("my-pack/lambda/greeter.py", "(event, context):", "(event, context)");
    let ran = test.expect(64, &["pack", "check", "my-pack"]);
    ran.says(&[
        "my-pack/pack.toml:19:",
        "VisibilityTimeout",
        "my-pack/iam/wide.json.hbs:1:",
        "my-pack/lambda/greeter.py:6:",
    ]);
    let document = test.json(64, &["pack", "check", "my-pack"]);
    assert_eq!(document["findings"].as_array().unwrap().len(), 3, "{document:#}");
    test.expect(64, &["pack", "check", "nothing/here"])
        .says(&["is not a pack", "name the folder that `pack.toml` is in"]);
}

/// `\\{{` in what is a template, braces as they are in what is none.
#[test]
fn braces_may_be_meant_as_text() {
    let test = Test::with_manifest(MANIFEST);
    test.expect(0, &["pack", "new", "my-pack"]);
    test.edit("my-pack/asl/greet.asl.json.hbs", "Greets whom the input names", "Greets \\{{name}} for {{user}}");
    test.edit("my-pack/pack.toml", "GREETING = \"{{settings.greeting}}\"", "GREETING = '\\{{user}} {{user}}'");
    let written = "    return {\"braces\": f\"{{{name}}}\", ";
    test.edit("my-pack/lambda/greeter.py", "    return {", written);
    test.expect(0, &["deploy", "-q"]);
    assert!(test.read("out/user1/asl/greet.asl.json").contains("Greets {{name}} for user1"));
    let run = test.json(0, &["run", "greet", "--input", "ann"]);
    let output = &run["states"][0]["output"];
    assert_eq!((&output["greeting"], &output["braces"]), (&"{{user}} user1, Ann".into(), &"{Ann}".into()), "{run:#}");

    // A mistake behind them is shown at its place, and one in them says how they are written.
    test.edit("my-pack/asl/greet.asl.json.hbs", "\"MaxAttempts\": 3", "\"MaxAttempts\": \"3\"");
    test.expect(64, &["validate"]).says(&["greet.asl.json.hbs:", "MaxAttempts"]);
    test.edit("my-pack/asl/greet.asl.json.hbs", "\\{{name}}", "{{name}}");
    test.expect(64, &["validate"]).says(&["`name` is not defined", "items of `log_groups`, ", "`\\{{`"]);
}

#[test]
fn what_a_pack_leaves_lying_about_and_misspells_is_told() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    test.expect(0, &["init", "-q"]);
    assert!(test.read("lab-manifest.toml").contains("pack = \"./my-pack\""), "the pack that lies there");
    let valid = test.expect(0, &["validate"]).stdout;
    assert!(valid.contains("(1 function, 1 state machine, 1 scenario), 0 warnings"), "{valid}");
    test.edit("my-pack/pack.toml", "[defaults.functions]", "size = { type = \"integer\", default = 1, description = \"s\" }\n\n[[queues]]\nname = \"q\"\n\n[defaults.functions]");
    let told = test.expect(0, &["validate"]);
    told.says(&["nothing asks for the setting `size`", "my-pack/pack.toml:"]);
    assert!(told.stdout.contains("1 scenario, 1 resource), 1 warning"), "{}", told.stdout);
    test.edit("my-pack/pack.toml", "greeter.lambda_handler", "greter.lambda_handler");
    test.expect(64, &["validate"]).says(&["did you mean `greeter.lambda_handler`?"]);
    test.edit("my-pack/pack.toml", "greter.lambda_handler", "greeter.lamda_handler");
    test.expect(64, &["validate"]).says(&["did you mean `greeter.lambda_handler`?"]);
}

/// A rule and the default that lead to one state are two ways.
#[test]
fn a_rule_is_not_covered_by_the_default_that_leads_to_the_same_state() {
    let test = Test::with_manifest(MANIFEST);
    test.expect(0, &["pack", "new", "my-pack"]);
    test.edit("my-pack/asl/greet.asl.json.hbs", "\"StartAt\": \"Greet\"", "\"StartAt\": \"Route\"");
    let route = "\"States\": { \"Route\": { \"Type\": \"Choice\", \"Default\": \"Greet\", \"Choices\": \
                 [{ \"Variable\": \"$.vip\", \"IsPresent\": true, \"Next\": \"Greet\" }] },";
    test.edit("my-pack/asl/greet.asl.json.hbs", "\"States\": {", route);
    test.expect(0, &["deploy", "-q"]);
    test.edit("my-pack/scenarios/greet.yaml", "path: [Greet]", "path: [Route, Greet]");
    let covered = &test.json(0, &["test"])["coverage"]["transitions"];
    let (counts, missing) = ((&covered["covered"], &covered["total"]), &covered["missing"]);
    assert_eq!(counts, (&Value::from(1), &Value::from(2)), "{covered:#}");
    assert_eq!(*missing, serde_json::json!(["greet: Route -> Greet (rule 1)"]));
    test.edit("my-pack/scenarios/greet.yaml", "name: Ann", "name: Ann, vip: true");
    let covered = &test.json(0, &["test"])["coverage"]["transitions"]["missing"];
    assert_eq!(*covered, serde_json::json!(["greet: Route -> Greet (default)"]));
}

/// The worked pack of docs/packs.md is what `pack new` writes.
#[test]
fn the_documentation_shows_a_pack_that_works() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/packs.md")).unwrap();
    let worked = page.split_once("\n## A worked pack\n").unwrap().1.split("\n## ").next().unwrap();
    let mut shown = 0;
    for part in worked.split("\n`my-pack/").skip(1) {
        let (file, rest) = part.split_once('`').unwrap();
        let block = rest.split("```").nth(1).unwrap();
        let shown_text = block.split_once('\n').unwrap().1;
        assert_eq!(shown_text, test.read(&format!("my-pack/{file}")), "docs/packs.md shows another {file}");
        shown += 1;
    }
    assert_eq!(shown, 6);
}

/// A pack in the binary besides the lesson's: rehearsed whole by what it brings along.
fn rehearsed(pack: &str, scenarios: u64) {
    let test =
        Test::with_manifest(&format!("[lab]\npack = \"{pack}\"\nname = \"lab\"\n\n[[users]]\nname = \"user1\"\n"));
    let document = test.json(0, &["rehearse", "-n", "2"]);
    let steps = &document["steps"];
    assert_eq!(steps["test"]["summary"]["passed"], scenarios, "{pack}: {document:#}");
    assert_eq!((&steps["verify"]["ok"], &steps["cleanup"]["summary"]["residue"]), (&true.into(), &0.into()), "{pack}");
}

#[test]
fn the_load_engine_is_rehearsed_whole() {
    rehearsed("load", 1);
}

/// A lesson without new code: a Map, a queue, a shared module, a wheel, a table, and a mock of DynamoDB.
#[test]
fn the_image_pipeline_is_rehearsed_whole_and_fetches_nothing() {
    rehearsed("image-pipeline", 3);
    let pack = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/image-pipeline/pack.toml")).unwrap();
    assert!(pack.lines().count() < 80, "{}", pack.lines().count());
}

/// A run of the load engine tolerates some failures and no more.
#[test]
fn the_load_engine_tolerates_what_its_settings_say() {
    let manifest = |settings: &str| {
        format!(
            "[lab]\npack = \"load\"\nname = \"lab\"\n\n[settings]\nfailure_rate = 1\n{settings}\n[[users]]\nname = \"user1\"\n"
        )
    };
    let test = Test::with_manifest(&manifest("tolerated_failure_percentage = 100\n"));
    test.expect(0, &["deploy", "-q"]);
    let run = test.json(0, &["run", "load", "--input", "hundred"]);
    assert_eq!(run["execution"]["status"], "SUCCEEDED", "{run:#}");
    test.write("lab-manifest.toml", &manifest(""));
    test.expect(0, &["deploy", "-q"]);
    let run = test.json(4, &["run", "load", "--input", "hundred"]);
    assert!(run["execution"]["cause"].to_string().contains("States.ExceedToleratedFailureThreshold"), "{run:#}");
}

/// A command that goes on, and what it has said so far.
fn watching(test: &Test, arguments: &[&str]) -> (Child, Arc<Mutex<String>>) {
    let mut child = test.spawn(arguments);
    let said = Arc::new(Mutex::new(String::new()));
    let streams: [Box<dyn Read + Send>; 2] =
        [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
    for mut stream in streams {
        let said = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut piece) {
                said.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..count]));
            }
        });
    }
    (child, said)
}

#[test]
fn validate_looks_again_at_every_edit() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    test.write("lab-manifest.toml", MANIFEST);
    let (child, said) = watching(&test, &["validate", "--watch"]);
    let says = |count: usize, words: &str| said.lock().unwrap().matches(words).count() == count;
    wait_until("it is valid", || says(1, "Valid: 1 user") && says(1, "waiting for an edit"));
    test.edit("my-pack/pack.toml", "timeout_seconds = 10", "timeout_seconds = 1000");
    wait_until("it is refused", || says(1, "my-pack/pack.toml:17:") && says(2, "waiting for an edit"));
    test.write("lab-manifest.toml", "[lab\n");
    wait_until("it is no TOML", || says(3, "waiting for an edit"));
    test.write("lab-manifest.toml", MANIFEST);
    test.edit("my-pack/pack.toml", "timeout_seconds = 1000", "timeout_seconds = 100");
    wait_until("it is valid again", || says(2, "Valid: 1 user"));
    signal(&child, Signal::INT);
    assert_eq!(finish(child).code, 130);
    test.expect(64, &["validate", "--watch", "--json"]);
}

#[test]
fn what_goes_on_by_itself_ends_when_nobody_reads_it_any_more() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    test.write("lab-manifest.toml", MANIFEST);
    let _server = Server::on(&test, "out/local", &[]);
    test.expect(0, &["deploy", "-q"]);
    for arguments in [&["validate", "--watch"][..], &["logs", "--follow"]] {
        let mut child = test.spawn(arguments);
        let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
        if arguments[0] == "validate" {
            let mut said = String::new();
            while !said.contains("waiting for an edit") {
                assert_ne!(std::io::BufRead::read_line(&mut lines, &mut said).unwrap(), 0, "{said}");
            }
        }
        drop(child.stdout.take());
        assert_eq!(finish(child).code, 130, "{arguments:?}");
    }
}

#[test]
fn an_edit_is_live_while_deploy_watches() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    test.write("lab-manifest.toml", MANIFEST);
    test.expect(64, &["deploy", "--watch", "--target", "aws"]).says(&["is for the local endpoint"]);
    let _server = Server::on(&test, "out/local", &[]);
    let (child, said) = watching(&test, &["deploy", "--watch"]);
    wait_until("it is deployed", || said.lock().unwrap().contains("waiting for an edit"));
    let greets = |words: &str| test.run(&["run", "greet", "--input", "ann", "--json"]).stdout.contains(words);
    assert!(greets("Hello, Ann"), "{}", said.lock().unwrap());
    test.edit("my-pack/lambda/greeter.py", "\"status\": \"GREETED\"", "\"edited\": 1, \"status\": \"GREETED\"");
    wait_until("the edit is live", || greets("\"edited\": 1") || greets("\"edited\":1"));
    signal(&child, Signal::INT);
    assert_eq!(finish(child).code, 130);
}

/// A wheel with one module, in a folder of its own; gives its SHA-256.
fn wheel(test: &Test, name: &str) -> String {
    use std::io::Write as _;

    use sha2::Digest as _;

    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let tag = name.trim_end_matches(".whl").split_once("-1.0-").unwrap().1;
    for (file, text) in [
        ("manners/__init__.py", "def polite(name):\n    return f\"dear {name}\"\n".to_owned()),
        ("manners-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: manners\nVersion: 1.0\n".to_owned()),
        (
            "manners-1.0.dist-info/WHEEL",
            format!("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n"),
        ),
        ("manners-1.0.dist-info/RECORD", String::new()),
    ] {
        zip.start_file(file, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    fs::create_dir_all(test.path("wheels")).unwrap();
    fs::write(test.path("wheels").join(name), &bytes).unwrap();
    sha2::Sha256::digest(&bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A new pack whose function requires what stands in this file, with pip looking at one folder only.
fn requiring(name: &str) -> (Test, String) {
    let test = Test::empty().env("PIP_NO_INDEX", "1");
    let links = test.path("wheels").display().to_string();
    let test = test.env("PIP_FIND_LINKS", &links);
    let hash = wheel(&test, name);
    test.expect(0, &["pack", "new", "my-pack"]);
    test.write("lab-manifest.toml", MANIFEST);
    test.edit("my-pack/pack.toml", "memory_mib = 128", "memory_mib = 128\nrequirements = \"requirements.txt\"");
    test.edit("my-pack/lambda/greeter.py", "import os", "import os\n\nfrom manners import polite");
    test.edit("my-pack/lambda/greeter.py", "}, {name}\"", "}, {polite(name)}\"");
    (test, hash)
}

#[test]
fn pure_python_wheels_go_into_the_package_and_are_kept() {
    let (test, hash) = requiring("manners-1.0-py3-none-any.whl");
    test.write(
        "my-pack/requirements.txt",
        &format!("# what greeters need\nmanners==1.0 \\\n    --hash=sha256:{hash}\n"),
    );
    test.expect(0, &["pack", "check", "my-pack"]).says(&[]);
    test.expect(0, &["render"]);
    let before = fs::read(test.path("out/user1/lambda/greeter.zip")).unwrap();
    // From here on there is nothing to fetch from.
    fs::remove_dir_all(test.path("wheels")).unwrap();
    fs::remove_dir_all(test.path("out")).unwrap();
    test.expect(0, &["render"]);
    assert_eq!(fs::read(test.path("out/user1/lambda/greeter.zip")).unwrap(), before);
    test.expect(0, &["deploy", "-q"]);
    let ran = test.expect(0, &["run", "greet", "--input", "ann", "--json"]);
    assert!(ran.stdout.contains("Hello, dear Ann"), "{}", ran.stdout);
    let ran = test.expect(0, &["run", "greet", "--input", "{\"name\": \"Bo\"}", "--json"]);
    assert!(ran.stdout.contains("Hello, dear Bo"), "{}", ran.stdout);
    test.expect(64, &["run", "greet", "--input", "{\"name\": "]).says(&["is no JSON", "line 1 column"]);
}

#[test]
fn what_nothing_answers_on_this_machine_is_told_before_it_runs() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    let publish = r#""Next": "Tell"
    },
    "Tell": {
      "Type": "Task",
      "Resource": "arn:{{partition}}:states:::sns:publish",
      "Parameters": { "Message": "m", "TopicArn": "arn:{{partition}}:sns:{{region}}:{{account}}:{{user}}-news" },
      "End": true"#;
    test.edit("my-pack/asl/greet.asl.json.hbs", "\"End\": true", publish);
    test.expect(0, &["pack", "check", "my-pack"]).says(&[
        "nothing answers `sns:publish` on the local endpoint: its state fails there",
        "my-pack/asl/greet.asl.json.hbs:20:",
        "allow `sns:Publish` on `arn:{{partition}}:sns:{{region}}:{{account}}:{{user}}-news` in `iam/stepfunctions.json.hbs`",
    ]);
    test.write("my-pack/mocks.yaml", "- integration: sns:publish\n  answers: [{ output: { MessageId: m } }]\n");
    let ran = test.expect(0, &["pack", "check", "my-pack"]);
    assert!(!ran.stderr.contains("nothing answers"), "{}", ran.stderr);
}

#[test]
fn what_is_not_pinned_hashed_or_pure_is_refused_by_name() {
    let (test, hash) = requiring("manners-1.0-cp313-cp313-manylinux2014_x86_64.whl");
    test.write("my-pack/requirements.txt", "\nmanners==1.0\n");
    test.expect(64, &["validate"]).says(&["my-pack/requirements.txt:2:1", "`manners` has no hash"]);
    test.write(
        "my-pack/requirements.txt",
        &format!("manners>=1.0 --hash=sha256:{hash}\n--index-url https://example.org\n"),
    );
    let words = [
        "my-pack/requirements.txt:1:1",
        "`manners` is not pinned",
        "my-pack/requirements.txt:2:1",
        "is no requirement",
    ];
    test.expect(64, &["validate"]).says(&words);
    test.write("my-pack/requirements.txt", &format!("manners==1.0 --hash=sha256:{hash}\n"));
    let words = [
        "my-pack/requirements.txt:1:1",
        "`manners-1.0-cp313-cp313-manylinux2014_x86_64.whl` is for manylinux2014_x86_64",
    ];
    for command in [&["validate"][..], &["render"], &["deploy"], &["pack", "check", "my-pack"]] {
        test.expect(64, command).says(&words);
    }
    test.write("my-pack/requirements.txt", &format!("manners==1.0 --hash=sha256:{}\n", "0".repeat(64)));
    test.expect(64, &["validate"])
        .says(&["my-pack/requirements.txt:1:1", "pip cannot fetch the wheels for Python 3.13"]);
}

#[test]
fn requirements_of_a_function_that_is_not_pythons_are_refused() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    test.write("my-pack/lambda/index.mjs", "export const handler = async (event) => event;\n");
    let line = format!("six==1.16.0 --hash=sha256:{}\n", "0".repeat(64));
    test.write("my-pack/requirements.txt", &line);
    test.edit(
        "my-pack/pack.toml",
        "source = \"lambda/greeter.py\"",
        "source = \"lambda/index.mjs\"\nruntime = \"nodejs22.x\"\nrequirements = \"requirements.txt\"",
    );
    test.edit("my-pack/pack.toml", "greeter.lambda_handler", "index.handler");
    test.expect(64, &["pack", "check", "my-pack"])
        .says(&["function `greeter` runs on nodejs22.x, and requirements are Python's"]);
}
