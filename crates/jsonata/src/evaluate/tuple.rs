//! Steps that bind names for the steps after them.

use std::rc::Rc;

use super::run::Run;
use crate::error::Failure;
use crate::evaluate::list_fits;
use crate::syntax::{Kind, Node, Stage};
use crate::value::{Array, Frame, Tuple, Tuples, Value};

impl Run<'_> {
    /// A frame in which a tuple's names are bound.
    pub(super) fn frame_of(frame: &Rc<Frame>, tuple: &Tuple) -> Rc<Frame> {
        let inner = Frame::below(Some(frame));
        for (name, value) in &tuple.bound {
            inner.bind(name, value.clone());
        }
        inner
    }

    pub(super) fn tuple_step(
        &self,
        step: &Node,
        input: &Array,
        tuples: Option<Tuples>,
        frame: &Rc<Frame>,
    ) -> Result<Tuples, Failure> {
        let result = match &step.kind {
            Kind::Sort(terms) => {
                if let Some(tuples) = tuples {
                    self.sort_tuples(terms, &tuples, frame)?
                } else {
                    let sorted = self.sort_values(terms, input, frame)?;
                    let values = if let Value::Array(array) = &sorted { array.items().to_vec() } else { vec![sorted] };
                    let mut items: Vec<Tuple> =
                        values.into_iter().map(|value| Tuple { value, bound: Vec::new() }).collect();
                    if let Some(name) = step.binding.as_ref().and_then(|binding| binding.index.as_ref()) {
                        items.iter_mut().enumerate().for_each(|(index, tuple)| tuple.bind(name, Value::from(index)));
                    }
                    Tuples { items: Rc::new(items), stream: true }
                }
            }
            _ => self.tuple_values(step, input, tuples, frame)?,
        };
        self.stages(&step.stages, result, frame)
    }

    fn stages(&self, stages: &[Stage], mut tuples: Tuples, frame: &Rc<Frame>) -> Result<Tuples, Failure> {
        for stage in stages {
            match stage {
                Stage::Filter(filter) => tuples = self.filter_tuples(filter, &tuples, frame)?,
                Stage::Index(name) => {
                    let mut items = Rc::unwrap_or_clone(tuples.items);
                    for (index, tuple) in items.iter_mut().enumerate() {
                        tuple.bind(name, Value::from(index));
                    }
                    tuples.items = Rc::new(items);
                }
            }
        }
        Ok(tuples)
    }

    fn tuple_values(
        &self,
        step: &Node,
        input: &Array,
        tuples: Option<Tuples>,
        frame: &Rc<Frame>,
    ) -> Result<Tuples, Failure> {
        let before = tuples.map_or_else(
            || input.items().iter().map(|item| Tuple { value: item.clone(), bound: Vec::new() }).collect(),
            |tuples| Rc::unwrap_or_clone(tuples.items),
        );
        let mut found: Vec<Tuple> = Vec::new();
        for tuple in before {
            let value = self.evaluate(step, &tuple.value, &Self::frame_of(frame, &tuple))?;
            let values = match value {
                Value::Undefined => continue,
                Value::Tuples(inner) => {
                    for more in inner.items.iter() {
                        let mut joined = tuple.clone();
                        joined.value = more.value.clone();
                        more.bound.iter().for_each(|(name, value)| joined.bind(name, value.clone()));
                        found.push(joined);
                    }
                    list_fits(found.len())?;
                    continue;
                }
                Value::Array(array) => array.items().to_vec(),
                other => vec![other],
            };
            // A tuple weighs as much as a few values.
            self.work(values.len().saturating_mul(4))?;
            list_fits(found.len() + values.len())?;
            for (index, value) in values.into_iter().enumerate() {
                found.push(bound_tuple(step, &tuple, index, value));
            }
        }
        Ok(Tuples { items: Rc::new(found), stream: true })
    }
}

fn bound_tuple(step: &Node, before: &Tuple, index: usize, value: Value) -> Tuple {
    let mut tuple = before.clone();
    let Some(binding) = &step.binding else {
        tuple.value = value;
        return tuple;
    };
    match &binding.focus {
        Some(name) => tuple.bind(name, value),
        None => tuple.value = value,
    }
    if let Some(name) = &binding.index {
        tuple.bind(name, Value::from(index));
    }
    for name in &binding.ancestors {
        tuple.bind(name, before.value.clone());
    }
    tuple
}
