//! Users → the files of a format.

use super::format::GradebookFormat;
use super::graded::{Graded, GradedRun};
use super::written::GradebookFiles;
use super::{canvas, classroom50, gradescope, junit, moodle, plain};

/// The files of a format, for users whose checks are all judged; JUnit has a word for those that are not.
///
/// # Errors
/// When the column's title would do harm: why.
pub fn write(
    users: &[Graded],
    run: &GradedRun,
    format: GradebookFormat,
    title: Option<&str>,
) -> Result<GradebookFiles, &'static str> {
    match format {
        GradebookFormat::Canvas => canvas::table(users, title),
        GradebookFormat::Moodle => Ok(moodle::table(users, title)),
        GradebookFormat::Gradescope => Ok(gradescope::files(users)),
        GradebookFormat::Classroom50 => Ok(classroom50::files(users, run, title)),
        GradebookFormat::Junit => Ok(junit::file(users, run)),
        GradebookFormat::Csv => Ok(plain::table(users, title)),
    }
}
