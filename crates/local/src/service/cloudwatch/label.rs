//! Labels with values in them.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html>

use jiff::Timestamp;

use super::math::Line;
use super::series::Series;

/// What a label's `${PROP('…')}` tell of.
pub(super) struct Properties<'query> {
    pub(super) series: &'query Series,
    pub(super) statistic: &'query str,
}

/// A label with each value that it names put in: figures of the series, properties of its metric, `${LABEL}`. What is none of
/// them stays as it is.
pub(super) fn filled(template: &str, line: &Line, properties: Option<&Properties<'_>>) -> String {
    let mut label = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        label.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            label.push_str("${");
            rest = after;
            continue;
        };
        match value(name, line, properties) {
            Some(value) => label.push_str(&value),
            None => label.extend(["${", name, "}"]),
        }
        rest = after;
    }
    label + rest
}

fn value(name: &str, line: &Line, properties: Option<&Properties<'_>>) -> Option<String> {
    if let Some(name) = name.strip_prefix("PROP(").and_then(|rest| rest.strip_suffix(')')) {
        return property(name.trim_matches(['\'', '"']), line, properties?);
    }
    let values = || line.points.iter().map(|(_, value)| *value);
    let lowest = || line.points.iter().copied().reduce(|lowest, point| if point.1 < lowest.1 { point } else { lowest });
    let highest =
        || line.points.iter().copied().reduce(|highest, point| if point.1 > highest.1 { point } else { highest });
    let (first, last) = (line.points.first().copied(), line.points.last().copied());
    #[expect(clippy::cast_precision_loss, reason = "a number of points")]
    let count = line.points.len() as f64;
    let shown = match name {
        "LABEL" => return Some(line.label.clone()),
        "DATAPOINT_COUNT" => Some(figure(count)),
        "SUM" => first.map(|_| figure(values().sum())),
        "AVG" => first.map(|_| figure(values().sum::<f64>() / count)),
        "MIN" => lowest().map(|(_, value)| figure(value)),
        "MAX" => highest().map(|(_, value)| figure(value)),
        "FIRST" => first.map(|(_, value)| figure(value)),
        "LAST" => last.map(|(_, value)| figure(value)),
        "FIRST_LAST_RANGE" => first.zip(last).map(|(first, last)| figure(last.1 - first.1)),
        "MIN_MAX_RANGE" => lowest().zip(highest()).map(|(lowest, highest)| figure(highest.1 - lowest.1)),
        "FIRST_TIME" => first.map(|(at, _)| time(at)),
        "LAST_TIME" => last.map(|(at, _)| time(at)),
        "MIN_TIME" => lowest().map(|(at, _)| time(at)),
        "MAX_TIME" => highest().map(|(at, _)| time(at)),
        _ => return None,
    };
    // As the console shows a value that is not there.
    Some(shown.unwrap_or_else(|| "--".to_owned()))
}

fn property(name: &str, line: &Line, properties: &Properties<'_>) -> Option<String> {
    let series = properties.series;
    Some(match name {
        "Namespace" => series.namespace.clone(),
        "MetricName" => series.name.clone(),
        "Region" => series.region.clone(),
        "Stat" => properties.statistic.to_owned(),
        "Period" => (line.period_ms / 1000).to_string(),
        _ => {
            let dimension = name.strip_prefix("Dim.")?;
            series.dimensions.iter().find(|(name, _)| name == dimension)?.1.clone()
        }
    })
}

/// At most three digits after the point.
fn figure(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded.is_finite() { rounded.to_string() } else { value.to_string() }
}

fn time(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms)
        .map_or_else(|_| at_ms.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_properties_are_put_in() {
        let series = Series::new("eu-west-1", "AWS/Lambda", "Duration", [("FunctionName", "u-f")]);
        let properties = Properties { series: &series, statistic: "p99" };
        let points = vec![(0, 2.0), (60_000, 8.25), (120_000, 1.0 / 3.0)];
        let line = Line { label: "Duration".to_owned(), period_ms: 60_000, points, is_metric: true };
        for (template, expected) in [
            ("plain", "plain"),
            ("[max: ${MAX}, last ${LAST}] ${LABEL}", "[max: 8.25, last 0.333] Duration"),
            ("${MIN} ${AVG} ${SUM} ${FIRST} ${DATAPOINT_COUNT}", "0.333 3.528 10.583 2 3"),
            ("${MAX_TIME} ${MIN_MAX_RANGE} ${FIRST_LAST_RANGE}", "1970-01-01 00:01:00 UTC 7.917 -1.667"),
            ("${PROP('Dim.FunctionName')} ${PROP('Stat')} ${PROP('Period')}s", "u-f p99 60s"),
            ("${PROP('Region')} ${PROP(\"Namespace\")} ${PROP('MetricName')}", "eu-west-1 AWS/Lambda Duration"),
            ("${OTHER} ${PROP('Dim.X')} ${LAST", "${OTHER} ${PROP('Dim.X')} ${LAST"),
        ] {
            assert_eq!(filled(template, &line, Some(&properties)), expected);
        }
        assert_eq!(filled("${LAST} ${PROP('Stat')}", &Line::default(), None), "-- ${PROP('Stat')}");
    }
}
