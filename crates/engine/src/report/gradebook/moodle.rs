//! A file for Moodle's import of grades. The rules are those of `grade/import/csv/classes/load_data.php`, which gives a whole import up at
//! the first row that it does not like.

use std::collections::BTreeMap;

use super::amount::{Scale, amount};
use super::cell::{defused, identifier};
use super::graded::Graded;
use super::written::{GradebookFiles, LeftOut};

/// The most that a grade is, unless the site allows more.
const MOST: u32 = 100;

/// The scale without which a grade would be above Moodle's most.
pub(super) fn scale(users: &[Graded]) -> Option<Scale> {
    users.iter().any(|user| user.max_score > MOST).then(|| Scale::of_points(MOST))
}

/// By what Moodle finds somebody: the column that is mapped.
#[derive(Clone, Copy)]
enum By {
    Email,
    IdNumber,
}

impl By {
    fn title(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::IdNumber => "idnumber",
        }
    }

    /// PHP takes `0` for nothing, and a row with nothing is graded for the student of the row before.
    fn of(self, user: &Graded) -> Option<String> {
        let text = match self {
            Self::Email => user.student.email.as_deref(),
            Self::IdNumber => user.student.student_id.as_deref(),
        };
        identifier(text).filter(|text| text != "0")
    }
}

/// A row for each user whom Moodle can find, with grade and feedback.
pub(super) fn table(users: &[Graded], title: Option<&str>) -> GradebookFiles {
    let count = |by: By| users.iter().filter(|user| by.of(user).is_some()).count();
    let by = if count(By::IdNumber) > count(By::Email) { By::IdNumber } else { By::Email };
    let mut holders: BTreeMap<String, usize> = BTreeMap::new();
    for key in users.iter().filter_map(|user| by.of(user)) {
        *holders.entry(key.to_lowercase()).or_default() += 1;
    }
    let scale = scale(users);
    let title = defused(title.unwrap_or("grade"));
    let mut rows = vec![vec![by.title().to_owned(), "fullname".to_owned(), title.clone(), format!("{title} feedback")]];
    let mut left_out = Vec::new();
    for user in users {
        let reason = match by.of(user) {
            None => format!(
                "the roster has no {} by which Moodle would find the student",
                match by {
                    By::Email => "email",
                    By::IdNumber => "student_id",
                }
            ),
            Some(key) if holders.get(&key.to_lowercase()).is_some_and(|holders| *holders > 1) => {
                format!("`{key}` is several users', and Moodle would grade one of them for all")
            }
            Some(key) => {
                let points = amount(user.score, user.max_score, scale);
                rows.push(vec![key, defused(user.label()), points, defused(&user.feedback())]);
                continue;
            }
        };
        left_out.push(LeftOut { user: user.user.clone(), reason });
    }
    GradebookFiles::table(rows, left_out)
}
