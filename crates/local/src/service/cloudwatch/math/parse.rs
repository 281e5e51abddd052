//! An expression's tree.

use std::collections::BTreeSet;

use super::refusal::Refusal;
use super::tokens::{Token, tokens};

/// What an expression is made of.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::service::cloudwatch) enum Node {
    Number(f64),
    Text(String),
    /// An option of a function: `REPEAT`, `AVG`, `DESC`.
    Word(String),
    /// The result of another query.
    Id(String),
    /// `[m1, m2]`
    List(Vec<Node>),
    Negative(Box<Node>),
    Two(Operator, Box<Node>, Box<Node>),
    Call(String, Vec<Node>),
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service::cloudwatch) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Equal,
    Unequal,
    AtMost,
    AtLeast,
    Below,
    Above,
    And,
    Or,
}

/// Parentheses, brackets and signs within each other.
const DEEPEST: usize = 50;
/// How tightly `-` binds: more than `*`, less than `^`.
const NEGATIVE: u8 = 6;

impl Operator {
    /// The operator of a sign, and how tightly it binds.
    fn of(sign: &str) -> Option<(Self, u8)> {
        Some(match sign {
            "OR" | "||" => (Self::Or, 1),
            "AND" | "&&" => (Self::And, 2),
            "==" => (Self::Equal, 3),
            "!=" => (Self::Unequal, 3),
            "<=" => (Self::AtMost, 3),
            ">=" => (Self::AtLeast, 3),
            "<" => (Self::Below, 3),
            ">" => (Self::Above, 3),
            "+" => (Self::Add, 4),
            "-" => (Self::Subtract, 4),
            "*" => (Self::Multiply, 5),
            "/" => (Self::Divide, 5),
            "^" => (Self::Power, 7),
            _ => return None,
        })
    }
}

impl Node {
    /// The ids that are named in it.
    pub(in crate::service::cloudwatch) fn ids(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            match node {
                Self::Id(id) => {
                    found.insert(id.as_str());
                }
                Self::List(nodes) | Self::Call(_, nodes) => open.extend(nodes),
                Self::Negative(node) => open.push(node),
                Self::Two(_, left, right) => open.extend([left.as_ref(), right.as_ref()]),
                Self::Number(_) | Self::Text(_) | Self::Word(_) => {}
            }
        }
        found
    }
}

/// Reads an expression.
///
/// # Errors
/// When it is none.
pub(in crate::service::cloudwatch) fn parse(text: &str) -> Result<Node, Refusal> {
    if text.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("SELECT")) {
        return Err(Refusal::NotOffered("SELECT".to_owned()));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { rest: &tokens };
    let node = parser.expression(0, 0)?;
    if parser.rest.is_empty() { Ok(node) } else { Err(broken()) }
}

fn broken() -> Refusal {
    Refusal::wrong("Invalid syntax")
}

struct Parser<'tokens> {
    rest: &'tokens [Token],
}

impl Parser<'_> {
    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first.clone())
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.rest.first(), Some(Token::Sign(first)) if *first == sign);
        if found {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        found
    }

    /// An expression of operators that bind at least so tightly.
    fn expression(&mut self, least: u8, depth: usize) -> Result<Node, Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::wrong("The expression is nested too deeply"));
        }
        let mut left = self.operand(depth)?;
        while let Some(Token::Sign(sign)) = self.rest.first() {
            let Some((operator, binds)) = Operator::of(sign).filter(|(_, binds)| *binds >= least) else { break };
            self.next();
            // `2^3^2` is `2^(3^2)`, all others go from the left.
            let right = self.expression(if operator == Operator::Power { binds } else { binds + 1 }, depth + 1)?;
            left = Node::Two(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operand(&mut self, depth: usize) -> Result<Node, Refusal> {
        match self.next().ok_or_else(broken)? {
            Token::Number(number) => Ok(Node::Number(number)),
            Token::Text(text) => Ok(Node::Text(text)),
            Token::Sign("-") => Ok(Node::Negative(Box::new(self.expression(NEGATIVE, depth + 1)?))),
            Token::Sign("(") => {
                let node = self.expression(0, depth + 1)?;
                if self.takes(")") { Ok(node) } else { Err(broken()) }
            }
            Token::Sign("[") => Ok(Node::List(self.list("]", depth)?)),
            Token::Sign(_) => Err(broken()),
            Token::Name(name) if self.takes("(") => Ok(Node::Call(name, self.list(")", depth)?)),
            Token::Name(name) if name.starts_with(|letter: char| letter.is_ascii_lowercase()) => Ok(Node::Id(name)),
            Token::Name(name) => Ok(Node::Word(name)),
        }
    }

    /// What stands between commas up to a closing sign.
    fn list(&mut self, end: &str, depth: usize) -> Result<Vec<Node>, Refusal> {
        let mut nodes = Vec::new();
        if self.takes(end) {
            return Ok(nodes);
        }
        loop {
            nodes.push(self.expression(0, depth + 1)?);
            if self.takes(end) {
                return Ok(nodes);
            }
            if !self.takes(",") {
                return Err(broken());
            }
        }
    }
}
