//! The examples of AWS's page, and what holds of any expression.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Line, Refusal, Scope, Span, Value, evaluate, parse, points_of_a_request};

const MINUTE: i64 = 60_000;
/// Monday, 2026-11-30, 12:00.
const NOON: i64 = 1_796_040_000_000;

/// A metric of one value a minute from noon; not a number stands for a missing one.
fn metric(label: &str, values: &[f64]) -> Value {
    let times = (0..).map(|index| NOON + index * MINUTE);
    let points = times.zip(values.iter().copied()).filter(|(_, value)| value.is_finite()).collect();
    Value::Line(Line { label: label.to_owned(), period_ms: MINUTE, points, is_metric: true })
}

const NONE: f64 = f64::NAN;

fn work_out(expression: &str, metrics: &[(&str, &[f64])]) -> Result<Value, Refusal> {
    let results: BTreeMap<String, Value> =
        metrics.iter().map(|(id, values)| ((*id).to_owned(), metric(id, values))).collect();
    let ids: Vec<String> = metrics.iter().map(|(id, _)| (*id).to_owned()).collect();
    let span = Span { start_ms: NOON, end_ms: NOON + 5 * MINUTE };
    let left = points_of_a_request();
    evaluate(&parse(expression)?, &Scope { results: &results, metrics: &ids, span, period_ms: MINUTE, left: &left })
}

/// The values of a series over five minutes, with holes.
fn shown(line: &Line) -> Vec<String> {
    let at = |index: i64| line.at(NOON + index * MINUTE).map_or("-".to_owned(), |value| value.to_string());
    (0..5).map(at).collect()
}

fn check(expression: &str, metrics: &[(&str, &[f64])], expected: &str) {
    let found = match work_out(expression, metrics) {
        Ok(Value::Number(number)) => number.to_string(),
        Ok(Value::Line(line)) => shown(&line).join(" "),
        Ok(Value::Lines(lines)) => lines.iter().map(|line| shown(line).join(" ")).collect::<Vec<_>>().join("; "),
        Err(Refusal::Wrong(message)) => message,
        Err(Refusal::NotOffered(name)) => format!("not offered: {name}"),
    };
    assert_eq!(found, expected, "{expression}");
}

#[test]
fn operators_as_aws_documents_them() {
    let two: [(&str, &[f64]); 2] = [("metric1", &[30.0, 20.0, 0.0, 0.0]), ("metric2", &[20.0, NONE, 20.0, NONE])];
    for (expression, expected) in [
        ("metric1 < metric2", "0 0 1 0 -"),
        ("metric1 >= 30", "1 0 0 0 -"),
        ("metric1 > 15 AND metric2 > 15", "1 0 0 0 -"),
        ("(metric1 > 15) && metric2 > 15 || metric1 == 20", "1 1 0 0 -"),
        ("metric1 + metric2", "50 20 20 0 -"),
        ("metric2 - metric1", "-10 -20 20 0 -"),
        ("metric1 / metric2", "1.5 - 0 - -"),
        ("100 / metric1", "3.3333333333333335 5 - - -"),
        ("-metric1 ^ 2 / 10 + 1", "-89 -39 1 1 -"),
        ("2 ^ 3 ^ 2", "512"),
        ("7 - 2 - 1", "4"),
        ("1 / 0", "NaN"),
        ("metric1 + 1 / 0", "- - - - -"),
        ("METRICS() * 2", "60 40 0 0 -; 40 - 40 - -"),
        ("100 - [metric1, metric2]", "70 80 100 100 -; 80 - 80 - -"),
        ("[metric1, metric2] != metric2", "1 1 1 0 -; 0 - 0 - -"),
        ("METRICS() + METRICS()", "Unsupported operand types: two arrays of time series"),
        (".5 * 1e2 + 1.5e-1", "50.15"),
    ] {
        check(expression, &two, expected);
    }
}

#[test]
fn conditions_as_aws_documents_them() {
    let three: [(&str, &[f64]); 3] = [
        ("metric1", &[1.0, 1.0, 0.0, 0.0, NONE]),
        ("metric2", &[30.0, NONE, 0.0, 0.0, 30.0]),
        ("metric3", &[0.0, 0.0, 20.0, NONE, 20.0]),
    ];
    for (expression, expected) in [
        ("IF(metric1, metric2, metric3)", "30 0 20 - -"),
        ("IF(metric1, 5, metric3)", "5 5 20 - -"),
        ("IF(metric1, metric2, 5)", "30 0 5 5 -"),
        ("IF(metric1, 1, 2)", "1 1 2 2 -"),
        ("IF(metric2 > 20, metric2)", "30 - - - 30"),
        ("IF(1, metric2, metric3)", "30 - 0 0 30"),
        ("IF(0, metric2, metric3)", "0 0 20 - 20"),
        ("IF(0, metric2)", "- - - - -"),
        ("IF(METRICS(), 1, 0)", "Function 'IF' does not accept array of time series as an argument"),
    ] {
        check(expression, &three, expected);
    }
}

