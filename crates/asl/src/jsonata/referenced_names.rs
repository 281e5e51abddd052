//! Which names an expression mentions: only what it can see has to be put before it.

use std::collections::BTreeSet;

use labctl_jsonata::{Kind, Node};

/// The names in an expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReferencedNames {
    /// Every `$name`, of variables and functions alike, without the `$`.
    pub names: BTreeSet<String>,
    /// The members of `$states` that are asked for by name.
    pub members: BTreeSet<String>,
    /// `$states` is also used as a whole.
    pub whole: bool,
}

impl ReferencedNames {
    pub(super) fn of(tree: &Node) -> Self {
        let mut referenced = Self::default();
        referenced.collect(tree);
        referenced
    }

    fn collect(&mut self, node: &Node) {
        if let Kind::Variable(name) = &node.kind {
            self.names.insert(name.to_string());
            self.whole |= &**name == "states";
        }
        let mut children = node.children();
        if let Kind::Path(path) = &node.kind
            && let [first, second, ..] = path.steps.as_slice()
            && let (Kind::Variable(states), Kind::Name(member)) = (&first.kind, &second.kind)
            && &**states == "states"
            && first.stages.is_empty()
            && first.predicates.is_empty()
            && first.binding.is_none()
        {
            self.names.insert(states.to_string());
            self.members.insert(member.to_string());
            children.retain(|child| !std::ptr::eq(*child, first));
        }
        for child in children {
            self.collect(child);
        }
    }

    /// Whether `$states` and this member of it are asked for.
    pub(super) fn refers_to(&self, member: &str) -> bool {
        self.whole || self.members.contains(member)
    }
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

    fn referenced(text: &str) -> ReferencedNames {
        ReferencedNames::of(&labctl_jsonata::parse(text).unwrap())
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        let seen = referenced("$sum($states.input.list) + $x.y[$z = '$quoted'] ~> $each($states . context)");
        assert_eq!(seen.names, set(&["sum", "states", "x", "z", "each"]));
        assert_eq!(seen.members, set(&["input", "context"]));
        assert!(!seen.whole && seen.refers_to("input") && !seen.refers_to("result"));
        assert!(referenced("$states.`input`").refers_to("input"));
        for whole in ["$states", "$states.(input)", "$lookup($states, 'input')", "$states[0].input", "$states.*"] {
            assert!(referenced(whole).refers_to("result"), "{whole}");
        }
    }

    #[test]
    fn plain_paths_are_reported_from_expressions() {
        assert_eq!(plain_path("$states.input.a_1"), Some(["states", "input", "a_1"].map(str::to_owned).to_vec()));
        assert_eq!(plain_path("$x"), Some(vec!["x".to_owned()]));
        for other in ["$", "$$", "x", "$x[0]", "$x.", "$x.1", "$x. y", "$x.*", "$f()", "$x.`y`", "-$x"] {
            assert_eq!(plain_path(other), None, "{other}");
        }
    }
}
