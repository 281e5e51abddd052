//! Bars, histograms and ranges as SVG. Colours are classes of the page's style sheet; every figure stands there as text, too.

use std::fmt::Write as _;

use crate::escape;
use crate::measure::SMALL;

/// The width of a chart.
const WIDTH: i64 = 640;
/// The height of a row.
const ROW: i64 = 20;
/// The widest label.
const LABEL: i64 = 200;
/// Half of the longest text below a bar.
const EDGE: i64 = 40;
/// The height of a histogram's bars.
const TALL: i64 = 120;

/// A row of horizontal bars.
pub struct Bar<'a> {
    /// What is counted.
    pub label: &'a str,
    /// How many.
    pub count: u64,
}

/// A row of ranges: median, 95th and 99th percentile in milliseconds.
pub struct Range<'a> {
    /// What took that long.
    pub label: &'a str,
    /// The three, in this order.
    pub ms: [u64; 3],
}

/// Horizontal bars, each with its figure.
pub fn bars(title: &str, bars: &[Bar<'_>]) -> String {
    let labels: Vec<String> = bars.iter().map(|bar| cut(bar.label)).collect();
    let left = widest(&labels);
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0);
    let mut svg = head(title, rows(bars.len()));
    for ((at, bar), label) in (0_i64..).zip(bars).zip(&labels) {
        let (y, length) = (at * ROW, scaled(bar.count, most, WIDTH - left - 90));
        text(&mut svg, "end", left - 8, y + 14, label);
        let _ =
            write!(svg, "<rect class=\"bar\" x=\"{left}\" y=\"{}\" width=\"{length}\" height=\"{}\"/>", y + 3, ROW - 6);
        text(&mut svg, "start", left + length + 6, y + 14, &bar.count.to_string());
    }
    svg + "</svg>"
}

/// How many executions took how long: the longest of each bar in milliseconds, and how many.
pub fn histogram(title: &str, buckets: &[(u64, u64)]) -> String {
    let most = buckets.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let mut svg = head(title, TALL + 40);
    let step = WIDTH / i64::try_from(buckets.len().max(1)).unwrap_or(1);
    let every = buckets.len().div_ceil(8).max(1);
    for ((at, x), (up_to, count)) in (0_usize..).zip((0_i64..).map(|at| at * step)).zip(buckets) {
        let height = scaled(*count, most, TALL);
        let (y, width) = (20 + TALL - height, step - 2);
        let _ = write!(svg, "<rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
        if *count > 0 {
            text(&mut svg, "middle", x + step / 2, y - 4, &count.to_string());
        }
        if at.is_multiple_of(every) {
            // The first and the last would be cut off at the picture's edges.
            let (anchor, x) = match x + step / 2 {
                x if x < EDGE => ("start", 0),
                x if x > WIDTH - EDGE => ("end", WIDTH),
                x => ("middle", x),
            };
            text(&mut svg, anchor, x, TALL + 35, &format!("≤ {}", duration(*up_to)));
        }
    }
    svg + "</svg>"
}

/// From the median to the 99th percentile, with a tick at the 95th.
pub fn ranges(title: &str, ranges: &[Range<'_>]) -> String {
    let labels: Vec<String> = ranges.iter().map(|range| cut(range.label)).collect();
    let left = widest(&labels);
    let most = ranges.iter().flat_map(|range| range.ms).max().unwrap_or(0);
    let mut svg = head(title, rows(ranges.len()));
    for ((at, range), label) in (0_i64..).zip(ranges).zip(&labels) {
        let y = at * ROW + 10;
        let [median, high, highest] = range.ms.map(|ms| left + scaled(ms, most, WIDTH - left - 190));
        text(&mut svg, "end", left - 8, y + 4, label);
        let _ = write!(
            svg,
            "<path class=\"range\" d=\"M{median} {y}H{highest}M{high} {}V{}\"/><circle class=\"dot\" cx=\"{median}\" cy=\"{y}\" r=\"4\"/>",
            y - 5,
            y + 5
        );
        let figures = range.ms.map(duration).join(" · ");
        text(&mut svg, "start", highest + 8, y + 4, &figures);
    }
    svg + "</svg>"
}

/// How many of each verdict, as one bar; the figures stand beside it.
pub fn shares(parts: &[(&str, u64)]) -> String {
    let total: u64 = parts.iter().map(|(_, count)| count).sum();
    let mut svg =
        "<svg class=\"shares\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">".to_owned();
    let mut x = 0;
    for (class, count) in parts.iter().filter(|(_, count)| *count > 0) {
        let width = scaled(*count, total, 100).max(1);
        let _ = write!(svg, "<rect class=\"{class}\" x=\"{x}\" width=\"{width}\" height=\"10\"/>");
        x += width;
    }
    svg + "</svg>"
}

/// `3 ms`, `1.2 s`, `2 min 5 s`.
pub fn duration(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

fn head(title: &str, height: i64) -> String {
    format!(
        "<svg class=\"chart\" role=\"img\" aria-label=\"{}\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">",
        escape(title)
    )
}

fn text(svg: &mut String, anchor: &str, x: i64, y: i64, text: &str) {
    let _ = write!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>", escape(text));
}

fn rows(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(0) * ROW
}

fn scaled(count: u64, most: u64, length: i64) -> i64 {
    let scaled = u128::from(count) * u128::try_from(length.max(0)).unwrap_or(0) / u128::from(most.max(1));
    i64::try_from(scaled).unwrap_or(0)
}

fn widest(labels: &[String]) -> i64 {
    labels.iter().map(|label| SMALL.width(label)).max().unwrap_or(0) + 16
}

/// A label that is not wider than all labels may be.
fn cut(label: &str) -> String {
    SMALL.wrap(label, LABEL, 1).into_iter().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_beside_what_is_drawn() {
        let svg = bars("Outcomes", &[Bar { label: "<b>&", count: 40 }, Bar { label: "FAILED", count: 0 }]);
        assert!(
            svg.contains(">&lt;b&gt;&amp;</text>") && svg.contains(">40</text>") && svg.contains(">0</text>"),
            "{svg}"
        );
        let svg = ranges("States", &[Range { label: "Validate", ms: [120, 1_500, 61_000] }]);
        assert!(svg.contains("120 ms · 1.5 s · 1 min 1 s"), "{svg}");
        let svg = histogram("Durations", &[(100, 3), (200, 0)]);
        assert!(svg.contains("≤ 100 ms") && svg.contains(">3</text>"), "{svg}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(!bars("none", &[]).contains("<rect"));
        assert!(!histogram("none", &[]).contains("<rect"));
        assert!(!shares(&[("p", 0)]).contains("<rect"));
    }
}
