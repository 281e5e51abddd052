//! What expressions give.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Expression, NoValue};
use crate::context::Context;
use crate::effect::Seed;
use crate::payload::Payload;
use crate::random::Random;
use crate::scope::Scope;
use crate::variables::{Assigned, Variables};

/// Evaluates with an input, a result, and the variable `$x`, at 2020-01-01.
fn evaluate_with(text: &str, random: &mut Random) -> Result<Value, NoValue> {
    in_a_state(&Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")), random)
}

fn in_a_state(expression: &Expression, random: &mut Random) -> Result<Value, NoValue> {
    let text_of = |name: &str| name.to_owned();
    let seed = Seed {
        execution_arn: text_of("arn:e"),
        execution_name: text_of("run"),
        machine_arn: text_of("arn:m"),
        machine_name: text_of("m"),
        role_arn: text_of("arn:r"),
        express: false,
        input: json!({}),
        started_ms: 0,
        token_seed: 1,
    };
    let payload = Payload::new(json!({}));
    let mut variables = Variables::default();
    variables.assign(&Assigned::new(json!({"x": {"list": [1, 2, 3]}}))).unwrap();
    let context = Context {
        seed: &seed,
        input: &payload,
        state: "S",
        entered_ms: 0,
        now_ms: 1_577_836_800_000,
        variables: &variables,
        retries: None,
        token: None,
        item: None,
        child: None,
    };
    let input = json!({"a": 1, "big": 9_007_199_254_740_993_i64, "one": [7], "whole": [1.0, 2.5, 9_223_372_036_854_775_808_u64], "orders": [
        {"name": "b", "price": 2.5, "tags": ["x", "y"]}, {"name": "a", "price": 10, "tags": ["z"]}]});
    let result = json!({"Payload": {"ok": true}});
    let mut scope = Scope { result: Some(&result), ..Scope::new(&input, &context, random) };
    expression.evaluate(&mut scope)
}

fn evaluate(text: &str) -> Result<Value, NoValue> {
    evaluate_with(text, &mut Random::new(1))
}

#[track_caller]
fn gives(text: &str, expected: Value) {
    assert_eq!(evaluate(text), Ok(expected), "{text}");
}

#[track_caller]
fn fails(text: &str, code: &str) {
    match evaluate(text) {
        Err(NoValue::Failed(reason)) if reason.starts_with(code) => {}
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn states_and_variables_are_seen() {
    gives("$states.input.a", json!(1));
    gives("$states.input.a + 1", json!(2));
    gives("$states.result.Payload.ok", json!(true));
    gives("$states.context.Execution.Name & '/' & $states.context.State.Name", json!("run/S"));
    gives("$x.list[0]", json!(1));
    gives("$x.list", json!([1, 2, 3]));
    gives("$count($keys($states))", json!(3));
    gives("($y := 2; $y * $x.list[-1])", json!(6));
}

#[test]
fn paths_alone_keep_what_they_find() {
    gives("$states.input.big", json!(9_007_199_254_740_993_i64));
    gives("$states.input.one", json!([7]));
    gives("$states.input.orders.name", json!(["b", "a"]));
    assert_eq!(evaluate("$states.input.gone"), Err(NoValue::Nothing));
    assert_eq!(evaluate("$states.input.a.b"), Err(NoValue::Nothing));
    assert_eq!(evaluate("$gone"), Err(NoValue::Nothing));
    assert_eq!(evaluate("$states.errorOutput"), Err(NoValue::Nothing));
}

#[test]
fn the_language_does_what_its_documentation_says() {
    gives("$states.input.orders[price > 5].name", json!("a"));
    gives("$states.input.orders[name = 'gone'] ? 1 : 2", json!(2));
    gives("$sum($states.input.orders.price)", json!(12.5));
    gives("$states.input.(orders^(name)).name", json!(["a", "b"]));
    gives("$states.input.orders{ name: price }", json!({"b": 2.5, "a": 10}));
    gives("$map($x.list, function($v, $i) { $v * $i })", json!([0, 2, 6]));
    gives("$reduce($x.list, function($a, $b) { $a + $b })", json!(6));
    gives("$merge([$states.input.orders[0], {'name': 'c'}]).name", json!("c"));
    gives("$states.input.orders.tags", json!(["x", "y", "z"]));
    gives("[$states.input.orders.name[0]]", json!(["b", "a"]));
    gives("$contains('hello$world', /^hello\\$/)", json!(true));
    gives("$replace('2026-11-22', /(\\d+)-(\\d+)-(\\d+)/, '$3.$2.$1')", json!("22.11.2026"));
    gives("'x' in ['x', 'y'] and $not($exists($gone))", json!(true));
    gives("($fact := function($n) { $n <= 1 ? 1 : $n * $fact($n - 1) }; $fact(10))", json!(3_628_800));
    gives("$fromMillis($toMillis('2020-02-03T00:00:00Z') + 86400000, '[D01]/[M01]')", json!("04/02"));
    gives("$string({'a': [1, null]})", json!(r#"{"a":[1,null]}"#));
    gives("[]", json!([]));
    gives("null", json!(null));
}

#[test]
fn step_functions_has_functions_of_its_own() {
    gives("$partition([1, 2, 3], 2)", json!([[1, 2], [3]]));
    gives("$partition([0], 1)", json!([[0]]));
    gives("$range(0, 10, 3)", json!([0, 3, 6, 9]));
    gives("$range(1, 9, 9)", json!(1));
    gives("$range(3, 1, -1)", json!([3, 2, 1]));
    assert_eq!(evaluate("$range(1, 0, 1)"), Err(NoValue::Nothing));
    gives("$hash('input data', 'SHA-1')", json!("aaff4a450a104cd177d28d18d74485e8cae074b7"));
    gives("$parse('{\"a\": [1, true]}').a", json!([1, true]));
    gives("$map([1, 2], function($n) { $length($uuid()) })", json!([36, 36]));
    for text in ["$partition([1], 0)", "$partition([], 2)", "$range(1, 2, 0)", "$range(1, 5)", "$hash('a')", "$parse()"]
    {
        assert_eq!(evaluate(text), Err(NoValue::Nothing), "{text}");
    }
    gives("$count($range(1, 360145, 1))", json!(360_145));
    gives("$range(-1.7, 2, 1)", json!([-1, 0, 1, 2]));
    gives("$random(42)", json!(0.727_563_680_032_868_1));
    gives("$map(['1', '[2]'], $parse)", json!([1, [2]]));
    fails("$range(1, 360146, 1)", "Expression evaluation memory limit exceeded");
    fails("$partition(null, 2)", "T0412: Argument 1 of function \"partition\" must be an array of undefined");
    fails("$range('1', 2, 1)", "T0410");
    fails("$hash('a', 'SHA-3')", "");
    fails("$parse('{')", "");
    fails("$parse(1)", "T0410");
    assert!(Expression::parse("$eval('1')").is_err());
}

#[test]
fn chance_and_time_come_from_the_run() {
    let text = "[$random(), $random(7), $uuid(), $shuffle([1..50])]";
    let value = evaluate(text).unwrap();
    assert_eq!(evaluate(text).unwrap(), value);
    let other = evaluate_with(text, &mut Random::new(2)).unwrap();
    assert_ne!(other[0], value[0]);
    assert_eq!(other[1], value[1]);
    assert_ne!(other[3], value[3]);
    assert!((0.0..1.0).contains(&value[0].as_f64().unwrap()));
    let mut random = Random::new(1);
    assert_ne!(evaluate_with("$random()", &mut random), evaluate_with("$random()", &mut random));
    gives("$now()", json!("2020-01-01T00:00:00.000Z"));
    gives("$now('[Y0001]')", json!("2020"));
    gives("$millis()", json!(1_577_836_800_000_i64));
}

#[test]
fn failures_carry_the_codes_of_jsonata() {
    fails("1 + 'a'", "T2002");
    fails("$gone(1)", "T1006");
    fails("$number('x')", "D3030");
    fails("$uppercase(1)", "T0410");
    assert_eq!(evaluate("function($a) { $a }"), Err(NoValue::Unsupported));
    assert_eq!(evaluate("{'f': function() { 1 }}"), Err(NoValue::Unsupported));
    for text in ["(", "$x :=", "\"abc", "1 +", "", "  ", "$states.input.["] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
    assert!(Expression::parse(&"(".repeat(50_000)).is_err());
    assert!(Expression::parse(&"x".repeat(70_000)).is_err());
}

#[test]
fn depth_does_not_exhaust_the_stack() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{'a': ", "}"), ("$not(", ")"), ("-", "")] {
        for depth in [400, 5_000] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            if let Ok(expression) = Expression::parse(&text) {
                let _ = in_a_state(&expression.clone(), &mut Random::new(1));
            }
        }
    }
    for link in [" + 1", ".a", "[0]", " ~> $sum"] {
        if let Ok(expression) = Expression::parse(&format!("$x{}", link.repeat(6_000))) {
            let _ = in_a_state(&expression.clone(), &mut Random::new(1));
        }
    }
}

#[test]
fn what_would_not_end_is_ended() {
    fails("($f := function($n) { 1 + $f($n + 1) }; $f(1))", "Stack overflow error: ");
    fails("($f := function($n) { $f($n + 1) }; $f(1))", "Expression evaluation timeout: ");
    fails("($f := function($s) { $f($s & $s) }; $f('0123456789'))", "Expression evaluation memory limit exceeded: ");
    fails("$match($pad('', 60, 'a') & '!', /(a+)+$/)", "Expression evaluation timeout: ");
    fails("[1..10000000]", "");
    let deep = "($f := function($v, $n) { $n = 0 ? $v : $f({'v': $v}, $n - 1) }; $f(1, 500))";
    assert!(matches!(evaluate(deep), Err(NoValue::Failed(_))), "{:?}", evaluate(deep));
}

#[test]
fn padding_has_an_end() {
    let mut random = Random::new(1);
    for width in ["1e9", "-1e9", "1e308"] {
        let found = evaluate_with(&format!("$pad('x', {width})"), &mut random);
        assert!(matches!(&found, Err(NoValue::Failed(reason)) if reason.contains("memory limit")), "{found:?}");
    }
    for (call, wanted) in [("$pad('x', -3, '#')", "##x"), ("$pad('x', 3)", "x  "), ("'x' ~> $pad(4, 'ab')", "xaba")] {
        assert_eq!(evaluate_with(call, &mut random), Ok(json!(wanted)), "{call}");
    }
}

#[test]
fn prices_pass_unchanged() {
    let prices = (1..2_000)
        .map(|count| f64::from(count) * 3.333_f64 * 1.1)
        .chain([7_468.618_500_000_000_5, 1_796.220_000_000_000_3]);
    for price in prices {
        let text = json!({ "price": price }).to_string();
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["price"].as_f64(), Some(price));
        assert_eq!(read.to_string(), text);
    }
}

#[test]
fn numbers_keep_their_digits() {
    gives("'id-' & $states.input.big", json!("id-9007199254740993"));
    gives("{'id': $states.input.big}", json!({"id": 9_007_199_254_740_993_i64}));
    gives("$string($parse('{\"n\": 1234567890123456789}').n)", json!("1234567890123456789"));
    gives("$parse('7468.6185000000005')", json!(7_468.618_500_000_000_5));
    gives("[1/0, -1/0, 0/0]", json!(["Infinity", "-Infinity", "NaN"]));
    gives("$string(1/3)", json!("0.333333333333333"));
    assert_eq!(evaluate("$states.input.whole").unwrap().to_string(), "[1,2.5,9.223372036854776e+18]");
    assert_eq!(evaluate("$states.input.whole[0]").unwrap().to_string(), "1");
}

#[test]
fn what_is_wrong_in_one_expression_fails_it_alone() {
    fails("$fromMillis(0, '[éM]')", "D3132: Unknown component specifier \"é\"");
    gives("$sum([1..3])", json!(6));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_makes_the_engine_panic(words in prop::collection::vec(word(), 1..12)) {
        let text = words.concat();
        if let Ok(expression) = Expression::parse(&text) {
            let _ = in_a_state(&expression, &mut Random::new(1));
        }
    }
}

/// The language's own words, in no good order.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "$",
        "$$",
        "$x",
        "$states",
        ".input",
        "a",
        "'s'",
        "1",
        "-",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        "?",
        "+",
        "*",
        "/",
        "%",
        "&",
        "<",
        "=",
        " and ",
        " in ",
        "..",
        "^",
        "~>",
        "@$i",
        "#$i",
        "|",
        ";",
        ":=",
        "function($v)",
        "$sum",
        "$map",
        "$sort",
        "$each",
        "$substring",
        "$replace",
        "$formatNumber",
        "$fromMillis",
        "$pad",
        "$range",
        "$partition",
        "$parse",
        "$shuffle",
        "**",
        "/a/",
        "null",
        ",",
        "1e308",
        "[1..5]",
        "é",
    ];
    prop_oneof![9 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => ".{0,3}"]
}
