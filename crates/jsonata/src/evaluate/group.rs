//! `{key: value}`: objects, and groups of what is in context.

use std::rc::Rc;

use indexmap::IndexMap;

use super::run::{Evaluated, Run};
use crate::error::Failure;
use crate::evaluate::list_fits;
use crate::functions::append;
use crate::quote::quoted;
use crate::syntax::Group;
use crate::value::shown;
use crate::value::{Frame, Text, Tuple, Value};

/// What has the same key.
struct Entry {
    /// Which pair of the object it is for.
    pair: usize,
    first: Value,
    /// The first and the others, once there are others.
    all: Vec<Value>,
    tuples: Vec<Tuple>,
}

impl Entry {
    fn add(&mut self, item: Value) {
        if self.all.is_empty() {
            spread(std::mem::take(&mut self.first), &mut self.all);
        }
        spread(item, &mut self.all);
    }
}

fn spread(value: Value, into: &mut Vec<Value>) {
    match value {
        Value::Array(array) => into.extend_from_slice(array.items()),
        other => into.push(other),
    }
}

impl Run<'_> {
    pub(super) fn group(&self, group: &Group, input: Value, frame: &Rc<Frame>) -> Evaluated {
        let mut entries: IndexMap<Text, Entry> = IndexMap::new();
        match input {
            Value::Tuples(tuples) if tuples.stream && !tuples.items.is_empty() => {
                for tuple in tuples.items.iter() {
                    let inner = Self::frame_of(frame, tuple);
                    for (number, (key, _)) in group.pairs.iter().enumerate() {
                        let Some(key) = self.key(self.evaluate(key, &tuple.value, &inner)?)? else { continue };
                        Self::enter(&mut entries, key, number, Value::Undefined, Some(tuple))?;
                    }
                }
            }
            other => {
                let items = match other {
                    Value::Array(array) if array.len() > 0 => array.items().to_vec(),
                    Value::Tuples(tuples) if !tuples.items.is_empty() => {
                        tuples.items.iter().map(Tuple::as_object).collect()
                    }
                    Value::Array(_) | Value::Tuples(_) => vec![Value::Undefined],
                    single => vec![single],
                };
                for item in items {
                    for (number, (key, _)) in group.pairs.iter().enumerate() {
                        let Some(key) = self.key(self.evaluate(key, &item, frame)?)? else { continue };
                        Self::enter(&mut entries, key, number, item.clone(), None)?;
                    }
                }
            }
        }
        let mut members = IndexMap::with_capacity(entries.len());
        for (key, entry) in entries {
            let Some((_, value)) = group.pairs.get(entry.pair) else { continue };
            let value = if entry.tuples.is_empty() {
                let context = if entry.all.is_empty() { entry.first } else { Value::array(entry.all) };
                self.evaluate(value, &context, frame)?
            } else {
                let tuple = reduced(entry.tuples);
                self.evaluate(value, &tuple.value, &Self::frame_of(frame, &tuple))?
            };
            if !value.is_undefined() {
                members.insert(key, value);
            }
        }
        Ok(Value::object(members))
    }

    fn key(&self, key: Value) -> Result<Option<Text>, Failure> {
        self.work(1)?;
        match key {
            Value::Undefined => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => {
                let message = format!("Key in object structure must evaluate to a string; got: {}", shown(&other));
                Err(Failure::new("T1003", message))
            }
        }
    }

    fn enter(
        entries: &mut IndexMap<Text, Entry>,
        key: Text,
        pair: usize,
        item: Value,
        tuple: Option<&Tuple>,
    ) -> Result<(), Failure> {
        match entries.get_mut(&key) {
            Some(entry) if entry.pair != pair => {
                let message = format!("Multiple key definitions evaluate to same key: {}", quoted(&key));
                Err(Failure::new("D1009", message))
            }
            Some(entry) => {
                match tuple {
                    Some(tuple) => entry.tuples.push(tuple.clone()),
                    None => entry.add(item),
                }
                list_fits(entry.all.len())
            }
            None => {
                let tuples = tuple.into_iter().cloned().collect();
                entries.insert(key, Entry { pair, first: item, all: Vec::new(), tuples });
                Ok(())
            }
        }
    }
}

/// One tuple of many: what they bound, together.
fn reduced(tuples: Vec<Tuple>) -> Tuple {
    let mut tuples = tuples.into_iter();
    let Some(first) = tuples.next() else { return Tuple { value: Value::Undefined, bound: Vec::new() } };
    let mut values = vec![first.value];
    let mut bound: Vec<(std::sync::Arc<str>, Vec<Value>)> =
        first.bound.into_iter().map(|(name, value)| (name, vec![value])).collect();
    for tuple in tuples {
        values.push(tuple.value);
        for (name, value) in tuple.bound {
            match bound.iter_mut().find(|(other, _)| *other == name) {
                Some((_, values)) => values.push(value),
                None => bound.push((name, vec![value])),
            }
        }
    }
    Tuple { value: joined(values), bound: bound.into_iter().map(|(name, values)| (name, joined(values))).collect() }
}

fn joined(mut values: Vec<Value>) -> Value {
    if values.len() <= 1 {
        return values.pop().unwrap_or_default();
    }
    let mut all = Vec::with_capacity(values.len());
    values.into_iter().filter(|value| !value.is_undefined()).for_each(|value| spread(value, &mut all));
    append(Value::array(all), Value::Undefined)
}
