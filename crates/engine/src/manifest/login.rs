//! From what learning platforms know of people to names that AWS takes.

use crate::model::UserName;

/// The name of whoever logs in so: the part before `@`, in lower case, every character that a name cannot have a dash. A login that begins
/// with a digit gets an `s` before it, and what is beyond 20 characters is cut off.
pub(super) fn name_of(login: &str) -> String {
    let before = login.trim().split('@').next().unwrap_or_default().to_lowercase();
    let mut name: String = before
        .chars()
        .map(|letter| if letter.is_ascii_lowercase() || letter.is_ascii_digit() { letter } else { '-' })
        .collect::<String>()
        .trim_matches('-')
        .to_owned();
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, 's');
    }
    name.chars().take(UserName::LONGEST).collect::<String>().trim_end_matches('-').to_owned()
}

/// `Ana Example` of `Example, Ana`; anything else as it is.
pub(super) fn label_of(text: &str) -> String {
    match text.split_once(',').map(|(last, first)| (last.trim(), first.trim())) {
        Some((last, first)) if !last.is_empty() && !first.is_empty() && !first.contains(',') => {
            format!("{first} {last}")
        }
        _ => text.trim().to_owned(),
    }
}

/// A label of two cells, either of which may be empty.
pub(super) fn label_of_parts(first: &str, last: &str) -> String {
    [first.trim(), last.trim()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_login_becomes_a_name() {
        for (login, name) in [
            ("ana.example@school.edu", "ana-example"),
            ("AExample2", "aexample2"),
            (" o'brien_k ", "o-brien-k"),
            ("20231234", "s20231234"),
            ("maximilian.mustermann-schmidt@x.de", "maximilian-musterman"),
            ("josé@x.es", "jos"),
            ("@x", ""),
        ] {
            assert_eq!(name_of(login), name, "{login}");
        }
    }

    #[test]
    fn last_and_first_names_are_put_in_order() {
        for (text, label) in [
            ("Example, Ana", "Ana Example"),
            ("van der Berg, Jan Pieter", "Jan Pieter van der Berg"),
            ("Ana Example", "Ana Example"),
            ("Example,", "Example,"),
            ("King, Martin, Jr.", "King, Martin, Jr."),
        ] {
            assert_eq!(label_of(text), label);
        }
        assert_eq!(label_of_parts(" Ana ", ""), "Ana");
    }

    proptest! {
        #[test]
        fn a_name_is_legal_or_nothing_is_left_of_the_login(login in ".{0,40}") {
            let name = name_of(&login);
            prop_assert!(UserName::new(&name).is_ok() || !name.starts_with(|first: char| first.is_ascii_lowercase()), "{name}");
        }
    }
}
