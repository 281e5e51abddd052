//! Figures for people.

/// A share in percent, rounded to tenths.
pub(super) fn percent(count: u64, of: u64) -> String {
    let of = u128::from(of.max(1));
    let tenths = (u128::from(count) * 1000 + of / 2) / of;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// `3,000`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
