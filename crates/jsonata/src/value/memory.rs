//! What values weigh, and how they end without the stack: a chain of a million arrays is let go of one by one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{Frame, Value};

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static LEFT: RefCell<Vec<Remains>> = const { RefCell::new(Vec::new()) };
    static CLEARING: Cell<bool> = const { Cell::new(false) };
}

/// Bytes that a value holds.
pub(crate) struct Charge(i64);

impl Charge {
    pub(crate) fn new(bytes: usize) -> Self {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let _ = LIVE.try_with(|live| live.set(live.get().saturating_add(bytes)));
        Self(bytes)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let _ = LIVE.try_with(|live| live.set(live.get().saturating_sub(self.0)));
    }
}

/// Bytes held on this thread. Only differences mean something.
pub(crate) fn live() -> i64 {
    LIVE.try_with(Cell::get).unwrap_or_default()
}

/// What is left of something that ended.
#[expect(dead_code, reason = "held only to be let go of")]
pub(crate) enum Remains {
    Value(Value),
    Frame(Rc<Frame>),
}

/// Lets go of what something held, after what is being let go of now.
pub(crate) fn let_go(remains: impl Iterator<Item = Remains>) {
    let queued = LEFT.try_with(|left| left.try_borrow_mut().map(|mut left| left.extend(remains)).is_ok());
    if queued != Ok(true) || CLEARING.try_with(|clearing| clearing.replace(true)) != Ok(false) {
        return;
    }
    while let Ok(Some(next)) = LEFT.try_with(|left| left.try_borrow_mut().ok().and_then(|mut left| left.pop())) {
        drop(next);
    }
    let _ = CLEARING.try_with(|clearing| clearing.set(false));
}
