//! Troubles at the end of a command, grouped by cause: what failed, for whom, what to do next.

use std::fmt::Write as _;

use super::alike::anonymous;
use super::short::shortened;
use super::style::{Ink, Style, Verbosity, counted_len};
use super::view::Trouble;

/// Users named before the rest is counted.
const NAMED: usize = 5;

/// Troubles with the same cause, the user's name aside.
struct Group<'a> {
    cause: String,
    what: String,
    first: &'a Trouble,
    users: Vec<&'a str>,
    count: u64,
    /// Whether it is about different things.
    is_mixed: bool,
}

/// What happened, as a sentence: a thing that is in the way is no failure of its own.
fn headline(what: &str, count: u64, is_mixed: bool) -> String {
    match (what.strip_prefix("foreign "), is_mixed) {
        (Some(_), true) => format!("{count} things are in the way"),
        (Some(thing), false) => format!("{thing} is in the way"),
        (None, true) => format!("{count} changes failed"),
        (None, false) => format!("{what} failed"),
    }
}

/// The failures as text, in the order in which causes first came up; empty when there are none.
pub(super) fn text(failures: &[Trouble], style: Style, verbosity: Verbosity) -> String {
    let mut text = String::new();
    for group in groups(failures) {
        let users = counted_len(group.users.len(), "user");
        let alone = group.count == 1;
        let what = if alone { &group.first.what } else { &group.what };
        let what = headline(what, group.count, group.is_mixed);
        let cause = if alone { &group.first.cause } else { &group.cause };
        let count = match (alone, group.is_mixed) {
            (true, _) => String::new(),
            (false, true) => format!(" ({users})"),
            (false, false) => format!(" ({} times, {users})", group.count),
        };
        let headline = format!("{} {what}{count}", style.paint(Ink::Bad, "error:"));
        let mut line = |line: &str| {
            let _ = writeln!(text, "{}", style.wrap(line, 4));
        };
        line(&headline);
        let cause = if verbosity == Verbosity::Verbose { cause.clone() } else { shortened(cause) };
        line(&format!("  cause: {cause}"));
        // What is nobody's own is the whole run's.
        if group.users != [""] {
            line(&format!("  for: {}", who(&group.users, style, verbosity)));
        }
        if let Some(next) = &group.first.help {
            line(&format!("  next: {next}"));
        }
    }
    text
}

fn groups(failures: &[Trouble]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for failure in failures {
        let cause = anonymous(&failure.cause, &failure.user);
        let same = |group: &&mut Group<'_>| group.cause == cause && group.first.help == failure.help;
        let what = anonymous(&failure.what, &failure.user);
        if let Some(group) = groups.iter_mut().find(same) {
            group.count += 1;
            group.is_mixed |= group.what != what;
            if !group.users.contains(&failure.user.as_str()) {
                group.users.push(&failure.user);
            }
        } else {
            groups.push(Group { cause, what, first: failure, users: vec![&failure.user], count: 1, is_mixed: false });
        }
    }
    groups
}

fn who(users: &[&str], style: Style, verbosity: Verbosity) -> String {
    let named = if verbosity == Verbosity::Verbose { users.len() } else { NAMED };
    let listed = users.iter().take(named).map(|user| style.user(user)).collect::<Vec<_>>().join(", ");
    match users.len().saturating_sub(named) {
        0 => listed,
        more => format!("{listed}, {} {more} more (--verbose lists them)", style.ellipsis()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(user: &str) -> Trouble {
        Trouble {
            user: user.to_owned(),
            what: format!("create function {user}-pay"),
            cause: format!("lambda:CreateFunction: AccessDenied: cannot pass role {user}-lambda-role"),
            help: Some("allow `iam:PassRole`, then run `labctl deploy --only-failed`".to_owned()),
            is_credentials: false,
        }
    }

    #[test]
    fn one_cause_is_reported_once() {
        let failures: Vec<_> = (1..=12).map(|number| failure(&format!("user{number}"))).collect();
        insta::assert_snapshot!(text(&failures, Style::plain(), Verbosity::Normal), @r"
        error: create function <user>-pay failed (12 times, 12 users)
          cause: lambda:CreateFunction: AccessDenied: cannot pass role <user>-lambda-role
          for: user1, user2, user3, user4, user5, ... 7 more (--verbose lists them)
          next: allow `iam:PassRole`, then run `labctl deploy --only-failed`
        ");
    }

    #[test]
    fn what_is_in_the_way_did_not_fail_and_different_things_are_counted() {
        let reported = |whats: &[&str]| {
            let failures: Vec<_> =
                whats.iter().map(|what| Trouble { what: (*what).to_owned(), ..failure("ann") }).collect();
            text(&failures, Style::plain(), Verbosity::Normal).lines().next().unwrap_or_default().to_owned()
        };
        assert_eq!(reported(&["foreign log-group ann-g"]), "error: log-group ann-g is in the way");
        assert_eq!(
            reported(&["foreign log-group ann-g", "foreign role ann-r"]),
            "error: 2 things are in the way (1 user)"
        );
        assert_eq!(reported(&["create role ann-r", "create role ann-s"]), "error: 2 changes failed (1 user)");
        assert_eq!(
            reported(&["delete role ann-r", "delete role ann-r"]),
            "error: delete role <user>-r failed (2 times, 1 user)"
        );
    }

    #[test]
    fn another_cause_is_another_error() {
        let other = Trouble { cause: "throttled".to_owned(), help: None, ..failure("ben") };
        insta::assert_snapshot!(text(&[failure("ann"), other], Style::plain(), Verbosity::Normal), @r"
        error: create function ann-pay failed
          cause: lambda:CreateFunction: AccessDenied: cannot pass role ann-lambda-role
          for: ann
          next: allow `iam:PassRole`, then run `labctl deploy --only-failed`
        error: create function ben-pay failed
          cause: throttled
          for: ben
        ");
    }
}
