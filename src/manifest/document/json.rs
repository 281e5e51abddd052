use std::sync::Arc;

use super::source::whole;
use super::{Codes, Content, Entry, Node};
use crate::model::{Diagnostic, SourceText, Span};

/// Parses JSON: `serde_json` judges the text, then one walk over it finds the places.
pub(super) fn parse(source: &Arc<SourceText>, codes: &Codes) -> Result<Node, Vec<Diagnostic>> {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&source.text) {
        return Err(vec![refusal(&error, source, codes)]);
    }
    let mut walk = Walk { source, codes, at: 0, findings: Vec::new() };
    // `IgnoredAny` skips numbers and escapes that a value could not hold; the walk reads them and says so.
    let root = walk.value(0);
    match root {
        Some(root) if walk.findings.is_empty() => Ok(root),
        _ => {
            if walk.findings.is_empty() {
                walk.refuse(Span { offset: walk.at, length: 0 }, "this is not JSON");
            }
            Err(walk.findings)
        }
    }
}

fn refusal(error: &serde_json::Error, source: &Arc<SourceText>, codes: &Codes) -> Diagnostic {
    // serde_json counts columns in bytes, from 1, and gives the last byte read.
    let start: usize = source.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = start + error.column().saturating_sub(1);
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text).to_lowercase();
    Diagnostic::error(codes.syntax, format!("this is not JSON: {reason}"))
        .at(source, whole(&source.text, Span { offset, length: 1 }))
        .help("comments and trailing commas are not JSON; TOML and YAML manifests may have comments")
}

/// Deeper nesting than this is refused, as `serde_json` does.
const DEEPEST: usize = 128;

struct Walk<'text> {
    source: &'text Arc<SourceText>,
    codes: &'text Codes,
    at: usize,
    findings: Vec<Diagnostic>,
}

impl<'text> Walk<'text> {
    fn rest(&self) -> &'text str {
        self.source.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&mut self) -> Option<u8> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.rest().bytes().next()
    }

    /// Takes one byte when it comes next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn refuse(&mut self, span: Span, message: impl Into<String>) {
        self.findings.push(Diagnostic::error(self.codes.syntax, message).at(self.source, span));
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        let first = self.peek()?;
        let start = self.at;
        if depth > DEEPEST {
            self.refuse(Span { offset: start, length: 1 }, format!("more than {DEEPEST} levels of nesting"));
            return None;
        }
        let content = match first {
            b'{' => self.table(depth)?,
            b'[' => self.list(depth)?,
            b'"' => Content::Text(self.string()?),
            _ => self.word()?,
        };
        Some(Node::new(Span { offset: start, length: self.at - start }, content))
    }

    fn table(&mut self, depth: usize) -> Option<Content> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        while !self.take(b'}') {
            self.peek()?;
            let start = self.at;
            let key = self.string()?;
            let key_span = Span { offset: start, length: self.at - start };
            if entries.iter().any(|entry| entry.key == key) {
                self.findings.push(
                    Diagnostic::error(self.codes.duplicate_key, format!("`{key}` is set twice"))
                        .at(self.source, key_span)
                        .label("set before")
                        .help("keep one of the two"),
                );
            }
            if !self.take(b':') {
                return None;
            }
            let node = self.value(depth + 1)?;
            entries.push(Entry { key, key_span, node });
            self.take(b',');
        }
        Some(Content::Table(entries))
    }

    fn list(&mut self, depth: usize) -> Option<Content> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.take(b']') {
            items.push(self.value(depth + 1)?);
            self.take(b',');
        }
        Some(Content::List(items))
    }

    fn string(&mut self) -> Option<String> {
        let rest = self.rest();
        let mut escaped = false;
        let length = rest.bytes().skip(1).position(|byte| {
            let end = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            end
        })? + 2;
        let raw = rest.get(..length)?;
        let span = Span { offset: self.at, length };
        self.at += length;
        let text = serde_json::from_str(raw);
        if text.is_err() {
            self.refuse(span, format!("`{raw}` has an escape that stands for no character"));
        }
        Some(text.unwrap_or_default())
    }

    fn word(&mut self) -> Option<Content> {
        let rest = self.rest();
        let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
        let word = rest.get(..end).filter(|word| !word.is_empty())?;
        self.at += end;
        Some(match word {
            "null" => Content::Null,
            "true" => Content::Boolean(true),
            "false" => Content::Boolean(false),
            number => match number.parse() {
                Ok(integer) => Content::Integer(integer),
                Err(_) => Content::Float(number.parse().ok()?),
            },
        })
    }
}
