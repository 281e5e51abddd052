//! Retry and Catch. <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>

use std::sync::Arc;

use super::enter::beyond_limits;
use super::stepper::{Alarm, Run};
use super::thread::{Phase, ThreadId};
use crate::definition::{Catcher, Kind, Retrier, State};
use crate::failure::Failure;
use crate::flow::Leaving;
use crate::random::Random;

impl Run {
    /// The state of a thread failed; `inside` says that one of its children did.
    pub(super) fn fail(&mut self, id: ThreadId, failure: Failure, inside: bool) {
        let machine = Arc::clone(&self.machine);
        let Some(state) = self.state_of(&machine, id) else { return };
        if self.retries(id, state, &failure) {
            return;
        }
        match state.kind {
            Kind::Parallel { .. } if inside => self.tell(id, "ParallelStateFailed", None),
            Kind::Map(_) if inside => self.tell(id, "MapStateFailed", None),
            _ => 0,
        };
        let catcher = state.catch.iter().find(|catcher| catcher.errors.iter().any(|name| failure.is_named(name)));
        let Some(thread) = self.thread_mut(id) else { return };
        thread.phase = Phase::Working;
        let failure = match catcher {
            Some(catcher) => match self.catch(id, state, catcher, &failure) {
                Ok(leaving) => {
                    self.leave(&machine, id, leaving, Some(catcher.next));
                    return;
                }
                Err(uncaught) => uncaught,
            },
            None => failure,
        };
        match self.thread(id).map(|thread| (thread.parent, thread.last)) {
            Some((None, last)) => self.fail_execution(last, failure),
            Some((Some((parent, slot)), _)) => self.child_failed(&machine, id, parent, slot, failure),
            None => {}
        }
    }

    /// What the state leaves with through a catcher, or what goes wrong with that: nobody catches it.
    fn catch(&mut self, id: ThreadId, state: &State, catcher: &Catcher, failure: &Failure) -> Result<Leaving, Failure> {
        let Some((context, thread, random)) = self.view(id, state) else { return Err(failure.clone()) };
        let caught = state.flow.caught(&thread.raw, failure, &catcher.detour, &context, random);
        let assigned = caught.and_then(|leaving| {
            thread.variables.clone().assign(&leaving.assigned)?;
            Ok(leaving)
        });
        match assigned {
            Ok(leaving) => beyond_limits(&leaving.output, &state.name).map_or(Ok(leaving), Err),
            Err(broken) => {
                let machine = Arc::clone(&self.machine);
                Err(self.reported(&machine, id, broken))
            }
        }
    }

    /// Whether a retrier takes the failure: then the state is tried again after a delay.
    fn retries(&mut self, id: ThreadId, state: &State, failure: &Failure) -> bool {
        // The first retrier that names the error decides, even if it has no attempts left.
        let found = state.retry.iter().position(|retrier| retrier.errors.iter().any(|name| failure.is_named(name)));
        let Some((at, retrier)) = found.and_then(|at| state.retry.get(at).map(|retrier| (at, retrier))) else {
            return false;
        };
        let Some(thread) = self.thread_mut(id) else { return false };
        if thread.attempts.len() <= at {
            thread.attempts.resize(at + 1, 0);
        }
        let Some(attempts) = thread.attempts.get_mut(at) else { return false };
        if *attempts >= retrier.attempts {
            return false;
        }
        let done = *attempts;
        *attempts += 1;
        thread.retries += 1;
        let delay_ms = delay_ms(retrier, done, &mut self.random);
        let timer = self.set_timer(delay_ms, Alarm::Thread(id));
        if let Some(thread) = self.thread_mut(id) {
            thread.phase = Phase::Waiting(timer);
        }
        true
    }
}

/// The pause before the next attempt, `done` of them having been made.
fn delay_ms(retrier: &Retrier, done: u64, random: &mut Random) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "both are below 10^8, as the reader checked")]
    let (interval, longest) =
        (retrier.interval_seconds as f64, retrier.longest_delay_seconds.map_or(99_999_999.0, |longest| longest as f64));
    let grown = interval * retrier.backoff.powi(i32::try_from(done).unwrap_or(i32::MAX));
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 10^11")]
    let whole = (grown.min(longest) * 1000.0) as i64;
    if retrier.full_jitter {
        let bound = u64::try_from(whole).unwrap_or(0).saturating_add(1);
        return i64::try_from(random.below(bound)).unwrap_or(whole);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier() -> Retrier {
        Retrier {
            errors: Vec::new(),
            interval_seconds: 3,
            attempts: 3,
            backoff: 1.5,
            longest_delay_seconds: None,
            full_jitter: false,
        }
    }

    #[test]
    fn delays_grow_up_to_their_limit() {
        let mut random = Random::new(1);
        let mut delays =
            |retrier: &Retrier| (0..4).map(|done| delay_ms(retrier, done, &mut random)).collect::<Vec<_>>();
        assert_eq!(delays(&retrier()), [3000, 4500, 6750, 10_125]);
        assert_eq!(delays(&Retrier { longest_delay_seconds: Some(5), ..retrier() }), [3000, 4500, 5000, 5000]);
        let jittered = delays(&Retrier { full_jitter: true, backoff: 1.0, ..retrier() });
        assert!(jittered.iter().all(|delay| (0..=3000).contains(delay)) && jittered.iter().any(|delay| *delay != 3000));
        assert_eq!(delay_ms(&retrier(), u64::MAX, &mut random), 99_999_999_000);
    }
}
