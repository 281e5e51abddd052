//! JUnit XML for whatever shows test results: a suite for each user, a case for each check. For the instructor: hidden checks are in it.

use std::fmt::Write as _;

use super::graded::{Graded, GradedCheck, GradedRun};
use super::written::GradebookFiles;
use crate::verify::CheckVerdict;

/// How many of a suite's cases came to what.
#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of<'c>(checks: impl Iterator<Item = &'c GradedCheck>) -> Self {
        let mut counts = Self::default();
        for check in checks {
            counts.tests += 1;
            match check.verdict {
                CheckVerdict::Passed => {}
                CheckVerdict::Failed => counts.failures += 1,
                CheckVerdict::Unknown => counts.errors += 1,
                CheckVerdict::Skipped => counts.skipped += 1,
            }
        }
        counts
    }

    fn attributes(self) -> String {
        let Self { tests, failures, errors, skipped } = self;
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
    }
}

/// One file. What is not known is an error, which is the grader's and not the student's.
pub(super) fn file(users: &[Graded], run: &GradedRun) -> GradebookFiles {
    let counts = Counts::of(users.iter().flat_map(|user| &user.checks));
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(text, "<testsuites name=\"{}\" {}>", escaped(&run.lab), counts.attributes());
    for user in users {
        suite(&mut text, user, run);
    }
    text.push_str("</testsuites>\n");
    GradebookFiles { files: vec![(std::path::PathBuf::new(), text)], written: users.len(), left_out: Vec::new() }
}

fn suite(text: &mut String, user: &Graded, run: &GradedRun) {
    let at = run.at.split(['.', 'Z']).next().unwrap_or_default();
    let counts = Counts::of(user.checks.iter()).attributes();
    let _ = writeln!(text, "  <testsuite name=\"{}\" {counts} timestamp=\"{}\">", escaped(&user.user), escaped(at));
    let points = [("score", user.score.to_string()), ("max_score", user.max_score.to_string())];
    let label = user.student.label.iter().map(|label| ("label", label.clone()));
    text.push_str("    <properties>\n");
    for (name, value) in points.into_iter().chain(label) {
        let _ = writeln!(text, "      <property name=\"{name}\" value=\"{}\"/>", escaped(&value));
    }
    text.push_str("    </properties>\n");
    for check in &user.checks {
        case(text, user, check);
    }
    text.push_str("  </testsuite>\n");
}

fn case(text: &mut String, user: &Graded, check: &GradedCheck) {
    let (point, name) = check.id.split_once('/').unwrap_or(("", &check.id));
    let head = format!("<testcase name=\"{}\" classname=\"{}.{}\"", escaped(name), escaped(&user.user), escaped(point));
    let message = escaped(check.reason.as_deref().unwrap_or(&check.title));
    let _ = match check.verdict {
        CheckVerdict::Passed => writeln!(text, "    {head}/>"),
        CheckVerdict::Failed => {
            writeln!(text, "    {head}>\n      <failure message=\"{message}\" type=\"failed\"/>\n    </testcase>")
        }
        CheckVerdict::Unknown => {
            writeln!(text, "    {head}>\n      <error message=\"{message}\" type=\"unknown\"/>\n    </testcase>")
        }
        CheckVerdict::Skipped => writeln!(text, "    {head}>\n      <skipped message=\"{message}\"/>\n    </testcase>"),
    };
}

/// As an attribute's text; characters that XML cannot hold are blanks.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
