//! Where a failure began: the visit that explains why an execution did not come to what it should.

use super::tree::{End, Inside, Trace, TraceError, Visit};
use crate::outline::Outline;

/// Why an execution did not come to what it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureOrigin {
    /// Place in [`Trace::visits`] of the innermost visit that failed; where nothing failed, of the last one at the top.
    pub visit: Option<usize>,
    /// Place of the visit whose catcher took the failure: the same one, or a Parallel or Map around it.
    pub caught: Option<usize>,
    /// The failure; none where nothing failed.
    pub error: Option<TraceError>,
}

impl Trace {
    /// Where the failure of an execution began. It is asked of one that failed, or whose output says that it did not do its work.
    ///
    /// A failure that a catcher took explains the end of an execution unless the execution went back to its work afterwards: then the
    /// catcher mended it. A Fail state that a catcher led to is explained by what was caught.
    pub fn failure_origin(&self, outline: &Outline) -> FailureOrigin {
        let top =
            |fits: &dyn Fn(&Visit) -> bool| self.visits.iter().rposition(|visit| visit.inside.is_none() && fits(visit));
        match self.end {
            Some(End::TimedOut | End::Aborted) => {
                FailureOrigin { visit: self.cut_off(), caught: None, error: self.error.clone() }
            }
            Some(End::Failed) => {
                let failed = top(&|visit| visit.end == Some(End::Failed)).map(|at| self.innermost(at));
                let Some(at) = failed.or_else(|| self.cut_off()) else {
                    return FailureOrigin { error: self.error.clone(), ..FailureOrigin::default() };
                };
                let visit = self.visits.get(at);
                let is_fail = visit.is_some_and(|visit| visit.state_type == "Fail");
                let swallowed = if is_fail { self.swallowed(outline, at) } else { None };
                swallowed.unwrap_or_else(|| FailureOrigin {
                    visit: Some(at),
                    caught: None,
                    error: visit.and_then(|visit| visit.error.clone()).or_else(|| self.error.clone()),
                })
            }
            _ => match top(&|_| true) {
                Some(last) => {
                    let ended_here = FailureOrigin { visit: Some(last), ..FailureOrigin::default() };
                    self.swallowed(outline, last).unwrap_or(ended_here)
                }
                None => FailureOrigin::default(),
            },
        }
    }

    /// The visit inside of a failed one whose failure is its own.
    fn innermost(&self, mut at: usize) -> usize {
        while let Some(visit) = self.visits.get(at) {
            let attempt = visit.attempts.len().saturating_sub(1);
            let lanes = visit.lanes.iter().filter(|lane| lane.attempt == attempt);
            let event = visit.error.as_ref().map(|error| error.event_id);
            let is_its = |inner: &&usize| {
                let inner = self.visits.get(**inner).filter(|inner| inner.end == Some(End::Failed));
                inner.is_some_and(|inner| event.is_none() || inner.error.as_ref().map(|error| error.event_id) == event)
            };
            match lanes.flat_map(|lane| &lane.visits).find(is_its) {
                Some(inner) => at = *inner,
                None => break,
            }
        }
        at
    }

    /// The visit that an execution was in when it was cut off: the one entered last of those with nothing at work inside.
    fn cut_off(&self) -> Option<usize> {
        let at_work = |visit: &Visit| matches!(visit.end, None | Some(End::Aborted));
        let is_leaf = |visit: &Visit| {
            let mut inner = visit.lanes.iter().flat_map(|lane| &lane.visits);
            !inner.any(|inner| self.visits.get(*inner).is_some_and(at_work))
        };
        let open = self.visits.iter().enumerate().filter(|(_, visit)| at_work(visit) && is_leaf(visit));
        open.max_by_key(|(_, visit)| visit.event_id).map(|(at, _)| at)
    }

    /// The latest caught failure on the way to a visit after which the execution did not go back to its work.
    fn swallowed(&self, outline: &Outline, end: usize) -> Option<FailureOrigin> {
        let usual = usual_states(outline);
        let is_usual = |visit: &Visit| {
            outline.states.iter().zip(&usual).any(|(state, is_usual)| *is_usual && state.name == visit.state)
        };
        let caught = self.visits.iter().enumerate().filter(|(_, visit)| visit.end == Some(End::Caught));
        let mut caught: Vec<(i64, usize)> = caught
            .map(|(at, visit)| (visit.error.as_ref().map_or(visit.event_id, |error| error.event_id), at))
            .collect();
        caught.sort_unstable();
        let (_, at) =
            caught.into_iter().rev().find(|(_, at)| self.leads_up_to(*at, end) && !self.went_on(*at, &is_usual))?;
        Some(FailureOrigin {
            visit: Some(self.innermost(at)),
            caught: Some(at),
            error: self.visits.get(at).and_then(|visit| visit.error.clone()),
        })
    }

