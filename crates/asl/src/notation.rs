//! A definition from text, JSON or YAML, to a tree with places, and to the JSON that is deployed.

use std::collections::BTreeMap;

use labctl_source::{Content, Node, ReadError, Reason, SourceText, Span, json, yaml};

use super::check::rules;
use super::finding::Finding;
use super::placeholder::{self, Masked};

/// How a definition is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// As AWS takes it.
    Json,
    /// Deployed as the JSON that [`crate::yaml_to_json`] makes of it.
    Yaml,
}

/// More values than a definition of 1 MB can hold.
const MOST_VALUES: usize = 200_000;

/// The tree of a text.
pub(super) fn read(text: &str, syntax: Syntax) -> Result<Node, Finding> {
    match syntax {
        Syntax::Json => read_json(text, text),
        Syntax::Yaml => read_yaml(text),
    }
}

/// The tree of a text that another tool still completes: what it puts into JSON without quotes is read as a value.
pub(super) fn read_template(text: &str, syntax: Syntax) -> Result<Node, Finding> {
    let refused = match read(text, syntax) {
        Err(finding) if finding.rule.code == rules::INVALID_JSON.code => finding,
        read => return read,
    };
    let Some(Masked { text: masked, placeholders }) = placeholder::mask(text) else { return Err(refused) };
    match read_json(text, &masked) {
        Ok(mut root) => {
            fill(&mut root, &placeholders);
            Ok(root)
        }
        Err(mut finding) => {
            finding.help = Some(
                "`${…}` is read as a value and the first branch of `%{ if … }` as the text: if this is a template, fill it in and look at what comes out"
                    .to_owned(),
            );
            Err(finding)
        }
    }
}

/// The JSON text of a definition in YAML, pretty-printed, members in their order.
///
/// Only the notation is checked here: see [`super::check()`].
pub fn yaml_to_json(text: &str) -> Result<String, Vec<Finding>> {
    let root = read_yaml(text).map_err(|finding| vec![finding])?;
    serde_json::to_string_pretty(&root.to_value())
        .map_err(|error| vec![Finding::new(&rules::INVALID_YAML, error.to_string(), "", first(text, 0))])
}

/// What AWS says of a text that is no JSON, with the place where its parser stopped.
pub fn json_error(text: &str) -> String {
    json::read(text).err().map_or_else(String::new, |error| json_finding(text, &error).message)
}

/// The tree of a text whose placeholders are masked in `parsed`, byte by byte.
fn read_json(text: &str, parsed: &str) -> Result<Node, Finding> {
    if text.trim().is_empty() {
        return Err(no_definition(text));
    }
    let mut root = json::read(parsed).map_err(|error| json_finding(text, &error))?;
    point(&mut root, text);
    Ok(root)
}

fn read_yaml(text: &str) -> Result<Node, Finding> {
    let invalid = |message, at| Finding::new(&rules::INVALID_YAML, message, "", at);
    let document = yaml::read(text, MOST_VALUES).map_err(|error| {
        let at = first(text, error.at.offset);
        match error.reason {
            Reason::TooDeep => {
                let message = format!("the definition is nested deeper than {} levels", Node::DEEPEST);
                Finding::new(&rules::TOO_DEEP, message, "", at)
            }
            Reason::TooLarge => invalid(format!("the definition holds more than {MOST_VALUES} values"), at),
            _ => invalid(error.message, at),
        }
    })?;
    let mut root = document.root;
    if root.content == Content::Null && root.at.length == 0 {
        return Err(no_definition(text));
    }
    if let Some((written, at)) = document.tags.into_iter().next() {
        let mut finding = invalid(format!("the tag `{written}` means nothing in a definition"), pointed(text, at));
        if written.strip_prefix('!').is_some_and(|name| CLOUDFORMATION.contains(&name)) {
            finding.help = Some(format!(
                "`{written}` is CloudFormation's, which resolves it in its templates only: write `${{Name}}` here, and give it a value in \
                 `DefinitionSubstitutions`"
            ));
        }
        return Err(finding);
    }
    if let Some(at) = not_finite(&root) {
        return Err(invalid(format!("`{}` is no number in JSON", at.of(text)), at));
    }
    point(&mut root, text);
    Ok(root)
}

