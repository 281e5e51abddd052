//! Bodies of several makers, drawn over the service's own figures.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::widget::Kind;
use super::{
    CSS, NewKind, NewMetric, NewWidget, Range, Reader, Widget, add, catalogue, empty, range_of, remove, widgets,
};
use crate::clock::{Clock, TimeMode};
use crate::service::cloudwatch::CloudWatchService;
use crate::service::{Authority, MetricSink as _, Service as _};
use crate::store::Store;
use crate::wire::{AnswerBody, Call, Caller};

const MINUTE: i64 = 60_000;
/// 2026-11-30, 12:00 UTC.
const NOON: i64 = 1_796_040_000_000;
const RANGE: Range = Range { start_ms: NOON - 180 * MINUTE, end_ms: NOON, now_ms: NOON, period: 300 };

/// The handout's, and five as other makers write them.
const BODIES: [(&str, &str); 6] = [
    ("handout", include_str!("bodies/handout.json")),
    ("cdk", include_str!("bodies/cdk.json")),
    ("terraform", include_str!("bodies/terraform.json")),
    ("serverless", include_str!("bodies/serverless.json")),
    ("console", include_str!("bodies/console.json")),
    ("pulumi", include_str!("bodies/pulumi.json")),
];

struct Anybody;

impl Authority for Anybody {
    fn authorize(&self, _: &Caller, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn may_assume(&self, _: &str, _: &str, _: &str) -> bool {
        true
    }

    fn temporary_keys(&self, _: &str, _: &str) -> (String, String, String) {
        <(String, String, String)>::default()
    }
}

/// CloudWatch with a morning's figures.
struct Morning(Arc<CloudWatchService>);

#[async_trait]
impl Reader for Morning {
    fn account(&self) -> &'static str {
        "000000000000"
    }

    async fn get_metric_data(&self, region: &str, input: Value) -> Result<Value, String> {
        let call = Call {
            service: "monitoring",
            operation: "GetMetricData".to_owned(),
            region: region.to_owned(),
            caller: Caller::Root,
            input,
            payload: Vec::new(),
            headers: Vec::new(),
        };
        match self.0.call(call).await {
            Ok(answer) => match answer.body {
                AnswerBody::Members(members) => Ok(members),
                AnswerBody::Raw(_) => Err("raw".to_owned()),
            },
            Err(fault) => Err(fault.message),
        }
    }
}

fn morning() -> Morning {
    let clock = Clock::new(TimeMode::Real, 0);
    let store = Store::open(None).unwrap();
    let service = CloudWatchService::new(clock, store, Arc::new(Anybody), "000000000000", "aws").unwrap();
    let machine = |name: &str| format!("arn:aws:states:us-east-1:000000000000:stateMachine:user1-{name}");
    let order = machine("order-processing-workflow");
    let realtime = machine("realtime-order-validator");
    for minute in 0..180_i64 {
        let at = RANGE.start_ms + minute * MINUTE;
        let put = |namespace: &str, metric: &str, dimensions: &[(&str, &str)], value: i64| {
            let value = f64::from(i32::try_from(value).unwrap());
            service.record("us-east-1", namespace, metric, dimensions, at, value, "None");
        };
        // Nobody worked from 10:00 to 10:40.
        if (60..100).contains(&minute) {
            continue;
        }
        let wave = (minute * 7) % 23;
        for (machine, every) in [(&order, 1), (&realtime, 4)] {
            if minute % every == 0 {
                let of = [("StateMachineArn", machine.as_str())];
                put("AWS/States", "ExecutionsStarted", &of, wave + 3);
                put("AWS/States", "ExecutionsSucceeded", &of, wave + 3 - wave / 8);
                put("AWS/States", "ExecutionsFailed", &of, wave / 8);
                put("AWS/States", "ExecutionTime", &of, 400 + wave * 31);
            }
        }
        for (at, name) in ["user1-validate-order", "user1-process-payment", "user1-update-inventory"].iter().enumerate()
        {
            let of = [("FunctionName", *name)];
            let at = i64::try_from(at).unwrap();
            put("AWS/Lambda", "Invocations", &of, wave * (3 - at) + 2);
            put("AWS/Lambda", "Errors", &of, i64::from(minute % 17 == at));
            put("AWS/Lambda", "Duration", &of, 20 + wave * (at + 2));
        }
        put("AWS/SQS", "NumberOfMessagesSent", &[("QueueName", "user1-orders")], wave);
        put("Shop", "Orders", &[], 4 + wave / 2);
        put("Shop", "Returns", &[], wave / 5);
        put("Shop", "Large", &[], wave * 1_000_000);
        put("Shop", "Negative", &[], -wave * 400_000);
        if minute == 150 {
            put("Shop", "Once", &[], 9);
        }
    }
    Morning(service)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A widget in a few lines.
fn told(widget: &Widget) -> String {
    let mut text =
        format!("{:?} {}x{}+{}+{} {:?}\n", widget.kind, widget.width, widget.height, widget.x, widget.y, widget.title);
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "  {what}: {}", value.replace('\n', " / "));
    };
    for entry in &widget.legend {
        line("legend", &format!("{} {} {}", entry.class, entry.label, entry.last));
    }
    for number in &widget.numbers {
        line("number", &format!("{} {} {}", number.label, number.value, number.unit.unwrap_or("-")));
    }
    if let Some(table) = &widget.table {
        line("table", &format!("{} | {} rows", table.heads.join(", "), table.rows.len()));
    }
    let texts = widget.text.iter().map(|text| ("text", text));
    let missing = widget.missing.iter().map(|missing| ("missing", missing));
    for (what, text) in texts.chain(missing).chain(widget.notes.iter().map(|note| ("note", note))) {
        line(what, text);
    }
    text
}

