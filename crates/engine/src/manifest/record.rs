//! One user as a file has it: a name, and fields sorted into the sections they override.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::columns::{Columns, Fact};
use super::document::Codes;
use super::login;
use super::reporter::Reporter;
use super::schema::{SECTIONS, definition_of};
use super::settings;
use crate::model::Student;
use crate::source::{self, Content, Diagnostic, Member, Node, SourceText, Span};

/// Which section owns a field, for one pack.
pub(super) struct Fields<'schema> {
    schema: &'schema Value,
    owners: BTreeMap<&'schema str, &'static str>,
    /// False when the pack could not be read: fields nobody knows may then be its settings.
    complete: bool,
}

impl<'schema> Fields<'schema> {
    /// The fields of a manifest's schema.
    pub(super) fn new(schema: &'schema Value, complete: bool) -> Self {
        let mut owners = BTreeMap::new();
        // The first section that has a field owns its bare name.
        for section in SECTIONS.into_iter().rev() {
            owners.extend(properties(schema, section).map(|(name, _)| (name, section)));
        }
        Self { schema, owners, complete }
    }

    /// The section and the field that a key or a column names: `settings.runtime`, or `runtime` alone.
    fn find<'key>(&self, key: &'key str) -> Option<(&'static str, &'key str)> {
        if let Some((section, field)) = key.split_once('.') {
            let section = SECTIONS.into_iter().find(|known| *known == section)?;
            let known = !self.complete || properties(self.schema, section).any(|(name, _)| name == field);
            return known.then_some((section, field));
        }
        self.owners.get(key).map(|section| (*section, key))
    }

    fn words(&self) -> impl Iterator<Item = &'schema str> + Clone {
        Fact::ALL.into_iter().map(|fact| -> &'schema str { fact.key() }).chain(self.owners.keys().copied())
    }

    fn unknown(&self, key: &str) -> String {
        let (prefix, bare) = key.rsplit_once('.').unwrap_or(("", key));
        match source::nearest(bare, self.words().chain(SECTIONS)) {
            Some(word) if prefix.is_empty() || Fact::of(word).is_some() || SECTIONS.contains(&word) => {
                format!("did you mean `{word}`?")
            }
            Some(word) => {
                let section = self.owners.get(word).copied().unwrap_or(prefix);
                format!("did you mean `{section}.{word}`?")
            }
            None => {
                let words: Vec<_> = self.words().map(|word| format!("`{word}`")).collect();
                format!("a user has {}", words.join(", "))
            }
        }
    }
}

fn properties<'schema>(schema: &'schema Value, section: &str) -> impl Iterator<Item = (&'schema str, &'schema Value)> {
    schema
        .pointer(&format!("/$defs/{}/properties", definition_of(section)))
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, field)| (name.as_str(), field))
}

/// One user as a file has it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// The file.
    pub source: Arc<SourceText>,
    /// The codes of its findings.
    pub codes: &'static Codes,
    /// The name as it is written.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Who that is.
    pub student: Student,
    /// Fields of `[target]`.
    pub target: Node,
    /// Fields of `[iam]`.
    pub iam: Node,
    /// Fields of `[settings]`.
    pub settings: Node,
}

impl Record {
    /// A user with nothing but a name.
    pub(super) fn named(source: &Arc<SourceText>, codes: &'static Codes, name: String, name_span: Span) -> Self {
        let empty = || Node::new(name_span, Content::Object(Vec::new()));
        let source = Arc::clone(source);
        let student = Student::default();
        Self { source, codes, name, name_span, student, target: empty(), iam: empty(), settings: empty() }
    }

