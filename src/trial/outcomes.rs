//! The outcomes that a machine can have, as far as its pack tells: what a threshold may name, and where the name may stand.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::Pack;

/// Outcomes that every machine has: its execution's status.
const STATUSES: [&str; 5] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "(unknown)"];

/// What a pack tells of one machine's outcomes.
pub struct Outcomes<'a> {
    pointer: Option<&'a str>,
    named: BTreeSet<String>,
    /// Members of outputs that are known.
    members: BTreeSet<String>,
    is_hit: bool,
    texts: Vec<String>,
}

impl<'a> Outcomes<'a> {
    /// What is known of a machine: outputs that scenarios expect of it, its definitions, the pack's files. `pointer` is where in an output
    /// the outcome's name stands; without one the status is the outcome.
    pub fn of(pack: &Pack, machine: &str, pointer: Option<&'a str>, definitions: &BTreeSet<&str>) -> Self {
        let mut outcomes = Self {
            pointer,
            named: STATUSES.iter().map(|&status| status.to_owned()).collect(),
            members: BTreeSet::new(),
            is_hit: false,
            texts: Vec::new(),
        };
        let scenarios = pack.scenarios.iter().filter(|scenario| scenario.machine == machine);
        for output in scenarios.filter_map(|scenario| scenario.expect.output.as_ref()) {
            outcomes.expected(output);
        }
        for definition in definitions {
            if let Ok(definition) = serde_json::from_str(definition) {
                outcomes.written(&definition);
            }
            outcomes.texts.push((*definition).to_owned());
        }
        let files = pack.files.iter().filter(|(path, _)| path.as_str() != "pack.toml");
        outcomes.texts.extend(files.filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok()).map(str::to_owned));
        outcomes
    }

    /// The member that the pointer ends at.
    fn member(&self) -> Option<String> {
        let last = self.pointer?.rsplit('/').next()?;
        Some(last.replace("~1", "/").replace("~0", "~"))
    }

    fn expected(&mut self, output: &Value) {
        if let Value::Object(members) = output {
            self.members.extend(members.keys().cloned());
        }
        match self.pointer.and_then(|pointer| output.pointer(pointer)) {
            Some(Value::String(outcome)) => {
                self.is_hit = true;
                self.named.insert(outcome.clone());
            }
            Some(_) => self.is_hit = true,
            None => {}
        }
    }

    /// Texts that a definition writes under the pointer's last member.
    fn written(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if Some(name) == self.member().as_ref()
                        && let Value::String(text) = value
                        && !text.starts_with("{%")
                    {
                        self.named.insert(text.clone());
                    }
                    self.written(value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.written(item)),
            _ => {}
        }
    }

    /// The member that the pointer most likely means, where no output is known to have what it names; `Err(None)` where none is near.
    ///
    /// # Errors
    /// When nothing in the pack has a member by this name.
    pub fn check_pointer(&self) -> Result<(), Option<String>> {
        let Some(member) = self.member() else { return Ok(()) };
        // A place in a list says nothing, and neither does the whole output.
        let is_place = member.is_empty() || member.bytes().all(|byte| byte.is_ascii_digit());
        let with_dollar = format!("{member}.$");
        if self.is_hit || is_place || self.is_quoted(&member) || self.is_quoted(&with_dollar) {
            return Ok(());
        }
        Err(nearest(&member, self.members.iter()))
    }

    /// Whether an outcome by this name can come out: expected, written in the definition, or quoted in a handler.
    ///
    /// # Errors
    /// The outcomes that are known, with the one that was most likely meant.
    pub fn check_name(&self, name: &str) -> Result<(), (Option<String>, Vec<String>)> {
        if self.named.contains(name) || self.pointer.is_some() && self.is_quoted(name) {
            return Ok(());
        }
        let known: Vec<String> = self.named.iter().filter(|name| !name.starts_with('(')).cloned().collect();
        Err((nearest(name, known.iter()), known))
    }

    /// Whether a file of the pack holds this text between quotes.
    fn is_quoted(&self, word: &str) -> bool {
        let quoted = |text: &String| {
            let mut before = text.split(word);
            let mut left = before.next().unwrap_or_default();
            before.any(|right| {
                let is_quoted = left.ends_with(['"', '\'']) && right.starts_with(['"', '\'', '\\']);
                left = right;
                is_quoted
            })
        };
        !word.is_empty() && self.texts.iter().any(quoted)
    }
}

fn nearest<'w>(word: &str, known: impl Iterator<Item = &'w String>) -> Option<String> {
    let lower = word.to_lowercase();
    let distance = |known: &&String| strsim::damerau_levenshtein(&lower, &known.to_lowercase());
    let best = known.min_by_key(distance)?;
    let longest = word.chars().count().max(best.chars().count());
    (distance(&best) <= (longest / 2).max(1)).then(|| best.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(pointer: Option<&str>) -> Outcomes<'_> {
        let mut outcomes = Outcomes {
            pointer,
            named: STATUSES.iter().map(|&status| status.to_owned()).collect(),
            members: BTreeSet::new(),
            is_hit: false,
            texts: vec!["return {\"state\": 'REJECTED', 'sum': 1}\nFAILURE_RATE = 2".to_owned()],
        };
        outcomes.expected(&serde_json::json!({"status": "COMPLETED", "order": {"id": 1}}));
        outcomes.written(&serde_json::json!({"States": {"A": {"Result": {"status": "SHIPPED", "note": "LATE"}}}}));
        outcomes
    }

    #[test]
    fn an_outcome_that_nothing_in_the_pack_speaks_of_does_not_exist() {
        let status = outcomes(Some("/status"));
        for known in ["COMPLETED", "SHIPPED", "REJECTED", "FAILED", "TIMED_OUT"] {
            assert_eq!(status.check_name(known), Ok(()), "{known}");
        }
        assert_eq!(status.check_name("FAILURE").unwrap_err().0.as_deref(), Some("FAILED"));
        assert_eq!(status.check_name("COMPLETE").unwrap_err().0.as_deref(), Some("COMPLETED"));
        assert_eq!(status.check_name("completed").unwrap_err().0.as_deref(), Some("COMPLETED"));
        assert_eq!(status.check_name("X").unwrap_err().0, None);
        assert!(status.check_name("LATE").is_err(), "written, but not as an outcome");
    }

    #[test]
    fn without_a_pointer_the_status_is_the_outcome() {
        let status = outcomes(None);
        assert_eq!(status.check_name("SUCCEEDED"), Ok(()));
        assert!(status.check_name("REJECTED").is_err());
        assert_eq!(status.check_pointer(), Ok(()));
    }

    #[test]
    fn a_pointer_that_nothing_has_is_told_with_the_member_it_means() {
        for good in ["/status", "/order/id", "/state", "/items/0", ""] {
            assert_eq!(outcomes(Some(good)).check_pointer(), Ok(()), "{good}");
        }
        assert_eq!(outcomes(Some("/staet")).check_pointer(), Err(Some("status".to_owned())));
        assert!(outcomes(Some("/order/nmae")).check_pointer().is_err());
    }
}
