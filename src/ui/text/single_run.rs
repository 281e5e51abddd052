//! `labctl run` as text: as `trace` shows it, and what the scenario makes of it.

use std::fmt::Write as _;

use super::super::short::shortened;
use super::super::style::{Style, Verbosity};
use super::super::view::SingleRunView;
use super::trace::trace;

/// The text of the document; quiet, the first line and what was not as expected.
pub(in crate::ui) fn single_run(view: &SingleRunView, style: Style, verbosity: Verbosity) -> String {
    let mut text = trace(&view.trace, style, verbosity);
    let Some(scenario) = &view.scenario else { return text };
    let word = if scenario.passed { "as expected" } else { "not as expected" };
    let _ = write!(text, "\n{} {}: {word}", style.mark(scenario.passed), scenario.name);
    for problem in &scenario.problems {
        let problem = if verbosity == Verbosity::Verbose { problem.clone() } else { shortened(problem) };
        let _ = write!(text, "\n{}", style.wrap(&style.spell(&format!("    {problem}")), 6));
    }
    text
}
