//! The outcomes that a machine can have, as far as its pack tells: what a threshold may name, and where the name may stand.

use std::collections::BTreeSet;

use super::composed;

use serde_json::Value;

use crate::model::Pack;
use crate::source;

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
    /// Whether something puts a name together while it runs, so that other outcomes than the known ones may come out.
    is_composed: bool,
}

/// What is known of a name that a threshold counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Expected by a scenario of the machine, or written in its definition.
    Known,
    /// Only quoted somewhere in the pack: a handler may give it, or it is another machine's.
    Quoted,
    /// Not known, and outcomes are put together at run time: it may come out.
    Doubtful(Unknown),
    /// No execution ends so.
    Never(Unknown),
}

/// A name that nothing in the pack speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What was most likely meant.
    pub meant: Option<String>,
    /// The outcomes that are known.
    pub known: Vec<String>,
}

impl Unknown {
    /// What to write instead.
    pub fn help(self) -> String {
        let known = self.known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let meant = self.meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
        format!("{meant}known outcomes: {known}")
    }
}

/// What to write instead of a pointer that hits nothing, given what [`Outcomes::check_pointer`] says was meant.
pub fn pointer_help(meant: Option<String>) -> String {
    meant.map_or_else(
        || "name a member of the machine's output, as the `expect.output` of its scenarios does".to_owned(),
        |meant| format!("did you mean `/{meant}`?"),
    )
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
            is_composed: false,
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
        for (path, bytes) in pack.files.iter().filter(|(path, _)| path.as_str() != "pack.toml") {
            let Ok(text) = std::str::from_utf8(bytes) else { continue };
            let member = outcomes.member().filter(|_| !is_definition(path));
            outcomes.is_composed |= member.is_some_and(|member| composed::in_source(text, &member));
            outcomes.texts.push(text.to_owned());
        }
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

    /// Texts that a definition writes under the pointer's last member, and whether it writes others while it runs.
    fn written(&mut self, value: &Value) {
        let Some(member) = self.member() else { return };
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if let Value::String(text) = value {
                        let is_path = name.strip_suffix(".$") == Some(member.as_str());
                        self.is_composed |= composed::in_field(name, text, &member);
                        if *name == member && !is_path && !text.starts_with("{%") {
                            self.named.insert(text.clone());
                        }
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

    /// Whether an outcome by this name can come out. Where outcomes are put together at run time only a slip in the name of a status is
    /// sure to be one.
    pub fn check_name(&self, name: &str) -> Named {
        if self.named.contains(name) {
            return Named::Known;
        }
        if self.pointer.is_some() && self.is_quoted(name) {
            return Named::Quoted;
        }
        let known: Vec<String> = self.named.iter().filter(|name| !name.starts_with('(')).cloned().collect();
        let meant = nearest(name, known.iter());
        let unknown = Unknown { meant, known };
        let is_slip = STATUSES.iter().any(|status| is_slip(name, status));
        if self.is_composed && !is_slip { Named::Doubtful(unknown) } else { Named::Never(unknown) }
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

/// A template of a definition is looked at as it is filled in.
fn is_definition(path: &str) -> bool {
    path.contains(".asl.")
}

/// Whether somebody most likely meant this status: other case or dashes, or a letter or two beside.
fn is_slip(name: &str, status: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let (name, status) = (plain(name), plain(status));
    let allowed = if status.len() > 6 { 2 } else { 1 };
    name.chars().next() == status.chars().next()
        && source::nearest_within(&name, [status.as_str()], |_| allowed).is_some()
}

fn nearest<'w>(word: &str, known: impl Iterator<Item = &'w String>) -> Option<String> {
    let length = word.chars().count();
    let most = |letters: usize| (letters.max(length) / 2).max(1);
    source::nearest_within(word, known.map(String::as_str), most).map(str::to_owned)
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
            is_composed: false,
        };
        outcomes.expected(&serde_json::json!({"status": "COMPLETED", "order": {"id": 1}}));
        outcomes.written(&serde_json::json!({"States": {"A": {"Result": {"status": "SHIPPED", "note": "LATE"}}}}));
        outcomes
    }

    #[test]
    fn an_outcome_that_nothing_in_the_pack_speaks_of_does_not_exist() {
        let status = outcomes(Some("/status"));
        for known in ["COMPLETED", "SHIPPED", "FAILED", "TIMED_OUT"] {
            assert_eq!(status.check_name(known), Named::Known, "{known}");
        }
        assert_eq!(status.check_name("REJECTED"), Named::Quoted);
        for (slip, meant) in [
            ("FAILURE", Some("FAILED")),
            ("COMPLETE", Some("COMPLETED")),
            ("completed", Some("COMPLETED")),
            ("X", None),
        ] {
            let Named::Never(unknown) = status.check_name(slip) else { panic!("{slip}") };
            assert_eq!(unknown.meant.as_deref(), meant, "{slip}");
        }
        assert!(matches!(status.check_name("LATE"), Named::Never(_)), "written, but not as an outcome");
    }

    #[test]
    fn an_outcome_that_is_put_together_at_run_time_is_in_doubt() {
        let mut status = outcomes(Some("/status"));
        status.written(&serde_json::json!({"A": {"Parameters": {"status.$": "States.Format('ORDER_{}', $.kind)"}}}));
        for doubtful in ["ORDER_LARGE", "MAILED", "FILLED", "COMPLETE", "FAILURE"] {
            assert!(matches!(status.check_name(doubtful), Named::Doubtful(_)), "{doubtful}");
        }
        let Named::Doubtful(unknown) = status.check_name("COMPLETE") else { panic!() };
        assert_eq!(unknown.meant.as_deref(), Some("COMPLETED"), "the suggestion stays");
        for slip in ["FAILD", "Failed", "TIMEDOUT", "TIMED-OUT", "SUCCEDED", "ABORTD"] {
            assert!(matches!(status.check_name(slip), Named::Never(_)), "{slip}");
        }
    }

    #[test]
    fn without_a_pointer_the_status_is_the_outcome() {
        let status = outcomes(None);
        assert_eq!(status.check_name("SUCCEEDED"), Named::Known);
        assert!(matches!(status.check_name("REJECTED"), Named::Never(_)));
        assert_eq!(status.check_pointer(), Ok(()));
    }

    #[test]
    fn a_pointer_that_nothing_has_is_reported_with_the_member_it_means() {
        for good in ["/status", "/order/id", "/state", "/items/0", ""] {
            assert_eq!(outcomes(Some(good)).check_pointer(), Ok(()), "{good}");
        }
        assert_eq!(outcomes(Some("/staet")).check_pointer(), Err(Some("status".to_owned())));
        assert!(outcomes(Some("/order/nmae")).check_pointer().is_err());
    }
}
