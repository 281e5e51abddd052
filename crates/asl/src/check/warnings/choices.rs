//! Rules of a Choice that can never be the first to hold.

use super::compare::{implies, never_holds};
use crate::check::report::Report;
use crate::check::rules;
use crate::check::written::{Written, WrittenState};
use crate::definition::{Definition, Kind, Rule};

/// More pairs of rules than this are not compared, so that no text takes long.
const MOST_RULES: usize = 300;

pub(super) fn check(written: &Written<'_>, definition: &Definition, report: &mut Report) {
    for (id, state) in &written.states {
        if let Some(Kind::Choice { rules, .. }) = definition.states.get(*id).map(|state| &state.kind) {
            rules_of(state, rules, report);
        }
    }
}

fn rules_of(state: &WrittenState<'_>, rules: &[Rule], report: &mut Report) {
    let written = state.elements("Choices");
    for (index, (rule, place)) in rules.iter().zip(&written).enumerate().take(MOST_RULES) {
        if never_holds(&rule.condition) {
            let message = format!("rule {} of `{}` can never hold", index + 1, state.name);
            report.tell(&rules::RULE_NEVER_HOLDS, message, &place.pointer, place.at);
            report.help("its conditions exclude each other: `Or` takes either of them");
            continue;
        }
        let earlier = rules.iter().take(index).position(|earlier| implies(&rule.condition, &earlier.condition));
        if let Some(earlier) = earlier {
            let message = format!("rule {} of `{}` is never reached", index + 1, state.name);
            report.tell(&rules::RULE_NEVER_REACHED, message, &place.pointer, place.at);
            report.help(format!("rule {} takes all that it would take: put the narrower rule first", earlier + 1));
        }
    }
}
