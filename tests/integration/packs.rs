//! Packs by people: begun, checked without a manifest, and given to a class.

use std::fs;

use serde_json::Value;

use crate::harness::Test;

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
    test.expect(64, &["pack", "new", "../other"]).says(&["pack name `../other`"]);

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
