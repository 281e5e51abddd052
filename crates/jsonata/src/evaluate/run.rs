//! One evaluation, with what it may use.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::logic::is_true;
use crate::error::{EvaluationError, Failure};
use crate::functions;
use crate::number::Number;
use crate::stack;
use crate::syntax::{Kind, Literal, Node};
use crate::value::{Array, Closure, Frame, Function, Value, live};

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

/// The value of an expression. There is no input: `$`, `$$` and names at the top level are undefined, as in Step Functions.
///
/// It is the same every time for the same host: steps are counted, not seconds.
pub fn evaluate(tree: &Node, host: &dyn Host) -> Result<Value, EvaluationError> {
    let run = Run {
        host,
        depth: Cell::new(0),
        steps: Cell::new(MOST_STEPS),
        held_before: live(),
        captured: RefCell::new(Vec::new()),
    };
    let frame = Frame::below(None);
    let value = run.evaluate(tree, &Value::Undefined, &frame);
    run.clear();
    frame.clear();
    value.map_err(Failure::finish)
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

    fn clear(&self) {
        let captured = std::mem::take(&mut *self.captured.borrow_mut());
        captured.iter().filter_map(Weak::upgrade).for_each(|frame| frame.clear());
    }

    /// The value of a variable.
    pub(crate) fn variable(&self, name: &str, frame: &Frame) -> Evaluated {
        let (found, looked) = frame.look_up(name);
        self.work(looked / 8)?;
        Ok(match found {
            Some(value) => value,
            None => self.host.variable(name).or_else(|| functions::named(name)).unwrap_or_default(),
        })
    }

    /// The value of a part.
    pub(crate) fn evaluate(&self, node: &Node, input: &Value, frame: &Rc<Frame>) -> Evaluated {
        self.deeper(|| {
            let mut value = self.kind(node, input, frame)?;
            for predicate in &node.predicates {
                value = self.filter(predicate, value, frame)?;
            }
            if let Some(group) = &node.group
                && !matches!(node.kind, Kind::Path(_))
            {
                value = self.group(group, value, frame)?;
            }
            Ok(settled(value, node.keep_array))
        })
    }

    fn kind(&self, node: &Node, input: &Value, frame: &Rc<Frame>) -> Evaluated {
        Ok(match &node.kind {
            Kind::Path(path) => return self.path(node, path, input, frame),
            Kind::Name(name) => return self.look_up(input, name),
            Kind::Text(text) => Value::text(&**text),
            Kind::Number(number) => Value::Number(*number),
            Kind::Literal(Literal::Null) => Value::Null,
            Kind::Literal(Literal::True) => Value::Bool(true),
            Kind::Literal(Literal::False) => Value::Bool(false),
            Kind::Regex(pattern) => Value::Function(Rc::new(Function::Regex(Arc::clone(pattern)))),
            Kind::Wildcard => return self.wildcard(input),
            Kind::Descendants => return self.descendants(input),
            Kind::Parent(slot) => return self.variable(&slot.label, frame),
            Kind::Variable(name) if name.is_empty() => input.clone(),
            Kind::Variable(name) => return self.variable(name, frame),
            Kind::Negation(value) => return self.negation(value, input, frame),
            Kind::Array(items) => return self.array(node, items, input, frame),
            Kind::Object(group) => return self.group(group, input.clone(), frame),
            Kind::Binary { operator, left, right } => return self.binary(*operator, left, right, input, frame),
            Kind::Condition { condition, yes, no } => {
                let holds = is_true(&self.evaluate(condition, input, frame)?)?;
                match (holds, no) {
                    (true, _) => return self.evaluate(yes, input, frame),
                    (false, Some(no)) => return self.evaluate(no, input, frame),
                    (false, None) => Value::Undefined,
                }
            }
            Kind::Block(parts) => {
                let inner = Frame::below(Some(frame));
                let mut value = Value::Undefined;
                for part in parts {
                    value = self.evaluate(part, input, &inner)?;
                }
                value
            }
            Kind::Assign { name, value } => {
                let value = self.evaluate(value, input, frame)?;
                frame.bind(name, value.clone());
                value
            }
            Kind::Call(call) => return self.call(call, input, frame, None),
            Kind::TailCall(call) => {
                Value::Function(Rc::new(Function::Tail(Arc::clone(call), input.clone(), Rc::clone(frame))))
            }
            Kind::Partial(call) => return self.partial(call, input, frame),
            Kind::Lambda(lambda) => {
                self.capture(frame);
                Value::Function(Rc::new(Function::Lambda(Closure {
                    lambda: Arc::clone(lambda),
                    open: None,
                    input: input.clone(),
                    frame: Rc::clone(frame),
                })))
            }
            Kind::Apply { value, function } => return self.hand_over(value, function, input, frame),
            Kind::Transform(transform) => {
                self.capture(frame);
                Value::Function(Rc::new(Function::Transform(Arc::clone(transform), Rc::clone(frame))))
            }
            Kind::Sort(_) => Value::Undefined,
            Kind::TooDeep => return Err(Failure::too_deep()),
        })
    }

    fn negation(&self, value: &Node, input: &Value, frame: &Rc<Frame>) -> Evaluated {
        match self.evaluate(value, input, frame)? {
            Value::Undefined => Ok(Value::Undefined),
            Value::Number(number) if !number.as_f64().is_nan() => {
                super::logic::number_in_use(number)?;
                Ok(Value::Number(number.negated()))
            }
            other => {
                let message = format!("Cannot negate a non-numeric value: {}", crate::error::shown(&other));
                Err(Failure::new("D1002", message))
            }
        }
    }

    fn array(&self, node: &Node, items: &[Node], input: &Value, frame: &Rc<Frame>) -> Evaluated {
        let mut made: Vec<Value> = Vec::with_capacity(items.len());
        // A range alone is handed on as it is.
        let mut only: Option<Array> = None;
        for (index, item) in items.iter().enumerate() {
            let value = self.evaluate(item, input, frame)?;
            if let Some(first) = only.take() {
                made.extend_from_slice(first.items());
            }
            match value {
                Value::Undefined => {}
                value if matches!(item.kind, Kind::Array(_)) => made.push(value),
                Value::Array(array) => {
                    list_fits(made.len() + array.len())?;
                    if index == 0 && items.len() == 1 {
                        only = Some(array);
                    } else {
                        self.work(array.len() / 16)?;
                        made.extend_from_slice(array.items());
                    }
                }
                value => made.push(value),
            }
        }
        let mut array = only.unwrap_or_else(|| Array::new(made));
        (array.sequence, array.keep) = (false, false);
        array.constructed = node.constructed;
        Ok(Value::Array(array))
    }
}

/// Checks that a list is not too long to be made.
pub(crate) fn list_fits(elements: usize) -> Result<(), Failure> {
    if elements > MOST_ELEMENTS { Err(Failure::memory()) } else { Ok(()) }
}

/// A sequence of one stands for its element, one of none for nothing.
fn settled(value: Value, keep_array: bool) -> Value {
    match value {
        Value::Array(mut array) if array.sequence => {
            array.keep |= keep_array;
            match array.items() {
                [] => Value::Undefined,
                [only] if !array.keep => only.clone(),
                _ => Value::Array(array),
            }
        }
        other => other,
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Number(Number::from(count))
    }
}