    /// A user of `[[users]]` or of a YAML roster: a table, or in a roster a bare name.
    pub(super) fn of_node(
        node: &Node,
        fields: &Fields<'_>,
        codes: &'static Codes,
        reporter: &mut Reporter<'_>,
    ) -> Option<Self> {
        let (name, span) = match &node.content {
            Content::String(name) => return Some(Self::named(reporter.source, codes, name.clone(), node.at)),
            Content::Object(_) => match node.get("name") {
                Some(name) => (name.text().map(str::to_owned), name.at),
                None => (None, node.at),
            },
            _ => (None, node.at),
        };
        let Some(name) = name else {
            let finding = match node.get("name") {
                Some(other) => {
                    let raw = span.of(&reporter.source.text);
                    Diagnostic::error(codes.wrong_type, format!("`name` is {}, where text is expected", other.kind()))
                        .help(format!("write it in quotes: `\"{raw}\"`"))
                }
                None if !matches!(node.content, Content::Object(_)) => {
                    let message = format!("a user is {} here, where a name is expected", node.kind());
                    Diagnostic::error(codes.wrong_type, message).help("write a name, or a table with `name` in it")
                }
                None => Diagnostic::error(codes.missing_key, "a user without a name").help("add `name = \"user1\"`"),
            };
            reporter.tell(finding.label("here"), span);
            return None;
        };
        let mut record = Self::named(reporter.source, codes, name, span);
        for entry in node.members().unwrap_or_default().iter().filter(|entry| entry.key != "name") {
            match SECTIONS.into_iter().find(|section| *section == entry.key) {
                Some(section) => record.put_section(section, entry, reporter),
                None => match Fact::of(&entry.key) {
                    Some(fact) => record.put_fact(fact, &entry.value, reporter),
                    None => record.put(&entry.key, entry.key_at, entry.value.clone(), fields, reporter),
                },
            }
        }
        record.check(fields, reporter);
        Some(record)
    }

