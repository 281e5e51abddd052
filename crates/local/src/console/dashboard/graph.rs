//! Time series as SVG.

use std::fmt::Write as _;

use labctl_picture::escape;

use super::axis::{Scale, cut, text_width, times};
use super::figures::Series;
use super::number::short;
use super::time::Range;

/// Patterns of lines, so that they are told apart without colours.
pub(super) const DASHES: [&str; 4] = ["", "6 3", "2 3", "8 3 2 3"];

/// What is drawn.
pub(super) struct Graph<'widget> {
    pub(super) title: &'widget str,
    pub(super) series: &'widget [Series],
    pub(super) range: Range,
    pub(super) is_stacked: bool,
    pub(super) left: Side,
    pub(super) right: Side,
    pub(super) horizontal: Vec<Horizontal>,
    pub(super) vertical: Vec<Vertical>,
    /// Minutes from UTC, and the zone's name.
    pub(super) zone: (i64, String),
    /// Points of a line.
    pub(super) most: usize,
}

/// What is written of an axis of figures.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) label: String,
}

/// A line, or a band up to another figure, across the graph.
#[derive(Clone, Debug)]
pub(super) struct Horizontal {
    pub(super) value: f64,
    pub(super) label: String,
    pub(super) is_right: bool,
    pub(super) colour: usize,
    /// To what figure it is filled.
    pub(super) to: Option<f64>,
}

/// A moment, or a span up to another moment.
#[derive(Clone, Debug)]
pub(super) struct Vertical {
    pub(super) at_ms: i64,
    pub(super) label: String,
    pub(super) colour: usize,
    pub(super) to_ms: Option<i64>,
}

/// Where things are in pixels.
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Frame {
    fn y(&self, scale: &Scale, value: f64) -> f64 {
        self.bottom - scale.part(value) * (self.bottom - self.top)
    }

    fn x(&self, range: &Range, at_ms: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "times of one graph")]
        let part =
            at_ms.saturating_sub(range.start_ms) as f64 / range.end_ms.saturating_sub(range.start_ms).max(1) as f64;
        self.left + part.clamp(0.0, 1.0) * (self.right - self.left)
    }
}

/// The series of one axis, and where they lie.
struct Drawn<'series> {
    series: &'series Series,
    /// Time, lower end and value, thinned.
    points: Vec<(i64, f64, f64)>,
}

