//! Where in a template a place in its result came from.
//!
//! Only asked for once something is wrong: the template is filled in a second time with a character of Unicode's private
//! plane 15 before and after each value and at the start of each line, and the marks are taken out of the result again.

use crate::source::Span;

/// The first of the 65,534 private characters that marks are made of.
const FIRST_MARK: u32 = 0xF_0000;
const LAST_MARK: u32 = 0xF_FFFD;

/// What begins at a mark.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// Text of the template itself, from this offset on.
    Text(usize),
    /// The value of this tag.
    Tag(Span),
}

/// A template with marks in it.
pub(super) struct Marked {
    pub(super) text: String,
    origins: Vec<Origin>,
}

/// A result without marks, and where its parts came from.
pub(super) struct Traced {
    pub(super) text: String,
    /// Offsets in the result, ascending.
    parts: Vec<(usize, Origin)>,
}

/// Puts marks into a template.
pub(super) fn mark(template: &str) -> Marked {
    let mut marked = Marked { text: String::with_capacity(template.len() * 2), origins: Vec::new() };
    let mut offset = 0;
    for line in template.split_inclusive('\n') {
        // A block tag alone on its line takes the line with it; a mark there would keep the line.
        let alone = is_block_alone(line);
        if !alone {
            marked.push(Origin::Text(offset));
        }
        marked.line(line, offset, alone);
        offset += line.len();
    }
    marked
}

/// Whether a line holds one block tag (or comment, or inclusion) and nothing else: Handlebars drops such a line.
fn is_block_alone(line: &str) -> bool {
    let Some(rest) = line.trim().strip_prefix("{{") else { return false };
    rest.find("}}").is_some_and(|end| end + 2 == rest.len()) && is_block(rest)
}

/// Whether braces after this text are meant as text: one backslash before them says so, more are text themselves.
pub(super) fn is_literal(before: &str) -> bool {
    before.strip_suffix('\\').is_some_and(|rest| !rest.ends_with('\\'))
}

/// Whether a tag, without its braces, writes nothing itself.
fn is_block(tag: &str) -> bool {
    let tag = tag.trim_start_matches('~').trim_start();
    tag.starts_with(['#', '/', '!', '^', '>']) || tag.starts_with("else")
}

/// The tag or block that is opened and never closed, if that is what is wrong with a template.
pub(super) fn unclosed(template: &str) -> Option<(String, Span)> {
    let mut blocks: Vec<(&str, Span)> = Vec::new();
    let mut offset = 0;
    while let Some(open) = template.get(offset..)?.find("{{") {
        offset += open;
        let inside = template.get(offset + 2..)?;
        if is_literal(template.get(..offset)?) {
            offset += 2;
            continue;
        }
        let end = inside.find("}}").filter(|end| inside.find("{{").is_none_or(|next| *end < next));
        let Some(tag) = end.and_then(|end| inside.get(..end)) else {
            let line = inside.lines().next().map_or(0, str::len);
            return Some(("`{{` is not closed by `}}`".to_owned(), Span { offset, length: line + 2 }));
        };
        let span = Span { offset, length: tag.len() + 4 };
        let word = tag.trim_start_matches('~').split_whitespace().next().unwrap_or_default();
        if let Some(name) = word.strip_prefix('#') {
            blocks.push((name, span));
        } else if word.starts_with('/') {
            blocks.pop();
        }
        offset += span.length;
    }
    let (name, span) = blocks.pop()?;
    Some((format!("`{{{{#{name}}}}}` is not closed by `{{{{/{name}}}}}`"), span))
}

impl Marked {
    fn push(&mut self, origin: Origin) {
        let code = FIRST_MARK + u32::try_from(self.origins.len()).unwrap_or(u32::MAX - FIRST_MARK);
        if code <= LAST_MARK
            && let Some(mark) = char::from_u32(code)
        {
            self.origins.push(origin);
            self.text.push(mark);
        }
    }

    fn line(&mut self, line: &str, start: usize, alone: bool) {
        let mut rest = line;
        let mut offset = start;
        while let Some(open) = rest.find("{{") {
            let (before, tag_on) = rest.split_at(open);
            self.text.push_str(before);
            offset += open;
            if is_literal(before) {
                // What is written is without the backslash, so that what follows is one character further on.
                self.text.push_str("{{");
                (rest, offset) = (tag_on.get(2..).unwrap_or_default(), offset + 2);
                if !alone {
                    self.push(Origin::Text(offset));
                }
                continue;
            }
            let length = tag_on.find("}}").map_or(tag_on.len(), |end| end + 2);
            let (tag, after) = tag_on.split_at(length);
            if !alone && !is_block(tag.trim_start_matches('{')) {
                self.push(Origin::Tag(Span { offset, length }));
            }
            self.text.push_str(tag);
            offset += length;
            if !alone {
                self.push(Origin::Text(offset));
            }
            rest = after;
        }
        self.text.push_str(rest);
    }

