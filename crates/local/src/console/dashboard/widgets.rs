//! All widgets of a dashboard.

use super::body::Body;
use super::reader::Reader;
use super::time::Range;
use super::widget::Widget;
use super::{draw, place};

/// The style sheet of what is drawn: `c0` to `c9`, the grid's places, and the parts of a chart.
pub(in crate::console) const CSS: &str = include_str!("dashboard.css");

/// The widgets of a dashboard's body (as PutDashboard took it) in a time range, in the order of their places. What cannot be drawn is a
/// widget, too, that says so.
pub(in crate::console) async fn widgets(body: &str, range: Range, reader: &dyn Reader) -> Vec<Widget> {
    let body = Body::read(body);
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
pub(in crate::console) fn range_of(body: &str, now_ms: i64) -> Option<Range> {
    Body::read(body).range(now_ms)
}
