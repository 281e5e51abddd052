//! Equal numbers: `2` and `2.0` are one in the fields of the language, and two in the data that a machine hands on.

use serde_json::{Number, Value};

/// Fields whose values are data: what stands there reaches executions as it is written.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html>
const DATA: [&str; 9] =
    ["Result", "Parameters", "ResultSelector", "ItemSelector", "Arguments", "Output", "Assign", "Items", "BatchInput"];

/// Below this every whole number of a JSON document is exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes whole numbers without a fraction wherever a definition's own fields have them.
pub fn alike_in_definition(machine: &mut Value) {
    let Value::Object(fields) = machine else { return };
    for (name, value) in fields {
        match (name.as_str(), value) {
            // Names of states are no fields, whatever they are.
            ("States", Value::Object(states)) => states.values_mut().for_each(alike_in_definition),
            (name, value) if !DATA.contains(&name) => alike_below(value),
            _ => {}
        }
    }
}

fn alike_below(value: &mut Value) {
    match value {
        Value::Object(_) => alike_in_definition(value),
        Value::Array(items) => items.iter_mut().for_each(alike_below),
        other => alike(other),
    }
}

/// Writes every whole number of a document without a fraction.
pub fn alike_everywhere(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(alike_everywhere),
        Value::Array(items) => items.iter_mut().for_each(alike_everywhere),
        other => alike(other),
    }
}

fn alike(value: &mut Value) {
    let Value::Number(number) = value else { return };
    let Some(float) = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT)
    else {
        return;
    };
    #[expect(clippy::cast_possible_truncation, reason = "whole, and below what is exact")]
    let whole = float as i64;
    *number = Number::from(whole);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition(number: &Value, data: &Value) -> Value {
        json!({ "StartAt": "Result", "TimeoutSeconds": number, "States": {
            "Result": { "Type": "Wait", "Seconds": number, "Next": "Each" },
            "Each": { "Type": "Map", "MaxConcurrency": number, "ItemSelector": { "n": data },
                "ItemBatcher": { "MaxItemsPerBatch": number, "BatchInput": { "n": data } },
                "ItemProcessor": { "StartAt": "Do", "States": {
                    "Do": { "Type": "Task", "Parameters": { "n": data }, "Retry": [{ "BackoffRate": number, "MaxAttempts": number }],
                        "Catch": [{ "Assign": { "n": data } }], "End": true } } }, "Next": "Both" },
            "Both": { "Type": "Parallel", "Branches": [{ "StartAt": "P", "States": {
                "P": { "Type": "Pass", "Result": { "Retry": [data] }, "End": true } } }], "Next": "If" },
            "If": { "Type": "Choice", "Choices": [{ "Variable": "$.a", "NumericEquals": number, "Output": data, "Next": "P" }] },
        } })
    }

    #[test]
    fn equal_numbers_are_alike_in_the_language_and_not_in_data() {
        let alike = |mut value: Value| {
            alike_in_definition(&mut value);
            value
        };
        let whole = definition(&json!(2), &json!(2));
        assert_eq!(alike(definition(&json!(2.0), &json!(2))), whole);
        assert_eq!(alike(definition(&json!(2e0), &json!(2))), whole);
        assert_ne!(alike(definition(&json!(2), &json!(2.0))), whole);
        assert_eq!(alike(definition(&json!(2), &json!(2.0))), definition(&json!(2), &json!(2.0)));
        assert_ne!(alike(definition(&json!(2.5), &json!(2))), whole);
    }

    #[test]
    fn a_number_that_is_not_exact_stays_as_it_is() {
        for number in [json!(1e300), json!(0.1), json!(-9_007_199_254_740_992.0), json!(u64::MAX)] {
            let mut value = json!([number]);
            alike_everywhere(&mut value);
            assert_eq!(value, json!([number]));
        }
        let mut board = json!({ "widgets": [{ "x": 0.0, "y": -6.0 }] });
        alike_everywhere(&mut board);
        assert_eq!(board, json!({ "widgets": [{ "x": 0, "y": -6 }] }));
    }
}
