//! Names of series that have no label of their own: what tells each from the others.

use super::rows::Row;

/// The names of metrics of a widget of this region, given with their statistics. A part that all share is left out; the metric's name stays where nothing else differs.
pub(super) fn names(rows: &[(&Row, &str)], region: &str) -> Vec<String> {
    let differs = |part: &dyn Fn(&Row, &str) -> String| {
        let mut parts = rows.iter().map(|(row, statistic)| part(row, statistic));
        parts.next().is_some_and(|first| parts.any(|other| other != first))
    };
    let of_dimensions = |row: &Row| row.dimensions().map(|(_, value)| short(value)).collect::<Vec<_>>().join(" ");
    let by_namespace = differs(&|row, _| row.namespace().to_owned());
    let by_metric = differs(&|row, _| row.metric().to_owned());
    let by_dimensions = differs(&|row, _| of_dimensions(row));
    let by_region = differs(&|row, _| row.option("region").unwrap_or(region).to_owned());
    // A statistic is told where only it tells two series apart.
    let same = |one: &Row, other: &Row| one.parts == other.parts && one.option("region") == other.option("region");
    let by_statistic =
        |row: &Row, statistic: &str| rows.iter().any(|(other, its)| same(row, other) && *its != statistic);
    let name = |(row, statistic): &(&Row, &str)| {
        let mut parts = Vec::new();
        if by_namespace {
            parts.push(row.namespace().to_owned());
        }
        if by_dimensions {
            parts.push(of_dimensions(row));
        }
        if by_metric || !(by_dimensions || by_namespace) {
            parts.push(row.metric().to_owned());
        }
        if by_region {
            parts.push(row.option("region").unwrap_or(region).to_owned());
        }
        if by_statistic(row, statistic) {
            parts.push((*statistic).to_owned());
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    };
    rows.iter().map(name).collect()
}

/// The end of an ARN is what it is of.
pub(super) fn short(value: &str) -> String {
    let end = if value.starts_with("arn:") { value.rsplit(':').next() } else { None };
    end.unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::rows::rows;
    use super::*;
    use serde_json::json;

    fn check(metrics: &serde_json::Value, expected: &[&str]) {
        let rows = rows(Some(metrics));
        let with: Vec<(&Row, &str)> = rows.iter().map(|row| (row, row.option("stat").unwrap_or("Sum"))).collect();
        assert_eq!(names(&with, "us-east-1"), expected);
    }

    #[test]
    fn what_differs_is_the_name() {
        check(&json!([["AWS/Lambda", "Errors", "FunctionName", "a"]]), &["Errors"]);
        check(&json!([["AWS/Lambda", "Errors", "FunctionName", "a"], ["...", "b"]]), &["a", "b"]);
        check(
            &json!([["AWS/Lambda", "Errors", "FunctionName", "a"], [".", "Duration", ".", "b"]]),
            &["a Errors", "b Duration"],
        );
        check(&json!([["N", "Errors"], [".", ".", {"stat": "p99"}]]), &["Errors Sum", "Errors p99"]);
        check(
            &json!([
                ["AWS/States", "ExecutionTime", "StateMachineArn", "arn:aws:states:us-east-1:1:stateMachine:u-m"],
                ["AWS/Lambda", "Duration", "FunctionName", "u-f"]
            ]),
            &["AWS/States u-m ExecutionTime", "AWS/Lambda u-f Duration"],
        );
        check(&json!([["N", "E"], ["N", "E", {"region": "b"}]]), &["E us-east-1", "E b"]);
        check(&json!([]), &[]);
    }
}
