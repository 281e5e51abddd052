//! The value of each kind of expression.

use std::rc::Rc;
use std::sync::Arc;

use super::logic::is_true;
use super::run::{Evaluated, Host, Run, list_fits};
use crate::error::{EvaluationError, Failure};
use crate::functions;
use crate::syntax::{Kind, Literal, Node};
use crate::value::{Array, Closure, Frame, Function, Value};

/// The value of an expression. There is no input: `$`, `$$` and names at the top level are undefined, as in Step Functions.
///
/// It is the same every time for the same host: steps are counted, not seconds.
pub fn evaluate(tree: &Node, host: &dyn Host) -> Result<Value, EvaluationError> {
    let run = Run::new(host);
    let frame = Frame::below(None);
    let value = run.evaluate(tree, &Value::Undefined, &frame);
    run.clear();
    frame.clear();
    value.map_err(Failure::finish)
}

impl Run<'_> {
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
                let message = format!("Cannot negate a non-numeric value: {}", crate::value::shown(&other));
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
