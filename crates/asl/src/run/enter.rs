//! Entering and leaving states, and the states that need nobody else.

use std::sync::Arc;

use serde_json::Value;

use super::history::{Stage, entered, error_details, exited, state_event};
use super::stepper::{Alarm, Run};
use super::thread::{Phase, ThreadId};
use crate::definition::{Definition, Kind, Rule, State, StateId, Text, WaitFor};
use crate::failure::{Failure, FailureKind};
use crate::flow::Leaving;
use crate::payload::Payload;
use crate::scope::Scope;
use crate::timestamp;

/// A Wait whose end is further away fails on AWS: it counts seconds in 32 bits.
const LONGEST_DELAY_MS: i64 = (i32::MAX as i64) * 1000;

/// What a state does at once.
enum Step {
    /// It is done; `Some` says where to go instead of Next.
    Done(Leaving, Option<StateId>),
    /// It waits so many milliseconds.
    Wait(i64),
    /// Somebody else goes on with it.
    Elsewhere,
}

impl Run {
    /// The state a thread is in.
    pub(super) fn state_of<'m>(&self, machine: &'m Definition, id: ThreadId) -> Option<&'m State> {
        machine.states.get(self.thread(id)?.state)
    }

    /// Enters the state that a thread stands before.
    pub(super) fn enter(&mut self, id: ThreadId) {
        let machine = Arc::clone(&self.machine);
        let Some(state) = self.state_of(&machine, id) else { return };
        let now_ms = self.now_ms;
        let Some(thread) = self.thread_mut(id) else { return };
        thread.phase = Phase::Working;
        thread.before = thread.last;
        thread.entered_ms = now_ms;
        thread.retries = 0;
        thread.attempts.clear();
        let details = Some(entered(state, &thread.raw));
        let event = self.tell_kept(id, state_event(&state.kind, Stage::Entered), details);
        if let Some(thread) = self.thread_mut(id) {
            thread.entered = event;
        }
        self.work(&machine, id);
    }

    /// Does what the state is there for; after a failure that is retried, again.
    pub(super) fn work(&mut self, machine: &Definition, id: ThreadId) {
        let Some(state) = self.state_of(machine, id) else { return };
        if let Some(thread) = self.thread_mut(id) {
            thread.phase = Phase::Working;
        }
        let step = match &state.kind {
            Kind::Task(task) => self.schedule(id, state, task).map(|()| Step::Elsewhere),
            Kind::Parallel { branches } => self.branch_out(machine, id, state, branches).map(|()| Step::Elsewhere),
            Kind::Map(map) => self.iterate(machine, id, state, map).map(|()| Step::Elsewhere),
            _ => self.alone(id, state),
        };
        match step {
            Ok(Step::Done(leaving, to)) => self.leave(machine, id, leaving, to.or(state.next)),
            Ok(Step::Wait(delay_ms)) => {
                let timer = self.set_timer(delay_ms, Alarm::Thread(id));
                if let Some(thread) = self.thread_mut(id) {
                    thread.phase = Phase::Waiting(timer);
                }
            }
            Ok(Step::Elsewhere) => {}
            Err(failure) => {
                // AWS tells of a Map or Parallel that an expression kept from starting as if one of its children had failed.
                let inside = failure.location.is_some();
                let failure = self.reported(machine, id, failure);
                self.fail(id, failure, inside);
            }
        }
    }

    /// The states that need nobody else.
    fn alone(&mut self, id: ThreadId, state: &State) -> Result<Step, Failure> {
        let now_ms = self.now_ms;
        let Some((context, thread, random)) = self.view(id, state) else { return Ok(Step::Elsewhere) };
        let flow = &state.flow;
        let input = if matches!(state.kind, Kind::Fail { .. }) {
            thread.raw.clone()
        } else {
            flow.input(&thread.raw, &context)?
        };
        match &state.kind {
            Kind::Pass { result } => {
                let leaving = if let Some(result) = result {
                    flow.finished(&thread.raw, result.clone(), &context, random)
                } else {
                    let made = flow.arguments(input, &context, random)?;
                    flow.passed(&thread.raw, made, None, &context, random)
                };
                leaving.map(|leaving| Step::Done(leaving, None))
            }
            Kind::Choice { rules, default } => {
                let rule = first_holding(rules, &mut Scope::new(input.value(), &context, random))?;
                let chosen = rule.map(|rule| rule.next).or(*default);
                if chosen.is_none() {
                    // The specification names States.NoChoiceMatched; AWS answers with States.Runtime.
                    let cause = "Failed to transition out of the state. The state does not point to a next state.";
                    return Err(Failure::runtime(cause));
                }
                let detour = rule.map(|rule| &rule.detour);
                flow.passed(&thread.raw, input, detour, &context, random).map(|leaving| Step::Done(leaving, chosen))
            }
            Kind::Wait(wait) => match delay(wait, &mut Scope::new(input.value(), &context, random), now_ms)? {
                delay_ms if delay_ms > LONGEST_DELAY_MS => Err(Failure::runtime("Wait state delay is too long.")),
                delay_ms if delay_ms > 0 => Ok(Step::Wait(delay_ms)),
                _ => flow.passed(&thread.raw, input, None, &context, random).map(|leaving| Step::Done(leaving, None)),
            },
            Kind::Fail { error, cause } => {
                let mut scope = Scope::new(input.value(), &context, random);
                let error = text(error.as_ref(), &mut scope)?;
                let cause = text(cause.as_ref(), &mut scope)?;
                self.fail(id, Failure { error, cause, kind: FailureKind::Named, location: None }, false);
                Ok(Step::Elsewhere)
            }
            _ => flow.passed(&thread.raw, input, None, &context, random).map(|leaving| Step::Done(leaving, None)),
        }
    }

    /// A timer of a thread fired: a Wait is over, or a retry is due.
    pub(super) fn wake(&mut self, id: ThreadId) {
        let machine = Arc::clone(&self.machine);
        let Some(state) = self.state_of(&machine, id) else { return };
        if !matches!(state.kind, Kind::Wait(_)) {
            self.work(&machine, id);
            return;
        }
        let Some((context, thread, random)) = self.view(id, state) else { return };
        let output = state
            .flow
            .input(&thread.raw, &context)
            .and_then(|input| state.flow.passed(&thread.raw, input, None, &context, random));
        match output {
            Ok(leaving) => self.leave(&machine, id, leaving, state.next),
            Err(failure) => self.broken(&machine, id, failure),
        }
    }

    /// The state's own evaluation failed, which is reported with the state's name.
    pub(super) fn broken(&mut self, machine: &Definition, id: ThreadId, failure: Failure) {
        let failure = self.reported(machine, id, failure);
        self.fail(id, failure, false);
    }

    /// A failure with the state's name; one of an expression becomes an event too.
    pub(super) fn reported(&mut self, machine: &Definition, id: ThreadId, failure: Failure) -> Failure {
        let Some(state) = self.state_of(machine, id) else { return failure };
        let Some((entered, before)) = self.thread(id).map(|thread| (thread.entered, thread.before)) else {
            return failure;
        };
        let failure = failure.in_state(&state.name, entered);
        if let Some(location) = &failure.location {
            // AWS lets this event follow what the state's own entry follows, as if both were one.
            if let Some(thread) = self.thread_mut(id).filter(|thread| thread.last == entered) {
                thread.last = before;
            }
            let mut details = error_details(failure.error.as_deref(), failure.cause.as_deref());
            if !location.is_empty() {
                details.insert("location".to_owned(), Value::from(location.as_str()));
            }
            details.insert("state".to_owned(), Value::from(state.name.as_str()));
            let details = Some(("evaluationFailedEventDetails", Value::Object(details)));
            self.tell(id, "EvaluationFailed", details);
        }
        failure
    }

    /// Leaves the state, for another one or to the end of its scope.
    pub(super) fn leave(&mut self, machine: &Definition, id: ThreadId, leaving: Leaving, to: Option<StateId>) {
        let Some(state) = self.state_of(machine, id) else { return };
        if let Some(failure) = beyond_limits(&leaving.output, &state.name) {
            self.fail(id, failure, false);
            return;
        }
        let Some(thread) = self.thread_mut(id) else { return };
        if let Err(failure) = thread.variables.assign(&leaving.assigned) {
            self.broken(machine, id, failure);
            return;
        }
        self.tell_kept(id, state_event(&state.kind, Stage::Exited), Some(exited(state, &leaving)));
        let output = leaving.output;
        let Some(thread) = self.thread_mut(id) else { return };
        match to {
            Some(next) => {
                thread.state = next;
                thread.raw = output;
                thread.phase = Phase::Entering;
                self.make_ready(id);
            }
            None => match (thread.parent, thread.last) {
                (Some((parent, slot)), last) => self.joined(machine, id, parent, slot, last, output),
                (None, last) => self.succeed(last, output),
            },
        }
    }
}

