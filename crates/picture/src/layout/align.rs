//! The place of each vertex in its row, after Brandes and Köpf, "Fast and simple horizontal coordinate assignment" (2001).
//!
//! Vertices are put under one another in blocks, four times: from above and below, from the left and the right. The mean of the two
//! middle ones of the four places keeps the distances within a row, because each of the four does.
#![expect(clippy::indexing_slicing, reason = "vertices are numbered by `rows`, and every table has one entry for each")]

use std::collections::BTreeSet;

use super::ports::Ports;
use super::rows::{LinkKind, Rows, distance};
use super::straighten::straighten;

/// The middle of each vertex, no vertex reaching below 0.
pub(super) fn align(rows: &Rows, ports: &Ports) -> Vec<i64> {
    let pulls = Pulls::of(rows);
    let conflicts = conflicts(rows, &pulls);
    let mut candidates = Vec::with_capacity(4);
    for from_below in [false, true] {
        for from_right in [false, true] {
            let view = View::of(rows, &pulls, from_below, from_right);
            let mut middles = view.compact(rows, &view.blocks(&conflicts));
            if from_right {
                for middle in &mut middles {
                    *middle = -*middle;
                }
            }
            candidates.push(middles);
        }
    }
    let mut middles = balance(rows, candidates);
    straighten(rows, ports, &mut middles);
    let left = reach(rows, &middles).0;
    for middle in &mut middles {
        *middle -= left;
    }
    middles
}

/// How far the vertices reach.
pub(super) fn reach(rows: &Rows, middles: &[i64]) -> (i64, i64) {
    let in_rows = || rows.in_order.iter().flatten();
    let left = in_rows().map(|at| middles[*at] - rows.vertices[*at].size.across / 2).min();
    let right = in_rows().map(|at| middles[*at] + (rows.vertices[*at].size.across + 1) / 2).max();
    (left.unwrap_or_default(), right.unwrap_or_default())
}

/// Whom each vertex would like to stand under or over, in the order of the row.
struct Pulls {
    upper: Vec<Vec<usize>>,
    lower: Vec<Vec<usize>>,
    inner: BTreeSet<(usize, usize)>,
}

impl Pulls {
    fn of(rows: &Rows) -> Self {
        let count = rows.vertices.len();
        let mut place = vec![0; count];
        for row in &rows.in_order {
            for (at, vertex) in row.iter().enumerate() {
                place[*vertex] = at;
            }
        }
        let (mut upper, mut lower) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        let mut inner = BTreeSet::new();
        for link in &rows.links {
            let strength = (link.kind != LinkKind::Inner, link.aside);
            upper[link.lower].push((strength, place[link.upper], link.upper));
            lower[link.upper].push((strength, place[link.lower], link.lower));
            if link.kind == LinkKind::Inner {
                inner.insert((link.upper, link.lower));
            }
        }
        // Only the strongest pull; the sort leaves them in the order of the row.
        let strongest = |mut near: Vec<((bool, bool), usize, usize)>| {
            near.sort_unstable();
            let first = near.first().map(|(strength, _, _)| *strength);
            near.into_iter().filter(|(strength, _, _)| Some(*strength) == first).map(|(_, _, vertex)| vertex).collect()
        };
        Self {
            upper: upper.into_iter().map(strongest).collect(),
            lower: lower.into_iter().map(strongest).collect(),
            inner,
        }
    }
}

/// Pairs of an upper and a lower vertex that would cross the straight part of a line, and must not be put under one another.
fn conflicts(rows: &Rows, pulls: &Pulls) -> BTreeSet<(usize, usize)> {
    let mut found = BTreeSet::new();
    for (above, below) in rows.in_order.iter().zip(rows.in_order.iter().skip(1)) {
        let mut place = std::collections::BTreeMap::new();
        place.extend(above.iter().enumerate().map(|(at, vertex)| (*vertex, at)));
        let position = |vertex: &usize| place.get(vertex).copied().unwrap_or_default();
        let mut left = 0;
        let mut scanned = 0;
        for (at, vertex) in below.iter().enumerate() {
            let inner = pulls.upper[*vertex].iter().find(|upper| pulls.inner.contains(&(**upper, *vertex)));
            if inner.is_none() && at + 1 < below.len() {
                continue;
            }
            let right = inner.map_or(above.len(), position);
            for lower in &below[scanned..=at] {
                for upper in &pulls.upper[*lower] {
                    let crosses = position(upper) < left || position(upper) > right;
                    if crosses && !pulls.inner.contains(&(*upper, *lower)) {
                        found.insert((*upper, *lower));
                    }
                }
            }
            scanned = at + 1;
            left = right;
        }
    }
    found
}

