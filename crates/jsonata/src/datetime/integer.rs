//! Pictures of whole numbers.

use super::words;
use crate::error::Failure;
use crate::number::{float_text, to_usize};
use crate::quote::quoted;

/// Zeros of the groups of decimal digits.
const GROUPS: [u32; 37] = [
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];
/// Digits that a picture may ask for.
const MOST_DIGITS: usize = 10_000;

/// How a whole number is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Style {
    Letters,
    Roman,
    Words,
    Decimal,
    /// Not known, as it is written.
    Sequence(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    Title,
}

/// What a picture asks for.
#[derive(Clone, Debug)]
pub(crate) struct IntegerFormat {
    pub(super) style: Style,
    pub(super) case: Case,
    pub(super) ordinal: bool,
    pub(super) zero: u32,
    pub(super) least_digits: usize,
    pub(super) optional_digits: usize,
    /// Separators with their places from the right.
    pub(super) separators: Vec<(usize, char)>,
    /// The interval, if it is always the same.
    pub(super) regular: usize,
    /// So many digits exactly are read.
    pub(super) exact_digits: Option<usize>,
}

/// The interval of places from the right, if they are all its multiples and none is left out; 0 if not.
pub(crate) fn regular_interval(places: &[usize]) -> usize {
    fn common(left: usize, right: usize) -> usize {
        if right == 0 { left } else { common(right, left % right) }
    }
    let Some(factor) = places.iter().copied().reduce(common) else { return 0 };
    let complete = (1..=places.len()).all(|index| places.contains(&(index * factor)));
    if complete { factor } else { 0 }
}

impl IntegerFormat {
    pub(crate) fn read(picture: &str) -> Result<Self, Failure> {
        let (primary, ordinal) = match picture.rsplit_once(';') {
            Some((primary, modifier)) => (primary, modifier.starts_with('o')),
            None => (picture, false),
        };
        let (style, case) = match primary {
            "A" => (Style::Letters, Case::Upper),
            "a" => (Style::Letters, Case::Lower),
            "I" => (Style::Roman, Case::Upper),
            "i" => (Style::Roman, Case::Lower),
            "W" => (Style::Words, Case::Upper),
            "w" => (Style::Words, Case::Lower),
            "Ww" => (Style::Words, Case::Title),
            _ => (Style::Decimal, Case::Lower),
        };
        let mut format = Self {
            style,
            case,
            ordinal,
            zero: 0x30,
            least_digits: 0,
            optional_digits: 0,
            separators: Vec::new(),
            regular: 0,
            exact_digits: None,
        };
        if format.style == Style::Decimal {
            format.read_digits(primary)?;
        }
        Ok(format)
    }

    fn read_digits(&mut self, primary: &str) -> Result<(), Failure> {
        let (mut zero, mut place) = (None, 0);
        for letter in primary.chars().rev() {
            let code = u32::from(letter);
            if let Some(group) = GROUPS.into_iter().find(|group| (*group..*group + 10).contains(&code)) {
                if *zero.get_or_insert(group) != group {
                    let message = "In a decimal digit pattern, all digits must be from the same decimal group";
                    return Err(Failure::new("D3131", message));
                }
                self.least_digits += 1;
                place += 1;
            } else if letter == '#' {
                self.optional_digits += 1;
                place += 1;
            } else {
                self.separators.push((place, letter));
            }
        }
        let Some(zero) = zero else {
            self.style = Style::Sequence(primary.to_owned());
            return Ok(());
        };
        self.zero = zero;
        let same = self.separators.windows(2).all(|pair| match pair {
            [(_, left), (_, right)] => left == right,
            _ => true,
        });
        if same {
            self.regular = regular_interval(&self.separators.iter().map(|(place, _)| *place).collect::<Vec<_>>());
        }
        Ok(())
    }

    fn unknown<T>(token: &str) -> Result<T, Failure> {
        let message = format!(
            "Formatting or parsing an integer as a sequence starting with {} is not supported by this implementation",
            quoted(token)
        );
        Err(Failure::new("D3130", message))
    }

    /// A whole number in this format.
    pub(crate) fn write(&self, value: f64) -> Result<String, Failure> {
        let size = value.abs();
        let written = match &self.style {
            Style::Letters => words::in_letters(size, if self.case == Case::Upper { 'A' } else { 'a' }),
            Style::Roman => {
                let roman = words::in_roman(size).ok_or_else(Failure::memory)?;
                if self.case == Case::Upper { roman.to_uppercase() } else { roman }
            }
            Style::Words => {
                let words = words::in_words(size, self.ordinal);
                match self.case {
                    Case::Upper => words.to_uppercase(),
                    Case::Lower => words.to_lowercase(),
                    Case::Title => words,
                }
            }
            Style::Decimal => self.write_digits(size)?,
            Style::Sequence(token) => return Self::unknown(token),
        };
        Ok(if value < 0.0 { format!("-{written}") } else { written })
    }

