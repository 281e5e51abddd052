//! `[roster]`: a range of names, or a CSV or YAML file of users.

use std::path::Path;

use super::columns::Columns;
use super::document::{Codes, Document, read_export};
use super::names::range;
use super::record::{Fields, Record, cell_text, check_header};
use super::reporter::Reporter;
use crate::source::{self, Content, Diagnostic, Format, Node, Span};

/// The users of `roster.range`.
pub(super) fn of_range(node: &Node, reporter: &mut Reporter<'_>) -> Vec<Record> {
    let Some(text) = node.text() else {
        return Vec::new();
    };
    match range(text) {
        Ok(names) => {
            names.into_iter().map(|name| Record::named(reporter.source, &Codes::MANIFEST, name, node.at)).collect()
        }
        Err(error) => {
            let finding = Diagnostic::error("roster::bad-range", format!("`{text}` {}", error.why));
            reporter.tell(finding.help(error.help), node.at);
            Vec::new()
        }
    }
}

/// The users of `roster.file`; `base` is the manifest's folder.
pub(super) fn of_file(
    node: &Node,
    base: &Path,
    (columns, fields): (&Columns, &Fields<'_>),
    reporter: &mut Reporter<'_>,
) -> Vec<Record> {
    let Some(file) = node.text() else {
        return Vec::new();
    };
    let path = base.join(file);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    if !matches!(extension.as_str(), "csv" | "yaml" | "yml") {
        let finding =
            Diagnostic::error("roster::unknown-format", format!("`{file}` is neither CSV nor YAML by its name"));
        reporter.tell(finding.help("name it `students.csv` or `students.yaml`"), node.at);
        return Vec::new();
    }
    let source = match read_export(&path) {
        Ok(source) => source,
        Err(finding) if finding.place.is_some() => {
            reporter.findings.push(finding);
            return Vec::new();
        }
        Err(finding) => {
            let help = finding.help.clone().unwrap_or_else(|| "the path is relative to the manifest".to_owned());
            reporter.tell(finding.label("named here").help(help), node.at);
            return Vec::new();
        }
    };
    let mut inner = Reporter::new(&source, &Codes::ROSTER, reporter.findings);
    if source.text.trim().is_empty() {
        let finding = Diagnostic::error("roster::empty", format!("`{}` is empty", path.display()))
            .help("write `name` in the first line of a CSV file and one user below it in each line");
        inner.tell(finding, Span { offset: 0, length: 0 });
        return Vec::new();
    }
    if extension != "csv" {
        let records = of_yaml(fields, &mut inner);
        columns.check_unused("a YAML file", reporter);
        return records;
    }
    let (titles, records) = of_csv((columns, fields), &mut inner);
    columns.check(&titles, reporter);
    records
}

/// The titles of the columns, and the users.
fn of_csv((columns, fields): (&Columns, &Fields<'_>), reporter: &mut Reporter<'_>) -> (Vec<String>, Vec<Record>) {
    let table = match source::csv::read(&reporter.source.text) {
        Ok(table) => table,
        Err(error) => {
            reporter.findings.push(Codes::ROSTER.refusal(&error, "CSV", reporter.source));
            return Default::default();
        }
    };
    let mut rows = table.elements().unwrap_or_default().iter().map(|row| row.elements().unwrap_or_default());
    let header = rows.next().unwrap_or_default();
    let titles: Vec<String> = header.iter().map(|cell| cell_text(cell).to_owned()).collect();
    // Without a column that is asked for, nothing can be said of the others.
    if columns.lacks_any(&titles) || !check_header(header, (columns, fields), reporter) {
        return (titles, Vec::new());
    }
    if rows.len() == 0 {
        let span = header.first().map_or(Span::default(), |cell| cell.at);
        let finding = Diagnostic::error("roster::empty", "the roster has a header and no users");
        reporter.tell(finding.help("write one user in each line below it"), span);
    }
    let mut records = Vec::with_capacity(rows.len());
    for row in rows.filter(|row| !columns.skips(row)) {
        let extra = row.get(header.len()..).and_then(|extra| extra.iter().find(|cell| !cell_text(cell).is_empty()));
        if let Some(extra) = extra {
            let message = format!("this row has {} cells, the header {}", row.len(), header.len());
            let finding = Diagnostic::error("roster::wrong-columns", message).label("no column stands above");
            reporter.tell(finding.help("a comma inside a cell needs quotes around the cell"), extra.at);
        }
        records.extend(Record::of_row(header, row, (columns, fields), &Codes::ROSTER, reporter));
    }
    (titles, records)
}

fn of_yaml(fields: &Fields<'_>, reporter: &mut Reporter<'_>) -> Vec<Record> {
    let document = match Document::parse(reporter.source, Format::Yaml, &Codes::ROSTER) {
        Ok(document) => document,
        Err(findings) => {
            reporter.findings.extend(findings.0);
            return Vec::new();
        }
    };
    let root = &document.root;
    let list = root.get("users").unwrap_or(root);
    if !matches!(list.content, Content::Array(_)) {
        let message = format!("a roster is a list of users; this is {}", list.kind());
        let finding = Diagnostic::error(Codes::ROSTER.wrong_type, message);
        reporter.tell(finding.help("write `- name: ann` for each user"), list.at);
        return Vec::new();
    }
    if list.elements().unwrap_or_default().is_empty() {
        let finding = Diagnostic::error("roster::empty", "the roster has no users");
        reporter.tell(finding.help("write `- name: ann` for each user"), list.at);
    }
    list.elements()
        .unwrap_or_default()
        .iter()
        .filter_map(|item| Record::of_node(item, fields, &Codes::ROSTER, reporter))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::manifest::schema;
    use crate::source::{Diagnostics, SourceText};

    static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(schema);

    proptest! {
        #[test]
        fn any_roster_is_read_or_refused_and_every_place_holds(
            header in "name,[a-z_.,]{0,30}|[a-z,é;]{0,20}",
            rows in r#"([a-zé0-9,;" -]{0,20}\r?\n){0,5}"#,
        ) {
            let fields = Fields::new(&SCHEMA, true);
            for text in [format!("{header}\n{rows}"), format!("- {header}\n{rows}")] {
                let source = SourceText::new("students", text.as_str());
                let mut findings = Diagnostics::default();
                let mut reporter = Reporter::new(&source, &Codes::ROSTER, &mut findings);
                let records = of_csv((&Columns::default(), &fields), &mut reporter).1.len() + of_yaml(&fields, &mut reporter).len();
                prop_assert!(records > 0 || findings.has_errors());
                for (source, span) in findings.0.iter().filter_map(|finding| finding.place.as_ref()) {
                    prop_assert!(source.text.get(span.offset..span.offset + span.length).is_some());
                }
            }
        }
    }
}
