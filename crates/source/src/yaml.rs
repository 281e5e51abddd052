//! YAML text to a tree.
//!
//! Built on events, not on a ready-made tree, so that an alias cannot grow a small text into a huge tree.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::error::{ReadError, Reason};
use crate::text::Span;
use crate::{Content, Member, Node};

/// Values that all aliases of a text together may repeat: an alias of aliases must not fill the memory.
const MOST_REPEATED: usize = 100_000;

/// A YAML text of one document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its tree; null with no length where the text is empty. Names are as they are written, whatever type they would have.
    pub root: Node,
    /// The tags that are not YAML's own (`!Sub`), in the text's order. The tree is that without them.
    pub tags: Vec<(String, Span)>,
}

/// The tree of a YAML text; scalars follow YAML 1.2's core schema, and what an alias repeats stands where it was first written.
///
/// # Errors
/// The first mistake; [`Reason::TooLarge`] where it holds more than `most` values, those that aliases repeat among them.
pub fn read(text: &str, most: usize) -> Result<Document, ReadError> {
    let mut builder = Builder {
        text,
        offsets: Offsets::new(text),
        most,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        values: 0,
        repeated: 0,
        documents: 0,
        root: None,
        tags: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let (event, place) = event.map_err(|error| {
            ReadError::new(Reason::Syntax, error.info(), builder.span(error.marker(), error.marker()))
        })?;
        let span = builder.span(&place.start, &place.end);
        builder.take(event, span)?;
    }
    let root = builder.root.unwrap_or_else(|| Node::new(Span { offset: text.len(), length: 0 }, Content::Null));
    Ok(Document { root, tags: builder.tags })
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

/// A collection that is still open.
struct Open {
    start: Span,
    anchor: usize,
    content: OpenContent,
}

enum OpenContent {
    Array(Vec<Node>),
    Object { members: Vec<Member>, key: Option<(String, Span)> },
}

/// A finished value; a key is what is written, whatever type it would have.
struct Finished<'text> {
    node: Node,
    written: Option<Cow<'text, str>>,
    anchor: usize,
    size: usize,
}

struct Builder<'text> {
    text: &'text str,
    offsets: Offsets,
    most: usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    values: usize,
    repeated: usize,
    documents: usize,
    root: Option<Node>,
    tags: Vec<(String, Span)>,
}

impl<'text> Builder<'text> {
    fn span(&self, start: &Marker, end: &Marker) -> Span {
        let longest = self.text.len();
        let offset = self.offsets.bytes(start.index()).min(longest);
        Span { offset, length: self.offsets.bytes(end.index()).min(longest).saturating_sub(offset) }
    }

    fn take(&mut self, event: Event<'text>, span: Span) -> Result<(), ReadError> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second YAML document begins here; one file is one document";
                    return Err(ReadError::new(Reason::Meaningless, message, span));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.note_tag(tag.as_deref(), span);
                let content = scalar(text.clone(), style, tag.as_ref(), span)?;
                self.close(Finished { node: Node::new(span, content), written: Some(text), anchor, size: 1 })
            }
            Event::SequenceStart(anchor, tag) => {
                self.note_tag(tag.as_deref(), span);
                self.enter(span, anchor, OpenContent::Array(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.note_tag(tag.as_deref(), span);
                self.enter(span, anchor, OpenContent::Object { members: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let content = match open.content {
                    OpenContent::Array(elements) => Content::Array(elements),
                    OpenContent::Object { members, .. } => Content::Object(members),
                };
                let node = Node::new(self.through(open.start, span), content);
                self.close(Finished { node, written: None, anchor: open.anchor, size: 1 })
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    let message = "this alias stands inside the value it repeats";
                    return Err(ReadError::new(Reason::Meaningless, message, span));
                };
                self.repeated += size;
                if self.repeated > MOST_REPEATED {
                    return Err(ReadError::new(Reason::TooLarge, "the aliases of this file repeat too much", span));
                }
                let written = node.text().map(|text| Cow::Owned(text.to_owned()));
                self.close(Finished { node, written, anchor: 0, size })
            }
            _ => Ok(()),
        }
    }

    fn note_tag(&mut self, tag: Option<&Tag>, span: Span) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            self.tags.push((format!("{}{}", tag.handle, tag.suffix), span));
        }
    }

    fn enter(&mut self, start: Span, anchor: usize, content: OpenContent) -> Result<(), ReadError> {
        if self.open.len() >= Node::DEEPEST {
            return Err(ReadError::too_deep(start));
        }
        self.open.push(Open { start, anchor, content });
        Ok(())
    }

    /// From the first to the last character of a collection. A block has no mark of its own, so its first line stands for it.
    fn through(&self, start: Span, end: Span) -> Span {
        let end = (end.offset + end.length).max(start.offset);
        let text = self.text.get(start.offset..end).unwrap_or_default();
        let first = text.lines().next().unwrap_or_default().trim_end();
        Span { offset: start.offset, length: first.len().max(start.length) }
    }

    /// Hands a finished value to the collection around it.
    fn close(&mut self, finished: Finished<'text>) -> Result<(), ReadError> {
        let Finished { node, written, anchor, size } = finished;
        self.values += size;
        if self.values > self.most {
            let message = format!("there are more than {} values", self.most);
            return Err(ReadError::new(Reason::TooLarge, message, node.at));
        }
        if anchor != 0 {
            let size = node.size();
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(OpenContent::Array(elements)) => elements.push(node),
            Some(OpenContent::Object { members, key }) => match key.take() {
                Some((key, key_at)) => members.push(Member { key, key_at, value: node }),
                None => match written {
                    Some(written) => *key = Some((written.into_owned(), node.at)),
                    None => return Err(ReadError::new(Reason::Meaningless, "a key must be a word or a text", node.at)),
                },
            },
        }
        Ok(())
    }
}