    fn write_digits(&self, size: f64) -> Result<String, Failure> {
        if self.least_digits > MOST_DIGITS {
            return Err(Failure::memory());
        }
        let plain = float_text(size);
        let mut digits: Vec<char> =
            std::iter::repeat_n('0', self.least_digits.saturating_sub(plain.len())).chain(plain.chars()).collect();
        if self.zero != 0x30 {
            for digit in &mut digits {
                *digit = char::from_u32((u32::from(*digit) + self.zero).saturating_sub(0x30)).unwrap_or(*digit);
            }
        }
        if let Some(count) = digits.len().saturating_sub(1).checked_div(self.regular) {
            let separator = self.separators.first().map_or(',', |(_, letter)| *letter);
            for index in (1..=count).rev() {
                let right = index * self.regular;
                digits.insert(digits.len() - right, separator);
            }
        } else {
            for (place, separator) in self.separators.iter().rev() {
                // Beyond the first digit JavaScript's `substr` counts from the end.
                let start = digits.len().saturating_sub(place.saturating_sub(digits.len()));
                match digits.len().checked_sub(*place) {
                    Some(at) => digits.insert(at, *separator),
                    None => {
                        digits = std::iter::once(*separator).chain(digits.split_off(start.min(digits.len()))).collect();
                    }
                }
            }
        }
        let mut written: String = digits.iter().collect();
        if self.ordinal {
            let mut last = digits.iter().rev();
            let suffix = match (last.next(), last.next()) {
                (_, Some('1')) => "th",
                (Some('1'), _) => "st",
                (Some('2'), _) => "nd",
                (Some('3'), _) => "rd",
                _ => "th",
            };
            written.push_str(suffix);
        }
        Ok(written)
    }

    /// What a text in this format says.
    pub(crate) fn parse(&self, text: &str) -> Result<f64, Failure> {
        Ok(match &self.style {
            Style::Letters => words::from_letters(text, if self.case == Case::Upper { 'A' } else { 'a' }),
            Style::Roman if self.case == Case::Upper => words::from_roman(text),
            Style::Roman => words::from_roman(&text.to_uppercase()),
            Style::Words => words::from_words(&text.to_lowercase()),
            Style::Decimal => {
                let mut digits: String = text.to_owned();
                if self.ordinal {
                    let keep = digits.chars().count().saturating_sub(2);
                    digits = digits.chars().take(keep).collect();
                }
                if self.regular > 0 {
                    digits.retain(|letter| letter != ',');
                } else {
                    digits.retain(|letter| !self.separators.iter().any(|(_, separator)| *separator == letter));
                }
                if self.zero != 0x30 {
                    let plain = |letter: char| {
                        char::from_u32((u32::from(letter) + 0x30).wrapping_sub(self.zero)).unwrap_or('\u{FFFD}')
                    };
                    if let Some(letter) = digits.chars().find(|letter| u32::from(*letter) + 0x30 < self.zero) {
                        let code = i64::from(u32::from(letter)) + 0x30 - i64::from(self.zero);
                        return Err(Failure::new("", format!("Invalid code point {code}")));
                    }
                    digits = digits.chars().map(plain).collect();
                }
                whole(&digits)
            }
            Style::Sequence(token) => return Self::unknown(token),
        })
    }

    /// A pattern of what it reads.
    pub(super) fn pattern(&self) -> Result<String, Failure> {
        Ok(match &self.style {
            Style::Letters => if self.case == Case::Upper { "[A-Z]+" } else { "[a-z]+" }.to_owned(),
            Style::Roman => if self.case == Case::Upper { "[MDCLXVI]+" } else { "[mdclxvi]+" }.to_owned(),
            Style::Words => {
                let words: Vec<String> = words::values().into_iter().map(|(word, _)| word).collect();
                format!("(?:{}|and|[\\-, ])+", words.join("|"))
            }
            Style::Decimal => {
                let digits = self.exact_digits.map_or_else(|| "[0-9]+".to_owned(), |count| format!("[0-9]{{{count}}}"));
                if self.ordinal { format!("{digits}(?:th|st|nd|rd)") } else { digits }
            }
            Style::Sequence(token) => return Self::unknown(token),
        })
    }
}

/// JavaScript's `parseInt`.
pub(super) fn whole(text: &str) -> f64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let hex: Vec<u32> = hex.chars().map_while(|letter| letter.to_digit(16)).collect();
        return if hex.is_empty() {
            f64::NAN
        } else {
            sign * hex.iter().fold(0.0, |sum, digit| sum * 16.0 + f64::from(*digit))
        };
    }
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end).and_then(|digits| digits.parse::<f64>().ok()).map_or(f64::NAN, |value| sign * value)
}

/// The same, for what counts things.
pub(super) fn count(text: &str) -> Option<usize> {
    let value = whole(text);
    (value >= 0.0).then(|| to_usize(value))
}
