//! Paths: step by step through what is there.

use std::rc::Rc;

use super::logic::is_true;
use super::run::{Evaluated, Run};
use crate::error::Failure;
use crate::evaluate::list_fits;
use crate::number::{count_f64, number_key};
use crate::stack;
use crate::syntax::{Kind, Node, Path, Stage};
use crate::value::{Array, Frame, Tuple, Tuples, Value};

impl Run<'_> {
    pub(super) fn path(&self, node: &Node, path: &Path, input: &Value, frame: &Rc<Frame>) -> Evaluated {
        if let Some(value) = self.plain(node, path, frame)? {
            return Ok(value);
        }
        let absolute = matches!(path.steps.first().map(|step| &step.kind), Some(Kind::Variable(_)));
        let mut sequence = match input {
            Value::Array(array) if !absolute => array.clone(),
            other => Array::sequence(vec![other.clone()]),
        };
        let mut result = Value::Undefined;
        let mut tuples: Option<Tuples> = None;
        let mut with_tuples = false;
        for (index, step) in path.steps.iter().enumerate() {
            with_tuples |= step.tuple;
            if index == 0 && step.constructed {
                result = self.evaluate(step, &Value::Array(sequence.clone()), frame)?;
            } else if with_tuples {
                tuples = Some(self.tuple_step(step, &sequence, tuples, frame)?);
            } else {
                let last = index + 1 == path.steps.len();
                result = self.step(step, &sequence, frame, last)?;
            }
            if !with_tuples && is_nothing(&result) {
                break;
            }
            if step.binding.as_ref().is_none_or(|binding| binding.focus.is_none()) {
                sequence = match &result {
                    Value::Array(array) => array.clone(),
                    _ => Array::sequence(Vec::new()),
                };
            }
        }
        if let Some(tuples) = &tuples {
            result = if node.tuple {
                Value::Tuples(tuples.clone())
            } else {
                Value::sequence(tuples.items.iter().map(|tuple| tuple.value.clone()).collect())
            };
        }
        if path.keep_array
            && let Value::Array(array) = &mut result
        {
            if array.constructed && !array.sequence {
                *array = Array::sequence(vec![Value::Array(array.clone())]);
            }
            array.keep = true;
        }
        match &node.group {
            Some(group) => {
                let grouped = tuples.map_or(result, Value::Tuples);
                self.group(group, grouped, frame)
            }
            None => Ok(result),
        }
    }

    /// `$a.b.c` through objects needs no lists on the way.
    fn plain(&self, node: &Node, path: &Path, frame: &Rc<Frame>) -> Result<Option<Value>, Failure> {
        let Some((first, names)) = path.steps.split_first() else { return Ok(None) };
        let Kind::Variable(variable) = &first.kind else { return Ok(None) };
        let bare = |step: &Node| {
            step.stages.is_empty()
                && step.predicates.is_empty()
                && step.group.is_none()
                && !step.tuple
                && !step.keep_array
        };
        if node.tuple || node.group.is_some() || path.keep_array || variable.is_empty() || !path.steps.iter().all(bare)
        {
            return Ok(None);
        }
        if !names.iter().all(|step| matches!(step.kind, Kind::Name(_))) {
            return Ok(None);
        }
        self.room_for_one()?;
        let mut value = self.variable(variable, frame)?;
        for step in names {
            let Kind::Name(name) = &step.kind else { return Ok(None) };
            self.work(1)?;
            value = match &value {
                Value::Object(object) => object.get(name),
                Value::Array(_) | Value::Tuples(_) => return Ok(None),
                _ => Value::Undefined,
            };
        }
        Ok(Some(value))
    }

    fn step(&self, step: &Node, input: &Array, frame: &Rc<Frame>, last: bool) -> Evaluated {
        if let Kind::Sort(terms) = &step.kind {
            let mut result = self.sort_values(terms, input, frame)?;
            for stage in &step.stages {
                if let Stage::Filter(filter) = stage {
                    result = self.filter(filter, result, frame)?;
                }
            }
            return Ok(result);
        }
        let mut results = Vec::new();
        for item in input.items() {
            let mut value = self.evaluate(step, item, frame)?;
            for stage in &step.stages {
                if let Stage::Filter(filter) = stage {
                    value = self.filter(filter, value, frame)?;
                }
            }
            if !value.is_undefined() {
                results.push(value);
            }
        }
        if last
            && let [Value::Array(only)] = results.as_slice()
            && !only.sequence
        {
            return Ok(Value::Array(only.clone()));
        }
        let spread = results.iter().any(|value| matches!(value, Value::Array(array) if !array.constructed));
        if !spread {
            list_fits(results.len())?;
            return Ok(Value::sequence(results));
        }
        let mut flat = Vec::with_capacity(results.len());
        for value in results {
            match value {
                Value::Array(array) if !array.constructed => {
                    self.work(array.len() / 16)?;
                    list_fits(flat.len() + array.len())?;
                    flat.extend_from_slice(array.items());
                }
                other => flat.push(other),
            }
        }
        Ok(Value::sequence(flat))
    }

    /// What a filter leaves.
    pub(super) fn filter(&self, predicate: &Node, input: Value, frame: &Rc<Frame>) -> Evaluated {
        let input = match input {
            Value::Tuples(tuples) => return self.filter_tuples(predicate, &tuples, frame).map(Value::Tuples),
            Value::Array(array) => array,
            other => Array::sequence(vec![other]),
        };
        if let Kind::Number(number) = &predicate.kind {
            return Ok(match number_key(number.as_f64(), input.len()).and_then(|index| input.items().get(index)) {
                None | Some(Value::Undefined) => Value::sequence(Vec::new()),
                Some(Value::Array(array)) => Value::Array(array.clone()),
                Some(item) => Value::sequence(vec![item.clone()]),
            });
        }
        let mut kept = Vec::new();
        for (index, item) in input.items().iter().enumerate() {
            let answer = self.evaluate(predicate, item, frame)?;
            for _ in 0..times(&answer, index, input.len())? {
                kept.push(item.clone());
            }
            list_fits(kept.len())?;
        }
        Ok(Value::sequence(kept))
    }

    pub(super) fn filter_tuples(&self, predicate: &Node, input: &Tuples, frame: &Rc<Frame>) -> Result<Tuples, Failure> {
        let mut kept: Vec<Tuple> = Vec::new();
        if let Kind::Number(number) = &predicate.kind {
            let found = number_key(number.as_f64(), input.items.len()).and_then(|index| input.items.get(index));
            return Ok(Tuples { items: Rc::new(found.cloned().into_iter().collect()), stream: input.stream });
        }
        for (index, tuple) in input.items.iter().enumerate() {
            let answer = if input.stream {
                self.evaluate(predicate, &tuple.value, &Self::frame_of(frame, tuple))?
            } else {
                self.evaluate(predicate, &tuple.as_object(), frame)?
            };
            for _ in 0..times(&answer, index, input.items.len())? {
                kept.push(tuple.clone());
            }
            list_fits(kept.len())?;
        }
        Ok(Tuples { items: Rc::new(kept), stream: input.stream })
    }

    /// The member of this name, of an object or of all objects of a list.
    pub(crate) fn look_up(&self, input: &Value, name: &str) -> Evaluated {
        Ok(match input {
            Value::Object(object) => object.get(name),
            Value::Array(array) => {
                let mut found = Vec::new();
                self.gather(array, name, &mut found)?;
                Value::sequence(found)
            }
            _ => Value::Undefined,
        })
    }

    fn gather(&self, array: &Array, name: &str, found: &mut Vec<Value>) -> Result<(), Failure> {
        self.work(array.len() / 8)?;
        for item in array.items() {
            match item {
                Value::Object(object) => match object.get(name) {
                    Value::Undefined => {}
                    Value::Array(inner) => {
                        self.work(inner.len() / 16)?;
                        found.extend_from_slice(inner.items());
                    }
                    value => found.push(value),
                },
                Value::Array(inner) => {
                    self.work(1)?;
                    stack::deeper(|| self.gather(inner, name, found))?;
                }
                _ => {}
            }
            list_fits(found.len())?;
        }
        Ok(())
    }

    pub(super) fn wildcard(&self, input: &Value) -> Evaluated {
        let values: Vec<Value> = match input {
            Value::Object(object) => object.members().values().cloned().collect(),
            Value::Array(array) => array.items().to_vec(),
            _ => Vec::new(),
        };
        self.work(values.len() / 8)?;
        let mut found = Vec::with_capacity(values.len());
        // Joining with a list makes a plain list of the results, as in the reference.
        let mut sequence = true;
        for value in values {
            if let Value::Array(array) = &value {
                sequence = false;
                self.flatten(array, &mut found)?;
            } else {
                found.push(value);
            }
        }
        list_fits(found.len())?;
        Ok(if sequence { Value::sequence(found) } else { Value::array(found) })
    }

    fn flatten(&self, array: &Array, found: &mut Vec<Value>) -> Result<(), Failure> {
        self.work(1 + array.len() / 8)?;
        for item in array.items() {
            match item {
                Value::Array(inner) => stack::deeper(|| self.flatten(inner, found))?,
                other => found.push(other.clone()),
            }
            list_fits(found.len())?;
        }
        Ok(())
    }

    pub(super) fn descendants(&self, input: &Value) -> Evaluated {
        let mut found = Vec::new();
        if !input.is_undefined() {
            self.descend(input, &mut found)?;
        }
        Ok(Value::sequence(found))
    }

    fn descend(&self, value: &Value, found: &mut Vec<Value>) -> Result<(), Failure> {
        self.work(1)?;
        list_fits(found.len())?;
        if !matches!(value, Value::Array(_)) {
            found.push(value.clone());
        }
        match value {
            Value::Array(array) => {
                for item in array.items() {
                    stack::deeper(|| self.descend(item, found))?;
                }
            }
            Value::Object(object) => {
                for (_, member) in object.entries() {
                    stack::deeper(|| self.descend(&member, found))?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Undefined => true,
        Value::Array(array) => array.len() == 0,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// How often a filter with this answer lets the element of this index through.
fn times(answer: &Value, index: usize, count: usize) -> Result<usize, Failure> {
    let is_here = |value: &Value| {
        value.as_f64().is_some_and(|number| {
            let place = number.floor();
            let place = if place < 0.0 { count_f64(count) + place } else { place };
            (place - count_f64(index)).abs() < f64::EPSILON
        })
    };
    match answer {
        Value::Number(number) if !number.as_f64().is_nan() => {
            super::logic::number_in_use(*number)?;
            Ok(usize::from(is_here(answer)))
        }
        Value::Array(array) if array.items().iter().all(|item| item.as_f64().is_some()) && array.len() > 0 => {
            Ok(array.items().iter().filter(|item| is_here(item)).count())
        }
        other => Ok(usize::from(is_true(other)?)),
    }
}
