//! Which names an expression mentions: only what it can see has to be put before it.

use std::collections::BTreeSet;

/// The names in an expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sight {
    /// Every `$name`, of variables and functions alike, without the `$`.
    pub names: BTreeSet<String>,
    /// The members of `$states` that are asked for by name.
    pub members: BTreeSet<String>,
    /// `$states` is also used as a whole.
    pub whole: bool,
}

impl Sight {
    /// Looks through the text as it stands. Names in quotes count too, which costs a moment and changes nothing.
    pub(super) fn of(text: &str) -> Self {
        let mut sight = Self::default();
        for rest in text.split('$').skip(1) {
            let (name, rest) = word(rest);
            if name == "states" {
                match rest.trim_start().strip_prefix('.').map(|rest| word(rest.trim_start()).0) {
                    Some(member) if !member.is_empty() => {
                        sight.members.insert(member.to_owned());
                    }
                    _ => sight.whole = true,
                }
            }
            sight.names.insert(name.to_owned());
        }
        sight
    }

    /// Whether `$states` and this member of it are asked for.
    pub(super) fn sees(&self, member: &str) -> bool {
        self.whole || self.members.contains(member)
    }
}

/// The name at the beginning, and the rest.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    text.split_at(end)
}

/// The steps of `$a.b.c`, if that is all there is: the name of the root first.
pub(super) fn plain_path(text: &str) -> Option<Vec<String>> {
    let is_name = |step: &&str| {
        step.chars().enumerate().all(|(at, letter)| names(letter) && (at > 0 || !letter.is_ascii_digit()))
    };
    let steps: Vec<&str> = text.strip_prefix('$')?.split('.').collect();
    let good = steps.iter().all(|step| !step.is_empty() && is_name(step));
    good.then(|| steps.into_iter().map(str::to_owned).collect())
}

fn names(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        let sight = Sight::of("$sum($states.input.list) + $x.y[$z = '$quoted'] ~> $states . context");
        assert_eq!(sight.names, set(&["sum", "states", "x", "z", "quoted"]));
        assert_eq!(sight.members, set(&["input", "context"]));
        assert!(!sight.whole && sight.sees("input") && !sight.sees("result"));
        for whole in ["$states", "$states.(input)", "$lookup($states, 'input')", "$states.`input`", "$states.*"] {
            assert!(Sight::of(whole).sees("result"), "{whole}");
        }
    }

    #[test]
    fn plain_paths_are_told_from_expressions() {
        assert_eq!(plain_path("$states.input.a_1"), Some(["states", "input", "a_1"].map(str::to_owned).to_vec()));
        assert_eq!(plain_path("$x"), Some(vec!["x".to_owned()]));
        for other in ["$", "$$", "x", "$x[0]", "$x.", "$x.1", "$x. y", "$x.*", "$f()", "$x.`y`", "-$x"] {
            assert_eq!(plain_path(other), None, "{other}");
        }
    }
}
