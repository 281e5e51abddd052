//! What a dashboard's body holds.

use serde_json::{Map, Value};

use super::time::{self, Range};

/// Widgets of a dashboard.
const MOST_WIDGETS: usize = 500;

/// A body.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) widgets: Vec<Source>,
    /// Whether each period is to be as it is written, however long the range.
    pub(super) inherits_periods: bool,
    start: Option<String>,
    end: Option<String>,
}

/// A widget as it is written.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) kind: String,
    pub(super) x: Option<i64>,
    pub(super) y: Option<i64>,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) properties: Map<String, Value>,
}

impl Body {
    /// Reads a body. PutDashboard took it, so that what is odd is passed over.
    pub(super) fn read(text: &str) -> Self {
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let widgets = body.get("widgets").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            widgets: widgets.iter().take(MOST_WIDGETS).map(Source::read).collect(),
            inherits_periods: text("periodOverride").as_deref() == Some("inherit"),
            start: text("start"),
            end: text("end"),
        }
    }

    /// The range that the body asks for.
    pub(super) fn range(&self, now_ms: i64) -> Option<Range> {
        time::written(self.start.as_deref(), self.end.as_deref(), now_ms)
    }
}

impl Source {
    fn read(widget: &Value) -> Self {
        let whole = |name: &str| widget.get(name).and_then(Value::as_i64);
        let properties = widget.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        Self {
            kind: widget.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
            x: whole("x").map(|x| x.clamp(0, 23)),
            y: whole("y").map(|y| y.clamp(0, 1_000_000)),
            width: whole("width").unwrap_or(6).clamp(1, 24),
            height: whole("height").unwrap_or(6).clamp(1, 1000),
            properties,
        }
    }

    pub(super) fn title(&self) -> String {
        self.text("title").unwrap_or_default().to_owned()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str)
    }

    pub(super) fn truth(&self, name: &str) -> bool {
        self.properties.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A value some members deep.
    pub(super) fn at(&self, path: &str) -> Option<&Value> {
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let value = self.properties.get(first)?;
        rest.split('/').filter(|name| !name.is_empty()).try_fold(value, |value, name| value.get(name))
    }

    /// The range of this widget alone.
    pub(super) fn range(&self, now_ms: i64) -> Option<Range> {
        time::written(self.text("start"), self.text("end"), now_ms)
    }
}
