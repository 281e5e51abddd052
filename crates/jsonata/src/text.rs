//! JavaScript's strings are made of 16-bit units, and half a pair may stand alone. Here such a half is a letter of the last private
//! plane, so that text stays text.

use std::cmp::Ordering;

/// The letter that stands for the half pair U+D800.
const LONE: u32 = 0x10_F800;

/// Whether a letter stands for half a pair.
pub(crate) fn is_lone(letter: char) -> bool {
    u32::from(letter) >= LONE
}

/// The unit it stands for.
pub(crate) fn lone_unit(letter: char) -> u16 {
    u16::try_from(u32::from(letter).saturating_sub(LONE) + 0xD800).unwrap_or(0xFFFD)
}

/// The letter of a unit that is no letter by itself.
fn lone(unit: u16) -> char {
    char::from_u32(u32::from(unit).saturating_sub(0xD800) + LONE).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The units of a text.
pub(crate) fn units(text: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(text.len());
    for letter in text.chars() {
        if is_lone(letter) {
            units.push(lone_unit(letter));
        } else {
            let mut pair = [0; 2];
            units.extend_from_slice(letter.encode_utf16(&mut pair));
        }
    }
    units
}

/// The text of units.
pub(crate) fn from_units(units: impl IntoIterator<Item = u16>) -> String {
    char::decode_utf16(units).map(|letter| letter.unwrap_or_else(|error| lone(error.unpaired_surrogate()))).collect()
}

/// A text whose halves that stand side by side are the letter that they are together.
pub(crate) fn joined(text: String) -> String {
    if text.chars().any(is_lone) { from_units(units(&text)) } else { text }
}

/// A text as others read it: half a pair is no letter of theirs, and is U+FFFD as encoders of UTF-8 write it.
pub(crate) fn outward(text: &str) -> String {
    if !text.chars().any(is_lone) {
        return text.to_owned();
    }
    from_units(units(text)).replace(is_lone, "\u{FFFD}")
}

/// How many units a text has.
pub(crate) fn unit_count(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(|l| if is_lone(l) { 1 } else { l.len_utf16() }).sum() }
}

/// How JavaScript's `<` sees two texts: by units.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    if left.is_ascii() || right.is_ascii() {
        return left.cmp(right);
    }
    let key = |letter: char| if is_lone(letter) { (u32::from(lone_unit(letter)), 0) } else { ordered(letter) };
    left.chars().map(key).cmp(right.chars().map(key))
}

/// Pairs start with units below those of the last letters of the first plane.
fn ordered(letter: char) -> (u32, u32) {
    let mut pair = [0; 2];
    match letter.encode_utf16(&mut pair) {
        [first, second] => (u32::from(*first), u32::from(*second)),
        [only] => (u32::from(*only), 0),
        _ => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_pairs_survive() {
        for text in ["", "a", "Zoë", "😀b", "\u{10F800}x"] {
            assert_eq!(from_units(units(text)), text);
        }
        assert_eq!(units("\u{10F800}"), [0xD800]);
        assert_eq!(from_units([0xDE00]), "\u{10FE00}");
        assert_eq!(from_units([0xD83D, 0xDE00]), "😀");
        assert_eq!(unit_count("é😀"), 3);
    }

    #[test]
    fn halves_that_meet_are_a_letter_and_alone_they_are_none_for_others() {
        let (high, low) = (from_units([0xD83D]), from_units([0xDE00]));
        assert_eq!(joined(format!("a{high}{low}b")), "a😀b");
        assert_eq!(joined(format!("{low}{high}")), format!("{low}{high}"));
        assert_eq!(outward(&format!("x{high}")), "x\u{FFFD}");
        assert_eq!(outward(&format!("{high}{low}{low}")), "😀\u{FFFD}");
        assert_eq!(outward("Zoë 日本"), "Zoë 日本");
    }

    #[test]
    fn order_is_that_of_units() {
        assert_eq!(compare("😀", "\u{FB01}"), Ordering::Less);
        assert_eq!(compare("a", "é"), Ordering::Less);
        assert_eq!(compare("éa", "é"), Ordering::Greater);
    }
}
