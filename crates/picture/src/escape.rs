//! What is foreign, as text of a page.

use crate::svg::escaped;

/// Text for content and quoted attributes. What turns the direction of reading around would show another text than there is.
pub fn escape(foreign: &str) -> String {
    let escaped = escaped(foreign).replace('\'', "&#39;").replace('`', "&#96;");
    let is_turning =
        |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if escaped.contains(is_turning) { escaped.replace(is_turning, "\u{fffd}") } else { escaped }
}
