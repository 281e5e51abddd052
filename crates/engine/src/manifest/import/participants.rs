//! Whom the rows of a list name: an export, or a file with a roster's own titles.

use super::super::login;
use super::platform::Platform;
use super::students::Layout;
use crate::source::Node;

/// What a row says of whom it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The user's name that the login comes to; empty where there is no login.
    pub name: String,
    /// How the row calls the person.
    pub label: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// The school's number.
    pub student_id: Option<String>,
}

/// The columns of a list that say whom a row is about.
pub struct Participants<'header>(Layout<'header>);

impl<'header> Participants<'header> {
    /// By a platform's titles, or a roster's own; none where no column holds logins.
    pub fn of(header: &'header [Node]) -> Option<Self> {
        let titles: Vec<&str> = header.iter().filter_map(Node::text).collect();
        let layout = Platform::of(&titles).map_or_else(|| Layout::of_roster(header), |it| Layout::of(header, it));
        layout.login().is_some().then_some(Self(layout))
    }

    /// Whom a row is about.
    ///
    /// # Errors
    /// Why nobody can say; `None` where nobody is meant: the assignments' points, a test student.
    pub fn listed(&self, row: &[Node]) -> Result<Listed, Option<String>> {
        let found = self.0.student(row).map_err(|passed| passed.is_somebody.then_some(passed.reason))?;
        let student = found.student;
        let name = login::name_of(&found.login);
        Ok(Listed { name, label: student.label, email: student.email, student_id: student.student_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    #[test]
    fn rows_name_somebody_nobody_or_cannot_say() {
        let text = "Student,ID,SIS Login ID,Section\n    Points Possible,,,\n\"Example, Ana\",7,Ana@x.edu,M\n\"Late, Lea\",8,,M\n\"Student, Test\",9,z,M\n";
        let table = source::csv::read(text).unwrap();
        let rows = table.elements().unwrap();
        let participants = Participants::of(rows[0].elements().unwrap()).unwrap();
        let found: Vec<_> = rows[1..].iter().map(|row| participants.listed(row.elements().unwrap())).collect();
        assert_eq!(found[0], Err(None));
        let ana = found[1].clone().unwrap();
        assert_eq!(
            (ana.name.as_str(), ana.email.as_deref(), ana.student_id.as_deref()),
            ("ana", Some("Ana@x.edu"), Some("7"))
        );
        assert!(found[2].clone().unwrap_err().is_some_and(|reason| reason.contains("Lea Late")));
        assert_eq!(found[3], Err(None));
        let own = source::csv::read("name,points\nana,1\n").unwrap();
        assert!(Participants::of(own.elements().unwrap()[0].elements().unwrap()).is_some());
        let none = source::csv::read("a,b\n1,2\n").unwrap();
        assert!(Participants::of(none.elements().unwrap()[0].elements().unwrap()).is_none());
    }
}
