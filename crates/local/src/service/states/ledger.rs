//! `docs/asl-coverage.md` is held to the API and the integrations.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::api;

fn read(path: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// The operations that a service's source answers, wherever they stand as an arm of a `match`.
fn answered(path: &Path) -> BTreeSet<String> {
    let arm = Regex::new(r#"(?m)^\s+("[A-Z][A-Za-z]+"(?: \| "[A-Z][A-Za-z]+")*) =>"#).unwrap();
    let text = fs::read_to_string(path).unwrap();
    let dispatch = text.split_once("async fn call(").unwrap().1;
    let arms = arm.captures_iter(dispatch).map(|found| found[1].to_owned());
    arms.flat_map(|arm| arm.split(" | ").map(|name| name.trim_matches('"').to_owned()).collect::<Vec<_>>()).collect()
}

#[test]
fn aws_sdk_tasks_reach_exactly_what_each_service_answers() {
    let services = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/service");
    for service in api::ALL {
        let file = match service.signing {
            "sts" => "sts.rs".to_owned(),
            "tagging" => "tagging.rs".to_owned(),
            "monitoring" => "cloudwatch/service.rs".to_owned(),
            name => format!("{name}/service.rs"),
        };
        let offered = service.operations.iter().filter(|row| row.is_offered);
        let listed: BTreeSet<String> = offered.map(|row| row.name.to_owned()).collect();
        assert_eq!(listed, answered(&services.join(file)), "{}", service.sdk.prefix);
    }
}

#[test]
fn every_operation_and_every_service_is_in_the_ledger() {
    let ledger = read("docs/asl-coverage.md");
    let row = |name: &str| ledger.lines().find(|line| line.contains(&format!("`{name}`"))).unwrap_or_default();
    for operation in api::find("states").unwrap().operations {
        let (row, name) = (row(operation.name), operation.name);
        assert!(row.ends_with('|') && row.contains("refused: 501") != operation.is_offered, "{name}");
    }
    for service in api::ALL {
        let line = row(&format!("aws-sdk:{}", service.sdk.prefix));
        for operation in service.operations.iter().filter(|row| row.is_offered).map(|row| row.name) {
            let mut letters = operation.chars();
            let action: String =
                letters.next().into_iter().map(|first| first.to_ascii_lowercase()).chain(letters).collect();
            // Step Functions' own operations stand in the table above.
            assert!(
                service.sdk.prefix == "sfn" || line.contains(&format!("`{action}`")),
                "{}: {action}",
                service.sdk.prefix
            );
        }
    }
}