#[tokio::test]
async fn each_widget_of_each_maker_is_drawn_or_named() {
    let reader = morning();
    let mut all = String::new();
    for (name, body) in BODIES {
        let range = range_of(body, NOON).unwrap_or(RANGE);
        let drawn = widgets(body, range, &reader).await;
        let given: Value = serde_json::from_str(body).unwrap();
        assert_eq!(drawn.len(), given["widgets"].as_array().unwrap().len(), "{name}");
        for widget in &drawn {
            let shows =
                widget.svg.is_some() || widget.text.is_some() || widget.table.is_some() || !widget.numbers.is_empty();
            assert_eq!(shows, widget.missing.is_none(), "{name}: {widget:?}");
            assert_eq!(widget.kind == Kind::Missing, widget.missing.is_some(), "{name}: {widget:?}");
        }
        let _ = writeln!(all, "# {name}");
        all.extend(drawn.iter().map(told));
        assert_eq!(widgets(body, range, &reader).await, drawn, "the same twice");
    }
    assert_eq!(all.trim_end(), include_str!("bodies/told.txt").trim_end(), "\n{all}");
}

/// Every figure of the handout's dashboard is the one that GetMetricData answers with.
#[tokio::test]
async fn each_number_is_that_of_get_metric_data() {
    let reader = morning();
    let (_, body) = BODIES[0];
    let parsed: Value = serde_json::from_str(body).unwrap();
    let mut compared = 0;
    for widget in widgets(body, RANGE, &reader).await {
        let properties = &parsed["widgets"][widget.index]["properties"];
        for (at, row) in properties["metrics"].as_array().unwrap().iter().enumerate() {
            let stat = row[4]["stat"].as_str().or(properties["stat"].as_str()).unwrap();
            let metric =
                json!({"Namespace": row[0], "MetricName": row[1], "Dimensions": [{"Name": row[2], "Value": row[3]}]});
            let asked = json!({"Metric": metric, "Period": properties["period"], "Stat": stat});
            let input = json!({"MetricDataQueries": [{"Id": "q", "MetricStat": asked}], "StartTime": RANGE.start_ms / 1000,
                "EndTime": RANGE.end_ms / 1000, "ScanBy": "TimestampDescending"});
            let answer = reader.get_metric_data("us-east-1", input).await.unwrap();
            let values: Vec<f64> = serde_json::from_value(answer["MetricDataResults"][0]["Values"].clone()).unwrap();
            if let Some(number) = widget.numbers.get(at) {
                assert_eq!(number.raw, values.first().copied());
            }
            if let Some(entry) = widget.legend.get(at) {
                assert_eq!(entry.last, super::number::or_none(values.first().copied()));
            }
            let Some(table) = widget.table.as_ref().filter(|table| table.heads.len() > at + 1) else { continue };
            if table.heads[0] == "Label" {
                let largest = values.iter().copied().reduce(f64::max);
                assert_eq!(table.rows[at][3], super::number::or_none(largest));
            } else {
                let shown: Vec<&str> =
                    table.rows.iter().map(|row| row[at + 1].as_str()).filter(|cell| !cell.is_empty()).collect();
                assert_eq!(shown, values.iter().map(|value| super::number::exact(*value)).collect::<Vec<_>>());
            }
            compared += values.len();
        }
    }
    assert!(compared > 1000, "{compared}");
}

/// A picture is XML without anything that acts or that the page's policy forbids, and what is foreign in it is text.
fn check_svg(svg: &str) {
    let whole = format!("<all>{svg}</all>");
    let mut reader = quick_xml::Reader::from_str(&whole);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {svg}")) {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                let known = ["all", "svg", "g", "path", "rect", "circle", "text", "title"];
                assert!(known.contains(&name.as_str()), "{name}");
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    let key = attribute.key.as_ref().to_owned();
                    assert!(key != "style" && !key.starts_with("on") && !key.contains("href"), "{key}");
                    let value = attribute.value.clone();
                    assert!(!value.contains("NaN") && !value.contains("inf"), "{key}={value}");
                }
            }
            _ => {}
        }
    }
}

