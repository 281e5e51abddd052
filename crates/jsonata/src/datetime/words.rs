//! Numbers in English words, in Roman numerals and in letters.

use crate::number::{count_f64, to_usize};

const SMALL: [&str; 20] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];
const ORDINALS: [&str; 20] = [
    "Zeroth",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
    "Thirteenth",
    "Fourteenth",
    "Fifteenth",
    "Sixteenth",
    "Seventeenth",
    "Eighteenth",
    "Nineteenth",
];
const TENS: [&str; 8] = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];
const LARGE: [&str; 4] = ["Thousand", "Million", "Billion", "Trillion"];
const ROMAN: [(u32, &str); 13] = [
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
];

fn word(words: &'static [&'static str], at: f64) -> &'static str {
    words.get(to_usize(at)).copied().unwrap_or_default()
}

/// A whole number that is not negative, in words.
pub(super) fn in_words(value: f64, ordinal: bool) -> String {
    spoken(value, false, ordinal, 0)
}

fn spoken(value: f64, inner: bool, ordinal: bool, depth: usize) -> String {
    if depth > 40 {
        return String::new();
    }
    let (joined, listed) = if inner { (" and ", ", ") } else { ("", "") };
    if value < 20.0 {
        return format!("{joined}{}", word(if ordinal { &ORDINALS } else { &SMALL }, value));
    }
    if value < 100.0 {
        let (tens, rest) = (word(&TENS, (value / 10.0).floor() - 2.0), value % 10.0);
        return if rest > 0.0 {
            format!("{joined}{tens}-{}", spoken(rest, false, ordinal, depth + 1))
        } else if ordinal {
            format!("{joined}{}ieth", tens.trim_end_matches('y'))
        } else {
            format!("{joined}{tens}")
        };
    }
    let (start, rest) = if value < 1_000.0 {
        (format!("{} Hundred", word(&SMALL, (value / 100.0).floor())), value % 100.0)
    } else {
        let magnitude = (value.log10() / 3.0).floor().min(count_f64(LARGE.len()));
        let factor = 10_f64.powf(magnitude * 3.0);
        let many = (value / factor).floor();
        let start = format!("{} {}", spoken(many, false, false, depth + 1), word(&LARGE, magnitude - 1.0));
        (start, value - many * factor)
    };
    let end = if rest > 0.0 {
        spoken(rest, true, ordinal, depth + 1)
    } else if ordinal {
        "th".to_owned()
    } else {
        String::new()
    };
    format!("{listed}{start}{end}")
}

/// The words of numbers, in small letters, with their values.
pub(super) fn values() -> Vec<(String, f64)> {
    let mut values = Vec::new();
    for words in [&SMALL, &ORDINALS] {
        values.extend(words.iter().enumerate().map(|(value, word)| (word.to_lowercase(), count_f64(value))));
    }
    for (index, tens) in TENS.iter().enumerate() {
        let (tens, value) = (tens.to_lowercase(), count_f64((index + 2) * 10));
        values.push((format!("{}ieth", tens.trim_end_matches('y')), value));
        values.push((tens, value));
    }
    values.extend([("hundred".to_owned(), 100.0), ("hundredth".to_owned(), 100.0)]);
    for (index, large) in LARGE.iter().enumerate() {
        let value = 10_f64.powf(count_f64(index + 1) * 3.0);
        values.push((large.to_lowercase(), value));
        values.push((format!("{}th", large.to_lowercase()), value));
    }
    values
}

/// What words in small letters say; no number for what is none.
pub(super) fn from_words(text: &str) -> f64 {
    let values = values();
    let mut segments: Vec<f64> = vec![0.0];
    for part in text.replace(", ", " ").replace(" and ", " ").split([' ', '-', '\\', '\t', '\n', '\r']) {
        let value = values.iter().find(|(word, _)| word == part).map_or(f64::NAN, |(_, value)| *value);
        let mut top = segments.pop().unwrap_or_default();
        if value < 100.0 {
            if top >= 1_000.0 {
                segments.push(top);
                top = 0.0;
            }
            segments.push(top + value);
        } else {
            segments.push(top * value);
        }
    }
    segments.iter().sum()
}

/// In small Roman numerals; nothing for zero. `None` for what would be too long to write.
pub(super) fn in_roman(value: f64) -> Option<String> {
    // Each thousand is a letter.
    if value.is_nan() || value > 4e9 {
        return None;
    }
    let mut roman = "m".repeat(to_usize((value / 1_000.0).floor()));
    let mut rest = value % 1_000.0;
    for (unit, letters) in ROMAN {
        while rest >= f64::from(unit) {
            roman.push_str(letters);
            rest -= f64::from(unit);
        }
    }
    Some(roman)
}

/// From Roman numerals in capitals.
pub(super) fn from_roman(text: &str) -> f64 {
    let (mut total, mut most) = (0.0, 1.0);
    for letter in text.chars().rev() {
        let value = match letter {
            'M' => 1000.0,
            'D' => 500.0,
            'C' => 100.0,
            'L' => 50.0,
            'X' => 10.0,
            'V' => 5.0,
            'I' => 1.0,
            _ => f64::NAN,
        };
        if value < most {
            total -= value;
        } else {
            most = value;
            total += value;
        }
    }
    total
}

/// `a`, `b`, …, `z`, `aa`.
pub(super) fn in_letters(value: f64, first: char) -> String {
    let (mut rest, mut letters) = (value, Vec::new());
    while rest > 0.0 && letters.len() < 400 {
        let place = u32::try_from(to_usize((rest - 1.0) % 26.0)).unwrap_or_default();
        letters.extend(char::from_u32(u32::from(first) + place));
        rest = ((rest - 1.0) / 26.0).floor();
    }
    letters.into_iter().rev().collect()
}

/// The number of letters.
pub(super) fn from_letters(text: &str, first: char) -> f64 {
    let (mut total, mut power) = (0.0, 1.0);
    for letter in text.chars().rev() {
        total += (f64::from(u32::from(letter)) - f64::from(u32::from(first)) + 1.0) * power;
        power *= 26.0;
    }
    total
}
