//! The drawing as SVG. <https://www.w3.org/TR/SVG11/>

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::drawing::{Drawing, Joint, Label, Line, Marker, MarkerKind, Point, Rect, StateBox};
use super::measure::{NAME, SMALL};
use super::picture::Picture;
use super::scene::{PADDING, PILE, TILE};
use super::style;
use labctl_asl::OutlineState;

/// The radius of corners of lines, and the length of an arrow's head.
const CORNER: i64 = 6;
const HEAD: i64 = 7;
/// How far the gap around a crossing reaches.
const BRIDGE: i64 = 5;

/// With an anchor, each state is a link to the anchor's name and the state's place in the outline.
pub(super) fn write(picture: &Picture<'_>, drawing: &Drawing, anchor: Option<&str>) -> String {
    let mut svg = Svg { picture, anchor, text: String::new() };
    svg.document(drawing);
    svg.text
}

struct Svg<'p> {
    picture: &'p Picture<'p>,
    anchor: Option<&'p str>,
    text: String,
}

impl Svg<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn document(&mut self, drawing: &Drawing) {
        let (width, height) = (drawing.width, drawing.height);
        let marked = if self.picture.marks.is_some() { " marked" } else { "" };
        let title = escaped(self.picture.title);
        // What is in an image cannot be reached.
        let role = if self.anchor.is_some() { "group" } else { "img" };
        self.line(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"labctl-graph{marked}\" role=\"{role}\" aria-label=\"{title}\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
        ));
        self.line(&format!("<title>{title}</title>"));
        self.line(&format!("<desc>{}</desc>", escaped(&self.description())));
        self.line(&format!("<style>{}</style>", style::sheet()));
        self.line(&format!("<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>"));
        for it in &drawing.boxes {
            self.state(it);
        }
        // Lines of catchers below the others, and where an execution went above both.
        for (caught, taken) in [(true, false), (false, false), (true, true), (false, true)] {
            for line in drawing.lines.iter().filter(|line| line.caught == caught) {
                if self.is_taken(line) == taken {
                    self.path(line);
                }
            }
        }
        for (line, at) in crossings(&drawing.lines) {
            self.bridge(line, at);
        }
        for line in &drawing.lines {
            self.label(line);
        }
        for marker in &drawing.markers {
            self.marker(marker);
        }
        self.line("</svg>");
    }

    /// The machine in words, for those who do not see it.
    fn description(&self) -> String {
        let outline = self.picture.outline;
        let count = outline.states.len();
        let mut words = format!("State machine with {count} {}.", if count == 1 { "state" } else { "states" });
        if let Some(comment) = outline.comment.as_ref().filter(|comment| !comment.is_empty()) {
            words.extend([" ", comment]);
        }
        words
    }

    fn outlined(&self, id: usize) -> Option<&OutlineState> {
        self.picture.outline.states.get(id)
    }

    fn state(&mut self, it: &StateBox) {
        let Some(state) = self.picture.outline.states.get(it.state) else { return };
        let mark = self.picture.marks.and_then(|marks| marks.states.get(&state.name));
        let mut classes = vec!["state".to_owned(), state.state_type.to_lowercase()];
        if it.unreachable {
            classes.push("unreachable".to_owned());
        }
        match mark {
            Some(mark) => classes.extend(["touched".to_owned(), mark.status.word().to_owned()]),
            None if self.picture.marks.is_some() => classes.push("untouched".to_owned()),
            None => {}
        }
        if let Some(anchor) = self.anchor {
            self.line(&format!("<a href=\"#{}{}\">", escaped(anchor), it.state));
        }
        self.line(&format!("<g class=\"{}\">", classes.join(" ")));
        self.line(&format!("<title>{}</title>", escaped(&tooltip(it, state))));
        if it.lanes.is_empty() {
            self.rect("box", it.rect, 8);
        } else {
            if it.piled {
                for step in [PILE, PILE / 2] {
                    self.rect("frame", Rect { x: it.rect.x + step, y: it.rect.y + step, ..it.rect }, 8);
                }
            }
            self.rect("frame box", it.rect, 8);
            for lane in &it.lanes {
                self.rect("lane", *lane, 6);
            }
        }
        let (x, y) = (it.head.x + PADDING, it.head.y + (it.head.height - TILE) / 2);
        self.line(&format!("<rect class=\"tile\" x=\"{x}\" y=\"{y}\" width=\"{TILE}\" height=\"{TILE}\" rx=\"5\"/>"));
        self.line(&format!("<path class=\"icon\" transform=\"translate({x} {y})\" d=\"{}\"/>", icon(state)));
        let left = x + TILE + 8;
        let mut base = it.head.y + PADDING + NAME.size - 1;
        for line in &it.name {
            self.words("name", left, base, line);
            base += NAME.line_height();
        }
        for line in &it.notes {
            self.words("note", left, base, line);
            base += SMALL.line_height();
        }
        if let Some((text, rect)) = &it.retries {
            self.line("<g class=\"badge\">");
            self.line(&format!("<title>{}</title>", escaped(&format!("Retry\n{}", state.retries.join("\n")))));
            self.pill(*rect, text);
            self.line("</g>");
        }
        if let Some(mark) = mark {
            self.mark(it, &mark.words());
        }
        self.line("</g>");
        if self.anchor.is_some() {
            self.line("</a>");
        }
    }

    /// What an execution did, on the upper edge of the box.
    fn mark(&mut self, it: &StateBox, words: &str) {
        if words.is_empty() {
            return;
        }
        let height = SMALL.line_height() + 3;
        let width = SMALL.width(words) + 10;
        self.line("<g class=\"mark\">");
        self.pill(Rect { x: it.rect.x + 6, y: it.rect.y - height + 6, width, height }, words);
        self.line("</g>");
    }

    fn pill(&mut self, rect: Rect, text: &str) {
        let radius = rect.height / 2;
        let Rect { x, y, width, height } = rect;
        self.line(&format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>"));
        self.centred("", rect, y + i64::midpoint(height, SMALL.size) - 1, text);
    }

    fn rect(&mut self, class: &str, rect: Rect, radius: i64) {
        let Rect { x, y, width, height } = rect;
        self.line(&format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>"
        ));
    }

    fn words(&mut self, class: &str, x: i64, y: i64, text: &str) {
        self.line(&format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text)));
    }

    fn centred(&mut self, class: &str, rect: Rect, y: i64, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let x = rect.x + rect.width / 2;
        self.line(&format!("<text{class} x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{}</text>", escaped(text)));
    }

    fn joint(&self, joint: Joint) -> &str {
        match joint {
            Joint::Start => "Start",
            Joint::End => "End",
            Joint::State(id) => self.outlined(id).map_or("", |state| state.name.as_str()),
        }
    }

    fn is_taken(&self, line: &Line) -> bool {
        self.picture.marks.is_some_and(|marks| match (line.from, line.to) {
            (Joint::Start, Joint::State(_)) => marks.states.contains_key(self.joint(line.to)),
            (_, Joint::End) => marks.is_last(self.joint(line.from)),
            _ => marks.is_taken(self.joint(line.from), self.joint(line.to), line.caught),
        })
    }

    fn classes(&self, line: &Line) -> String {
        let mut classes = vec!["line"];
        if line.caught {
            classes.push("caught");
        }
        if self.is_taken(line) {
            classes.push("taken");
        } else if self.picture.marks.is_some() {
            classes.push("untouched");
        }
        classes.join(" ")
    }

    fn reported(&self, line: &Line) -> String {
        let ends = format!("{} → {}", self.joint(line.from), self.joint(line.to));
        let what = if line.caught { "\ncaught: " } else { "\n" };
        let words: Vec<String> = line.words.iter().map(|word| format!("{what}{word}")).collect();
        ends + &words.concat()
    }

    fn path(&mut self, line: &Line) {
        // Drawn from its end, so that the dashes of lines that come together fall on one another.
        let mut points: Vec<Point> = line.points.iter().rev().copied().collect();
        let Some((tip, side)) =
            points.first().copied().zip(points.iter().skip(1).find(|it| Some(*it) != points.first()))
        else {
            return;
        };
        let (dx, dy) = ((side.x - tip.x).signum(), (side.y - tip.y).signum());
        if let Some(first) = points.first_mut() {
            *first = Point { x: tip.x + dx * (HEAD - 1), y: tip.y + dy * (HEAD - 1) };
        }
        let head = [
            tip,
            Point { x: tip.x + dx * HEAD + dy * 4, y: tip.y + dy * HEAD + dx * 4 },
            Point { x: tip.x + dx * HEAD - dy * 4, y: tip.y + dy * HEAD - dx * 4 },
        ];
        let head = head.map(|point| format!("{},{}", point.x, point.y)).join(" ");
        let (classes, reported) = (self.classes(line), escaped(&self.reported(line)));
        self.line(&format!("<g class=\"{classes}\">"));
        self.line(&format!("<title>{reported}</title>"));
        self.line(&format!("<path d=\"{}\"/>", rounded(&points)));
        self.line(&format!("<polygon points=\"{head}\"/>"));
        self.line("</g>");
    }

    /// A line passes over another one, which is interrupted there: they do not come together.
    fn bridge(&mut self, line: &Line, at: Point) {
        let (classes, Point { x, y }) = (self.classes(line), at);
        let (top, bottom) = (y - BRIDGE, y + BRIDGE);
        self.line(&format!("<g class=\"{classes}\">"));
        self.line(&format!("<path class=\"gap\" d=\"M{x} {top}V{bottom}\"/>"));
        self.line(&format!("<path class=\"over\" d=\"M{x} {top}V{bottom}\"/>"));
        self.line("</g>");
    }

    fn label(&mut self, line: &Line) {
        let Some(Label { rect, lines }) = &line.label else { return };
        let (classes, reported) = (self.classes(line), escaped(&self.reported(line)));
        self.line(&format!("<g class=\"{classes}\"><g class=\"label\">"));
        self.line(&format!("<title>{reported}</title>"));
        self.rect("", *rect, 4);
        let mut base = rect.y + 3 + SMALL.size;
        for text in lines {
            self.centred("", *rect, base, text);
            base += SMALL.line_height();
        }
        self.line("</g></g>");
    }

    fn marker(&mut self, marker: &Marker) {
        let Rect { x, y, width, height } = marker.rect;
        let word = match marker.kind {
            MarkerKind::Dot => {
                let (cx, cy, r) = (x + width / 2, y + height / 2, width / 2);
                self.line(&format!("<circle class=\"marker\" cx=\"{cx}\" cy=\"{cy}\" r=\"{r}\"/>"));
                return;
            }
            MarkerKind::Start => "Start",
            MarkerKind::End => "End",
        };
        self.rect("marker", marker.rect, height / 2);
        self.centred("name marker-text", marker.rect, y + i64::midpoint(height, NAME.size) - 2, word);
    }
}

