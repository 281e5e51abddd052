//! Text to path.

use serde_json::Value;

use super::filter::{Comparison, Filter, Operand};
use super::pattern::Pattern;
use super::syntax::{Function, Path, Root, Step};

/// Conditions in conditions, at most.
const DEEPEST_CONDITION: usize = 32;

/// A path from its text: `$.a[0]`, `$$.Execution.Id`, `$variable.a`. The error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Path, String> {
    read(&mut Parser::new(text), text)
}

/// Where reading a path stops, in characters from 0; None if nothing is wrong with it.
pub(crate) fn flaw(text: &str) -> Option<usize> {
    let mut parser = Parser::new(text);
    read(&mut parser, text).err().map(|_| parser.at)
}

fn read(parser: &mut Parser, text: &str) -> Result<Path, String> {
    if !parser.take('$') {
        return Err("a path begins with `$`".to_owned());
    }
    let root = parser.root();
    let steps = parser.steps()?;
    match parser.peek() {
        None => Ok(Path { text: text.to_owned(), root, steps, function: parser.function }),
        Some(letter) => Err(format!("`{letter}` at character {} is out of place", parser.at + 1)),
    }
}

struct Parser {
    letters: Vec<char>,
    at: usize,
    /// How many conditions are open.
    depth: usize,
    /// Ends the path.
    function: Option<Function>,
}

impl Parser {
    fn new(text: &str) -> Self {
        Self { letters: text.chars().collect(), at: 0, depth: 0, function: None }
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn take(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = word.chars().enumerate().all(|(index, letter)| self.letters.get(self.at + index) == Some(&letter));
        if found {
            self.at += word.chars().count();
        }
        found
    }

    fn need(&mut self, letter: char) -> Result<(), String> {
        if self.take(letter) { Ok(()) } else { Err(format!("`{letter}` is missing at character {}", self.at + 1)) }
    }

    /// What stands after the first `$`.
    fn root(&mut self) -> Root {
        if self.take('$') {
            return Root::Context;
        }
        let start = self.at;
        while self
            .peek()
            .is_some_and(|letter| letter.is_alphabetic() || letter == '_' || (self.at > start && letter.is_numeric()))
        {
            self.at += 1;
        }
        if self.at == start {
            return Root::Input;
        }
        Root::Variable(self.letters.get(start..self.at).unwrap_or_default().iter().collect())
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            if self.take('.') {
                if self.take('.') {
                    steps.push(Step::Descend);
                    if self.peek() == Some('[') {
                        continue;
                    }
                }
                if self.take('*') {
                    steps.push(Step::Wildcard);
                    continue;
                }
                let name = self.name()?;
                if self.peek() == Some('(') {
                    self.function = Some(self.call(&name)?);
                    return Ok(steps);
                }
                steps.push(Step::Name(name));
            } else if self.take('[') {
                self.spaces();
                let step = self.bracket()?;
                self.spaces();
                self.need(']')?;
                steps.push(step);
            } else {
                return Ok(steps);
            }
        }
    }

    /// A name without quotes; a backslash makes the next letter a plain one.
    /// <https://states-language.net/spec.html#ref-paths>
    fn name(&mut self) -> Result<String, String> {
        let start = self.at;
        let mut name = String::new();
        // In a condition operators end a name, elsewhere they may be part of it.
        let ends = if self.depth > 0 { ".[]()=<>!&|~,'\"" } else { ".[]()'\"" };
        while let Some(letter) = self.peek() {
            self.at += 1;
            if letter == '\\' {
                let plain = self.peek().ok_or("nothing stands after the last backslash")?;
                self.at += 1;
                name.push(plain);
            } else if ends.contains(letter) || letter.is_whitespace() {
                self.at -= 1;
                break;
            } else {
                name.push(letter);
            }
        }
        if self.at == start {
            return Err(format!("a name is missing at character {}", start + 1));
        }
        Ok(name)
    }

