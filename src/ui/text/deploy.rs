//! `labctl deploy` as text.

use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity, counted_len, duration};
use super::super::view::{DeployView, DeployedAs, Document, StopReason, StoppedView, UserOutcome};

/// The text of the document, the summary line last.
pub(in crate::ui) fn deploy(document: &Document<DeployView>, style: Style, verbosity: Verbosity) -> String {
    let summary = summary(document, style);
    if verbosity == Verbosity::Quiet {
        return summary;
    }
    let mut text = String::new();
    for user in &document.body.users {
        let resources = user.resources.iter().filter(|resource| {
            verbosity == Verbosity::Verbose || matches!(resource.action, DeployedAs::Edited | DeployedAs::Foreign)
        });
        for resource in resources {
            let hint = match resource.action {
                DeployedAs::Edited => " (kept; --overwrite-edits changes it back)",
                DeployedAs::Foreign => " (in the way and not labctl's; untouched)",
                _ => "",
            };
            let line =
                format!("{}: {} {} {}{hint}", style.user(&user.user), resource.action, resource.kind, resource.name);
            let _ = writeln!(text, "{}", style.wrap(&line, 4));
        }
    }
    text + &summary
}

/// Why a class was stopped, and what to do next.
pub(in crate::ui) fn stopped(stopped: &StoppedView) -> (String, &'static str) {
    let StoppedView { by, limit, failed, not_begun } = stopped;
    let others = if *not_begun == 1 { "1 user was".to_owned() } else { format!("{not_begun} users were") };
    let message = if *by == StopReason::Canary {
        let of = if *limit == 1 { "the first user".to_owned() } else { format!("{failed} of the first {limit} users") };
        format!("stopped: {of} failed (`--canary {limit}`), so {others} not begun")
    } else {
        let failed = counted_len(*failed, "user");
        format!("stopped: {failed} failed and at most {limit} may (`--max-failures`), so {others} not begun")
    };
    let help = "mend the cause, then run `labctl deploy --only-failed`: it takes up those who failed and those who were not begun";
    (message, help)
}

/// `Deploy complete: …` when every user is as wanted, else `Deploy interrupted: …` or `Deploy incomplete: …`.
fn summary(document: &Document<DeployView>, style: Style) -> String {
    let DeployView { summary, users, .. } = &document.body;
    let left = users.iter().filter(|user| !matches!(user.status, UserOutcome::Done | UserOutcome::Unchanged)).count();
    let all = counted_len(users.len(), "user");
    if left == 0 && summary.created + summary.updated + summary.deleted + summary.failed == 0 {
        return "No changes.".to_owned();
    }
    let deleted = if summary.deleted > 0 { format!("{} deleted, ", summary.deleted) } else { String::new() };
    let counts =
        format!("{} created, {} updated, {deleted}{} unchanged", summary.created, summary.updated, summary.unchanged);
    let took = duration(document.head.elapsed_ms);
    let failed = summary.failed;
    let line = if left == 0 {
        format!("{} {counts} ({all}) in {took}.", style.paint(Ink::Good, "Deploy complete:"))
    } else if users.iter().any(|user| user.status == UserOutcome::Interrupted) {
        let head = style.paint(Ink::Warning, "Deploy interrupted:");
        format!("{head} {counts}, {failed} not done ({all}) in {took}.\nThe same command again continues.")
    } else {
        let head = style.paint(Ink::Bad, "Deploy incomplete:");
        let not_begun = document.body.stopped.as_ref().map(|stopped| format!(", {} not begun", stopped.not_begun));
        let not_begun = not_begun.unwrap_or_default();
        // That somebody was stopped is reported above.
        let is_class = users.len() > 1 && document.body.stopped.is_none();
        let next = if is_class { "\n`labctl deploy --only-failed` takes up those who failed." } else { "" };
        format!("{head} {counts}, {failed} failed ({left} of {all} not done{not_begun}) in {took}.{next}")
    };
    style.wrap(&line, 2)
}

#[cfg(test)]
mod tests {
    use super::super::testing::document_of;
    use super::*;
    use crate::model::Kind;
    use crate::ui::view::{DeploySummary, DeployedResource, DeployedUser};

    #[test]
    fn a_user_is_called_as_the_roster_does() {
        let document = document(DeploySummary::default(), UserOutcome::Done, &[DeployedAs::Edited]);
        let labels = crate::ui::Labels::of([("ann".to_owned(), "Ann Example".to_owned())].into());
        let style = Style { labels, ..Style::plain() };
        assert!(deploy(&document, style, Verbosity::Normal).starts_with("ann Ann Example: edited"));
    }

    fn document(summary: DeploySummary, status: UserOutcome, actions: &[DeployedAs]) -> Document<DeployView> {
        let resource = |action: &DeployedAs| DeployedResource {
            kind: Kind::Function,
            name: format!("ann-{action}"),
            arn: "arn".into(),
            action: *action,
            ms: 5,
        };
        let resources = actions.iter().map(resource).collect();
        let users = vec![DeployedUser { user: "ann".into(), status, resources, error: None }];
        document_of(true, 12_345, DeployView { summary, users, ..DeployView::default() })
    }

    #[test]
    fn summary_lines_are_stable() {
        let text = |summary, status| {
            deploy(&document(summary, status, &[DeployedAs::Created]), Style::plain(), Verbosity::Normal)
        };
        let summary = DeploySummary { created: 12, updated: 1, unchanged: 2, ..DeploySummary::default() };
        assert_eq!(
            text(summary, UserOutcome::Done),
            "Deploy complete: 12 created, 1 updated, 2 unchanged (1 user) in 12.3 s."
        );
        assert_eq!(
            text(DeploySummary { failed: 3, ..summary }, UserOutcome::Failed),
            "Deploy incomplete: 12 created, 1 updated, 2 unchanged, 3 failed (1 of 1 user not done) in 12.3 s."
        );
        assert_eq!(
            text(DeploySummary { failed: 3, ..summary }, UserOutcome::Interrupted),
            "Deploy interrupted: 12 created, 1 updated, 2 unchanged, 3 not done (1 user) in 12.3 s.\n\
             The same command again continues."
        );
        let nothing = DeploySummary { unchanged: 15, ..DeploySummary::default() };
        assert_eq!(text(nothing, UserOutcome::Done), "No changes.");
    }

    #[test]
    fn a_stopped_class_is_reported_with_its_limit() {
        let reported = |by, limit, failed, not_begun| stopped(&StoppedView { by, limit, failed, not_begun }).0;
        assert_eq!(
            reported(StopReason::Canary, 1, 1, 299),
            "stopped: the first user failed (`--canary 1`), so 299 users were not begun"
        );
        assert_eq!(
            reported(StopReason::Canary, 3, 2, 1),
            "stopped: 2 of the first 3 users failed (`--canary 3`), so 1 user was not begun"
        );
        assert_eq!(
            reported(StopReason::MaxFailures, 0, 1, 2),
            "stopped: 1 user failed and at most 0 may (`--max-failures`), so 2 users were not begun"
        );
    }

    #[test]
    fn what_was_left_alone_is_reported() {
        let document = document(
            DeploySummary::default(),
            UserOutcome::Failed,
            &[DeployedAs::Edited, DeployedAs::Foreign, DeployedAs::Unchanged],
        );
        insta::assert_snapshot!(deploy(&document, Style::plain(), Verbosity::Normal));
    }
}
