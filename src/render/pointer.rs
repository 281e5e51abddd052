//! Where in a JSON text the value of a JSON pointer stands.

use crate::model::Span;

/// The stretch of the value that `pointer` names, in a text that is known to be JSON; the nearest value around it when there is
/// no such value. <https://www.rfc-editor.org/rfc/rfc6901>
pub(super) fn find(text: &str, pointer: &str) -> Span {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    reader.space();
    let mut span = reader.clone().value_span();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        reader.at = span.offset;
        let Some(inner) = reader.enter(&step) else { break };
        span = inner;
    }
    span
}

#[derive(Clone)]
struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while self.peek().is_ascii_whitespace() {
            self.at += 1;
        }
    }

    /// Steps into the object or array that begins here.
    fn enter(&mut self, step: &str) -> Option<Span> {
        let (close, is_object) = match self.peek() {
            b'{' => (b'}', true),
            b'[' => (b']', false),
            _ => return None,
        };
        self.at += 1;
        for index in 0_usize.. {
            self.space();
            if self.peek() == close || self.at >= self.bytes.len() {
                return None;
            }
            let found = if is_object {
                let key = self.value_span();
                self.space();
                self.at += 1; // the colon
                self.space();
                let key = self.bytes.get(key.offset..key.offset + key.length).unwrap_or_default();
                serde_json::from_slice::<String>(key).is_ok_and(|key| key == step)
            } else {
                step.parse() == Ok(index)
            };
            let value = self.value_span();
            if found {
                return Some(value);
            }
            self.space();
            if self.peek() == b',' {
                self.at += 1;
            }
        }
        None
    }

    /// Reads over the value that begins here.
    fn value_span(&mut self) -> Span {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                b'"' => self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                _ => self.at += 1,
            }
            let scalar_goes_on = !matches!(self.bytes.get(start), Some(b'"' | b'{' | b'['))
                && !matches!(self.peek(), b',' | b'}' | b']')
                && !self.peek().is_ascii_whitespace();
            if self.at >= self.bytes.len() || (depth == 0 && !scalar_goes_on) {
                return Span { offset: start, length: self.at - start };
            }
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while self.at < self.bytes.len() && self.peek() != b'"' {
            self.at += if self.peek() == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_whatever_stands_before_it() {
        let text = r#" { "a": [1, "]\"}", {"b": true}], "c/d" : -1.5e3, "e": {} } "#;
        let found = |pointer| {
            let span = find(text, pointer);
            text.get(span.offset..span.offset + span.length).unwrap()
        };
        assert_eq!(found("/a/0"), "1");
        assert_eq!(found("/a/1"), r#""]\"}""#);
        assert_eq!(found("/a/2/b"), "true");
        assert_eq!(found("/c~1d"), "-1.5e3");
        assert_eq!(found("/e"), "{}");
        assert_eq!(found("/e/nothing"), "{}");
        assert_eq!(found(""), text.trim());
    }
}
