//! The figures of a widget: what is asked of GetMetricData, and the series of its answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::body::Source;
use super::labels::names;
use super::number::unit;
use super::reader::Reader;
use super::rows::Row;
use super::time::Range;

/// How often a request may be asked again without what was refused.
const MOST_ATTEMPTS: usize = 60;

/// A series to be drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    pub(super) label: String,
    /// Which of the ten colours, and which line.
    pub(super) colour: usize,
    pub(super) dash: usize,
    pub(super) is_right: bool,
    pub(super) unit: Option<&'static str>,
    pub(super) period_ms: i64,
    /// Milliseconds since 1970 and value, oldest first.
    pub(super) points: Vec<(i64, f64)>,
}

impl Series {
    pub(super) fn last(&self) -> Option<f64> {
        self.points.last().map(|(_, value)| *value)
    }
}

/// What came of the rows of a widget.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) series: Vec<Series>,
    pub(super) notes: Vec<String>,
}

/// How periods of a widget are chosen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Periods {
    /// The whole range in one figure.
    pub(super) is_range: bool,
    /// As they are written, however long the range.
    pub(super) inherits: bool,
}

impl Periods {
    fn of(self, row: &Row, source: &Source, range: &Range) -> i64 {
        if self.is_range {
            return range.as_period();
        }
        let widget = source.at("period").and_then(Value::as_i64).filter(|period| (1..=31_536_000).contains(period));
        let period = row.period().or(widget).unwrap_or(range.period);
        if self.inherits { period } else { range.fitting(period) }
    }
}

/// The series of all rows that are visible, in their order.
///
/// # Errors
/// The refusal, when it cannot be told which row it is for.
pub(super) async fn figures(
    rows: &[Row],
    source: &Source,
    range: &Range,
    periods: Periods,
    reader: &dyn Reader,
) -> Result<Found, String> {
    let mut found = Found::default();
    let region = source.text("region").unwrap_or_default();
    let mut by_region: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        match refused(row, source, reader) {
            Some(note) => found.notes.push(note),
            None => by_region.entry(row.option("region").unwrap_or(region)).or_default().push(index),
        }
    }
    let mut results: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for (region, asked) in by_region {
        let asked = asked.into_iter().filter_map(|index| Some((index, rows.get(index)?))).collect();
        let ask = Ask { region, rows: asked, source, range, periods };
        results.append(&mut ask.all(reader, &mut found.notes).await?);
    }
    found.series = series(rows, source, range, periods, &results);
    if let Some(note) = coarser(rows, source, range, periods) {
        found.notes.push(note);
    }
    Ok(found)
}

/// Why a row is not asked for, if it is not.
fn refused(row: &Row, source: &Source, reader: &dyn Reader) -> Option<String> {
    let account = row.option("accountId").or_else(|| source.text("accountId"));
    if let Some(account) = account.filter(|account| *account != reader.account()) {
        return Some(format!("{}: metrics of another account ({account}) are not here", of(row)));
    }
    let is_metric = row.expression().is_some() || !(row.namespace().is_empty() || row.metric().is_empty());
    (!is_metric).then(|| format!("{}: no namespace and metric name", of(row)))
}

/// A row by what stands in it.
fn of(row: &Row) -> String {
    let label = row.option("label").filter(|label| !label.is_empty());
    label
        .or_else(|| row.expression())
        .map_or_else(|| format!("{} {}", row.namespace(), row.metric()).trim().to_owned(), str::to_owned)
}

/// A note where periods are coarser than they are written.
fn coarser(rows: &[Row], source: &Source, range: &Range, periods: Periods) -> Option<String> {
    let written = Periods { inherits: true, ..periods };
    let is_coarser = |row: &&Row| periods.of(row, source, range) > written.of(row, source, range);
    let row = rows.iter().filter(|row| row.expression().is_none()).find(is_coarser)?;
    let name = super::time::period_name(periods.of(row, source, range));
    Some(format!("Period of {name}, as the time range is long"))
}

/// What one region is asked for.
struct Ask<'rows> {
    region: &'rows str,
    rows: Vec<(usize, &'rows Row)>,
    source: &'rows Source,
    range: &'rows Range,
    periods: Periods,
}