fn no_definition(text: &str) -> Finding {
    Finding::new(&rules::NO_DEFINITION, "Definition must be a valid JSON object".to_owned(), "", first(text, 0))
}

/// What the parser says, or what AWS's parser says of a bare word.
fn json_finding(text: &str, error: &ReadError) -> Finding {
    let invalid = |message, at| Finding::new(&rules::INVALID_JSON, message, "", at);
    let word: String = text.trim_start().chars().take_while(|letter| letter.is_alphanumeric()).collect();
    if word.starts_with(char::is_alphabetic) && !["true", "false", "null"].contains(&word.as_str()) {
        let expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
        let place = format!("[Source: (String)\"{text}\"; line: 1, column: {}]", word.chars().count() + 1);
        return invalid(format!("Unrecognized token '{word}': was expecting {expected}\n at {place}"), first(text, 0));
    }
    let said = if error.reason == Reason::TooDeep { "recursion limit exceeded" } else { &error.message };
    let (line, column) = SourceText::new("", text).line_column(error.at.offset);
    invalid(format!("{said} (line {line}, column {column})"), first(text, error.at.offset))
}

/// Puts the placeholders back, by the byte where each begins.
fn fill(node: &mut Node, placeholders: &BTreeMap<usize, String>) {
    match &mut node.content {
        Content::Array(elements) => elements.iter_mut().for_each(|element| fill(element, placeholders)),
        Content::Object(members) => {
            for member in members {
                // Members that are still to come have neither a name nor a value.
                if let Some(placeholder) = placeholders.get(&member.key_at.offset) {
                    member.key.clone_from(placeholder);
                    member.key_at.length = placeholder.lines().next().map_or(0, str::len);
                    member.value = Node::new(member.key_at, Content::String(placeholder.clone()));
                } else {
                    fill(&mut member.value, placeholders);
                }
            }
        }
        Content::String(text) => {
            if let Some(placeholder) = placeholders.get(&node.at.offset) {
                text.clone_from(placeholder);
            }
        }
        _ => {}
    }
}

/// Lets each value's place be what a finding about it points at: a container's first character, and no more than one line of a text.
fn point(node: &mut Node, text: &str) {
    match &mut node.content {
        Content::Array(elements) => {
            for element in elements.iter_mut() {
                point(element, text);
            }
            node.at = first(text, node.at.offset);
        }
        Content::Object(members) => {
            for member in members {
                member.key_at = pointed(text, member.key_at);
                point(&mut member.value, text);
            }
            node.at = first(text, node.at.offset);
        }
        _ => node.at = pointed(text, node.at),
    }
}

fn pointed(text: &str, at: Span) -> Span {
    if at.length == 0 || at.of(text).contains('\n') { first(text, at.offset) } else { at }
}

/// The character at this place, if it has one on its line.
fn first(text: &str, offset: usize) -> Span {
    let next = text.get(offset..).and_then(|rest| rest.chars().next()).filter(|next| *next != '\n');
    Span { offset, length: next.map_or(0, char::len_utf8) }
}

