//! From tokens to the parts as they are written, by operator precedence.

use std::sync::Arc;

use super::lexer::{Lexer, Token, TokenKind};
use super::tree::{Literal, Operator};
use crate::error::ParseError;
use crate::number::Number;
use crate::quote::quoted;
use crate::regexp::Pattern;
use crate::signature::Signature;
use crate::stack;

/// Brackets inside brackets: nothing that Step Functions evaluates goes beyond 100.
const MOST_BRACKETS: usize = 150;
/// Parts inside parts; deeper ones are read but not kept.
const DEEPEST: usize = 250;
/// What is said of what would nest too deeply.
pub(super) const TOO_DEEP: &str =
    "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive";

/// A part as it is written.
#[derive(Debug)]
pub(super) struct Raw {
    pub kind: RawKind,
    pub at: usize,
    pub keep_array: bool,
    depth: usize,
}

#[derive(Debug)]
pub(super) enum RawKind {
    End,
    Name(String),
    Variable(String),
    Text(String),
    Number(Number),
    Literal(Literal),
    Regex(Pattern),
    Wildcard,
    Descendants,
    Parent,
    Negation(Box<Raw>),
    Array(Vec<Raw>),
    Object(Vec<(Raw, Raw)>),
    Block(Vec<Raw>),
    Dot(Box<Raw>, Box<Raw>),
    Binary(Operator, Box<Raw>, Box<Raw>),
    Filter(Box<Raw>, Box<Raw>),
    Group(Box<Raw>, Vec<(Raw, Raw)>),
    Order(Box<Raw>, Vec<(bool, Raw)>),
    Assign(String, Box<Raw>),
    Focus(Box<Raw>, String),
    Index(Box<Raw>, String),
    Condition(Box<Raw>, Box<Raw>, Option<Box<Raw>>),
    Call(Box<Raw>, Vec<Raw>),
    Partial(Box<Raw>, Vec<Option<Raw>>),
    Lambda(Vec<String>, Option<Signature>, Box<Raw>),
    Apply(Box<Raw>, Box<Raw>),
    Transform(Box<[Raw; 2]>, Option<Box<Raw>>),
    TooDeep,
}

/// Reads the whole text.
pub(super) fn read(text: &str) -> Result<Raw, ParseError> {
    let mut parser = Parser { lexer: Lexer::new(text), token: Token { kind: TokenKind::End, at: 0 }, brackets: 0 };
    parser.advance(false)?;
    let raw = parser.expression(0)?;
    match &parser.token.kind {
        TokenKind::End => Ok(raw),
        other => Err(ParseError::new("S0201", format!("Syntax error: {}", other.shown()), parser.token.at)),
    }
}

struct Parser {
    lexer: Lexer,
    token: Token,
    brackets: usize,
}

type Parsed = Result<Raw, ParseError>;

/// How strongly an operator binds what is on its left.
fn power(id: &str) -> usize {
    match id {
        "[" | "(" | "@" | "#" => 80,
        "." => 75,
        "{" => 70,
        "*" | "/" | "%" => 60,
        "+" | "-" | "&" => 50,
        "=" | "<" | ">" | "^" | "!=" | "<=" | ">=" | "~>" | "in" => 40,
        "and" => 30,
        "or" => 25,
        "?" => 20,
        ":=" => 10,
        _ => 0,
    }
}

