//! Sets of units.

/// A set of units, as ranges.
#[derive(Clone, Debug, Default)]
pub(super) struct Class {
    pub ranges: Vec<(u16, u16)>,
    pub negated: bool,
}

const DIGITS: [(u16, u16); 1] = [(0x30, 0x39)];
const WORDS: [(u16, u16); 4] = [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
const SPACES: [(u16, u16); 10] = [
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
];
const LINE_ENDS: [(u16, u16); 3] = [(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)];

impl Class {
    /// `\d`, `\W` and so on, by their letter.
    pub(super) fn escaped(letter: char) -> Option<Self> {
        let ranges = match letter.to_ascii_lowercase() {
            'd' => DIGITS.to_vec(),
            'w' => WORDS.to_vec(),
            's' => SPACES.to_vec(),
            _ => return None,
        };
        Some(Self { ranges, negated: letter.is_ascii_uppercase() })
    }

    /// What `.` matches.
    pub(super) fn dot() -> Self {
        Self { ranges: LINE_ENDS.to_vec(), negated: true }
    }

    /// Takes in another.
    pub(super) fn add(&mut self, other: &Self) {
        if !other.negated {
            self.ranges.extend(&other.ranges);
            return;
        }
        let mut sorted = other.ranges.clone();
        sorted.sort_unstable();
        let mut next = 0_u32;
        for (first, last) in sorted {
            if u32::from(first) > next {
                self.ranges.push((u16::try_from(next).unwrap_or(u16::MAX), first - 1));
            }
            next = next.max(u32::from(last) + 1);
        }
        if let Ok(next) = u16::try_from(next) {
            self.ranges.push((next, u16::MAX));
        }
    }

    pub(super) fn has(&self, unit: u16, fold: bool) -> bool {
        let inside = |unit: u16| self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&unit));
        let found = inside(unit) || (fold && variants(unit).into_iter().any(inside));
        found != self.negated
    }
}

/// Whether `\b` sees it as part of a word.
pub(super) fn is_word(unit: u16) -> bool {
    WORDS.iter().any(|(first, last)| (*first..=*last).contains(&unit))
}

pub(super) fn is_line_end(unit: u16) -> bool {
    matches!(unit, 0x0A | 0x0D | 0x2028 | 0x2029)
}

/// The unit that stands for it when case does not count.
pub(super) fn folded(unit: u16) -> u16 {
    let Some(letter) = char::from_u32(u32::from(unit)) else { return unit };
    let mut upper = letter.to_uppercase();
    let (Some(first), None) = (upper.next(), upper.next()) else { return unit };
    match u16::try_from(u32::from(first)) {
        // A letter beyond ASCII does not become one of ASCII.
        Ok(folded) if unit < 128 || folded >= 128 => folded,
        _ => unit,
    }
}

/// Units that are the same as this one when case does not count.
fn variants(unit: u16) -> Vec<u16> {
    let canonical = folded(unit);
    let mut variants = vec![canonical];
    if let Some(letter) = char::from_u32(u32::from(canonical)) {
        variants.extend(letter.to_lowercase().filter_map(|lower| u16::try_from(u32::from(lower)).ok()));
    }
    if let Some(letter) = char::from_u32(u32::from(unit)) {
        variants.extend(letter.to_lowercase().filter_map(|lower| u16::try_from(u32::from(lower)).ok()));
    }
    variants.retain(|other| folded(*other) == canonical);
    variants
}
