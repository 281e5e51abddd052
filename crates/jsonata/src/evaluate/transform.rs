//! `|place|update,delete|`: a changed copy.

use std::rc::Rc;

use super::run::{Evaluated, Run};
use crate::error::Failure;
use crate::number::{Number, to_15_digits};
use crate::stack;
use crate::syntax::Transform;
use crate::value::shown;
use crate::value::{Frame, Value};

/// Values inside values of a copy.
const DEEPEST: usize = 1_000;

impl Run<'_> {
    pub(super) fn transform(&self, transform: &Transform, value: Option<&Value>, frame: &Rc<Frame>) -> Evaluated {
        let Some(value) = value.filter(|value| !value.is_undefined()) else { return Ok(Value::Undefined) };
        let copy = self.copy(value, true, 0)?;
        let places = match self.evaluate(&transform.place, &copy, frame)? {
            Value::Undefined => return Ok(copy),
            Value::Array(array) => array.items().to_vec(),
            other => vec![other],
        };
        for place in places {
            match self.evaluate(&transform.update, &place, frame)? {
                Value::Undefined => {}
                Value::Object(update) => {
                    if let Some(name) = update.entries().first().map(|(name, _)| name.to_string()) {
                        changeable(&place, &name)?;
                    }
                    if let Value::Object(object) = &place {
                        for (name, member) in update.entries() {
                            // A copy, so that nothing holds itself.
                            let member = self.copy(&member, false, 0)?;
                            object.members_mut().insert(name, member);
                        }
                    }
                }
                other => {
                    let message = format!(
                        "The insert/update clause of the transform expression must evaluate to an object: {}",
                        shown(&other)
                    );
                    return Err(Failure::new("T2011", message));
                }
            }
            if let Some(delete) = &transform.delete {
                let names = self.evaluate(delete, &place, frame)?;
                delete_names(&place, &names)?;
            }
        }
        Ok(copy)
    }

    /// A copy that shares nothing that could change.
    pub(crate) fn copy(&self, value: &Value, rounded: bool, depth: usize) -> Evaluated {
        if depth > DEEPEST {
            return Err(Failure::too_deep());
        }
        self.work(1)?;
        Ok(match value {
            Value::Array(array) => {
                let copied: Result<Vec<Value>, Failure> =
                    stack::deeper(|| array.items().iter().map(|item| self.copy(item, rounded, depth + 1)).collect());
                Value::array(copied?)
            }
            Value::Object(object) => stack::deeper(|| {
                let mut members = indexmap::IndexMap::with_capacity(object.len());
                for (name, member) in object.entries() {
                    members.insert(name, self.copy(&member, rounded, depth + 1)?);
                }
                Ok(Value::object(members))
            })?,
            // The reference copies through text, which has 15 digits and no functions.
            Value::Number(Number::Float(float)) if rounded && float.is_finite() && float.fract() != 0.0 => {
                Value::Number(Number::Float(to_15_digits(*float)))
            }
            Value::Number(number) if rounded && !number.as_f64().is_finite() => Value::Null,
            Value::Function(_) if rounded => Value::text(""),
            other => other.clone(),
        })
    }
}

/// A value that has no members cannot be given one.
fn changeable(place: &Value, name: &str) -> Result<(), Failure> {
    let kind = match place {
        Value::Number(number) => format!("number '{}'", number.text()),
        Value::String(text) => format!("string '{}'", &**text),
        Value::Bool(flag) => format!("boolean '{flag}'"),
        Value::Null => return Err(Failure::new("", format!("Cannot set properties of null (setting '{name}')"))),
        _ => return Ok(()),
    };
    Err(Failure::new("", format!("Cannot create property '{name}' on {kind}")))
}

fn delete_names(place: &Value, names: &Value) -> Result<(), Failure> {
    let list = match names {
        Value::Undefined => return Ok(()),
        Value::Array(array) => array.items().to_vec(),
        other => vec![other.clone()],
    };
    if !list.iter().all(|name| name.as_str().is_some()) {
        let message = format!(
            "The delete clause of the transform expression must evaluate to a string or array of strings: {}",
            shown(names)
        );
        return Err(Failure::new("T2012", message));
    }
    if let Value::Object(object) = place {
        for name in list.iter().filter_map(Value::as_str) {
            object.members_mut().shift_remove(name);
        }
    }
    Ok(())
}
