//! Values of properties, what is there beside what is wanted.

use serde_json::{Map, Value};

/// What is there of what is wanted: of objects the members that are wanted, of a list the items in the order in which they are wanted.
pub(super) fn as_wanted(live: &Map<String, Value>, wanted: &Map<String, Value>) -> Map<String, Value> {
    let both =
        wanted.iter().filter_map(|(name, wanted)| Some((name.clone(), value_as_wanted(live.get(name)?, wanted))));
    both.collect()
}

fn value_as_wanted(live: &Value, wanted: &Value) -> Value {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => Value::Object(as_wanted(live, wanted)),
        (Value::Array(live), Value::Array(wanted)) => Value::Array(items_as_wanted(live, wanted)),
        // A document comes back as a text now and then.
        (Value::String(text), Value::Object(_) | Value::Array(_)) => match serde_json::from_str::<Value>(text) {
            Ok(document) if document.is_object() || document.is_array() => value_as_wanted(&document, wanted),
            _ => live.clone(),
        },
        _ => live.clone(),
    }
}

/// Services give lists back in an order of their own: each wanted item takes the first that is as it; the others follow as they stand.
fn items_as_wanted(live: &[Value], wanted: &[Value]) -> Vec<Value> {
    let mut left: Vec<Option<&Value>> = live.iter().map(Some).collect();
    let taken = wanted.iter().map(|wanted| {
        let fits = |item: &Value| value_as_wanted(item, wanted) == *wanted;
        let at = left.iter().position(|item| item.is_some_and(fits))?;
        left.get_mut(at).and_then(Option::take).map(|_| wanted.clone())
    });
    let taken: Vec<Option<Value>> = taken.collect();
    let mut others = left.into_iter().flatten();
    let mut items: Vec<Value> = Vec::new();
    for (taken, wanted) in taken.into_iter().zip(wanted) {
        items.extend(taken.or_else(|| others.next().map(|item| value_as_wanted(item, wanted))));
    }
    items.extend(others.cloned());
    items
}

/// What is wanted, with the members of objects that are there and that nobody asked for.
pub(super) fn laid_over(there: &Value, wanted: &Value) -> Value {
    if value_as_wanted(there, wanted) == *wanted {
        return there.clone();
    }
    let (Value::Object(there), Value::Object(wanted)) = (there, wanted) else { return wanted.clone() };
    let mut both = there.clone();
    for (name, wanted) in wanted {
        let value = there.get(name).map_or_else(|| wanted.clone(), |there| laid_over(there, wanted));
        both.insert(name.clone(), value);
    }
    Value::Object(both)
}

/// Every text in a value.
pub(super) fn texts<'value>(value: &'value Value, into: &mut Vec<&'value str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(members) => members.values().for_each(|member| texts(member, into)),
        _ => {}
    }
}

/// Another text for each text in a value.
pub(super) fn replace(value: &mut Value, with: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = with(text),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, with)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, with)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_asked_for_and_the_order_of_lists_are_no_difference() {
        let wanted = json!({"A": {"B": 1}, "L": [{"N": "x", "T": "S"}, {"N": "y"}]});
        let live = json!({"A": {"B": 1, "C": 2}, "L": [{"N": "y", "Z": 0}, {"N": "x", "T": "S"}], "Arn": "a"});
        assert_eq!(value_as_wanted(&live, &wanted), wanted);
        assert_eq!(laid_over(&live, &wanted), live);
        let other = json!({"A": {"B": 2}, "L": [{"N": "x", "T": "S"}]});
        assert_eq!(value_as_wanted(&live, &other)["A"], json!({"B": 1}));
        assert_eq!(
            value_as_wanted(&live, &other)["L"].as_array().unwrap().len(),
            2,
            "an item too many is a difference"
        );
        assert_eq!(laid_over(&live, &other)["A"], json!({"B": 2, "C": 2}));
        assert_eq!(laid_over(&live, &other)["L"], other["L"]);
    }

    #[test]
    fn a_document_may_come_back_as_a_text() {
        let wanted = json!({"P": {"source": ["a"]}});
        assert_eq!(value_as_wanted(&json!({"P": "{\"source\":[\"a\"]}"}), &wanted), wanted);
        assert_eq!(value_as_wanted(&json!({"P": "no"}), &wanted), json!({"P": "no"}));
        assert_eq!(value_as_wanted(&json!({"P": "5"}), &json!({"P": {}})), json!({"P": "5"}));
    }
}
