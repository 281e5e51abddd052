//! The same entries as `cargo fuzz` drives, with the seeds of the repository and a few hundred cases of a fixed seed.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{comparison, definition, intrinsic, jsonata, path};

fn replay(target: &str, drive: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        drive(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} has no seeds", folder.display());
}

#[test]
fn every_seed_is_taken() {
    replay("definition", definition);
    replay("path", path);
    replay("intrinsic", intrinsic);
    replay("jsonata", jsonata);
    replay("comparison", comparison);
}

/// A definition may have a megabyte: no name in it may cost more than it is long.
#[test]
fn long_names_are_no_burden() {
    let long = "Sn".repeat(150_000);
    let resource = format!("arn:aws:states:::lambda:{long}");
    for state in [
        serde_json::json!({"Type": "Pass", long.as_str(): 1, "End": true}),
        serde_json::json!({"Type": long, "End": true}),
        serde_json::json!({"Type": "Pass", "Next": long}),
        serde_json::json!({"Type": "Pass", "Parameters": {"a.$": format!("States.{long}(1)")}, "End": true}),
        serde_json::json!({"Type": "Pass", "InputPath": format!("$.{long}"), "End": true}),
        serde_json::json!({"Type": "Task", "Resource": resource, "End": true}),
    ] {
        definition(serde_json::json!({"StartAt": "A", "States": {"A": state}}).to_string().as_bytes());
    }
}

/// A few of these, one after the other.
fn jumble(words: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    let word = prop_oneof![4 => prop::sample::select(words).prop_map(str::to_owned), 1 => "\\PC{0,3}"];
    prop::collection::vec(word, 0..most).prop_map(|words| words.concat())
}

const PATH: [&str; 22] = [
    "$", "$$", "$v", ".a", ".list", "['d e']", "..", "*", "[0]", "[-1]", "[0,1]", "[1:]", "[?(", "@.n", " > ", "1",
    " && ", "!", "@.a", ")]", "('", "[",
];
const CALL: [&str; 24] = [
    "States.Format(",
    "States.Array(",
    "States.ArrayRange(",
    "States.MathAdd(",
    "States.MathRandom(",
    "States.JsonMerge(",
    "States.Hash(",
    "States.StringSplit(",
    "States.StringToJson(",
    "States.Base64Decode(",
    "States.ArrayPartition(",
    "States.ArrayUnique(",
    "'{}'",
    "$.a",
    "$.list",
    "$.json",
    "1",
    "-9007199254740993",
    "true",
    ", ",
    ", ",
    ")",
    ")",
    "'SHA-1'",
];
const QUERY: [&str; 30] = [
    "$states.input",
    ".a",
    ".b",
    "[0]",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "'x': ",
    " + ",
    " & ",
    " ? ",
    " : ",
    "$sum(",
    "$map(",
    "function($x) { $x }",
    "$v",
    "1",
    "-1e308",
    "'text'",
    "/a(b)/",
    " ~> ",
    "..",
    "*",
    "**",
    "%",
    "$substring(",
    ", ",
];
const YAML: [&str; 24] = [
    "StartAt: A\n",
    "States:\n",
    "  A:\n",
    "    Type: Pass\n",
    "    Type: Map\n",
    "    End: true\n",
    "    Next: A\n",
    "    Result: ",
    "{",
    "}",
    "[",
    "]",
    "&x ",
    "*x",
    "- ",
    ": ",
    "\n",
    "    ",
    "\"",
    "|\n",
    "!!str ",
    "1e400",
    "? ",
    "\u{feff}",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, rng_seed: RngSeed::Fixed(20_261_122), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn paths_hold(text in jumble(&PATH, 12)) {
        path(text.as_bytes());
        path(format!("${text}\n[[1, {{\"a\": [0]}}]]").as_bytes());
    }

    #[test]
    fn calls_hold(text in jumble(&CALL, 9)) {
        intrinsic(text.as_bytes());
        intrinsic(format!("States.Array({text})").as_bytes());
    }

    #[test]
    fn queries_hold(text in jumble(&QUERY, 10)) {
        jsonata(text.as_bytes());
    }

    #[test]
    fn definitions_hold(text in jumble(&YAML, 20), bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        definition(text.as_bytes());
        definition(&bytes);
        let template = serde_json::json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a.$": text}, "End": true}}});
        definition(template.to_string().as_bytes());
    }

    #[test]
    fn comparisons_hold(pattern in "[ab*\\\\]{0,8}", text in "[ab*\\\\]{0,12}", time in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,11})?(Z|[+-][0-9]{2}:[0-9]{2})") {
        comparison(format!("{pattern}\n{text}").as_bytes());
        comparison(time.as_bytes());
    }
}
