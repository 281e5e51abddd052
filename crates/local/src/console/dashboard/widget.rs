//! A widget as the page shows it.

use serde::Serialize;

use super::place::Place;

/// A widget. Every text in it is foreign and for the page to escape, but for `svg`s, which are escaped where they are made.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(in crate::console) struct Widget {
    pub(in crate::console) title: String,
    /// Its place in the grid of 24 columns.
    pub(in crate::console) x: i64,
    pub(in crate::console) y: i64,
    pub(in crate::console) width: i64,
    pub(in crate::console) height: i64,
    /// Which of the body's widgets it is, from 0.
    pub(in crate::console) index: usize,
    pub(in crate::console) kind: Kind,
    /// The chart.
    pub(in crate::console) svg: Option<String>,
    pub(in crate::console) numbers: Vec<Number>,
    /// Markdown, to be shown as it is written.
    pub(in crate::console) text: Option<String>,
    pub(in crate::console) legend: Vec<Entry>,
    /// Every figure of the chart.
    pub(in crate::console) table: Option<Table>,
    /// Why there is nothing to see.
    pub(in crate::console) missing: Option<String>,
    /// What is not as the body asks.
    pub(in crate::console) notes: Vec<String>,
}

/// What a widget is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::console) enum Kind {
    Line,
    Stacked,
    Bar,
    Pie,
    Number,
    Gauge,
    Table,
    Text,
    /// Nothing that is drawn here; `missing` says why.
    #[default]
    Missing,
}

/// A figure to be read from afar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::console) struct Number {
    pub(in crate::console) label: String,
    /// `1,234.5`, or `--` where there is none.
    pub(in crate::console) value: String,
    /// As GetMetricData has it.
    pub(in crate::console) raw: Option<f64>,
    pub(in crate::console) unit: Option<&'static str>,
    /// `c0` to `c9`
    pub(in crate::console) class: String,
    /// The series as a small line.
    pub(in crate::console) sparkline: Option<String>,
}

/// A series in the legend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::console) struct Entry {
    pub(in crate::console) label: String,
    /// `c0` to `c9`
    pub(in crate::console) class: String,
    /// Its line, as a small picture.
    pub(in crate::console) swatch: String,
    /// The last value, or `--`.
    pub(in crate::console) last: String,
}

/// Figures as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(in crate::console) struct Table {
    pub(in crate::console) heads: Vec<String>,
    pub(in crate::console) rows: Vec<Vec<String>>,
}

impl Widget {
    /// An empty frame.
    pub(super) fn of(title: String, place: Place) -> Self {
        let Place { x, y, width, height, index } = place;
        Self { title, x, y, width, height, index, ..Self::default() }
    }

    /// The frame of what is not drawn.
    pub(super) fn missing(self, why: impl Into<String>) -> Self {
        Self { kind: Kind::Missing, missing: Some(why.into()), ..self }
    }
}
