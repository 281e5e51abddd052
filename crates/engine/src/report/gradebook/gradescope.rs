//! `results.json` of Gradescope, one for each user.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::graded::{Graded, GradedCheck};
use super::written::GradebookFiles;
use crate::verify::CheckVerdict;

/// `<user>/results.json`.
pub(super) fn files(users: &[Graded]) -> GradebookFiles {
    let file = |user: &Graded| (Path::new(&user.user).join("results.json"), format!("{:#}\n", results(user)));
    GradebookFiles { files: users.iter().map(file).collect(), written: users.len(), left_out: Vec::new() }
}

/// Every test is `visible`: one that appears later hides the student's total, and one that is `hidden` should have no points. Gradescope
/// adds up the tests; a score of its own would outweigh them.
fn results(user: &Graded) -> Value {
    let tests: Vec<Value> = (1_usize..).zip(user.for_student()).map(|(number, check)| test(number, &check)).collect();
    json!({ "visibility": "visible", "stdout_visibility": "hidden", "tests": tests })
}

fn test(number: usize, check: &GradedCheck) -> Value {
    let name = if check.title.is_empty() { check.id.clone() } else { format!("{}: {}", check.id, check.title) };
    let status = if check.verdict == CheckVerdict::Passed { "passed" } else { "failed" };
    let mut test = Map::new();
    test.insert("name".to_owned(), name.into());
    test.insert("number".to_owned(), number.to_string().into());
    test.insert("score".to_owned(), check.points.into());
    test.insert("max_score".to_owned(), check.max_points.into());
    test.insert("status".to_owned(), status.into());
    test.insert("visibility".to_owned(), "visible".into());
    if let Some(reason) = &check.reason {
        test.insert("output".to_owned(), reason.clone().into());
    }
    Value::Object(test)
}