impl Graph<'_> {
    /// The graph, for a wide screen and for a narrow one where that differs.
    pub(super) fn svg(&self, columns: i64, rows: i64) -> String {
        let tall = |most: u32| f64::from(u32::try_from(rows).unwrap_or(6).saturating_mul(34).clamp(150, most));
        let width = f64::from(u32::try_from(columns).unwrap_or(6).saturating_mul(42).max(360));
        if width <= 480.0 {
            return self.one(width, tall(600), "chart");
        }
        self.one(width, tall(600), "chart wide") + &self.one(360.0, tall(260), "chart narrow")
    }

    fn one(&self, width: f64, height: f64, class: &str) -> String {
        let (left, right) = (self.drawn(false), self.drawn(true));
        let scale = |drawn: &[Drawn<'_>], side: &Side, is_right: bool| {
            let figures = drawn.iter().flat_map(|drawn| drawn.points.iter().flat_map(|(_, from, to)| [*from, *to]));
            let annotations = self.horizontal.iter().filter(move |line| line.is_right == is_right);
            Scale::of(
                figures.chain(annotations.flat_map(|line| line.to.into_iter().chain([line.value]))),
                side.min,
                side.max,
            )
        };
        let (left_scale, right_scale) = (scale(&left, &self.left, false), scale(&right, &self.right, true));
        let has_right = !right.is_empty() || self.horizontal.iter().any(|line| line.is_right);
        let has_heads = !(self.left.label.is_empty() && self.right.label.is_empty());
        let frame = Frame {
            left: left_scale.width() + 10.0,
            right: width - if has_right { right_scale.width() + 10.0 } else { 12.0 },
            top: if has_heads { 22.0 } else { 8.0 },
            bottom: height - 20.0,
        };
        let mut svg = head(class, &self.summary(), width, height);
        self.grid(&mut svg, &frame, &left_scale, has_right.then_some(&right_scale), width);
        self.bands(&mut svg, &frame, &left_scale, &right_scale);
        for (drawn, scale) in [(&left, &left_scale), (&right, &right_scale)] {
            for drawn in drawn {
                self.line(&mut svg, &frame, scale, drawn);
            }
        }
        self.lines(&mut svg, &frame, &left_scale, &right_scale);
        if self.series.iter().all(|series| series.points.is_empty()) {
            let (x, y) = (f64::midpoint(frame.left, frame.right), f64::midpoint(frame.top, frame.bottom));
            text(&mut svg, "none", "middle", x, y, "No data available.");
        }
        svg + "</svg>"
    }

    fn summary(&self) -> String {
        let kind = if self.is_stacked { "Stacked area" } else { "Line" };
        let moment = |at: i64| super::time::shown(at, self.zone.0, "%Y-%m-%d %H:%M");
        let names: Vec<&str> = self.series.iter().take(10).map(|series| series.label.as_str()).collect();
        let more = if self.series.len() > 10 { " and more" } else { "" };
        let (start, end) = (moment(self.range.start_ms), moment(self.range.end_ms));
        let title = if self.title.is_empty() { "Graph" } else { self.title };
        format!("{title}. {kind} graph of {}{more}, {start} to {end} {}", names.join(", "), self.zone.1)
    }

    /// The series of an axis, each on top of the one before where they are stacked.
    fn drawn(&self, is_right: bool) -> Vec<Drawn<'_>> {
        let of_side = self.series.iter().filter(|series| series.is_right == is_right);
        let mut below: std::collections::BTreeMap<i64, f64> = std::collections::BTreeMap::new();
        if self.is_stacked {
            below = of_side.clone().flat_map(|series| series.points.iter().map(|(at, _)| (*at, 0.0))).collect();
        }
        let stack = |series: &Series, below: &mut std::collections::BTreeMap<i64, f64>| {
            let own: std::collections::BTreeMap<i64, f64> = series.points.iter().copied().collect();
            let mut points = Vec::with_capacity(below.len());
            for (at, height) in below.iter_mut() {
                let from = *height;
                *height = (from + own.get(at).copied().unwrap_or(0.0)).clamp(-1e300, 1e300);
                points.push((*at, from, *height));
            }
            points
        };
        let one = |series| {
            let points = if self.is_stacked {
                stack(series, &mut below)
            } else {
                series.points.iter().map(|(at, value)| (*at, *value, *value)).collect()
            };
            Drawn { series, points: thinned(points, self.most) }
        };
        of_side.map(one).collect()
    }

    fn grid(&self, svg: &mut String, frame: &Frame, left: &Scale, right: Option<&Scale>, width: f64) {
        for tick in &left.ticks {
            let y = px(frame.y(left, *tick));
            let _ = write!(svg, "<path class=\"grid\" d=\"M{} {y}H{}\"/>", px(frame.left), px(frame.right));
            text(svg, "tick", "end", frame.left - 6.0, frame.y(left, *tick) + 4.0, &short(*tick));
        }
        for tick in right.iter().flat_map(|scale| &scale.ticks) {
            let y = right.map_or(0.0, |scale| frame.y(scale, *tick));
            text(svg, "tick", "start", frame.right + 6.0, y + 4.0, &short(*tick));
        }
        let half = (frame.right - frame.left) / 2.0 - 8.0;
        text(svg, "tick", "start", 2.0, 11.0, &cut(&self.left.label, half));
        text(svg, "tick", "end", width - 2.0, 11.0, &cut(&self.right.label, half));
        #[expect(clippy::cast_possible_truncation, reason = "a number of labels")]
        let most = ((frame.right - frame.left) / 62.0) as i64;
        let zone = &self.zone.1;
        for (at, label) in times(&self.range, self.zone.0, most) {
            let x = frame.x(&self.range, at);
            let _ = write!(svg, "<path class=\"axis\" d=\"M{} {}v4\"/>", px(x), px(frame.bottom));
            let room = width - text_width(zone) - 8.0;
            if x > 16.0 && x + 18.0 < room {
                text(svg, "tick", "middle", x, frame.bottom + 16.0, &label);
            }
        }
        text(svg, "tick", "end", width - 2.0, frame.bottom + 16.0, zone);
        let _ =
            write!(svg, "<path class=\"axis\" d=\"M{} {}H{}\"/>", px(frame.left), px(frame.bottom), px(frame.right));
    }

    fn bands(&self, svg: &mut String, frame: &Frame, left: &Scale, right: &Scale) {
        for line in &self.horizontal {
            let scale = if line.is_right { right } else { left };
            let Some(to) = line.to else { continue };
            let (one, other) = (frame.y(scale, line.value), frame.y(scale, to));
            let corner = (frame.left, one.min(other));
            band(svg, line.colour, corner, (frame.right - frame.left, (one - other).abs()));
        }
        for line in &self.vertical {
            let Some(to) = line.to_ms else { continue };
            let (one, other) = (frame.x(&self.range, line.at_ms), frame.x(&self.range, to));
            let corner = (one.min(other), frame.top);
            band(svg, line.colour, corner, ((one - other).abs(), frame.bottom - frame.top));
        }
    }

    fn lines(&self, svg: &mut String, frame: &Frame, left: &Scale, right: &Scale) {
        for line in &self.horizontal {
            let scale = if line.is_right { right } else { left };
            if line.value < scale.low || line.value > scale.high {
                continue;
            }
            let y = frame.y(scale, line.value);
            let (from, to, class) = (px(frame.left), px(frame.right), line.colour);
            let _ = write!(
                svg,
                "<path class=\"annotation c{class}\" stroke=\"currentColor\" d=\"M{from} {}H{to}\"/>",
                px(y)
            );
            let above = if y > frame.top + 14.0 { y - 4.0 } else { y + 12.0 };
            text(svg, "note", "end", frame.right - 4.0, above, &cut(&line.label, frame.right - frame.left - 8.0));
        }
        let mut under = 0.0;
        for line in &self.vertical {
            if line.at_ms < self.range.start_ms || line.at_ms > self.range.end_ms {
                continue;
            }
            let x = frame.x(&self.range, line.at_ms);
            let (top, bottom, class) = (px(frame.top), px(frame.bottom), line.colour);
            let _ = write!(
                svg,
                "<path class=\"annotation c{class}\" stroke=\"currentColor\" d=\"M{} {top}V{bottom}\"/>",
                px(x)
            );
            let is_late = x > f64::midpoint(frame.left, frame.right);
            let (anchor, at) = if is_late { ("end", x - 4.0) } else { ("start", x + 4.0) };
            let room = if is_late { x - frame.left } else { frame.right - x } - 8.0;
            text(svg, "note", anchor, at, frame.top + 11.0 + under, &cut(&line.label, room));
            // Labels of neighbours stand under each other.
            under = (under + 13.0) % 39.0;
        }
    }

    /// A series: lines where its points follow on each other, dots where one stands alone.
    fn line(&self, svg: &mut String, frame: &Frame, scale: &Scale, drawn: &Drawn<'_>) {
        let series = drawn.series;
        let gap = series.period_ms.max(thinned_step(&self.range, self.most)).saturating_mul(3) / 2;
        let place = |(at, _, value): &(i64, f64, f64)| (frame.x(&self.range, *at), frame.y(scale, *value));
        let (mut path, mut area, mut dots) = (String::new(), String::new(), String::new());
        let follows = |one: &(i64, f64, f64), other: &(i64, f64, f64)| other.0.saturating_sub(one.0) <= gap;
        for run in drawn.points.chunk_by(follows) {
            for (at, point) in run.iter().enumerate() {
                let (x, y) = place(point);
                let _ = write!(path, "{}{} {}", if at == 0 { 'M' } else { 'L' }, px(x), px(y));
            }
            if let [point] = run {
                let (x, y) = place(point);
                let _ = write!(dots, "<circle cx=\"{}\" cy=\"{}\" r=\"3\"/>", px(x), px(y));
            }
            if self.is_stacked && run.len() > 1 {
                for (at, point) in run.iter().enumerate() {
                    let (x, y) = place(point);
                    let _ = write!(area, "{}{} {}", if at == 0 { 'M' } else { 'L' }, px(x), px(y));
                }
                for (at, from, _) in run.iter().rev() {
                    let _ = write!(area, "L{} {}", px(frame.x(&self.range, *at)), px(frame.y(scale, *from)));
                }
                area.push('Z');
            }
        }
        if path.is_empty() {
            return;
        }
        let _ = write!(svg, "<g class=\"c{}\"><title>{}</title>", series.colour, escape(&series.label));
        if !area.is_empty() {
            let _ = write!(svg, "<path class=\"area\" fill=\"currentColor\" fill-opacity=\"0.3\" d=\"{area}\"/>");
        }
        let dash = DASHES.get(series.dash).copied().unwrap_or_default();
        let dash = if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
        let _ = write!(
            svg,
            "<path class=\"series\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"{dash} d=\"{path}\"/>"
        );
        if !dots.is_empty() {
            let _ = write!(svg, "<g class=\"dots\" fill=\"currentColor\">{dots}</g>");
        }
        svg.push_str("</g>");
    }
}

