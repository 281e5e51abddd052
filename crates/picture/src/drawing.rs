//! Everything of a picture with its place, in pixels from the upper left corner.

use labctl_asl::EdgeKind;

/// A place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    pub x: i64,
    pub y: i64,
}

/// An area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rect {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
}

/// A whole picture, or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawing {
    pub width: i64,
    pub height: i64,
    /// Outer ones before what is inside them.
    pub boxes: Vec<StateBox>,
    pub markers: Vec<Marker>,
    pub lines: Vec<Line>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StateBox {
    /// Its place in the outline.
    pub state: usize,
    pub rect: Rect,
    /// Where its name stands: the whole box, or the head of a frame.
    pub head: Rect,
    pub name: Vec<String>,
    pub notes: Vec<String>,
    /// How often it is retried, and where that stands.
    pub retries: Option<(String, Rect)>,
    /// The states inside are drawn in a frame; one area for each branch.
    pub lanes: Vec<Rect>,
    /// A Map's frame looks like a pile of frames.
    pub piled: bool,
    /// Nothing leads to it.
    pub unreachable: bool,
}

/// Where a scope begins or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub rect: Rect,
    pub kind: MarkerKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkerKind {
    /// The machine's beginning, with the word.
    Start,
    /// A branch's beginning: a dot.
    Dot,
    /// The machine's end, with the word.
    End,
}

/// What a line joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Joint {
    Start,
    State(usize),
    End,
}

/// One or more transitions between the same two states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub from: Joint,
    pub to: Joint,
    pub kinds: Vec<EdgeKind>,
    /// Made of catchers.
    pub caught: bool,
    pub points: Vec<Point>,
    pub label: Option<Label>,
    /// All that the label stands for, uncut.
    pub words: Vec<String>,
}

/// What stands on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub rect: Rect,
    pub lines: Vec<String>,
}

impl Rect {
    fn shift(&mut self, x: i64, y: i64) {
        self.x += x;
        self.y += y;
    }
}

impl Drawing {
    /// Takes in another drawing, its upper left corner at this place.
    pub(super) fn absorb(&mut self, mut other: Self, x: i64, y: i64) {
        for it in &mut other.boxes {
            it.rect.shift(x, y);
            it.head.shift(x, y);
            it.lanes.iter_mut().for_each(|lane| lane.shift(x, y));
            if let Some((_, rect)) = &mut it.retries {
                rect.shift(x, y);
            }
        }
        other.markers.iter_mut().for_each(|marker| marker.rect.shift(x, y));
        for line in &mut other.lines {
            for point in &mut line.points {
                point.x += x;
                point.y += y;
            }
            if let Some(label) = &mut line.label {
                label.rect.shift(x, y);
            }
        }
        self.boxes.append(&mut other.boxes);
        self.markers.append(&mut other.markers);
        self.lines.append(&mut other.lines);
    }
}