/// Everything about a state that its box may have cut.
fn tooltip(it: &StateBox, state: &OutlineState) -> String {
    let mut words = format!("{}\n{}", state.name, state.state_type);
    if let Some(detail) = &state.detail {
        words.extend([": ", detail]);
    }
    if it.unreachable {
        words.push_str("\nno state leads here");
    }
    words
}

/// A line through these points, its corners rounded as far as its stretches are long.
fn rounded(points: &[Point]) -> String {
    let mut path = String::new();
    let Some(first) = points.first() else { return path };
    let _ = write!(path, "M{} {}", first.x, first.y);
    for window in points.windows(3) {
        let [before, corner, after] = window else { continue };
        let length = |from: &Point, to: &Point| (to.x - from.x).abs() + (to.y - from.y).abs();
        let radius = CORNER.min(length(before, corner) / 2).min(length(corner, after) / 2);
        let towards = |other: &Point| Point {
            x: corner.x + (other.x - corner.x).signum() * radius,
            y: corner.y + (other.y - corner.y).signum() * radius,
        };
        let (start, end) = (towards(before), towards(after));
        let _ = write!(path, "L{} {}Q{} {} {} {}", start.x, start.y, corner.x, corner.y, end.x, end.y);
    }
    if let Some(last) = points.last() {
        let _ = write!(path, "L{} {}", last.x, last.y);
    }
    path
}

