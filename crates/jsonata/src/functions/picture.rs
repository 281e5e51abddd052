//! `$formatNumber`: pictures of numbers, as XPath defines them. <https://www.w3.org/TR/xpath-functions-31/#formatting-numbers>

use super::numbers::rounded;
use super::strings::{number, text};
use crate::error::Failure;
use crate::evaluate::Run;
use crate::number::{count_f64, float_text};
use crate::value::Value;

type Gives = Result<Value, Failure>;

/// Longer pictures are refused: a number is written with as many digits as its picture has.
const LONGEST: usize = 1_000;
/// JavaScript writes no more digits after the point.
const MOST_DIGITS: usize = 100;

/// The signs that structure a picture.
struct Signs {
    decimal: String,
    grouping: String,
    exponent: String,
    minus: String,
    percent: String,
    per_mille: String,
    zero: char,
    digit: String,
    pattern: String,
}

impl Signs {
    fn read(options: Option<&Value>) -> Self {
        let get = |name: &str, default: &str| match options {
            Some(Value::Object(object)) => object.get(name).as_str().map_or_else(|| default.to_owned(), str::to_owned),
            _ => default.to_owned(),
        };
        Self {
            decimal: get("decimal-separator", "."),
            grouping: get("grouping-separator", ","),
            exponent: get("exponent-separator", "e"),
            minus: get("minus-sign", "-"),
            percent: get("percent", "%"),
            per_mille: get("per-mille", "\u{2030}"),
            zero: get("zero-digit", "0").chars().next().unwrap_or('0'),
            digit: get("digit", "#"),
            pattern: get("pattern-separator", ";"),
        }
    }

    fn is_family(&self, letter: char) -> bool {
        (u32::from(self.zero)..u32::from(self.zero) + 10).contains(&u32::from(letter))
    }

    fn is_digit(&self, letter: char) -> bool {
        self.is_family(letter) || is(&self.digit, letter)
    }

    fn is_active(&self, letter: char) -> bool {
        self.is_digit(letter)
            || [&self.decimal, &self.exponent, &self.grouping, &self.pattern].into_iter().any(|sign| is(sign, letter))
    }
}

fn is(sign: &str, letter: char) -> bool {
    let mut letters = sign.chars();
    letters.next() == Some(letter) && letters.next().is_none()
}

/// One half of a picture, in its parts.
struct Parts {
    whole: String,
    prefix: String,
    suffix: String,
    active: String,
    mantissa: String,
    exponent: Option<String>,
    integer: String,
    fraction: String,
}

impl Parts {
    fn split(picture: &str, signs: &Signs) -> Result<Self, Failure> {
        let letters: Vec<char> = picture.chars().collect();
        let frames = |letter: &char| signs.is_active(*letter) && !is(&signs.exponent, *letter);
        let start = letters.iter().position(frames);
        let end = letters.iter().rposition(frames);
        let (Some(start), Some(end)) = (start, end) else { return Err(refused("D3086")) };
        let piece = |from: usize, to: usize| -> String { letters.get(from..to).unwrap_or_default().iter().collect() };
        let active = piece(start, end + 1);
        // As in the reference: looked for behind the prefix, and cut that far into what is behind the prefix.
        let place = letters.iter().skip(start).position(|letter| is(&signs.exponent, *letter)).map(|at| at + start);
        let (mantissa, exponent) = match place {
            Some(place) if place <= end + 1 => {
                let inside: Vec<char> = active.chars().collect();
                let piece = |from: usize, to: usize| -> String {
                    inside.get(from.min(inside.len())..to.min(inside.len())).unwrap_or_default().iter().collect()
                };
                (piece(0, place), Some(piece(place + 1, inside.len())))
            }
            _ => (active.clone(), None),
        };
        let suffix = piece(end + 1, letters.len());
        let (integer, fraction) = match mantissa.split_once(&signs.decimal) {
            Some((integer, fraction)) => (integer.to_owned(), fraction.to_owned()),
            None => (mantissa.clone(), suffix.clone()),
        };
        Ok(Self {
            whole: picture.to_owned(),
            prefix: piece(0, start),
            suffix,
            active,
            mantissa,
            exponent,
            integer,
            fraction,
        })
    }

