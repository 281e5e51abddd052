//! Inputs of a bulk test.

use serde_json::Value;

use super::class::{broken, lab, users};
use crate::render::BulkInputs;

fn total(order: &Value) -> i64 {
    let items = order["items"].as_array().unwrap();
    items.iter().map(|item| item["price"].as_i64().unwrap() * item["quantity"].as_i64().unwrap()).sum()
}

#[test]
fn valid_orders_are_consistent_and_invalid_ones_are_not() {
    let lab = lab(&["user3"]);
    let inputs = BulkInputs::new(&lab.pack).unwrap().unwrap();
    let mut amounts = std::collections::BTreeSet::new();
    for index in 0..200 {
        let order = inputs.input(&lab.users[0], "r1", index, true).unwrap();
        assert_eq!(order["amount"].as_i64().unwrap(), total(&order));
        assert_eq!(order["orderId"], format!("order-bulk-r1-{index}"));
        amounts.insert(order["amount"].as_i64().unwrap());
        let order = inputs.input(&lab.users[0], "r1", index, false).unwrap();
        assert_ne!(order["amount"].as_i64().unwrap(), total(&order));
    }
    assert!(amounts.len() > 50, "{}", amounts.len());
}

#[test]
fn the_same_execution_has_the_same_input_and_another_run_another() {
    let lab = lab(&["user3", "user4"]);
    let inputs = BulkInputs::new(&lab.pack).unwrap().unwrap();
    let orders = |user: usize, run: &str| -> Vec<Value> {
        (0..20).map(|index| inputs.input(users(&lab)[user], run, index, true).unwrap()["items"].clone()).collect()
    };
    assert_eq!(orders(0, "r1"), orders(0, "r1"));
    assert_ne!(orders(0, "r1"), orders(0, "r2"));
    assert_ne!(orders(0, "r1"), orders(1, "r1"));
}

#[test]
fn a_mistake_in_a_bulk_template_is_told_at_its_place() {
    let lab = broken("bulk/valid-order.json.hbs", "{{run}}", "{{rum}}");
    let inputs = BulkInputs::new(&lab.pack).unwrap().unwrap();
    let finding = inputs.input(&lab.users[0], "r1", 0, true).unwrap_err();
    assert_eq!(finding.message, "`rum` is not defined");
    assert_eq!(finding.help.as_deref(), Some("did you mean `run`?"));
    let (source, span) = finding.place.unwrap();
    assert_eq!(source.line_column(span.offset), (2, 28));
}