/// The first number that JSON cannot write.
fn not_finite(node: &Node) -> Option<Span> {
    match &node.content {
        Content::NotFinite(_) => Some(node.at),
        Content::Array(elements) => elements.iter().find_map(not_finite),
        Content::Object(members) => members.iter().find_map(|member| not_finite(&member.value)),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Line, column and length of what a finding points at, in characters.
    fn place(text: &str, at: Span) -> (usize, usize, usize) {
        let (line, column) = SourceText::new("", text).line_column(at.offset);
        (line, column, at.of(text).chars().count())
    }

    #[test]
    fn a_container_is_shown_by_its_first_character() {
        let text = "{\n  \"é\": [1,\n \"x\"]}";
        let root = read(text, Syntax::Json).unwrap();
        let member = &root.members().unwrap()[0];
        assert_eq!(place(text, member.key_at), (2, 3, 3));
        assert_eq!(place(text, member.value.at), (2, 8, 1));
        assert_eq!(place(text, member.value.elements().unwrap()[1].at), (3, 2, 3));
        let text = "é:\n  a: >\n   long\n   text\n";
        let root = read(text, Syntax::Yaml).unwrap();
        assert_eq!(place(text, root.at), (1, 1, 1));
        assert_eq!(place(text, root.locate("/é/a").at), (3, 4, 1));
    }

    #[test]
    fn a_missing_comma_is_found_where_it_is_missing() {
        let text = "{\n \"a\": 1\n \"b\": 2}";
        let finding = read(text, Syntax::Json).unwrap_err();
        assert_eq!((finding.code, place(text, finding.at)), ("INVALID_JSON_DESCRIPTION", (3, 2, 1)));
        assert!(finding.message.ends_with("(line 3, column 2)"), "{}", finding.message);
    }

    #[test]
    fn a_bare_word_is_refused_in_the_words_of_aws() {
        let message = read("not a definition", Syntax::Json).unwrap_err().message;
        assert!(message.starts_with("Unrecognized token 'not': was expecting (JSON String"), "{message}");
        assert!(message.ends_with("line: 1, column: 4]"), "{message}");
        assert_eq!(json_error("{}"), "");
        assert_eq!(json_error(&"[".repeat(200)), "recursion limit exceeded (line 1, column 128)");
    }

    #[test]
    fn what_another_tool_puts_in_is_a_value_where_it_stands() {
        let text = "{\"é\": ${Max}, \"list\": [${a}, ${b}],\n ${more}, \"name\": \"${f[\"x\"]}\"}";
        assert!(read(text, Syntax::Json).is_err());
        let root = read_template(text, Syntax::Json).unwrap();
        let members = root.members().unwrap();
        assert_eq!(members[0].value.text(), Some("${Max}"));
        assert_eq!(place(text, members[0].value.at), (1, 7, 6));
        assert_eq!(members[1].value.elements().unwrap()[1].text(), Some("${b}"));
        assert_eq!((members[2].key.as_str(), place(text, members[2].key_at)), ("${more}", (2, 2, 7)));
        assert_eq!(members[3].value.text(), Some("${f['x']}"));
        for broken in ["{\"a\": ${Max} 1}", "{\"a\" ${Max}}", "{\"a\": ${}}", "{\"a\": ${Max,}"] {
            assert!(read_template(broken, Syntax::Json).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_definition_in_yaml_becomes_json_in_the_same_order() {
        let json =
            yaml_to_json("StartAt: A\nStates:\n  A:\n    Type: Pass\n    End: true\n    Result: {b: 1, a: '1'}\n")
                .unwrap();
        let compact: String = json.split_whitespace().collect();
        assert_eq!(compact, r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Result":{"b":1,"a":"1"}}}}"#);
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
        let text = "a: [1, 2\nb: 3\n";
        let finding = &yaml_to_json(text).unwrap_err()[0];
        assert_eq!((finding.code, place(text, finding.at).0), ("INVALID_YAML_DESCRIPTION", 2));
        let text = "a: 1\nb: {";
        assert_eq!(place(text, yaml_to_json(text).unwrap_err()[0].at), (2, 5, 0));
        for text in ["a: 1\n---\nb: 2\n", "", "# nothing", "a: &x [*x]", "a: [1, .inf]"] {
            assert!(yaml_to_json(text).is_err(), "{text}");
        }
        assert!(yaml_to_json(&"[".repeat(100_000)).is_err());
    }
}