impl Ask<'_> {
    /// The results by row. A row that is refused is left out, and a note tells so.
    async fn all(
        mut self,
        reader: &dyn Reader,
        notes: &mut Vec<String>,
    ) -> Result<BTreeMap<usize, Vec<Value>>, String> {
        for _ in 0..MOST_ATTEMPTS {
            if self.rows.is_empty() {
                return Ok(BTreeMap::new());
            }
            match reader.get_metric_data(self.region, self.input()).await {
                Ok(output) => return Ok(self.by_row(&output)),
                Err(message) => {
                    let guilty = self.guilty(&message).ok_or_else(|| message.clone())?;
                    self.rows.retain(|(index, row)| {
                        let is_guilty = guilty.contains(index);
                        if is_guilty {
                            notes.push(if message.contains(&of(row)) {
                                message.clone()
                            } else {
                                format!("{}: {message}", of(row))
                            });
                        }
                        !is_guilty
                    });
                }
            }
        }
        Err("too many rows are refused".to_owned())
    }

    fn input(&self) -> Value {
        let queries: Vec<Value> = self.rows.iter().map(|(_, row)| self.query(row)).collect();
        json!({
            "MetricDataQueries": queries,
            "StartTime": self.range.start_ms.div_euclid(1000),
            "EndTime": self.range.end_ms.saturating_add(999).div_euclid(1000),
            "ScanBy": "TimestampAscending",
        })
    }

    fn query(&self, row: &Row) -> Value {
        let mut query = Map::new();
        query.insert("Id".to_owned(), row.id.clone().into());
        if let Some(label) = row.option("label") {
            query.insert("Label".to_owned(), label.into());
        }
        if !row.is_visible() {
            query.insert("ReturnData".to_owned(), false.into());
        }
        let period = self.periods.of(row, self.source, self.range);
        if let Some(expression) = row.expression() {
            query.insert("Expression".to_owned(), expression.into());
            query.insert("Period".to_owned(), period.into());
            return Value::Object(query);
        }
        let dimensions: Vec<Value> =
            row.dimensions().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        let metric = json!({"Namespace": row.namespace(), "MetricName": row.metric(), "Dimensions": dimensions});
        let asked = json!({"Metric": metric, "Period": period, "Stat": statistic(row, self.source)});
        query.insert("MetricStat".to_owned(), asked);
        Value::Object(query)
    }

    fn by_row(&self, output: &Value) -> BTreeMap<usize, Vec<Value>> {
        let indices: BTreeMap<&str, usize> = self.rows.iter().map(|(index, row)| (row.id.as_str(), *index)).collect();
        let mut results: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
        for result in output.get("MetricDataResults").and_then(Value::as_array).into_iter().flatten() {
            let id = result.get("Id").and_then(Value::as_str).unwrap_or_default();
            if let Some(index) = indices.get(id) {
                results.entry(*index).or_default().push(result.clone());
            }
        }
        results
    }

    /// The rows that a refusal is about: by id or text of an expression, by statistic, or by place.
    fn guilty(&self, message: &str) -> Option<BTreeSet<usize>> {
        let by = |fits: &dyn Fn(&Row) -> bool| {
            let found: BTreeSet<usize> =
                self.rows.iter().filter(|(_, row)| fits(row)).map(|(index, _)| *index).collect();
            (!found.is_empty()).then_some(found)
        };
        let expression = |row: &Row| {
            let text = row.expression().unwrap_or_default();
            message.contains(&format!("expression '{}'", row.id))
                || (!text.is_empty() && message.ends_with(&format!("`{text}`")))
        };
        let statistic = |row: &Row| {
            row.expression().is_none()
                && message.contains(&format!("value {} for parameter Stat", statistic(row, self.source)))
        };
        by(&expression).or_else(|| by(&statistic)).or_else(|| {
            let (index, _) = self.rows.get(place(message)?.checked_sub(1)?)?;
            Some(BTreeSet::from([*index]))
        })
    }
}

/// Which query a message is about, from 1: `MetricDataQueries.member.3.…`
fn place(message: &str) -> Option<usize> {
    let lower = message.to_ascii_lowercase();
    let rest = lower.split_once("metricdataqueries.")?.1;
    let rest = rest.strip_prefix("member.").unwrap_or(rest);
    rest.split('.').next()?.parse().ok()
}

fn statistic<'row>(row: &'row Row, source: &'row Source) -> &'row str {
    row.option("stat").or_else(|| source.text("stat")).unwrap_or("Average")
}

