//! The order of each row, such that few lines cross.
#![expect(clippy::indexing_slicing, reason = "vertices are numbered by `rows`, and every table has one entry for each")]

use super::rows::Rows;

/// How often all rows are gone through, down and up in turn: at least, at most, and how many vertices are looked at in all.
const FEWEST_SWEEPS: usize = 4;
const MOST_SWEEPS: usize = 24;
const EFFORT: usize = 120_000;
/// How many sweeps without a better result are enough.
const PATIENCE: usize = 6;

/// Sorts the rows in place; of several orders with as few crossings the first stays, which is that of reading.
pub(super) fn order(rows: &mut Rows) {
    let neighbours = Neighbours::of(rows);
    let mut best = rows.in_order.clone();
    let mut fewest = crossings(&best, &neighbours);
    let mut idle = 0;
    let mut current = best.clone();
    let sweeps = (EFFORT / rows.vertices.len().max(1)).clamp(FEWEST_SWEEPS, MOST_SWEEPS);
    for sweep in 0..sweeps {
        if fewest == 0 || idle > PATIENCE {
            break;
        }
        let down = sweep % 2 == 0;
        sort_rows(&mut current, &neighbours, down);
        swap_neighbours(&mut current, &neighbours);
        let found = crossings(&current, &neighbours);
        if found < fewest {
            fewest = found;
            best.clone_from(&current);
            idle = 0;
        } else {
            idle += 1;
        }
    }
    rows.in_order = best;
}

/// Who is linked with whom in the row above and in the row below.
struct Neighbours {
    upper: Vec<Vec<usize>>,
    lower: Vec<Vec<usize>>,
}

impl Neighbours {
    fn of(rows: &Rows) -> Self {
        let count = rows.vertices.len();
        let mut neighbours = Self { upper: vec![Vec::new(); count], lower: vec![Vec::new(); count] };
        for link in &rows.links {
            neighbours.upper[link.lower].push(link.upper);
            neighbours.lower[link.upper].push(link.lower);
        }
        neighbours
    }
}

fn positions(rows: &[Vec<usize>], count: usize) -> Vec<usize> {
    let mut positions = vec![0; count];
    for row in rows {
        for (at, vertex) in row.iter().enumerate() {
            positions[*vertex] = at;
        }
    }
    positions
}

/// Sorts each row by the mean place of its neighbours in the row before; a vertex without any keeps its place.
fn sort_rows(rows: &mut [Vec<usize>], neighbours: &Neighbours, down: bool) {
    let mut place = positions(rows, neighbours.upper.len());
    let linked = if down { &neighbours.upper } else { &neighbours.lower };
    let order: Vec<usize> = if down { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
    for row in order {
        let row = &mut rows[row];
        let mean = |vertex: usize| {
            let near = &linked[vertex];
            (!near.is_empty()).then(|| near.iter().map(|other| place[*other] * 1024).sum::<usize>() / near.len())
        };
        let mut free: Vec<(usize, usize)> = row.iter().filter_map(|vertex| Some((mean(*vertex)?, *vertex))).collect();
        free.sort_by_key(|(mean, _)| *mean);
        let mut sorted = free.into_iter().map(|(_, vertex)| vertex);
        for slot in row.iter_mut().filter(|vertex| !linked[**vertex].is_empty()) {
            if let Some(vertex) = sorted.next() {
                *slot = vertex;
            }
        }
        for (at, vertex) in row.iter().enumerate() {
            place[*vertex] = at;
        }
    }
}

/// Swaps neighbours within a row as long as that takes crossings away.
fn swap_neighbours(rows: &mut [Vec<usize>], neighbours: &Neighbours) {
    let mut place = positions(rows, neighbours.upper.len());
    for _ in 0..4 {
        let mut improved = false;
        for row in rows.iter_mut() {
            for at in 1..row.len() {
                let (left, right) = (row[at - 1], row[at]);
                let both = |left: usize, right: usize| {
                    pair_crossings(&neighbours.upper[left], &neighbours.upper[right], &place)
                        + pair_crossings(&neighbours.lower[left], &neighbours.lower[right], &place)
                };
                if both(right, left) < both(left, right) {
                    row.swap(at - 1, at);
                    place.swap(left, right);
                    improved = true;
                }
            }
        }
        if !improved {
            break;
        }
    }
}

/// How many links of a left and a right vertex cross.
fn pair_crossings(left: &[usize], right: &[usize], place: &[usize]) -> usize {
    left.iter().map(|one| right.iter().filter(|other| place[**other] < place[*one]).count()).sum()
}

/// All crossings: between two rows, pairs of links whose ends are in opposite order.
fn crossings(rows: &[Vec<usize>], neighbours: &Neighbours) -> usize {
    let place = positions(rows, neighbours.upper.len());
    let mut total = 0;
    for (upper, lower) in rows.iter().zip(rows.iter().skip(1)) {
        // A tree of sums counts, for each end, the ends right of it that came before.
        let mut tree = vec![0_usize; lower.len() + 1];
        let mut seen = 0;
        for vertex in upper {
            let mut ends: Vec<usize> = neighbours.lower[*vertex].iter().map(|other| place[*other]).collect();
            ends.sort_unstable();
            for end in &ends {
                let mut at = end + 1;
                let mut not_right = 0;
                while at > 0 {
                    not_right += tree[at];
                    at &= at - 1;
                }
                total += seen - not_right;
            }
            for end in ends {
                let mut at = end + 1;
                while at < tree.len() {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
                seen += 1;
            }
        }
    }
    total
}
