//! A table for whatever reads tables.

use super::amount::amount;
use super::cell::defused;
use super::graded::Graded;
use super::written::GradebookFiles;

/// A row for each user: who, points, and the further columns of the roster as they stand there.
pub(super) fn table(users: &[Graded], title: Option<&str>) -> GradebookFiles {
    let mut kept: Vec<&str> = Vec::new();
    for (title, _) in users.iter().flat_map(|user| &user.student.other) {
        if !kept.contains(&title.as_str()) {
            kept.push(title);
        }
    }
    let own = ["name", "label", "email", "student_id", "group", title.unwrap_or("points"), "max_points"];
    let header = own.iter().map(|title| defused(title)).chain(kept.iter().map(|title| (*title).to_owned())).collect();
    let row = |user: &Graded| {
        let student = &user.student;
        let text = |text: &Option<String>| defused(text.as_deref().unwrap_or_default());
        let mut cells = vec![
            user.user.clone(),
            text(&student.label),
            text(&student.email),
            text(&student.student_id),
            text(&student.group),
            amount(user.score, user.max_score, None),
            amount(user.max_score, user.max_score, None),
        ];
        let other = |title: &&str| student.other.iter().find(|(known, _)| known == title).map(|(_, text)| text.clone());
        cells.extend(kept.iter().map(|title| other(title).unwrap_or_default()));
        cells
    };
    GradebookFiles::table(std::iter::once(header).chain(users.iter().map(row)).collect(), Vec::new())
}
