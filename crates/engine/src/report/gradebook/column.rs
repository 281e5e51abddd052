//! Which column of an export takes the points.

use super::exported::ExportedFile;
use super::format::GradebookFormat;
use crate::source::Node;

/// Why a column takes no points, or none was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoColumn {
    /// No title is like it; those that take points.
    Unknown(Vec<String>),
    /// Several are; these.
    Several(Vec<String>),
    /// It is there, and must not be filled: why.
    Refused(String, String),
    /// The file is none of the platform's: what is missing.
    NotOfPlatform(&'static str),
}

/// Titles that say who somebody is; points in them would make an import name somebody else.
const WHO: [&str; 36] = [
    "Student",
    "LastName",
    "FirstName",
    "ID",
    "SIS User ID",
    "SIS Login ID",
    "Login ID",
    "Integration ID",
    "Root Account",
    "Section",
    "Email",
    "First name",
    "firstname",
    "Vorname",
    "Last name",
    "Surname",
    "lastname",
    "Nachname",
    "Username",
    "username",
    "Anmeldename",
    "Full name",
    "Email address",
    "email",
    "E-Mail-Adresse",
    "ID number",
    "idnumber",
    "ID-Nummer",
    "Institution",
    "Department",
    "Student ID",
    "name",
    "label",
    "student_id",
    "group",
    "Groups",
];

/// Parts of titles that Canvas computes itself (`lib/gradebook_importer.rb`).
const OF_CANVAS: [&str; 9] = [
    "Current Score",
    "Current Points",
    "Current Grade",
    "Final Score",
    "Final Points",
    "Final Grade",
    "Override Score",
    "Override Grade",
    "Override Status",
];

/// The column with this title; without one, the only column that takes points.
///
/// # Errors
/// When there is none, when there are several, when filling it would do harm.
pub fn column(file: &ExportedFile, format: GradebookFormat, wanted: Option<&str>) -> Result<usize, NoColumn> {
    let titles: Vec<&str> = file.header().iter().map(|cell| cell.text().unwrap_or_default()).collect();
    if format == GradebookFormat::Canvas {
        check_canvas(&titles)?;
    }
    let refusal = |at: usize| refusal(file, format, &titles, at);
    let open = || (0..titles.len()).filter(|at| refusal(*at).is_none());
    let names =
        |places: &[usize]| places.iter().filter_map(|at| titles.get(*at)).map(|title| (*title).to_owned()).collect();
    let Some(wanted) = wanted.map(str::trim) else {
        let open: Vec<usize> = open().collect();
        return match open.as_slice() {
            [only] => Ok(*only),
            [] => Err(NoColumn::Unknown(Vec::new())),
            several => Err(NoColumn::Several(names(several))),
        };
    };
    let like: Vec<usize> = alike(&titles, wanted);
    match like.as_slice() {
        [only] => match refusal(*only) {
            None => Ok(*only),
            Some(why) => Err(NoColumn::Refused(names(&[*only]).concat(), why)),
        },
        [] => Err(NoColumn::Unknown(names(&open().collect::<Vec<_>>()))),
        several => Err(NoColumn::Several(names(several))),
    }
}

/// The columns of exactly this title; else of this title before Canvas' `(id)`; else those that have it somewhere.
fn alike(titles: &[&str], wanted: &str) -> Vec<usize> {
    let of = |is_so: &dyn Fn(&str) -> bool| -> Vec<usize> {
        titles.iter().enumerate().filter(|(_, title)| is_so(title)).map(|(at, _)| at).collect()
    };
    let lower = wanted.to_lowercase();
    let exact = of(&|title| title == wanted);
    if !exact.is_empty() {
        return exact;
    }
    let named = of(&|title| canvas_id(title).is_some_and(|(name, _)| name == wanted));
    if named.is_empty() && !wanted.is_empty() { of(&|title| title.to_lowercase().contains(&lower)) } else { named }
}

/// `Lab 6 (4711)` as name and id.
pub(super) fn canvas_id(title: &str) -> Option<(&str, &str)> {
    let (name, rest) = title.trim_end().rsplit_once('(')?;
    let id = rest.strip_suffix(')')?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some((name.trim(), id))
}

/// What Canvas asks of the first row.
fn check_canvas(titles: &[&str]) -> Result<(), NoColumn> {
    let has = |at: usize, part: &str| titles.get(at).is_some_and(|title| title.contains(part));
    let is_one = titles.len() > 3 && has(0, "Student") && has(1, "ID");
    let is_two = titles.len() > 4 && has(0, "LastName") && has(1, "FirstName") && has(2, "ID");
    if !is_one && !is_two {
        return Err(NoColumn::NotOfPlatform("its first columns are not `Student` and `ID`"));
    }
    if !titles.iter().any(|title| title.contains("Section")) {
        return Err(NoColumn::NotOfPlatform("it has no column `Section`"));
    }
    Ok(())
}

