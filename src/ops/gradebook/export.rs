//! The instructor's own export is filled, and kept as it was beside it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::failure::Failure;
use super::options::GradebookOptions;
use crate::host;
use crate::manifest::Participants;
use crate::model::visible;
use crate::report::{self, ExportedFile, Filled, Graded, NoColumn, NotATable, RowOf};
use crate::source::nearest;

/// An export that was filled.
pub(super) struct FilledExport {
    pub(super) filled: Filled,
    /// The column's title.
    pub(super) column: String,
    /// Where it is kept as it was; none where nothing changed.
    pub(super) original: Option<PathBuf>,
    /// Whether an earlier run put it there.
    pub(super) original_kept: bool,
}

/// Fills one column of a file in place.
///
/// # Errors
/// A file that is no table or of nobody's, a column that must not be filled, an original of another export in the way.
pub(super) fn fill(path: &Path, options: &GradebookOptions, users: &[Graded]) -> Result<FilledExport, Failure> {
    // Through a link, the file is filled and the link stays.
    let real = path.canonicalize().map_err(|error| Failure::file("read", path, error))?;
    let bytes = host::read(&real, host::LARGEST_TEXT).map_err(|error| Failure::file("read", path, error))?;
    let file = ExportedFile::of(&bytes).map_err(|why| no_table(path, why))?;
    let wanted = options.column.as_deref();
    let column = report::column(&file, options.format, wanted).map_err(|why| no_column(path, wanted, why))?;
    let rows = rows(&file).ok_or_else(|| {
        Failure::usage(
            format!("no column of `{}` holds logins", path.display()),
            "export it with `SIS Login ID` (Canvas), `Email address` or `Username` (Moodle); a table of your own has a column `name`",
        )
    })?;
    let filled = report::fill(&file, (options.format, column), rows, users, options.if_unknown)
        .map_err(|why| no_table(path, why))?;
    if filled.written == 0 && filled.left_out.is_empty() {
        return Err(Failure::usage(
            format!("no row of `{}` is about a user of the run", path.display()),
            "rows are found by login, e-mail address and number of the roster; is it the export of this class?",
        ));
    }
    let title = ExportedFile::cell(file.header(), column).to_owned();
    let (original, original_kept) = write(path, &real, &bytes, &file, &filled.bytes, column)?;
    Ok(FilledExport { filled, column: title, original, original_kept })
}

fn rows(file: &ExportedFile) -> Option<Vec<(usize, Result<RowOf, String>)>> {
    let participants = Participants::of(file.header())?;
    let row_of = |(row, cells)| match participants.listed(cells) {
        Ok(listed) => {
            let row_of =
                RowOf { name: listed.name, label: listed.label, email: listed.email, student_id: listed.student_id };
            Some((row, Ok(row_of)))
        }
        Err(reason) => Some((row, Err(reason?))),
    };
    let students = file.rows().enumerate().filter(|(_, cells)| !ExportedFile::is_points_possible(cells));
    Some(students.filter_map(row_of).collect())
}

/// Writes what changed; first what was there, unless an earlier run kept it.
fn write(
    path: &Path,
    real: &Path,
    before: &[u8],
    file: &ExportedFile,
    after: &[u8],
    column: usize,
) -> Result<(Option<PathBuf>, bool), Failure> {
    let mut name = OsString::from(if path.is_symlink() { real } else { path });
    name.push(".orig");
    let original = PathBuf::from(name);
    let is_there = original.symlink_metadata().is_ok();
    if before == after {
        return Ok((is_there.then_some(original), is_there));
    }
    if is_there {
        let kept = host::read(&original, host::LARGEST_TEXT).ok().and_then(|bytes| ExportedFile::of(&bytes).ok());
        if !kept.is_some_and(|kept| kept.differs_only_in(file, column)) {
            return Err(Failure::usage(
                format!("`{}` is there and is the original of something else; nothing was written", original.display()),
                format!(
                    "move it away, then run the same command again: `{}` would be kept under that name",
                    path.display()
                ),
            ));
        }
    } else {
        host::write_like(&original, before, real).map_err(|error| Failure::file("write", &original, error))?;
    }
    host::write_like(real, after, real).map_err(|error| Failure::file("write", path, error))?;
    Ok((Some(original), is_there))
}

fn no_table(path: &Path, why: NotATable) -> Failure {
    let path = path.display();
    match why {
        NotATable::Encoding => Failure::usage(format!("`{path}` begins as UTF-16 and is none"), "export it again"),
        NotATable::Quotes => Failure::usage(
            format!("a quote in `{path}` is never closed"),
            "export it again as CSV; a workbook (`.xlsx`) is none",
        ),
        NotATable::Empty => {
            Failure::usage(format!("`{path}` is empty"), "export it again: its first line says what the columns are")
        }
        NotATable::Ambiguous => Failure::usage(
            format!(
                "quotes stand in cells of `{path}` where no CSV has them, and other cells would change; nothing was written"
            ),
            "export it again, or save it as CSV with a spreadsheet",
        ),
    }
}

fn no_column(path: &Path, wanted: Option<&str>, why: NoColumn) -> Failure {
    let listed = |titles: &[String]| {
        titles.iter().take(12).map(|title| format!("`{}`", visible(title))).collect::<Vec<_>>().join(", ")
    };
    let path = path.display();
    match (why, wanted) {
        (NoColumn::Unknown(open), Some(wanted)) => {
            let help = match nearest(wanted, open.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{}`?", visible(near)),
                None if open.is_empty() => "make the assignment in the platform, then export again".to_owned(),
                None => format!("columns that take points: {}", listed(&open)),
            };
            Failure::usage(
                format!("`{path}` has no column `{wanted}`, and labctl adds none: that would be a new assignment"),
                help,
            )
        }
        (NoColumn::Unknown(_), None) => Failure::usage(
            format!("no column of `{path}` takes points"),
            "make the assignment in the platform, then export again; `--column TITLE` says why one is not taken",
        ),
        (NoColumn::Several(titles), _) => Failure::usage(
            format!("several columns of `{path}` may be meant: {}", listed(&titles)),
            "say which with `--column TITLE`, the whole title",
        ),
        (NoColumn::Refused(title, reason), _) => Failure::usage(
            format!("the column `{}` of `{path}` is not filled: {reason}", visible(&title)),
            "choose another with `--column TITLE`",
        ),
        (NoColumn::NotOfPlatform(reason), _) => Failure::usage(
            format!("`{path}` is no export of Canvas' gradebook: {reason}"),
            "choose the format that it is of: `--format moodle`, or `csv` for any table",
        ),
    }
}
