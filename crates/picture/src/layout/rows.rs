//! Rows of vertices: boxes in every second row, and in each row that a line passes a vertex for the line or its label.
//!
//! Lines to the same box share their vertices once each has passed its label: twenty catchers of one handler are one line at its end.
#![expect(
    clippy::indexing_slicing,
    reason = "vertices are numbered by this file, and every table has one entry for each"
)]

use std::collections::{BTreeMap, BTreeSet};

use super::rank::{Ranks, rank};
use super::wiring::{Size, Wiring};

/// Between two boxes, and between a line and what stands beside it.
const BOX_DISTANCE: i64 = 28;
const LINE_DISTANCE: i64 = 16;

/// A place in a row that is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vertex {
    pub row: usize,
    pub size: Size,
    /// Whether it is there for a line and not a box.
    pub is_line: bool,
}

/// All rows.
pub(super) struct Rows {
    /// The boxes first, by the same numbers.
    pub vertices: Vec<Vertex>,
    /// Vertices of each row in their order.
    pub in_order: Vec<Vec<usize>>,
    pub links: Vec<Link>,
    /// The vertices each line passes from the box it leaves to the box it enters, without these.
    pub passed: Vec<Vec<usize>>,
    /// Whether the line leads back.
    pub back: Vec<bool>,
}

/// A stretch of lines between two neighbouring rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub upper: usize,
    pub lower: usize,
    pub aside: bool,
    pub kind: LinkKind,
}

/// What a link has to say when vertices are put under one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkKind {
    /// Between two vertices of one line: shall be straight.
    Inner,
    /// Between a box and a line, or where a line joins another.
    Outer,
    /// Not drawn: keeps the ends of a line that leads back near its boxes.
    Tie,
}

/// A box's row.
fn row_of(rank: usize) -> usize {
    2 * rank + 1
}

struct Builder<'w> {
    wiring: &'w Wiring,
    rows: Rows,
    /// Vertices that lines share, by the box they lead to, whether they stand aside, whether they lead back, and the row.
    shared: BTreeMap<(usize, bool, bool, usize), usize>,
    linked: BTreeSet<(usize, usize)>,
}

impl Rows {
    /// Ranks the boxes and puts vertices where lines pass.
    pub(super) fn new(wiring: &Wiring) -> Self {
        let Ranks { of_boxes: ranks, back, met } = rank(wiring);
        let last = ranks.iter().copied().max().unwrap_or_default();
        let boxes = wiring.boxes.iter().zip(&ranks);
        let vertices = boxes.map(|(size, rank)| Vertex { row: row_of(*rank), size: *size, is_line: false }).collect();
        let rows = Self {
            vertices,
            in_order: vec![Vec::new(); row_of(last) + 2],
            links: Vec::new(),
            passed: Vec::new(),
            back,
        };
        let mut builder = Builder { wiring, rows, shared: BTreeMap::new(), linked: BTreeSet::new() };
        for wire in 0..wiring.wires.len() {
            let passed = if builder.rows.back[wire] { builder.backward(wire) } else { builder.forward(wire) };
            builder.rows.passed.push(passed);
        }
        builder.fill(&met);
        builder.rows
    }
}

