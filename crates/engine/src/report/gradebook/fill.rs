//! The instructor's export, one column of it filled.

use std::collections::BTreeMap;

use super::amount::{Scale, amount};
use super::exported::{ExportedFile, NotATable};
use super::format::GradebookFormat;
use super::graded::{Graded, IfUnknown};
use super::matched::{RowOf, Unmatched, matched};
use super::moodle;
use super::written::LeftOut;

/// An export that was filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// Cells that hold points of labctl now.
    pub written: usize,
    /// What full marks are worth; none where points are as they are.
    pub scale: Option<String>,
    /// Rows without a user, users without a row.
    pub unmatched: Vec<Unmatched>,
    /// Users whose cell was left as it is.
    pub left_out: Vec<LeftOut>,
}

/// Fills a column. Rows that nobody is about are left out of `rows`; they count from 0 under the titles.
///
/// # Errors
/// When anything else of the file would be read otherwise.
pub fn fill(
    file: &ExportedFile,
    (format, column): (GradebookFormat, usize),
    rows: Vec<(usize, Result<RowOf, String>)>,
    users: &[Graded],
    if_unknown: IfUnknown,
) -> Result<Filled, NotATable> {
    let of_format = || if format == GradebookFormat::Moodle { moodle::scale(users) } else { None };
    let scale = file.scale(column).or_else(of_format);
    let rows: Vec<_> = rows.into_iter().map(|(row, listed)| (row, file.line(row), listed)).collect();
    let (matched, unmatched) = matched(&rows, users);
    let cells: Vec<&str> = file.rows().map(|row| ExportedFile::cell(row, column)).collect();
    let (mut texts, mut left_out) = (BTreeMap::new(), Vec::new());
    for (row, user) in matched {
        let is_excused = cells.get(row).is_some_and(|cell| cell.eq_ignore_ascii_case("EX"));
        let settled = if is_excused { Err("excused (`EX`)".to_owned()) } else { user.clone().settled(if_unknown) };
        match settled {
            Ok(user) => {
                texts.insert(row, amount(user.score, user.max_score, scale));
            }
            Err(reason) => left_out.push(LeftOut { user: user.user.clone(), reason }),
        }
    }
    Ok(Filled {
        bytes: file.filled(column, &texts)?,
        written: texts.len(),
        scale: scale.map(Scale::text),
        unmatched,
        left_out,
    })
}
