//! Reads a pattern.

use super::class::Class;

/// Groups inside groups.
const DEEPEST: usize = 100;

/// A part of a pattern.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Unit(u16),
    Class(Class),
    Sequence(Vec<Part>),
    Choice(Vec<Part>),
    Group { number: Option<usize>, inner: Box<Part> },
    Repeat { inner: Box<Part>, least: usize, most: Option<usize>, lazy: bool, groups: (usize, usize) },
    Start,
    End,
    Boundary { negated: bool },
    Back(usize),
    NamedBack(String),
    Look { inner: Box<Part>, behind: bool, negated: bool },
}

pub(super) struct Reader {
    letters: Vec<u16>,
    at: usize,
    depth: usize,
    /// Groups seen so far.
    pub groups: usize,
    /// Groups of the whole pattern.
    total: usize,
    has_names: bool,
    pub names: Vec<(String, usize)>,
}

type Read<T> = Result<T, &'static str>;

impl Reader {
    pub(super) fn new(pattern: &str) -> Self {
        let letters: Vec<u16> = crate::text::units(pattern);
        let (total, has_names) = count_groups(&letters);
        Self { letters, at: 0, depth: 0, groups: 0, total, has_names, names: Vec::new() }
    }

    pub(super) fn read(&mut self) -> Read<Part> {
        let part = self.choice()?;
        if self.peek(0).is_some() {
            return Err("Unmatched ')'");
        }
        Ok(part)
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).map(|unit| char::from_u32(u32::from(*unit)).unwrap_or('\u{FFFF}'))
    }

    fn unit(&mut self) -> Option<u16> {
        let unit = self.letters.get(self.at).copied();
        self.at += usize::from(unit.is_some());
        unit
    }

    fn take(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(ahead, letter)| self.peek(ahead) == Some(letter));
        if found {
            self.at += text.len();
        }
        found
    }

    fn choice(&mut self) -> Read<Part> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("Regular expression too large");
        }
        let mut ways = vec![self.sequence()?];
        while self.take("|") {
            ways.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if ways.len() == 1 { ways.pop().unwrap_or(Part::Sequence(Vec::new())) } else { Part::Choice(ways) })
    }

    fn sequence(&mut self) -> Read<Part> {
        let mut parts = Vec::new();
        while let Some(letter) = self.peek(0) {
            if letter == '|' || letter == ')' {
                break;
            }
            let before = self.groups;
            let (part, quantifiable) = self.term(letter)?;
            parts.push(self.quantified(part, quantifiable, before)?);
        }
        Ok(Part::Sequence(parts))
    }

    fn term(&mut self, letter: char) -> Read<(Part, bool)> {
        Ok(match letter {
            '^' | '$' => {
                self.at += 1;
                (if letter == '^' { Part::Start } else { Part::End }, false)
            }
            '(' => self.group()?,
            '.' => {
                self.at += 1;
                (Part::Class(Class::dot()), true)
            }
            '[' => {
                self.at += 1;
                (Part::Class(self.class()?), true)
            }
            '\\' => {
                self.at += 1;
                match self.peek(0) {
                    None => return Err("\\ at end of pattern"),
                    Some('b' | 'B') => {
                        let negated = self.peek(0) == Some('B');
                        self.at += 1;
                        (Part::Boundary { negated }, false)
                    }
                    Some(_) => (self.escape()?, true),
                }
            }
            '*' | '+' | '?' => return Err("Nothing to repeat"),
            '{' if self.braces().is_some() => return Err("Nothing to repeat"),
            _ => (Part::Unit(self.unit().unwrap_or_default()), true),
        })
    }

    fn group(&mut self) -> Read<(Part, bool)> {
        self.at += 1;
        let mut number = None;
        for (start, behind, negated) in
            [("?=", false, false), ("?!", false, true), ("?<=", true, false), ("?<!", true, true)]
        {
            if self.take(start) {
                let inner = Box::new(self.choice()?);
                self.close()?;
                return Ok((Part::Look { inner, behind, negated }, !behind));
            }
        }
        if self.take("?:") {
        } else if self.take("?<") {
            let name = self.name()?;
            self.groups += 1;
            number = Some(self.groups);
            if self.names.iter().any(|(other, _)| *other == name) {
                return Err("Duplicate capture group name");
            }
            self.names.push((name, self.groups));
        } else if self.peek(0) == Some('?') {
            return Err("Invalid group");
        } else {
            self.groups += 1;
            number = Some(self.groups);
        }
        let inner = Box::new(self.choice()?);
        self.close()?;
        Ok((Part::Group { number, inner }, true))
    }

    fn close(&mut self) -> Read<()> {
        if self.take(")") { Ok(()) } else { Err("Unterminated group") }
    }

    fn name(&mut self) -> Read<String> {
        let mut name = String::new();
        loop {
            match self.peek(0) {
                Some('>') if !name.is_empty() => {
                    self.at += 1;
                    return Ok(name);
                }
                Some(letter) if letter.is_alphanumeric() || matches!(letter, '_' | '$') => {
                    if name.is_empty() && letter.is_ascii_digit() {
                        return Err("Invalid capture group name");
                    }
                    name.push(letter);
                    self.at += 1;
                }
                _ => return Err("Invalid capture group name"),
            }
        }
    }

    /// `{n}`, `{n,}` or `{n,m}` from here; how long it is, and its numbers.
    fn braces(&self) -> Option<(usize, usize, Option<usize>)> {
        if self.peek(0) != Some('{') {
            return None;
        }
        let number = |from: usize| {
            let digits: String = (from..).map_while(|ahead| self.peek(ahead).filter(char::is_ascii_digit)).collect();
            let value = digits.parse().unwrap_or(usize::MAX);
            (!digits.is_empty()).then_some((from + digits.len(), value))
        };
        let (end, least) = number(1)?;
        match self.peek(end)? {
            '}' => Some((end + 1, least, Some(least))),
            ',' => match number(end + 1) {
                Some((end, most)) if self.peek(end) == Some('}') => Some((end + 1, least, Some(most))),
                None if self.peek(end + 1) == Some('}') => Some((end + 2, least, None)),
                _ => None,
            },
            _ => None,
        }
    }

    fn quantified(&mut self, part: Part, quantifiable: bool, before: usize) -> Read<Part> {
        let (length, least, most) = match self.peek(0) {
            Some('*') => (1, 0, None),
            Some('+') => (1, 1, None),
            Some('?') => (1, 0, Some(1)),
            Some('{') => match self.braces() {
                Some(braces) => braces,
                None => return Ok(part),
            },
            _ => return Ok(part),
        };
        if !quantifiable {
            return Err("Nothing to repeat");
        }
        if most.is_some_and(|most| most < least) {
            return Err("numbers out of order in {} quantifier");
        }
        self.at += length;
        let lazy = self.take("?");
        Ok(Part::Repeat { inner: Box::new(part), least, most, lazy, groups: (before + 1, self.groups + 1) })
    }

    /// After a backslash, outside a class.
    fn escape(&mut self) -> Read<Part> {
        let letter = self.peek(0).unwrap_or_default();
        if let Some(class) = Class::escaped(letter) {
            self.at += 1;
            return Ok(Part::Class(class));
        }
        if letter == 'k' && self.has_names {
            self.at += 1;
            if !self.take("<") {
                return Err("Invalid named reference");
            }
            return Ok(Part::NamedBack(self.name().map_err(|_| "Invalid named reference")?));
        }
        if matches!(letter, '1'..='9') {
            let digits: String = (0..).map_while(|ahead| self.peek(ahead).filter(char::is_ascii_digit)).collect();
            if let Ok(number) = digits.parse::<usize>()
                && number <= self.total
            {
                self.at += digits.len();
                return Ok(Part::Back(number));
            }
        }
        Ok(Part::Unit(self.unit_escape()))
    }

    /// A single unit after a backslash.
    fn unit_escape(&mut self) -> u16 {
        let unit = self.unit().unwrap_or_default();
        let letter = char::from_u32(u32::from(unit)).unwrap_or('\u{FFFF}');
        match letter {
            't' => 9,
            'n' => 10,
            'v' => 11,
            'f' => 12,
            'r' => 13,
            'c' => match self.peek(0) {
                Some(control) if control.is_ascii_alphabetic() => self.unit().unwrap_or_default() % 32,
                _ => {
                    // The backslash stands for itself.
                    self.at -= 1;
                    0x5C
                }
            },
            'x' => self.hex(2).unwrap_or(unit),
            'u' => self.hex(4).unwrap_or(unit),
            '0'..='7' => self.octal(unit - 0x30),
            _ => unit,
        }
    }

    fn hex(&mut self, count: usize) -> Option<u16> {
        let digits: String = (0..count).map_while(|ahead| self.peek(ahead).filter(char::is_ascii_hexdigit)).collect();
        if digits.len() != count {
            return None;
        }
        self.at += count;
        u16::from_str_radix(&digits, 16).ok()
    }

    fn octal(&mut self, first: u16) -> u16 {
        let mut value = first;
        let most = if first <= 3 { 2 } else { 1 };
        for _ in 0..most {
            match self.peek(0).and_then(|letter| letter.to_digit(8)) {
                Some(digit) => {
                    value = value * 8 + u16::try_from(digit).unwrap_or_default();
                    self.at += 1;
                }
                None => break,
            }
        }
        value
    }

    fn class(&mut self) -> Read<Class> {
        let mut class = Class { negated: self.take("^"), ..Class::default() };
        loop {
            match self.peek(0) {
                None => return Err("Unterminated character class"),
                Some(']') => {
                    self.at += 1;
                    return Ok(class);
                }
                Some(_) => {}
            }
            let first = self.class_atom()?;
            let is_range = self.peek(0) == Some('-') && !matches!(self.peek(1), Some(']') | None);
            if !is_range {
                first.put_into(&mut class);
                continue;
            }
            self.at += 1;
            let last = self.class_atom()?;
            match (first, last) {
                (Atom::Unit(first), Atom::Unit(last)) if first > last => {
                    return Err("Range out of order in character class");
                }
                (Atom::Unit(first), Atom::Unit(last)) => class.ranges.push((first, last)),
                (first, last) => {
                    first.put_into(&mut class);
                    Atom::Unit(0x2D).put_into(&mut class);
                    last.put_into(&mut class);
                }
            }
        }
    }

    fn class_atom(&mut self) -> Read<Atom> {
        if self.peek(0) != Some('\\') {
            return Ok(Atom::Unit(self.unit().unwrap_or_default()));
        }
        self.at += 1;
        match self.peek(0) {
            None => Err("\\ at end of pattern"),
            Some('b') => {
                self.at += 1;
                Ok(Atom::Unit(8))
            }
            Some(letter) => match Class::escaped(letter) {
                Some(class) => {
                    self.at += 1;
                    Ok(Atom::Class(class))
                }
                None => Ok(Atom::Unit(self.unit_escape())),
            },
        }
    }
}

/// One thing in `[…]`.
enum Atom {
    Unit(u16),
    Class(Class),
}

impl Atom {
    fn put_into(&self, class: &mut Class) {
        match self {
            Self::Unit(unit) => class.ranges.push((*unit, *unit)),
            Self::Class(other) => class.add(other),
        }
    }
}

/// How many groups a pattern has, and whether one has a name.
fn count_groups(letters: &[u16]) -> (usize, bool) {
    let at = |index: usize| letters.get(index).and_then(|unit| char::from_u32(u32::from(*unit)));
    let (mut count, mut named, mut in_class, mut index) = (0, false, false, 0);
    while index < letters.len() {
        match at(index) {
            Some('\\') => index += 1,
            Some('[') => in_class = true,
            Some(']') => in_class = false,
            Some('(') if !in_class => {
                let has_name = at(index + 1) == Some('?')
                    && at(index + 2) == Some('<')
                    && !matches!(at(index + 3), Some('=' | '!'));
                named |= has_name;
                count += usize::from(has_name || at(index + 1) != Some('?'));
            }
            _ => {}
        }
        index += 1;
    }
    (count, named)
}