/// The distance of points where there are as many as there may be.
fn thinned_step(range: &Range, most: usize) -> i64 {
    range.end_ms.saturating_sub(range.start_ms) / i64::try_from(most.max(2) / 2).unwrap_or(i64::MAX)
        * i64::from(most < 1440)
}

/// At most so many points: of each part of a longer series its lowest and its highest.
fn thinned(points: Vec<(i64, f64, f64)>, most: usize) -> Vec<(i64, f64, f64)> {
    if points.len() <= most.max(4) {
        return points;
    }
    let size = points.len().div_ceil(most.max(4) / 2);
    let mut kept = Vec::with_capacity(most);
    for part in points.chunks(size) {
        let low = part.iter().min_by(|one, other| one.2.total_cmp(&other.2));
        let high = part.iter().max_by(|one, other| one.2.total_cmp(&other.2));
        let mut pair: Vec<(i64, f64, f64)> = low.into_iter().chain(high).copied().collect();
        pair.sort_by_key(|(at, ..)| *at);
        pair.dedup_by_key(|(at, ..)| *at);
        kept.append(&mut pair);
    }
    kept
}

fn band(svg: &mut String, colour: usize, (x, y): (f64, f64), (width, height): (f64, f64)) {
    let _ = write!(
        svg,
        "<rect class=\"band c{colour}\" fill=\"currentColor\" fill-opacity=\"0.15\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        px(x),
        px(y),
        px(width),
        px(height)
    );
}

