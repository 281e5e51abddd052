//! Reference paths: where a result is put.

use serde_json::{Map, Value};

/// A path that names one place: only names and positions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReferencePath {
    /// As it is written.
    pub text: String,
    steps: Vec<Place>,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    Name(String),
    Index(usize),
}

/// Where reading a reference path stops, in characters from 0; None if nothing is wrong with it.
pub(crate) fn flaw(text: &str) -> Option<usize> {
    let mut reader = Reader::new(text);
    reader.places().err().map(|_| reader.at)
}

impl ReferencePath {
    /// `$.a.b[0]`; `$$…`, lists and conditions are refused.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.to_owned(), steps: Reader::new(text).places()? })
    }

    /// Whether the result takes the place of everything.
    pub(crate) fn is_whole(&self) -> bool {
        self.steps.is_empty()
    }

    /// `input` with `result` at this place; objects on the way are made, array positions must be there.
    /// `None` if there is no such place.
    pub(crate) fn put(&self, mut input: Value, result: Value) -> Option<Value> {
        let mut slot = &mut input;
        for step in &self.steps {
            slot = match step {
                Place::Name(name) => {
                    slot.as_object_mut()?.entry(name.as_str()).or_insert_with(|| Value::Object(Map::new()))
                }
                Place::Index(at) => slot.as_array_mut()?.get_mut(*at)?,
            };
        }
        *slot = result;
        Some(input)
    }
}

/// Reads names and positions. <https://states-language.net/spec.html#ref-paths>
struct Reader {
    letters: Vec<char>,
    at: usize,
}

impl Reader {
    fn new(text: &str) -> Self {
        Self { letters: text.chars().collect(), at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn take(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        self.at += usize::from(found);
        found
    }

    fn places(&mut self) -> Result<Vec<Place>, String> {
        if !self.take('$') {
            return Err("a path begins with `$`".to_owned());
        }
        match self.peek() {
            Some('$') => return Err("the context object cannot be written to".to_owned()),
            Some(letter) if letter.is_alphabetic() || letter == '_' => {
                return Err("variables are set with `Assign`".to_owned());
            }
            _ => {}
        }
        let mut places = Vec::new();
        while self.peek().is_some() {
            if self.take('.') {
                // `$.a.['b c']` is written too.
                if self.peek() != Some('[') {
                    places.push(Place::Name(self.name()?));
                }
            } else if self.take('[') {
                places.push(self.bracket()?);
            } else {
                return Err(format!("character {} is out of place", self.at + 1));
            }
        }
        Ok(places)
    }

    /// A name without quotes; a backslash makes the next letter a plain one.
    fn name(&mut self) -> Result<String, String> {
        let start = self.at;
        let mut name = String::new();
        while let Some(letter) = self.peek() {
            match letter {
                '\\' => {
                    self.at += 1;
                    name.extend(self.peek());
                }
                '.' | '[' => break,
                '*' | '?' | '@' | '(' | ')' | ']' | '\'' | '"' => {
                    return Err("only names and positions lead to one place".to_owned());
                }
                blank if blank.is_whitespace() => return Err("a name with blanks is written `['a name']`".to_owned()),
                _ => name.push(letter),
            }
            self.at += 1;
        }
        if self.at == start { Err(format!("a name is missing at character {}", start + 1)) } else { Ok(name) }
    }

    fn bracket(&mut self) -> Result<Place, String> {
        while self.take(' ') {}
        let place = match self.peek() {
            Some('\'' | '"') => Place::Name(self.quoted()?),
            Some('0'..='9') => {
                let start = self.at;
                while self.peek().is_some_and(|letter| letter.is_ascii_digit()) {
                    self.at += 1;
                }
                let digits: String = self.letters.get(start..self.at).unwrap_or_default().iter().collect();
                digits.parse().map(Place::Index).map_err(|_| format!("`{digits}` is no position"))?
            }
            Some('-') => return Err("positions count from the front".to_owned()),
            None => return Err("`]` is missing".to_owned()),
            Some(_) => return Err("only names and positions lead to one place".to_owned()),
        };
        while self.take(' ') {}
        match self.peek() {
            Some(']') => {
                self.at += 1;
                Ok(place)
            }
            Some(',' | ':') => Err("only names and positions lead to one place".to_owned()),
            _ => Err(format!("`]` is missing at character {}", self.at + 1)),
        }
    }

    /// A quoted name. Only the quote and the backslash are unescaped, as AWS does it.
    fn quoted(&mut self) -> Result<String, String> {
        let quote = self.peek().unwrap_or('\'');
        self.at += 1;
        let mut text = String::new();
        while let Some(letter) = self.peek() {
            self.at += 1;
            if letter == quote {
                return Ok(text);
            }
            match self.peek() {
                Some(next) if letter == '\\' && (next == quote || next == '\\') => {
                    self.at += 1;
                    text.push(next);
                }
                _ => text.push(letter),
            }
        }
        Err("a quote is not closed".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put(path: &str, input: Value) -> Option<Value> {
        ReferencePath::parse(path).unwrap().put(input, json!(7))
    }

    #[test]
    fn a_result_is_put_where_the_path_says() {
        assert_eq!(put("$", json!([1])), Some(json!(7)));
        assert_eq!(put("$.a.b", json!({"c": 1})), Some(json!({"c": 1, "a": {"b": 7}})));
        assert_eq!(put("$.a[1]", json!({"a": [1, 2]})), Some(json!({"a": [1, 7]})));
        assert_eq!(put("$.a", json!({"a": {"b": 1}})), Some(json!({"a": 7})));
        assert_eq!(put(r"$.a\.b.['c d']", json!({})), Some(json!({"a.b": {"c d": 7}})));
    }

    #[test]
    fn there_must_be_such_a_place() {
        assert_eq!(put("$.a", json!("text")), None);
        assert_eq!(put("$.a.b", json!({"a": 1})), None);
        assert_eq!(put("$.a[2]", json!({"a": [1, 2]})), None);
    }

    #[test]
    fn only_one_place_can_be_named() {
        for text in [
            "$$.a",
            "$a",
            "$[*]",
            "$.a[-1]",
            "$..a",
            "$[?(@.a)]",
            "$[0,1]",
            "$.a.length()",
            "$.a b",
            "$[",
            "$.",
            "$.a[0:1]",
            "$['a','b']",
            "$['a",
        ] {
            assert!(ReferencePath::parse(text).is_err(), "{text}");
            assert!(flaw(text).is_some(), "{text}");
        }
    }
}