    /// A visit and those around it, from the inside out.
    fn outwards(&self, at: usize) -> impl Iterator<Item = (usize, &Visit)> {
        std::iter::successors(self.visits.get(at).map(|visit| (at, visit)), |(_, visit)| {
            let outer = visit.inside?.visit;
            self.visits.get(outer).map(|visit| (outer, visit))
        })
    }

    /// Whether a visit, or one around it, comes before another one, or before one around that, in the same lane.
    fn leads_up_to(&self, at: usize, end: usize) -> bool {
        let way: Vec<(usize, Option<Inside>)> =
            self.outwards(end).map(|(place, visit)| (place, visit.inside)).collect();
        self.outwards(at).any(|(place, visit)| {
            let same = way.iter().find(|(_, inside)| *inside == visit.inside);
            same.is_some_and(|(reached, _)| place < *reached || place == end)
        })
    }

    /// Whether work that the machine does when nothing fails was done after a visit. The state that the catcher led to is how the failure was
    /// handled, except where that is the failed state itself, tried again.
    fn went_on(&self, at: usize, is_usual: &impl Fn(&Visit) -> bool) -> bool {
        self.outwards(at).any(|(place, visit)| {
            let handled = place == at;
            let later = self.visits.iter().enumerate().skip(place + 1).filter(|(_, it)| it.inside == visit.inside);
            later.map(|(_, later)| later).enumerate().any(|(step, later)| {
                let is_work = matches!(later.state_type.as_str(), "Task" | "Parallel" | "Map");
                let is_handler = handled && step == 0 && later.state != visit.state;
                is_work && !is_handler && later.end == Some(End::Succeeded) && is_usual(later)
            })
        })
    }
}