fn check_pictures(widget: &Widget) {
    for svg in pictures(widget) {
        check_svg(svg);
    }
}

fn pictures(widget: &Widget) -> impl Iterator<Item = &String> {
    let small = widget.numbers.iter().filter_map(|number| number.sparkline.as_ref());
    widget.svg.iter().chain(widget.legend.iter().map(|entry| &entry.swatch)).chain(small)
}

#[tokio::test]
async fn pictures_hold_no_foreign_markup() {
    let reader = morning();
    for (_, body) in BODIES {
        for widget in widgets(body, RANGE, &reader).await {
            check_pictures(&widget);
        }
    }
    let evil = "</title><script>alert(1)</script>\" onload='x' style=`y`";
    for view in ["timeSeries", "bar", "pie", "gauge", "singleValue"] {
        let body = json!({"widgets": [{"type": "metric", "properties": {"view": view, "title": evil, "region": "us-east-1",
            "yAxis": {"left": {"label": evil}}, "annotations": {"horizontal": [{"value": 3, "label": evil}],
            "vertical": [{"value": "2026-11-30T11:00:00Z", "label": evil}]},
            "metrics": [["Shop", "Orders", {"label": evil, "color": evil}], ["Shop", "Returns", {"label": evil}]]}}]});
        for widget in widgets(&body.to_string(), RANGE, &reader).await {
            assert!(pictures(&widget).count() > 0 || !widget.numbers.is_empty(), "{widget:?}");
            check_pictures(&widget);
            assert!(!serde_json::to_string(&widget.svg).unwrap().contains("<script"));
        }
    }
}

#[tokio::test]
async fn gaps_are_gaps_and_a_point_alone_is_a_dot() {
    let reader = morning();
    let body = |metric: &str| {
        json!({"widgets": [{"type": "metric", "properties": {"region": "us-east-1", "period": 60, "stat": "Sum", "metrics": [["Shop", metric]]}}]})
            .to_string()
    };
    let orders = widgets(&body("Orders"), RANGE, &reader).await[0].svg.clone().unwrap();
    let line =
        orders.split("class=\"series\"").nth(1).unwrap().split("d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(line.matches('M').count(), 2, "before and after the gap: {line}");
    assert!(!orders.contains("<circle"), "{orders}");
    let once = widgets(&body("Once"), RANGE, &reader).await[0].svg.clone().unwrap();
    assert_eq!(once.matches("<circle").count(), 1, "{once}");
    let none = widgets(&body("Nothing"), RANGE, &reader).await[0].svg.clone().unwrap();
    assert!(none.contains("No data available."), "{none}");
    assert!(
        orders.contains(
            "role=\"img\" aria-label=\"Graph. Line graph of Orders, 2026-11-30 09:00 to 2026-11-30 12:00 UTC\""
        ),
        "{orders}"
    );
}

/// Answers with figures of all sizes.
struct Wild(Vec<f64>);

#[async_trait]
impl Reader for Wild {
    fn account(&self) -> &'static str {
        "000000000000"
    }

    async fn get_metric_data(&self, _: &str, input: Value) -> Result<Value, String> {
        let queries = input["MetricDataQueries"].as_array().cloned().unwrap_or_default();
        if queries.is_empty() {
            return Err("empty".to_owned());
        }
        let times: Vec<i64> = (0..).map(|at| RANGE.start_ms / 1000 + at * 60).take(self.0.len()).collect();
        let results: Vec<Value> = queries
            .iter()
            .map(|query| json!({"Id": query["Id"], "Label": "<x>", "Timestamps": times, "Values": self.0}))
            .collect();
        Ok(json!({ "MetricDataResults": results }))
    }
}