    /// The last of the rules that it breaks.
    fn mistake(&self, signs: &Signs) -> Option<&'static str> {
        let count = |sign: &str| self.whole.matches(sign).count();
        let scaled = count(&signs.percent) > 0 || count(&signs.per_mille) > 0;
        let grouped = |text: &str| text.ends_with(&signs.grouping);
        let decimal = self.whole.split_once(&signs.decimal);
        let optional_after_digit = self
            .integer
            .split_once(&signs.digit)
            .is_some_and(|(before, _)| before.chars().any(|letter| signs.is_family(letter)));
        let digit_after_optional = self
            .fraction
            .rsplit_once(&signs.digit)
            .is_some_and(|(_, after)| after.chars().any(|letter| signs.is_family(letter)));
        let exponent = self.exponent.as_deref();
        let rules = [
            ("D3081", count(&signs.decimal) > 1),
            ("D3082", count(&signs.percent) > 1),
            ("D3083", count(&signs.per_mille) > 1),
            ("D3084", count(&signs.percent) > 0 && count(&signs.per_mille) > 0),
            ("D3085", !self.mantissa.chars().any(|letter| signs.is_digit(letter))),
            ("D3086", self.active.chars().any(|letter| !signs.is_active(letter))),
            ("D3087", decimal.is_some_and(|(before, after)| grouped(before) || after.starts_with(&signs.grouping))),
            ("D3088", decimal.is_none() && grouped(&self.integer)),
            ("D3089", self.whole.contains(&signs.grouping.repeat(2))),
            ("D3090", optional_after_digit),
            ("D3091", digit_after_optional),
            ("D3092", exponent.is_some_and(|exponent| !exponent.is_empty()) && scaled),
            (
                "D3093",
                exponent.is_some_and(|exponent| {
                    exponent.is_empty() || exponent.chars().any(|letter| !signs.is_family(letter))
                }),
            ),
        ];
        rules.into_iter().rev().find(|(_, broken)| *broken).map(|(code, _)| code)
    }
}

/// What a half of a picture asks for.
#[derive(Clone)]
struct Form {
    picture: String,
    prefix: String,
    suffix: String,
    grouping: Vec<usize>,
    regular: usize,
    fraction_grouping: Vec<usize>,
    least_integer: usize,
    scale: usize,
    least_fraction: usize,
    most_fraction: usize,
    least_exponent: usize,
}

impl Form {
    fn of(parts: Parts, signs: &Signs) -> Self {
        let family = |text: &str| text.chars().filter(|letter| signs.is_family(*letter)).count();
        let digits = |text: &str| text.chars().filter(|letter| signs.is_digit(*letter)).count();
        let grouping: Vec<usize> = parts
            .integer
            .match_indices(&signs.grouping)
            .map(|(at, _)| digits(parts.integer.get(at..).unwrap_or_default()))
            .collect();
        let fraction_grouping = parts
            .fraction
            .match_indices(&signs.grouping)
            .map(|(at, _)| digits(parts.fraction.get(..at).unwrap_or_default()))
            .collect();
        let mut least_integer = family(&parts.integer);
        let scale = least_integer;
        let (mut least_fraction, mut most_fraction) = (family(&parts.fraction), digits(&parts.fraction));
        if least_integer == 0 && most_fraction == 0 {
            if parts.exponent.is_some() {
                (least_fraction, most_fraction) = (1, 1);
            } else {
                least_integer = 1;
            }
        }
        if parts.exponent.is_some() && least_integer == 0 && parts.integer.contains(&signs.digit) {
            least_integer = 1;
        }
        if least_integer == 0 && least_fraction == 0 {
            least_fraction = 1;
        }
        Self {
            picture: parts.whole,
            prefix: parts.prefix,
            suffix: parts.suffix,
            regular: crate::datetime::regular_interval(&grouping),
            grouping,
            fraction_grouping,
            least_integer,
            scale,
            least_fraction,
            most_fraction,
            least_exponent: parts.exponent.map_or(0, |exponent| family(&exponent)),
        }
    }
}

