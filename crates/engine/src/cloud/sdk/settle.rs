//! Waiting for functions that are being made or changed.
//!
//! AWS leaves a function's state out of its lists, so that each is asked for by itself (GetFunction, which has a quota of its own). An
//! endpoint on this machine that shows states in lists is asked for all of them at once: a class has hundreds that settle together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, State};

use crate::kind::LiveState;

/// How long a function may take to settle or to go.
pub(super) const SETTLES: Duration = Duration::from_mins(2);

/// Up to this many that wait are asked for one by one.
pub(super) const FEW: usize = 3;

/// Between the beginnings of two readings of the list.
pub(super) const APART: Duration = Duration::from_millis(200);

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
    pub(super) waiting: AtomicUsize,
    /// Of how many pages the list was when it was last read.
    pub(super) pages: AtomicUsize,
    /// Whether lists show states; `None` while that is not known.
    shows: Mutex<Option<bool>>,
    pub(super) last: tokio::sync::Mutex<Option<Reading>>,
}

/// One reading of the list.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) began: Duration,
    pub(super) states: BTreeMap<String, Settled>,
}

/// One that waits, as long as it does.
pub(super) struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    pub(super) fn new(count: &'a AtomicUsize) -> Self {
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

    pub(super) fn may_show(&self) -> bool {
        *self.shows.lock().unwrap_or_else(PoisonError::into_inner) != Some(false)
    }
}

/// The state of a function.
pub(super) fn state(configuration: &FunctionConfiguration) -> LiveState {
    match configuration.state() {
        Some(State::Failed) => LiveState::Broken,
        Some(state) if state.as_str() == "Deleting" => LiveState::Deleting,
        // Inactive functions wake up when they are invoked, and can be changed. No state at all is an old function's.
        None | Some(State::Active | State::Inactive) => match configuration.last_update_status() {
            Some(LastUpdateStatus::InProgress) => LiveState::Settling,
            _ => LiveState::Ready,
        },
        Some(_) => LiveState::Settling,
    }
}

/// How a function is, as its configuration tells.
pub(super) fn settled(configuration: &FunctionConfiguration) -> Settled {
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
