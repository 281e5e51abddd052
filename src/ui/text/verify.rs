//! `labctl verify` as text: one user's checklist, or a class at a glance.

use std::fmt::Write as _;

use super::super::short::shortened;
use super::super::style::{Ink, Style, Verbosity, counted_len};
use super::super::view::{Document, VerifyCheck, VerifyUser, VerifyView};
use super::causes::causes;
use super::table::table;
use crate::verify::CheckVerdict;

/// Failed checks named in a row of the class before the rest is counted.
const NAMED: usize = 3;

/// Users of a board.
const BOARD: usize = 12;

/// The text of the document, the summary line last.
pub(in crate::ui) fn verify(document: &Document<VerifyView>, style: Style, verbosity: Verbosity) -> String {
    let view = &document.body;
    let summary = style.wrap(&summary(view, document.head.elapsed_ms, style), 2);
    if verbosity == Verbosity::Quiet {
        return summary;
    }
    let mut text = String::new();
    match view.users.as_slice() {
        [user] => text.push_str(&checklist(user, view, style, verbosity)),
        users => {
            text.push_str(&class(users, style));
            let asked = u64::try_from(users.len()).unwrap_or(u64::MAX);
            text.push_str(&causes(&view.summary.causes, asked, style, verbosity));
        }
    }
    if let Some(from) = &view.from {
        let _ = writeln!(text, "Judged again from run {from} of {}; no call was made.", view.at);
    }
    text + &summary
}

/// A board for the lesson: who is where, who needs help next, what most of them trip over.
pub(in crate::ui) fn board(document: &Document<VerifyView>, style: Style) -> String {
    let view = &document.body;
    let mut users: Vec<&VerifyUser> = view.users.iter().collect();
    users.sort_by(|one, other| share(one).total_cmp(&share(other)).then_with(|| one.user.cmp(&other.user)));
    let rows = users.iter().take(BOARD).map(|user| {
        let open = user.checks.iter().find(|check| check.verdict == CheckVerdict::Failed);
        let place = open.map_or_else(|| "done".to_owned(), |check| check.id.clone());
        let why = open.and_then(|check| check.cause.as_ref()).map(|cause| shortened(&cause.text)).unwrap_or_default();
        vec![style.user(&user.user), score(user), place, style.spell(&why)]
    });
    let mut text = format!("{}\n", style.paint(Ink::Bold, format!("{}, who needs help first", view.at)));
    text.push_str(&table(&["user", "points", "is at", "why"], rows.collect(), 4, style));
    let more = users.len().saturating_sub(BOARD);
    if more > 0 {
        let _ = writeln!(text, "  {} {} further on", style.ellipsis(), counted_len(more, "user"));
    }
    if let Some(cause) = view.summary.causes.first() {
        let line = format!("most common: {} of {}: {}", cause.count, view.users.len(), shortened(&cause.text));
        let _ = writeln!(text, "{}", style.wrap(&style.spell(&line), 2));
    }
    text + &style.wrap(&summary(view, document.head.elapsed_ms, style), 2)
}

fn share(user: &VerifyUser) -> f64 {
    f64::from(user.score) / f64::from(user.max_score.max(1))
}

fn score(user: &VerifyUser) -> String {
    let old = user.old_score.filter(|old| *old != user.score).map(|old| format!(" (was {old})")).unwrap_or_default();
    let unknown = if user.unknown_points > 0 { format!(", {} unknown", user.unknown_points) } else { String::new() };
    format!("{} of {}{unknown}{old}", user.score, user.max_score)
}

fn checklist(user: &VerifyUser, view: &VerifyView, style: Style, verbosity: Verbosity) -> String {
    let part = if view.public { "public part: " } else { "" };
    let mut text =
        format!("{}\n", style.paint(Ink::Bold, format!("{}: {part}{} points", style.user(&user.user), score(user))));
    let mut point = "";
    for check in &user.checks {
        let of = check.id.split('/').next().unwrap_or_default();
        if of != point {
            point = of;
            let checks = user.checks.iter().filter(|other| other.id.split('/').next() == Some(of));
            let (got, most) = checks.fold((0, 0), |(got, most), check| (got + check.points, most + check.max_points));
            let _ = writeln!(text, "  {of} {got}/{most}");
        }
        text.push_str(&row(check, style, verbosity));
    }
    for change in &user.changes {
        let before = change.before.map_or("not there", word);
        let line = format!("  changed: {} {before} → {}", change.id, word(change.after));
        let _ = writeln!(text, "{}", style.spell(&line));
    }
    text
}

fn word(verdict: CheckVerdict) -> &'static str {
    match verdict {
        CheckVerdict::Passed => "passed",
        CheckVerdict::Failed => "failed",
        CheckVerdict::Unknown => "unknown",
        CheckVerdict::Skipped => "skipped",
    }
}