#[test]
fn functions_of_one_series() {
    let one: [(&str, &[f64]); 2] = [("m1", &[-1.5, NONE, 4.0, 10.0, NONE]), ("none", &[])];
    for (expression, expected) in [
        ("ABS(m1)", "1.5 - 4 10 -"),
        ("CEIL(m1)", "-1 - 4 10 -"),
        ("FLOOR(m1)", "-2 - 4 10 -"),
        ("LOG10(m1)", "- - 0.6020599913279624 1 -"),
        ("LOG(ABS(m1)) * 0", "0 - 0 0 -"),
        ("DIFF(m1)", "- - 5.5 6 -"),
        ("DIFF_TIME(m1)", "- - 120 60 -"),
        ("RATE(m1)", "- - 0.04583333333333333 0.1 -"),
        ("RUNNING_SUM(m1)", "-1.5 - 2.5 12.5 -"),
        ("SUM(m1)", "12.5"),
        ("AVG(m1)", "4.166666666666667"),
        ("MIN(m1)", "-1.5"),
        ("MAX(m1)", "10"),
        ("DATAPOINT_COUNT(m1)", "3"),
        ("STDDEV([m1])", "0 - 0 0 -"),
        ("SUM(none)", "0"),
        ("AVG(none)", "NaN"),
        ("MAX(none) + 1", "NaN"),
        ("PERIOD(m1)", "60"),
        ("PERIOD(m1 + 1)", "Function 'PERIOD' does not accept time series as an argument"),
        ("m1 / PERIOD(m1)", "-0.025 - 0.06666666666666667 0.16666666666666666 -"),
        ("TIME_SERIES(5 * MAX(m1))", "50 50 50 50 50"),
        ("TIME_SERIES(AVG(none))", "- - - - -"),
        ("FILL(m1, 0)", "-1.5 0 4 10 0"),
        ("FILL(none, 7)", "7 7 7 7 7"),
        ("FILL(m1, MIN(m1))", "-1.5 -1.5 4 10 -1.5"),
        ("FILL(m1, REPEAT)", "-1.5 -1.5 4 10 10"),
        ("FILL(m1, LINEAR)", "-1.5 1.25 4 10 -"),
        ("FILL(none, m1)", "-1.5 - 4 10 -"),
        ("FILL(m1, none)", "-1.5 - 4 10 -"),
        ("MINUTE(m1)", "0 1 2 3 4"),
        ("HOUR(m1)", "12 12 12 12 12"),
        ("DAY(m1)", "1 1 1 1 1"),
        ("DATE(m1)", "30 30 30 30 30"),
        ("MONTH(m1)", "11 11 11 11 11"),
        ("YEAR(none)", "2026 2026 2026 2026 2026"),
        ("EPOCH(m1) - 1796040000", "0 60 120 180 240"),
        ("IF(DAY(m1) < 6 AND MINUTE(m1) >= 2, m1)", "- - 4 10 0"),
    ] {
        check(expression, &one, expected);
    }
}

#[test]
fn functions_of_arrays() {
    let three: [(&str, &[f64]); 3] =
        [("errors1", &[1.0, NONE, 3.0, NONE]), ("errors2", &[3.0, 4.0, NONE, NONE]), ("none", &[])];
    for (expression, expected) in [
        ("SUM(METRICS())", "4 4 3 - -"),
        ("SUM(METRICS(\"errors2\"))", "3 4 - - -"),
        ("SUM([METRICS('1'), METRICS('2')])", "4 4 3 - -"),
        ("AVG(METRICS(\"errors\"))", "2 2 1.5 - -"),
        ("MIN(METRICS())", "1 4 3 - -"),
        ("MAX([errors1, errors2])", "3 4 3 - -"),
        ("DATAPOINT_COUNT(METRICS())", "2 1 1 - -"),
        ("STDDEV([errors1, errors2])", "1 0 0 - -"),
        ("METRIC_COUNT(METRICS())", "3"),
        ("REMOVE_EMPTY(METRICS())", "1 - 3 - -; 3 4 - - -"),
        ("FIRST(METRICS())", "1 - 3 - -"),
        ("LAST(SLICE(METRICS(), 0, 2))", "3 4 - - -"),
        ("SLICE(METRICS(), 1)", "3 4 - - -; - - - - -"),
        ("SLICE(METRICS(), 5, 2)", ""),
        ("FIRST(SLICE(METRICS(), 9))", "- - - - -"),
        ("SORT(METRICS(), SUM, DESC, 1)", "3 4 - - -"),
        ("SORT(METRICS(), AVG, ASC)", "1 - 3 - -; 3 4 - - -; - - - - -"),
        ("SORT(METRICS(), MAX, DESC)", "3 4 - - -; 1 - 3 - -; - - - - -"),
        ("SORT(METRICS(), LOG, DESC)", "Invalid arguments for function 'SORT'"),
        ("ABS(-METRICS())", "1 - 3 - -; 3 4 - - -; - - - - -"),
        ("IF(FIRST(SORT(METRICS(), AVG, DESC)) > 3, 1, 0)", "0 1 - - -"),
        ("FIRST(errors1)", "Function 'FIRST' does not accept time series as an argument"),
        ("[1, errors1]", "An array can only have time series in it"),
    ] {
        check(expression, &three, expected);
    }
}

