//! Causes that several executions have in common.

use std::fmt::Write as _;

use super::super::alike::anonymous;
use super::super::short::shortened;
use super::super::style::{Style, Verbosity, counted_len};
use crate::cause::CommonCause;

/// Causes reported before the rest is counted.
const REPORTED: usize = 10;

/// Users named before the rest is counted.
const NAMED: usize = 5;

/// Each cause with how many of so many executions have it; empty when there are none.
pub(super) fn causes(causes: &[CommonCause], of: u64, style: Style, verbosity: Verbosity) -> String {
    let is_whole = verbosity == Verbosity::Verbose;
    let mut text = String::new();
    let reported = if is_whole { causes.len() } else { REPORTED };
    for cause in causes.iter().take(reported) {
        // Of several users' causes the first one's name is nobody else's.
        let whose = if cause.users.len() > 1 { cause.users.iter().collect() } else { Vec::new() };
        let of_all = whose.into_iter().fold(cause.text.clone(), |text, user| anonymous(&text, user));
        let what = if is_whole { of_all } else { shortened(&of_all) };
        let line = format!("{} of {of}: {what}", cause.count);
        let _ = writeln!(text, "{}", style.wrap(&style.spell(&line), 4));
        if let Some(hint) = &cause.hint {
            let _ = writeln!(text, "{}", style.wrap(&format!("    hint: {hint}"), 10));
        }
        let named = if is_whole { cause.users.len() } else { NAMED };
        let users = cause.users.iter().take(named).map(|user| style.user(user)).collect::<Vec<_>>().join(", ");
        let more = cause.users.len().saturating_sub(named);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "{}", style.wrap(&format!("    for: {users}{more}"), 9));
        if let Some(example) = &cause.example {
            // A command is copied, so it is never broken over lines.
            let _ = writeln!(text, "    one of them: labctl trace {example}{}", style.again);
        }
    }
    let more = causes.len().saturating_sub(reported);
    if more > 0 {
        let _ = writeln!(text, "  {} {} more (--verbose lists them)", style.ellipsis(), counted_len(more, "cause"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_of_several_names_none_of_them() {
        let cause = |users: &[&str]| CommonCause {
            key: "k".to_owned(),
            text: "the state machine `s01-greet` is not there".to_owned(),
            hint: None,
            count: 2,
            users: users.iter().map(|user| (*user).to_owned()).collect(),
            example: None,
        };
        let shown = |users: &[&str]| causes(&[cause(users)], 5, Style::plain(), Verbosity::Normal);
        assert!(shown(&["s01", "s02"]).starts_with("2 of 5: the state machine `<user>-greet` is not there\n"));
        assert!(shown(&["s01"]).starts_with("2 of 5: the state machine `s01-greet` is not there\n"));
    }

    #[test]
    fn a_cause_is_reported_with_its_share_and_its_users() {
        let cause = |key: &str, count, users: usize| CommonCause {
            key: key.to_owned(),
            text: format!("Pay: ValueError: {key}"),
            hint: None,
            count,
            users: (0..users).map(|user| format!("s{user}")).collect(),
            example: None,
        };
        let of = |list: &[CommonCause], verbosity| causes(list, 300, Style::plain(), verbosity);
        let example = Some("s1:m:n".to_owned());
        let list = [CommonCause { hint: Some("look".into()), example, ..cause("a", 147, 7) }, cause("b", 2, 1)];
        let wanted = "147 of 300: Pay: ValueError: a\n    hint: look\n    for: s0, s1, s2, s3, s4 and 2 more\n    one of them: labctl trace s1:m:n\n2 of 300: Pay: ValueError: b\n    for: s0\n";
        assert_eq!(of(&list, Verbosity::Normal), wanted);
        assert!(of(&list, Verbosity::Verbose).contains("s5, s6"));
        let many: Vec<CommonCause> = (0..12).map(|number| cause(&number.to_string(), 1, 1)).collect();
        assert!(of(&many, Verbosity::Normal).ends_with("... 2 causes more (--verbose lists them)\n"));
        assert_eq!(of(&[], Verbosity::Normal), "");
    }
}
