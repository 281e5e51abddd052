//! `labctl test` as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::alike::{anonymous, first_of, grouped};
use super::super::short::shortened;
use super::super::style::{Ink, Style, Verbosity, counted_len};
use super::super::view::{CoverageView, CoveredView, Document, TestScenario, TestSummary, TestView};
use super::causes::causes;
use super::table::table;

/// States and transitions named as not reached before the rest is counted.
const NAMED: usize = 10;

/// The text of the document, the summary line last.
pub(in crate::ui) fn test(document: &Document<TestView>, style: Style, verbosity: Verbosity) -> String {
    let view = &document.body;
    let summary = style.wrap(&summary(view, style), 2);
    if verbosity == Verbosity::Quiet {
        return summary;
    }
    let rows: Vec<Vec<String>> = by_name(view).into_iter().map(|(name, scenarios)| row(name, &scenarios)).collect();
    let mut text = table(&["scenario", "passed", "of", "longest ms"], rows, 1, style);
    let has_failed = |scenario: &TestScenario| !scenario.passed && !scenario.skipped;
    if verbosity == Verbosity::Verbose {
        for scenario in &view.scenarios {
            text.push_str(&detail(scenario, &[], style, has_failed(scenario), verbosity));
        }
    } else {
        // What could not start is reported once, with the troubles.
        let failed = view.scenarios.iter().filter(|scenario| has_failed(scenario) && !scenario.refused);
        for alike in grouped(failed, |scenario| alike(scenario)) {
            let Some((first, others)) = alike.split_first() else { continue };
            text.push_str(&detail(first, others, style, true, verbosity));
        }
    }
    let failed = u64::try_from(view.summary.failed).unwrap_or(u64::MAX);
    text.push_str(&causes(&view.summary.causes, failed, style, verbosity));
    for note in skipped(view) {
        let _ = writeln!(text, "{}", style.wrap(&note, 2));
    }
    // Where nothing could start, nothing could be reached.
    if !view.scenarios.iter().all(|scenario| scenario.refused || scenario.skipped) {
        text.push_str(&coverage(&view.coverage, style, verbosity));
    }
    text + &summary
}

