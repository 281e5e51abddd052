//! Bars, pies and gauges as SVG: one figure of each series.

use std::f64::consts::PI;
use std::fmt::Write as _;

use labctl_picture::escape;

use super::axis::{Scale, cut, text_width};
use super::figures::Series;
use super::graph::{Side, head, px, text};
use super::number::{exact, or_none};

/// Series that are drawn.
const MOST: usize = 100;

/// Horizontal bars, each with its figure.
pub(super) fn bars(title: &str, series: &[Series], side: &Side) -> String {
    const WIDTH: f64 = 360.0;
    let series = series.get(..MOST).unwrap_or(series);
    let labels: Vec<String> = series.iter().map(|series| cut(&series.label, 130.0)).collect();
    let left = labels.iter().map(|label| text_width(label)).fold(0.0, f64::max) + 8.0;
    let scale = Scale::of(series.iter().filter_map(Series::last), side.min, side.max);
    let zero = scale.part(0.0);
    let room = WIDTH - left - 70.0;
    let mut svg = head("chart shape", &name(title, "Bar graph", series), WIDTH, rows(series.len()) * 22.0 + 4.0);
    for (at, (series, label)) in series.iter().zip(&labels).enumerate() {
        let y = rows(at) * 22.0 + 4.0;
        text(&mut svg, "tick", "end", left - 6.0, y + 12.0, label);
        let part = series.last().map_or(zero, |value| scale.part(value));
        let (from, to) = (left + part.min(zero) * room, left + part.max(zero) * room);
        let _ = write!(
            svg,
            "<rect class=\"c{}\" fill=\"currentColor\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"16\"><title>{}</title></rect>",
            series.colour,
            px(from),
            px(y),
            px((to - from).max(1.0)),
            escape(&series.label)
        );
        text(&mut svg, "figure", "start", to + 5.0, y + 12.0, &or_none(series.last()));
    }
    svg + "</svg>"
}

/// Shares of a whole; what is not above 0 has none.
pub(super) fn pie(title: &str, series: &[Series]) -> String {
    let series = series.get(..MOST).unwrap_or(series);
    let value = |series: &Series| series.last().filter(|value| *value > 0.0).unwrap_or(0.0).min(1e300);
    let total: f64 = series.iter().map(value).sum();
    let mut svg = head("chart shape", &name(title, "Pie chart", series), 360.0, 200.0);
    let point = |part: f64, radius: f64| {
        let angle = part * 2.0 * PI;
        (180.0 + radius * angle.sin(), 100.0 - radius * angle.cos())
    };
    let mut begin = 0.0;
    for series in series.iter().filter(|series| value(series) > 0.0) {
        let part = value(series) / total;
        let end = begin + part;
        let _ = write!(
            svg,
            "<g class=\"c{}\"><title>{}: {}</title>",
            series.colour,
            escape(&series.label),
            exact(value(series))
        );
        if part > 0.9999 {
            svg.push_str("<circle cx=\"180\" cy=\"100\" r=\"90\" fill=\"currentColor\"/>");
        } else {
            let ((x, y), (to_x, to_y)) = (point(begin, 90.0), point(end, 90.0));
            let _ = write!(
                svg,
                "<path class=\"slice\" fill=\"currentColor\" d=\"M180 100L{} {}A90 90 0 {} 1 {} {}Z\"/>",
                px(x),
                px(y),
                u8::from(part > 0.5),
                px(to_x),
                px(to_y)
            );
        }
        svg.push_str("</g>");
        if part >= 0.06 {
            let (x, y) = point(f64::midpoint(begin, end), 58.0);
            text(&mut svg, "inside", "middle", x, y + 4.0, &format!("{:.0}%", part * 100.0));
        }
        begin = end;
    }
    if total <= 0.0 {
        text(&mut svg, "none", "middle", 180.0, 104.0, "No data available.");
    }
    svg + "</svg>"
}

/// A half circle from the least to the most.
pub(super) fn gauge(title: &str, series: &Series, side: &Side) -> String {
    let (low, high) = (side.min.unwrap_or(0.0), side.max.unwrap_or(100.0));
    let scale = Scale::of(std::iter::empty(), Some(low), Some(high));
    let mut svg = head("chart shape", &name(title, "Gauge", std::slice::from_ref(series)), 360.0, 200.0);
    let arc = |part: f64| {
        let angle = PI * (1.0 - part);
        (180.0 + 130.0 * angle.cos(), 160.0 - 130.0 * angle.sin())
    };
    svg.push_str("<path class=\"track\" fill=\"none\" stroke-width=\"22\" d=\"M50 160A130 130 0 0 1 310 160\"/>");
    if let Some(value) = series.last() {
        let (x, y) = arc(scale.part(value));
        let _ = write!(
            svg,
            "<path class=\"c{}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"22\" d=\"M50 160A130 130 0 0 1 {} {}\"/>",
            series.colour,
            px(x),
            px(y)
        );
    }
    text(&mut svg, "tick", "middle", 50.0, 184.0, &exact(scale.low));
    text(&mut svg, "tick", "middle", 310.0, 184.0, &exact(scale.high));
    let value = or_none(series.last());
    let _ = write!(
        svg,
        "<text class=\"large\" text-anchor=\"middle\" x=\"180\" y=\"150\" font-size=\"34\">{}</text>",
        escape(&value)
    );
    text(&mut svg, "tick", "middle", 180.0, 184.0, &cut(&series.label, 200.0));
    svg + "</svg>"
}

fn rows(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn name(title: &str, kind: &str, series: &[Series]) -> String {
    let figures = series.iter().take(10).map(|series| format!("{} {}", series.label, or_none(series.last())));
    let title = if title.is_empty() { kind.to_owned() } else { format!("{title}. {kind}") };
    format!("{title}: {}", figures.collect::<Vec<_>>().join(", "))
}
