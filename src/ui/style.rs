//! How text looks: colour, characters, width.

use std::collections::BTreeMap;
use std::fmt::Display;

use owo_colors::OwoColorize as _;
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::model::visible;

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Where a person reads and nothing says otherwise.
    #[default]
    Auto,
    /// Also in pipes.
    Always,
    /// Nowhere.
    Never,
}

/// `-q`, nothing, `-v`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Summary lines and errors only.
    Quiet,
    /// What a person wants to see.
    #[default]
    Normal,
    /// Everything.
    Verbose,
}

/// What decides how text looks; `cli` gathers it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `--color`.
    pub color: Color,
    /// Whether `NO_COLOR` is set and not empty: <https://no-color.org>.
    pub no_color: bool,
    /// `TERM`.
    pub term: Option<String>,
    /// Whether the locale's characters are UTF-8.
    pub locale_utf8: bool,
    /// `COLUMNS`.
    pub columns: Option<usize>,
    /// Whether a person reads stdout.
    pub stdout_terminal: bool,
    /// Whether a person reads stderr.
    pub stderr_terminal: bool,
    /// The options that say where the command worked, to be repeated in a command that is proposed: ` --target aws`.
    pub again: String,
}

/// What a stretch of text means; colour is never its only carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Good,
    Bad,
    Warning,
    Notice,
    Bold,
    Dim,
}

/// How the roster calls users: name → label. Made once for a command, and kept for as long as the process lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Labels(Option<&'static BTreeMap<String, String>>);

impl Labels {
    /// Those that are given; none is as good as no list.
    pub fn of(labels: BTreeMap<String, String>) -> Self {
        Self((!labels.is_empty()).then(|| &*Box::leak(Box::new(labels))))
    }
}

/// How text looks on one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours are written.
    pub color: bool,
    /// Whether characters beyond ASCII are written.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
    /// Whether a person reads it: only then are lines wrapped.
    pub terminal: bool,
    /// How users are called.
    pub labels: Labels,
    /// What a proposed command repeats of this one; kept for as long as the process lives.
    pub again: &'static str,
}

