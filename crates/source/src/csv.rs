//! CSV text to a tree.

use crate::error::{ReadError, Reason};
use crate::text::Span;
use crate::{Content, Node};

/// Reads CSV (<https://www.rfc-editor.org/rfc/rfc4180>) as an array of rows, each an array of strings: cells without quotes and outer white
/// space, which stand where they are written, quotes and all. Empty rows are left out; rows may be of any length.
///
/// Spreadsheets of some countries separate by `;` or tabs: whichever the first row uses most, outside quotes, is taken; a line `sep=;`
/// before it says so itself, as Excel reads it, and is no row.
///
/// # Errors
/// A quote that is never closed.
pub fn read(text: &str) -> Result<Node, ReadError> {
    let header = text.split(['\n', '\r']).find(|line| !line.trim().is_empty()).unwrap_or_default();
    let said = header.strip_prefix("sep=").map(str::as_bytes);
    let delimiter = match said {
        Some([byte]) if byte.is_ascii() => *byte,
        _ => most_used(header),
    };
    let is_said = |raw: &str| matches!(said, Some([_])) && raw.trim_end() == header.trim_end();
    check_quotes(text, delimiter)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records: Vec<(usize, csv::StringRecord)> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| ReadError::new(Reason::Syntax, error.to_string(), Span::default()))?;
        let start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        records.push((start, record));
    }
    let ends: Vec<usize> = records.iter().skip(1).map(|(start, _)| *start).chain([text.len()]).collect();
    let mut first_row = true;
    let rows = records.into_iter().zip(ends).filter_map(|((start, record), end)| {
        let raw = text.get(start..end).unwrap_or_default();
        let skipped = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
        let raw = raw.get(skipped..).unwrap_or_default();
        let start = start + skipped;
        if std::mem::take(&mut first_row) && is_said(raw) {
            return None;
        }
        let spans = cell_spans(raw, start, delimiter);
        let first = Span { offset: start, length: 0 };
        let cells: Vec<Node> = record
            .iter()
            .zip(spans.into_iter().chain(std::iter::repeat(first)))
            .map(|(text, span)| Node::new(span, Content::String(text.to_owned())))
            .collect();
        let whole = Span { offset: start, length: raw.trim_end_matches(['\r', '\n']).len() };
        cells.iter().any(|cell| cell.text() != Some("")).then(|| Node::new(whole, Content::Array(cells)))
    });
    Ok(Node::new(Span { offset: 0, length: text.len() }, Content::Array(rows.collect())))
}

/// Writes rows, all as long, as CSV: commas, quotes where a cell needs them, `\n` after each row.
pub fn write<Row: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = Row>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail, and all rows are as long.
        let _ = writer.write_record(row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The separator that stands most often outside quotes; a comma where there is none.
fn most_used(header: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += usize::from(byte == *separator && !quoted);
        }
    }
    // The first of those that are used alike.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

/// A quote that is never closed would swallow the rest of the text in silence.
fn check_quotes(text: &str, delimiter: u8) -> Result<(), ReadError> {
    let mut open = None;
    let mut fresh = true;
    for (offset, character) in text.char_indices() {
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
    let Some(offset) = open else { return Ok(()) };
    let error = ReadError::new(Reason::Meaningless, "this quote is never closed", Span { offset, length: 1 });
    Err(ReadError { help: Some("close it with `\"`, and write a quote inside quotes twice".to_owned()), ..error })
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
        let root = read(text).unwrap();
        let cell = |cell: &Node| (cell.text().unwrap().to_owned(), cell.at.of(text).to_owned());
        root.elements().unwrap().iter().map(|row| row.elements().unwrap().iter().map(cell).collect()).collect()
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
        let quoted = cells("\"Last, First, Middle\";name\n\"Example, Ana\";ann");
        assert_eq!(quoted[1], pairs(&[("Example, Ana", "\"Example, Ana\""), ("ann", "ann")]));
    }

    #[test]
    fn a_line_may_say_what_separates() {
        for text in ["sep=;\nname;a,b\nann;x", "sep=;\r\nname;a,b\r\nann;x\r\n", "sep=;\rname;a,b\rann;x\r"] {
            assert_eq!(cells(text), [pairs(&[("name", "name"), ("a,b", "a,b")]), pairs(&[("ann", "ann"), ("x", "x")])]);
        }
        assert_eq!(cells("sep=|\nname|b\nann|x")[1], pairs(&[("ann", "ann"), ("x", "x")]));
        // A column may be named so.
        assert_eq!(cells("sep=,b\nx,y")[0], pairs(&[("sep=", "sep="), ("b", "b")]));
        assert_eq!(cells("sep=x,b\nx,y")[0], pairs(&[("sep=x", "sep=x"), ("b", "b")]));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let rows = [["a, b", "c"], ["say \"x\"", "two\nlines"]].map(|row| row.map(str::to_owned));
        let text = write(rows.clone());
        assert_eq!(text, "\"a, b\",c\n\"say \"\"x\"\"\",\"two\nlines\"\n");
        let read: Vec<Vec<String>> =
            cells(&text).into_iter().map(|row| row.into_iter().map(|(text, _)| text).collect()).collect();
        assert_eq!(read, rows);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_every_place_holds(text in "[a-cé,;\"\t\r\n ]{0,60}") {
            if let Ok(root) = read(&text) {
                for cell in root.elements().unwrap().iter().flat_map(|row| row.elements().unwrap()) {
                    prop_assert!(text.get(cell.at.offset..cell.at.offset + cell.at.length).is_some());
                }
            }
        }
    }
}
