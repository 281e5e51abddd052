//! The formats.

use std::fmt;

/// What a gradebook is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GradebookFormat {
    /// Canvas' gradebook.
    Canvas,
    /// Moodle's import of grades.
    Moodle,
    /// Gradescope's results of an autograder.
    Gradescope,
    /// Classroom 50's results.
    Classroom50,
    /// JUnit XML.
    Junit,
    /// Any table.
    Csv,
}

impl GradebookFormat {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Canvas => "canvas",
            Self::Moodle => "moodle",
            Self::Gradescope => "gradescope",
            Self::Classroom50 => "classroom50",
            Self::Junit => "junit",
            Self::Csv => "csv",
        }
    }

    /// What is written by default.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Canvas => "canvas.csv",
            Self::Moodle => "moodle.csv",
            Self::Gradescope => "gradescope",
            Self::Classroom50 => "classroom50",
            Self::Junit => "junit.xml",
            Self::Csv => "grades.csv",
        }
    }

    /// Whether it is one file, not one for each user.
    pub fn is_one_file(self) -> bool {
        self.is_table() || self == Self::Junit
    }

    /// Whether it says itself of a check that nobody can judge it yet.
    pub fn knows_unknown(self) -> bool {
        self == Self::Junit
    }

    /// Whether a column of an export can be filled.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Canvas | Self::Moodle | Self::Csv)
    }
}

impl fmt::Display for GradebookFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}