/// A payload that nobody could take.
pub(super) fn beyond_limits(payload: &Payload, what: &str) -> Option<Failure> {
    if payload.is_too_deep() {
        return Some(Failure::runtime(format!("The state/task '{what}' returned a result that is nested too deeply.")));
    }
    payload.is_too_large().then(|| Failure { kind: FailureKind::DataLimit, ..too_large(what) })
}

/// States.DataLimitExceeded, in AWS's words.
pub(super) fn too_large(what: &str) -> Failure {
    let cause = format!(
        "The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Failure::named("States.DataLimitExceeded", cause)
}

/// The first rule of a Choice that holds.
fn first_holding<'rules>(rules: &'rules [Rule], scope: &mut Scope<'_>) -> Result<Option<&'rules Rule>, Failure> {
    for rule in rules {
        if rule.condition.holds(scope)? {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

fn text(text: Option<&Text>, scope: &mut Scope<'_>) -> Result<Option<String>, Failure> {
    match text {
        None => Ok(None),
        Some(Text::Literal(text)) => Ok(Some(text.clone())),
        Some(Text::Query(query)) => query.string(scope).map(Some),
        Some(Text::Expression { field, expression }) => match expression.evaluate(field, scope)? {
            Value::String(text) => Ok(Some(text)),
            other => {
                Err(Failure::runtime(format!("The {field} field refers to value \"{other}\" which is not a string")))
            }
        },
    }
}

/// How long to wait, in milliseconds.
fn delay(wait: &WaitFor, scope: &mut Scope<'_>, now_ms: i64) -> Result<i64, Failure> {
    let missing = |field: &str, path: &str| {
        Failure::runtime(format!("The {field} parameter does not reference an input value: {path}"))
    };
    let until = |nanoseconds: i128| {
        let milliseconds = nanoseconds.div_euclid(1_000_000) + i128::from(nanoseconds.rem_euclid(1_000_000) > 0);
        i64::try_from(milliseconds).unwrap_or(i64::MAX).saturating_sub(now_ms)
    };
    let span = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
    match wait {
        WaitFor::Seconds(seconds) => Ok(span(*seconds)),
        WaitFor::Timestamp(nanoseconds) => Ok(until(*nanoseconds)),
        WaitFor::SecondsQuery(query) => query.integer(0, 99_999_999, scope).map(span),
        WaitFor::TimestampQuery(query) => {
            let text = query.string(scope)?;
            timestamp::parse(&text).map(until).ok_or_else(|| {
                let cause = format!(
                    "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}"
                );
                Failure { cause: Some(cause), ..query.failed("") }
            })
        }
        WaitFor::SecondsPath(path) => {
            let value = scope.select(path).map_err(|_| missing("SecondsPath", &path.text))?;
            let (path, shown) = (&path.text, crate::text::bare(&value));
            match (value.as_u64(), value.as_i64()) {
                (Some(seconds), _) => Ok(span(seconds)),
                (None, Some(_)) => Err(Failure::runtime(format!(
                    "The SecondsPath parameter references a negative value: {path} == {shown}"
                ))),
                _ => Err(Failure::runtime(format!(
                    "The SecondsPath parameter cannot be parsed as a long value: {path} == {shown}"
                ))),
            }
        }
        WaitFor::TimestampPath(path) => {
            let value = scope.select(path).map_err(|_| missing("TimestampPath", &path.text))?;
            value.as_str().and_then(timestamp::parse).map(until).ok_or_else(|| {
                Failure::runtime(format!(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {} == {}",
                    path.text,
                    crate::text::bare(&value)
                ))
            })
        }
    }
}
