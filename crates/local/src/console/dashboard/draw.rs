//! A widget from its properties and its figures.

use std::collections::BTreeSet;

use serde_json::Value;

use super::body::{Body, Source};
use super::figures::{Found, Periods, Series, figures, nearest};
use super::graph::{Graph, Horizontal, Side, Vertical, sparkline, swatch};
use super::number::{exact, or_none};
use super::reader::Reader;
use super::rows::{Row, rows};
use super::shapes;
use super::time::{self, Range};
use super::widget::{Entry, Kind, Number, Table, Widget};

/// Points of all lines of a dashboard, and of one line at least and at most.
const MOST_POINTS: usize = 200_000;
const LEAST_OF_A_LINE: usize = 40;
const MOST_OF_A_LINE: usize = 1500;
/// Cells of a table; what is larger is summed up.
const MOST_CELLS: usize = 1500;
/// Annotations of a widget.
const MOST_ANNOTATIONS: usize = 100;
const MOST_NOTES: usize = 20;
const MOST_GAUGES: usize = 12;

/// How many points a line may have, so that all of them together stay within bounds.
pub(super) fn points_of_a_line(widgets: &[Source]) -> usize {
    let count = |source: &Source| source.at("metrics").and_then(Value::as_array).map_or(0, Vec::len);
    let lines: usize = widgets.iter().map(count).sum();
    (MOST_POINTS / lines.max(1)).clamp(LEAST_OF_A_LINE, MOST_OF_A_LINE)
}

/// A widget in its frame.
pub(super) async fn widget(
    source: &Source,
    frame: Widget,
    body: &Body,
    range: Range,
    most: usize,
    reader: &dyn Reader,
) -> Widget {
    match source.kind.as_str() {
        "text" => {
            let text = source.text("markdown").unwrap_or_default().to_owned();
            Widget { kind: Kind::Text, text: Some(text), ..frame }
        }
        "metric" => {
            let now_ms = range.now_ms;
            let own = source.range(now_ms).map(|own| Range { period: range.period, ..own });
            metric(source, frame, body, own.unwrap_or(range), most, reader).await
        }
        other => frame.missing(not_drawn(other, source)),
    }
}

/// What a widget of another kind is, and that it is not drawn.
fn not_drawn(kind: &str, source: &Source) -> String {
    let what = match kind {
        "log" => "Logs Insights query",
        "alarm" => "Alarm status",
        "explorer" => "Metrics explorer",
        "custom" => "Custom widget",
        "trace" => "Trace map",
        "chart" => "Chart",
        "" => "A widget without a type",
        _ => "A widget of an unknown type",
    };
    let of = source.text("query").or_else(|| source.text("endpoint")).unwrap_or_default();
    let of = if of.is_empty() { String::new() } else { format!(": {of}") };
    format!("{what} (`{kind}`) is not drawn by the local endpoint{of}")
}

async fn metric(source: &Source, frame: Widget, body: &Body, range: Range, most: usize, reader: &dyn Reader) -> Widget {
    let rows = rows(source.at("metrics"));
    let has_alarms = source.at("annotations/alarms").and_then(Value::as_array).is_some_and(|alarms| !alarms.is_empty());
    if rows.is_empty() && has_alarms {
        return frame.missing("Alarms (`annotations.alarms`) are not offered by the local endpoint");
    }
    let kind = kind(source);
    let is_whole = source.truth("setPeriodToTimeRange");
    let is_range = is_whole && matches!(kind, Kind::Number | Kind::Bar | Kind::Pie | Kind::Gauge);
    let periods = Periods { is_range, inherits: body.inherits_periods };
    let found = match figures(&rows, source, &range, periods, reader).await {
        Ok(found) => found,
        Err(message) => return frame.missing(message),
    };
    if found.series.is_empty() && !found.notes.is_empty() {
        return frame.missing(few(found.notes).join("\n"));
    }
    let mut notes = found.notes.clone();
    if has_alarms {
        notes.push("Alarms (`annotations.alarms`) are not offered by the local endpoint".to_owned());
    }
    let is_of_period = |row: &Row| row.expression().is_some_and(|expression| expression.contains("PERIOD("));
    if is_range && rows.iter().any(is_of_period) {
        notes.push(format!("PERIOD() is {}", time::period_name(range.as_period())));
    }
    let drawn = Widget { kind, notes: few(notes), ..frame };
    by_kind(source, drawn, &found, range, most)
}

