//! Numbers: whole ones that fit 64 bits are exact, the others are doubles; both are written as JavaScript writes them.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the one place that turns doubles into whole numbers and back; casts saturate"
)]

use std::cmp::Ordering;

/// Whole doubles up to here are exact, and the same as the whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number, exact.
    Int(i64),
    /// Everything else: fractions, what is beyond 64 bits, infinities.
    Float(f64),
}

impl Number {
    /// The double as a number: whole if that loses nothing. Minus zero stays a double.
    pub fn from_f64(value: f64) -> Self {
        let whole = value.fract() == 0.0 && value.abs() <= EXACT && !(value == 0.0 && value.is_sign_negative());
        if whole { Self::Int(value as i64) } else { Self::Float(value) }
    }

    /// The nearest double.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }

    /// Whether it has no fraction.
    pub fn is_whole(self) -> bool {
        match self {
            Self::Int(_) => true,
            Self::Float(float) => float.is_finite() && float.fract() == 0.0,
        }
    }

    /// With the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Int(0) => Self::Float(-0.0),
            Self::Int(whole) => whole.checked_neg().map_or(Self::Float(-(whole as f64)), Self::Int),
            Self::Float(float) => Self::from_f64(-float),
        }
    }

    /// The text of a number as it stands in an expression or in JSON; `None` for what is beyond a double.
    pub fn read(text: &str) -> Option<Self> {
        if let Ok(whole) = text.parse::<i64>()
            && text != "-0"
        {
            return Some(Self::Int(whole));
        }
        let float = text.parse::<f64>().ok().filter(|float| float.is_finite())?;
        Some(Self::from_f64(float))
    }

    /// As JavaScript's `String(n)`; exact for whole numbers.
    pub fn text(self) -> String {
        match self {
            Self::Int(whole) => whole.to_string(),
            Self::Float(float) => float_text(float),
        }
    }

    /// As `$string` writes it: fractions with 15 digits.
    pub fn rounded_text(self) -> String {
        match self {
            Self::Float(float) if float.fract() != 0.0 && float.is_finite() => float_text(to_15_digits(float)),
            _ => self.text(),
        }
    }

    /// How it stands to another.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(&right)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other) == Some(Ordering::Equal)
    }
}

impl From<usize> for Number {
    fn from(count: usize) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// JavaScript's `Number::toString` in base 10.
pub(crate) fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // Rust writes the shortest digits that read back as the same double, as JavaScript does.
    let scientific = format!("{:e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = exponent.parse::<i64>().unwrap_or(0) + 1;
    let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let unsigned = if count <= point && point <= 21 {
        digits.clone() + &"0".repeat((point - count) as usize)
    } else if 0 < point && point <= 21 {
        let (whole, fraction) = digits.split_at_checked(point as usize).unwrap_or((&digits, ""));
        format!("{whole}.{fraction}")
    } else if -6 < point && point <= 0 {
        format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
    } else {
        let sign = if point > 0 { '+' } else { '-' };
        let power = (point - 1).abs();
        match digits.split_at_checked(1) {
            Some((first, rest)) if !rest.is_empty() => format!("{first}.{rest}e{sign}{power}"),
            _ => format!("{digits}e{sign}{power}"),
        }
    };
    if value < 0.0 { format!("-{unsigned}") } else { unsigned }
}

/// JavaScript's `Number(n.toPrecision(15))`.
pub(crate) fn to_15_digits(value: f64) -> f64 {
    let shortest = format!("{value:e}");
    let digits = shortest.split('e').next().unwrap_or_default().chars().filter(char::is_ascii_digit).count();
    if digits <= 15 {
        return value;
    }
    // A tie goes up in JavaScript and to the even digit in Rust: the exact digits tell.
    let exact = format!("{value:.60e}");
    let rounded = format!("{value:.14e}");
    let tail: String =
        exact.split('e').next().unwrap_or_default().chars().filter(char::is_ascii_digit).skip(15).collect();
    let tie = tail.starts_with('5') && tail.chars().skip(1).all(|digit| digit == '0');
    if !tie {
        return rounded.parse().unwrap_or(value);
    }
    let (mantissa, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    let kept: String = mantissa.chars().filter(char::is_ascii_digit).take(15).collect();
    let up = kept.parse::<i64>().unwrap_or(0) + 1;
    let power = exponent.parse::<i64>().unwrap_or(0) - 14;
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{up}e{power}").parse().unwrap_or(value)
}

/// Towards zero, as far as 64 bits go; nothing for what is no number.
pub(crate) fn to_i64(value: f64) -> i64 {
    value as i64
}

/// Towards zero; negative numbers are 0.
pub(crate) fn to_usize(value: f64) -> usize {
    value as usize
}

/// The nearest double.
pub(crate) fn to_f64(value: i64) -> f64 {
    value as f64
}

/// The nearest double of a count.
pub(crate) fn count_f64(count: usize) -> f64 {
    count as f64
}

/// The place that a number means in a list of so many; negative ones count from its end.
pub(crate) fn number_key(number: f64, count: usize) -> Option<usize> {
    let place = number.floor();
    let place = if place < 0.0 { count as f64 + place } else { place };
    (place >= 0.0).then_some(place as usize)
}

/// 53 random bits as a fraction of one.
pub(crate) fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// JavaScript's `Math.round`: halves go up.
pub(crate) fn round_half_up(value: f64) -> f64 {
    let floor = value.floor();
    if value - floor >= 0.5 { floor + 1.0 } else { floor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_javascript_writes_them() {
        for (value, text) in [
            (0.1, "0.1"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e300, "1.5e+300"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.25e-10, "1.25e-10"),
            (-123.456, "-123.456"),
            (f64::NEG_INFINITY, "-Infinity"),
            (-0.0, "0"),
            (7_468.618_500_000_000_5, "7468.6185000000005"),
        ] {
            assert_eq!(float_text(value), text);
        }
    }

    #[test]
    fn fifteen_digits_round_halves_up() {
        assert_eq!(Number::Float(1.0 / 3.0).rounded_text(), "0.333333333333333");
        assert_eq!(float_text(to_15_digits(100_000_000_000_000.5)), "100000000000001");
        assert_eq!(float_text(to_15_digits(0.1 + 0.2)), "0.3");
        assert_eq!(Number::read("9223372036854775807").unwrap().rounded_text(), "9223372036854775807");
        assert_eq!(Number::read("9223372036854775808").unwrap().rounded_text(), "9223372036854776000");
        assert_eq!(Number::read("1.0").unwrap().text(), "1");
        assert!(Number::read("1e400").is_none());
    }
}
