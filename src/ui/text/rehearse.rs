//! `labctl rehearse` as text: one page.

use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity, duration};
use super::super::view::{Document, RehearseView, TargetView};
use super::bulk::thresholds as bulk_thresholds;
use super::{bulk, cleanup, deploy, report, test, verify};

/// The text of the document, the summary line last.
pub(in crate::ui) fn rehearse(document: &Document<RehearseView>, style: Style, verbosity: Verbosity) -> String {
    let steps = &document.body.steps;
    let took = duration(document.head.elapsed_ms);
    let summary = if document.head.ok {
        format!("{} in {took}.", style.paint(Ink::Good, "Rehearsal passed"))
    } else {
        format!("{} in {took}.", style.paint(Ink::Bad, "Rehearsal failed"))
    };
    if verbosity == Verbosity::Quiet {
        let thresholds = steps.bulk_test.as_ref().map(|step| bulk_thresholds(&step.body, style));
        return thresholds.unwrap_or_default() + &summary;
    }
    let TargetView { kind, endpoint, account, region } = &document.head.target;
    let known = |place: &Option<String>| place.clone().unwrap_or_default();
    let head = format!(
        "Rehearsal on {}: account {}, {}, {}",
        kind.map(|kind| kind.to_string()).unwrap_or_default(),
        known(account),
        known(region),
        known(endpoint)
    );
    let mut text = format!("{}\n\n", style.wrap(&style.paint(Ink::Bold, head), 2));
    section(&mut text, "Deploy", steps.deploy.as_ref(), deploy, style, verbosity);
    section(&mut text, "Test", steps.test.as_ref(), test, style, verbosity);
    section(&mut text, "Bulk test", steps.bulk_test.as_ref(), bulk, style, verbosity);
    if steps.verify.is_some() {
        section(&mut text, "Verify", steps.verify.as_ref(), verify, style, verbosity);
    }
    if steps.report.is_some() {
        section(
            &mut text,
            "Report",
            steps.report.as_ref(),
            |document, style, _| report(document, style),
            style,
            verbosity,
        );
    }
    section(&mut text, "Cleanup", steps.cleanup.as_ref(), cleanup, style, verbosity);
    let failed = steps.bulk_test.as_ref().is_some_and(|step| !step.body.summary.causes.is_empty())
        || steps.test.as_ref().is_some_and(|step| !step.body.summary.causes.is_empty());
    if failed && steps.cleanup.is_some() {
        text.push_str("`labctl rehearse --keep` leaves the lab, so that `labctl trace` shows what failed.\n");
    }
    if steps.cleanup.is_none() {
        text.push_str("What was deployed is still there: `labctl cleanup` removes it.\n");
    }
    text + &summary
}

/// How a view of a step is reported.
type Tell<V> = fn(&Document<V>, Style, Verbosity) -> String;

fn section<V>(
    text: &mut String,
    name: &str,
    step: Option<&Document<V>>,
    tell: Tell<V>,
    style: Style,
    verbosity: Verbosity,
) {
    let (mark, body) = match step {
        Some(document) => (style.mark(document.head.ok), tell(document, style, verbosity)),
        None => ("--".to_owned(), "did not run".to_owned()),
    };
    let _ = writeln!(text, "{mark} {}\n{body}\n", style.paint(Ink::Bold, name));
}

#[cfg(test)]
mod tests {
    use super::super::testing::document_of;
    use super::*;
    use crate::ui::view::{CleanupSummary, CleanupView, DeploySummary, DeployView, RehearseSteps};

    #[test]
    fn one_page_tells_the_lesson() {
        let up =
            DeployView { summary: DeploySummary { created: 15, ..DeploySummary::default() }, ..DeployView::default() };
        let down = CleanupView {
            summary: CleanupSummary { deleted: 15, ..CleanupSummary::default() },
            ..CleanupView::default()
        };
        let steps = RehearseSteps {
            deploy: Some(document_of(true, 900, up)),
            cleanup: Some(document_of(true, 300, down)),
            ..RehearseSteps::default()
        };
        let document = document_of(true, 4200, RehearseView { steps });
        insta::assert_snapshot!(rehearse(&document, Style::plain(), Verbosity::Normal));
    }
}
