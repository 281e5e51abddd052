//! The metrics of a widget, with `.` and `...` written out.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Metrics of a widget.
pub(super) const MOST: usize = 500;

/// A metric or an expression.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) id: String,
    /// Namespace, name, then names and values of dimensions; nothing for an expression.
    pub(super) parts: Vec<String>,
    pub(super) options: Map<String, Value>,
}

impl Row {
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).and_then(Value::as_str)
    }

    pub(super) fn expression(&self) -> Option<&str> {
        self.option("expression")
    }

    pub(super) fn is_visible(&self) -> bool {
        self.options.get("visible").and_then(Value::as_bool) != Some(false)
    }

    pub(super) fn is_right(&self) -> bool {
        self.option("yAxis") == Some("right")
    }

    pub(super) fn period(&self) -> Option<i64> {
        self.options.get("period").and_then(Value::as_i64).filter(|period| (1..=31_536_000).contains(period))
    }

    pub(super) fn namespace(&self) -> &str {
        self.parts.first().map(String::as_str).unwrap_or_default()
    }

    pub(super) fn metric(&self) -> &str {
        self.parts.get(1).map(String::as_str).unwrap_or_default()
    }

    /// Names and values.
    pub(super) fn dimensions(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.parts.get(2..).unwrap_or_default().chunks_exact(2);
        pairs.filter_map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str())))
    }
}

/// The rows of a widget's `metrics`, each with an id: its own, else `m1` for the first row and so on (`e1` for an expression).
pub(super) fn rows(metrics: Option<&Value>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut above: Vec<String> = Vec::new();
    for row in metrics.and_then(Value::as_array).into_iter().flatten().take(MOST) {
        let items = row.as_array().map(Vec::as_slice).unwrap_or_default();
        let options = items.last().and_then(Value::as_object).cloned().unwrap_or_default();
        let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
        let is_expression = options.contains_key("expression");
        let parts = if is_expression { Vec::new() } else { written_out(&texts, &above) };
        if !is_expression {
            above.clone_from(&parts);
        }
        rows.push(Row { id: String::new(), parts, options });
    }
    name(&mut rows);
    rows
}

/// `.` is what stands above it, `...` all that stands above up to what follows.
fn written_out(texts: &[&str], above: &[String]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        match *text {
            "..." => {
                let follow = texts.len() - at - 1;
                let repeated = above.iter().take(above.len().saturating_sub(follow)).skip(parts.len());
                parts.extend(repeated.cloned());
            }
            "." => parts.push(above.get(parts.len()).cloned().unwrap_or_default()),
            text => parts.push(text.to_owned()),
        }
    }
    parts.truncate(2 + 2 * 30);
    parts
}

fn name(rows: &mut [Row]) {
    let is_id = |id: &str| {
        id.starts_with(|letter: char| letter.is_ascii_lowercase())
            && id.len() <= 255
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let mut taken = BTreeSet::new();
    for row in rows.iter_mut() {
        if let Some(id) = row.option("id").filter(|id| is_id(id)).map(str::to_owned)
            && taken.insert(id.clone())
        {
            row.id = id;
        }
    }
    for (at, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.id.is_empty()) {
        let letter = if row.expression().is_some() { 'e' } else { 'm' };
        let mut id = format!("{letter}{}", at + 1);
        while !taken.insert(id.clone()) {
            id.push('_');
        }
        row.id = id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(metrics: &Value) -> Vec<String> {
        rows(Some(metrics)).iter().map(|row| format!("{}: {}", row.id, row.parts.join(" "))).collect()
    }

    #[test]
    fn shorthands_are_written_out() {
        let metrics = json!([
            ["AWS/EC2", "CPUUtilization", "InstanceId", "i-1", {"stat": "p99"}],
            ["...", "i-2"],
            [".", "DiskReadBytes", ".", "."],
            ["..."],
            ["...", {"stat": "Sum"}],
            [{"expression": "m1 + m2", "id": "total"}],
            [".", "NetworkIn", "...", "i-3"],
            ["Own", "Plain"],
            [".", "..."]
        ]);
        assert_eq!(
            shown(&metrics),
            [
                "m1: AWS/EC2 CPUUtilization InstanceId i-1",
                "m2: AWS/EC2 CPUUtilization InstanceId i-2",
                "m3: AWS/EC2 DiskReadBytes InstanceId i-2",
                "m4: AWS/EC2 DiskReadBytes InstanceId i-2",
                "m5: AWS/EC2 DiskReadBytes InstanceId i-2",
                "total: ",
                "m7: AWS/EC2 NetworkIn InstanceId i-3",
                "m8: Own Plain",
                "m9: Own Plain",
            ]
        );
        assert_eq!(rows(Some(&metrics))[1].options, Map::new(), "options are not repeated");
    }

    #[test]
    fn what_makes_no_sense_is_no_panic_and_ids_are_unique() {
        assert_eq!(
            shown(&json!([["..."], [".", "."], 5, [5, null], ["...", "a", "b", "c", "d"]])),
            ["m1: ", "m2:  ", "m3: ", "m4: ", "m5: a b c d"]
        );
        let twice =
            json!([["N", "a", {"id": "m2"}], ["N", "b"], ["N", "c", {"id": "m2"}], ["N", "d", {"id": "Not one"}]]);
        assert_eq!(shown(&twice), ["m2: N a", "m2_: N b", "m3: N c", "m4: N d"]);
        let many: Vec<Value> = (0..600).map(|_| json!(["N", "a"])).collect();
        assert_eq!(shown(&json!(many)).len(), MOST);
    }
}
