//! Decimal numbers with twelve places: quantities, prices and amounts. Integers only, so that sums are what they are by hand.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use serde::{Serialize, Serializer};

/// So many parts make one.
const ONE: i128 = 1_000_000_000_000;
/// Places behind the point.
const PLACES: usize = 12;

/// A number with twelve decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i128);

impl Decimal {
    /// None.
    pub const ZERO: Self = Self(0);

    /// A whole number.
    pub fn whole(number: u64) -> Self {
        Self(i128::from(number) * ONE)
    }

    /// So many parts of so many, half a place rounded up; nothing where there are no parts.
    pub fn ratio(number: u128, of: u128) -> Self {
        let (number, of) = (i128::try_from(number).unwrap_or(i128::MAX), i128::try_from(of).unwrap_or(i128::MAX));
        Self(divided(number.saturating_mul(ONE), of))
    }

    /// `0.000025`: digits, with at most twelve behind a point.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(part) || whole.len() > 15 || part.len() > PLACES {
            return None;
        }
        let part: i128 = format!("{part:0<PLACES$}").parse().ok()?;
        Some(Self(whole.parse::<i128>().ok()? * ONE + part))
    }

    /// The product, half a place rounded up.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        // Whole and part apart, so that nothing overflows that a class comes to.
        let (whole, part) = (other.0 / ONE, other.0 % ONE);
        Self(self.0.saturating_mul(whole).saturating_add(divided(self.0.saturating_mul(part), ONE)))
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Rounded to so many places behind the point (one to twelve), half a place up: `591.00`.
    pub fn fixed(self, places: u32) -> String {
        let unit = 10_i128.pow(places.min(12));
        let rounded = divided(self.0, ONE / unit);
        format!("{}.{:0width$}", rounded / unit, rounded % unit, width = places as usize)
    }

    /// Rounded to the cent, half a cent up: `591.00`.
    pub fn cents(self) -> String {
        self.fixed(2)
    }
}

fn divided(number: i128, by: i128) -> i128 {
    if by == 0 { 0 } else { number.saturating_add(by / 2) / by }
}

impl Add for Decimal {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Never below nothing.
impl Sub for Decimal {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }
}

impl Sum for Decimal {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

/// With two places behind the point at least, and no zero too many.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:012}", self.0 % ONE);
        let part = part.trim_end_matches('0');
        formatter.pad(&format!("{}.{part:0<2}", self.0 / ONE))
    }
}

/// As text, which no reader rounds.
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_read_and_written() {
        for (text, written) in [
            ("3", "3.00"),
            ("0.50", "0.50"),
            ("0.0000166667", "0.0000166667"),
            ("0.000000000001", "0.000000000001"),
            ("591.1", "591.10"),
        ] {
            assert_eq!(of(text).to_string(), written);
        }
        for bad in ["", ".5", "1.", "-1", "1e3", "0.0000000000001", "1,5", "9999999999999999"] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn products_are_exact_to_the_last_place() {
        assert_eq!(Decimal::whole(1_234_567).times(of("0.000025")), of("30.864175"));
        assert_eq!(of("0.0064").times(of("0.00001667")), of("0.000000106688"));
        assert_eq!(Decimal::whole(197).times(of("3.00")).cents(), "591.00");
        assert_eq!(of("0.125").cents(), "0.13");
        assert_eq!(Decimal::ratio(1, 3), of("0.333333333333"));
        assert_eq!((Decimal::ratio(1, 0), of("1") - of("2")), (Decimal::ZERO, Decimal::ZERO));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(number in 0_u64..1 << 40, of in 1_u64..1 << 20) {
            let number = Decimal::ratio(u128::from(number), u128::from(of));
            prop_assert_eq!(Decimal::parse(&number.to_string()), Some(number));
        }
    }
}
