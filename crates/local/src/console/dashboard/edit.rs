//! A dashboard's body with a widget more or less. All else stays as it is written: the order of members, and members that nobody here knows.

use serde_json::{Map, Value, json};

use super::body::Body;
use super::place;

/// A widget to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct NewWidget {
    pub(in crate::console) kind: NewKind,
    pub(in crate::console) title: String,
    pub(in crate::console) region: String,
    /// `AWS/States`
    pub(in crate::console) namespace: String,
    pub(in crate::console) metrics: Vec<NewMetric>,
    /// `Sum`, `p99`; nothing for the default.
    pub(in crate::console) stat: String,
    /// In seconds.
    pub(in crate::console) period: Option<i64>,
    /// The markdown of a text widget.
    pub(in crate::console) markdown: String,
}

/// What a new widget is, in the console's words: Line, Stacked area, Number, Bar, Pie, Gauge, Text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum NewKind {
    Line,
    Stacked,
    Number,
    Bar,
    Pie,
    Gauge,
    Text,
}

/// A metric of a new widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) struct NewMetric {
    pub(in crate::console) name: String,
    /// Names and values.
    pub(in crate::console) dimensions: Vec<(String, String)>,
}

/// The body of a new dashboard.
pub(in crate::console) fn empty() -> String {
    "{\"widgets\":[]}".to_owned()
}

/// The body with a widget more, at the next free place of the grid. A body that is no object of widgets stays as it is: PutDashboard says
/// what is wrong with it.
pub(in crate::console) fn add(body: &str, widget: &NewWidget) -> String {
    let read = Body::read(body);
    let (width, height) = widget.size();
    let (x, y) = place::next(&read.widgets, width);
    changed(body, |widgets| {
        let kind = if widget.kind == NewKind::Text { "text" } else { "metric" };
        let properties = widget.properties();
        widgets.push(json!({"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": properties}));
    })
}

/// The body without its widget of this index, from 0.
pub(in crate::console) fn remove(body: &str, index: usize) -> String {
    changed(body, |widgets| {
        if index < widgets.len() {
            widgets.remove(index);
        }
    })
}

fn changed(body: &str, change: impl FnOnce(&mut Vec<Value>)) -> String {
    let Ok(Value::Object(mut members)) = serde_json::from_str(body) else { return body.to_owned() };
    let widgets = members.entry("widgets").or_insert_with(|| Value::Array(Vec::new()));
    let Some(widgets) = widgets.as_array_mut() else { return body.to_owned() };
    change(widgets);
    Value::Object(members).to_string()
}

impl NewWidget {
    /// Width and height in the grid, as the console makes them.
    fn size(&self) -> (i64, i64) {
        match self.kind {
            NewKind::Number | NewKind::Text => (6, 3),
            NewKind::Line | NewKind::Stacked | NewKind::Bar | NewKind::Pie | NewKind::Gauge => (12, 6),
        }
    }

    fn properties(&self) -> Value {
        if self.kind == NewKind::Text {
            return json!({"markdown": self.markdown});
        }
        let (view, is_stacked) = match self.kind {
            NewKind::Number => ("singleValue", None),
            NewKind::Bar => ("bar", None),
            NewKind::Pie => ("pie", None),
            NewKind::Gauge => ("gauge", None),
            NewKind::Line | NewKind::Text => ("timeSeries", Some(false)),
            NewKind::Stacked => ("timeSeries", Some(true)),
        };
        let mut properties = Map::new();
        let mut set = |name: &str, value: Value| properties.insert(name.to_owned(), value);
        if !self.title.is_empty() {
            set("title", self.title.clone().into());
        }
        set("view", view.into());
        if let Some(is_stacked) = is_stacked {
            set("stacked", is_stacked.into());
        }
        set("region", self.region.clone().into());
        if !self.stat.is_empty() {
            set("stat", self.stat.clone().into());
        }
        if let Some(period) = self.period {
            set("period", period.into());
        }
        if self.kind == NewKind::Gauge {
            set("yAxis", json!({"left": {"min": 0, "max": 100}}));
        }
        set("metrics", self.metrics.iter().map(|metric| self.row(metric)).collect());
        Value::Object(properties)
    }

