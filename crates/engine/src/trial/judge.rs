//! An execution against what its scenario expects, in plain words.

use serde_json::Value;

use crate::model::{Execution, Expectation};

/// Everything that is not as expected, field by field; empty when all is. `path` is `None` when it could not be seen.
pub fn judge(expected: &Expectation, actual: &Execution, path: Option<&[String]>) -> Vec<String> {
    let mut problems = Vec::new();
    if expected.status != actual.status {
        let why = match (&actual.error, &actual.cause) {
            (None, _) => String::new(),
            (Some(error), None) => format!(" ({error})"),
            (Some(error), Some(cause)) => format!(" ({error}: {})", first_line(cause)),
        };
        problems.push(format!("status: expected `{}`, got `{}`{why}", expected.status.word(), actual.status.word()));
    }
    if let Some(wanted) = &expected.output {
        match &actual.output {
            Some(output) => compare("output", wanted, output, &mut problems),
            None if expected.status == actual.status => {
                problems.push(format!("output: expected {}, got none", show(wanted)));
            }
            // The status has said it already.
            None => {}
        }
    }
    if let Some(wanted) = &expected.error
        && actual.error.as_ref() != Some(wanted)
    {
        let got = actual.error.as_ref().map_or_else(|| "none".to_owned(), |error| format!("`{error}`"));
        problems.push(format!("error: expected `{wanted}`, got {got}"));
    }
    if let (Some(wanted), Some(path)) = (&expected.path, path) {
        problems.extend(compare_paths(wanted, path));
    }
    problems
}

/// Objects by key, everything else whole. Numbers count by value: `1` and `1.0` are the same.
fn compare(field: &str, wanted: &Value, actual: &Value, problems: &mut Vec<String>) {
    if let (Value::Object(wanted), Value::Object(actual)) = (wanted, actual) {
        for (key, value) in wanted {
            let field = format!("{field}.{key}");
            match actual.get(key) {
                Some(actual) => compare(&field, value, actual, problems),
                None => problems.push(format!("{field}: expected {}, is missing", show(value))),
            }
        }
        return;
    }
    let same_number = wanted.is_number() && wanted.as_f64() == actual.as_f64();
    if wanted != actual && !same_number {
        problems.push(format!("{field}: expected {}, got {}", show(wanted), show(actual)));
    }
}

fn compare_paths(wanted: &[String], actual: &[String]) -> Option<String> {
    let step = wanted.iter().zip(actual).take_while(|(wanted, actual)| wanted == actual).count();
    let number = step + 1;
    let what = match (wanted.get(step), actual.get(step)) {
        (None, None) => return None,
        (Some(wanted), Some(actual)) => format!("expected `{wanted}`, got `{actual}`"),
        (Some(wanted), None) => format!("expected `{wanted}`, but the execution was over"),
        (None, Some(actual)) => format!("expected the end, got `{actual}`"),
    };
    Some(format!("path: state {number}: {what} (entered: {})", actual.join(", ")))
}

/// A value in backticks; text without its quotes. Whoever shows it cuts what is long.
fn show(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::ExecutionStatus;

    fn execution(status: ExecutionStatus, output: Option<Value>) -> Execution {
        Execution {
            arn: "arn".to_owned(),
            name: "name".to_owned(),
            status,
            started_ms: 0,
            stopped_ms: Some(5),
            output,
            error: None,
            cause: None,
        }
    }

    fn expectation(output: Value, path: &[&str]) -> Expectation {
        Expectation {
            status: ExecutionStatus::Succeeded,
            output: Some(output),
            error: None,
            path: Some(path.iter().map(|&state| state.to_owned()).collect()),
        }
    }

    #[test]
    fn each_field_that_differs_is_named() {
        let expected =
            expectation(json!({"status": "COMPLETED", "order": {"id": 7, "sum": 1.0}, "items": [1]}), &["A"]);
        let actual = execution(
            ExecutionStatus::Succeeded,
            Some(json!({"status": "FAILED", "order": {"sum": 1}, "items": [1, 2], "more": true})),
        );
        assert_eq!(
            judge(&expected, &actual, Some(&["A".to_owned()])),
            [
                "output.status: expected `COMPLETED`, got `FAILED`",
                "output.order.id: expected `7`, is missing",
                "output.items: expected `[1]`, got `[1,2]`",
            ]
        );
    }

    #[test]
    fn a_failure_brings_its_error_and_the_first_line_of_its_cause() {
        let expected = expectation(json!({"a": 1}), &[]);
        let mut actual = execution(ExecutionStatus::Failed, None);
        actual.error = Some("OrderError".to_owned());
        actual.cause = Some("no stock\nTraceback".to_owned());
        assert_eq!(
            judge(&expected, &actual, None),
            ["status: expected `SUCCEEDED`, got `FAILED` (OrderError: no stock)"]
        );
    }

    #[test]
    fn the_first_step_off_the_path_is_named() {
        let path = |states: &[&str]| states.iter().map(|&state| state.to_owned()).collect::<Vec<_>>();
        let reported = |wanted: &[&str], actual: &[&str]| compare_paths(&path(wanted), &path(actual));
        assert_eq!(reported(&["A", "B"], &["A", "B"]), None);
        assert_eq!(
            reported(&["A", "B"], &["A", "C"]).as_deref(),
            Some("path: state 2: expected `B`, got `C` (entered: A, C)")
        );
        assert!(reported(&["A", "B"], &["A"]).is_some_and(|text| text.contains("but the execution was over")));
        assert!(reported(&["A"], &["A", "B"]).is_some_and(|text| text.contains("expected the end, got `B`")));
    }

    #[test]
    fn another_error_than_expected_is_a_problem() {
        let expected =
            Expectation { status: ExecutionStatus::Failed, output: None, error: Some("A".to_owned()), path: None };
        let mut actual = execution(ExecutionStatus::Failed, None);
        assert_eq!(judge(&expected, &actual, None), ["error: expected `A`, got none"]);
        actual.error = Some("A".to_owned());
        assert!(judge(&expected, &actual, None).is_empty());
    }
}
