use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput, Tag};

use super::{Codes, Content, Entry, Node};
use crate::model::{Diagnostic, SourceText, Span};

/// Deeper nesting than this is refused.
const DEEPEST: usize = 128;
/// Values that all aliases of a file together may repeat: an alias of aliases must not fill the memory.
const MOST_REPEATED: usize = 100_000;

/// Parses one YAML document; scalars follow the core schema.
pub(super) fn parse(source: &Arc<SourceText>, codes: &Codes) -> Result<Node, Vec<Diagnostic>> {
    let mut reader = Reader {
        parser: Parser::new_from_str(&source.text),
        source,
        codes,
        offsets: Offsets::new(&source.text),
        anchors: BTreeMap::new(),
        repeated: 0,
        findings: Vec::new(),
    };
    match reader.document() {
        Ok(root) if reader.findings.is_empty() => Ok(root),
        Ok(_) => Err(reader.findings),
        Err(finding) => {
            reader.findings.push(*finding);
            Err(reader.findings)
        }
    }
}

/// Turns the parser's character positions into bytes.
struct Offsets(Option<Vec<usize>>);

impl Offsets {
    fn new(text: &str) -> Self {
        Self((!text.is_ascii()).then(|| text.char_indices().map(|(offset, _)| offset).chain([text.len()]).collect()))
    }

    fn bytes(&self, index: usize) -> usize {
        match &self.0 {
            None => index,
            Some(offsets) => offsets.get(index).or(offsets.last()).copied().unwrap_or(index),
        }
    }
}

struct Reader<'text> {
    parser: Parser<'text, StrInput<'text>>,
    source: &'text Arc<SourceText>,
    codes: &'text Codes,
    offsets: Offsets,
    anchors: BTreeMap<usize, Node>,
    repeated: usize,
    findings: Vec<Diagnostic>,
}

type Read<T> = Result<T, Box<Diagnostic>>;

impl<'text> Reader<'text> {
    fn span(&self, start: &Marker, end: &Marker) -> Span {
        let longest = self.source.text.len();
        let offset = self.offsets.bytes(start.index()).min(longest);
        Span { offset, length: self.offsets.bytes(end.index()).min(longest).saturating_sub(offset) }
    }

    fn refusal(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(self.codes.syntax, message).at(self.source, span)
    }

    fn refuse<T>(&self, span: Span, message: impl Into<String>) -> Read<T> {
        Err(Box::new(self.refusal(span, message)))
    }

    fn next(&mut self) -> Read<(Event<'text>, Span)> {
        match self.parser.next_event() {
            Some(Ok((event, place))) => Ok((event, self.span(&place.start, &place.end))),
            Some(Err(error)) => {
                let span = self.span(error.marker(), error.marker());
                let reason = error.info().to_lowercase();
                let finding = self.refusal(span, format!("this is not YAML: {reason}"));
                Err(Box::new(finding.help("check the indentation and the quotes of this line and the one before it")))
            }
            None => Ok((Event::StreamEnd, Span { offset: self.source.text.len(), length: 0 })),
        }
    }

    fn document(&mut self) -> Read<Node> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::Nothing | Event::StreamStart => {}
                Event::DocumentStart(_) => break,
                _ => return Ok(Node::new(Span { length: 0, ..span }, Content::Null)),
            }
        }
        let (event, span) = self.next()?;
        let root = self.value(event, span, 0)?;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(_) => {
                    return self.refuse(span, "a second YAML document begins here; one file is one document");
                }
                _ => {}
            }
        }
    }

    fn value(&mut self, event: Event<'text>, span: Span, depth: usize) -> Read<Node> {
        if depth > DEEPEST {
            return self.refuse(span, format!("more than {DEEPEST} levels of nesting"));
        }
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, self.scalar(text, style, tag.as_ref(), span)?),
            Event::SequenceStart(anchor, _) => (anchor, self.list(span, depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.table(span, depth)?),
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => return Ok(Node::new(span, Content::Null)),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn scalar(
        &mut self,
        text: Cow<'text, str>,
        style: ScalarStyle,
        tag: Option<&Cow<'text, Tag>>,
        span: Span,
    ) -> Read<Node> {
        // YAML 1.2, 10.3.2: where nothing stands, null does.
        if text.is_empty() && style == ScalarStyle::Plain && tag.is_none() {
            return Ok(Node::new(span, Content::Null));
        }
        let content = match Scalar::parse_from_cow_and_metadata(text, style, tag) {
            Some(Scalar::Null) => Content::Null,
            Some(Scalar::Boolean(flag)) => Content::Boolean(flag),
            Some(Scalar::Integer(number)) => Content::Integer(number),
            Some(Scalar::FloatingPoint(number)) => Content::Float(number.into_inner()),
            Some(Scalar::String(text)) => Content::Text(text.into_owned()),
            None => return self.refuse(span, "this value does not fit its tag"),
        };
        Ok(Node::new(span, content))
    }

    fn list(&mut self, span: Span, depth: usize) -> Read<Node> {
        let mut items = Vec::new();
        loop {
            let (event, place) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Node::new(self.through(span, place), Content::List(items)));
            }
            items.push(self.value(event, place, depth + 1)?);
        }
    }

    fn table(&mut self, span: Span, depth: usize) -> Read<Node> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, key_span) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(Node::new(self.through(span, key_span), Content::Table(entries))),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return self.refuse(key_span, "a key must be a word or a text"),
            };
            let (event, place) = self.next()?;
            let node = self.value(event, place, depth + 1)?;
            if entries.iter().any(|entry| entry.key == key) {
                self.findings.push(
                    Diagnostic::error(self.codes.duplicate_key, format!("`{key}` is set twice"))
                        .at(self.source, key_span)
                        .label("set before")
                        .help("keep one of the two"),
                );
            }
            entries.push(Entry { key, key_span, node });
        }
    }

    /// From the first to the last character of a collection. A block has no mark of its own, so its first line stands for it.
    fn through(&self, start: Span, end: Span) -> Span {
        let end = (end.offset + end.length).max(start.offset);
        let text = self.source.text.get(start.offset..end).unwrap_or_default();
        let first = text.lines().next().unwrap_or_default().trim_end();
        Span { offset: start.offset, length: first.len().max(start.length) }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Read<Node> {
        let Some(node) = self.anchors.get(&anchor) else {
            return self.refuse(span, "this alias stands inside the value it repeats");
        };
        self.repeated += size(node);
        if self.repeated > MOST_REPEATED {
            return self.refuse(span, "the aliases of this file repeat too much");
        }
        Ok(Node::new(span, node.content.clone()))
    }
}

/// How many values a node holds, itself among them.
fn size(node: &Node) -> usize {
    match &node.content {
        Content::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Content::Table(entries) => 1 + entries.iter().map(|entry| size(&entry.node)).sum::<usize>(),
        _ => 1,
    }
}
