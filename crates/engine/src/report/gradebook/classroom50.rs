//! `result.json` of Classroom 50, one for each user.

use std::path::Path;

use serde_json::{Value, json};

use super::graded::{Graded, GradedCheck, GradedRun};
use super::written::{GradebookFiles, LeftOut};
use crate::verify::CheckVerdict;

/// Titles under which a roster keeps the names that GitHub knows.
const GITHUB: [&str; 3] = ["github_username", "github", "GitHub"];

/// `<user>/result.json`, for users whose name on GitHub the roster kept.
pub(super) fn files(users: &[Graded], run: &GradedRun, assignment: Option<&str>) -> GradebookFiles {
    let mut files = GradebookFiles::default();
    for user in users {
        match GITHUB.iter().find_map(|title| user.other(title)) {
            Some(owner) => {
                let path = Path::new(&user.user).join("result.json");
                files.files.push((path, format!("{:#}\n", result(user, owner, run, assignment.unwrap_or(&run.lab)))));
                files.written += 1;
            }
            None => files.left_out.push(LeftOut {
                user: user.user.clone(),
                reason: "the roster keeps no column `github_username` (`other_columns = \"keep\"`)".to_owned(),
            }),
        }
    }
    files
}

/// All fields are asked for and may not be empty; points are whole. What stands for a submission has the run's time, as one that is
/// entered by hand has.
fn result(user: &Graded, owner: &str, run: &GradedRun, assignment: &str) -> Value {
    // `2026-11-30T07:00:00.000Z` without the fraction.
    let at = run.at.split('.').next().unwrap_or_default().trim_end_matches('Z');
    let submission = format!("submit/labctl-{}", at.replace(':', "-"));
    let tests: Vec<Value> = user.for_student().iter().map(test).collect();
    json!({
        "schema": "classroom50/result/v1",
        "classroom": run.lab,
        "assignment": assignment,
        "assignment_type": "individual",
        "owner": owner,
        "submission": submission,
        "commit": submission,
        "release": submission,
        "review": submission,
        "datetime": format!("{at}Z"),
        "score": user.score,
        "max-score": user.max_score,
        "tests": tests,
    })
}

fn test(check: &GradedCheck) -> Value {
    json!({
        "test-name": check.id,
        "passed": check.verdict == CheckVerdict::Passed,
        "score": check.points,
        "max-score": check.max_points,
    })
}
