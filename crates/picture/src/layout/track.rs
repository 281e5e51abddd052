//! The order of tracks in a gap between two rows.
#![expect(clippy::indexing_slicing, reason = "nets are numbered by this file, and every table has one entry for each")]

use std::collections::BTreeMap;

/// Lines of a gap that share a track.
#[derive(Clone, Debug, Default)]
pub(super) struct Net {
    /// Where it meets the gap's upper side.
    pub tops: Vec<i64>,
    /// Where it meets the gap's lower side.
    pub bottoms: Vec<i64>,
    /// Its track, from 0 at the top.
    pub level: usize,
}

/// Lines nearer than this to each other look like one.
const NEAR: i64 = 6;
/// What it costs to lie on another line, in crossings.
const ON_ANOTHER: i64 = 1000;
/// With more nets than this in one gap, every net gets a track of its own.
const MOST_NETS: usize = 64;

impl Net {
    fn ends(&self) -> impl Iterator<Item = i64> + '_ {
        self.tops.iter().chain(&self.bottoms).copied()
    }

    fn reach(&self) -> (i64, i64) {
        (self.ends().min().unwrap_or_default(), self.ends().max().unwrap_or_default())
    }

    /// What it costs to have this net's track above the other's.
    fn cost_above(&self, other: &Self) -> i64 {
        let inside = |(left, right): (i64, i64), across: i64| i64::from(left < across && across < right);
        let down: i64 = self.bottoms.iter().map(|across| inside(other.reach(), *across)).sum();
        let up: i64 = other.tops.iter().map(|across| inside(self.reach(), *across)).sum();
        let met = self.bottoms.iter().flat_map(|one| other.tops.iter().filter(move |two| (*one - **two).abs() < NEAR));
        down + up + i64::try_from(met.count()).unwrap_or(i64::MAX / ON_ANOTHER) * ON_ANOTHER
    }
}

/// Gives each net that bends a level, and says how many levels there are.
pub(super) fn assign<K: Ord>(nets: &mut BTreeMap<K, Net>) -> usize {
    let mut bent: Vec<&mut Net> = nets.values_mut().filter(|net| net.reach().0 != net.reach().1).collect();
    for net in &mut bent {
        net.tops.sort_unstable();
        net.tops.dedup();
        net.bottoms.sort_unstable();
        net.bottoms.dedup();
    }
    let count = bent.len();
    if count > MOST_NETS {
        bent.iter_mut().enumerate().for_each(|(level, net)| net.level = level);
        return count;
    }
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (_, upper, lower) in wishes(&bent) {
        if !leads_to(&below, lower, upper) {
            below[upper].push(lower);
        }
    }
    let mut levels = vec![0; count];
    // At most `count` rounds: there are no loops.
    let mut changed = true;
    while changed {
        changed = false;
        for upper in 0..count {
            for lower in &below[upper] {
                if levels[*lower] <= levels[upper] {
                    levels[*lower] = levels[upper] + 1;
                    changed = true;
                }
            }
        }
    }
    for (net, level) in bent.iter_mut().zip(&levels) {
        net.level = *level;
    }
    levels.iter().max().map_or(0, |level| level + 1)
}

/// Which net should be above which, the most important first.
fn wishes(nets: &[&mut Net]) -> Vec<(i64, usize, usize)> {
    let mut wishes = Vec::new();
    for one in 0..nets.len() {
        for other in one + 1..nets.len() {
            let ((left, right), (other_left, other_right)) = (nets[one].reach(), nets[other].reach());
            if right + NEAR < other_left || other_right + NEAR < left {
                continue;
            }
            let (above, below) = (nets[one].cost_above(nets[other]), nets[other].cost_above(nets[one]));
            wishes.push(if above <= below { (above - below, one, other) } else { (below - above, other, one) });
        }
    }
    wishes.sort_unstable();
    wishes
}

fn leads_to(below: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut stack = vec![from];
    let mut seen = vec![false; below.len()];
    while let Some(at) = stack.pop() {
        if at == to {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            stack.extend(&below[at]);
        }
    }
    false
}
