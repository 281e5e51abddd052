//! From text to tokens. What a `/` means depends on what stands before it, so tokens are read one by one.

use crate::error::ParseError;
use crate::number::Number;
use crate::quote::quoted;
use crate::regexp::Pattern;
use crate::text;

use super::tree::Literal;

/// One token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: TokenKind,
    /// Characters from 0.
    pub at: usize,
}

#[derive(Clone, Debug)]
pub(super) enum TokenKind {
    Operator(&'static str),
    Name(String),
    Variable(String),
    Text(String),
    Number(Number),
    Literal(Literal),
    Regex(Pattern),
    End,
}

impl TokenKind {
    /// What the reference's table of symbols calls it.
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Operator(operator) => operator,
            Self::Name(_) | Self::Variable(_) => "(name)",
            Self::Text(_) | Self::Number(_) | Self::Literal(_) => "(literal)",
            Self::Regex(_) => "(regex)",
            Self::End => "(end)",
        }
    }

    /// Its value as errors show it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Operator(operator) => quoted(operator),
            Self::Name(text) | Self::Variable(text) | Self::Text(text) => quoted(text),
            Self::Number(number) => number.text(),
            Self::Literal(Literal::Null) => "null".to_owned(),
            Self::Literal(Literal::True) => "true".to_owned(),
            Self::Literal(Literal::False) => "false".to_owned(),
            Self::Regex(_) => "{}".to_owned(),
            Self::End => quoted("(end)"),
        }
    }
}

/// Operators, the longer ones first.
const OPERATORS: [&str; 31] = [
    "..", ":=", "!=", ">=", "<=", "**", "~>", ".", "[", "]", "{", "}", "(", ")", ",", "@", "#", ";", ":", "?", "+",
    "-", "*", "/", "%", "|", "=", "<", ">", "^", "&",
];
/// Begin an operator but are none by themselves.
const HALVES: [&str; 2] = ["!", "~"];

pub(super) struct Lexer {
    letters: Vec<char>,
    at: usize,
}

impl Lexer {
    pub(super) fn new(text: &str) -> Self {
        Self { letters: text.chars().collect(), at: 0 }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn slice(&self, from: usize, to: usize) -> String {
        self.letters.get(from..to).unwrap_or_default().iter().collect()
    }

    fn error<T>(&self, code: &'static str, message: impl Into<String>, at: usize) -> Result<T, ParseError> {
        Err(ParseError::new(code, message, at.min(self.letters.len())))
    }

    /// The next token; after a value (`infix`) a `/` divides.
    pub(super) fn next(&mut self, infix: bool) -> Result<Token, ParseError> {
        self.skip()?;
        let at = self.at;
        let Some(first) = self.peek(0) else { return Ok(Token { kind: TokenKind::End, at }) };
        let kind = if first == '/' && !infix {
            self.at += 1;
            self.regex(at)?
        } else if let Some(operator) = self.operator() {
            TokenKind::Operator(operator)
        } else {
            match first {
                '"' | '\'' => self.quoted_text(first)?,
                '0'..='9' => self.number()?,
                '`' => self.quoted_name()?,
                _ => self.word(),
            }
        };
        Ok(Token { kind, at })
    }

    /// Passes over spaces and comments.
    fn skip(&mut self) -> Result<(), ParseError> {
        loop {
            while self.peek(0).is_some_and(is_space) {
                self.at += 1;
            }
            if self.peek(0) != Some('/') || self.peek(1) != Some('*') {
                return Ok(());
            }
            let start = self.at;
            self.at += 2;
            while !(self.peek(0) == Some('*') && self.peek(1) == Some('/')) {
                if self.peek(0).is_none() {
                    return self.error("S0106", "Comment has no closing tag", start);
                }
                self.at += 1;
            }
            self.at += 2;
        }
    }

    fn operator(&mut self) -> Option<&'static str> {
        let found = OPERATORS
            .iter()
            .chain(&HALVES)
            .find(|operator| operator.chars().enumerate().all(|(ahead, letter)| self.peek(ahead) == Some(letter)))?;
        self.at += found.len();
        Some(found)
    }