    fn row(&self, metric: &NewMetric) -> Value {
        let dimensions = metric.dimensions.iter().flat_map(|(name, value)| [name, value]);
        let parts = [&self.namespace, &metric.name].into_iter().chain(dimensions);
        parts.map(|part| Value::from(part.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widget(kind: NewKind) -> NewWidget {
        let metric = |name: &str| NewMetric {
            name: name.to_owned(),
            dimensions: vec![("FunctionName".to_owned(), "u-f".to_owned())],
        };
        NewWidget {
            kind,
            title: "Mine".to_owned(),
            region: "us-east-1".to_owned(),
            namespace: "AWS/Lambda".to_owned(),
            metrics: vec![metric("Invocations"), metric("Errors")],
            stat: "Sum".to_owned(),
            period: Some(60),
            markdown: String::new(),
        }
    }

    #[test]
    fn a_widget_is_added_at_the_next_free_place() {
        let one = add(&empty(), &widget(NewKind::Line));
        assert_eq!(
            one,
            "{\"widgets\":[{\"type\":\"metric\",\"x\":0,\"y\":0,\"width\":12,\"height\":6,\"properties\":{\"title\":\"Mine\",\
             \"view\":\"timeSeries\",\"stacked\":false,\"region\":\"us-east-1\",\"stat\":\"Sum\",\"period\":60,\"metrics\":[[\"AWS/Lambda\",\
             \"Invocations\",\"FunctionName\",\"u-f\"],[\"AWS/Lambda\",\"Errors\",\"FunctionName\",\"u-f\"]]}}]}"
        );
        let text = NewWidget { markdown: "# Hello".to_owned(), ..widget(NewKind::Text) };
        let three = add(&add(&one, &widget(NewKind::Number)), &text);
        let places: Vec<(i64, i64, i64, i64)> = Body::read(&three)
            .widgets
            .iter()
            .map(|widget| (widget.x.unwrap(), widget.y.unwrap(), widget.width, widget.height))
            .collect();
        assert_eq!(places, [(0, 0, 12, 6), (12, 0, 6, 3), (18, 0, 6, 3)]);
        assert!(three.ends_with("\"properties\":{\"markdown\":\"# Hello\"}}]}"), "{three}");
        let gauge = add(
            &three,
            &NewWidget { title: String::new(), stat: String::new(), period: None, ..widget(NewKind::Gauge) },
        );
        assert!(
            gauge.contains(
                "{\"view\":\"gauge\",\"region\":\"us-east-1\",\"yAxis\":{\"left\":{\"min\":0,\"max\":100}},\"metrics\""
            ),
            "{gauge}"
        );
    }

    #[test]
    fn all_else_stays_as_it_is_written() {
        let body = r#"{"start":"-PT6H","later":{"b":1,"a":[1.0,2e3]},"widgets":[{"z":1,"type":"log","properties":{"query":"x"}},{"type":"text"}],"periodOverride":"inherit"}"#;
        assert_eq!(
            remove(&add(body, &widget(NewKind::Number)), 2),
            Body::read(body).widgets.first().map_or(String::new(), |_| body.replace("2e3", "2000.0"))
        );
        let less = remove(body, 0);
        assert!(
            less.starts_with(r#"{"start":"-PT6H","later":{"b":1"#) && less.contains(r#""widgets":[{"type":"text"}],"#),
            "{less}"
        );
        assert_eq!(remove(body, 9), body.replace("2e3", "2000.0"));
        for odd in ["", "[]", "5", r#"{"widgets":{}}"#] {
            assert_eq!(add(odd, &widget(NewKind::Line)), odd);
        }
        assert!(add("{}", &widget(NewKind::Line)).starts_with("{\"widgets\":[{"));
    }
}