pub(super) fn format_number(run: &Run<'_>, arguments: &[Value]) -> Gives {
    let Some(value) = number(arguments, 0)? else { return Ok(Value::Undefined) };
    let picture = text(arguments, 1)?.unwrap_or("undefined");
    run.work(100 + picture.len())?;
    if picture.len() > LONGEST {
        return Err(Failure::memory());
    }
    let signs = Signs::read(arguments.get(2));
    let halves: Vec<&str> = picture.split(&signs.pattern).collect();
    if halves.len() > 2 {
        return Err(refused("D3080"));
    }
    let mut forms = Vec::new();
    for half in halves {
        let parts = Parts::split(half, &signs)?;
        if let Some(code) = parts.mistake(&signs) {
            return Err(refused(code));
        }
        forms.push(Form::of(parts, &signs));
    }
    let form = match (forms.as_slice(), value >= 0.0) {
        ([form, ..], true) | ([_, form], false) => form.clone(),
        ([form], _) => Form { prefix: format!("{}{}", signs.minus, form.prefix), ..form.clone() },
        _ => return Err(refused("D3086")),
    };
    write(value, &form, &signs).map(Value::text)
}

fn write(value: f64, form: &Form, signs: &Signs) -> Result<String, Failure> {
    let adjusted = if form.picture.contains(&signs.percent) {
        value * 100.0
    } else if form.picture.contains(&signs.per_mille) {
        value * 1000.0
    } else {
        value
    };
    let (mantissa, exponent) = if form.least_exponent == 0 { (adjusted, None) } else { scaled(adjusted, form.scale) };
    if form.most_fraction > MOST_DIGITS {
        return Err(Failure::new("", "toFixed() digits argument must be between 0 and 100"));
    }
    let number = digits(rounded(mantissa, count_f64(form.most_fraction)), form.most_fraction, signs);
    let (integer, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let mut integer: Vec<char> = integer.trim_start_matches(signs.zero).chars().collect();
    let mut fraction: Vec<char> = fraction.trim_end_matches(signs.zero).chars().collect();
    let missing = form.least_integer.saturating_sub(integer.len());
    integer.splice(0..0, std::iter::repeat_n(signs.zero, missing));
    fraction.resize(fraction.len().max(form.least_fraction), signs.zero);
    let mut letters = integer;
    let whole = letters.len();
    letters.extend(signs.decimal.chars());
    letters.extend(&fraction);
    group_integer(&mut letters, whole, form, signs);
    group_fraction(&mut letters, form, signs);
    // A point at the end goes; without a point in the picture the last letter does, as in the reference.
    let ends = position(&letters, signs).is_none_or(|at| at + 1 == letters.len());
    if ends || !form.picture.contains(&signs.decimal) {
        letters.pop();
    }
    let mut result = form.prefix.clone();
    result.extend(letters);
    if let Some(exponent) = exponent {
        let shown = digits(exponent.abs(), 0, signs);
        result.push_str(&signs.exponent);
        if exponent < 0.0 {
            result.push_str(&signs.minus);
        }
        let missing = form.least_exponent.saturating_sub(shown.chars().count());
        result.extend(std::iter::repeat_n(signs.zero, missing));
        result.push_str(&shown);
    }
    result.push_str(&form.suffix);
    Ok(result)
}

/// A mantissa with so many digits before the point, and the power of ten that was taken out of it.
fn scaled(value: f64, digits: usize) -> (f64, Option<f64>) {
    let most = 10_f64.powf(count_f64(digits));
    let least = 10_f64.powf(count_f64(digits) - 1.0);
    let (mut mantissa, mut exponent) = (value.abs(), 0.0);
    // The reference never ends for zero and for negative numbers.
    if mantissa > 0.0 && mantissa.is_finite() {
        while mantissa < least {
            mantissa *= 10.0;
            exponent -= 1.0;
        }
        while mantissa > most {
            mantissa /= 10.0;
            exponent += 1.0;
        }
    }
    (mantissa.copysign(value), Some(exponent))
}

/// JavaScript's `toFixed`, in the picture's digits.
fn digits(value: f64, places: usize, signs: &Signs) -> String {
    let value = value.abs();
    let plain = if value >= 1e21 || !value.is_finite() { float_text(value) } else { format!("{value:.places$}") };
    if signs.zero == '0' {
        return plain;
    }
    let own = |letter: char| match letter.to_digit(10) {
        Some(digit) => char::from_u32(u32::from(signs.zero) + digit).unwrap_or(letter),
        None => letter,
    };
    plain.chars().map(own).collect()
}

/// Where the point is.
fn position(letters: &[char], signs: &Signs) -> Option<usize> {
    let point = signs.decimal.chars().next()?;
    letters.iter().position(|letter| *letter == point)
}

fn put(letters: &mut Vec<char>, at: usize, signs: &Signs) {
    let at = at.min(letters.len());
    letters.splice(at..at, signs.grouping.chars());
}

fn group_integer(letters: &mut Vec<char>, whole: usize, form: &Form, signs: &Signs) {
    if let Some(groups) = whole.saturating_sub(1).checked_div(form.regular) {
        for group in 1..=groups {
            put(letters, whole - group * form.regular, signs);
        }
        return;
    }
    for (point, place) in (whole..).zip(&form.grouping) {
        // A place before the first digit counts from the end, as in the reference.
        let at = match point.checked_sub(*place) {
            Some(at) => at,
            None => letters.len().saturating_sub(place - point),
        };
        put(letters, at, signs);
    }
}

fn group_fraction(letters: &mut Vec<char>, form: &Form, signs: &Signs) {
    let point = position(letters, signs).map_or(0, |at| at + 1);
    for place in &form.fraction_grouping {
        put(letters, place + point, signs);
    }
}

fn refused(code: &'static str) -> Failure {
    let message = match code {
        "D3080" => "The picture string must only contain a maximum of two sub-pictures",
        "D3081" => "The sub-picture must not contain more than one instance of the 'decimal-separator' character",
        "D3082" => "The sub-picture must not contain more than one instance of the 'percent' character",
        "D3083" => "The sub-picture must not contain more than one instance of the 'per-mille' character",
        "D3084" => "The sub-picture must not contain both a 'percent' and a 'per-mille' character",
        "D3085" => {
            "The mantissa part of a sub-picture must contain at least one character that is either an 'optional digit character' or a member of the 'decimal digit family'"
        }
        "D3087" => {
            "The sub-picture must not contain a 'grouping-separator' character that appears adjacent to a 'decimal-separator' character"
        }
        "D3088" => "The sub-picture must not contain a 'grouping-separator' at the end of the integer part",
        "D3089" => "The sub-picture must not contain two adjacent instances of the 'grouping-separator' character",
        "D3090" => {
            "The integer part of the sub-picture must not contain a member of the 'decimal digit family' that is followed by an instance of the 'optional digit character'"
        }
        "D3091" => {
            "The fractional part of the sub-picture must not contain an instance of the 'optional digit character' that is followed by a member of the 'decimal digit family'"
        }
        "D3092" => {
            "A sub-picture that contains a 'percent' or 'per-mille' character must not contain a character treated as an 'exponent-separator'"
        }
        "D3093" => {
            "The exponent part of the sub-picture must comprise only of one or more characters that are members of the 'decimal digit family'"
        }
        _ => {
            "The sub-picture must not contain a passive character that is preceded by an active character and that is followed by another active character"
        }
    };
    Failure::new(code, message)
}