/// Series in the order of rows, named and coloured.
fn series(
    rows: &[Row],
    source: &Source,
    range: &Range,
    periods: Periods,
    results: &BTreeMap<usize, Vec<Value>>,
) -> Vec<Series> {
    let is_named = |row: &Row| row.option("label").is_some() || row.expression().is_some();
    let unnamed: Vec<(&Row, &str)> = results
        .keys()
        .filter_map(|index| rows.get(*index))
        .filter(|row| !is_named(row))
        .map(|row| (row, statistic(row, source)))
        .collect();
    let mut names = names(&unnamed, source.text("region").unwrap_or_default()).into_iter();
    let finest = rows.iter().filter(|row| row.expression().is_none()).map(|row| periods.of(row, source, range)).min();
    let mut series: Vec<Series> = Vec::new();
    let mut expressions = 0;
    for (row, results) in results.iter().filter_map(|(index, results)| Some((rows.get(*index)?, results))) {
        expressions += usize::from(row.expression().is_some());
        let own = if is_named(row) { None } else { names.next() };
        for result in results {
            let given = result.get("Label").and_then(Value::as_str).unwrap_or_default();
            let is_default = row.expression().is_some() && row.option("label").is_none() && given == row.id;
            let expression = is_default.then(|| format!("Expression{expressions}"));
            let metric = if row.expression().is_none() {
                unit(row.namespace(), row.metric(), statistic(row, source))
            } else {
                None
            };
            let colour = series.len();
            let chosen = row.option("color").and_then(nearest).filter(|_| results.len() == 1);
            let points = points(result);
            series.push(Series {
                label: own.clone().or(expression).unwrap_or_else(|| given.to_owned()),
                colour: chosen.unwrap_or(colour) % 10,
                dash: colour % 4,
                is_right: row.is_right(),
                unit: metric,
                period_ms: period_ms(row, finest, periods.of(row, source, range), &points),
                points,
            });
        }
    }
    series
}

/// The distance between points where none is missing. That of an expression is the finest of the widget, and no finer than its points are.
fn period_ms(row: &Row, finest: Option<i64>, own: i64, points: &[(i64, f64)]) -> i64 {
    if row.expression().is_none() {
        return own.max(60) * 1000;
    }
    let gaps = points.windows(2).filter_map(|pair| Some(pair.get(1)?.0 - pair.first()?.0));
    gaps.min().unwrap_or_default().max(finest.unwrap_or(own).max(60) * 1000)
}

fn points(result: &Value) -> Vec<(i64, f64)> {
    let list = |name: &str| result.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
    let time = |value: &Value| match value {
        Value::String(text) => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        value => value.as_f64().map(|seconds| (seconds * 1000.0) as i64),
    };
    let pairs = list("Timestamps").iter().zip(list("Values"));
    let mut points: Vec<(i64, f64)> = pairs.filter_map(|(at, value)| Some((time(at)?, value.as_f64()?))).collect();
    points.retain(|(_, value)| value.is_finite());
    points.sort_by_key(|(at, _)| *at);
    points
}

/// CloudWatch's own ten colours, in its order. Ours stand for them, in the same order.
const PALETTE: [[i64; 3]; 10] = [
    [0x1f, 0x77, 0xb4],
    [0xff, 0x7f, 0x0e],
    [0x2c, 0xa0, 0x2c],
    [0xd6, 0x27, 0x28],
    [0x94, 0x67, 0xbd],
    [0x8c, 0x56, 0x4b],
    [0xe3, 0x77, 0xc2],
    [0x7f, 0x7f, 0x7f],
    [0xbc, 0xbd, 0x22],
    [0x17, 0xbe, 0xcf],
];

/// The colour that is nearest to a written one (`#d62728`).
pub(super) fn nearest(written: &str) -> Option<usize> {
    let digits = written.strip_prefix('#')?;
    let digits: String =
        if digits.len() == 3 { digits.chars().flat_map(|digit| [digit, digit]).collect() } else { digits.to_owned() };
    let part = |at: usize| i64::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let wanted = [part(0)?, part(2)?, part(4)?];
    let distance = |colour: &[i64; 3]| colour.iter().zip(wanted).map(|(one, other)| (one - other).pow(2)).sum::<i64>();
    PALETTE.iter().enumerate().min_by_key(|(_, colour)| distance(colour)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_places_are_read() {
        for (written, expected) in [
            ("#d62728", Some(3)),
            ("#f00", Some(3)),
            ("#0000ff", Some(0)),
            ("red", None),
            ("#12", None),
            ("#é1234", None),
        ] {
            assert_eq!(nearest(written), expected, "{written}");
        }
        assert_eq!(place("Value at 'metricDataQueries.12.metricStat.stat' failed"), Some(12));
        assert_eq!(place("The value for parameter MetricDataQueries.member.3.Id is"), Some(3));
        assert_eq!(place("no"), None);
    }
}