    /// A row of a CSV roster; an empty cell sets nothing.
    pub(super) fn of_row(
        header: &[Node],
        row: &[Node],
        (columns, fields): (&Columns, &Fields<'_>),
        codes: &'static Codes,
        reporter: &mut Reporter<'_>,
    ) -> Option<Self> {
        let is_name = |cell: &Node| matches!(columns.fact(cell_text(cell)), Some((Fact::Name, _)));
        let column = header.iter().position(is_name)?;
        let title = header.get(column).map_or("name", cell_text);
        let is_login = matches!(columns.fact(title), Some((_, true)));
        let name = match row.get(column) {
            Some(cell) if !cell_text(cell).is_empty() => cell,
            _ => {
                let span = row.first().map_or(Span { offset: 0, length: 0 }, |cell| cell.at);
                let finding = Diagnostic::error(codes.missing_key, "a row without a name").label("in this row");
                let skip = if is_login { ", or name its beginning in `roster.skip`" } else { "" };
                reporter.tell(finding.help(format!("fill in the column `{title}`, or remove the row{skip}")), span);
                return None;
            }
        };
        let text = cell_text(name);
        let name_text = if is_login { login::name_of(text) } else { text.to_owned() };
        let mut record = Self::named(reporter.source, codes, name_text, name.at);
        for (column, cell) in header.iter().zip(row).filter(|(_, cell)| !cell_text(cell).is_empty()) {
            let (title, text) = (cell_text(column), cell_text(cell));
            if let Some((fact, is_titled)) = columns.fact(title) {
                let is_export = is_titled && fact == Fact::Label;
                let text = if is_export { login::label_of(text) } else { text.to_owned() };
                fact.set(&mut record.student, text);
                continue;
            }
            // Unknown columns have been told once, at the header, unless they are kept.
            let Some((section, field)) = fields.find(title) else {
                if columns.keeps_others() {
                    record.student.other.push((title.to_owned(), text.to_owned()));
                }
                continue;
            };
            let schema = properties(fields.schema, section).find(|(name, _)| *name == field);
            let content = settings::of_cell(cell_text(cell), schema.map_or(&Value::Null, |(_, schema)| schema));
            let node = Node::new(cell.at, content);
            record.section(section, Member { key: field.to_owned(), key_at: column.at, value: node });
        }
        record.check(fields, reporter);
        Some(record)
    }

    /// A fact of a table: text, or a number that is meant as one.
    fn put_fact(&mut self, fact: Fact, node: &Node, reporter: &mut Reporter<'_>) {
        let text = match &node.content {
            Content::String(text) => text.clone(),
            Content::Number(_) => node.at.of(&reporter.source.text).trim().to_owned(),
            _ => {
                let message = format!("`{}` is {}, where text is expected", fact.key(), node.kind());
                reporter.tell(Diagnostic::error(self.codes.wrong_type, message).help("write it in quotes"), node.at);
                return;
            }
        };
        if fact.is_set(&self.student) {
            let message = format!("`{}` is set twice", fact.key());
            reporter
                .tell(Diagnostic::error(reporter.codes.duplicate_key, message).help("keep one of the two"), node.at);
        }
        fact.set(&mut self.student, text);
    }

    fn section(&mut self, section: &str, entry: Member) {
        let table = match section {
            "target" => &mut self.target,
            "iam" => &mut self.iam,
            _ => &mut self.settings,
        };
        if let Content::Object(entries) = &mut table.content {
            entries.push(entry);
        }
    }

    fn has(&self, section: &str, field: &str) -> bool {
        let table = match section {
            "target" => &self.target,
            "iam" => &self.iam,
            _ => &self.settings,
        };
        table.get(field).is_some()
    }

    fn put(&mut self, key: &str, span: Span, node: Node, fields: &Fields<'_>, reporter: &mut Reporter<'_>) {
        match fields.find(key) {
            Some((section, field)) if self.has(section, field) => twice(section, field, span, reporter),
            Some((section, field)) => {
                self.section(section, Member { key: field.to_owned(), key_at: span, value: node });
            }
            None if fields.complete => {
                let finding = Diagnostic::error(self.codes.unknown_key, format!("unknown key `{key}` in a user"));
                reporter.tell(finding.label("unknown").help(fields.unknown(key)), span);
            }
            None => {}
        }
    }

    fn put_section(&mut self, section: &'static str, entry: &Member, reporter: &mut Reporter<'_>) {
        if !matches!(entry.value.content, Content::Object(_)) {
            let message = format!("`{section}` is {}, where a table is expected", entry.value.kind());
            let help = format!("write its keys one by one, such as `{section}.<key> = …`");
            reporter.tell(Diagnostic::error(self.codes.wrong_type, message).help(help), entry.value.at);
        }
        for inner in entry.value.members().unwrap_or_default() {
            if self.has(section, &inner.key) {
                twice(section, &inner.key, inner.key_at, reporter);
            } else {
                self.section(section, inner.clone());
            }
        }
    }

    fn check(&self, fields: &Fields<'_>, reporter: &mut Reporter<'_>) {
        for (section, table) in [("target", &self.target), ("iam", &self.iam), ("settings", &self.settings)] {
            let pointer = format!("/$defs/{}", definition_of(section));
            if !table.members().unwrap_or_default().is_empty()
                && let Some(schema) = fields.schema.pointer(&pointer)
            {
                reporter.check(table, schema, fields.schema, section);
            }
        }
    }
}

/// What stands in a cell of a CSV roster.
pub(super) fn cell_text(cell: &Node) -> &str {
    cell.text().unwrap_or_default()
}

fn twice(section: &str, field: &str, span: Span, reporter: &mut Reporter<'_>) {
    let finding = Diagnostic::error(reporter.codes.duplicate_key, format!("`{section}.{field}` is set twice"))
        .label("set before")
        .help("keep one of the two");
    reporter.tell(finding, span);
}

/// Tells columns that no user field stands behind, columns twice, and a header without `name`. False when nothing can be read.
pub(super) fn check_header(
    header: &[Node],
    (columns, fields): (&Columns, &Fields<'_>),
    reporter: &mut Reporter<'_>,
) -> bool {
    let is_known = |cell: &Node| columns.fact(cell_text(cell)).is_some() || fields.find(cell_text(cell)).is_some();
    if !header.iter().any(is_known) {
        let span = header.first().map_or(Span { offset: 0, length: 0 }, |cell| cell.at);
        reporter.tell(no_name_column(), span);
        return false;
    }
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (cell, text) in header.iter().map(|cell| (cell, cell_text(cell))).filter(|(_, text)| !text.is_empty()) {
        let fact = columns.fact(text).map(|(fact, _)| ("", fact.key()));
        let key = match fact.or_else(|| fields.find(text)) {
            Some(found) => found,
            None if columns.keeps_others() => continue,
            None => {
                if fields.complete {
                    let finding = Diagnostic::error(reporter.codes.unknown_key, format!("unknown column `{text}`"));
                    reporter.tell(finding.label("unknown").help(fields.unknown(text)), cell.at);
                }
                continue;
            }
        };
        if seen.contains(&key) {
            let finding = Diagnostic::error(reporter.codes.duplicate_key, format!("column `{text}` twice"));
            reporter.tell(finding.label("there before").help("keep one of the two"), cell.at);
        }
        seen.push(key);
    }
    let named = seen.contains(&("", "name"));
    if !named {
        let span = header.first().map_or(Span { offset: 0, length: 0 }, |cell| cell.at);
        reporter.tell(no_name_column(), span);
    }
    named
}

fn no_name_column() -> Diagnostic {
    Diagnostic::error("roster::no-name-column", "the first line has no column `name`")
        .label("the header should stand here")
        .help("put a line such as `name,region` above the users")
}