fn scalar<'text>(
    text: Cow<'text, str>,
    style: ScalarStyle,
    tag: Option<&Cow<'text, Tag>>,
    at: Span,
) -> Result<Content, ReadError> {
    // YAML 1.2, 10.3.2: where nothing stands, null does.
    if text.is_empty() && style == ScalarStyle::Plain && tag.is_none() {
        return Ok(Content::Null);
    }
    Ok(match Scalar::parse_from_cow_and_metadata(text, style, tag) {
        Some(Scalar::Null) => Content::Null,
        Some(Scalar::Boolean(flag)) => Content::Bool(flag),
        Some(Scalar::Integer(number)) => Content::Number(number.into()),
        Some(Scalar::FloatingPoint(number)) => Content::number(number.into_inner()),
        Some(Scalar::String(text)) => Content::String(text.into_owned()),
        None => return Err(ReadError::new(Reason::Meaningless, "this value does not fit its tag", at)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> serde_json::Value {
        read(text, usize::MAX).unwrap().root.to_value()
    }

    fn reason(text: &str) -> Reason {
        read(text, 200_000).unwrap_err().reason
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "a: 1\nbé:\n  - true\nc: {d: [1,\n 2]}\n";
        let root = read(text, usize::MAX).unwrap().root;
        let members = root.members().unwrap();
        assert_eq!(members[1].key_at.of(text), "bé");
        assert_eq!(members[1].value.elements().unwrap()[0].at.of(text), "true");
        assert_eq!(members[2].value.at.of(text), "{d: [1,", "its first line");
    }

    #[test]
    fn where_nothing_stands_null_does() {
        assert_eq!(
            value("a:\nb: {c: , d: ''}\ne:\n-\n- ~\nf: !!str\n"),
            json!({"a": null, "b": {"c": null, "d": ""}, "e": [null, null], "f": ""})
        );
        let empty = read("# nothing\n", usize::MAX).unwrap().root;
        assert_eq!((empty.content, empty.at.length), (Content::Null, 0));
    }

    #[test]
    fn names_are_what_is_written() {
        assert_eq!(value("007: a\ntrue: b\n&x c: d\n*x : e\n"), json!({"007": "a", "true": "b", "c": "e"}));
        assert_eq!(reason("[a]: b"), Reason::Meaningless);
    }

    #[test]
    fn an_alias_repeats_what_it_names() {
        assert_eq!(value("a: &x [1, 2]\nb: *x\n"), json!({"a": [1, 2], "b": [1, 2]}));
        assert_eq!(reason("a: &x [*x]"), Reason::Meaningless);
    }

    #[test]
    fn a_text_of_nested_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let previous = format!("*a{}, ", level - 1).repeat(10);
            text = format!("{text}a{level}: &a{level} [{previous}]\n");
        }
        assert_eq!(reason(&text), Reason::TooLarge);
        assert_eq!(read("[1, 2, 3]", 3).unwrap_err().reason, Reason::TooLarge);
    }

    #[test]
    fn tags_of_others_are_told_with_their_places() {
        let text = "a: !Sub 'x'\nb: !Join ['', [c]]\nd: !!int 5\ne: !degree 50\n";
        let document = read(text, usize::MAX).unwrap();
        let tags: Vec<&str> = document.tags.iter().map(|(tag, _)| tag.as_str()).collect();
        assert_eq!(tags, ["!Sub", "!Join", "!degree"]);
        assert_eq!(document.root.to_value(), json!({"a": "x", "b": ["", ["c"]], "d": 5, "e": 50}));
        assert_eq!(reason("a: !!int x"), Reason::Meaningless);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        let error = read("a: 1\nb: {", usize::MAX).unwrap_err();
        assert_eq!((error.reason, error.at.offset), (Reason::Syntax, 9));
        assert_eq!(reason("a: 1\n---\nb: 2\n"), Reason::Meaningless);
        assert_eq!(reason(&"[".repeat(Node::DEEPEST + 1)), Reason::TooDeep);
        assert!(read(&"[".repeat(100_000), usize::MAX).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_every_place_holds(text in "[a-cé:,{}\\[\\]&*!'\"#| \r\n-]{0,40}") {
            let holds = |at: Span| text.get(at.offset..at.offset + at.length).is_some();
            match read(&text, usize::MAX) {
                Ok(document) => prop_assert!(holds(document.root.at)),
                Err(error) => prop_assert!(holds(error.at)),
            }
        }
    }
}
