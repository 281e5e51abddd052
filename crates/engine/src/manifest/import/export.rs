//! An export as a whole: which platform's it is, its students, the rows passed over, and the roster made of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::super::document::{Codes, read_export};
use super::super::login;
use super::super::reporter::printable;
use super::platform::Platform;
use super::students::{Found, Layout};
use crate::model::{Student, UserName};
use crate::source::{self, Diagnostic, Diagnostics, Node, SourceText, Span};

/// A row that became no user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The line of the file in which it begins, from 1.
    pub row: usize,
    /// Why, in words that can stand after a colon.
    pub reason: String,
}

/// What an export came to.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Who wrote it.
    pub platform: Platform,
    /// Names and students, in the order of the file.
    pub users: Vec<(UserName, Student)>,
    /// Rows that are no students.
    pub skipped: Vec<Skipped>,
}

/// The columns of the roster that is written.
const COLUMNS: [&str; 5] = ["name", "label", "email", "student_id", "group"];

impl Imported {
    /// The roster as CSV.
    pub fn to_csv(&self) -> String {
        let row = |(name, student): &(UserName, Student)| {
            let Student { label, email, student_id, group, .. } = student.clone();
            [Some(name.to_string()), label, email, student_id, group].map(Option::unwrap_or_default)
        };
        let header = COLUMNS.map(str::to_owned);
        source::csv::write(std::iter::once(header).chain(self.users.iter().map(row)))
    }
}

/// Reads a learning platform's export (CSV; separated by commas, semicolons or tabs; UTF-8 or UTF-16).
///
/// # Errors
/// A file that cannot be read, that is no known platform's, that has no column of logins; rows whose logins make no name, or the same name.
pub fn import(path: &Path, platform: Option<Platform>) -> Result<Imported, Diagnostics> {
    read_users(path, platform).map_err(printable)
}

fn read_users(path: &Path, platform: Option<Platform>) -> Result<Imported, Diagnostics> {
    let source = read_export(path).map_err(|finding| Diagnostics(vec![finding]))?;
    let table = source::csv::read(&source.text)
        .map_err(|error| Diagnostics(vec![Codes::ROSTER.refusal(&error, "CSV", &source)]))?;
    let rows = table.elements().unwrap_or_default();
    let one = |finding: Diagnostic| Diagnostics(vec![finding]);
    let Some((header, rows)) = rows.split_first() else {
        let finding = Diagnostic::error("roster::empty", format!("`{}` is empty", path.display()));
        return Err(one(finding.help("export it again: its first line says what the columns are")));
    };
    let cells = header.elements().unwrap_or_default();
    let titles: Vec<&str> = cells.iter().filter_map(Node::text).collect();
    let Some(platform) = platform.or_else(|| Platform::of(&titles)) else {
        let message = format!("the columns of `{}` are none of Canvas', Moodle's or Blackboard's", path.display());
        let help = "say whose they are with `--platform`, or read the file as it is: `[roster]` takes the titles of any columns (docs/class.md)";
        return Err(one(Diagnostic::error("roster::unknown-export", message).at(&source, header.at).help(help)));
    };
    let layout = Layout::of(cells, platform);
    if layout.login().is_none() {
        let listed: Vec<String> = layout.logins().iter().map(|title| format!("`{title}`")).collect();
        let message = format!("no column holds logins: {platform} writes {}", listed.join(" or "));
        let help = "export it with that column; in Canvas it is there for teachers who may see SIS data";
        return Err(one(Diagnostic::error("roster::no-column", message).at(&source, header.at).help(help)));
    }
    let mut imported = Imported { platform, users: Vec::new(), skipped: Vec::new() };
    let mut names = Names { source: &source, known: BTreeMap::new(), findings: Diagnostics::default() };
    for row in rows {
        match layout.student(row.elements().unwrap_or_default()) {
            Ok(found) => imported.users.extend(names.user(found, row.at)),
            Err(passed) => {
                let row = source.line_column(row.at.offset).0;
                imported.skipped.push(Skipped { row, reason: passed.reason });
            }
        }
    }
    if imported.users.is_empty() && names.findings.0.is_empty() {
        let finding = Diagnostic::error("roster::empty", format!("`{}` has no students", path.display()));
        return Err(one(finding.at(&source, header.at).help("every row was passed over; export it again")));
    }
    if names.findings.has_errors() { Err(names.findings) } else { Ok(imported) }
}

