//! The platforms whose exports are known, and what their columns are called.
//!
//! Canvas: `lib/gradebook_importer.rb` of canvas-lms; Moodle: `grade/export/txt` and the list of participants; Blackboard: "Download
//! Grades". Titles are those of English; Moodle's also of German.

use std::fmt;

/// A learning platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Canvas' gradebook.
    Canvas,
    /// Moodle's grades or participants.
    Moodle,
    /// Blackboard's grade center.
    Blackboard,
}

/// The titles under which a platform writes each fact, the best first.
#[derive(Debug)]
pub(super) struct Titles {
    pub(super) login: &'static [&'static str],
    /// Both names in one cell.
    pub(super) whole: &'static [&'static str],
    pub(super) first: &'static [&'static str],
    pub(super) last: &'static [&'static str],
    pub(super) email: &'static [&'static str],
    pub(super) student_id: &'static [&'static str],
    pub(super) group: &'static [&'static str],
    /// Titles that all must be there for a file to be taken for this platform's, each with its other spellings.
    signs: &'static [&'static [&'static str]],
}

const CANVAS: Titles = Titles {
    login: &["SIS Login ID", "Login ID", "SIS User ID"],
    whole: &["Student"],
    first: &["FirstName"],
    last: &["LastName"],
    email: &["Email"],
    student_id: &["SIS User ID", "Integration ID", "ID"],
    group: &["Section"],
    signs: &[&["ID"], &["Section"], &["Student", "LastName"]],
};

const FIRST: &[&str] = &["First name", "firstname", "Vorname"];
const LAST: &[&str] = &["Last name", "Surname", "lastname", "Nachname"];

const MOODLE: Titles = Titles {
    login: &["Username", "username", "Anmeldename", "Email address", "email", "E-Mail-Adresse"],
    whole: &["Full name", "Vollständiger Name"],
    first: FIRST,
    last: LAST,
    email: &["Email address", "email", "E-Mail-Adresse"],
    student_id: &["ID number", "idnumber", "ID-Nummer"],
    group: &["Groups", "Group", "group1", "Gruppen"],
    signs: &[FIRST, LAST],
};

const BLACKBOARD: Titles = Titles {
    login: &["Username"],
    whole: &[],
    first: &["First Name"],
    last: &["Last Name"],
    email: &["Email", "Email Address"],
    student_id: &["Student ID"],
    group: &["Child Course ID", "Group"],
    signs: &[&["Last Name"], &["First Name"], &["Username"]],
};

/// A roster's own titles.
pub(super) static ROSTER: Titles = Titles {
    login: &["name", "user"],
    whole: &["label"],
    first: &[],
    last: &[],
    email: &["email"],
    student_id: &["student_id"],
    group: &["group"],
    signs: &[],
};

impl Platform {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Canvas, Self::Moodle, Self::Blackboard];

    /// Its titles.
    pub(super) fn titles(self) -> &'static Titles {
        match self {
            Self::Canvas => &CANVAS,
            Self::Moodle => &MOODLE,
            Self::Blackboard => &BLACKBOARD,
        }
    }

    /// The platform that writes these titles.
    pub(super) fn of(titles: &[&str]) -> Option<Self> {
        let has = |spellings: &&[&str]| spellings.iter().any(|title| titles.contains(title));
        Self::ALL.into_iter().find(|platform| platform.titles().signs.iter().all(has))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Canvas => "Canvas",
            Self::Moodle => "Moodle",
            Self::Blackboard => "Blackboard",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_known_by_its_titles() {
        for (titles, platform) in [
            (&["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lab 6 (12)"][..], Some(Platform::Canvas)),
            (&["LastName", "FirstName", "ID", "SIS Login ID", "Section"], Some(Platform::Canvas)),
            (&["First name", "Last name", "ID number", "Email address", "Course total"], Some(Platform::Moodle)),
            (&["First name", "Surname", "Email address"], Some(Platform::Moodle)),
            (&["Vorname", "Nachname", "ID-Nummer", "E-Mail-Adresse"], Some(Platform::Moodle)),
            (&["Last Name", "First Name", "Username", "Student ID", "Last Access"], Some(Platform::Blackboard)),
            (&["name", "region"], None),
        ] {
            assert_eq!(Platform::of(titles), platform, "{titles:?}");
        }
    }
}
