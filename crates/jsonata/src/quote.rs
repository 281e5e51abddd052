//! Text in the quotes and escapes of JSON.

use std::fmt;

/// Text in the quotes and escapes of JSON, as errors show tokens.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted_into(text, &mut quoted);
    quoted
}

/// The same, at the end of another text.
pub(crate) fn quoted_into(text: &str, quoted: &mut String) {
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            control if control < ' ' => unit_escape(u32::from(control), quoted),
            lone if crate::text::is_lone(lone) => {
                unit_escape(u32::from(crate::text::lone_unit(lone)), quoted);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
}

fn unit_escape(unit: u32, quoted: &mut String) {
    use fmt::Write as _;
    // Writing to a text cannot fail.
    let _ = write!(quoted, "\\u{unit:04x}");
}
