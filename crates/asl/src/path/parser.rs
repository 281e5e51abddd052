//! Text to path: the text is cut into fragments as Jayway's `PathCompiler` cuts it.

use super::bracket;
use super::syntax::{Path, PathWarning, Root, Step};
use super::warnings;

/// Filters in filters, at most.
const DEEPEST_FILTER: usize = 16;

/// Steps of one path, at most: each is taken inside the one before it.
const MOST_STEPS: usize = 256;

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    pub reason: String,
    /// Where, in characters from 0.
    pub at: usize,
    /// Whether it is broken in any notation, so that it is refused with the definition.
    pub broken: bool,
}

impl Stuck {
    /// What Jayway does not read.
    pub(super) fn unread(reason: impl Into<String>, at: usize) -> Self {
        Self { reason: reason.into(), at, broken: false }
    }

    /// What is no path in any notation.
    pub(super) fn broken(reason: impl Into<String>, at: usize) -> Self {
        Self { reason: reason.into(), at, broken: true }
    }
}

/// A path from its text: `$.a[0]`, `$$.Execution.Id`, `$variable.a`. The error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Path, String> {
    read(text).map_err(|stuck| stuck.reason)
}

/// Where reading a path stops, in characters from 0; None if it is not refused.
pub(crate) fn flaw(text: &str) -> Option<usize> {
    read(text).err().map(|stuck| stuck.at)
}

fn read(text: &str) -> Result<Path, Stuck> {
    let is_blank = |letter: char| letter <= ' ';
    let start = text.chars().take_while(|letter| is_blank(*letter)).count();
    let letters: Vec<char> = text.trim_matches(is_blank).chars().collect();
    let shift = |stuck: Stuck| Stuck { at: stuck.at + start, ..stuck };
    let (root, from) = root(&letters).map_err(shift)?;
    let mut compiler = Compiler::new(&letters, 0);
    let outcome = compiler.steps(from);
    let stuck = match outcome {
        Err(stuck) if stuck.broken => return Err(shift(stuck)),
        Err(stuck) => {
            Some(PathWarning { help: warnings::instead(&stuck.reason), reason: stuck.reason, at: stuck.at + start })
        }
        Ok(()) => None,
    };
    let mut warnings = compiler.warnings;
    for warning in &mut warnings {
        warning.at += start;
    }
    Ok(Path { text: text.to_owned(), root, steps: compiler.steps, stuck, warnings })
}

/// What a path begins with, and where its first step is.
fn root(letters: &[char]) -> Result<(Root, usize), Stuck> {
    if letters.first() != Some(&'$') {
        return Err(Stuck::broken("a path begins with `$`", 0));
    }
    let is_name = |at: usize, letter: char| letter.is_alphabetic() || letter == '_' || (at > 0 && letter.is_numeric());
    let name: String = letters
        .iter()
        .skip(1)
        .enumerate()
        .take_while(|(at, letter)| is_name(*at, **letter))
        .map(|(_, letter)| letter)
        .collect();
    let (root, from) = match letters.get(1) {
        Some('$') => (Root::Context, 2),
        _ if name.is_empty() => (Root::Input, 1),
        _ => {
            let length = name.chars().count();
            (Root::Variable(name), 1 + length)
        }
    };
    match letters.get(from) {
        None | Some('.' | '[') => Ok((root, from)),
        Some(letter) => Err(Stuck::broken(format!("`{letter}` at character {} is out of place", from + 1), from)),
    }
}

/// Reads steps.
pub(super) struct Compiler<'t> {
    letters: &'t [char],
    /// How many filters are around it.
    depth: usize,
    pub steps: Vec<Step>,
    pub warnings: Vec<PathWarning>,
}

impl<'t> Compiler<'t> {
    pub(super) fn new(letters: &'t [char], depth: usize) -> Self {
        Self { letters, depth, steps: Vec::new(), warnings: Vec::new() }
    }

    /// Reads all steps, the first of which begins at `at`.
    pub(super) fn steps(&mut self, mut at: usize) -> Result<(), Stuck> {
        if self.depth > DEEPEST_FILTER {
            return Err(Stuck::unread("the filters are nested too deeply", at));
        }
        let length = self.letters.len();
        if self.letters.ends_with(&['.', '.']) {
            return Err(Stuck::broken("a path cannot end in `..`", length - 1));
        }
        while let Some(letter) = self.letters.get(at).copied() {
            if self.steps.len() >= MOST_STEPS {
                return Err(Stuck::unread(format!("a path has {MOST_STEPS} steps at most"), at));
            }
            at = match letter {
                ' ' => return Err(Stuck::unread("Space not allowed in path", at)),
                '$' => self.push(Step::Here, at + 1),
                '[' => self.bracket(at)?,
                '.' => self.dotted(at + 1)?,
                '*' => self.push(Step::Wildcard, at + 1),
                _ => self.named(at),
            };
        }
        warnings::look(self.letters, &self.steps, &mut self.warnings);
        Ok(())
    }

    fn push(&mut self, step: Step, next: usize) -> usize {
        self.steps.push(step);
        next
    }

    fn dotted(&mut self, at: usize) -> Result<usize, Stuck> {
        match self.letters.get(at) {
            None => Err(Stuck::broken("a name is missing after the last `.`", at.saturating_sub(1))),
            Some('.') => Ok(self.push(Step::Scan, at + 1)),
            Some('[' | ' ') => Ok(at),
            Some('*') if self.name_end(at) == at + 1 => Ok(self.push(Step::Wildcard, at + 1)),
            Some(_) => Ok(self.named(at)),
        }
    }

