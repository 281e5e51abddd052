//! The instructor's own export: its rows, and one column of it filled while every other byte stays.

use std::collections::BTreeMap;

use super::amount::Scale;
use super::encoded::Encoded;
use crate::source::{self, Node, Span};

/// A file of rows, as a learning platform exported it.
#[derive(Clone, Debug)]
pub struct ExportedFile {
    encoded: Encoded,
    table: Node,
}

/// Why a file cannot be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotATable {
    /// It begins as UTF-16 and is none.
    Encoding,
    /// A quote is never closed.
    Quotes,
    /// It has no row.
    Empty,
    /// With the new cells it would be read otherwise elsewhere, too: quotes stand where no CSV has them.
    Ambiguous,
}

impl ExportedFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is no table.
    pub fn of(bytes: &[u8]) -> Result<Self, NotATable> {
        let encoded = Encoded::of(bytes).ok_or(NotATable::Encoding)?;
        let table = source::csv::read(&encoded.text).map_err(|_| NotATable::Quotes)?;
        let file = Self { encoded, table };
        if file.header().is_empty() { Err(NotATable::Empty) } else { Ok(file) }
    }

    fn all_rows(&self) -> &[Node] {
        self.table.elements().unwrap_or_default()
    }

    /// Its titles.
    pub fn header(&self) -> &[Node] {
        self.all_rows().first().and_then(Node::elements).unwrap_or_default()
    }

    /// The rows under the titles.
    pub fn rows(&self) -> impl Iterator<Item = &[Node]> {
        self.all_rows().iter().skip(1).map(|row| row.elements().unwrap_or_default())
    }

    /// The line in which a row begins, from 1; rows count from 0 under the titles.
    pub(super) fn line(&self, row: usize) -> usize {
        let end = self.all_rows().get(row + 1).map_or(0, |row| row.at.offset);
        let before = self.encoded.text.get(..end).unwrap_or_default();
        let lone_returns = before.matches('\r').count() - before.matches("\r\n").count();
        1 + before.matches('\n').count() + lone_returns
    }

    /// What stands in a row's cell; empty where the row is shorter.
    pub fn cell(row: &[Node], column: usize) -> &str {
        row.get(column).and_then(Node::text).unwrap_or_default()
    }

    /// The row of Canvas that says what full marks are worth, its cell in a column.
    pub(super) fn points_possible(&self, column: usize) -> Option<&str> {
        let row = self.rows().find(|row| Self::is_points_possible(row))?;
        Some(Self::cell(row, column))
    }

    /// Whether a row is about the assignments and not a student.
    pub fn is_points_possible(row: &[Node]) -> bool {
        Self::cell(row, 0).contains("Points Possible")
    }

    /// The scale of a column; none where the file does not say.
    pub(super) fn scale(&self, column: usize) -> Option<Scale> {
        Scale::parse(self.points_possible(column)?)
    }

    /// The file with new texts in one column, by row. Only these cells change; one that stands in quotes keeps them.
    ///
    /// # Errors
    /// When anything else would be read otherwise than before.
    pub(super) fn filled(&self, column: usize, texts: &BTreeMap<usize, String>) -> Result<Vec<u8>, NotATable> {
        let mut text = String::with_capacity(self.encoded.text.len() + texts.len() * 8);
        let mut done = 0;
        for (row, cell) in texts {
            let Some(node) = self.all_rows().get(row + 1) else { continue };
            let (place, new) = self.edit(node, column, cell);
            text.push_str(self.between(done, place.offset));
            text.push_str(&new);
            done = place.offset + place.length;
        }
        text.push_str(self.between(done, self.encoded.text.len()));
        self.prove(&text, column, texts)?;
        Ok(self.encoded.bytes(&text))
    }

    fn between(&self, from: usize, to: usize) -> &str {
        self.encoded.text.get(from..to).unwrap_or_default()
    }

    /// Where a row's cell stands, and what is written there.
    fn edit(&self, row: &Node, column: usize, cell: &str) -> (Span, String) {
        let cells = row.elements().unwrap_or_default();
        let Some(found) = cells.get(column) else {
            // The row ends before the column begins.
            let missing = (column + 1).saturating_sub(cells.len());
            let end = Span { offset: row.at.offset + row.at.length, length: 0 };
            return (end, self.delimiter().to_string().repeat(missing) + cell);
        };
        let raw = found.at.of(&self.encoded.text);
        let is_quoted = raw.len() >= 2 && raw.starts_with('"') && raw.ends_with('"');
        let place =
            if is_quoted { Span { offset: found.at.offset + 1, length: found.at.length - 2 } } else { found.at };
        (place, cell.to_owned())
    }

    /// What separates cells: it stands between the first two titles.
    fn delimiter(&self) -> char {
        let [first, second, ..] = self.header() else { return ',' };
        let between = self.between(first.at.offset + first.at.length, second.at.offset);
        between.chars().find(|letter| *letter != ' ').unwrap_or(',')
    }

    /// Reads what was written: the cells are there and all others are as they were.
    fn prove(&self, text: &str, column: usize, texts: &BTreeMap<usize, String>) -> Result<(), NotATable> {
        let table = source::csv::read(text).map_err(|_| NotATable::Ambiguous)?;
        let after = table.elements().unwrap_or_default();
        if after.len() != self.all_rows().len() {
            return Err(NotATable::Ambiguous);
        }
        for (at, (before, after)) in self.all_rows().iter().zip(after).enumerate() {
            let written = at.checked_sub(1).and_then(|row| texts.get(&row));
            let [before, after] = [before, after].map(|row| row.elements().unwrap_or_default());
            let is_same = (0..before.len().max(after.len())).all(|place| match written {
                Some(text) if place == column => Self::cell(after, place) == text,
                _ => Self::cell(before, place) == Self::cell(after, place),
            });
            if !is_same {
                return Err(NotATable::Ambiguous);
            }
        }
        Ok(())
    }

    /// Whether another file differs from this one in nothing but a column.
    pub fn differs_only_in(&self, other: &Self, column: usize) -> bool {
        let texts: BTreeMap<usize, String> =
            (0..).zip(other.rows()).map(|(row, cells)| (row, Self::cell(cells, column).to_owned())).collect();
        let changed =
            |row: usize, cells: &[Node]| texts.get(&row).is_some_and(|text| text != Self::cell(cells, column));
        let texts: BTreeMap<usize, String> = (0..)
            .zip(self.rows())
            .filter(|(row, cells)| changed(*row, cells))
            .filter_map(|(row, _)| Some((row, texts.get(&row)?.clone())))
            .collect();
        self.filled(column, &texts).is_ok_and(|bytes| bytes == other.encoded.bytes(&other.encoded.text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str, column: usize, cells: &[(usize, &str)]) -> String {
        let file = ExportedFile::of(text.as_bytes()).unwrap();
        let texts = cells.iter().map(|(row, text)| (*row, (*text).to_owned())).collect();
        String::from_utf8(file.filled(column, &texts).unwrap()).unwrap()
    }

    #[test]
    fn one_column_changes() {
        for (text, column, cells, after) in [
            ("a,b,c\n1,2,3\n", 1, &[(0, "9.50")][..], "a,b,c\n1,9.50,3\n"),
            ("a;b\r\n1;\"2\"\r\n\r\n3;", 1, &[(0, "9"), (1, "8")], "a;b\r\n1;\"9\"\r\n\r\n3;8"),
            ("sep=;\na;b,c\n1; \n", 1, &[(0, "9")], "sep=;\na;b,c\n1; 9\n"),
            ("a\tb\tc\tp\n1\n2\tx\n", 3, &[(0, "9"), (1, "8")], "a\tb\tc\tp\n1\t\t\t9\n2\tx\t\t8\n"),
            ("a,b\r1,2\r3,4\r", 1, &[(1, "9")], "a,b\r1,2\r3,9\r"),
            (
                "\"A, \"\"x\"\"\",b\n\"two\nlines\", 5 \nx,",
                1,
                &[(0, "9"), (1, "8")],
                "\"A, \"\"x\"\"\",b\n\"two\nlines\", 9 \nx,8",
            ),
        ] {
            assert_eq!(filled(text, column, cells), after, "{text:?}");
        }
        let file = ExportedFile::of(b"a,b\n\"two\nlines\",x\r\n1,2\r3,4").unwrap();
        assert_eq!([0, 1, 2].map(|row| file.line(row)), [2, 4, 5]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for (bytes, why) in [
            (&b"\xff\xfea"[..], NotATable::Encoding),
            (b"a,\"b\n1,2", NotATable::Quotes),
            (b"", NotATable::Empty),
            (b"\n \n", NotATable::Empty),
        ] {
            assert_eq!(ExportedFile::of(bytes).unwrap_err(), why);
        }
    }

    #[test]
    fn a_file_that_was_filled_differs_from_its_original_in_the_column() {
        let original = ExportedFile::of(b"a,b\n1,2\n3,4\n").unwrap();
        for (other, is_so) in [
            ("a,b\n1,9\n3,8\n", true),
            ("a,b\n1,2\n3,4\n", true),
            ("a,b\n1,9\n5,8\n", false),
            ("a,b\n1,9\n", false),
            ("a,b\r\n1,2\r\n3,4\r\n", false),
        ] {
            let other = ExportedFile::of(other.as_bytes()).unwrap();
            assert_eq!(original.differs_only_in(&other, 1), is_so);
        }
    }

    /// A cell as it may stand in a file: bare or quoted, with blanks around it.
    fn raw_cell() -> impl Strategy<Value = String> {
        let bare = "[a-zäß0-9.'=-]{1,6}".prop_map(|text| text);
        let quoted = "[a-zß,;\t\n\r\" 0-9]{0,8}".prop_map(|text| format!("\"{}\"", text.replace('"', "\"\"")));
        (prop_oneof![bare, quoted, Just(String::new())], 0_usize..2)
            .prop_map(|(cell, blanks)| format!("{cell}{}", if cell.ends_with('"') { "" } else { ["", " "][blanks] }))
    }

    fn encoded(text: &str, encoding: usize) -> Vec<u8> {
        match encoding {
            0 => text.as_bytes().to_vec(),
            1 => format!("\u{feff}{text}").into_bytes(),
            2 => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
            3 => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => text.chars().map(|letter| u8::try_from(letter).unwrap()).collect(),
        }
    }

    proptest! {
        #[test]
        fn every_other_byte_stays(
            rows in proptest::collection::vec(proptest::collection::vec(raw_cell(), 3), 1..6),
            chosen in proptest::collection::vec(any::<bool>(), 6),
            (column, delimiter, end, encoding) in (0_usize..3, 0_usize..3, 0_usize..3, 0_usize..5),
            (says_so, ends_with_line) in any::<(bool, bool)>(),
        ) {
            let delimiter = [",", ";", "\t"][delimiter];
            let end = ["\n", "\r\n", "\r"][end];
            // A blank beside a tab is the tab's own matter, and a row of nothing but empty cells is no row.
            let rows: Vec<Vec<String>> = rows.into_iter().enumerate().map(|(at, mut row)| {
                row[(column + 1) % 3] = format!("r{at}");
                row
            }).collect();
            let line = |row: &Vec<String>| row.join(delimiter);
            let file = |rows: &[Vec<String>]| {
                let said = if says_so && delimiter != "\t" { format!("sep={delimiter}{end}") } else { String::new() };
                let head = ["t0", "t1", "t2"].join(delimiter);
                let body: Vec<String> = std::iter::once(head).chain(rows.iter().map(line)).collect();
                encoded(&format!("{said}{}{}", body.join(end), if ends_with_line { end } else { "" }), encoding)
            };
            let bytes = file(&rows);
            let exported = ExportedFile::of(&bytes).unwrap();
            let mut wanted = rows.clone();
            let mut texts = BTreeMap::new();
            for (at, row) in wanted.iter_mut().enumerate().filter(|(at, _)| chosen[*at]) {
                let text = format!("{at}.50");
                let raw = row[column].clone();
                row[column] = if raw.starts_with('"') {
                    format!("\"{text}\"")
                } else {
                    let inner = raw.trim_end();
                    // A cell of blanks alone keeps them before the text.
                    if inner.is_empty() { format!("{raw}{text}") } else { raw.replacen(inner, &text, 1) }
                };
                texts.insert(at, text);
            }
            prop_assert_eq!(exported.filled(column, &texts).unwrap(), file(&wanted));
            prop_assert_eq!(exported.filled(column, &BTreeMap::new()).unwrap(), bytes);
        }
    }
}
