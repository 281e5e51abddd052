//! What is the same in the causes of many executions.

/// Characters of a message that go into a key.
const LONGEST: usize = 60;

/// The parts of a key, without whose it is: names lose the user's prefix, numbers and identifiers become `#`, values their place.
pub(super) fn of(parts: &[&str], message: &str, user: Option<&str>) -> String {
    let words = slug(&without_values(&without_user(message, user)));
    let mut key: Vec<String> =
        parts.iter().filter(|part| !part.is_empty()).map(|part| without_user(part, user)).collect();
    key.extend(Some(words).filter(|words| !words.is_empty()));
    key.join("/")
}

/// A text in which no name begins with the user's prefix.
fn without_user(text: &str, user: Option<&str>) -> String {
    let Some(user) = user else { return text.to_owned() };
    let prefix = format!("{user}-");
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&prefix) {
        let (before, found) = rest.split_at(at);
        kept.push_str(before);
        let is_start =
            !before.ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
        if !is_start {
            kept.push_str(&prefix);
        }
        rest = found.strip_prefix(&prefix).unwrap_or_default();
    }
    kept + rest
}

/// A text without the JSON in it: of two orders that fail alike, the data differ.
fn without_values(text: &str) -> String {
    let (mut kept, mut depth) = (String::with_capacity(text.len()), 0_usize);
    for letter in text.chars() {
        match letter {
            '{' | '[' => depth += 1,
            '}' | ']' if depth > 0 => depth -= 1,
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    kept
}

/// Words in lower case with hyphens between them; a word with a digit in it is `#`.
fn slug(text: &str) -> String {
    let words =
        text.split(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '.' | ':' | '/' | '-' | '$')));
    let words = words.map(|word| word.trim_matches(['.', ':', '-', '/'])).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        let word =
            if word.contains(|letter: char| letter.is_ascii_digit()) { "#".to_owned() } else { word.to_lowercase() };
        if word == "#" && slug.ends_with('#') {
            continue;
        }
        let length = slug.chars().count() + word.chars().count();
        if length >= LONGEST {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word);
    }
    slug
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn causes_of_different_users_and_orders_have_one_key() {
        let of = |user: &str, message: &str| of(&["ValueError", "Pay"], message, Some(user));
        assert_eq!(of("ann", "order ORD-17 of ann-shop has no amount"), "ValueError/Pay/order-#-of-shop-has-no-amount");
        assert_eq!(
            of("ann", "order ORD-17 of ann-shop has no amount"),
            of("s01", "order 9f3a-2 of s01-shop has no amount")
        );
        assert_ne!(of("ann", "'orderId'"), of("ann", "'amount'"), "another field is another mistake");
        assert_eq!(
            of("ann", "The JSONPath '$.a' could not be found in the input '{\"b\": [1]}'"),
            of("ann", "The JSONPath '$.a' could not be found in the input '{}'")
        );
        assert_eq!(of("ann", "joann-shop"), "ValueError/Pay/joann-shop");
        assert_eq!(super::of(&["denied", "a:B", "ann-role"], "", Some("ann")), "denied/a:B/role");
        assert_eq!(super::of(&["E", ""], "RequestId: 1-2 3 Error", None), "E/requestid-#-error");
    }

    proptest! {
        #[test]
        fn a_key_is_short_and_has_no_blank(message in "\\PC{0,400}") {
            let key = of(&["E"], &message, Some("s01"));
            prop_assert!(key.chars().count() <= 2 + LONGEST);
            prop_assert!(!key.contains(char::is_whitespace));
        }
    }
}
