//! Functions, and where they find their variables.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::data::Value;
use super::memory::{Charge, Remains, let_go};
use crate::error::Failure;
use crate::evaluate::Run;
use crate::regexp::Pattern;
use crate::signature::Signature;
use crate::syntax::{Call, Lambda, Transform};

/// A built-in function.
pub(crate) struct Native {
    pub name: &'static str,
    pub signature: &'static str,
    /// How many arguments a function that calls it gives it.
    pub arity: usize,
    pub run: fn(&Run<'_>, &[Value]) -> Result<Value, Failure>,
}

/// A function.
pub(crate) enum Function {
    Native(&'static Native, &'static Signature),
    Lambda(Closure),
    /// A built-in function with some of its arguments.
    Partial(Rc<Function>, Vec<Option<Value>>),
    /// A call that is still to be made.
    Tail(Arc<Call>, Value, Rc<Frame>),
    Regex(Arc<Pattern>),
    /// The match after one of a regular expression.
    Next(Arc<Pattern>, Rc<Vec<u16>>, usize),
    Transform(Arc<Transform>, Rc<Frame>),
    /// The second of what the first gives.
    Chain(Value, Value),
}

/// A function of the expression, with what it sees.
pub(crate) struct Closure {
    pub lambda: Arc<Lambda>,
    /// The parameters that are still open, if some are not.
    pub open: Option<Vec<Arc<str>>>,
    pub input: Value,
    pub frame: Rc<Frame>,
}

/// Variables of a block or a call.
pub(crate) struct Frame {
    parent: Option<Rc<Frame>>,
    bound: RefCell<Vec<(Arc<str>, Value)>>,
    /// A function sees it.
    pub captured: Cell<bool>,
    _charge: Charge,
}

impl Frame {
    pub(crate) fn below(parent: Option<&Rc<Frame>>) -> Rc<Self> {
        Rc::new(Self {
            parent: parent.cloned(),
            bound: RefCell::new(Vec::new()),
            captured: Cell::new(false),
            _charge: Charge::new(120),
        })
    }

    pub(crate) fn bind(&self, name: &Arc<str>, value: Value) {
        let mut bound = self.bound.borrow_mut();
        let known = bound.iter_mut().find(|(other, _)| other == name);
        let old = known.map(|(_, old)| std::mem::replace(old, value.clone()));
        if old.is_none() {
            bound.push((Arc::clone(name), value));
        }
        drop(bound);
        drop(old);
    }

    /// The value of a variable, and how many frames were looked through.
    pub(crate) fn look_up(&self, name: &str) -> (Option<Value>, usize) {
        let (mut frame, mut looked) = (self, 1);
        loop {
            if let Some((_, value)) = frame.bound.borrow().iter().find(|(other, _)| **other == *name) {
                return (Some(value.clone()), looked);
            }
            match &frame.parent {
                Some(parent) => frame = parent,
                None => return (None, looked),
            }
            looked += 1;
        }
    }

    /// Lets go of everything: a function that sees itself would keep it for ever.
    pub(crate) fn clear(&self) {
        let bound = std::mem::take(&mut *self.bound.borrow_mut());
        let_go(bound.into_iter().map(|(_, value)| Remains::Value(value)));
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let bound = std::mem::take(self.bound.get_mut());
        let parent = self.parent.take();
        let_go(bound.into_iter().map(|(_, value)| Remains::Value(value)).chain(parent.map(Remains::Frame)));
    }
}

impl Function {
    /// How many arguments a function that calls it gives it.
    pub(crate) fn arity(&self) -> usize {
        match self {
            Self::Native(native, _) => native.arity,
            Self::Lambda(closure) => closure.open.as_ref().map_or(closure.lambda.parameters.len(), Vec::len),
            Self::Partial(_, arguments) => arguments.iter().filter(|argument| argument.is_none()).count(),
            Self::Tail(..) | Self::Next(..) => 0,
            Self::Regex(_) => 2,
            Self::Transform(..) | Self::Chain(..) => 1,
        }
    }
}