/// Where a line crosses another that has neither end in common with it: the vertical one of the two, and the place.
///
/// Lines from or to the same state run together on purpose.
fn crossings(lines: &[Line]) -> Vec<(&Line, Point)> {
    let stretches = || lines.iter().flat_map(|line| line.points.windows(2).map(move |ends| (line, ends)));
    let mut level: BTreeMap<i64, Vec<(&Line, i64, i64)>> = BTreeMap::new();
    for (line, ends) in stretches() {
        if let [left, right] = ends
            && left.y == right.y
        {
            level.entry(left.y).or_default().push((line, left.x.min(right.x), left.x.max(right.x)));
        }
    }
    let mut found: BTreeMap<(i64, i64), &Line> = BTreeMap::new();
    for (over, ends) in stretches() {
        let [one, other] = ends else { continue };
        let (top, bottom) = (one.y.min(other.y) + BRIDGE, one.y.max(other.y) - BRIDGE);
        if one.x != other.x || top >= bottom {
            continue;
        }
        for (y, crossed) in level.range(top + 1..bottom) {
            let apart = |under: &Line| under.from != over.from && under.to != over.to;
            let within = |left: i64, right: i64| one.x > left + BRIDGE && one.x < right - BRIDGE;
            if crossed.iter().any(|(under, left, right)| apart(under) && within(*left, *right)) {
                found.entry((*y, one.x)).or_insert(over);
            }
        }
    }
    found.into_iter().map(|((y, x), line)| (line, Point { x, y })).collect()
}

/// A sign of 24 by 24 pixels.
fn icon(state: &OutlineState) -> &'static str {
    match state.state_type {
        "Task" if !state.calls_lambda => "M6 8H18V16H6ZM10 12H14.5M12.5 10 14.5 12 12.5 14",
        "Task" => "M8 17 12 6.5 16.5 17M12.6 9.5 9 17",
        "Choice" => "M12 5.5 18.5 12 12 18.5 5.5 12Z",
        "Wait" => "M12 5.5A6.5 6.5 0 1 0 12.01 5.5ZM12 8.5V12L14.5 13.8",
        "Succeed" => "M6 12.5 10.2 16.7 18 8",
        "Fail" => "M7.5 7.5 16.5 16.5M16.5 7.5 7.5 16.5",
        "Parallel" => "M7.5 6V18M12 6V18M16.5 6V18",
        "Map" => "M6 9.5H14.5V18H6ZM9 6.5H17.5V15",
        _ => "M6.5 7.5 11 12 6.5 16.5M12.5 7.5 17 12 12.5 16.5",
    }
}

/// Text for content and attributes; characters that XML 1.0 forbids are shown as such.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
