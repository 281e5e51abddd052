//! `^(…)`: order by ranks.

use std::cmp::Ordering;
use std::rc::Rc;

use super::run::{Evaluated, Run};
use crate::error::Failure;
use crate::syntax::Term;
use crate::text;
use crate::value::shown;
use crate::value::{Array, Frame, Tuples, Value};

/// Sorts so that equals stay in their order; `after` says whether the first goes after the second.
pub(crate) fn merge_sort<T: Clone>(
    items: &[T],
    after: &mut dyn FnMut(&T, &T) -> Result<bool, Failure>,
) -> Result<Vec<T>, Failure> {
    if items.len() <= 1 {
        return Ok(items.to_vec());
    }
    let (left, right) = items.split_at_checked(items.len() / 2).unwrap_or((items, &[]));
    let (left, right) = (merge_sort(left, after)?, merge_sort(right, after)?);
    let mut merged = Vec::with_capacity(items.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        if after(first, second)? {
            merged.extend(right.next());
        } else {
            merged.extend(left.next());
        }
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

impl Run<'_> {
    pub(super) fn sort_values(&self, terms: &[Term], input: &Array, frame: &Rc<Frame>) -> Evaluated {
        if input.len() <= 1 {
            return Ok(Value::Array(input.clone()));
        }
        let places = self.sorted(terms, input.len(), |index, term| {
            let item = input.items().get(index).cloned().unwrap_or_default();
            self.evaluate(&term.expression, &item, frame)
        })?;
        Ok(Value::array(places.into_iter().filter_map(|index| input.items().get(index).cloned()).collect()))
    }

    pub(super) fn sort_tuples(&self, terms: &[Term], input: &Tuples, frame: &Rc<Frame>) -> Result<Tuples, Failure> {
        if input.items.len() <= 1 {
            return Ok(input.clone());
        }
        let places = self.sorted(terms, input.items.len(), |index, term| match input.items.get(index) {
            Some(tuple) if input.stream => self.evaluate(&term.expression, &tuple.value, &Self::frame_of(frame, tuple)),
            Some(tuple) => self.evaluate(&term.expression, &tuple.as_object(), frame),
            None => Ok(Value::Undefined),
        })?;
        let items = places.into_iter().filter_map(|index| input.items.get(index).cloned()).collect();
        Ok(Tuples { items: Rc::new(items), stream: false })
    }

    /// The places of so many values in their order. Each rank of a value is evaluated once, when it is needed.
    fn sorted(
        &self,
        terms: &[Term],
        count: usize,
        rank: impl Fn(usize, &Term) -> Evaluated,
    ) -> Result<Vec<usize>, Failure> {
        let mut known: Vec<Vec<Option<Value>>> = vec![Vec::new(); count];
        let mut value_of = |index: usize, number: usize, term: &Term| -> Evaluated {
            let ranks = known.get_mut(index);
            let Some(ranks) = ranks else { return Ok(Value::Undefined) };
            if ranks.len() <= number {
                ranks.resize(number + 1, None);
            }
            match ranks.get_mut(number) {
                Some(Some(value)) => Ok(value.clone()),
                Some(empty) => {
                    let value = rank(index, term)?;
                    *empty = Some(value.clone());
                    Ok(value)
                }
                None => Ok(Value::Undefined),
            }
        };
        let places: Vec<usize> = (0..count).collect();
        merge_sort(&places, &mut |first, second| {
            self.work(1)?;
            for (number, term) in terms.iter().enumerate() {
                let (left, right) = (value_of(*first, number, term)?, value_of(*second, number, term)?);
                let order = match (&left, &right) {
                    (Value::Undefined, Value::Undefined) => continue,
                    // What has no rank comes last, whatever the direction.
                    (Value::Undefined, _) => return Ok(true),
                    (_, Value::Undefined) => return Ok(false),
                    _ => ranked(&left, &right)?,
                };
                match if term.descending { order.reverse() } else { order } {
                    Ordering::Equal => {}
                    order => return Ok(order == Ordering::Greater),
                }
            }
            Ok(false)
        })
    }
}

fn ranked(left: &Value, right: &Value) -> Result<Ordering, Failure> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Ok(left.compare(*right).unwrap_or(Ordering::Greater)),
        (Value::String(left), Value::String(right)) => Ok(text::compare(left, right)),
        (Value::Number(_) | Value::String(_), Value::Number(_) | Value::String(_)) => {
            let message =
                format!("Type mismatch when comparing values {} and {} in order-by clause", shown(left), shown(right));
            Err(Failure::new("T2007", message))
        }
        _ => {
            let message = "The expressions within an order-by clause must evaluate to numeric or string values";
            Err(Failure::new("T2008", message))
        }
    }
}
