//! A file for Canvas' import. The rules are those of `lib/gradebook_importer.rb` of canvas-lms.

use super::amount::amount;
use super::cell::{defused, identifier};
use super::column::canvas_id;
use super::graded::Graded;
use super::written::{GradebookFiles, LeftOut};

/// A row for each user whom Canvas can find. There is no row `Points Possible`: it would change the assignment.
///
/// # Errors
/// When the column's title has no id: Canvas would make a new assignment of it.
pub(super) fn table(users: &[Graded], title: Option<&str>) -> Result<GradebookFiles, &'static str> {
    let title = title.map(str::trim).filter(|title| canvas_id(title).is_some());
    let title = title
        .ok_or("Canvas finds an assignment by the id behind its title, and makes a new one where it is missing")?;
    let header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut left_out = Vec::new();
    for user in users {
        match row(user) {
            Ok(cells) => rows.push(cells),
            Err(reason) => left_out.push(LeftOut { user: user.user.clone(), reason: reason.to_owned() }),
        }
    }
    Ok(GradebookFiles::table(rows, left_out))
}

fn row(user: &Graded) -> Result<Vec<String>, &'static str> {
    let student = &user.student;
    // Canvas looks for its own id, then the school's, then the login; after that for a name, and then it takes the row for somebody new.
    let own = identifier(user.other("ID")).filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    let school = identifier(user.other("SIS User ID").or(student.student_id.as_deref()));
    let login = identifier(user.other("SIS Login ID").or(student.email.as_deref()));
    if own.is_none() && school.is_none() && login.is_none() {
        return Err("the roster has no student_id or email by which Canvas would find the student");
    }
    let name = defused(user.label());
    if name.contains("Points Possible") {
        return Err("Canvas would take the row for the assignments' points: so the student is called");
    }
    let ids = [own, school, login].map(Option::unwrap_or_default);
    let section = defused(student.group.as_deref().unwrap_or_default());
    Ok([name].into_iter().chain(ids).chain([section, amount(user.score, user.max_score, None)]).collect())
}