    /// A name without quotes, up to where the next step begins.
    fn named(&mut self, at: usize) -> usize {
        let end = self.name_end(at);
        let mut name = String::new();
        let mut letters = self.letters.get(at..end).unwrap_or_default().iter().peekable();
        while let Some(letter) = letters.next() {
            let escaped = if *letter == '\\' { letters.next() } else { None };
            name.push(*escaped.unwrap_or(letter));
        }
        if !name.contains(['\'', ']']) {
            return self.push(Step::Names(vec![name]), end);
        }
        // Jayway puts the name into brackets and quotes, and reads these.
        let fragment: Vec<char> = format!("['{name}']").chars().collect();
        let step = bracket::read(&fragment, self.depth, &mut self.warnings, at);
        self.push(step.unwrap_or_else(|_| Step::Names(Vec::new())), end)
    }

    /// A backslash makes the next letter a plain one: so the specification says, and Jayway has no use for one here.
    fn name_end(&self, at: usize) -> usize {
        let mut end = at;
        while let Some(letter) = self.letters.get(end) {
            match letter {
                '.' | '[' | ' ' => break,
                '\\' => end += 2,
                _ => end += 1,
            }
        }
        end.min(self.letters.len())
    }

    fn bracket(&mut self, at: usize) -> Result<usize, Stuck> {
        let (mut end, mut open) = (at + 1, 0_usize);
        loop {
            match self.letters.get(end) {
                None => return Err(self.unclosed(at)),
                Some(']') if open == 0 => break,
                Some(']') => open -= 1,
                Some('[') => open += 1,
                Some(_) => {}
            }
            end += 1;
        }
        let fragment = self.letters.get(at..=end).unwrap_or_default();
        let rest = self.letters.get(end..).unwrap_or_default();
        let step = match bracket::read(fragment, self.depth, &mut self.warnings, at) {
            // `['a]b']` is two steps to Jayway, the first of them without a name.
            Err(stuck) if stuck.reason == bracket::OPEN_QUOTE && rest.contains(&'\'') => Step::Names(Vec::new()),
            read => read.map_err(|stuck| Stuck { at: stuck.at + at, ..stuck })?,
        };
        Ok(self.push(step, end + 1))
    }

    /// No `]` ends what begins at `at`.
    fn unclosed(&self, at: usize) -> Stuck {
        let rest = self.letters.get(at..).unwrap_or_default();
        let quotes = rest.iter().filter(|letter| **letter == '\'').count();
        let what = if quotes % 2 == 1 { bracket::OPEN_QUOTE } else { "`]` is missing" };
        Stuck::broken(format!("{what} at character {}", self.letters.len() + 1), self.letters.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stuck(text: &str) -> Option<String> {
        parse(text).unwrap().stuck.map(|stuck| stuck.reason)
    }

    #[test]
    fn what_is_broken_in_any_notation_is_refused_with_a_reason() {
        for text in [
            "",
            "a",
            "@.a",
            "$.",
            "$..",
            "$.a..",
            "$[",
            "$[]",
            "$['a",
            "$['a'",
            "$['a]",
            "$1a",
            "$a b",
            "$$x",
            "$.a[?(@.b",
        ] {
            assert!(parse(text).is_err(), "{text}");
            assert!(flaw(text).is_some(), "{text}");
        }
        assert_eq!(flaw("  $.a["), Some(6));
    }

    #[test]
    fn what_step_functions_saves_and_cannot_run_is_reported_and_not_refused() {
        assert_eq!(stuck("$.detail.Availability Zone").unwrap(), "Space not allowed in path");
        assert_eq!(stuck("$.a[x]").unwrap(), "Could not analyze path component: [x]");
        for text in [
            "$.a[\"x\"]",
            "$.a[:]",
            "$.a[?]",
            "$.a[99999999999]",
            "$.a[?(@.b in ['x'])]",
            "$.a[?(@.b size 2)]",
            "$.a[?(@.b == @.c[*])]",
            "$.a[?(!(@.b))]",
            "$.a[?(@.b && )]",
            "$.a[?()]",
            "$.a[?(@.b =~ /(/)]",
            "$.a[(@.size)]",
            "$.a[(@.count-1)]",
        ] {
            assert!(stuck(text).is_some(), "{text}");
        }
        let nested = format!("${}", "[?(@.a".repeat(2_000)) + &")]".repeat(2_000);
        assert!(stuck(&nested).is_some());
        assert!(stuck(&format!("${}", ".a".repeat(300))).is_some());
    }

    #[test]
    fn blanks_at_the_ends_and_dots_before_brackets_do_not_count() {
        let plain = parse("$.abc['def ghi']").unwrap();
        for text in ["$.abc.['def ghi']", "  $.abc['def ghi']", "$.abc['def ghi']\t\n", "$['abc']['def ghi']"] {
            assert_eq!(parse(text).unwrap().steps, plain.steps, "{text}");
        }
        assert!(parse(" $.abc ").unwrap().is_sound());
    }

    #[test]
    fn names_are_taken_as_they_are_written() {
        let name = |text: &str| parse(text).unwrap().steps.first().and_then(Step::name).map(str::to_owned);
        assert_eq!(name(r#"$['Test\""Name"']"#).as_deref(), Some(r#"Test\""Name""#));
        assert_eq!(name("$.delivery-partner").as_deref(), Some("delivery-partner"));
        assert_eq!(name("$.length()").as_deref(), Some("length()"));
        assert_eq!(name("$.*a").as_deref(), Some("*a"));
        assert_eq!(name("$['a', 'b']"), None);
    }
}