    /// Reads the marks out of a result.
    pub(super) fn trace(&self, result: &str) -> Traced {
        let mut traced = Traced { text: String::with_capacity(result.len()), parts: Vec::new() };
        for character in result.chars() {
            let code = u32::from(character);
            let origin = code.checked_sub(FIRST_MARK).and_then(|index| self.origins.get(usize::try_from(index).ok()?));
            match origin {
                Some(origin) => traced.parts.push((traced.text.len(), *origin)),
                None => traced.text.push(character),
            }
        }
        traced
    }
}

impl Traced {
    /// The stretch of the template that a stretch of the result came from.
    pub(super) fn origin(&self, span: Span) -> Span {
        let first = self.at(span.offset);
        let last = self.at((span.offset + span.length).saturating_sub(1).max(span.offset));
        // In a list that repeats, the end may come from before the start: then the start alone is shown.
        let end = (last.offset + last.length).max(first.offset + first.length);
        if last.offset < first.offset { first } else { Span { offset: first.offset, length: end - first.offset } }
    }

    /// Where one place came from: a character of the template's text, or a whole tag.
    fn at(&self, offset: usize) -> Span {
        let after = self.parts.partition_point(|(start, _)| *start <= offset);
        match after.checked_sub(1).and_then(|index| self.parts.get(index)) {
            Some((_, Origin::Tag(tag))) => *tag,
            Some((start, Origin::Text(origin))) => Span { offset: origin + (offset - start), length: 1 },
            None => Span { offset: 0, length: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traced(template: &str, data: &serde_json::Value) -> Traced {
        let marked = mark(template);
        let result = handlebars::Handlebars::new().render_template(&marked.text, data).unwrap();
        marked.trace(&result)
    }

    fn origin_of<'t>(template: &'t str, traced: &Traced, word: &str) -> &'t str {
        let offset = traced.text.find(word).unwrap();
        let span = traced.origin(Span { offset, length: word.len() });
        template.get(span.offset..span.offset + span.length).unwrap()
    }

    #[test]
    fn text_after_a_longer_value_keeps_its_place() {
        let template = "{\n  \"a\": \"{{name}}\", \"b\": wrong,\n  \"c\": {{name}}\n}\n";
        let traced = traced(template, &serde_json::json!({ "name": "much longer than its tag" }));
        assert_eq!(origin_of(template, &traced, "wrong"), "wrong");
        assert_eq!(origin_of(template, &traced, "\"c\""), "\"c\"");
        assert_eq!(origin_of(template, &traced, "longer"), "{{name}}");
        assert_eq!(origin_of(template, &traced, "\"much longer than its tag\""), "\"{{name}}\"");
    }

    #[test]
    fn blocks_on_lines_of_their_own_leave_no_line_behind() {
        let template = "[\n  {{#each items}}\n  {{this}}{{#unless @last}},{{/unless}}\n  {{/each}}\n]\n";
        let data = serde_json::json!({ "items": [1, 2] });
        let plain = handlebars::Handlebars::new().render_template(template, &data).unwrap();
        assert_eq!(traced(template, &data).text, plain);
    }

    #[test]
    fn a_branch_that_is_left_out_shifts_nothing() {
        let template = "{{#if off}}\nmany\nlines\n{{else}}\nfew\n{{/if}}\nwrong\n";
        let traced = traced(template, &serde_json::json!({ "off": false }));
        assert_eq!(traced.text, "few\nwrong\n");
        assert_eq!(origin_of(template, &traced, "wrong"), "wrong");
        assert_eq!(origin_of(template, &traced, "few"), "few");
    }

    #[test]
    fn braces_that_are_text_stay_text_and_shift_nothing() {
        let template = "{ \"a\": \"\\{{user}} {{user}}\", \"b\": \"wrong\" }";
        let traced = traced(template, &serde_json::json!({ "user": "ann" }));
        assert_eq!(traced.text, "{ \"a\": \"{{user}} ann\", \"b\": \"wrong\" }");
        assert_eq!(origin_of(template, &traced, "wrong"), "wrong");
        assert_eq!(origin_of(template, &traced, "ann"), "{{user}}");
        assert_eq!(unclosed("\\{{ a {{#if b}}").unwrap().0, "`{{#if}}` is not closed by `{{/if}}`");
        assert_eq!(unclosed("\\{{ a"), None);
    }
}
