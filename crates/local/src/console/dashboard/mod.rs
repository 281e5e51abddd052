//! CloudWatch dashboards, drawn and edited. Pure but for the figures, which a [`Reader`] gets: a body and a time range in, widgets out,
//! the same ones every time.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>
//!
//! | part | owns |
//! | --- | --- |
//! | `body`, `rows`, `place` | what a body holds: widgets, their metrics with `.` and `...` written out, their places in the grid |
//! | `time` | time ranges and periods |
//! | `figures` | what is asked of GetMetricData, and the series that it answers with |
//! | `labels`, `number` | names of series, numbers and units as text |
//! | `graph`, `axis`, `shapes` | time series, bars, pies and gauges as SVG; colours are classes of `dashboard.css` |
//! | `draw` | a widget from its properties and its series |
//! | `edit` | a body with a widget more or less |
//! | `catalogue` | which metrics there are to choose from |

mod axis;
mod body;
mod catalogue;
mod draw;
mod edit;
mod figures;
mod graph;
mod labels;
mod number;
mod place;
mod rows;
mod shapes;
#[cfg(test)]
mod tests;
mod time;
mod widget;

use async_trait::async_trait;
use serde_json::Value;

pub(super) use catalogue::catalogue;
pub(super) use edit::{NewKind, NewMetric, NewWidget, add, empty, remove};
pub(super) use time::Range;
pub(super) use widget::Widget;

/// The style sheet of what is drawn: `c0` to `c9`, the grid's places, and the parts of a chart.
pub(super) const CSS: &str = include_str!("dashboard.css");

/// Who gets figures.
#[async_trait]
pub(super) trait Reader: Sync {
    /// The account whose metrics these are.
    fn account(&self) -> &str;

    /// GetMetricData in a region: its input and its output.
    ///
    /// # Errors
    /// The message of a refusal.
    async fn get_metric_data(&self, region: &str, input: Value) -> Result<Value, String>;
}

/// The widgets of a dashboard's body (as PutDashboard took it) in a time range, in the order of their places. What cannot be drawn is a
/// widget, too, that says so.
pub(super) async fn widgets(body: &str, range: Range, reader: &dyn Reader) -> Vec<Widget> {
    let body = body::Body::read(body);
    let places = place::places(&body.widgets);
    let mut drawn = Vec::with_capacity(places.len());
    let most = draw::points_of_a_line(&body.widgets);
    for (source, place) in body.widgets.iter().zip(places) {
        let frame = Widget::of(source.title(), place);
        drawn.push(draw::widget(source, frame, &body, range, most, reader).await);
    }
    drawn.sort_by_key(|widget| (widget.y, widget.x));
    drawn
}

/// The time range that a body asks for when it is opened, if any; `now_ms` in milliseconds since 1970.
pub(super) fn range_of(body: &str, now_ms: i64) -> Option<Range> {
    body::Body::read(body).range(now_ms)
}