impl Builder<'_> {
    /// A line with the flow: its label stands right below the box it leaves.
    fn forward(&mut self, at: usize) -> Vec<usize> {
        let wire = self.wiring.wires[at];
        let (first, last) = (self.rows.vertices[wire.from].row, self.rows.vertices[wire.to].row);
        let own = self.vertex(first + 1, wire.label.unwrap_or_default());
        let mut passed = vec![own];
        passed.extend((first + 2..last).map(|row| self.shared(wire.to, wire.aside, false, row)));
        self.link(wire.from, own, wire.aside, LinkKind::Outer);
        for (at, (upper, lower)) in passed.iter().zip(passed.iter().skip(1)).enumerate() {
            self.link(*upper, *lower, wire.aside, if at == 0 { LinkKind::Outer } else { LinkKind::Inner });
        }
        self.link(passed.last().copied().unwrap_or(own), wire.to, wire.aside, LinkKind::Outer);
        passed
    }

    /// A line against the flow: it goes round both its boxes, and its label stands beside the box it leaves.
    fn backward(&mut self, at: usize) -> Vec<usize> {
        let wire = self.wiring.wires[at];
        let (upper, lower) = (self.rows.vertices[wire.to].row, self.rows.vertices[wire.from].row);
        let own = self.vertex(lower, wire.label.unwrap_or_default());
        let mut passed = vec![own];
        passed.extend((upper..lower).rev().map(|row| self.shared(wire.to, wire.aside, true, row)));
        for (at, (lower, upper)) in passed.iter().zip(passed.iter().skip(1)).enumerate() {
            self.link(*upper, *lower, wire.aside, if at == 0 { LinkKind::Outer } else { LinkKind::Inner });
        }
        let (above, below) = (self.vertex(upper - 1, Size::default()), self.vertex(lower + 1, Size::default()));
        self.link(above, wire.to, wire.aside, LinkKind::Tie);
        self.link(above, passed.last().copied().unwrap_or(own), wire.aside, LinkKind::Tie);
        self.link(wire.from, below, wire.aside, LinkKind::Tie);
        self.link(own, below, wire.aside, LinkKind::Tie);
        passed
    }

    fn vertex(&mut self, row: usize, size: Size) -> usize {
        self.rows.vertices.push(Vertex { row, size, is_line: true });
        self.rows.vertices.len() - 1
    }

    fn shared(&mut self, to: usize, aside: bool, back: bool, row: usize) -> usize {
        if let Some(vertex) = self.shared.get(&(to, aside, back, row)) {
            return *vertex;
        }
        let vertex = self.vertex(row, Size::default());
        self.shared.insert((to, aside, back, row), vertex);
        vertex
    }

    fn link(&mut self, upper: usize, lower: usize, aside: bool, kind: LinkKind) {
        if self.linked.insert((upper, lower)) {
            self.rows.links.push(Link { upper, lower, aside, kind });
        }
    }

    /// Puts the vertices into their rows as reading meets them: each box, then what hangs on it.
    fn fill(&mut self, met: &[usize]) {
        let mut lower = vec![Vec::new(); self.rows.vertices.len()];
        let mut upper = vec![Vec::new(); self.rows.vertices.len()];
        for aside in [false, true] {
            for link in self.rows.links.iter().filter(|link| link.aside == aside) {
                lower[link.upper].push(link.lower);
                upper[link.lower].push(link.upper);
            }
        }
        let mut seen = vec![false; self.rows.vertices.len()];
        for &root in met {
            let mut stack = vec![root];
            while let Some(at) = stack.pop() {
                if std::mem::replace(&mut seen[at], true) {
                    continue;
                }
                self.rows.in_order[self.rows.vertices[at].row].push(at);
                // The far side of a loop is not below anything; it stands right of all that is.
                let is_line = |next: &&usize| self.rows.vertices[**next].is_line && !seen[**next];
                stack.extend(upper[at].iter().rev().filter(is_line));
                stack.extend(lower[at].iter().rev().filter(|next| !seen[**next]));
            }
        }
    }
}

/// Takes the vertices out that are only there for the order.
pub(super) fn drop_ties(rows: &mut Rows) {
    let mut drawn = vec![false; rows.vertices.len()];
    drawn
        .iter_mut()
        .take(rows.vertices.iter().filter(|vertex| !vertex.is_line).count())
        .for_each(|drawn| *drawn = true);
    for at in rows.passed.iter().flatten() {
        drawn[*at] = true;
    }
    for row in &mut rows.in_order {
        row.retain(|vertex| drawn[*vertex]);
    }
    rows.links.retain(|link| link.kind != LinkKind::Tie);
}

/// The distance two neighbours of a row keep between their middles.
pub(super) fn distance(rows: &Rows, left: usize, right: usize) -> i64 {
    let (left, right) = (rows.vertices[left], rows.vertices[right]);
    let between = if left.is_line || right.is_line { LINE_DISTANCE } else { BOX_DISTANCE };
    // Rounded up on both sides, so that odd sizes keep their distance as well.
    (left.size.across + 1) / 2 + (right.size.across + 1) / 2 + between
}
