//! How wide text is, and where it is broken into lines.

use unicode_width::UnicodeWidthChar as _;

/// How a text is set: size in pixels, and whether it is bold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Font {
    pub size: i64,
    pub bold: bool,
}

/// Names of states.
pub(crate) const NAME: Font = Font { size: 13, bold: true };
/// What stands under names and on lines.
pub(crate) const SMALL: Font = Font { size: 11, bold: false };

impl Font {
    /// The width of a text in pixels, a little too large rather than too small whatever sans-serif font there is.
    pub(crate) fn width(self, text: &str) -> i64 {
        let thousandths: i64 = text.chars().map(advance).sum();
        let thousandths = if self.bold { thousandths * 111 / 100 } else { thousandths };
        (thousandths * self.size + 999) / 1000
    }

    /// The distance from line to line.
    pub(crate) fn line_height(self) -> i64 {
        self.size * 5 / 4
    }

    /// The text in at most `most` lines of at most `width` pixels; what does not fit is an ellipsis.
    pub(crate) fn wrap(self, text: &str, width: i64, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for part in parts(text) {
            for piece in self.pieces(part, width) {
                let longer = format!("{line}{piece}");
                if line.is_empty() || self.width(longer.trim()) <= width {
                    line = longer;
                } else {
                    lines.push(std::mem::replace(&mut line, piece));
                }
            }
        }
        lines.push(line);
        if lines.len() > most {
            let rest = lines.split_off(most.saturating_sub(1)).concat();
            lines.push(self.shortened(rest.trim_start(), width));
        }
        lines.iter().map(|line| line.trim().to_owned()).collect()
    }

    /// One line of at most this width. It is cut in the middle: conditions differ at their ends, in operator and value.
    fn shortened(self, text: &str, width: i64) -> String {
        let letters: Vec<char> = text.trim_end().chars().collect();
        let mut kept = letters.len();
        loop {
            let (head, tail) = (kept * 2 / 5, kept - kept * 2 / 5);
            let start: String = letters.iter().take(head).collect();
            let end: String = letters.iter().skip(letters.len() - tail).collect();
            let short = format!("{}…{}", start.trim_end(), end.trim_start());
            if self.width(&short) <= width || kept == 0 {
                return short;
            }
            kept -= 1;
        }
    }

    /// A part in pieces none of which is wider than a line.
    fn pieces(self, part: &str, width: i64) -> Vec<String> {
        if self.width(part) <= width {
            return vec![part.to_owned()];
        }
        let mut pieces = Vec::new();
        let mut piece = String::new();
        for letter in part.chars() {
            piece.push(letter);
            if self.width(&piece) > width && piece.chars().count() > 1 {
                piece.pop();
                pieces.push(std::mem::replace(&mut piece, letter.to_string()));
            }
        }
        pieces.push(piece);
        pieces
    }
}

/// The places where a line may end: after spaces and signs, and before the capital of a next word.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        let after_sign = matches!(before, ' ' | '-' | '_' | '.' | '/' | ':' | ',') && letter != ' ';
        let new_word = before.is_lowercase() && letter.is_uppercase();
        if at > start && (after_sign || new_word || before.width() == Some(2)) {
            parts.extend(text.get(start..at));
            start = at;
        }
        before = letter;
    }
    parts.extend(text.get(start..));
    parts
}

/// The width of a character in thousandths of the font's size: that of the widest of the fonts that pages commonly fall back on.
fn advance(letter: char) -> i64 {
    match letter {
        'i' | 'l' | 'j' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 315,
        'f' | 't' | 'r' | '"' | '-' | '(' | ')' | '[' | ']' | '/' | '\\' | 'J' => 405,
        'm' | 'M' | 'W' | '@' | '%' | '…' => 975,
        'w' | '<' | '>' | '=' | '≤' | '≥' | '+' | '~' | '×' | 'O' | 'Q' => 825,
        'A'..='Z' | '&' => 710,
        '\u{20}'..='\u{7e}' => 615,
        other => match other.width() {
            Some(0) | None => 0,
            Some(1) => 690,
            Some(_) => 1050,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_keep_to_the_width() {
        let lines = NAME.wrap("ProcessPaymentAndNotifyCustomer", 130, 3);
        assert_eq!(lines, ["ProcessPayment", "AndNotify", "Customer"]);
        for width in [20, 60, 200] {
            for text in [
                "$.order.customer.address.country = \"CH\"",
                "注文を検証して支払いを処理する",
                "wwwwwwwwwwwwwwwwwwwww",
                "",
            ] {
                for line in SMALL.wrap(text, width, 3) {
                    assert!(SMALL.width(&line) <= width, "{line} in {width}");
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_an_ellipsis() {
        let lines = SMALL.wrap("one two three four five six seven", 60, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].contains('…') && lines[1].ends_with("seven"), "{lines:?}");
        for (label, end) in [
            ("$.detail.order.customer.address.country = \"DE\"", "= \"DE\""),
            ("$.detail.order.customer.address.country = \"FR\"", "= \"FR\""),
            ("each of $.detail.order.customer.items, 2 at a time", "2 at a time"),
        ] {
            assert!(SMALL.wrap(label, 120, 1)[0].ends_with(end), "{label}");
        }
        assert_eq!(SMALL.wrap("one", 60, 1), ["one"]);
    }
}
