use std::sync::Arc;

use super::Codes;
use crate::model::{Diagnostic, SourceText, Span};

/// One cell: its text without quotes and outer white space, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manifest) struct Cell {
    /// The text.
    pub text: String,
    /// Where it stands, quotes and all.
    pub span: Span,
}

/// A CSV file: the header and the rows below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::manifest) struct Table {
    /// The first row.
    pub header: Vec<Cell>,
    /// The others; empty lines are left out.
    pub rows: Vec<Vec<Cell>>,
}

/// Reads CSV (<https://www.rfc-editor.org/rfc/rfc4180>). Spreadsheets of some countries separate by `;` or tabs: whichever
/// the header uses is taken. Rows may be of any length here.
pub(in crate::manifest) fn read_table(source: &Arc<SourceText>, codes: &Codes) -> Result<Table, Diagnostic> {
    let text: &str = &source.text;
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().find(|byte| header.as_bytes().contains(byte)).unwrap_or(b',');
    check_quotes(source, delimiter, codes)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records: Vec<(usize, csv::StringRecord)> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| Diagnostic::error(codes.syntax, format!("this is not CSV: {error}")))?;
        let start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        records.push((start, record));
    }
    let ends: Vec<usize> = records.iter().skip(1).map(|(start, _)| *start).chain([text.len()]).collect();
    let mut rows = records.into_iter().zip(ends).filter_map(|((start, record), end)| {
        let raw = text.get(start..end).unwrap_or_default();
        let skipped = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
        let spans = cell_spans(raw.get(skipped..).unwrap_or_default(), start + skipped, delimiter);
        let whole = Span { offset: start + skipped, length: 0 };
        let cells: Vec<Cell> = record
            .iter()
            .zip(spans.into_iter().chain(std::iter::repeat(whole)))
            .map(|(text, span)| Cell { text: text.to_owned(), span })
            .collect();
        cells.iter().any(|cell| !cell.text.is_empty()).then_some(cells)
    });
    let header = rows.next().unwrap_or_default();
    Ok(Table { header, rows: rows.collect() })
}

/// A quote that is never closed would swallow the rest of the roster in silence.
fn check_quotes(source: &Arc<SourceText>, delimiter: u8, codes: &Codes) -> Result<(), Diagnostic> {
    let mut open = None;
    let mut fresh = true;
    for (offset, character) in source.text.char_indices() {
        match (open, character) {
            (None, '"') if fresh => open = Some(offset),
            // `""` inside quotes closes and opens again, which comes to the same.
            (Some(_), '"') => {
                open = None;
                fresh = true;
            }
            (None, other) => fresh = other == char::from(delimiter) || matches!(other, '\n' | '\r'),
            (Some(_), _) => {}
        }
    }
    match open {
        None => Ok(()),
        Some(offset) => Err(Diagnostic::error(codes.syntax, "this quote is never closed")
            .at(source, Span { offset, length: 1 })
            .help("close it with `\"`, and write a quote inside quotes twice")),
    }
}

/// The places of a row's cells, white space around them left out.
fn cell_spans(raw: &str, start: usize, delimiter: u8) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut quoted = false;
    let mut from = 0;
    let row = raw.trim_end_matches(['\r', '\n']);
    for (offset, byte) in row.bytes().chain([delimiter]).enumerate() {
        // A quote in the middle of a bare cell is a character like any other.
        if byte == b'"' && row.get(from..).is_some_and(|cell| cell.starts_with('"')) {
            quoted = !quoted;
        }
        if byte == delimiter && (!quoted || offset == row.len()) {
            let cell = row.get(from..offset).unwrap_or_default();
            let inner = cell.trim_start();
            spans.push(Span { offset: start + from + cell.len() - inner.len(), length: inner.trim_end().len() });
            from = offset + 1;
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each cell's text and what stands in the file at its place.
    fn cells(text: &str) -> Vec<Vec<(String, String)>> {
        let source = SourceText::new("students.csv", text);
        let table = read_table(&source, &Codes::ROSTER).unwrap();
        let raw = |cell: &Cell| text.get(cell.span.offset..cell.span.offset + cell.span.length).unwrap().to_owned();
        let row = |row: &Vec<Cell>| row.iter().map(|cell| (cell.text.clone(), raw(cell))).collect();
        std::iter::once(&table.header).chain(&table.rows).map(row).collect()
    }

    fn pairs(row: &[(&str, &str)]) -> Vec<(String, String)> {
        row.iter().map(|(text, raw)| ((*text).to_owned(), (*raw).to_owned())).collect()
    }

    #[test]
    fn a_cell_stands_where_its_place_says() {
        let rows = cells("name, note\r\n\r\nzoë,\"a, \"\"b\"\"\"\r\n\"two\nlines\",x\n O\"Brien ,y");
        assert_eq!(rows[0], pairs(&[("name", "name"), ("note", "note")]));
        assert_eq!(rows[1], pairs(&[("zoë", "zoë"), ("a, \"b\"", "\"a, \"\"b\"\"\"")]));
        assert_eq!(rows[2], pairs(&[("two\nlines", "\"two\nlines\""), ("x", "x")]));
        assert_eq!(rows[3], pairs(&[("O\"Brien", "O\"Brien"), ("y", "y")]));
    }

    #[test]
    fn semicolons_and_tabs_separate_where_the_header_uses_them() {
        assert_eq!(cells("name;note\nann;a, b")[1], pairs(&[("ann", "ann"), ("a, b", "a, b")]));
        assert_eq!(cells("name\tnote\nann\tx")[1], pairs(&[("ann", "ann"), ("x", "x")]));
        assert_eq!(cells("name\nann")[1], pairs(&[("ann", "ann")]));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_every_place_holds(text in "[a-cé,;\"\t\r\n ]{0,60}") {
            let source = SourceText::new("students.csv", text.as_str());
            if let Ok(table) = read_table(&source, &Codes::ROSTER) {
                for cell in table.rows.iter().flatten().chain(&table.header) {
                    prop_assert!(text.get(cell.span.offset..cell.span.offset + cell.span.length).is_some());
                }
            }
        }
    }
}
