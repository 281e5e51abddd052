//! The reference's own suite, expressions of users, and what AWS was measured to answer, where these files are at hand.

use std::path::PathBuf;

use serde_json::Value;

fn cases(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/jsonata").join(name);
    match std::fs::read_to_string(&path) {
        // Two expressions hold half a pair as it is, which no text of Rust can: they say it with JSONata's escape instead.
        Ok(text) => Some(serde_json::from_str(&text.replace(r"'\ud800'", r"'\\ud800'")).unwrap()),
        Err(_) => {
            eprintln!("skipped: {name} is not at hand");
            None
        }
    }
}

#[test]
fn the_suite_is_read_as_the_reference_reads_it() {
    let Some(suite) = cases("suite-2.0.6.json") else { return };
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in suite["cases"].as_array().unwrap() {
        let text = case["expression"].as_str().unwrap();
        let reference = &case["reference"];
        let found = labctl_jsonata::parse(text);
        count += 1;
        let wanted = (reference[0] == "error" && reference[3] == "parse")
            .then(|| (reference[1].as_str().unwrap_or_default(), reference[2].as_str().unwrap()));
        let got = found.as_ref().err().map(|error| (error.code, error.message.as_str()));
        if got != wanted {
            wrong.push(format!("{}: {text}: {got:?} instead of {wanted:?}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