impl Parser {
    /// On to the next token; gives the one that was there.
    fn advance(&mut self, infix: bool) -> Result<Token, ParseError> {
        let token = self.lexer.next(infix)?;
        if matches!(token.kind, TokenKind::Operator("!" | "~")) {
            return Err(ParseError::new("S0204", format!("Unknown operator: {}", token.kind.shown()), token.at));
        }
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn is(&self, id: &str) -> bool {
        self.token.kind.id() == id
    }

    /// On past what has to stand here.
    fn expect(&mut self, id: &str, infix: bool) -> Result<(), ParseError> {
        if !self.is(id) {
            let at = self.token.at;
            return Err(match &self.token.kind {
                TokenKind::End => {
                    ParseError::new("S0203", format!("Expected {} before end of expression", quoted(id)), at)
                }
                other => ParseError::new("S0202", format!("Expected {}, got {}", quoted(id), other.shown()), at),
            });
        }
        self.advance(infix).map(drop)
    }

    fn expression(&mut self, least: usize) -> Parsed {
        self.brackets += 1;
        if self.brackets > MOST_BRACKETS {
            return Err(ParseError::new("", TOO_DEEP, self.token.at));
        }
        let read = stack::deeper(|| self.operators(least))?;
        self.brackets -= 1;
        Ok(read)
    }

    fn operators(&mut self, least: usize) -> Parsed {
        let first = self.advance(true)?;
        let mut left = self.prefix(first)?;
        while least < power(self.token.kind.id()) {
            let operator = self.advance(false)?;
            left = self.infix(left, &operator)?;
        }
        Ok(left)
    }

    /// A part that begins with this token.
    fn prefix(&mut self, token: Token) -> Parsed {
        let at = token.at;
        let kind = match token.kind {
            TokenKind::End => RawKind::End,
            TokenKind::Name(name) => RawKind::Name(name),
            TokenKind::Variable(name) => RawKind::Variable(name),
            TokenKind::Text(text) => RawKind::Text(text),
            TokenKind::Number(number) => RawKind::Number(number),
            TokenKind::Literal(literal) => RawKind::Literal(literal),
            TokenKind::Regex(pattern) => RawKind::Regex(pattern),
            TokenKind::Operator(operator) => match operator {
                // They may be names as well.
                "and" | "or" | "in" => RawKind::Name(operator.to_owned()),
                "*" => RawKind::Wildcard,
                "**" => RawKind::Descendants,
                "%" => RawKind::Parent,
                "-" => RawKind::Negation(Box::new(self.expression(70)?)),
                "(" => self.block()?,
                "[" => self.array()?,
                "{" => RawKind::Object(self.pairs()?),
                "|" => self.transform()?,
                other => {
                    let message = format!("The symbol {} cannot be used as a unary operator", quoted(other));
                    return Err(ParseError::new("S0211", message, at));
                }
            },
        };
        Ok(Raw::new(kind, at))
    }

    fn block(&mut self) -> Result<RawKind, ParseError> {
        let mut parts = Vec::new();
        while !self.is(")") {
            parts.push(self.expression(0)?);
            if !self.is(";") {
                break;
            }
            self.advance(false)?;
        }
        self.expect(")", true)?;
        Ok(RawKind::Block(parts))
    }

    fn array(&mut self) -> Result<RawKind, ParseError> {
        let mut items = Vec::new();
        while !self.is("]") {
            let item = self.expression(0)?;
            let at = self.token.at;
            if self.is("..") {
                self.advance(false)?;
                let right = self.expression(0)?;
                items.push(Raw::new(RawKind::Binary(Operator::Range, Box::new(item), Box::new(right)), at));
            } else {
                items.push(item);
            }
            if !self.is(",") {
                break;
            }
            self.advance(false)?;
            if self.is("]") {
                // A comma at the end: what stands there is no value.
                items.push(self.expression(0)?);
            }
        }
        self.expect("]", true)?;
        Ok(RawKind::Array(items))
    }

    fn pairs(&mut self) -> Result<Vec<(Raw, Raw)>, ParseError> {
        let mut pairs = Vec::new();
        if !self.is("}") {
            loop {
                let key = self.expression(0)?;
                self.expect(":", false)?;
                pairs.push((key, self.expression(0)?));
                if !self.is(",") {
                    break;
                }
                self.advance(false)?;
            }
        }
        self.expect("}", true)?;
        Ok(pairs)
    }

    fn transform(&mut self) -> Result<RawKind, ParseError> {
        let place = self.expression(0)?;
        self.expect("|", false)?;
        let update = self.expression(0)?;
        let mut delete = None;
        if self.is(",") {
            self.advance(false)?;
            delete = Some(Box::new(self.expression(0)?));
        }
        self.expect("|", false)?;
        Ok(RawKind::Transform(Box::new([place, update]), delete))
    }

    /// A part with this operator after it.
    fn infix(&mut self, left: Raw, token: &Token) -> Parsed {
        let at = token.at;
        let id = token.kind.id();
        let kind = match id {
            "." => RawKind::Dot(Box::new(left), Box::new(self.expression(75)?)),
            "(" => return self.call(left),
            "[" => return self.filter(left, at),
            "{" => RawKind::Group(Box::new(left), self.pairs()?),
            "^" => RawKind::Order(Box::new(left), self.terms()?),
            ":=" => {
                let RawKind::Variable(name) = left.kind else {
                    let message = "The left side of := must be a variable name (start with $)";
                    return Err(ParseError::new("S0212", message, left.at));
                };
                RawKind::Assign(name, Box::new(self.expression(9)?))
            }
            "@" => RawKind::Focus(Box::new(left), self.bound(id)?),
            "#" => RawKind::Index(Box::new(left), self.bound(id)?),
            "?" => self.condition(left)?,
            "~>" => RawKind::Apply(Box::new(left), Box::new(self.expression(40)?)),
            _ => match Operator::of(id) {
                Some(operator) => RawKind::Binary(operator, Box::new(left), Box::new(self.expression(power(id))?)),
                None => return Err(ParseError::new("S0206", format!("Unknown expression type: {}", quoted(id)), at)),
            },
        };
        Ok(Raw::new(kind, at))
    }

    /// The variable after `@` or `#`.
    fn bound(&mut self, operator: &str) -> Result<String, ParseError> {
        let right = self.expression(80)?;
        if let RawKind::Variable(name) = right.kind {
            return Ok(name);
        }
        let message = format!("The right side of {} must be a variable name (start with $)", quoted(operator));
        Err(ParseError::new("S0214", message, right.at))
    }

    fn condition(&mut self, condition: Raw) -> Result<RawKind, ParseError> {
        let yes = self.expression(0)?;
        let mut no = None;
        if self.is(":") {
            self.advance(false)?;
            no = Some(Box::new(self.expression(0)?));
        }
        Ok(RawKind::Condition(Box::new(condition), Box::new(yes), no))
    }

    fn filter(&mut self, mut left: Raw, at: usize) -> Parsed {
        if self.is("]") {
            self.advance(false)?;
            let mut step = &mut left;
            while matches!(step.kind, RawKind::Filter(..)) {
                let RawKind::Filter(inner, _) = &mut step.kind else { break };
                step = inner;
            }
            step.keep_array = true;
            return Ok(left);
        }
        let filter = self.expression(0)?;
        self.expect("]", true)?;
        Ok(Raw::new(RawKind::Filter(Box::new(left), Box::new(filter)), at))
    }

    fn terms(&mut self) -> Result<Vec<(bool, Raw)>, ParseError> {
        self.expect("(", false)?;
        let mut terms = Vec::new();
        loop {
            let descending = self.is(">");
            if descending || self.is("<") {
                self.advance(false)?;
            }
            terms.push((descending, self.expression(0)?));
            if !self.is(",") {
                break;
            }
            self.advance(false)?;
        }
        self.expect(")", false)?;
        Ok(terms)
    }

    fn call(&mut self, function: Raw) -> Parsed {
        let at = function.at;
        let mut arguments = Vec::new();
        if !self.is(")") {
            loop {
                if self.is("?") {
                    self.advance(false)?;
                    arguments.push(None);
                } else {
                    arguments.push(Some(self.expression(0)?));
                }
                if !self.is(",") {
                    break;
                }
                self.advance(false)?;
            }
        }
        self.expect(")", true)?;
        if matches!(&function.kind, RawKind::Name(name) if name == "function" || name == "λ") {
            return self.lambda(arguments, at);
        }
        let function = Box::new(function);
        let kind = if arguments.iter().any(Option::is_none) {
            RawKind::Partial(function, arguments)
        } else {
            RawKind::Call(function, arguments.into_iter().flatten().collect())
        };
        Ok(Raw::new(kind, at))
    }

    /// The rest of `function($a) <signature> {body}`.
    fn lambda(&mut self, arguments: Vec<Option<Raw>>, at: usize) -> Parsed {
        let mut parameters = Vec::new();
        for (index, argument) in arguments.into_iter().enumerate() {
            match argument {
                Some(Raw { kind: RawKind::Variable(name), .. }) => parameters.push(name),
                other => {
                    let place = other.map_or(at, |raw| raw.at);
                    let message = format!(
                        "Parameter {} of function definition must be a variable name (start with $)",
                        index + 1
                    );
                    return Err(ParseError::new("S0208", message, place));
                }
            }
        }
        let signature = if self.is("<") { Some(self.signature()?) } else { None };
        self.expect("{", false)?;
        let body = self.expression(0)?;
        self.expect("}", false)?;
        Ok(Raw::new(RawKind::Lambda(parameters, signature, Box::new(body)), at))
    }

    fn signature(&mut self) -> Result<Signature, ParseError> {
        let at = self.token.at;
        let mut text = "<".to_owned();
        let mut open = 1_usize;
        while open > 0 && !self.is("{") && !self.is("(end)") {
            self.advance(false)?;
            match &self.token.kind {
                TokenKind::Operator(">") => open -= 1,
                TokenKind::Operator("<") => open += 1,
                _ => {}
            }
            match &self.token.kind {
                TokenKind::Operator(text_of) => text.push_str(text_of),
                TokenKind::Name(name) | TokenKind::Variable(name) | TokenKind::Text(name) => text.push_str(name),
                TokenKind::End => text.push_str("(end)"),
                other => text.push_str(&other.shown()),
            }
        }
        self.expect(">", false)?;
        Signature::parse(&text).map_err(|(code, message)| ParseError::new(code, message, at))
    }
}

impl Raw {
    fn new(kind: RawKind, at: usize) -> Self {
        let depth = 1 + kind.deepest();
        if depth > DEEPEST {
            return Self { kind: RawKind::TooDeep, at, keep_array: false, depth: 1 };
        }
        Self { kind, at, keep_array: false, depth }
    }
}

impl RawKind {
    /// The depth of the deepest part in it.
    fn deepest(&self) -> usize {
        let of = |parts: &[Raw]| parts.iter().map(|part| part.depth).max().unwrap_or(0);
        let of_pairs =
            |pairs: &[(Raw, Raw)]| pairs.iter().map(|(key, value)| key.depth.max(value.depth)).max().unwrap_or(0);
        match self {
            Self::Negation(part)
            | Self::Assign(_, part)
            | Self::Lambda(_, _, part)
            | Self::Focus(part, _)
            | Self::Index(part, _) => part.depth,
            Self::Array(parts) | Self::Block(parts) => of(parts),
            Self::Object(pairs) => of_pairs(pairs),
            Self::Dot(left, right)
            | Self::Binary(_, left, right)
            | Self::Filter(left, right)
            | Self::Apply(left, right) => left.depth.max(right.depth),
            Self::Group(part, pairs) => part.depth.max(of_pairs(pairs)),
            Self::Order(part, terms) => terms.iter().map(|(_, term)| term.depth).max().unwrap_or(0).max(part.depth),
            Self::Condition(condition, yes, no) => {
                condition.depth.max(yes.depth).max(no.as_ref().map_or(0, |part| part.depth))
            }
            Self::Call(function, arguments) => function.depth.max(of(arguments)),
            Self::Partial(function, arguments) => {
                arguments.iter().flatten().map(|part| part.depth).max().unwrap_or(0).max(function.depth)
            }
            Self::Transform(parts, delete) => of(parts.as_slice()).max(delete.as_ref().map_or(0, |part| part.depth)),
            _ => 0,
        }
    }
}

/// Names are kept once and shared.
pub(super) fn shared(name: String) -> Arc<str> {
    Arc::from(name)
}
