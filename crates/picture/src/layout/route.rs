//! The way of each line: straight through its vertices, with corners in the gaps between rows.
//!
//! In a gap, all stretches that come from one box or go to one vertex are a net and share one track. Tracks are put in an order in
//! which few lines cross and none lies on another.
#![expect(clippy::indexing_slicing, reason = "vertices are numbered by `rows`, and every table has one entry for each")]

use std::collections::BTreeMap;

use super::align::{align, reach};
use super::order::order;
use super::ports::Ports;
use super::rows::{Rows, drop_ties};
use super::track::{Net, assign};
use super::wiring::{Place, Placed, Routed, Size, Wire, Wiring, extent};

/// The height of a gap in which nothing bends.
const STRAIGHT: i64 = 14;
/// Above the first track and below the last: room for a corner, and for a corner and an arrow's head.
const ABOVE: i64 = 12;
const BELOW: i64 = 18;
/// Between two tracks.
const TRACK: i64 = 10;

/// What shares a track in a gap: the vertex at which it comes together, and whether it stands aside.
type NetKey = (usize, bool);

/// A line's way through one gap.
#[derive(Clone, Copy, Debug)]
struct Step {
    gap: usize,
    net: NetKey,
    from: End,
    to: End,
}

/// Where a line meets a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Top(i64),
    Bottom(i64),
}

impl End {
    fn across(self) -> i64 {
        match self {
            Self::Top(across) | Self::Bottom(across) => across,
        }
    }
}

/// Lays out boxes and lines. Takes well below a second for a thousand boxes.
pub(crate) fn lay_out(wiring: &Wiring) -> Placed {
    if wiring.boxes.is_empty() {
        return Placed::default();
    }
    let mut rows = Rows::new(wiring);
    order(&mut rows);
    drop_ties(&mut rows);
    let ports = Ports::of(wiring);
    let middles = align(&rows, &ports);
    let steps = Ways { wiring, rows: &rows, middles: &middles, ports: &ports }.steps();
    let mut gaps: Vec<BTreeMap<NetKey, Net>> = vec![BTreeMap::new(); rows.in_order.len()];
    for step in steps.iter().flatten() {
        let net = gaps[step.gap].entry(step.net).or_default();
        for end in [step.from, step.to] {
            match end {
                End::Top(across) => net.tops.push(across),
                End::Bottom(across) => net.bottoms.push(across),
            }
        }
    }
    let levels = gaps.iter_mut().map(assign).collect();
    Picture { wiring, rows: &rows, middles: &middles, gaps, tops: Vec::new(), gap_tops: Vec::new() }
        .draw(&steps, levels)
}

/// The ways of all lines, gap by gap.
struct Ways<'l> {
    wiring: &'l Wiring,
    rows: &'l Rows,
    middles: &'l [i64],
    ports: &'l Ports,
}

impl Ways<'_> {
    fn start(&self, wire: Wire) -> i64 {
        self.middles[wire.from] + if wire.aside { self.ports.leaving[wire.from] } else { 0 }
    }

    fn end(&self, wire: Wire) -> i64 {
        self.middles[wire.to] + if wire.aside { self.ports.entering[wire.to] } else { 0 }
    }

    fn steps(&self) -> Vec<Vec<Step>> {
        let wires = self.wiring.wires.iter().enumerate();
        wires
            .map(|(at, wire)| if self.rows.back[at] { self.backward(at, *wire) } else { self.forward(at, *wire) })
            .collect()
    }

    fn forward(&self, at: usize, wire: Wire) -> Vec<Step> {
        let (start, end) = (self.start(wire), self.end(wire));
        let mut from = (wire.from, start);
        let mut steps = Vec::new();
        let passed = self.rows.passed[at].iter().copied().chain([wire.to]);
        for (gap, vertex) in (self.rows.vertices[wire.from].row..).zip(passed) {
            let across = if vertex == wire.to { end } else { self.middles[vertex] };
            let hub = if from.0 == wire.from { wire.from } else { vertex };
            steps.push(Step { gap, net: (hub, wire.aside), from: End::Top(from.1), to: End::Bottom(across) });
            from = (vertex, across);
        }
        steps
    }

    fn backward(&self, at: usize, wire: Wire) -> Vec<Step> {
        let (start, end) = (self.start(wire), self.end(wire));
        let mut gap = self.rows.vertices[wire.from].row;
        let mut from = End::Top(start);
        let mut steps = Vec::new();
        for (nth, vertex) in self.rows.passed[at].iter().enumerate() {
            let across = self.middles[*vertex];
            // Below its box the line is one of those that leave it; then it joins what the vertex above it shares.
            let hub = if nth == 0 { wire.from } else { *vertex };
            steps.push(Step { gap, net: (hub, wire.aside), from, to: End::Top(across) });
            from = End::Bottom(across);
            gap -= 1;
        }
        steps.push(Step { gap, net: (wire.to, wire.aside), from, to: End::Bottom(end) });
        steps
    }
}

