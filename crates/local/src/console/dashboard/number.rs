//! Figures and units as text.

/// A figure to be read: `1,234.5`, `0.00123`, `1.2e18`.
pub(super) fn exact(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-6..1e15).contains(&size) {
        return format!("{value:.3e}").replace(".000e", "e");
    }
    // Three digits behind the point; of what is small, three that are none of its leading zeros.
    let mut places: usize = 3;
    let mut scaled = size;
    while scaled < 1.0 && places < 9 {
        scaled *= 10.0;
        places += 1;
    }
    let places = if size < 1.0 { places.saturating_sub(1) } else { places };
    let text = format!("{size:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let (whole, fraction) =
        text.split_once('.').map_or((text, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}{fraction}", grouped(whole))
}

/// `1,234,567`
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A figure at an axis: `250`, `1.5k`, `2M`.
pub(super) fn short(value: f64) -> String {
    let steps = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    let step = steps.into_iter().find(|(step, _)| value.abs() >= *step && value.abs() < 1e15);
    step.map_or_else(|| exact(value), |(step, letter)| format!("{}{letter}", exact(value / step)))
}

/// A figure, or what the console shows where there is none.
pub(super) fn or_none(value: Option<f64>) -> String {
    value.map_or_else(|| "--".to_owned(), exact)
}

/// The unit of a metric that AWS publishes; GetMetricData tells none.
pub(super) fn unit(namespace: &str, metric: &str, statistic: &str) -> Option<&'static str> {
    if statistic == "SampleCount" {
        return Some("Count");
    }
    let milliseconds = metric.ends_with("Time") || metric.ends_with("Duration") || metric.ends_with("Age");
    match namespace {
        "AWS/States" | "AWS/Lambda" if metric.ends_with("Memory") => Some("Bytes"),
        "AWS/Lambda" if metric.ends_with("Utilization") => None,
        "AWS/States" | "AWS/Lambda" if milliseconds => Some("Milliseconds"),
        "AWS/SQS" if metric.starts_with("ApproximateAge") => Some("Seconds"),
        "AWS/SQS" | "AWS/Logs" if metric.ends_with("Size") || metric.ends_with("Bytes") => Some("Bytes"),
        "AWS/States" | "AWS/Lambda" | "AWS/SQS" => Some("Count"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_round_and_not_lost() {
        for (value, exactly, shortly) in [
            (0.0, "0", "0"),
            (-0.0, "0", "0"),
            (1234.5, "1,234.5", "1.234k"),
            (-1_234_567.891_4, "-1,234,567.891", "-1.235M"),
            (999.9996, "1,000", "1,000"),
            (1.0 / 3.0, "0.333", "0.333"),
            (0.001_234, "0.00123", "0.00123"),
            (100.0, "100", "100"),
            (1500.0, "1,500", "1.5k"),
            (2e9, "2,000,000,000", "2B"),
            (1.5e300, "1.500e300", "1.500e300"),
            (1e-9, "1e-9", "1e-9"),
            (5e14, "500,000,000,000,000", "500T"),
        ] {
            assert_eq!((exact(value).as_str(), short(value).as_str()), (exactly, shortly));
        }
    }

    #[test]
    fn units_of_metrics_of_aws() {
        for (namespace, metric, statistic, expected) in [
            ("AWS/States", "ExecutionTime", "Average", Some("Milliseconds")),
            ("AWS/States", "ExecutionsFailed", "Sum", Some("Count")),
            ("AWS/States", "ExpressExecutionMemory", "Sum", Some("Bytes")),
            ("AWS/Lambda", "Duration", "p99", Some("Milliseconds")),
            ("AWS/Lambda", "Duration", "SampleCount", Some("Count")),
            ("AWS/SQS", "SentMessageSize", "Sum", Some("Bytes")),
            ("AWS/Logs", "IncomingBytes", "Sum", Some("Bytes")),
            ("Own", "Duration", "Sum", None),
        ] {
            assert_eq!(unit(namespace, metric, statistic), expected, "{metric}");
        }
    }
}
