//! Waiting for functions that are being made or changed.
//!
//! AWS leaves a function's state out of its lists, so that each is asked for by itself (GetFunction, which has a quota of its own). An
//! endpoint on this machine that shows states in lists is asked for all of them at once: a class has hundreds that settle together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, State};

use super::account::Account;
use super::caller::refused;
use super::function::state;
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::LiveState;

/// How long a function may take to settle or to go.
pub(super) const SETTLES: Duration = Duration::from_mins(2);

/// Up to this many that wait are asked for one by one.
const FEW: usize = 3;

/// Between the beginnings of two readings of the list.
const APART: Duration = Duration::from_millis(200);

/// How a function that was made or changed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    NotYet,
    Ready,
    /// Why it failed.
    Failed(String),
}

/// Functions that settle.
#[derive(Debug, Default)]
pub(super) struct Settling {
    waiting: AtomicUsize,
    /// Of how many pages the list was when it was last read.
    pages: AtomicUsize,
    /// Whether lists show states; `None` while that is not known.
    shows: Mutex<Option<bool>>,
    last: tokio::sync::Mutex<Option<Reading>>,
}

/// One reading of the list.
#[derive(Debug)]
struct Reading {
    began: Duration,
    states: BTreeMap<String, Settled>,
}

/// One that waits, as long as it does.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Settling {
    /// Takes in whether a list showed states.
    pub(super) fn learn(&self, shows: bool) {
        *self.shows.lock().unwrap_or_else(PoisonError::into_inner) = Some(shows);
    }

    fn may_show(&self) -> bool {
        *self.shows.lock().unwrap_or_else(PoisonError::into_inner) != Some(false)
    }
}

impl Account {
    /// Waits until a function that was made or changed can be changed and invoked, or is known not to come to that.
    pub(super) async fn settled(&self, name: &str) -> Result<Settled, CloudError> {
        let _waiting = Waiting::new(&self.settling.waiting);
        let mut looks = self.caller.looks(SETTLES);
        // The answer to the change has just said that it is not so yet.
        looks.next().await;
        loop {
            let is_throttled = match self.look_at(name).await {
                Ok(Settled::NotYet) => false,
                Ok(settled) => return Ok(settled),
                // It is being worked on all the same: the next look will tell.
                Err(error) if error.class == ErrorClass::Throttled => true,
                Err(error) => return Err(error),
            };
            let more = if self.looks_at_all() { looks.soon().await } else { looks.next().await };
            if !more {
                let why = if is_throttled { "cannot be looked at" } else { "is still being worked on" };
                return Err(refused("lambda:GetFunction", ErrorClass::Busy, format!("`{name}` {why}")));
            }
        }
    }

    async fn look_at(&self, name: &str) -> Result<Settled, CloudError> {
        if self.looks_at_all()
            && let Some(settled) = self.look_at_all(name).await
        {
            return Ok(settled);
        }
        let ask = || self.lambda.get_function().function_name(name).send();
        let answer = self.caller.call("lambda:GetFunction", ask).await?;
        Ok(answer.configuration.map_or(Settled::Ready, |configuration| settled(&configuration)))
    }

    /// Whether the list may show how functions are, and is fewer calls than asking for each.
    fn looks_at_all(&self) -> bool {
        let pages = self.settling.pages.load(Ordering::Relaxed);
        let many = self.settling.waiting.load(Ordering::Relaxed) > pages.max(FEW);
        many && self.caller.endpoints.all_loopback() && self.settling.may_show()
    }

    /// How the list shows a function now; `None` where it does not. Whoever asks while the list is being read takes part in the next
    /// reading, so that hundreds who wait are one reading.
    async fn look_at_all(&self, name: &str) -> Option<Settled> {
        let time = &self.caller.time;
        let asked = time.elapsed();
        let mut last = self.settling.last.lock().await;
        if last.as_ref().is_none_or(|last| last.began < asked) {
            if !self.settling.may_show() {
                return None;
            }
            let since = last.as_ref().map(|last| time.elapsed().saturating_sub(last.began));
            time.sleep(since.map_or(Duration::ZERO, |since| APART.saturating_sub(since))).await;
            let began = time.elapsed();
            let states = Mutex::new(BTreeMap::new());
            let note = |configuration: &FunctionConfiguration| {
                let name = configuration.function_name().unwrap_or_default().to_owned();
                let mut states = states.lock().unwrap_or_else(PoisonError::into_inner);
                states.insert(name, settled(configuration));
                false
            };
            match self.functions(note).await {
                Ok(read) => self.settling.pages.store(read.pages, Ordering::Relaxed),
                Err(_) => self.settling.learn(false),
            }
            let states = states.into_inner().unwrap_or_else(PoisonError::into_inner);
            *last = Some(Reading { began, states });
        }
        if !self.settling.may_show() {
            return None;
        }
        last.as_ref().and_then(|last| last.states.get(name).cloned())
    }
}

fn settled(configuration: &FunctionConfiguration) -> Settled {
    let because = |reason: Option<&str>| Settled::Failed(reason.unwrap_or("no reason given").to_owned());
    if configuration.state() == Some(&State::Failed) {
        return because(configuration.state_reason());
    }
    match (state(configuration), configuration.last_update_status()) {
        (_, Some(LastUpdateStatus::Failed)) => because(configuration.last_update_status_reason()),
        (LiveState::Ready, _) => Settled::Ready,
        _ => Settled::NotYet,
    }
}
