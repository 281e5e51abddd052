//! Why the executions of a bulk run failed: of those that were looked into as their histories tell, of the others as those that ended alike.

use std::collections::BTreeMap;

use crate::cause::{Cause, CommonCause, CommonCauses};

/// Causes as a run comes to know them. Memory goes with the users and the ways to fail, not with the executions.
#[derive(Default)]
pub(super) struct FailureCauses {
    failed: u64,
    known: CommonCauses,
    /// Causes of those looked into, by user and by how they ended.
    alike: BTreeMap<(String, String), BTreeMap<String, Cause>>,
    /// Those not looked into, likewise.
    others: BTreeMap<(String, String), Others>,
}

/// Executions of a user that ended alike and were not looked into.
struct Others {
    count: u64,
    /// What their ends tell; none where that is no error.
    reported: Option<Cause>,
    example: String,
}

/// What is known of how an execution ended without its history.
pub(super) struct Ended<'a> {
    pub(super) user: &'a str,
    /// The same for those that ended alike.
    pub(super) ending: &'a str,
    /// Its status, which may be all that is known of another one.
    pub(super) status: &'a str,
    /// As `labctl trace` takes it.
    pub(super) example: &'a str,
}

/// What a run's failed executions come to.
#[derive(Default)]
pub(super) struct Reported {
    pub(super) causes: Vec<CommonCause>,
    pub(super) failed: u64,
    /// Those that are counted with a cause though nobody looked into them.
    pub(super) taken_alike: u64,
    /// Those without a cause.
    pub(super) unexplained: u64,
}

impl FailureCauses {
    /// Counts one that was looked into.
    pub(super) fn known(&mut self, ended: &Ended<'_>, cause: &Cause) {
        self.failed += 1;
        self.known.add(ended.user, cause, Some(ended.example));
        for ending in [ended.ending, ended.status] {
            let alike = self.alike.entry((ended.user.to_owned(), ending.to_owned())).or_default();
            alike.entry(cause.key.clone()).or_insert_with(|| cause.clone());
        }
    }

    /// Counts one of which nothing but its end is known.
    pub(super) fn other(&mut self, ended: &Ended<'_>, reported: Option<Cause>) {
        self.failed += 1;
        let key = (ended.user.to_owned(), ended.ending.to_owned());
        let example = || ended.example.to_owned();
        self.others.entry(key).or_insert_with(|| Others { count: 0, reported, example: example() }).count += 1;
    }

    /// The one cause that those had who ended alike: of the same user, else of anybody. None where they had several.
    pub(super) fn of_alike(&self, user: &str, ending: &str) -> Option<&Cause> {
        if let Some(own) = self.alike.get(&(user.to_owned(), ending.to_owned())) {
            return only(own.values());
        }
        only(self.alike.iter().filter(|((_, of), _)| of == ending).flat_map(|(_, causes)| causes.values()))
    }

    /// What it all came to.
    pub(super) fn reported(mut self) -> Reported {
        let (mut taken_alike, mut unexplained) = (0, 0);
        for ((user, ending), others) in std::mem::take(&mut self.others) {
            let cause = self.of_alike(&user, &ending).cloned().or(others.reported);
            match cause {
                Some(cause) => {
                    taken_alike += others.count;
                    self.known.add_many(&user, &cause, others.count, Some(&others.example));
                }
                None => unexplained += others.count,
            }
        }
        Reported { causes: self.known.sorted(), failed: self.failed, taken_alike, unexplained }
    }
}

/// The cause of all, if all have the same.
fn only<'a>(causes: impl Iterator<Item = &'a Cause>) -> Option<&'a Cause> {
    let mut found: Option<&Cause> = None;
    for cause in causes {
        if found.is_some_and(|found| found.key != cause.key) {
            return None;
        }
        found = Some(cause);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(key: &str) -> Cause {
        Cause { key: key.to_owned(), message: key.to_owned(), ..Cause::default() }
    }

    fn ended<'a>(user: &'a str, ending: &'a str) -> Ended<'a> {
        Ended { user, ending, status: "FAILED", example: "example" }
    }

    fn counts(reported: &Reported) -> Vec<(&str, u64)> {
        reported.causes.iter().map(|it| (it.key.as_str(), it.count)).collect()
    }

    #[test]
    fn who_was_not_looked_into_has_the_cause_of_those_that_ended_alike() {
        let mut causes = FailureCauses::default();
        causes.known(&ended("ann", "FAILED/x"), &cause("a"));
        causes.known(&ended("ben", "FAILED/x"), &cause("b"));
        for user in ["ann", "ann", "ben"] {
            causes.other(&ended(user, "FAILED/x"), None);
        }
        // Nobody of this user was looked into, and the others had two causes.
        causes.other(&ended("cyd", "FAILED/x"), None);
        let reported = causes.reported();
        assert_eq!(counts(&reported), [("a", 3), ("b", 2)]);
        assert_eq!((reported.failed, reported.taken_alike, reported.unexplained), (6, 3, 1));
    }

    #[test]
    fn of_a_cause_that_everybody_has_anybody_is_an_example() {
        let mut causes = FailureCauses::default();
        causes.known(&ended("ann", "FAILED/x"), &cause("a"));
        causes.other(&ended("cyd", "FAILED/x"), None);
        causes.other(&ended("cyd", "FAILED"), None);
        assert_eq!(counts(&causes.reported()), [("a", 3)], "also where the status is all that is known");
    }

    #[test]
    fn two_causes_of_a_user_that_ended_alike_are_not_guessed() {
        let mut causes = FailureCauses::default();
        for key in ["a", "b"] {
            causes.known(&ended("ann", "FAILED/x"), &cause(key));
        }
        causes.other(&ended("ann", "FAILED/x"), None);
        causes.other(&ended("ann", "FAILED/y"), Some(cause("told")));
        let reported = causes.reported();
        assert_eq!(counts(&reported), [("a", 1), ("b", 1), ("told", 1)]);
        assert_eq!((reported.taken_alike, reported.unexplained), (1, 1));
    }
}
