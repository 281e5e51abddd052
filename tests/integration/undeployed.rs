//! What was changed and not deployed since is said by whatever judges what is deployed.

use crate::harness::{MANIFEST, Test};

const CHANGED: &str = "the pack or its settings changed since `labctl deploy` at ";

#[test]
fn what_was_changed_and_not_deployed_is_said_once_by_each_trial() {
    let test = Test::with_templates();
    let asl = "templates/step-functions/asl/express-workflow.asl.json.hbs";
    let trials: [&[&str]; 4] = [
        &["test", "--scenario", "express-purchase"],
        &["bulk-test", "-n", "1"],
        &["verify", "--public"],
        &["run", "express-workflow"],
    ];
    let said = |arguments: &[&str]| test.run(arguments).stderr.matches(CHANGED).count();
    assert_eq!(trials.map(said), [0; 4], "nothing was deployed");
    test.expect(0, &["deploy"]);
    assert_eq!(trials.map(said), [0; 4], "nothing was changed");
    // What is only for trials needs no deployment.
    test.edit("templates/step-functions/checks.yaml", "title: ", "title: Now ");
    assert_eq!(trials.map(said), [0; 4], "what is not deployed");
    test.edit(asl, "\"Comment\": \"", "\"Comment\": \"changed ");
    assert_eq!(trials.map(said), [1; 4], "a definition");
    for arguments in trials {
        assert_eq!(said(&[arguments, &["--quiet"]].concat()), 0, "{arguments:?}");
    }
    for arguments in trials.into_iter().take(3) {
        let ran = test.run(&[arguments, &["--json"]].concat());
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let notes = document["notes"].as_array().unwrap_or_else(|| panic!("{arguments:?}: {document:#}"));
        assert!(notes.iter().any(|note| note.as_str().unwrap().starts_with(CHANGED)), "{arguments:?}: {document:#}");
    }
    test.edit(asl, "\"changed ", "\"changed again ");
    test.expect(0, &["deploy"]);
    assert_eq!(trials.map(said), [0; 4], "it was deployed");
    assert!(test.expect(0, &["rehearse", "--user", "user3", "--keep", "-n", "1"]).stderr.matches(CHANGED).count() == 0);
    std::fs::remove_file(test.path("out/journal.jsonl")).unwrap();
    test.edit(asl, "\"changed again ", "\"another ");
    assert_eq!(trials.map(said), [0; 4], "nobody knows what was deployed");
}

#[test]
fn it_is_said_for_whom_something_changed() {
    let class = format!("{MANIFEST}[[users]]\nname = \"ann\"\n");
    let test = Test::with_manifest(&class);
    test.expect(0, &["deploy", "--all", "-q"]);
    test.write("lab-manifest.toml", &class.replace("\"ann\"", "\"ann\"\nsettings.log_retention_days = 14"));
    let ran = test.run(&["test", "--all", "--scenario", "valid-order"]);
    let said = ran.stderr.replace('\n', " ");
    assert!(said.contains(" for `ann`: what is deployed is tested; run `labctl deploy` to test the change"), "{said}");
    assert!(!test.run(&["test", "--user", "user3", "--scenario", "valid-order"]).stderr.contains(CHANGED));
}