#[test]
fn a_huge_body_stays_within_bounds() {
    let row = |at: usize| json!(["N", format!("metric {at}")]);
    let widget = |rows: usize| {
        let metrics: Vec<Value> = (0..rows).map(row).collect();
        json!({"type": "metric", "width": 24, "properties": {"region": "us-east-1", "period": 60, "metrics": metrics}})
    };
    let many: Vec<Value> = (0..600).map(|_| widget(5)).collect();
    let broad: Vec<Value> = (0..5).map(|_| widget(500)).collect();
    let reader = Wild((0..180).map(|at| f64::from(at * at % 97)).collect());
    for (widgets_of, count) in [(many, 500), (broad, 5)] {
        let drawn = block_on(widgets(&json!({ "widgets": widgets_of }).to_string(), RANGE, &reader));
        assert_eq!(drawn.len(), count);
        let bytes: usize = drawn.iter().flat_map(pictures).map(String::len).sum();
        assert!(bytes < 12_000_000, "{bytes}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        prop_oneof![
            Just("..."),
            Just("."),
            Just("right"),
            Just("above"),
            Just("-PT3H"),
            Just("+0130"),
            Just("AWS/Lambda")
        ]
        .prop_map(Value::from),
    ];
    let names = prop_oneof![
        Just("value"),
        Just("label"),
        Just("fill"),
        Just("left"),
        Just("right"),
        Just("min"),
        Just("max"),
        Just("color"),
        Just("horizontal"),
        Just("vertical"),
        Just("alarms"),
        Just("expression"),
        Just("id"),
        Just("period"),
        Just("stat"),
        Just("yAxis"),
        Just("visible")
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..5)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn any_widget() -> impl Strategy<Value = Value> {
    let views = ["timeSeries", "singleValue", "bar", "pie", "gauge", "table"];
    let number =
        || prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), (0..30_i64).prop_map(Value::from)];
    let place = (number(), number(), number(), number());
    (0..views.len(), any::<bool>(), proptest::collection::vec(any_json(), 6), place).prop_map(move |(view, is, parts, place)| {
        json!({"type": "metric", "x": place.0, "y": place.1, "width": place.2, "height": place.3, "properties": {
            "view": views[view], "stacked": is, "sparkline": is, "setPeriodToTimeRange": !is, "metrics": [["N", "a"], ["...", parts[0]], parts[1]],
            "annotations": parts[2], "yAxis": {"left": parts[3], "right": parts[3]}, "period": parts[4], "start": parts[5], "timezone": parts[5]}})
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_body_is_drawn(body in proptest::collection::vec(any_widget(), 0..4), values in proptest::collection::vec(any::<f64>(), 0..6),
        start in any::<i64>(), length in any::<i64>()) {
        let reader = Wild(values.into_iter().filter(|value| value.is_finite()).collect());
        for range in [RANGE, Range { start_ms: start, end_ms: length, now_ms: start, period: 60 }] {
            for widget in block_on(widgets(&json!({ "widgets": body }).to_string(), range, &reader) ) {
                prop_assert!(widget.x >= 0 && widget.x + widget.width <= 24 && widget.y >= 0 && widget.height > 0, "{widget:?}");
                check_pictures(&widget);
            }
        }
    }

    #[test]
    fn any_text_is_a_body_without_widgets(text in "\\PC{0,80}") {
        prop_assert_eq!(block_on(widgets(&text, RANGE, &Wild(Vec::new()))), Vec::new());
    }
}

#[tokio::test]
async fn what_is_added_is_drawn() {
    let reader = morning();
    let listed = json!({"Namespace": "Shop", "MetricName": "Orders", "Dimensions": []});
    let found = catalogue(&[listed]);
    let metrics = vec![NewMetric { name: found[0].dimensions[0].rows[0].metrics[0].clone(), dimensions: Vec::new() }];
    let mut body = empty();
    for kind in
        [NewKind::Line, NewKind::Stacked, NewKind::Number, NewKind::Bar, NewKind::Pie, NewKind::Gauge, NewKind::Text]
    {
        let widget = NewWidget {
            kind,
            title: format!("{kind:?}"),
            region: "us-east-1".to_owned(),
            namespace: found[0].name.clone(),
            metrics: metrics.clone(),
            stat: "Sum".to_owned(),
            period: Some(300),
            markdown: "words".to_owned(),
        };
        body = add(&body, &widget);
    }
    let drawn = widgets(&body, RANGE, &reader).await;
    let kinds: Vec<Kind> = drawn.iter().map(|widget| widget.kind).collect();
    assert!(!kinds.contains(&Kind::Missing) && kinds.len() == 7, "{kinds:?}");
    assert_eq!(widgets(&remove(&body, 0), RANGE, &reader).await.len(), 6);
}

/// WCAG's contrast of two colours (`#1f77b4`).
fn contrast(one: &str, other: &str) -> f64 {
    let light = |colour: &str| {
        let part = |at: usize| {
            let part = f64::from(u8::from_str_radix(colour.get(at..at + 2).unwrap(), 16).unwrap()) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    };
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn colours_stand_out_from_both_grounds() {
    let (light, dark) = CSS.split_once("@media (prefers-color-scheme: dark)").unwrap();
    for (part, ground) in [(light, "#ffffff"), (dark, "#0f1720")] {
        let colour = |name: &str| part.split_once(&format!("--{name}: ")).unwrap().1.split(';').next().unwrap();
        for at in 0..10 {
            let colour = colour(&format!("c{at}"));
            assert!(contrast(colour, ground) >= 3.0, "c{at} {colour} on {ground}: {:.2}", contrast(colour, ground));
        }
        assert!(contrast(colour("chart-text"), ground) >= 4.5 && contrast(colour("chart-axis"), ground) >= 3.0);
    }
}