fn kind(source: &Source) -> Kind {
    match source.text("view").unwrap_or("timeSeries") {
        "singleValue" => Kind::Number,
        "bar" => Kind::Bar,
        "pie" => Kind::Pie,
        "gauge" => Kind::Gauge,
        "table" => Kind::Table,
        _ if source.truth("stacked") => Kind::Stacked,
        _ => Kind::Line,
    }
}

fn few(mut notes: Vec<String>) -> Vec<String> {
    if notes.len() > MOST_NOTES {
        let more = notes.len() - MOST_NOTES;
        notes.truncate(MOST_NOTES);
        notes.push(format!("and {more} more"));
    }
    notes
}

/// The series in the shape that the widget has.
fn by_kind(source: &Source, frame: Widget, found: &Found, range: Range, most: usize) -> Widget {
    let series = &found.series;
    let zone = time::zone(source.text("timezone"));
    let legend = if source.at("legend/position").and_then(Value::as_str) == Some("hidden") {
        Vec::new()
    } else {
        series.iter().map(entry).collect()
    };
    let last = || Table {
        heads: vec!["Label".to_owned(), "Value".to_owned()],
        rows: series.iter().map(|series| vec![series.label.clone(), or_none(series.last())]).collect(),
    };
    let left = side(source, series, false);
    match frame.kind {
        Kind::Number => {
            let has_lines = source.truth("sparkline");
            let numbers = series.iter().map(|series| number(series, has_lines.then_some(&range))).collect();
            Widget { numbers, ..frame }
        }
        Kind::Bar => Widget { svg: Some(shapes::bars(&frame.title, series, &left)), table: Some(last()), ..frame },
        Kind::Pie => Widget { svg: Some(shapes::pie(&frame.title, series)), table: Some(last()), legend, ..frame },
        Kind::Gauge => {
            let gauges = series.iter().take(MOST_GAUGES).map(|series| shapes::gauge(&frame.title, series, &left));
            Widget { svg: Some(gauges.collect()), table: Some(last()), ..frame }
        }
        Kind::Table => Widget { table: Some(summary(series)), ..frame },
        Kind::Line | Kind::Stacked | Kind::Text | Kind::Missing => {
            let table = Some(table(series, &zone));
            let graph = Graph {
                title: &frame.title,
                series,
                range,
                is_stacked: frame.kind == Kind::Stacked,
                right: side(source, series, true),
                left,
                horizontal: horizontal(source),
                vertical: vertical(source, &range),
                zone,
                most,
            };
            Widget { svg: Some(graph.svg(frame.width, frame.height)), table, legend, ..frame }
        }
    }
}

fn entry(series: &Series) -> Entry {
    Entry {
        label: series.label.clone(),
        class: format!("c{}", series.colour),
        swatch: swatch(series),
        last: or_none(series.last()),
    }
}

fn number(series: &Series, range: Option<&Range>) -> Number {
    Number {
        label: series.label.clone(),
        value: or_none(series.last()),
        raw: series.last(),
        unit: series.unit,
        class: format!("c{}", series.colour),
        sparkline: range.and_then(|range| sparkline(series, range)),
    }
}

/// What is written at an axis: its label, else the unit of its series in the console's words.
fn side(source: &Source, series: &[Series], is_right: bool) -> Side {
    let name = if is_right { "right" } else { "left" };
    let option = |option: &str| source.at(&format!("yAxis/{name}/{option}"));
    let units: BTreeSet<Option<&str>> =
        series.iter().filter(|series| series.is_right == is_right).map(|series| series.unit).collect();
    let unit = match (units.len(), units.first().copied().flatten()) {
        (0, _) => "",
        (1, Some(unit)) => unit,
        (1, None) => "No unit",
        _ => "Various units",
    };
    let shows_units = option("showUnits").and_then(Value::as_bool) != Some(false);
    let label = option("label").and_then(Value::as_str).filter(|label| !label.is_empty());
    Side {
        min: option("min").and_then(Value::as_f64),
        max: option("max").and_then(Value::as_f64),
        label: label.unwrap_or(if shows_units { unit } else { "" }).to_owned(),
    }
}