    /// A function at the end of a path. Its arguments are passed over: those that have some find nothing.
    fn call(&mut self, name: &str) -> Result<Function, String> {
        if self.depth > 0 {
            return Err(format!("functions like `{name}()` are not supported in conditions"));
        }
        let function = Function::named(name).ok_or_else(|| format!("`{name}()` is no function of a path"))?;
        let mut open = 0_usize;
        while let Some(letter) = self.peek() {
            self.at += 1;
            match letter {
                '(' => open += 1,
                ')' if open == 1 => return Ok(function),
                ')' => open -= 1,
                _ => {}
            }
        }
        Err(format!("the `)` of `{name}()` is missing"))
    }

    fn bracket(&mut self) -> Result<Step, String> {
        match self.peek() {
            Some('*') => {
                self.at += 1;
                Ok(Step::Wildcard)
            }
            Some('?') => {
                self.at += 1;
                self.spaces();
                self.need('(')?;
                let filter = self.any_of()?;
                self.spaces();
                self.need(')')?;
                Ok(Step::Filter(filter))
            }
            Some('\'' | '"') => self.names(),
            _ => self.positions(),
        }
    }

    fn names(&mut self) -> Result<Step, String> {
        let mut names = vec![self.quoted()?];
        loop {
            self.spaces();
            if !self.take(',') {
                break;
            }
            self.spaces();
            names.push(self.quoted()?);
        }
        Ok(if names.len() == 1 { names.pop().map_or(Step::Wildcard, Step::Name) } else { Step::Names(names) })
    }

