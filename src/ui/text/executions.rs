//! `labctl executions` as text: a line for each, its cause below it, then the causes that several have.

use std::fmt::Write as _;

use super::super::short::shortened;
use super::super::style::{Ink, Style, Verbosity, counted_len, fine_duration};
use super::super::view::{ExecutionView, ExecutionsView};
use super::causes::causes;

/// The text of the document, the summary line last.
pub(in crate::ui) fn executions(view: &ExecutionsView, style: Style, verbosity: Verbosity) -> String {
    let summary = &view.summary;
    let failed = if summary.failed == 0 { String::new() } else { format!(", {} failed", summary.failed) };
    let last = format!("{}{failed}.", counted_len(summary.executions, "execution"));
    if verbosity == Verbosity::Quiet {
        return last;
    }
    let users = widest(view, |it| style.user(it.user.as_str()));
    let machines = widest(view, |it| it.machine.clone());
    let statuses = widest(view, status);
    let mut text = String::new();
    for execution in &view.executions {
        let ink = match (&execution.cause, execution.ms) {
            (Some(_), _) => Ink::Bad,
            (None, Some(_)) => Ink::Good,
            (None, None) => Ink::Notice,
        };
        let took = execution.ms.map(fine_duration).unwrap_or_default();
        let status = style.paint(ink, format!("{:statuses$}", status(execution)));
        let (user, machine) = (style.user(execution.user.as_str()), &execution.machine);
        // A name is copied into `labctl trace`, so that it is never broken.
        let _ = writeln!(
            text,
            "{}  {user:users$}  {machine:machines$}  {status}  {took:>8}  {}",
            execution.started, execution.name
        );
        if let Some(cause) = &execution.cause {
            let cause = if verbosity == Verbosity::Verbose { cause.text() } else { shortened(&cause.text()) };
            let _ = writeln!(text, "{}", style.wrap(&style.spell(&format!("    {cause}")), 6));
        }
    }
    // One that stands above is not reported again.
    if summary.causes.iter().any(|cause| cause.count > 1) {
        let _ = writeln!(text, "\n{}", style.paint(Ink::Bold, "Causes"));
        text.push_str(&causes(&summary.causes, summary.executions as u64, style, verbosity));
    }
    for note in &view.notes {
        let _ = writeln!(text, "{}", style.wrap(&format!("note: {note}"), 2));
    }
    text + &last
}

/// The outcome where it says more than the status.
fn status(execution: &ExecutionView) -> String {
    let ExecutionView { status, outcome, .. } = execution;
    if **outcome == **status { (*status).to_owned() } else { format!("{status}: {outcome}") }
}

fn widest(view: &ExecutionsView, cell: impl Fn(&ExecutionView) -> String) -> usize {
    view.executions.iter().map(|execution| cell(execution).chars().count()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::{Cause, CommonCauses};
    use crate::model::{MachineType, UserName};
    use crate::ui::view::ExecutionsSummary;

    fn execution(user: &str, name: &str, cause: Option<Cause>) -> ExecutionView {
        ExecutionView {
            arn: format!("arn:aws:states:us-east-1:000000000000:execution:{user}-orders:{name}"),
            name: name.to_owned(),
            user: UserName::new(user).unwrap(),
            machine: "orders".to_owned(),
            machine_type: MachineType::Standard,
            status: "SUCCEEDED",
            outcome: if cause.is_some() { "FAILED" } else { "SUCCEEDED" }.into(),
            started: "2026-11-30T10:00:00.000Z".to_owned(),
            ms: Some(1200),
            cause: cause.map(Box::new),
        }
    }

    #[test]
    fn each_is_a_line_with_its_cause_and_common_causes_follow() {
        let cause =
            Cause { key: "k".into(), state: Some("Pay".into()), message: "no amount".into(), ..Cause::default() };
        let listed = vec![
            execution("ann", "e3", None),
            execution("ben-2", "e2", Some(cause.clone())),
            execution("ann", "e1", Some(cause.clone())),
        ];
        let mut common = CommonCauses::default();
        common.add("ben-2", &cause, Some("ben-2:orders:e2"));
        common.add("ann", &cause, None);
        let summary = ExecutionsSummary { executions: 3, failed: 2, causes: common.sorted() };
        let view = ExecutionsView { summary, executions: listed, notes: vec!["a note".into()] };
        let wanted = "\
2026-11-30T10:00:00.000Z  ann    orders  SUCCEEDED             1.2 s  e3
2026-11-30T10:00:00.000Z  ben-2  orders  SUCCEEDED: FAILED     1.2 s  e2
    Pay: no amount
2026-11-30T10:00:00.000Z  ann    orders  SUCCEEDED: FAILED     1.2 s  e1
    Pay: no amount

Causes
2 of 3: Pay: no amount
    for: ann, ben-2
    one of them: labctl trace ben-2:orders:e2
note: a note
3 executions, 2 failed.";
        let text = executions(&view, Style::plain(), Verbosity::Normal);
        assert_eq!(text, wanted, "\n{text}");
        assert_eq!(executions(&ExecutionsView::default(), Style::plain(), Verbosity::Normal), "0 executions.");
    }
}