/// Which states of an outline can be reached when nothing fails.
fn usual_states(outline: &Outline) -> Vec<bool> {
    let mut usual = vec![false; outline.states.len()];
    let mut ahead: Vec<usize> = outline.scopes.first().map(|scope| scope.start).into_iter().collect();
    while let Some(at) = ahead.pop() {
        let Some(known) = usual.get_mut(at).filter(|known| !**known) else { continue };
        *known = true;
        let Some(state) = outline.states.get(at) else { continue };
        ahead.extend(state.transitions.iter().filter(|way| !way.kind.is_catch()).map(|way| way.to));
        ahead.extend(state.inside.iter().filter_map(|scope| outline.scopes.get(*scope)).map(|scope| scope.start));
    }
    usual
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::cases::{FUNCTION, failing, parsed};
    use super::*;

    /// Runs a machine in which the tasks of the functions named fail, and says where that began: state, error, who caught it.
    fn origin(states: &Value, failing_functions: &[&str]) -> (String, String, String) {
        let definition = json!({"StartAt": "A", "States": states});
        let (outline, trace) = (parsed(&definition).outline(), failing(&definition, failing_functions));
        let origin = trace.failure_origin(&outline);
        let state = |at: Option<usize>| at.map(|at| trace.visits[at].state.clone()).unwrap_or_default();
        (state(origin.visit), origin.error.and_then(|error| error.error).unwrap_or_default(), state(origin.caught))
    }

    fn reported(states: &Value, failing_functions: &[&str]) -> String {
        let (state, error, caught) = origin(states, failing_functions);
        format!("{state} {error} {caught}").trim_end().to_owned()
    }

    fn task(function: &str, next: &str, catch: &str) -> Value {
        let mut state = json!({"Type": "Task", "Resource": format!("{FUNCTION}-{function}")});
        match next {
            "" => state["End"] = true.into(),
            next => state["Next"] = next.into(),
        }
        if !catch.is_empty() {
            state["Catch"] = json!([{"ErrorEquals": ["States.ALL"], "Next": catch}]);
        }
        state
    }

    #[test]
    fn what_nobody_caught_is_the_innermost_failure() {
        let alone = json!({"A": task("a", "", "")});
        assert_eq!(reported(&alone, &["a"]), "A Broken-a");
        let nested = json!({"A": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "B", "States": {"B": task("b", "", "")}},
            {"StartAt": "C", "States": {"C": {"Type": "Map", "End": true, "ItemsPath": "$.items", "ItemProcessor":
                {"StartAt": "D", "States": {"D": task("d", "", "")}}}}}]}});
        assert_eq!(reported(&nested, &["d"]), "D Broken-d");
        assert_eq!(reported(&nested, &["b"]), "B Broken-b");
    }

    #[test]
    fn a_caught_failure_explains_the_end_it_led_to() {
        let ends =
            json!({"A": task("a", "B", "Sorry"), "B": task("b", "", "Sorry"), "Sorry": {"Type": "Pass", "End": true}});
        assert_eq!(reported(&ends, &["a"]), "A Broken-a A");
        assert_eq!(reported(&ends, &["b"]), "B Broken-b B");
        let fails = json!({"A": task("a", "", "Stop"), "Stop": {"Type": "Fail", "Error": "Stopped", "Cause": "c"}});
        assert_eq!(reported(&fails, &["a"]), "A Broken-a A", "the Fail state only says that something failed");
        let handler = json!({"A": task("a", "", "Notify"), "Notify": task("n", "Stop", ""), "Stop": {"Type": "Fail", "Error": "Stopped"}});
        assert_eq!(reported(&handler, &["a"]), "A Broken-a A", "a task that handles the failure is no work");
        assert_eq!(reported(&handler, &["a", "n"]), "Notify Broken-n");
        let around = json!({"A": {"Type": "Parallel", "Next": "Z", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
            "Branches": [{"StartAt": "B", "States": {"B": task("b", "", "")}}]}, "Z": {"Type": "Pass", "End": true}});
        assert_eq!(reported(&around, &["b"]), "B Broken-b A");
    }

    #[test]
    fn what_a_catcher_mended_explains_nothing() {
        let mended = json!({"A": task("a", "B", "Default"), "Default": {"Type": "Pass", "Next": "B"},
            "B": task("b", "Check", ""), "Check": {"Type": "Choice", "Default": "Stop", "Choices":
                [{"Variable": "$.never", "IsPresent": true, "Next": "Fine"}]},
            "Fine": {"Type": "Succeed"}, "Stop": {"Type": "Fail", "Error": "Declined"}});
        assert_eq!(reported(&mended, &["a"]), "Stop Declined");
        assert_eq!(reported(&mended, &[]), "Stop Declined");
        assert_eq!(reported(&mended, &["a", "b"]), "B Broken-b");
    }

    #[test]
    fn without_any_failure_it_is_where_the_execution_ended() {
        let chosen = json!({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": true}});
        assert_eq!(origin(&chosen, &[]), ("B".to_owned(), String::new(), String::new()));
    }

    #[test]
    fn a_sibling_branch_that_caught_its_own_does_not_explain_a_fail_state() {
        let branches = json!({"A": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "B", "States": {"B": task("b", "", "Mend"), "Mend": {"Type": "Pass", "End": true}}},
            {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "Stop"}, "Stop": {"Type": "Fail", "Error": "Own"}}}]}});
        assert_eq!(reported(&branches, &["b"]), "Stop Own");
    }

    #[test]
    fn a_failure_in_one_iteration_explains_the_end_of_the_machine() {
        let each = json!({"A": {"Type": "Map", "Next": "Z", "ItemsPath": "$.items", "ItemProcessor": {"StartAt": "B", "States": {
                "B": task("b", "", "Mend"), "Mend": {"Type": "Pass", "End": true}}}},
            "Z": {"Type": "Pass", "End": true}});
        assert_eq!(reported(&each, &["b"]), "B Broken-b B");
    }

    #[test]
    fn an_execution_that_was_cut_off_was_in_its_innermost_state() {
        let waits = json!({"StartAt": "A", "TimeoutSeconds": 5, "States": {"A": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}},
            {"StartAt": "C", "States": {"C": {"Type": "Wait", "Seconds": 60, "End": true}}}]}}});
        let (outline, trace) = (parsed(&waits).outline(), failing(&waits, &[]));
        assert_eq!(trace.end, Some(End::TimedOut));
        let origin = trace.failure_origin(&outline);
        assert_eq!((trace.visits[origin.visit.unwrap()].state.as_str(), origin.caught), ("C", None));
        assert_eq!(Trace::default().failure_origin(&outline), FailureOrigin::default());
    }
}
