//! YAML text to a tree with places, and to the JSON that is deployed.
//!
//! Built on events, not on a ready-made tree, so that an alias cannot grow a small text into a huge tree.

use std::collections::BTreeMap;

use saphyr::Scalar;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::Number;

use super::check::rules;
use super::document::{Content, DEEPEST, Member, Node, Position};
use super::finding::Finding;

/// More values than a definition of 1 MB can hold.
const MOST_VALUES: usize = 200_000;

/// The JSON text of a definition in YAML, pretty-printed, members in their order.
///
/// Only the notation is checked here: see [`super::check()`].
pub fn yaml_to_json(text: &str) -> Result<String, Vec<Finding>> {
    let root = read(text).map_err(|finding| vec![finding])?;
    serde_json::to_string_pretty(&root.to_value()).map_err(|error| vec![invalid(error.to_string(), Position::START)])
}

/// The tree of a YAML text of one document.
pub(super) fn read(text: &str) -> Result<Node, Finding> {
    let mut builder = Builder { text, ..Builder::default() };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let mark = error.marker();
            invalid(error.info().to_owned(), within(text, mark.line(), mark.col() + 1, 1))
        })?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                return Err(invalid(
                    "a definition is one YAML document, here begins a second".to_owned(),
                    builder.place(span, 1),
                ));
            }
        }
        builder.take(event, span)?;
    }
    builder.root.ok_or_else(|| {
        Finding::new(&rules::NO_DEFINITION, "Definition must be a valid JSON object".to_owned(), "", Position::START)
    })
}

fn invalid(message: String, at: Position) -> Finding {
    Finding::new(&rules::INVALID_YAML, message, "", at)
}

/// A place in the text. The reader puts what is missing at the end on a line after the last, and takes a carriage return for a new line.
fn within(text: &str, line: usize, column: usize, length: usize) -> Position {
    let last = text.split('\n').count();
    if line <= last {
        return Position { line: line.max(1), column, length: length.max(1) };
    }
    let end = text.rsplit('\n').next().map_or(0, |line| line.chars().count());
    Position { line: last, column: end + 1, length: 1 }
}

/// A collection that is still open.
struct Open {
    at: Position,
    anchor: usize,
    content: OpenContent,
}

enum OpenContent {
    Array(Vec<Node>),
    Object { members: Vec<Member>, key: Option<(String, Position)> },
}