    fn quoted_text(&mut self, quote: char) -> Result<TokenKind, ParseError> {
        let start = self.at;
        self.at += 1;
        // In units, so that the two halves of a pair come together.
        let mut read = String::new();
        let mut halves: Vec<u16> = Vec::new();
        while let Some(letter) = self.peek(0) {
            if letter == '\\' {
                self.at += 1;
                let escaped = self.peek(0).unwrap_or('\0');
                if escaped == 'u' {
                    let digits = self.slice(self.at + 1, self.at + 5);
                    let unit = u16::from_str_radix(&digits, 16).ok();
                    let Some(unit) = unit.filter(|_| digits.len() == 4 && !digits.starts_with('+')) else {
                        return self.error(
                            "S0104",
                            "The escape sequence \\u must be followed by 4 hex digits",
                            self.at,
                        );
                    };
                    halves.push(unit);
                    self.at += 5;
                    continue;
                }
                let plain = match escaped {
                    '"' | '\\' | '/' => escaped,
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => {
                        let shown = if self.peek(0).is_some() { quoted(&other.to_string()) } else { quoted("") };
                        return self.error("S0103", format!("Unsupported escape sequence: \\{shown}"), self.at);
                    }
                };
                flush(&mut halves, &mut read);
                read.push(plain);
            } else if letter == quote {
                flush(&mut halves, &mut read);
                self.at += 1;
                return Ok(TokenKind::Text(read));
            } else {
                flush(&mut halves, &mut read);
                read.push(letter);
            }
            self.at += 1;
        }
        self.error("S0101", "String literal must be terminated by a matching quote", start)
    }

    fn number(&mut self) -> Result<TokenKind, ParseError> {
        let start = self.at;
        let digits = |lexer: &mut Self| {
            let from = lexer.at;
            while lexer.peek(0).is_some_and(|letter| letter.is_ascii_digit()) {
                lexer.at += 1;
            }
            lexer.at > from
        };
        if self.peek(0) == Some('0') {
            self.at += 1;
        } else {
            digits(self);
        }
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|letter| letter.is_ascii_digit()) {
            self.at += 1;
            digits(self);
        }
        if matches!(self.peek(0), Some('e' | 'E')) {
            let before = self.at;
            self.at += 1;
            if matches!(self.peek(0), Some('+' | '-')) {
                self.at += 1;
            }
            if !digits(self) {
                self.at = before;
            }
        }
        let text = self.slice(start, self.at);
        match Number::read(&text) {
            Some(number) => Ok(TokenKind::Number(number)),
            None => self.error("S0102", format!("Number out of range: {}", quoted(&text)), start),
        }
    }

    fn quoted_name(&mut self) -> Result<TokenKind, ParseError> {
        let start = self.at + 1;
        let end = self.letters.iter().skip(start).position(|letter| *letter == '`').map(|length| start + length);
        let Some(end) = end else {
            return self.error("S0105", "Quoted property name must be terminated with a backquote (`)", self.at);
        };
        self.at = end + 1;
        Ok(TokenKind::Name(self.slice(start, end)))
    }

    fn word(&mut self) -> TokenKind {
        let start = self.at;
        while self.peek(0).is_some_and(|letter| !is_space(letter) && !is_operator(letter)) {
            self.at += 1;
        }
        if self.letters.get(start) == Some(&'$') {
            return TokenKind::Variable(self.slice(start + 1, self.at));
        }
        match self.slice(start, self.at).as_str() {
            "and" => TokenKind::Operator("and"),
            "or" => TokenKind::Operator("or"),
            "in" => TokenKind::Operator("in"),
            "true" => TokenKind::Literal(Literal::True),
            "false" => TokenKind::Literal(Literal::False),
            "null" => TokenKind::Literal(Literal::Null),
            name => TokenKind::Name(name.to_owned()),
        }
    }

    /// The rest of `/pattern/flags`. As the reference does it, brackets of all kinds are counted, also inside `[…]`.
    fn regex(&mut self, slash: usize) -> Result<TokenKind, ParseError> {
        let start = self.at;
        let mut depth = 0_i64;
        while let Some(letter) = self.peek(0) {
            let escapes =
                self.letters.get(..self.at).unwrap_or_default().iter().rev().take_while(|l| **l == '\\').count();
            if letter == '/' && depth == 0 && escapes % 2 == 0 {
                let pattern = self.slice(start, self.at);
                if pattern.is_empty() {
                    return self.error("S0301", "Empty regular expressions are not allowed", slash);
                }
                self.at += 1;
                let flags = self.at;
                while matches!(self.peek(0), Some('i' | 'm')) {
                    self.at += 1;
                }
                let flags = self.slice(flags, self.at);
                let pattern = Pattern::new(&pattern, &flags).map_err(|message| ParseError::new("", message, slash))?;
                return Ok(TokenKind::Regex(pattern));
            }
            match letter {
                _ if escapes > 0 => {}
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
        self.error("S0302", "No terminating / in regular expression", slash)
    }
}

fn flush(halves: &mut Vec<u16>, read: &mut String) {
    if !halves.is_empty() {
        read.push_str(&text::from_units(halves.drain(..)));
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{b}')
}

fn is_operator(letter: char) -> bool {
    ".[]{}(),@#;:?+-*/%|=<>^&!~".contains(letter)
}