/// The figures by time, the latest first; of more than a table holds, what they come to.
fn table(series: &[Series], zone: &(i64, String)) -> Table {
    let times: BTreeSet<i64> = series.iter().flat_map(|series| series.points.iter().map(|(at, _)| *at)).collect();
    if times.len().saturating_mul(series.len() + 1) > MOST_CELLS {
        return summary(series);
    }
    let labels = series.iter().map(|series| series.label.clone());
    let at = |series: &Series, time: i64| {
        let found = series.points.binary_search_by_key(&time, |(at, _)| *at).ok();
        found.and_then(|found| series.points.get(found)).map_or_else(String::new, |(_, value)| exact(*value))
    };
    let row = |time: i64| {
        let mut cells = vec![time::shown(time, zone.0, "%Y-%m-%d %H:%M")];
        cells.extend(series.iter().map(|series| at(series, time)));
        cells
    };
    Table {
        heads: std::iter::once(format!("Time ({})", zone.1)).chain(labels).collect(),
        rows: times.into_iter().rev().map(row).collect(),
    }
}

fn summary(series: &[Series]) -> Table {
    let row = |series: &Series| {
        let values = || series.points.iter().map(|(_, value)| *value);
        #[expect(clippy::cast_precision_loss, reason = "a number of points")]
        let count = series.points.len() as f64;
        let sum: f64 = values().fold(0.0, |sum, value| sum + value);
        let any = series.last().is_some();
        let figures = [
            series.last(),
            values().reduce(f64::min),
            values().reduce(f64::max),
            any.then_some(sum),
            any.then_some(sum / count),
        ];
        let mut cells = vec![series.label.clone()];
        cells.extend(figures.map(or_none));
        cells.push(exact(count));
        cells
    };
    let heads = ["Label", "Last", "Minimum", "Maximum", "Sum", "Average", "Data points"];
    Table { heads: heads.map(str::to_owned).to_vec(), rows: series.iter().map(row).collect() }
}

fn annotations<'source>(source: &'source Source, name: &str) -> impl Iterator<Item = (usize, &'source Value)> {
    let list = source.at(&format!("annotations/{name}")).and_then(Value::as_array);
    list.into_iter().flatten().take(MOST_ANNOTATIONS).enumerate()
}

/// An annotation, or the two ends of a band; nothing where it is hidden.
fn ends(annotation: &Value) -> Option<(&Value, Option<&Value>)> {
    let (first, second) = match annotation {
        Value::Array(ends) => (ends.first()?, ends.get(1)),
        annotation => (annotation, None),
    };
    (first.get("visible").and_then(Value::as_bool) != Some(false)).then_some((first, second))
}

fn text<'value>(value: &'value Value, name: &str) -> &'value str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The label of an annotation or band.
fn label(first: &Value, second: Option<&Value>) -> String {
    let labels = [text(first, "label"), second.map_or("", |second| text(second, "label"))];
    labels.into_iter().filter(|label| !label.is_empty()).collect::<Vec<_>>().join(" – ")
}

fn horizontal(source: &Source) -> Vec<Horizontal> {
    let read = |(at, annotation): (usize, &Value)| {
        let (first, second) = ends(annotation)?;
        let figure = |end: &Value| end.get("value").and_then(Value::as_f64).filter(|value| value.is_finite());
        let value = figure(first)?;
        let to = match (second.and_then(figure), text(first, "fill")) {
            (Some(to), _) => Some(to),
            (None, "above") => Some(1e300),
            (None, "below") => Some(-1e300),
            (None, _) => None,
        };
        let colour = nearest(text(first, "color")).unwrap_or((at + 3) % 10);
        Some(Horizontal { value, label: label(first, second), is_right: text(first, "yAxis") == "right", colour, to })
    };
    annotations(source, "horizontal").filter_map(read).collect()
}

fn vertical(source: &Source, range: &Range) -> Vec<Vertical> {
    let read = |(at, annotation): (usize, &Value)| {
        let (first, second) = ends(annotation)?;
        let moment = |end: &Value| time::moment(text(end, "value"), range.now_ms);
        let at_ms = moment(first)?;
        let to_ms = match (second.and_then(moment), text(first, "fill")) {
            (Some(to), _) => Some(to),
            (None, "after") => Some(range.end_ms),
            (None, "before") => Some(range.start_ms),
            (None, _) => None,
        };
        let colour = nearest(text(first, "color")).unwrap_or((at + 4) % 10);
        Some(Vertical { at_ms, label: label(first, second), colour, to_ms })
    };
    annotations(source, "vertical").filter_map(read).collect()
}
