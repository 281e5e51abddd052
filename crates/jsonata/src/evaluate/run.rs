//! One evaluation, with what it may use.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::error::Failure;
use crate::number::Number;
use crate::stack;
use crate::value::{Frame, Value, live};

/// Parts inside parts that are being evaluated, as AWS counts them.
const DEEPEST: usize = 100;
/// Steps of one evaluation: of the order of a second.
const MOST_STEPS: u64 = 5_000_000;
/// Bytes that the values of one evaluation may hold at a time.
const MOST_BYTES: i64 = 96 * 1024 * 1024;
/// Elements of a list, as measured at AWS.
const MOST_ELEMENTS: usize = 873_782;
/// Bytes of a text: AWS lets four million letters pass, and not eight.
pub(crate) const MOST_TEXT: usize = 8_000_000;

/// What an expression may see of the world.
pub trait Host {
    /// A variable's value, without the `$`.
    fn variable(&self, name: &str) -> Option<Value>;
    /// The time, in milliseconds since 1970.
    fn now_ms(&self) -> i64;
    /// 64 random bits.
    fn random(&self) -> u64;
    /// A random UUID.
    fn uuid(&self) -> String;
}

/// One evaluation.
pub(crate) struct Run<'h> {
    pub host: &'h dyn Host,
    depth: Cell<usize>,
    steps: Cell<u64>,
    held_before: i64,
    /// Frames that functions see: they may see each other in a circle.
    captured: RefCell<Vec<Weak<Frame>>>,
}

pub(crate) type Evaluated = Result<Value, Failure>;

impl<'h> Run<'h> {
    /// An evaluation that has used nothing yet.
    pub(super) fn new(host: &'h dyn Host) -> Self {
        Self {
            host,
            depth: Cell::new(0),
            steps: Cell::new(MOST_STEPS),
            held_before: live(),
            captured: RefCell::new(Vec::new()),
        }
    }
}

impl Run<'_> {
    /// Pays for work.
    pub(crate) fn work(&self, amount: usize) -> Result<(), Failure> {
        let amount = u64::try_from(amount).unwrap_or(u64::MAX);
        self.steps.set(self.steps.get().checked_sub(amount).ok_or_else(Failure::too_long)?);
        Ok(())
    }

    /// Lets something take steps from the budget.
    pub(crate) fn with_budget<T>(&self, work: impl FnOnce(&mut u64) -> T) -> T {
        // A step of a regular expression is far smaller than one of an expression.
        let mut budget = self.steps.get().saturating_mul(8);
        let result = work(&mut budget);
        self.steps.set(budget / 8);
        result
    }

    /// Checks that a text is not too long to be made.
    pub(crate) fn text_fits(&self, bytes: usize) -> Result<(), Failure> {
        self.work(bytes / 256)?;
        if bytes > MOST_TEXT { Err(Failure::memory()) } else { Ok(()) }
    }

    /// One level deeper.
    pub(crate) fn deeper<T>(&self, level: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        self.work(1)?;
        if live() - self.held_before > MOST_BYTES {
            return Err(Failure::memory());
        }
        let depth = self.depth.get() + 1;
        if depth > DEEPEST {
            return Err(Failure::too_deep());
        }
        self.depth.set(depth);
        let result = stack::deeper(level);
        self.depth.set(depth - 1);
        result
    }

    /// Whether a part that is evaluated without going through `evaluate` would go too deep.
    pub(super) fn room_for_one(&self) -> Result<(), Failure> {
        self.work(1)?;
        if self.depth.get() >= DEEPEST { Err(Failure::too_deep()) } else { Ok(()) }
    }

    /// Remembers that a function sees a frame.
    pub(super) fn capture(&self, frame: &Rc<Frame>) {
        if frame.captured.replace(true) {
            return;
        }
        let mut captured = self.captured.borrow_mut();
        if captured.len() == captured.capacity() {
            captured.retain(|frame| frame.strong_count() > 0);
        }
        captured.push(Rc::downgrade(frame));
    }

    /// Lets go of what functions see.
    pub(super) fn clear(&self) {
        let captured = std::mem::take(&mut *self.captured.borrow_mut());
        captured.iter().filter_map(Weak::upgrade).for_each(|frame| frame.clear());
    }
}

/// Checks that a list is not too long to be made.
pub(crate) fn list_fits(elements: usize) -> Result<(), Failure> {
    if elements > MOST_ELEMENTS { Err(Failure::memory()) } else { Ok(()) }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Number(Number::from(count))
    }
}