/// The rows, seen from one of the four sides: always read downwards and from the left.
struct View<'r> {
    rows: Vec<Vec<usize>>,
    place: Vec<usize>,
    near: &'r [Vec<usize>],
    from_below: bool,
}

/// Vertices that stand under one another: `root` names the block each belongs to.
struct Blocks {
    root: Vec<usize>,
}

impl<'r> View<'r> {
    fn of(rows: &Rows, pulls: &'r Pulls, from_below: bool, from_right: bool) -> Self {
        let mut turned = rows.in_order.clone();
        if from_below {
            turned.reverse();
        }
        if from_right {
            for row in &mut turned {
                row.reverse();
            }
        }
        let mut place = vec![0; rows.vertices.len()];
        for row in &turned {
            for (at, vertex) in row.iter().enumerate() {
                place[*vertex] = at;
            }
        }
        let near = if from_below { &pulls.lower } else { &pulls.upper };
        Self { rows: turned, place, near, from_below }
    }

    fn blocks(&self, conflicts: &BTreeSet<(usize, usize)>) -> Blocks {
        let count = self.place.len();
        let mut root: Vec<usize> = (0..count).collect();
        // Whether a vertex has one under it already.
        let mut taken = vec![false; count];
        for row in &self.rows {
            let mut passed: Option<usize> = None;
            for vertex in row {
                let mut near: Vec<usize> = self.near[*vertex].clone();
                near.sort_unstable_by_key(|other| self.place[*other]);
                let Some(last) = near.len().checked_sub(1) else { continue };
                let mut is_free = true;
                for other in &near[last / 2..=last.div_ceil(2)] {
                    let pair = if self.from_below { (*vertex, *other) } else { (*other, *vertex) };
                    let beyond = passed.is_none_or(|passed| passed < self.place[*other]);
                    if is_free && beyond && !taken[*other] && !conflicts.contains(&pair) {
                        root[*vertex] = root[*other];
                        taken[*other] = true;
                        passed = Some(self.place[*other]);
                        is_free = false;
                    }
                }
            }
        }
        Blocks { root }
    }

    /// Puts the blocks as far left as their distances let them, then those that can stand nearer to their right neighbours there.
    fn compact(&self, rows: &Rows, blocks: &Blocks) -> Vec<i64> {
        let count = self.place.len();
        let mut after: Vec<Vec<(usize, i64)>> = vec![Vec::new(); count];
        let mut before: Vec<Vec<(usize, i64)>> = vec![Vec::new(); count];
        for row in &self.rows {
            for (left, right) in row.iter().zip(row.iter().skip(1)) {
                let gap = distance(rows, *left, *right);
                let (left, right) = (blocks.root[*left], blocks.root[*right]);
                after[left].push((right, gap));
                before[right].push((left, gap));
            }
        }
        let order = sorted(&after, &before);
        let mut middles = vec![0_i64; count];
        for at in &order {
            middles[*at] = before[*at].iter().map(|(left, gap)| middles[*left] + gap).max().unwrap_or_default();
        }
        for at in order.iter().rev() {
            let room = after[*at].iter().map(|(right, gap)| middles[*right] - gap).min();
            if let Some(room) = room {
                middles[*at] = middles[*at].max(room);
            }
        }
        (0..count).map(|at| middles[blocks.root[at]]).collect()
    }
}

/// Blocks in an order in which each comes after those left of it.
fn sorted(after: &[Vec<(usize, i64)>], before: &[Vec<(usize, i64)>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..after.len()).filter(|at| waiting[*at] == 0).collect();
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        next += 1;
        for (right, _) in &after[at] {
            waiting[*right] -= 1;
            if waiting[*right] == 0 {
                order.push(*right);
            }
        }
    }
    order
}

/// The four results moved onto the narrowest of them, and of each vertex's four places the mean of the two middle ones.
fn balance(rows: &Rows, mut candidates: Vec<Vec<i64>>) -> Vec<i64> {
    let reaches: Vec<(i64, i64)> = candidates.iter().map(|middles| reach(rows, middles)).collect();
    let narrowest = reaches.iter().min_by_key(|(left, right)| right - left).copied().unwrap_or_default();
    for (at, (middles, (left, right))) in candidates.iter_mut().zip(&reaches).enumerate() {
        let from_right = at % 2 == 1;
        let shift = if from_right { narrowest.1 - right } else { narrowest.0 - left };
        for middle in middles {
            *middle += shift;
        }
    }
    (0..rows.vertices.len())
        .map(|at| {
            let mut places: Vec<i64> = candidates.iter().map(|middles| middles[at]).collect();
            places.sort_unstable();
            match places.as_slice() {
                [_, one, other, _] => (one + other).div_euclid(2),
                _ => 0,
            }
        })
        .collect()
}
