//! Cells that labctl writes into tables.

/// What a spreadsheet shows and does not compute: a quote before what would begin a formula. Line ends and other control characters are
/// blanks.
pub(super) fn defused(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let plain = plain.trim();
    if is_formula(plain) { format!("'{plain}") } else { plain.to_owned() }
}

/// Whether a spreadsheet would compute it. Some take full-width letters for the plain ones.
pub(super) fn is_formula(text: &str) -> bool {
    text.trim_start().starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠'])
}

/// A text by which an importer finds somebody; it cannot be changed, so what a spreadsheet would compute or a list could not hold is none.
pub(super) fn identifier(text: Option<&str>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    (!is_formula(text) && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_computes_nothing() {
        for (text, cell) in [
            ("Ana Example", "Ana Example"),
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("  +1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'=1"),
            ("\r=1", "'=1"),
            ("a\n=1", "a =1"),
            ("＝1", "'＝1"),
            ("", ""),
        ] {
            assert_eq!(defused(text), cell, "{text:?}");
        }
        assert_eq!(identifier(Some(" 900 ")).as_deref(), Some("900"));
        for none in [None, Some(" "), Some("=1"), Some("a\nb")] {
            assert_eq!(identifier(none), None);
        }
    }
}