/// Scenarios of all users by name, in the pack's order.
fn by_name(view: &TestView) -> Vec<(&str, Vec<&TestScenario>)> {
    let mut names: Vec<(&str, Vec<&TestScenario>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for scenario in &view.scenarios {
        let place = *places.entry(&scenario.name).or_insert(names.len());
        match names.get_mut(place) {
            Some((_, scenarios)) => scenarios.push(scenario),
            None => names.push((&scenario.name, vec![scenario])),
        }
    }
    names
}

fn row(name: &str, scenarios: &[&TestScenario]) -> Vec<String> {
    let passed = scenarios.iter().filter(|scenario| scenario.passed).count();
    let ran = scenarios.iter().filter(|scenario| !scenario.skipped).count();
    let longest = scenarios.iter().map(|scenario| scenario.ms).max().unwrap_or(0);
    let cell = |number: usize| if ran == 0 { "skipped".to_owned() } else { number.to_string() };
    vec![name.to_owned(), cell(passed), scenarios.len().to_string(), longest.to_string()]
}

/// The same for those that failed alike: of one scenario, of one cause, where that is known, else with the same problems but for the
/// user's name.
fn alike(scenario: &TestScenario) -> (&str, Vec<String>) {
    let problems = scenario.problems.iter().map(|problem| anonymous(problem, &scenario.user)).collect();
    let cause = scenario.cause.as_ref().map(|cause| vec![cause.key.clone()]);
    (&scenario.name, cause.unwrap_or(problems))
}

/// What became of a scenario, and of the same of others that is not told again.
fn detail(
    scenario: &TestScenario,
    others: &[&TestScenario],
    style: Style,
    failed: bool,
    verbosity: Verbosity,
) -> String {
    let mark = if scenario.skipped { "--".to_owned() } else { style.mark(!failed) };
    let users = std::iter::once(&scenario).chain(others).map(|one| style.user(&one.user)).collect::<Vec<_>>();
    let mut text = format!("{}\n", style.wrap(&format!("{mark} {}: {}", first_of(&users), scenario.name), 4));
    let mut line = |line: String| {
        let _ = writeln!(text, "{}", style.wrap(&style.spell(&line), 6));
    };
    for problem in &scenario.problems {
        let problem = if verbosity == Verbosity::Verbose { problem.clone() } else { shortened(problem) };
        line(format!("    {problem}"));
    }
    for note in scenario.notes.iter().filter(|_| !scenario.skipped) {
        line(format!("    note: {note}"));
    }
    if !failed && !scenario.path.is_empty() {
        line(format!("    {}", scenario.path.join(" → ")));
    }
    if let Some(arn) = &scenario.execution_arn {
        let which = if others.is_empty() { "" } else { "one of them: " };
        line(format!("    {which}{arn}"));
    }
    text
}

/// What was left out and why, once for all users.
fn skipped(view: &TestView) -> Vec<String> {
    let mut notes: BTreeMap<&str, &str> = BTreeMap::new();
    for scenario in view.scenarios.iter().filter(|scenario| scenario.skipped) {
        notes.insert(&scenario.name, scenario.notes.first().map_or("left out", String::as_str));
    }
    notes.into_iter().map(|(name, note)| format!("{name}: {note}")).collect()
}

fn coverage(coverage: &CoverageView, style: Style, verbosity: Verbosity) -> String {
    let CoverageView { states, transitions, in_children, only_some } = coverage;
    if states.total == 0 {
        return String::new();
    }
    let what = if *only_some { "Coverage of what ran" } else { "Coverage" };
    let mut text = format!(
        "{what}: {} of {}, {} of {}.",
        states.covered,
        counted_len(states.total, "state"),
        transitions.covered,
        counted_len(transitions.total, "transition")
    );
    for (noun, CoveredView { missing, .. }) in [("state", states), ("transition", transitions)] {
        // Whoever chose some scenarios did not ask for the rest.
        if *only_some && verbosity != Verbosity::Verbose {
            continue;
        }
        let named = if verbosity == Verbosity::Verbose { missing.len() } else { NAMED };
        for missing in missing.iter().take(named) {
            let _ = write!(text, "\n  {noun} not reached: {missing}");
        }
        let more = missing.len().saturating_sub(named);
        if more > 0 {
            let more = counted_len(more, noun);
            let _ = write!(text, "\n  {} {more} more not reached (--verbose lists them)", style.ellipsis());
        }
    }
    if !transitions.undecided.is_empty() && !*only_some {
        let ways = transitions.undecided.join(", ");
        let _ = write!(
            text,
            "\n  cannot be told apart, so not counted: {ways} (no input was kept, or the rules ask for more than it)"
        );
    }
    if *in_children > 0 {
        let states = counted_len(*in_children, "state");
        let _ =
            write!(text, "\n  {states} not counted: child executions of a Distributed Map run what is inside of it");
    }
    style.wrap(&text, 4) + "\n"
}

/// `Test complete: N passed, N failed, N skipped.`
pub(super) fn summary(view: &TestView, style: Style) -> String {
    let TestSummary { passed, failed, skipped, .. } = view.summary;
    if passed + failed == 0 {
        let head = style.paint(Ink::Bad, "Test failed:");
        return format!("{head} {passed} passed, {failed} failed, {skipped} skipped; no scenario ran.");
    }
    let head = if failed == 0 { style.paint(Ink::Good, "Test passed:") } else { style.paint(Ink::Bad, "Test failed:") };
    format!("{head} {passed} passed, {failed} failed, {skipped} skipped.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::document_of;
    use super::*;

    fn scenario(user: &str, name: &str) -> TestScenario {
        TestScenario {
            user: user.to_owned(),
            name: name.to_owned(),
            passed: true,
            skipped: false,
            expected: json!({"status": "SUCCEEDED"}),
            actual: json!({"status": "SUCCEEDED", "output": {"status": "COMPLETED"}}),
            execution_arn: Some(format!("arn:aws:states:us-east-1:000000000000:execution:{user}-w:{name}")),
            path: vec!["A".into(), "B".into()],
            ms: 120,
            cause: None,
            refused: false,
            problems: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn document() -> Document<TestView> {
        let mut failed = scenario("ben", "valid-order");
        failed.passed = false;
        failed.problems = vec!["output.status: expected `COMPLETED`, got `FAILED`".into()];
        let mut slow = scenario("ann", "callback-timeout");
        (slow.passed, slow.skipped, slow.path, slow.execution_arn, slow.ms) = (false, true, Vec::new(), None, 0);
        slow.notes = vec!["left out: it waits 300 s of real time; run it with `--slow`".into()];
        let coverage = CoverageView {
            states: CoveredView {
                covered: 3,
                total: 4,
                missing: vec!["callback-workflow: TaskTimeout".into()],
                undecided: vec![],
            },
            transitions: CoveredView {
                covered: 2,
                total: 2,
                missing: vec![],
                undecided: vec!["m: A -> B (rule 1)".into(), "m: A -> B (default)".into()],
            },
            in_children: 2,
            only_some: false,
        };
        let view = TestView {
            summary: TestSummary { passed: 1, failed: 1, skipped: 1, causes: Vec::new() },
            scenarios: vec![scenario("ann", "valid-order"), slow, failed],
            coverage,
            notes: Vec::new(),
            troubles: Vec::new(),
        };
        document_of(false, 9, view)
    }

    #[test]
    fn failures_are_shown_with_their_problems() {
        insta::assert_snapshot!(test(&document(), Style::plain(), Verbosity::Normal));
    }

    #[test]
    fn what_could_not_start_is_left_to_the_troubles_and_what_was_not_chosen_unnamed() {
        let mut document = document();
        document.body.coverage.only_some = true;
        document.body.scenarios.iter_mut().for_each(|scenario| scenario.refused = !scenario.passed);
        let text = test(&document, Style::plain(), Verbosity::Normal);
        assert!(!text.contains("ben: valid-order") && !text.contains("not reached"), "{text}");
        assert!(text.contains("Coverage of what ran: 3 of 4 states"), "{text}");
    }

    #[test]
    fn what_failed_alike_is_shown_once_with_whose_it_is() {
        let failed = |user: String, problem: &str| {
            let problems = vec![problem.replace("USER", &user)];
            TestScenario { passed: false, problems, ..scenario(&user, "valid-order") }
        };
        let mut document = document();
        document.body.scenarios =
            (1..=30).map(|number| failed(format!("user{number}"), "`USER-f` is not mocked")).collect();
        document.body.scenarios.push(failed("zoe".to_owned(), "another"));
        let shown = |document: &Document<TestView>, verbosity| test(document, Style::plain(), verbosity);
        let text = shown(&document, Verbosity::Normal);
        assert_eq!(text.matches("is not mocked").count(), 1, "{text}");
        assert!(
            text.contains("!! user1, user2, user3, user4, user5 and 25 more: valid-order\n    `user1-f` is"),
            "{text}"
        );
        assert!(text.contains("!! zoe: valid-order\n    another"), "{text}");
        assert_eq!(shown(&document, Verbosity::Verbose).matches("is not mocked").count(), 30);
        // One cause may come with problems that differ in what the execution made of it.
        for (number, scenario) in document.body.scenarios.iter_mut().enumerate() {
            scenario.problems = vec![format!("problem {number}")];
            scenario.cause = Some(crate::cause::Cause { key: "a".to_owned(), ..crate::cause::Cause::default() });
        }
        assert_eq!(shown(&document, Verbosity::Normal).matches("problem ").count(), 1);
    }

    #[test]
    fn verbose_shows_paths_and_narrow_terminals_hold() {
        let style = Style { width: 40, terminal: true, unicode: true, ..Style::plain() };
        let text = test(&document(), style, Verbosity::Verbose);
        assert!(text.contains("A → B"), "{text}");
        let is_whole = |line: &str| line.trim().starts_with("arn:aws:states") && line.contains(":execution:");
        let fits = |line: &str| unicode_width::UnicodeWidthStr::width(line) <= 40 || is_whole(line);
        assert!(text.lines().all(fits), "{text}");
        assert!(text.lines().any(is_whole), "an ARN is never broken: {text}");
    }

    #[test]
    fn a_long_value_is_cut_in_the_middle_unless_all_is_wanted() {
        let mut document = document();
        let input = format!("{{\"items\":\"{}\"}}", "x".repeat(1500));
        document.body.scenarios[2].problems =
            vec![format!("status: `$.orderNumber` could not be found in '{input}' of it")];
        let text = |verbosity| test(&document, Style::plain(), verbosity);
        let short = text(Verbosity::Normal);
        assert!(
            short.contains("`$.orderNumber` could not be found in '{\"items\"") && short.contains("' of it"),
            "{short}"
        );
        assert!(!short.contains(&input) && text(Verbosity::Verbose).contains(&input));
    }
}
