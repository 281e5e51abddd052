//! Where lines meet boxes.
#![expect(clippy::indexing_slicing, reason = "boxes are numbered from 0, and every table here has one entry for each")]

use super::rows::Link;
use super::wiring::Wiring;

/// How far beside the middle at most.
const FARTHEST: i64 = 56;

/// How far beside the middle of its box a line that stands aside leaves and enters; the others leave and enter in the middle.
pub(super) struct Ports {
    pub leaving: Vec<i64>,
    pub entering: Vec<i64>,
}

impl Ports {
    /// Lines aside have the middle where no other line wants it.
    pub(super) fn of(wiring: &Wiring) -> Self {
        let (mut leaving, mut entering) = (vec![0; wiring.boxes.len()], vec![0; wiring.boxes.len()]);
        for wire in wiring.wires.iter().filter(|wire| !wire.aside) {
            leaving[wire.from] = (wiring.boxes[wire.from].across / 4).min(FARTHEST);
            entering[wire.to] = (wiring.boxes[wire.to].across / 4).min(FARTHEST);
        }
        Self { leaving, entering }
    }

    /// How far right of its upper vertex a link's lower vertex stands when the link is straight.
    pub(super) fn offset(&self, link: &Link) -> i64 {
        if !link.aside {
            return 0;
        }
        let of = |table: &[i64], vertex: usize| table.get(vertex).copied().unwrap_or_default();
        of(&self.leaving, link.upper) - of(&self.entering, link.lower)
    }
}
