//! The rules of user names: legal ones, ranges of them, and which cannot live side by side.

use std::collections::BTreeSet;

use crate::model::UserName;

/// The most users a range may name.
pub(super) const LONGEST_RANGE: usize = 10_000;

/// A legal name that comes nearest to an illegal one, apart from those taken; none when nothing is left of it.
pub(super) fn legal(text: &str, taken: &BTreeSet<String>) -> Option<String> {
    let mut name = String::new();
    for character in text.trim().chars() {
        match ascii(character) {
            Some(letters) => name.push_str(letters),
            None if character.is_ascii_alphanumeric() => name.push(character.to_ascii_lowercase()),
            // An apostrophe joins (`O'Brien`), anything else parts.
            None if matches!(character, '\'' | '’') => {}
            None if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            None => {}
        }
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "user-");
    }
    let cut = |longest: usize| name.chars().take(longest).collect::<String>().trim_end_matches('-').to_owned();
    let plain = cut(UserName::LONGEST);
    UserName::new(&plain).ok()?;
    let numbered = (2..1000).map(|number: u32| {
        let number = number.to_string();
        cut(UserName::LONGEST - number.len()) + &number
    });
    let joined = plain.replace('-', "");
    [plain.clone(), joined].into_iter().chain(numbered).find(|name| is_free(name, taken) && UserName::new(name).is_ok())
}

/// Whether a name can live beside all that are taken.
fn is_free(name: &str, taken: &BTreeSet<String>) -> bool {
    let longer = format!("{name}-");
    let extended = taken.range(longer.clone()..).next().is_some_and(|other| other.starts_with(&longer));
    !taken.contains(name) && !extended && prefix_of(name, taken).is_none()
}

