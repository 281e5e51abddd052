//! What the engine gives, by tables; that nothing makes it panic, run long or grow.

use crate::{Host, Value, evaluate, parse};
use proptest::prelude::*;
use serde_json::json;

struct World;

impl Host for World {
    fn variable(&self, name: &str) -> Option<Value> {
        let data = json!({
            "orders": [{"id": 1, "items": [{"sku": "a", "price": 2.5}, {"sku": "b", "price": 10}]}, {"id": 2, "items": []}],
            "nested": {"secret": 1, "in": {"secret": 2, "in": [{"secret": 3, "kept": true}]}},
            "big": 1_234_567_890_123_456_789_i64,
        });
        (name == "data").then(|| Value::from_json(&data))
    }
    fn now_ms(&self) -> i64 {
        1_577_836_800_000
    }
    fn random(&self) -> u64 {
        1 << 63
    }
    fn uuid(&self) -> String {
        "00000000-0000-4000-8000-000000000000".to_owned()
    }
}

/// The value as JSON text, `undefined`, or the error with its code.
fn answer(text: &str) -> String {
    let tree = match parse(text) {
        Ok(tree) => tree,
        Err(error) => return error.to_string(),
    };
    match evaluate(&tree, &World) {
        Ok(Value::Undefined) => "undefined".to_owned(),
        Ok(value) => value.to_json(200).map_or_else(|reason| format!("{reason:?}"), |value| value.to_string()),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn holds(cases: &[(&str, &str)]) {
    for (text, wanted) in cases {
        assert_eq!(answer(text), *wanted, "{text}");
    }
}

#[test]
fn precedence_is_that_of_2_0_6() {
    holds(&[
        ("'Top: ' & $data.orders^(>id)[0].id", "undefined"),
        ("'Top: ' & ($data.orders^(>id))[0].id", "\"Top: 2\""),
        ("1 + 2 * 3 = 7 and true", "true"),
        ("true ? 1 : 2 & 'a'", "1"),
        ("$data.x ?? 1", "S0211: The symbol \"?\" cannot be used as a unary operator"),
        ("$data.x ?: 1", "S0211: The symbol \":\" cannot be used as a unary operator"),
        ("1..3", "S0201: Syntax error: \"..\""),
        ("-2 ~> $abs", "2"),
        ("1 in [1] = true", "true"),
    ]);
}

#[test]
fn transforms_reach_what_is_nested() {
    holds(&[
        ("$data.nested ~> |**|{},'secret'|", r#"{"in":{"in":[{"kept":true}]}}"#),
        (
            "$data.nested ~> |in.in|{'n': secret + 1}|",
            r#"{"secret":1,"in":{"secret":2,"in":[{"secret":3,"kept":true,"n":4}]}}"#,
        ),
        (
            "$data.nested ~> |$|{'self': $}|",
            r#"{"secret":1,"in":{"secret":2,"in":[{"secret":3,"kept":true}]},"self":{"secret":1,"in":{"secret":2,"in":[{"secret":3,"kept":true}]}}}"#,
        ),
        ("($data.nested ~> |$|{}, ['secret', 'in']|)", "{}"),
        (
            "$data.nested ~> |in|5|",
            "T2011: The insert/update clause of the transform expression must evaluate to an object: 5",
        ),
        ("$data.nested.secret", "1"),
    ]);
}

#[test]
fn numbers_are_exact_where_they_are_whole() {
    holds(&[
        ("'id-' & $data.big", "\"id-1234567890123456789\""),
        ("{'id': $data.big}", r#"{"id":1234567890123456789}"#),
        ("$string([$data.big])", "\"[1234567890123456789]\""),
        ("$max([$data.big, 1])", "1234567890123456789"),
        ("$abs(-$data.big) = $data.big", "true"),
        ("$count($distinct([1..50000]))", "50000"),
        ("$distinct([1, 1.0, '1', 0.5, 0.5, null, null, [1], [1]])", "[1,\"1\",0.5,null,[1]]"),
        ("1/0", "\"Infinity\""),
        ("1/0 + 1", "D1001: Number out of range: null"),
        ("0/0 + 1", "T2001: The left side of the \"+\" operator must evaluate to a number"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("$string(0.1 + 0.2)", "\"0.3\""),
        ("$round(2.5) & $round(3.5) & $round(-0.5) & $round(1.005, 2)", "\"2401\""),
        ("$formatBase(2.5, 2)", "\"10\""),
        ("$number('+1')", "D3030: Unable to cast value to a number: \"+1\""),
        ("$number('0x1F')", "31"),
    ]);
}

#[test]
fn errors_have_the_words_of_the_reference() {
    holds(&[
        ("$uppercase(5)", "T0410: Argument 1 of function \"uppercase\" does not match function signature"),
        ("5 ~> $uppercase", "T0410: Argument 1 of function \"uppercase\" does not match function signature"),
        ("(5).$length()", "T0411: Context value is not a compatible type with argument 1 of function \"length\""),
        ("$sum(['a'])", "T0412: Argument 1 of function \"sum\" must be an array of \"numbers\""),
        (
            "($f := function($x)<n:n>{$x}; $f('a'))",
            "T0410: Argument 1 of function \"f\" does not match function signature",
        ),
        ("sum([1])", "T1005: Attempted to invoke a non-function. Did you mean $sum?"),
        ("$nope()", "T1006: Attempted to invoke a non-function"),
        ("'a' < 1", "T2009: The values \"a\" and 1 either side of operator \"<\" must be of the same data type"),
        ("{1: 2}", "T1003: Key in object structure must evaluate to a string; got: 1"),
        ("$error('mine')", "D3137: mine"),
        ("[1, 'a']^($)", "T2007: Type mismatch when comparing values 1 and \"a\" in order-by clause"),
    ]);
}

#[test]
fn texts_are_units_where_javascript_counts_units() {
    holds(&[
        ("$length('😀')", "1"),
        ("$match('Zoë Müller', /\\w+/).match", r#"["Zo","M","ller"]"#),
        ("$match('😀b', /b/).index", "2"),
        ("$replace('a/b', /[/]/, '-')", "\"a-b\""),
        ("$replace('John Smith', /(\\w+)\\s(\\w+)/, '$2, $1')", "\"Smith, John\""),
        ("$encodeUrl('a b')", "\"a%20b\""),
        ("$encodeUrlComponent('a-b_c.csv')", "\"a-b_c.csv\""),
        ("$encodeUrl('\\uD800')", "D3140: Malformed URL passed to $encodeUrl(): \"\\ud800\""),
        ("$reduce([], function($a, $b) { $a + $b })", "undefined"),
        ("$pad('é', -3, '😀x')", "\"😀xé\""),
    ]);
}

#[test]
fn times_are_those_of_the_run() {
    holds(&[
        ("$now()", "\"2020-01-01T00:00:00.000Z\""),
        ("$toMillis('12:00', '[H]:[m]')", "1577880000000"),
        ("$fromMillis(1521801216617, '[FNn], [D1o] of [MNn] [Y]')", "\"Friday, 23rd of March 2018\""),
        ("$fromMillis(1521801216617, '[X]-W[W01]-[F1]')", "\"2018-W12-5\""),
        ("$toMillis('23rd March 2018', '[D1o] [MNn] [Y]')", "1521763200000"),
        ("$toMillis('27 3 1976', '[D#1] [M#1] [Y0001]')", "196732800000"),
        ("$toMillis('20180323', '[Y0001][M01][D01]')", "1521763200000"),
        ("$toMillis('2018-3-23', '[Y0001]-[M01]-[D01]')", "undefined"),
        ("$formatInteger(1234, 'Ww')", "\"One Thousand, Two Hundred and Thirty-Four\""),
        ("$formatInteger(1999, 'I')", "\"MCMXCIX\""),
        ("$parseInteger('twelve thousand and six', 'w')", "12006"),
        ("$formatNumber(-1234.567, '#,##0.00;(#,##0.00)')", "\"(1,234.57)\""),
        ("$formatNumber(0, '0.0e0')", "\"0.0e0\""),
    ]);
}

#[test]
fn nothing_costs_more_than_a_bound() {
    let (deep, memory, time) =
        ("Stack overflow error", "Expression evaluation memory limit", "Expression evaluation timeout");
    for (text, start) in [
        ("($f := function($n) { 1 + $f($n + 1) }; $f(1))", deep),
        (
            "($f := $uppercase ~> $lowercase; $g := function($h, $n) { $n = 0 ? $h('a') : $g($h ~> $f, $n - 1) }; $g($f, 500))",
            deep,
        ),
        ("($f := function($n) { $f($n + 1) }; $f(1))", time),
        ("($f := function($a) { $f([$a, $a]) }; $f(1))", memory),
        ("$count([1..873783])", memory),
        ("$pad('x', 1e9)", memory),
        ("$pad('x', 1e308)", memory),
        ("$join($map([1..100000], function() { $pad('', 100) }))", memory),
        ("$replace($pad('', 1000000, 'a'), 'a', $pad('', 100))", memory),
        ("($f := function($s) { $f($s & $s) }; $f('abc'))", memory),
        (
            "($l := [1..800000]; $f := function($a, $n) { $n = 0 ? 1 : $f($append([$a], $map($l, function($x) { $x })), $n - 1) }; $f([], 50))",
            memory,
        ),
        ("$match($pad('', 4000000, 'a'), /(a|b)*c/)", time),
        ("$count([1..800000]@$a.[1..10]@$b)", ""),
        ("$match($pad('', 60, 'a') & '!', /(a+)+$/)", time),
        ("$toMillis($pad('', 100000, '1'), '[Y]x[M]x[D]x[H]x')", ""),
        ("$formatNumber(1, $pad('', 5000, '0'))", memory),
        ("$formatInteger(1, $pad('', 20000, '0'))", memory),
        ("$formatInteger(1e15, 'I')", memory),
        ("$formatNumber(1e300, '0.0e0')", ""),
        ("($b := $pad('', 4000000); $string($map([1..1000], function() { $b })))", memory),
        ("($b := $pad('', 4000000); $map([1..1000], function() { $b }))", "TooLarge"),
        ("($d := function($v, $n) { $n = 0 ? $v : $d({'v': $v}, $n - 1) }; $d(1, 100000))", "TooDeep"),
        ("($d := function($v, $n) { $n = 0 ? $v : $d({'v': $v}, $n - 1) }; $string($d(1, 100000)))", deep),
        ("($d := function($f, $n) { $n = 0 ? 1 : $d(function() { $f }, $n - 1) }; $d($sum, 100000))", "1"),
    ] {
        let found = answer(text);
        assert!(found.starts_with(start), "{text}: {}", found.chars().take(200).collect::<String>());
    }
}

#[test]
fn functions_that_see_themselves_are_let_go_of() {
    for _ in 0..200 {
        assert_eq!(
            answer("($big := [1..100000]; $f := function($n) { $n = 0 ? $count($big) : $f($n - 1) }; $f(3))"),
            "100000"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_text_makes_it_panic(words in prop::collection::vec(word(), 1..14)) {
        answer(&words.concat());
    }

    #[test]
    fn no_picture_makes_it_panic(picture in "[0-9#,.;%eYMDdFWwXxHhPmsfZzCE\\[\\]aANnIiowWt é٠-]{0,12}", value in -1e12..1e12) {
        let picture = picture.replace('\\', "");
        for call in ["$formatNumber", "$formatInteger", "$fromMillis"] {
            answer(&format!("{call}({value}, '{picture}')"));
        }
        for call in ["$parseInteger", "$toMillis"] {
            answer(&format!("{call}('{value}', '{picture}')"));
        }
    }

    #[test]
    fn no_pattern_makes_it_panic(pattern in "[ab()\\[\\]{}|?*+^$.\\\\dwsb<>=!:,0-9-]{1,12}", text in "[ab é1😀]{0,12}") {
        answer(&format!("$match('{text}', /{pattern}/i)"));
        answer(&format!("$replace('{text}', /{pattern}/, '$1$0')"));
    }

    #[test]
    fn json_goes_in_and_out(text in "[ -~é😀]{0,20}", whole in any::<i64>(), float in any::<f64>()) {
        let value = json!({ "t": text, "w": [whole, null, true], "f": float });
        let through = Value::from_json(&value).to_json(100).unwrap();
        prop_assert_eq!(&through["t"], &value["t"]);
        prop_assert_eq!(&through["w"], &value["w"]);
        prop_assert_eq!(through["f"].as_f64(), value["f"].as_f64());
    }
}

/// The language's own words, in no good order.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "$",
        "$$",
        "$data",
        "$x",
        ".orders",
        ".items",
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
        "^(",
        "~>",
        "@$i",
        "#$i",
        "|",
        ";",
        ":=",
        "function($v){",
        "$sum",
        "$map(",
        "$sort(",
        "$each(",
        "$substring(",
        "$replace(",
        "$formatNumber(",
        "$fromMillis(",
        "$pad(",
        "$range(",
        "$partition(",
        "$parse(",
        "$shuffle(",
        "$spread(",
        "$distinct(",
        "**",
        "/a/",
        "null",
        ",",
        "1e308",
        "[1..5]",
        "é",
        "``",
        "\"",
        "/*",
        "*/",
        "$zip(",
        "$merge(",
        "$keys(",
        "$string(",
        "true",
        "%.",
        "[]",
    ];
    prop_oneof![9 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => ".{0,3}"]
}
