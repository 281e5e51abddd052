//! Which row a box stands in, and which lines go back.
#![expect(clippy::indexing_slicing, reason = "boxes are numbered from 0, and every table here has one entry for each")]

use super::wiring::Wiring;

/// The rank of each box, and for each wire whether it leads to the same or an earlier rank.
pub(super) struct Ranks {
    pub of_boxes: Vec<usize>,
    pub back: Vec<bool>,
    /// Boxes in the order in which reading meets them.
    pub met: Vec<usize>,
}

/// What a walk through everything has seen.
struct Walk {
    back: Vec<bool>,
    /// Each box after all that it leads to.
    finished: Vec<usize>,
    /// Each box when it was first come to.
    met: Vec<usize>,
}

/// Ranks by the longest way from the beginning, once the wires that close a loop are taken out.
pub(super) fn rank(wiring: &Wiring) -> Ranks {
    let leaving = leaving(wiring);
    let Walk { back, finished, met } = walk(wiring, &leaving);
    let mut ranks = vec![0; wiring.boxes.len()];
    // Those that are finished last come first in the flow.
    for &from in finished.iter().rev() {
        for &wire in leaving[from].iter().filter(|wire| !back[**wire]) {
            let to = wiring.wires[wire].to;
            ranks[to] = ranks[to].max(ranks[from] + 1);
        }
    }
    draw_near(wiring, &back, &mut ranks);
    Ranks { of_boxes: ranks, back, met }
}

/// The wires that leave each box: first those of the flow, then those aside.
fn leaving(wiring: &Wiring) -> Vec<Vec<usize>> {
    let mut leaving = vec![Vec::new(); wiring.boxes.len()];
    for aside in [false, true] {
        for (at, wire) in wiring.wires.iter().enumerate().filter(|(_, wire)| wire.aside == aside) {
            leaving[wire.from].push(at);
        }
    }
    leaving
}

/// Goes through everything depth first, without recursion: a chain may have thousands of boxes.
fn walk(wiring: &Wiring, leaving: &[Vec<usize>]) -> Walk {
    #[derive(Clone, Copy, PartialEq)]
    enum Colour {
        New,
        Open,
        Done,
    }
    let count = wiring.boxes.len();
    let mut colours = vec![Colour::New; count];
    let mut back = vec![false; wiring.wires.len()];
    let mut finished = Vec::with_capacity(count);
    let mut met = Vec::with_capacity(count);
    let mut entered = vec![false; count];
    for wire in wiring.wires.iter().filter(|wire| wire.from != wire.to) {
        entered[wire.to] = true;
    }
    // The beginning first; then what nothing leads to, then what is left: loops that nothing leads to.
    let roots = std::iter::once(0).chain((1..count).filter(|root| !entered[*root])).chain(1..count);
    for root in roots.filter(|root| *root < count) {
        if colours[root] != Colour::New {
            continue;
        }
        colours[root] = Colour::Open;
        met.push(root);
        let mut stack = vec![(root, 0)];
        while let Some((at, next)) = stack.pop() {
            let Some(&wire) = leaving[at].get(next) else {
                colours[at] = Colour::Done;
                finished.push(at);
                continue;
            };
            stack.push((at, next + 1));
            let to = wiring.wires[wire].to;
            match colours[to] {
                Colour::Open => back[wire] = true,
                Colour::New => {
                    colours[to] = Colour::Open;
                    met.push(to);
                    stack.push((to, 0));
                }
                Colour::Done => {}
            }
        }
    }
    Walk { back, finished, met }
}

/// What nothing leads to stands just before what it leads to, the beginning excepted.
fn draw_near(wiring: &Wiring, back: &[bool], ranks: &mut [usize]) {
    let mut entered = vec![false; ranks.len()];
    let mut nearest = vec![usize::MAX; ranks.len()];
    for (wire, back) in wiring.wires.iter().zip(back) {
        if !back {
            entered[wire.to] = true;
            nearest[wire.from] = nearest[wire.from].min(ranks[wire.to]);
        }
    }
    for at in 1..ranks.len() {
        if !entered[at] && nearest[at] != usize::MAX {
            ranks[at] = nearest[at].saturating_sub(1);
        }
    }
}