/// Common letters that are not ASCII, as they are usually written in names.
fn ascii(character: char) -> Option<&'static str> {
    Some(match character.to_lowercase().next()? {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ö' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

/// Why a range is refused, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeError {
    /// In words that finish "`user1..` …".
    pub why: String,
    /// What to do.
    pub help: String,
}

/// The names of a range: `user1..user30`, or with leading zeros `s01..s30`. Both ends belong to it.
///
/// # Errors
/// A text that is no range, or one of too many names.
pub fn range(text: &str) -> Result<Vec<String>, RangeError> {
    let refuse = |why: &str, help: &str| Err(RangeError { why: why.to_owned(), help: help.to_owned() });
    let shape = "write it as `user1..user30` or `s01..s30`";
    let Some((from, to)) = text.split_once("..") else {
        return refuse("is not a range", shape);
    };
    let split = |end: &str| {
        let end = end.trim().to_owned();
        let prefix = end.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        let digits = end.strip_prefix(&prefix).unwrap_or_default().to_owned();
        (prefix, digits)
    };
    let ((prefix, first), (second_prefix, last)) = (split(from), split(to.trim_start_matches('=')));
    if first.is_empty() || last.is_empty() {
        return refuse("does not end in a number on both sides", shape);
    }
    if !second_prefix.is_empty() && second_prefix != prefix {
        let why = format!("begins with `{prefix}` on one side and `{second_prefix}` on the other");
        return Err(RangeError { why, help: format!("write it as `{prefix}{first}..{prefix}{last}`") });
    }
    let (Ok(start), Ok(end)) = (first.parse::<u64>(), last.parse::<u64>()) else {
        return refuse("has a number that is too large", shape);
    };
    if start > end {
        return Err(RangeError {
            why: "runs backwards".to_owned(),
            help: format!("write it as `{prefix}{last}..{prefix}{first}`"),
        });
    }
    if end - start >= LONGEST_RANGE as u64 {
        return Err(RangeError {
            why: format!("names {} users; at most {LONGEST_RANGE} are allowed", end - start + 1),
            help: "use one manifest per class".to_owned(),
        });
    }
    let padded = first.len() > 1 && first.starts_with('0');
    if padded && first.len() != last.len() {
        return refuse("has leading zeros, but its ends differ in length", "write it as `s01..s30` or `s001..s120`");
    }
    let width = if padded { first.len() } else { 0 };
    Ok((start..=end).map(|number| format!("{prefix}{number:0width$}")).collect())
}

/// The other name of the class that a name begins with, followed by a dash: their resources could not be told apart.
pub(super) fn prefix_of<'name>(name: &'name str, all: &BTreeSet<String>) -> Option<&'name str> {
    name.match_indices('-').filter_map(|(dash, _)| name.get(..dash)).find(|prefix| all.contains(*prefix))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn suggestion(text: &str) -> Option<String> {
        legal(text, &BTreeSet::new())
    }

    #[test]
    fn an_illegal_name_gets_a_legal_suggestion() {
        assert_eq!(suggestion("Ann Smith").as_deref(), Some("ann-smith"));
        assert_eq!(suggestion("José Ñandú").as_deref(), Some("jose-nandu"));
        assert_eq!(suggestion("O'Brien").as_deref(), Some("obrien"));
        assert_eq!(suggestion("7of9").as_deref(), Some("user-7of9"));
        assert_eq!(suggestion("../../etc/passwd").as_deref(), Some("etc-passwd"));
        assert_eq!(suggestion("a-very-long-name-indeed-yes").as_deref(), Some("a-very-long-name-ind"));
        assert_eq!(suggestion("李"), None);
    }

    #[test]
    fn a_suggestion_is_not_a_name_that_is_taken() {
        let taken = BTreeSet::from(["ann".to_owned(), "ann2".to_owned()]);
        assert_eq!(legal("Ann", &taken).as_deref(), Some("ann3"));
        assert_eq!(legal("Ann Smith", &taken).as_deref(), Some("annsmith"), "`ann-smith` would collide with `ann`");
        let longer = BTreeSet::from(["ann-b".to_owned()]);
        assert_eq!(legal("Ann", &longer).as_deref(), Some("ann2"));
    }

    #[test]
    fn a_range_counts_from_its_first_to_its_last_name() {
        assert_eq!(range("user1..user3").unwrap(), ["user1", "user2", "user3"]);
        assert_eq!(range("s08..s11").unwrap(), ["s08", "s09", "s10", "s11"]);
        assert_eq!(range("user9..11").unwrap(), ["user9", "user10", "user11"]);
        assert_eq!(range("u1..u10000").unwrap().len(), 10_000);
    }

    #[test]
    fn a_range_that_cannot_be_counted_is_refused() {
        let why = |text: &str| range(text).unwrap_err().why;
        assert_eq!(why("user3..user1"), "runs backwards");
        assert_eq!(why("user1..user10001"), "names 10001 users; at most 10000 are allowed");
        assert_eq!(why("user1"), "is not a range");
        assert_eq!(why("a..b"), "does not end in a number on both sides");
        assert_eq!(why("a1..b3"), "begins with `a` on one side and `b` on the other");
        assert_eq!(why("a1..a99999999999999999999"), "has a number that is too large");
        assert_eq!(why("a01..a100"), "has leading zeros, but its ends differ in length");
    }

    #[test]
    fn a_name_and_the_same_name_with_a_dash_collide() {
        let all = BTreeSet::from(["ann".to_owned(), "ann-b".to_owned(), "anna".to_owned()]);
        assert_eq!(prefix_of("ann-b", &all), Some("ann"));
        assert_eq!(prefix_of("anna", &all), None);
    }

    proptest! {
        #[test]
        fn a_suggestion_is_always_legal(text in ".*") {
            if let Some(name) = suggestion(&text) {
                let legal = UserName::new(&name).unwrap();
                prop_assert_eq!(legal.as_str(), name);
            }
        }

        #[test]
        fn a_legal_name_is_its_own_suggestion(text in "[a-z]([a-z0-9]|-[a-z0-9]){0,9}") {
            let name = UserName::new(&text).unwrap();
            prop_assert_eq!(suggestion(name.as_str()), Some(text));
        }

        #[test]
        fn names_and_ranges_never_panic(text in ".*") {
            let _ = UserName::new(&text);
            let _ = range(&text);
        }

        #[test]
        fn a_range_has_as_many_names_as_it_counts(from in 0_u64..500, count in 1_u64..200) {
            let names = range(&format!("u{from}..u{}", from + count - 1)).unwrap();
            prop_assert_eq!(names.len() as u64, count);
            let first = format!("u{from}");
            prop_assert_eq!(names.first(), Some(&first));
        }
    }
}