    /// A quoted text. Only the quote and the backslash are unescaped, as AWS does it.
    fn quoted(&mut self) -> Result<String, String> {
        let Some(quote @ ('\'' | '"')) = self.peek() else {
            return Err(format!("a quoted name is missing at character {}", self.at + 1));
        };
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

    fn number(&mut self) -> Result<Option<i64>, String> {
        let start = self.at;
        self.take('-');
        while self.peek().is_some_and(|letter| letter.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Ok(None);
        }
        let text: String = self.letters.get(start..self.at).unwrap_or_default().iter().collect();
        text.parse().map(Some).map_err(|_| format!("`{text}` is no position"))
    }

    fn positions(&mut self) -> Result<Step, String> {
        let first = self.number()?;
        self.spaces();
        if self.take(':') {
            self.spaces();
            return Ok(Step::Slice(first, self.number()?));
        }
        let mut all = vec![first.ok_or_else(|| format!("a position is missing at character {}", self.at + 1))?];
        while self.take(',') {
            self.spaces();
            all.push(self.number()?.ok_or_else(|| format!("a position is missing at character {}", self.at + 1))?);
            self.spaces();
        }
        Ok(match all.as_slice() {
            [one] => Step::Index(*one),
            _ => Step::Indices(all),
        })
    }

    fn any_of(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.all_of()?];
        loop {
            self.spaces();
            if !self.take_word("||") {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) });
            }
            parts.push(self.all_of()?);
        }
    }

    fn all_of(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.condition()?];
        loop {
            self.spaces();
            if !self.take_word("&&") {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) });
            }
            parts.push(self.condition()?);
        }
    }

    fn condition(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEEPEST_CONDITION {
            return Err("the condition is nested too deeply".to_owned());
        }
        let condition = self.bare_condition();
        self.depth -= 1;
        condition
    }

    fn bare_condition(&mut self) -> Result<Filter, String> {
        self.spaces();
        if self.take('!') {
            return Ok(Filter::Not(Box::new(self.condition()?)));
        }
        if self.take('(') {
            let inner = self.any_of()?;
            self.spaces();
            self.need(')')?;
            return Ok(inner);
        }
        let left = self.operand()?;
        self.spaces();
        let comparisons = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("in ", Comparison::In),
            ("nin ", Comparison::NotIn),
            ("subsetof ", Comparison::SubsetOf),
            ("anyof ", Comparison::AnyOf),
            ("noneof ", Comparison::NoneOf),
            ("all ", Comparison::All),
            ("contains ", Comparison::Contains),
            ("size ", Comparison::Size),
            ("empty ", Comparison::Empty),
        ];
        if self.take_word("=~") {
            self.spaces();
            return Ok(Filter::Matches(left, self.pattern()?));
        }
        for (word, comparison) in comparisons {
            if self.take_word(word) {
                self.spaces();
                let right = self.operand()?;
                return Ok(Filter::Compare(left, comparison, right));
            }
        }
        Ok(Filter::Exists(left))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.peek() {
            Some('@') => {
                self.at += 1;
                Ok(Operand::Element(self.steps()?))
            }
            Some('$') => {
                self.at += 1;
                Ok(Operand::Root(self.steps()?))
            }
            Some('\'' | '"') => Ok(Operand::Literal(Value::String(self.quoted()?))),
            Some('[') => self.list(),
            _ => self.word(),
        }
    }

    /// `/…/i`
    fn pattern(&mut self) -> Result<Pattern, String> {
        self.need('/')?;
        let mut text = String::new();
        while let Some(letter) = self.peek() {
            self.at += 1;
            match (letter, self.peek()) {
                ('/', _) => {
                    let start = self.at;
                    while self.peek().is_some_and(|letter| letter.is_ascii_alphabetic()) {
                        self.at += 1;
                    }
                    let flags: String = self.letters.get(start..self.at).unwrap_or_default().iter().collect();
                    return Pattern::new(&text, &flags);
                }
                ('\\', Some(next)) => {
                    self.at += 1;
                    // A slash needs no escape outside its own notation.
                    if next != '/' {
                        text.push(letter);
                    }
                    text.push(next);
                }
                _ => text.push(letter),
            }
        }
        Err("a regular expression is not closed".to_owned())
    }

    fn list(&mut self) -> Result<Operand, String> {
        self.need('[')?;
        let mut all = Vec::new();
        loop {
            self.spaces();
            match self.operand()? {
                Operand::Literal(value) if !value.is_array() => all.push(value),
                _ => return Err("a list in a condition holds plain values".to_owned()),
            }
            self.spaces();
            if !self.take(',') {
                self.need(']')?;
                return Ok(Operand::Literal(Value::Array(all)));
            }
        }
    }

    fn word(&mut self) -> Result<Operand, String> {
        let start = self.at;
        while self.peek().is_some_and(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter)) {
            self.at += 1;
        }
        let text: String = self.letters.get(start..self.at).unwrap_or_default().iter().collect();
        serde_json::from_str(&text)
            .map(Operand::Literal)
            .map_err(|_| format!("a value is missing at character {}", start + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_path_is_refused_with_a_reason() {
        for text in [
            "",
            "a",
            "$.",
            "$..",
            "$[",
            "$[]",
            "$['a",
            "$['a'",
            "$.a b",
            "$.a[x]",
            "$1a",
            "$a b",
            "$.a.nope()",
            "$.a.length(",
            "$.a.length().b",
            "$.a\\",
            "$[?(@.a =~ /(/)]",
            "$[?(@.a =~ /a)]",
            "$[?(@.a =~ /a/q)]",
            "$[?(@.a.length() > 1)]",
            "$[?(@.a]",
            "$[?(1 == )]",
            "$.a[1:2:3]",
            "$$x",
            "$.a]",
            "$[99999999999999999999]",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let nested = format!("$[?({}@.a{})]", "(".repeat(5_000), ")".repeat(5_000));
        assert!(parse(&nested).is_err());
        assert!(parse("$.list.lenth()").unwrap_err().contains("lenth()"));
    }

    #[test]
    fn a_quoted_name_keeps_foreign_escapes() {
        let path = parse(r#"$['Test\""Name"']"#).unwrap();
        assert_eq!(path.steps, vec![Step::Name(r#"Test\""Name""#.to_owned())]);
        assert_eq!(parse(r"$['it\'s']").unwrap().steps, vec![Step::Name("it's".to_owned())]);
    }
}
