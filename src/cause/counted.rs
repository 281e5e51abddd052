//! Causes of a class, those that are the same told once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::cause::Cause;

/// A cause, and whose executions have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommonCause {
    /// The same for all of them.
    pub key: String,
    /// As the first of them reads.
    pub text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How many executions.
    pub count: u64,
    /// Whose they are.
    pub users: BTreeSet<String>,
}

/// Causes as they come up, by their keys.
#[derive(Clone, Debug, Default)]
pub struct CommonCauses(BTreeMap<String, CommonCause>);

impl CommonCauses {
    /// Counts an execution's cause.
    pub fn add(&mut self, user: &str, cause: &Cause) {
        let known = self.0.entry(cause.key.clone()).or_insert_with(|| CommonCause {
            key: cause.key.clone(),
            text: cause.text(),
            hint: cause.hint.clone(),
            count: 0,
            users: BTreeSet::new(),
        });
        known.count += 1;
        if !known.users.contains(user) {
            known.users.insert(user.to_owned());
        }
    }

    /// The most common one first.
    pub fn sorted(&self) -> Vec<CommonCause> {
        let mut causes: Vec<CommonCause> = self.0.values().cloned().collect();
        causes.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.key.cmp(&other.key)));
        causes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_common_cause_comes_first() {
        let cause = |key: &str| Cause { key: key.to_owned(), message: format!("about {key}"), ..Cause::default() };
        let mut causes = CommonCauses::default();
        for (user, key) in [("ann", "b"), ("ann", "a"), ("ben", "a"), ("ann", "a"), ("cleo", "c")] {
            causes.add(user, &cause(key));
        }
        let told: Vec<_> = causes.sorted().into_iter().map(|it| (it.key, it.count, it.users.len(), it.text)).collect();
        let wanted = [("a", 3, 2, "about a"), ("b", 1, 1, "about b"), ("c", 1, 1, "about c")];
        assert_eq!(told, wanted.map(|(key, count, users, text)| (key.to_owned(), count, users, text.to_owned())));
    }
}