/// The names given so far.
struct Names<'file> {
    source: &'file Arc<SourceText>,
    /// Name → login and place.
    known: BTreeMap<String, (String, Span)>,
    findings: Diagnostics,
}

impl Names<'_> {
    fn user(&mut self, found: Found, at: Span) -> Option<(UserName, Student)> {
        let Found { login, student } = found;
        let text = login::name_of(&login);
        let Ok(name) = UserName::new(&text) else {
            let message = format!("the login `{login}` makes no name: nothing of `a-z 0-9` is in it");
            let finding = Diagnostic::error("roster::bad-value", message).at(self.source, at);
            self.findings.push(finding.help("change it in the file; a name is 1 to 20 of `a-z 0-9 -`"));
            return None;
        };
        if let Some((other, first)) = self.known.get(&text) {
            let line = self.source.line_column(first.offset).0;
            let second = self.source.line_column(at.offset).0;
            let message =
                format!("`{other}` (line {line}) and `{login}` (line {second}) would both be the user `{name}`");
            let finding = Diagnostic::error("roster::same-name", message).at(self.source, at);
            self.findings.push(finding.help("change one of the two in the file, or remove the row"));
            return None;
        }
        self.known.insert(text, (login, at));
        Some((name, student))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], platform: Option<Platform>) -> Result<Imported, Diagnostics> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.csv");
        crate::host::write_atomic(&path, bytes).unwrap();
        import(&path, platform)
    }

    fn roster(text: &str) -> (String, Vec<Skipped>) {
        let imported = read(text.as_bytes(), None).unwrap_or_else(|findings| panic!("{findings:?}"));
        (imported.to_csv(), imported.skipped)
    }

    fn refused(text: &str) -> String {
        let findings = read(text.as_bytes(), None).unwrap_err();
        findings.0.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect::<Vec<_>>().join("\n")
    }

    const CANVAS: &str = "Student,ID,SIS User ID,SIS Login ID,Section,Lab 6 (4711)\n    Points Possible,,,,,100\n\
        \"Example, Ana\",101,900,ana.example@school.edu,Monday,\n\"Berg, Jan\",102,901,JBerg,\"Monday and Tuesday\",55\n\
        \"Student, Test\",103,,abc123,Monday,\n\"Late, Lea\",104,,,Tuesday,\n";

    #[test]
    fn canvas() {
        let (csv, skipped) = roster(CANVAS);
        assert_eq!(
            csv,
            "name,label,email,student_id,group\nana-example,Ana Example,ana.example@school.edu,900,Monday\n\
             jberg,Jan Berg,,901,Monday and Tuesday\n"
        );
        let rows: Vec<usize> = skipped.iter().map(|skipped| skipped.row).collect();
        assert_eq!(rows, [2, 5, 6]);
        assert!(skipped[2].reason.contains("`SIS Login ID`") && skipped[2].reason.contains("Lea Late"), "{skipped:?}");
    }

    #[test]
    fn canvas_with_two_columns_of_names() {
        let (csv, skipped) = roster(
            "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,Lab (1)\nPoints Possible,,,,,,10\nExample,Ana,1,,ana,M,\n",
        );
        assert_eq!(csv.lines().nth(1), Some("ana,Ana Example,,1,M"));
        assert_eq!(skipped.len(), 1);
    }

    #[test]
    fn moodle_in_two_languages_and_with_semicolons() {
        for text in [
            "First name,Last name,ID number,Institution,Department,Email address,Course total (Real)\nAna,Example,900,,,ana.example@school.edu,-\n",
            "\u{feff}Vorname;Nachname;ID-Nummer;Institution;Abteilung;E-Mail-Adresse;Kurs gesamt\nAna;Example;900;;;ana.example@school.edu;12,5\n",
            "sep=;\nFirst name;Surname;ID number;Email address\nAna;Example;900;ana.example@school.edu\n",
        ] {
            assert_eq!(
                roster(text).0.lines().nth(1),
                Some("ana-example,Ana Example,ana.example@school.edu,900,"),
                "{text}"
            );
        }
        let (csv, _) = roster("username,firstname,lastname,email,group1\nana7,Ana,Example,a@x.edu,red\n");
        assert_eq!(csv.lines().nth(1), Some("ana7,Ana Example,a@x.edu,,red"));
    }

    #[test]
    fn blackboard_as_utf_16_with_tabs() {
        let text = "\u{feff}\"Last Name\"\t\"First Name\"\t\"Username\"\t\"Student ID\"\t\"Last Access\"\n\
                    \"Exämple\"\t\"Ana\"\t\"anae\"\t\"900\"\t\"\"\n\"Teacher_PreviewUser\"\t\"T\"\t\"tt_previewuser\"\t\"\"\t\"\"\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big, text.as_bytes().to_vec()] {
            let imported = read(&bytes, None).unwrap_or_else(|findings| panic!("{findings:?}"));
            assert_eq!(imported.platform, Platform::Blackboard);
            let csv = imported.to_csv();
            assert_eq!(csv.lines().skip(1).collect::<Vec<_>>(), ["anae,Ana Exämple,,900,"]);
            assert_eq!(imported.skipped[0].row, 3);
        }
    }

    #[test]
    fn what_cannot_be_a_roster_says_why() {
        let twice = CANVAS.to_owned() + "\"Other, Ana\",105,,Ana_Example,Monday,\n";
        let told = refused(&twice);
        assert!(told.contains("line 3") && told.contains("line 7") && told.contains("`ana-example`"), "{told}");
        assert!(refused("a,b\n1,2\n").starts_with("roster::unknown-export"));
        assert!(refused("").starts_with("roster::empty"));
        assert!(refused("Student,ID,Section\n\"A, B\",1,M\n").starts_with("roster::no-column"));
        assert!(refused("Student,ID,SIS Login ID,Section\n    Points Possible,,,\n").starts_with("roster::empty"));
        assert!(refused("First name,Last name,Email address\nÉ,É,éé@x\n").starts_with("roster::bad-value"));
        assert!(read(b"\xff\xfea", None).unwrap_err().0[0].code.starts_with("roster::not-utf8"));
        assert!(read(CANVAS.as_bytes(), Some(Platform::Moodle)).is_err(), "a platform is taken at the user's word");
    }

    #[test]
    fn an_export_steers_no_terminal() {
        let bad =
            "Student,ID,SIS Login ID,Section\n\"B\u{1b}[2J, A\",1,,M\n\"C, D\",2,x\u{1b}[2J,M\n\"E, F\",3,x  2j,M\n";
        let told = refused(bad);
        assert!(!told.contains('\u{1b}') && told.contains("`x"), "{told}");
        let one = bad.rsplit_once("\"E, F\"").unwrap().0;
        assert!(!roster(one).1[0].reason.contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn what_is_written_is_a_roster_again(cells in proptest::collection::vec("[ -~äß\n]{0,12}", 3)) {
            let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let text = format!(
                "Student,ID,SIS Login ID,Section\n{},7,ana,{}\n\"B, A\",8,bob,{}\n",
                quoted[0], quoted[1], quoted[2]
            );
            let Ok(imported) = read(text.as_bytes(), None) else { return Ok(()) };
            let csv = imported.to_csv();
            let table = source::csv::read(&csv).unwrap();
            prop_assert_eq!(table.elements().unwrap().len(), imported.users.len() + 1);
        }
    }
}