fn row(check: &VerifyCheck, style: Style, verbosity: Verbosity) -> String {
    let mark = match check.verdict {
        CheckVerdict::Passed => style.mark(true),
        CheckVerdict::Failed => style.mark(false),
        CheckVerdict::Unknown => "? ".trim_end().to_owned(),
        CheckVerdict::Skipped => "-".to_owned(),
    };
    let reported =
        if matches!(check.verdict, CheckVerdict::Passed | CheckVerdict::Failed) { "" } else { word(check.verdict) };
    let reported = if reported.is_empty() { String::new() } else { format!(" ({reported})") };
    let line = format!("    {mark} {}/{} {}: {}{reported}", check.points, check.max_points, check.id, check.title);
    let mut text = format!("{}\n", style.wrap(&line, 8));
    let is_whole = verbosity == Verbosity::Verbose;
    if check.verdict != CheckVerdict::Passed
        && let Some(cause) = &check.cause
    {
        let what = if is_whole { cause.text.clone() } else { shortened(&cause.text) };
        let _ = writeln!(text, "{}", style.wrap(&style.spell(&format!("        {what}")), 8));
        if let Some(hint) = cause.hint.as_ref().filter(|_| check.verdict != CheckVerdict::Skipped) {
            let _ = writeln!(text, "{}", style.wrap(&format!("        hint: {hint}"), 14));
        }
    }
    if is_whole || check.verdict == CheckVerdict::Failed {
        for proof in &check.evidence {
            let place = [
                proof.state.as_ref().map(|state| format!("state {state}")),
                proof.event_id.map(|id| format!("event {id}")),
                proof.execution_arn.clone(),
            ];
            let place: Vec<String> = place.into_iter().flatten().filter(|part| !part.ends_with("state ")).collect();
            let place = if place.is_empty() { String::new() } else { format!(" [{}]", place.join(", ")) };
            let line = format!("        {}: expected {}, found {}{place}", proof.what, proof.expected, proof.found);
            let line = if is_whole { line } else { shortened(&line) };
            let _ = writeln!(text, "{}", style.wrap(&style.spell(&line), 10));
        }
    }
    text
}

/// A line a user.
fn class(users: &[VerifyUser], style: Style) -> String {
    let rows = users.iter().map(|user| {
        let failed: Vec<&str> = user
            .checks
            .iter()
            .filter(|check| check.verdict == CheckVerdict::Failed)
            .map(|check| check.id.as_str())
            .collect();
        let more = failed.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let named = failed.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        vec![style.user(&user.user), score(user), format!("{named}{more}")]
    });
    table(&["user", "points", "failed"], rows.collect(), 3, style)
}

/// `Verify complete: 28 passed, 1 failed, 0 unknown, 0 skipped (1 user) in 3.2 s.`
fn summary(view: &VerifyView, elapsed_ms: u64, style: Style) -> String {
    let counts = &view.summary;
    let seconds = super::super::style::duration(elapsed_ms);
    let ink = if counts.failed > 0 { Ink::Bad } else { Ink::Good };
    let head = style.paint(ink, "Verify complete:");
    format!(
        "{head} {} passed, {} failed, {} unknown, {} skipped ({}) in {seconds}.",
        counts.passed,
        counts.failed,
        counts.unknown,
        counts.skipped,
        counted_len(counts.users, "user")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::document_of;
    use super::*;
    use crate::model::Visibility;
    use crate::ui::view::{VerifyCause, VerifyEvidence, VerifySummary};

    fn check(id: &str, verdict: CheckVerdict) -> VerifyCheck {
        let is_passed = verdict == CheckVerdict::Passed;
        let cause =
            VerifyCause { key: "k".into(), text: "`Pay` was not tried again".into(), hint: Some("add a Retry".into()) };
        VerifyCheck {
            id: id.to_owned(),
            title: "It is so".to_owned(),
            verdict,
            points: if is_passed { 4 } else { 0 },
            max_points: 4,
            counts: true,
            visibility: Visibility::Public,
            cause: (!is_passed).then_some(cause),
            evidence: vec![VerifyEvidence {
                what: "tries of Pay".into(),
                expected: json!("two or more"),
                found: json!(1),
                execution_arn: None,
                event_id: Some(7),
                state: Some("Pay".into()),
                at: String::new(),
            }],
        }
    }

    fn user(name: &str, verdicts: &[CheckVerdict]) -> VerifyUser {
        let checks: Vec<_> =
            verdicts.iter().enumerate().map(|(at, verdict)| check(&format!("p/{at}"), *verdict)).collect();
        VerifyUser {
            user: name.to_owned(),
            label: None,
            score: checks.iter().map(|check| check.points).sum(),
            max_score: 8,
            unknown_points: 0,
            old_score: None,
            changes: Vec::new(),
            checks,
        }
    }

    fn view(users: Vec<VerifyUser>) -> Document<VerifyView> {
        document_of(
            true,
            0,
            VerifyView {
                summary: VerifySummary { users: users.len(), ..VerifySummary::default() },
                users,
                ..VerifyView::default()
            },
        )
    }

    #[test]
    fn one_user_is_reported_with_cause_hint_and_evidence() {
        use CheckVerdict::{Failed, Passed, Skipped, Unknown};
        let text =
            verify(&view(vec![user("ann", &[Passed, Failed, Unknown, Skipped])]), Style::plain(), Verbosity::Normal);
        for line in [
            "ann: 4 of 8 points",
            "  p 4/16",
            "    ok 4/4 p/0: It is so",
            "    !! 0/4 p/1: It is so",
            "        `Pay` was not tried again",
            "        hint: add a Retry",
            "        tries of Pay: expected \"two or more\", found 1 [state Pay, event 7]",
            "    ? 0/4 p/2: It is so (unknown)",
            "    - 0/4 p/3: It is so (skipped)",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        assert!(text.ends_with("(1 user) in 0.0 s."), "{text}");
    }

    #[test]
    fn a_class_is_a_line_each_and_a_board_begins_with_who_needs_help() {
        use CheckVerdict::{Failed, Passed};
        let users = vec![user("ann", &[Passed, Passed]), user("ben", &[Failed, Failed])];
        let text = verify(&view(users.clone()), Style::plain(), Verbosity::Normal);
        assert!(text.contains("  ben   0 of 8  p/0, p/1\n"), "{text}");
        let text = board(&view(users), Style::plain());
        let order: Vec<&str> = text.lines().skip(2).take(2).collect();
        assert!(order[0].contains("ben") && order[0].contains("p/0") && order[1].contains("done"), "{text}");
    }
}
