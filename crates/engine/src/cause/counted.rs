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
    /// One of the executions, as `labctl trace` takes it: `USER:MACHINE:NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// Causes as they come up, by their keys.
#[derive(Clone, Debug, Default)]
pub struct CommonCauses(BTreeMap<String, CommonCause>);

impl CommonCauses {
    /// Counts an execution's cause.
    pub fn add(&mut self, user: &str, cause: &Cause, example: Option<&str>) {
        self.add_many(user, cause, 1, example);
    }

    /// Counts the cause of several executions of a user.
    pub fn add_many(&mut self, user: &str, cause: &Cause, count: u64, example: Option<&str>) {
        let known = self.0.entry(cause.key.clone()).or_insert_with(|| CommonCause {
            key: cause.key.clone(),
            text: cause.text(),
            hint: cause.hint.clone(),
            count: 0,
            users: BTreeSet::new(),
            example: None,
        });
        known.count += count;
        if known.example.is_none() {
            known.example = example.map(str::to_owned);
        }
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
            causes.add(user, &cause(key), Some(&format!("{user}:m:{key}")));
        }
        let told: Vec<_> = causes.sorted().into_iter().map(|it| (it.key, it.count, it.users.len(), it.text)).collect();
        let wanted = [("a", 3, 2, "about a"), ("b", 1, 1, "about b"), ("c", 1, 1, "about c")];
        assert_eq!(told, wanted.map(|(key, count, users, text)| (key.to_owned(), count, users, text.to_owned())));
        assert_eq!(causes.sorted()[0].example.as_deref(), Some("ann:m:a"), "the first that was seen");
        causes.add_many("ann", &cause("c"), 5, None);
        assert_eq!((causes.sorted()[0].key.as_str(), causes.sorted()[0].count), ("c", 6));
    }
}
