use super::Pattern;

fn all(pattern: &str, flags: &str, text: &str) -> Vec<String> {
    let pattern = Pattern::new(pattern, flags).unwrap();
    let units = crate::text::units(text);
    let (mut at, mut found, mut budget) = (0, Vec::new(), 1_000_000);
    while let Some(next) = pattern.find(&units, at, &mut budget).unwrap() {
        found.push(crate::text::from_units(units[next.start..next.end].iter().copied()));
        at = if next.end == next.start { next.end + 1 } else { next.end };
        if at > units.len() {
            break;
        }
    }
    found
}

#[test]
fn patterns_match_as_in_javascript() {
    for (pattern, flags, text, found) in [
        (r"\w+", "", "Zoë Müller", vec!["Zo", "M", "ller"]),
        ("[/]", "", "a/b", vec!["/"]),
        ("a{2,3}?", "", "aaaaa", vec!["aa", "aa"]),
        ("(a)|b", "i", "AbC", vec!["A", "b"]),
        (r"(\w)\1", "", "aabbc", vec!["aa", "bb"]),
        (r"(?<=\$)\d+", "", "$42 43", vec!["42"]),
        (r"(?<!\$)\b\d+", "", "$42 43", vec!["43"]),
        (r"foo(?!bar)", "", "foobar foo", vec!["foo"]),
        ("^.", "m", "ab\ncd", vec!["a", "c"]),
        (".$", "", "ab\ncd", vec!["d"]),
        (r"(?<y>\d{4})-\k<y>", "", "2020-2020", vec!["2020-2020"]),
        ("[^]", "", "\n", vec!["\n"]),
        ("[]", "", "a", vec![]),
        ("a{,2}", "", "a{,2}", vec!["a{,2}"]),
        (r"\u0041\x42\103", "", "ABC", vec!["ABC"]),
        ("é", "i", "É", vec!["É"]),
        (r"[\d-x]+", "", "1-x", vec!["1-x"]),
        ("(a*)*b", "", "aab", vec!["aab"]),
        (r"(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", vec!["zaacbbbcac"]),
    ] {
        assert_eq!(all(pattern, flags, text), found, "/{pattern}/{flags}");
    }
}

#[test]
fn mistakes_are_told_in_the_words_of_javascript() {
    for (pattern, reason) in [
        ("(", "Unterminated group"),
        (")", "Unmatched ')'"),
        ("*", "Nothing to repeat"),
        ("a**", "Nothing to repeat"),
        ("[b-a]", "Range out of order in character class"),
        ("[a", "Unterminated character class"),
        ("a{2,1}", "numbers out of order in {} quantifier"),
        ("(?x)", "Invalid group"),
        ("(a{1000}){1000}", "Regular expression too large"),
    ] {
        let message = Pattern::new(pattern, "").unwrap_err();
        assert_eq!(message, format!("Invalid regular expression: /{pattern}/g: {reason}"));
    }
}

#[test]
fn patterns_that_would_take_for_ever_end() {
    for (pattern, text) in [("(a+)+$", "a"), ("(a|aa)+$", "a"), ("(.*)*x", "ab"), (r"(\w+\s?)*$", "ab ")] {
        let pattern = Pattern::new(pattern, "").unwrap();
        let units = crate::text::units(&format!("{}!", text.repeat(40)));
        let mut budget = 300_000;
        assert!(pattern.find(&units, 0, &mut budget).is_err(), "{pattern:?}");
    }
}