impl Style {
    /// Decides. `--color` wins over `NO_COLOR`, which wins over what the stream is; `TERM=dumb` is a terminal without
    /// colour. `measured` is the terminal's width, over which `COLUMNS` wins; 80 when nobody knows.
    pub fn from(environment: &Environment, terminal: bool, measured: Option<usize>) -> Self {
        let dumb = environment.term.as_deref() == Some("dumb");
        let color = match environment.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !environment.no_color && terminal && !dumb,
        };
        let width = environment.columns.filter(|width| *width > 0).or(measured.filter(|width| *width > 0));
        Self {
            color,
            unicode: environment.locale_utf8,
            width: width.unwrap_or(80).max(20),
            terminal,
            labels: Labels::default(),
            again: if environment.again.is_empty() { "" } else { environment.again.clone().leak() },
        }
    }

    /// Black and white, ASCII, 80 columns, no terminal.
    pub fn plain() -> Self {
        Self { color: false, unicode: false, width: 80, terminal: false, labels: Labels::default(), again: "" }
    }

    /// Text in one of six colours, the same for the same word.
    pub(super) fn tint(self, word: &str, text: impl Display) -> String {
        if !self.color {
            return text.to_string();
        }
        match word.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 6 {
            0 => text.cyan().to_string(),
            1 => text.magenta().to_string(),
            2 => text.yellow().to_string(),
            3 => text.blue().to_string(),
            4 => text.green().to_string(),
            _ => text.bright_magenta().to_string(),
        }
    }

    /// Text in a colour, where there is colour.
    pub(super) fn paint(self, ink: Ink, text: impl Display) -> String {
        if !self.color {
            return text.to_string();
        }
        match ink {
            Ink::Good => text.green().to_string(),
            Ink::Bad => text.red().to_string(),
            Ink::Warning => text.yellow().to_string(),
            Ink::Notice => text.cyan().to_string(),
            Ink::Bold => text.bold().to_string(),
            Ink::Dim => text.dimmed().to_string(),
        }
    }

    /// A user as people know one: `s17 Ana Example` where the roster has a label.
    pub(super) fn user(self, name: &str) -> String {
        match self.labels.0.and_then(|labels| labels.get(name)) {
            Some(label) => format!("{name} {}", visible(label)),
            None => name.to_owned(),
        }
    }

    /// `passed` or `failed`, as a mark.
    pub(super) fn mark(self, good: bool) -> String {
        match (good, self.unicode) {
            (true, true) => self.paint(Ink::Good, "✓"),
            (true, false) => self.paint(Ink::Good, "ok"),
            (false, true) => self.paint(Ink::Bad, "✗"),
            (false, false) => self.paint(Ink::Bad, "!!"),
        }
    }

    /// `…`
    pub(super) fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// `→`
    pub(super) fn arrow(self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    /// What was made with the characters of Unicode, in those the stream takes.
    pub(super) fn spell(self, text: &str) -> String {
        if self.unicode { text.to_owned() } else { text.replace('…', "...").replace('→', "->") }
    }

    /// Lines wrapped to the terminal, those after the first indented; in a pipe whole, so that scripts find names.
    pub(super) fn wrap(self, text: &str, indent: usize) -> String {
        if !self.terminal {
            return text.to_owned();
        }
        let indent = " ".repeat(indent.min(self.width / 2));
        let options = Options::new(self.width).subsequent_indent(&indent).word_splitter(WordSplitter::NoHyphenation);
        // The name of a resource is copied: it is never broken.
        let unbroken = options.clone().break_words(false).word_separator(WordSeparator::AsciiSpace);
        let fill = |line: &str| textwrap::fill(line, if line.contains("arn:") { &unbroken } else { &options });
        let lines = text.split('\n').map(fill);
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// `1 user`, `2 users`.
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The same of a length.
pub fn counted_len(length: usize, noun: &str) -> String {
    counted(u64::try_from(length).unwrap_or(u64::MAX), noun)
}

/// `12.3 s`, `4 min 5 s`.
pub(super) fn duration(ms: u64) -> String {
    let tenths = ms.saturating_add(50) / 100;
    if tenths < 600 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        let seconds = ms.saturating_add(500) / 1000;
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// `213 ms`, `12.3 s`, `4 min 5 s`.
pub(super) fn fine_duration(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { duration(ms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_decided_in_the_documented_order() {
        let color = |color, no_color, term: &str, terminal| {
            let term = Some(term.to_owned());
            Style::from(&Environment { color, no_color, term, ..Environment::default() }, terminal, None).color
        };
        assert!(color(Color::Auto, false, "xterm", true));
        assert!(!color(Color::Auto, false, "xterm", false));
        assert!(!color(Color::Auto, true, "xterm", true));
        assert!(color(Color::Always, true, "dumb", false));
        assert!(!color(Color::Never, false, "xterm", true));
        assert!(!color(Color::Auto, false, "dumb", true));
    }

    #[test]
    fn width_is_columns_then_the_terminal_then_eighty() {
        let width =
            |columns, measured| Style::from(&Environment { columns, ..Environment::default() }, true, measured).width;
        assert_eq!(width(Some(40), Some(120)), 40);
        assert_eq!(width(Some(0), Some(120)), 120);
        assert_eq!(width(None, None), 80);
        assert_eq!(width(None, Some(0)), 80);
    }

    #[test]
    fn lines_are_wrapped_for_people_only() {
        let terminal = Style { width: 20, terminal: true, ..Style::plain() };
        let text = "  + create function user1-order-validator-with-a-long-name";
        assert!(terminal.wrap(text, 4).lines().all(|line| line.len() <= 20));
        assert_eq!(Style::plain().wrap(text, 4), text);
    }

    #[test]
    fn durations_read_well() {
        assert_eq!([duration(0), duration(12_345), duration(59_949)], ["0.0 s", "12.3 s", "59.9 s"]);
        assert_eq!(duration(245_000), "4 min 5 s");
    }
}
