//! Text to call: `States.Format('{} of {}', $.a, States.ArrayLength($.list))`.

use serde_json::Value;

use super::call::{Argument, Call};
use super::function::Function;
use crate::path;

/// AWS allows ten calls in one another.
const DEEPEST_CALL: usize = 10;

/// The call that `text` is.
fn parse(text: &str) -> Result<Call, String> {
    read(&mut Parser::new(text))
}

/// Where reading a call stops, in characters from 0; None if nothing is wrong with it.
fn flaw(text: &str) -> Option<usize> {
    let mut parser = Parser::new(text);
    read(&mut parser).err().map(|_| parser.at)
}

fn read(parser: &mut Parser) -> Result<Call, String> {
    let call = parser.call()?;
    parser.spaces();
    match parser.peek() {
        None => Ok(call),
        Some(letter) => Err(format!("`{letter}` after the call is out of place")),
    }
}

struct Parser {
    letters: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn new(text: &str) -> Self {
        Self { letters: text.chars().collect(), at: 0, depth: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn between(&self, from: usize, to: usize) -> String {
        self.letters.get(from..to).unwrap_or_default().iter().collect()
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn call(&mut self) -> Result<Call, String> {
        let start = self.at;
        while self.peek().is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '.' || letter == '_') {
            self.at += 1;
        }
        let function = Function::named(&self.between(start, self.at)).inspect_err(|_| self.at = start)?;
        if self.peek() != Some('(') {
            return Err("the `(` of the call is missing".to_owned());
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > DEEPEST_CALL {
            return Err(format!("calls are nested deeper than {DEEPEST_CALL}"));
        }
        let arguments = self.arguments()?;
        self.depth -= 1;
        function.check(arguments.len()).inspect_err(|_| self.at = start)?;
        Ok(Call { text: self.between(start, self.at), function, arguments })
    }

    fn arguments(&mut self) -> Result<Vec<Argument>, String> {
        let mut arguments = Vec::new();
        self.spaces();
        if self.peek() == Some(')') {
            self.at += 1;
            return Ok(arguments);
        }
        loop {
            self.spaces();
            arguments.push(self.argument()?);
            self.spaces();
            let letter = self.peek();
            self.at += 1;
            match letter {
                Some(',') => {}
                Some(')') => return Ok(arguments),
                Some(letter) => return Err(format!("`{letter}` between arguments is out of place")),
                None => return Err("the `)` of the call is missing".to_owned()),
            }
        }
    }

    fn argument(&mut self) -> Result<Argument, String> {
        match self.peek() {
            Some('\'') => self.quoted(),
            Some('$') => {
                let start = self.at;
                let text = self.path_text();
                path::parse(&text).map(Argument::Path).map_err(|error| {
                    self.at = start + path::flaw(&text).unwrap_or(0);
                    format!("`{text}`: {error}")
                })
            }
            Some('S') => self.call().map(Argument::Call),
            _ => self.literal(),
        }
    }

    /// Escapes are kept: what they mean depends on the function.
    fn quoted(&mut self) -> Result<Argument, String> {
        let start = self.at + 1;
        self.at = start;
        while let Some(letter) = self.peek() {
            self.at += 1;
            match letter {
                '\'' => return Ok(Argument::Text(self.between(start, self.at - 1))),
                '\\' => match self.peek() {
                    Some('\'' | '\\' | '{' | '}') => self.at += 1,
                    _ => {
                        return Err(
                            "a backslash escapes `'`, `{`, `}` and `\\` only: write `\\\\` for itself".to_owned()
                        );
                    }
                },
                _ => {}
            }
        }
        Err("a quote is not closed".to_owned())
    }

    /// Up to the `,` or `)` that is in no bracket and no quote.
    fn path_text(&mut self) -> String {
        let start = self.at;
        let mut open = 0_usize;
        let mut quote = None;
        while let Some(letter) = self.peek() {
            match (quote, letter) {
                (Some(_), '\\') => self.at += 1,
                (Some(mark), _) => quote = Some(mark).filter(|mark| *mark != letter),
                (None, '\'' | '"') => quote = Some(letter),
                (None, '[' | '(') => open += 1,
                (None, ',' | ')') if open == 0 => break,
                (None, ']' | ')') => open = open.saturating_sub(1),
                // Here begins another argument.
                (None, ' ') if open == 0 && matches!(self.letters.get(self.at + 1), Some('$' | '\'')) => break,
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.letters.len());
        self.between(start, self.at).trim_end().to_owned()
    }

    fn literal(&mut self) -> Result<Argument, String> {
        let start = self.at;
        while self.peek().is_some_and(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter)) {
            self.at += 1;
        }
        let text = self.between(start, self.at);
        match serde_json::from_str::<Value>(&text) {
            Ok(value) => Ok(Argument::Literal(value)),
            Err(_) if text.is_empty() => Err(format!("an argument is missing at character {}", start + 1)),
            Err(_) => Err(format!("`{text}` is no argument: texts are in single quotes")),
        }
    }
}

impl Call {
    /// A call from its text; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        parse(text)
    }

    /// Where reading it stops, in characters from 0; None if nothing is wrong with it.
    pub(crate) fn flaw(text: &str) -> Option<usize> {
        flaw(text)
    }
}
