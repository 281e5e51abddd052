//! What labctl chooses where nobody said: it is said in a line, and not to whoever wants silence or a document alone.

use crate::harness::{MANIFEST, Test};

/// How often a line is said, and that stdout has nothing of it.
fn said(test: &Test, arguments: &[&str], line: &str) -> usize {
    let ran = test.run(arguments);
    assert!(!ran.stdout.contains(line), "{}", ran.stdout);
    ran.stderr.replace('\n', " ").matches(line).count()
}

#[test]
fn a_manifest_of_another_folder_is_named() {
    let test = Test::new();
    std::fs::create_dir(test.path("week")).unwrap();
    let in_week = |arguments: &[&str]| {
        let output = test.command(arguments).current_dir(test.path("week")).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    for command in [&["validate"][..], &["status"], &["cleanup"], &["plan", "--json"]] {
        assert_eq!(in_week(command).matches("manifest: `../lab-manifest.toml`").count(), 1, "{command:?}");
        assert_eq!(said(&test, command, "manifest: `"), 0, "in its own folder: {command:?}");
    }
    assert!(!in_week(&["status", "--quiet"]).contains("manifest: "));
    assert!(!in_week(&["status", "--manifest", "../lab-manifest.toml"]).contains("manifest: "), "it was named");
    assert!(!in_week(&["explain", "pack::unknown"]).contains("manifest: "), "it is not read");
    test.write("lab-manifest.yaml", "");
    let beside = "`lab-manifest.yaml` beside it is not read";
    assert_eq!(said(&test, &["status"], beside), 1);
    assert_eq!(said(&test, &["status", "--manifest", "lab-manifest.toml"], beside), 0);
}

#[test]
fn a_rehearsal_says_for_whom_it_is() {
    let first = "rehearsing for `user3`, the first of 2 users; `--user NAME` or `--all` chooses others";
    let test = Test::with_manifest(&format!("{MANIFEST}[[users]]\nname = \"ann\"\n"));
    // Refused before anything is made: what is chosen was said.
    test.expect(0, &["deploy", "--all", "-q"]);
    for (arguments, times) in
        [(&["rehearse"][..], 1), (&["rehearse", "--user", "ann"], 0), (&["rehearse", "--quiet"], 0)]
    {
        assert_eq!(said(&test, arguments, first), times, "{arguments:?}");
    }
    let alone = Test::new();
    alone.expect(0, &["deploy", "-q"]);
    assert_eq!(said(&alone, &["rehearse"], "rehearsing for"), 0, "there is nobody else");
}

#[test]
fn an_outcome_that_no_scenario_of_the_machine_expects_is_doubted() {
    let test = Test::new();
    test.expect(0, &["deploy", "-q"]);
    let doubt = "no scenario of `order-processing-workflow` expects the outcome `TRANSACTION_PROCESSED`";
    let of = |outcome: &str| said(&test, &["bulk-test", "-n", "1", "--expect", outcome], doubt);
    assert_eq!((of("TRANSACTION_PROCESSED>=0"), of("COMPLETED>=0")), (1, 0));
    assert_eq!(said(&test, &["rehearse", "--expect", "TRANSACTION_PROCESSED>=0"], doubt), 1);
}
