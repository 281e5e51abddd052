//! Fields that AWS reads and this interpreter does not run: ItemReader, ResultWriter, Credentials.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>

use labctl_source::{Content, Node};

use super::fields::Fields;
use super::language::Language;
use super::payload;
use super::reader::Reader;
use super::rules;

/// AWS reads so many items at most, and takes the number.
const MOST_ITEMS: u64 = 100_000_000;

/// The words that the fields of ReaderConfig and WriterConfig take.
const WORDS: [(&str, &[&str]); 6] = [
    ("InputType", &["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"]),
    ("CSVHeaderLocation", &["FIRST_ROW", "GIVEN"]),
    ("CSVDelimiter", &["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]),
    ("ManifestType", &["ATHENA_DATA", "S3_INVENTORY"]),
    ("Transformation", &["NONE", "LOAD_AND_FLATTEN"]),
    ("OutputType", &["JSON", "JSONL"]),
];

impl Reader {
    /// ItemReader and ResultWriter of a Map.
    pub(super) fn storage(&mut self, fields: &Fields<'_>, distributed: bool) {
        for (name, config) in [("ItemReader", "ReaderConfig"), ("ResultWriter", "WriterConfig")] {
            let Some(node) = fields.get(name) else { continue };
            if !distributed {
                self.only_distributed(fields, name);
            }
            let Some(inner) = Fields::of(node, &fields.pointer(name), &mut self.report) else { continue };
            self.known_inside(&inner, &["Resource", "Parameters", "Arguments", config, "Comment"]);
            if name == "ItemReader" {
                inner.require(&["Resource"], &mut self.report);
            } else if !inner.has("Resource") && !inner.has(config) {
                let message = format!("One of these fields is required: [Resource, {config}]");
                self.report.tell(&rules::MISSING_FIELD, message, &inner.pointer, inner.at);
            }
            inner.text("Resource", &mut self.report);
            let parameters = if self.language == Language::Jsonata { "Arguments" } else { "Parameters" };
            payload::template(self, &inner, parameters);
            if let Some(node) = inner.get(config)
                && let Some(config) = Fields::of(node, &inner.pointer(config), &mut self.report)
            {
                self.configuration(&config, name == "ItemReader");
            }
        }
    }

    fn configuration(&mut self, config: &Fields<'_>, reads: bool) {
        let known: &[&str] = if reads {
            &[
                "InputType",
                "CSVHeaderLocation",
                "CSVHeaders",
                "CSVDelimiter",
                "ItemsPointer",
                "ManifestType",
                "MaxItems",
                "MaxItemsPath",
                "Transformation",
                "Comment",
            ]
        } else {
            &["Transformation", "OutputType", "Comment"]
        };
        self.known_inside(config, known);
        for (name, words) in WORDS {
            let words = if name == "Transformation" && !reads { &["NONE", "COMPACT", "FLATTEN"] } else { words };
            if payload::is_query(self, config, name) {
                payload::query(self, config, name);
                continue;
            }
            let word = config.text(name, &mut self.report);
            if let Some(other) = word.filter(|word| !words.contains(word)) {
                let message = format!("The field '{name}' should have one of these values: [{}]", words.join(", "));
                self.report.tell(&rules::BAD_VALUE, message, &config.pointer(name), config.value_place(name));
                self.report.suggest(other, words.iter().copied());
            }
        }
        if let Some(node) = config.get("CSVHeaders")
            && !is_list_of_texts(node)
            && !payload::is_query(self, config, "CSVHeaders")
        {
            let message = "Value must be an array of strings";
            self.report.tell(&rules::WRONG_TYPE, message, &config.pointer("CSVHeaders"), node.at);
        }
        config.exclusive(&["MaxItems", "MaxItemsPath"], &mut self.report);
        let most =
            |node: &Node| matches!(&node.content, Content::Number(number) if number.as_u64() == Some(MOST_ITEMS));
        if !config.get("MaxItems").is_some_and(most) {
            self.amount(config, "MaxItems", "MaxItemsPath", 0..=MOST_ITEMS);
        }
    }

    /// Credentials of a Task: the role that it takes on.
    pub(super) fn credentials(&mut self, fields: &Fields<'_>) {
        let Some(node) = fields.get("Credentials") else { return };
        if payload::is_query(self, fields, "Credentials") {
            payload::query(self, fields, "Credentials");
            return;
        }
        let Some(inner) = Fields::of(node, &fields.pointer("Credentials"), &mut self.report) else { return };
        let dollar = if self.language == Language::JsonPath { "RoleArn.$" } else { "RoleArn" };
        inner.allow(&["RoleArn", dollar], &mut self.report);
        if !inner.has("RoleArn") && !inner.has(dollar) {
            inner.require(&["RoleArn"], &mut self.report);
        }
        inner.text("RoleArn", &mut self.report);
        payload::template(self, fields, "Credentials");
    }

    fn known_inside(&mut self, fields: &Fields<'_>, known: &[&str]) {
        for member in fields.members {
            let name = member.key.as_str();
            if known.contains(&name) && self.language.excludes(name) {
                self.foreign(fields, name);
            }
        }
        fields.allow(known, &mut self.report);
    }
}

fn is_list_of_texts(node: &Node) -> bool {
    match &node.content {
        Content::Array(elements) => elements.iter().all(|element| element.text().is_some()),
        _ => false,
    }
}
