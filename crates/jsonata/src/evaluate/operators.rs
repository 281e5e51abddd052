//! Operators between two values.

use std::cmp::Ordering;
use std::rc::Rc;

use super::logic::{equal, identical, is_true, number_in_use};
use super::run::{Evaluated, Run};
use crate::error::Failure;
use crate::evaluate::list_fits;
use crate::functions::text_of;
use crate::number::Number;
use crate::quote::quoted;
use crate::syntax::{Node, Operator};
use crate::text::{self, joined};
use crate::value::shown;
use crate::value::{Frame, Value};

/// The reference's own bound of a range.
const LARGEST_RANGE: f64 = 1e7;

impl Run<'_> {
    pub(super) fn binary(
        &self,
        operator: Operator,
        left: &Node,
        right: &Node,
        input: &Value,
        frame: &Rc<Frame>,
    ) -> Evaluated {
        let first = self.evaluate(left, input, frame)?;
        if matches!(operator, Operator::And | Operator::Or) {
            let first = is_true(&first)?;
            if first == (operator == Operator::Or) {
                return Ok(Value::Bool(first));
            }
            return Ok(Value::Bool(is_true(&self.evaluate(right, input, frame)?)?));
        }
        let second = self.evaluate(right, input, frame)?;
        match operator {
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Remainder => {
                arithmetic(operator, &first, &second)
            }
            Operator::Equal | Operator::NotEqual => {
                if first.is_undefined() || second.is_undefined() {
                    return Ok(Value::Bool(false));
                }
                let same = self.with_budget(|budget| equal(&first, &second, budget))?;
                Ok(Value::Bool(same == (operator == Operator::Equal)))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                comparison(operator, &first, &second)
            }
            Operator::Concatenate => {
                let (first, second) = (text_of(self, &first)?, text_of(self, &second)?);
                self.text_fits(first.len() + second.len())?;
                Ok(Value::text(joined(first + &second)))
            }
            Operator::In => {
                if first.is_undefined() || second.is_undefined() {
                    return Ok(Value::Bool(false));
                }
                let found = match &second {
                    Value::Array(array) => {
                        self.work(array.len() / 8)?;
                        array.items().iter().any(|item| identical(&first, item))
                    }
                    other => identical(&first, other),
                };
                Ok(Value::Bool(found))
            }
            Operator::Range => self.range(&first, &second),
            Operator::And | Operator::Or => Ok(Value::Undefined),
        }
    }

    fn range(&self, first: &Value, last: &Value) -> Evaluated {
        for (value, code, side) in [(first, "T2003", "left"), (last, "T2004", "right")] {
            if !matches!(value, Value::Undefined) && !matches!(value, Value::Number(number) if number.is_whole()) {
                let message = format!("The {side} side of the range operator (..) must evaluate to an integer");
                return Err(Failure::new(code, message));
            }
        }
        let (Value::Number(first), Value::Number(last)) = (first, last) else { return Ok(Value::Undefined) };
        let size = last.as_f64() - first.as_f64() + 1.0;
        if size < 1.0 {
            return Ok(Value::Undefined);
        }
        if size > LARGEST_RANGE {
            let size = Number::from_f64(size).text();
            let message = format!(
                "The size of the sequence allocated by the range operator (..) must not exceed 1e6.  Attempted to allocate {size}."
            );
            return Err(Failure::new("D2014", message));
        }
        let count = crate::number::to_usize(size);
        list_fits(count)?;
        self.work(count / 16)?;
        let items = match (first, last) {
            (Number::Int(first), Number::Int(last)) => {
                (*first..=*last).map(|number| Value::Number(Number::Int(number))).collect()
            }
            _ => (0..count).map(|index| Value::number(first.as_f64() + crate::number::count_f64(index))).collect(),
        };
        Ok(Value::sequence(items))
    }
}

fn arithmetic(operator: Operator, first: &Value, second: &Value) -> Evaluated {
    let mut sides = [0.0; 2];
    let mut missing = false;
    for ((value, side), (code, words)) in
        [first, second].into_iter().zip(&mut sides).zip([("T2001", "left"), ("T2002", "right")])
    {
        match value {
            Value::Undefined => missing = true,
            Value::Number(number) if !number.as_f64().is_nan() => {
                number_in_use(*number)?;
                *side = number.as_f64();
            }
            _ => {
                let message =
                    format!("The {words} side of the {} operator must evaluate to a number", quoted(operator.text()));
                return Err(Failure::new(code, message));
            }
        }
    }
    if missing {
        return Ok(Value::Undefined);
    }
    let [left, right] = sides;
    Ok(Value::number(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => left % right,
    }))
}

fn comparison(operator: Operator, first: &Value, second: &Value) -> Evaluated {
    let fits = |value: &Value| matches!(value, Value::Undefined | Value::Number(_) | Value::String(_));
    let name = quoted(operator.text());
    if !fits(first) || !fits(second) {
        let message =
            format!("The expressions either side of operator {name} must evaluate to numeric or string values");
        return Err(Failure::new("T2010", message));
    }
    let order = match (first, second) {
        (Value::Number(first), Value::Number(second)) => first.compare(*second),
        (Value::String(first), Value::String(second)) => Some(text::compare(first, second)),
        (Value::Undefined, _) | (_, Value::Undefined) => return Ok(Value::Undefined),
        _ => {
            let message = format!(
                "The values {} and {} either side of operator {name} must be of the same data type",
                shown(first),
                shown(second)
            );
            return Err(Failure::new("T2009", message));
        }
    };
    let holds = order.is_some_and(|order| match operator {
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    });
    Ok(Value::Bool(holds))
}
