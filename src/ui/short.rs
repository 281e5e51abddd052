//! Long values inside of a text, cut in the middle: the words around them are what helps.

/// Characters of a value that are shown whole.
const WHOLE: usize = 200;

/// What stays of a longer one, at its beginning and at its end.
const HEAD: usize = 100;
const TAIL: usize = 60;

/// A text in which every value (`{…}`, `[…]`, or a word or quotation without end) of more than 200 characters is cut in the middle.
pub(super) fn shortened(text: &str) -> String {
    let mut reported = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '[', '`', '\'', '"']) {
        let (before, value) = rest.split_at(at);
        reported.push_str(&cut_words(before));
        let length = extent(value);
        let (value, after) = value.split_at(length);
        reported.push_str(&cut(value));
        rest = after;
    }
    reported.push_str(&cut_words(rest));
    reported
}

/// Bytes of the value that a text begins with: up to the bracket or quote that closes it; the opening one alone where nothing does.
fn extent(text: &str) -> usize {
    let Some(open) = text.chars().next() else { return 0 };
    let first = open.len_utf8();
    if matches!(open, '`' | '\'' | '"') {
        // A value in quotes may hold quotes itself: then the brackets inside of it count.
        let inner = text.get(first..).unwrap_or_default();
        return if inner.starts_with(['{', '[']) {
            first
        } else {
            inner.find(open).map_or(first, |end| first + end + open.len_utf8())
        };
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 && !quoted {
            return at + letter.len_utf8();
        }
    }
    // Cut off before its end.
    text.len()
}

fn cut_words(text: &str) -> String {
    let long = |word: &str| word.chars().count() > WHOLE && !word.starts_with("arn:");
    if !text.split_whitespace().any(long) {
        return text.to_owned();
    }
    text.split(' ').map(cut).collect::<Vec<_>>().join(" ")
}

fn cut(value: &str) -> String {
    let count = value.chars().count();
    if count <= WHOLE || value.starts_with("arn:") {
        return value.to_owned();
    }
    let head: String = value.chars().take(HEAD).collect();
    let tail: String = value.chars().skip(count - TAIL).collect();
    format!("{head}… ({} more characters) …{tail}", count - HEAD - TAIL)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_words_around_a_long_value_stay() {
        let input = format!(r#"{{"order":{{"items":["{}"],"note":"a }} in \" text"}}}}"#, "x".repeat(1500));
        let text = format!("The JSONPath '$.orderNumber' could not be found in the input '{input}' (state `Check`)");
        let short = shortened(&text);
        assert!(
            short.starts_with("The JSONPath '$.orderNumber' could not be found in the input '{\"order\""),
            "{short}"
        );
        assert!(short.ends_with("' (state `Check`)"), "{short}");
        assert!(short.contains("more characters) …") && short.chars().count() < 400, "{short}");
        let list = shortened(&format!("got [{}]", "1,".repeat(300)));
        assert!(list.starts_with("got [1,1,") && list.ends_with("1,]"), "{list}");
        let word = shortened(&format!("token {} was refused", "A".repeat(900)));
        assert!(word.starts_with("token AAA") && word.ends_with("A was refused") && word.len() < 300, "{word}");
        let quoted = shortened(&format!("expected `{}`, got `short`", "é".repeat(300)));
        assert!(quoted.starts_with("expected `é") && quoted.ends_with("é`, got `short`"), "{quoted}");
    }

    #[test]
    fn short_values_and_names_of_resources_stay_whole() {
        let arn = format!("arn:aws:states:us-east-1:000000000000:execution:m:{}", "e".repeat(300));
        for text in ["it's {\"a\": 1} and [2]", "a { that never ends", "", arn.as_str()] {
            assert_eq!(shortened(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_short_ones_are_as_they_were(text in "\\PC{0,300}") {
            let short = shortened(&text);
            prop_assert!(text.chars().count() > WHOLE || short == text);
        }
    }
}