#[test]
fn what_is_wrong_is_refused_in_the_services_manner() {
    for (expression, expected) in [
        ("", "Invalid syntax"),
        ("m1 +", "Invalid syntax"),
        ("m1 m1", "Invalid syntax"),
        ("(m1", "Invalid syntax"),
        ("SUM(m1", "Invalid syntax"),
        ("m1 # 2", "Invalid syntax"),
        ("1.2.3", "Invalid syntax"),
        ("METRICS(\"m", "Invalid syntax"),
        ("other * 2", "ID 'other' not found"),
        ("NOPE(m1)", "Function 'NOPE' not found"),
        ("sum(m1)", "Function 'sum' not found"),
        ("ABS()", "Invalid arguments for function 'ABS'"),
        ("FILL(m1)", "Function 'FILL' does not accept time series as an argument"),
        ("REPEAT", "'REPEAT' is no value"),
        ("\"text\"", "A string is no value"),
        ("SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum', 300)", "not offered: SEARCH"),
        ("ANOMALY_DETECTION_BAND(m1, 2)", "not offered: ANOMALY_DETECTION_BAND"),
        ("SELECT AVG(Duration) FROM SCHEMA(\"AWS/Lambda\")", "not offered: SELECT"),
    ] {
        check(expression, &[("m1", &[1.0])], expected);
    }
    check(&"(".repeat(2000), &[], "The expression is nested too deeply");
    check(&"-".repeat(2000), &[], "The expression is nested too deeply");
}

#[test]
fn a_request_makes_no_more_points_than_it_may() {
    let long: Vec<f64> = vec![1.0; 90_000];
    let expression = format!("m1{}", "+m1".repeat(500));
    check(&expression, &[("m1", &long)], "The expressions need too many data points");
    let wide = Span { start_ms: i64::MIN / 2, end_ms: i64::MAX / 2 };
    let (results, left) = (BTreeMap::new(), Cell::new(1000));
    let scope = Scope { results: &results, metrics: &[], span: wide, period_ms: 1000, left: &left };
    let found = evaluate(&parse("TIME_SERIES(1)").unwrap(), &scope);
    assert!(matches!(found, Err(Refusal::Wrong(message)) if message.contains("100800")));
}

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("m1".to_owned()),
        Just("m2".to_owned()),
        Just("METRICS()".to_owned()),
        (-1000..1000_i32).prop_map(|number| format!("{}", f64::from(number) / 8.0)),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let names =
            ["ABS", "AVG", "SUM", "DIFF", "RATE", "STDDEV", "FIRST", "LOG", "TIME_SERIES", "HOUR", "REMOVE_EMPTY"];
        let signs = ["+", "-", "*", "/", "^", "<", "==", " AND ", "||"];
        prop_oneof![
            (inner.clone(), inner.clone(), 0..signs.len()).prop_map(move |(a, b, at)| format!("({a}{}{b})", signs[at])),
            (inner.clone(), 0..names.len()).prop_map(move |(a, at)| format!("{}({a})", names[at])),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("IF({a}, {b}, {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("FILL({a}, {b})")),
            inner.prop_map(|a| format!("-{a}")),
        ]
    })
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(prop_oneof![Just(NONE), Just(0.0), -1e300..1e300, -100.0..100.0], 0..6)
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[ -~m1(),A-Z]{0,60}") {
        let _ = work_out(&text, &[("m1", &[1.0, 2.0])]);
    }

    #[test]
    fn a_series_has_finite_values_in_order_of_time(expression in expressions(), one in values(), two in values()) {
        match work_out(&expression, &[("m1", &one), ("m2", &two)]) {
            Ok(Value::Number(number)) => prop_assert!(!number.is_infinite()),
            Ok(Value::Line(line)) => prop_assert!(is_sound(&line), "{line:?}"),
            Ok(Value::Lines(lines)) => prop_assert!(lines.iter().all(is_sound), "{lines:?}"),
            Err(_) => {}
        }
    }

    #[test]
    fn sums_agree_however_they_are_written(one in values(), two in values()) {
        let metrics: [(&str, &[f64]); 2] = [("m1", &one), ("m2", &two)];
        let [plus, sum] = ["m1 + m2", "SUM([m1, m2])"].map(|text| match work_out(text, &metrics) {
            Ok(Value::Line(line)) => line.points,
            other => panic!("{other:?}"),
        });
        prop_assert_eq!(plus, sum);
    }
}

fn is_sound(line: &Line) -> bool {
    line.period_ms > 0
        && line.points.iter().all(|(_, value)| value.is_finite())
        && line.points.windows(2).all(|pair| pair[0].0 < pair[1].0)
}