/// The beginning of a picture with its name.
pub(super) fn head(class: &str, name: &str, width: f64, height: f64) -> String {
    format!(
        "<svg class=\"{class}\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\" font-size=\"11\">",
        escape(name),
        px(width),
        px(height)
    )
}

pub(super) fn text(svg: &mut String, class: &str, anchor: &str, x: f64, y: f64, text: &str) {
    if !text.is_empty() {
        let (x, y) = (px(x), px(y));
        let _ =
            write!(svg, "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{y}\">{}</text>", escape(text));
    }
}

/// A place with at most one digit behind the point.
pub(super) fn px(at: f64) -> String {
    let text = format!("{:.1}", if at.is_finite() { at } else { 0.0 });
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A line as a small picture for a legend.
pub(super) fn swatch(series: &Series) -> String {
    let dash = DASHES.get(series.dash).copied().unwrap_or_default();
    let dash = if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
    format!(
        "<svg class=\"swatch c{}\" viewBox=\"0 0 28 8\" width=\"28\" height=\"8\" aria-hidden=\"true\"><path fill=\"none\" \
         stroke=\"currentColor\" stroke-width=\"3\"{dash} d=\"M0 4H28\"/></svg>",
        series.colour
    )
}

/// A series as a small line without axes.
pub(super) fn sparkline(series: &Series, range: &Range) -> Option<String> {
    if series.points.len() < 2 {
        return None;
    }
    let values = || series.points.iter().map(|(_, value)| *value);
    let scale =
        Scale { low: values().fold(f64::MAX, f64::min), high: values().fold(f64::MIN, f64::max), ticks: Vec::new() };
    let scale = if scale.low < scale.high { scale } else { Scale::of(values(), None, None) };
    let frame = Frame { left: 1.0, right: 119.0, top: 2.0, bottom: 26.0 };
    let points = thinned(series.points.iter().map(|(at, value)| (*at, *value, *value)).collect(), 120);
    let gap = series.period_ms.saturating_mul(3) / 2;
    let mut path = String::new();
    let mut before = None;
    for (time, _, value) in &points {
        let (x, y) = (px(frame.x(range, *time)), px(frame.y(&scale, *value)));
        let follows = before.is_some_and(|before| time.saturating_sub(before) <= gap);
        let _ = write!(path, "{}{x} {y}", if follows { 'L' } else { 'M' });
        before = Some(*time);
    }
    Some(format!(
        "<svg class=\"sparkline c{}\" viewBox=\"0 0 120 28\" aria-hidden=\"true\"><path fill=\"none\" stroke=\"currentColor\" \
         stroke-width=\"2\" d=\"{path}\"/></svg>",
        series.colour
    ))
}