/// Why a column must not be filled.
fn refusal(file: &ExportedFile, format: GradebookFormat, titles: &[&str], at: usize) -> Option<String> {
    let title = titles.get(at).copied().unwrap_or_default();
    if title.is_empty() {
        return Some("it has no title".to_owned());
    }
    if WHO.contains(&title) {
        return Some("it says who somebody is".to_owned());
    }
    match format {
        GradebookFormat::Canvas => canvas_refusal(file, title, at),
        GradebookFormat::Moodle => moodle_refusal(file, title, at),
        _ => None,
    }
}

fn canvas_refusal(file: &ExportedFile, title: &str, at: usize) -> Option<String> {
    if OF_CANVAS.iter().any(|part| title.contains(part)) {
        return Some("Canvas computes it itself".to_owned());
    }
    if canvas_id(title).is_none() {
        return Some("it has no `(id)` behind its title, so that Canvas would make a new assignment of it".to_owned());
    }
    let points = file.points_possible(at).unwrap_or_default();
    points.contains("read only").then(|| "Canvas has it as read only".to_owned())
}

/// Moodle gives the whole import up at a grade that is no number.
fn moodle_refusal(file: &ExportedFile, title: &str, at: usize) -> Option<String> {
    if title == "Last downloaded from this course" {
        return Some("it says when the file was exported".to_owned());
    }
    let is_grade = |cell: &str| {
        cell.is_empty()
            || cell == "-"
            || cell.trim_start_matches('-').replace(',', ".").parse::<f64>().is_ok_and(f64::is_finite)
    };
    let odd = file.rows().map(|row: &[Node]| ExportedFile::cell(row, at)).find(|cell| !is_grade(cell))?;
    let shown: String = odd.chars().take(20).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    Some(format!("it holds `{shown}`, which is no number, as a grade is; export grades as `Real`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: &str = "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Lab 6 (4711),Lab 7 (4712),Labs Current Score,Unposted Final Score,Lab 8 (4713)\n\
        Points Possible,,,,,,100,10,(read only),(read only),(read only)\n\"Example, Ana\",1,9,ana,M,,,,,,\n";

    fn chosen(text: &str, format: GradebookFormat, wanted: Option<&str>) -> Result<usize, NoColumn> {
        column(&ExportedFile::of(text.as_bytes()).unwrap(), format, wanted)
    }

    #[test]
    fn no_column_makes_an_assignment_or_somebody_else() {
        use GradebookFormat::{Canvas, Csv, Moodle};
        let moodle = "First name,Last name,ID number,Email address,Assignment: Lab 6 (Real),Assignment: Lab 6 (Letter),Course total (Percentage)\nAna,E,9,a@x,-,B+,87.00 %\n";
        for (rule, text, format, wanted, expected) in [
            ("the whole title", CANVAS, Canvas, Some("Lab 6 (4711)"), Ok(6)),
            ("the title without its id", CANVAS, Canvas, Some("Lab 7"), Ok(7)),
            ("a part of it", CANVAS, Canvas, Some("4712"), Ok(7)),
            ("several", CANVAS, Canvas, None, Err("Several")),
            ("several alike", CANVAS, Canvas, Some("lab"), Err("Several")),
            ("no such column, which would be a new assignment", CANVAS, Canvas, Some("Lab 9"), Err("Unknown")),
            ("a column of the instructor's own", CANVAS, Canvas, Some("Notes"), Err("no `(id)`")),
            ("who it is", CANVAS, Canvas, Some("SIS User ID"), Err("who somebody is")),
            ("computed", CANVAS, Canvas, Some("Labs Current Score"), Err("computes")),
            ("computed, unposted", CANVAS, Canvas, Some("Unposted Final Score"), Err("computes")),
            ("read only", CANVAS, Canvas, Some("Lab 8 (4713)"), Err("read only")),
            ("no export of Canvas", moodle, Canvas, None, Err("NotOfPlatform")),
            ("no section", "Student,ID,SIS Login ID,Lab (1)\n", Canvas, None, Err("NotOfPlatform")),
            ("two columns of names", "LastName,FirstName,ID,SIS Login ID,Section,Lab (1)\n", Canvas, None, Ok(5)),
            ("the only one of numbers", moodle, Moodle, None, Ok(4)),
            ("letters abort an import", moodle, Moodle, Some("Letter"), Err("`B+`")),
            ("so do percentages", moodle, Moodle, Some("Course total (Percentage)"), Err("`87.00 %`")),
            ("any table", "name,points\nana,\n", Csv, None, Ok(1)),
            ("no name of a column", "name,\nana,1\n", Csv, None, Err("Unknown")),
        ] {
            let found = chosen(text, format, wanted);
            match expected {
                Ok(at) => assert_eq!(found, Ok(at), "{rule}"),
                Err(part) => assert!(format!("{found:?}").contains(part) && found.is_err(), "{rule}: {found:?}"),
            }
        }
    }
}