struct Picture<'l> {
    wiring: &'l Wiring,
    rows: &'l Rows,
    middles: &'l [i64],
    gaps: Vec<BTreeMap<NetKey, Net>>,
    tops: Vec<i64>,
    gap_tops: Vec<i64>,
}

impl Picture<'_> {
    fn draw(mut self, steps: &[Vec<Step>], levels: Vec<usize>) -> Placed {
        let mut along = 0;
        let last = self.rows.in_order.len().saturating_sub(1);
        let mut heights = Vec::new();
        for (row, levels) in levels.into_iter().enumerate() {
            let height =
                self.rows.in_order[row].iter().map(|at| self.rows.vertices[*at].size.along).max().unwrap_or_default();
            self.tops.push(along);
            along += height;
            heights.push(height);
            self.gap_tops.push(along);
            along += match levels {
                // Nothing stands above the first row of boxes or below the last.
                0 if row == 0 || row + 1 >= last => 0,
                0 => STRAIGHT,
                levels => ABOVE + extent(levels - 1) * TRACK + BELOW,
            };
        }
        let boxes = (0..self.wiring.boxes.len())
            .map(|at| Place {
                across: self.middles[at] - self.wiring.boxes[at].across / 2,
                along: self.tops[self.rows.vertices[at].row],
            })
            .collect();
        let wires = (0..steps.len())
            .map(|at| Routed { points: self.points(at, &steps[at]), label: self.label(at, &heights) })
            .collect();
        Placed { size: Size { across: reach(self.rows, self.middles).1, along }, boxes, wires }
    }

    fn points(&self, at: usize, steps: &[Step]) -> Vec<Place> {
        let wire = self.wiring.wires[at];
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Vec::new() };
        let mut points = vec![Place {
            across: first.from.across(),
            along: self.tops[self.rows.vertices[wire.from].row] + self.wiring.boxes[wire.from].along,
        }];
        for step in steps.iter().filter(|step| step.from.across() != step.to.across()) {
            let level = self.gaps[step.gap].get(&step.net).map_or(0, |net| net.level);
            let along = self.gap_tops[step.gap] + ABOVE + extent(level) * TRACK;
            points.extend([step.from, step.to].map(|end| Place { across: end.across(), along }));
        }
        points.push(Place { across: last.to.across(), along: self.tops[self.rows.vertices[wire.to].row] });
        points
    }

    /// A label stands at the line's first vertex.
    fn label(&self, at: usize, heights: &[i64]) -> Option<Place> {
        let size = self.wiring.wires[at].label?;
        let vertex = *self.rows.passed[at].first()?;
        let row = self.rows.vertices[vertex].row;
        // Beside its box it stands at the upper end, where the eye is.
        let lower = if row % 2 == 1 { 0 } else { (heights[row] - size.along) / 2 };
        Some(Place { across: self.middles[vertex] - size.across / 2, along: self.tops[row] + lower })
    }
}