#[derive(Default)]
struct Builder<'text> {
    text: &'text str,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    values: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    fn place(&self, span: Span, length: usize) -> Position {
        within(self.text, span.start.line(), span.start.col() + 1, length)
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Finding> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let length = if span.start.line() == span.end.line() { span.end.col() - span.start.col() } else { 1 };
                let at = self.place(span, length);
                let content = scalar(&text, style, tag.as_deref(), at)?;
                self.close(Node { at, content }, anchor, 1)
            }
            Event::SequenceStart(anchor, tag) => {
                known(tag.as_deref(), self.place(span, 1))?;
                self.enter(span, anchor, OpenContent::Array(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                known(tag.as_deref(), self.place(span, 1))?;
                self.enter(span, anchor, OpenContent::Object { members: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let content = match open.content {
                    OpenContent::Array(elements) => Content::Array(elements),
                    OpenContent::Object { members, .. } => Content::Object(members),
                };
                self.close(Node { at: open.at, content }, open.anchor, 1)
            }
            Event::Alias(anchor) => {
                let at = self.place(span, 1);
                let (node, values) = self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .ok_or_else(|| invalid("the alias stands inside what it names".to_owned(), at))?;
                self.close(node, 0, values)
            }
            _ => Ok(()),
        }
    }

    fn enter(&mut self, span: Span, anchor: usize, content: OpenContent) -> Result<(), Finding> {
        let at = self.place(span, 1);
        if self.open.len() >= DEEPEST {
            let message = format!("the definition is nested deeper than {DEEPEST} levels");
            return Err(Finding::new(&rules::TOO_DEEP, message, "", at));
        }
        self.open.push(Open { at, anchor, content });
        Ok(())
    }

    /// Hands a finished value to the collection around it.
    fn close(&mut self, node: Node, anchor: usize, values: usize) -> Result<(), Finding> {
        self.values += values;
        if self.values > MOST_VALUES {
            return Err(invalid(format!("the definition holds more than {MOST_VALUES} values"), node.at));
        }
        if anchor != 0 {
            let size = size(&node);
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(OpenContent::Array(elements)) => elements.push(node),
            Some(OpenContent::Object { members, key }) => match key.take() {
                Some((name, key_at)) => members.push(Member { key: name, key_at, value: node }),
                None => match node.content {
                    Content::String(name) => *key = Some((name, node.at)),
                    // Keys like `1:` or `true:` are names all the same.
                    Content::Null | Content::Bool(_) | Content::Number(_) => {
                        *key = Some((node.to_value().to_string(), node.at));
                    }
                    _ => return Err(invalid("a key must be a string".to_owned(), node.at)),
                },
            },
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    match &node.content {
        Content::Array(elements) => 1 + elements.iter().map(size).sum::<usize>(),
        Content::Object(members) => 1 + members.iter().map(|member| size(&member.value)).sum::<usize>(),
        _ => 1,
    }
}

/// CloudFormation's short forms. <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
const CLOUDFORMATION: [&str; 19] = [
    "And",
    "Base64",
    "Cidr",
    "Condition",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Not",
    "Or",
    "Ref",
    "Select",
    "Split",
    "Sub",
    "Transform",
    "Length",
];

/// A finding for a tag that is not YAML's own.
fn known(tag: Option<&Tag>, at: Position) -> Result<(), Finding> {
    let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else { return Ok(()) };
    let written = format!("{}{}", tag.handle, tag.suffix);
    let mut finding = invalid(format!("the tag `{written}` means nothing in a definition"), at);
    if tag.handle == "!" && CLOUDFORMATION.contains(&tag.suffix.as_str()) {
        finding.help = Some(format!(
            "`{written}` is CloudFormation's, which resolves it in its templates only: write `${{Name}}` here, and give it a value in \
             `DefinitionSubstitutions`"
        ));
    }
    Err(finding)
}

/// A scalar by YAML 1.2's core schema.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, at: Position) -> Result<Content, Finding> {
    known(tag, at)?;
    let string_tag = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || string_tag {
        return Ok(Content::String(text.to_owned()));
    }
    // YAML 1.2, 10.3.2: where nothing stands, null does.
    if text.is_empty() {
        return Ok(Content::Null);
    }
    Ok(match Scalar::parse_from_cow(text.into()) {
        Scalar::Null => Content::Null,
        Scalar::Boolean(flag) => Content::Bool(flag),
        Scalar::Integer(number) => Content::Number(number.into()),
        Scalar::FloatingPoint(number) => Content::Number(
            Number::from_f64(*number).ok_or_else(|| invalid(format!("`{text}` is no number in JSON"), at))?,
        ),
        Scalar::String(text) => Content::String(text.into_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_in_yaml_becomes_json_in_the_same_order() {
        let json =
            yaml_to_json("StartAt: A\nStates:\n  A:\n    Type: Pass\n    End: true\n    Result: {b: 1, a: '1'}\n")
                .unwrap();
        let compact: String = json.split_whitespace().collect();
        assert_eq!(compact, r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Result":{"b":1,"a":"1"}}}}"#);
    }

    #[test]
    fn places_are_those_of_the_text() {
        let root = read("a: 1\nbé:\n  - true\n").unwrap();
        let member = &root.members().unwrap()[1];
        assert_eq!(member.key_at, Position { line: 2, column: 1, length: 2 });
        assert_eq!(member.value.elements().unwrap()[0].at, Position { line: 3, column: 5, length: 4 });
    }

    #[test]
    fn where_nothing_stands_null_does() {
        let json = yaml_to_json("a:\nb: {c: , d: ''}\ne:\n-\n- ~\nf: !!str\n").unwrap();
        let compact: String = json.split_whitespace().collect();
        assert_eq!(compact, r#"{"a":null,"b":{"c":null,"d":""},"e":[null,null],"f":""}"#);
    }

    #[test]
    fn tags_of_cloudformation_have_help_of_their_own() {
        for text in
            ["a: !Sub 'x'", "a: !GetAtt F.Arn", "a: !Join ['', [b]]", "a: !If [x, y, z]", "a: !Transform {b: c}"]
        {
            let finding = &yaml_to_json(text).unwrap_err()[0];
            assert!(finding.help.as_ref().unwrap().contains("DefinitionSubstitutions"), "{text}");
        }
        assert_eq!(yaml_to_json("a: !Own x").unwrap_err()[0].help, None);
    }

    #[test]
    fn an_alias_repeats_what_it_names() {
        let json = yaml_to_json("a: &x [1, 2]\nb: *x\n").unwrap();
        assert_eq!(json.split_whitespace().collect::<String>(), r#"{"a":[1,2],"b":[1,2]}"#);
    }

    #[test]
    fn a_text_of_nested_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let previous = format!("*a{}, ", level - 1).repeat(10);
            text = format!("{text}a{level}: &a{level} [{previous}]\n");
        }
        assert!(yaml_to_json(&text).unwrap_err()[0].message.contains("more than"));
    }

    #[test]
    fn bad_yaml_is_refused_with_its_place() {
        let finding = &yaml_to_json("a: [1, 2\nb: 3\n").unwrap_err()[0];
        assert_eq!((finding.code, finding.line), ("INVALID_YAML_DESCRIPTION", 2));
        let finding = &yaml_to_json("a: 1\nb: {").unwrap_err()[0];
        assert_eq!((finding.line, finding.column), (2, 5));
        for finding in super::super::check("\r\u{e}", super::super::Syntax::Yaml, false) {
            assert_eq!((finding.line, finding.length), (1, 1));
        }
        assert!(yaml_to_json("a: 1\n---\nb: 2\n").is_err());
        assert!(yaml_to_json("").is_err());
        assert!(yaml_to_json(&"[".repeat(100_000)).is_err());
        assert!(yaml_to_json("a: &x [*x]").is_err());
        assert!(yaml_to_json("a: .inf").is_err());
    }
}
