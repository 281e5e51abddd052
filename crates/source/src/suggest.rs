//! "Did you mean": the nearest of the words that would have been right.

/// Words longer than this are not compared, in characters.
const LONGEST_WORD: usize = 200;

/// The candidate nearest to a word, when one is near enough to be what was meant: at most a third of the letters differ,
/// letter case and `-`, `_`, blank set aside.
pub fn nearest<'words>(word: &str, candidates: impl IntoIterator<Item = &'words str>) -> Option<&'words str> {
    let wanted = plain(word);
    let length = wanted.chars().count();
    let known: Vec<&str> = candidates.into_iter().collect();
    let best = least_apart(&wanted, &known, |candidate| (length.max(candidate) / 3).max(1));
    // Half a word is no slip, but says enough when only one word begins so.
    best.or_else(|| only_beginning_with(&wanted, &known))
}

/// As [`nearest`], where the caller says how many letters may differ from a candidate of so many: for names of one pattern, of which a
/// third is much, and for few candidates, of which half is little.
pub fn nearest_within<'words>(
    word: &str,
    candidates: impl IntoIterator<Item = &'words str>,
    most: impl Fn(usize) -> usize,
) -> Option<&'words str> {
    let known: Vec<&str> = candidates.into_iter().collect();
    least_apart(&plain(word), &known, most)
}

fn plain(text: &str) -> String {
    text.to_lowercase().replace(['_', ' '], "-")
}

/// The first of the nearest, by how many letters may differ from a candidate of a length.
fn least_apart<'words>(wanted: &str, known: &[&'words str], allowed: impl Fn(usize) -> usize) -> Option<&'words str> {
    let length = wanted.chars().count();
    // Nobody means a word by a page of text, and comparing costs its length squared.
    if length > LONGEST_WORD {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in known.iter().copied() {
        let other = plain(candidate);
        let letters = other.chars().count();
        let allowed = allowed(letters);
        if letters.abs_diff(length) > allowed {
            continue;
        }
        let distance = strsim::damerau_levenshtein(wanted, &other);
        if distance <= allowed && distance < length.max(1) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn only_beginning_with<'words>(wanted: &str, known: &[&'words str]) -> Option<&'words str> {
    let mut found = known.iter().copied().filter(|word| wanted.len() >= 3 && plain(word).starts_with(wanted));
    found.next().filter(|_| found.next().is_none())
}

/// The help of a finding about an unknown word: the nearest candidate, else what is allowed.
pub fn help<'words>(word: &str, candidates: impl IntoIterator<Item = &'words str> + Clone) -> String {
    if let Some(candidate) = nearest(word, candidates.clone()) {
        return format!("did you mean `{candidate}`?");
    }
    let words: Vec<_> = candidates.into_iter().map(|word| format!("`{word}`")).collect();
    if words.is_empty() { "there are none to choose from".to_owned() } else { format!("allowed: {}", words.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let words = ["region", "profile", "role_arn", "kind"];
        assert_eq!(nearest("regoin", words), Some("region"));
        assert_eq!(nearest("Role-ARN", words), Some("role_arn"));
        assert_eq!(nearest("knid", words), Some("kind"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(nearest("x", ["y"]), None, "one letter for another is no slip");
        assert_eq!(nearest("", words), None);
        assert_eq!(nearest("memory", ["memory_mib", "region"]), Some("memory_mib"));
        assert_eq!(nearest("role", ["role_arn", "role_name"]), None);
    }

    #[test]
    fn names_of_one_pattern_differ_in_few_letters() {
        let users = ["student-01", "student-02", "teacher"];
        assert_eq!(nearest_within("studnet-01", users, |_| 2), Some("student-01"));
        assert_eq!(nearest_within("Teachr", users, |_| 2), Some("teacher"));
        assert_eq!(nearest_within("pupil-01", users, |_| 2), None);
        assert_eq!(nearest_within(&"x".repeat(10_000), users, |_| 2), None);
    }

    #[test]
    fn without_a_near_word_all_are_listed() {
        assert_eq!(help("colour", ["kind", "region"]), "allowed: `kind`, `region`");
    }
}
