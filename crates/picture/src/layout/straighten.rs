//! Takes corners out of lines where there is room: the mean of four alignments leaves small steps.
#![expect(clippy::indexing_slicing, reason = "vertices are numbered by `rows`, and every table has one entry for each")]

use std::collections::BTreeSet;

use super::ports::Ports;
use super::rows::{Link, Rows, distance};

/// How often all links are gone through.
const ROUNDS: usize = 4;
/// A step that is taken out also where several lines come together.
const SMALL_STEP: i64 = 24;
/// The most vertices that are moved at once.
const LARGEST_BLOCK: usize = 600;

/// Moves vertices with all that stands straight above and below them, where their rows have room for it.
pub(super) fn straighten(rows: &Rows, ports: &Ports, middles: &mut [i64]) {
    let mut block = Block::new(rows, ports, middles);
    for _ in 0..ROUNDS {
        let mut moved = false;
        for link in &rows.links {
            let step = block.step(link);
            if step == 0 || (!block.is_alone(link) && step.abs() > SMALL_STEP) {
                continue;
            }
            moved |= block.try_move(link.lower, link.upper, step) || block.try_move(link.upper, link.lower, -step);
        }
        if !moved {
            break;
        }
    }
}

struct Block<'r> {
    rows: &'r Rows,
    ports: &'r Ports,
    middles: &'r mut [i64],
    /// Links of each vertex.
    links: Vec<Vec<usize>>,
    /// Neighbours in the row.
    left: Vec<Option<usize>>,
    right: Vec<Option<usize>>,
}

impl<'r> Block<'r> {
    fn new(rows: &'r Rows, ports: &'r Ports, middles: &'r mut [i64]) -> Self {
        let count = rows.vertices.len();
        let mut block = Self {
            rows,
            ports,
            middles,
            links: vec![Vec::new(); count],
            left: vec![None; count],
            right: vec![None; count],
        };
        for (at, link) in rows.links.iter().enumerate() {
            block.links[link.upper].push(at);
            block.links[link.lower].push(at);
        }
        for row in &rows.in_order {
            for (left, right) in row.iter().zip(row.iter().skip(1)) {
                block.right[*left] = Some(*right);
                block.left[*right] = Some(*left);
            }
        }
        block
    }

    /// How far the lower vertex would have to go for the link to be straight.
    fn step(&self, link: &Link) -> i64 {
        self.middles[link.upper] + self.ports.offset(link) - self.middles[link.lower]
    }

    /// Whether no other line of its kind meets the link at either end.
    fn is_alone(&self, link: &Link) -> bool {
        let others = |vertex: usize, is_same: fn(&Link, &Link) -> bool| {
            self.links[vertex]
                .iter()
                .map(|at| &self.rows.links[*at])
                .filter(|it| is_same(it, link) && it.aside == link.aside)
                .count()
        };
        others(link.upper, |it, link| it.upper == link.upper) == 1
            && others(link.lower, |it, link| it.lower == link.lower) == 1
    }

    /// Moves what hangs straight on a vertex, unless `other` is part of it or something is in the way.
    fn try_move(&mut self, vertex: usize, other: usize, step: i64) -> bool {
        let mut members = BTreeSet::from([vertex]);
        let mut stack = vec![vertex];
        while let Some(at) = stack.pop() {
            for link in self.links[at].iter().map(|link| &self.rows.links[*link]) {
                if self.step(link) != 0 {
                    continue;
                }
                let next = if link.upper == at { link.lower } else { link.upper };
                if members.insert(next) {
                    stack.push(next);
                }
            }
            if members.len() > LARGEST_BLOCK {
                return false;
            }
        }
        let fits = |at: &usize| {
            let ahead = if step > 0 { self.right[*at] } else { self.left[*at] };
            ahead.is_none_or(|ahead| {
                let room = (self.middles[ahead] - self.middles[*at]).abs() - distance(self.rows, *at, ahead);
                members.contains(&ahead) || room >= step.abs()
            })
        };
        if members.contains(&other) || !members.iter().all(fits) {
            return false;
        }
        for at in members {
            self.middles[at] += step;
        }
        true
    }
}
