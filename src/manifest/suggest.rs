//! "Did you mean": the nearest of the words that would have been right.

/// Words longer than this are not compared, in characters.
const LONGEST_WORD: usize = 200;

/// The candidate nearest to a word, when one is near enough to be what was meant: at most a third of the letters differ,
/// letter case and `-`, `_`, blank set aside.
pub fn nearest<'words>(word: &str, candidates: impl IntoIterator<Item = &'words str>) -> Option<&'words str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', ' '], "-");
    let wanted = plain(word);
    let length = wanted.chars().count();
    // Nobody means a word by a page of text, and comparing costs its length squared.
    if length > LONGEST_WORD {
        return None;
    }
    let known: Vec<&str> = candidates.into_iter().collect();
    let mut best: Option<(usize, &str)> = None;
    for candidate in known.iter().copied() {
        let distance = strsim::damerau_levenshtein(&wanted, &plain(candidate));
        let allowed = (length.max(candidate.chars().count()) / 3).max(1);
        if distance <= allowed && distance < length.max(1) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    // Half a word is no slip, but says enough when only one word begins so.
    best.map(|(_, candidate)| candidate).or_else(|| only_beginning_with(&wanted, &known, plain))
}

fn only_beginning_with<'words>(
    wanted: &str,
    known: &[&'words str],
    plain: impl Fn(&str) -> String,
) -> Option<&'words str> {
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
    fn without_a_near_word_all_are_listed() {
        assert_eq!(help("colour", ["kind", "region"]), "allowed: `kind`, `region`");
    }
}
