//! Visits in the order of reading.

use super::event::HistoryEvent;
use super::tree::{Inside, Trace};
use super::walk::Walk;
use crate::outline::Outline;

impl Trace {
    /// What an execution of a machine did, from its events in any order: of GetExecutionHistory, or of its log, where some may be
    /// missing. The tree then has what the others tell.
    pub fn of(outline: &Outline, events: &[HistoryEvent]) -> Self {
        let mut walk = Walk::of(outline, events);
        walk.judge();
        let Walk { trace, top, .. } = walk;
        trace.ordered(&top)
    }

    /// Puts what is inside of a visit behind it. No recursion: events that make no sense may nest without end.
    pub(super) fn ordered(mut self, top: &[usize]) -> Self {
        for visit in self.visits.iter_mut().filter(|visit| visit.state_type != "Map") {
            visit.lanes.sort_by_key(|lane| (lane.index, lane.attempt));
        }
        let mut order = Vec::with_capacity(self.visits.len());
        let mut ahead: Vec<usize> = top.iter().rev().copied().collect();
        while let Some(at) = ahead.pop() {
            order.push(at);
            let lanes = self.visits.get(at).map(|visit| visit.lanes.as_slice()).unwrap_or_default();
            ahead.extend(lanes.iter().rev().flat_map(|lane| lane.visits.iter().rev()));
        }
        let mut places = vec![0; self.visits.len()];
        for (place, at) in order.iter().enumerate() {
            if let Some(new) = places.get_mut(*at) {
                *new = place;
            }
        }
        let mut visits: Vec<_> = std::mem::take(&mut self.visits).into_iter().map(Some).collect();
        self.visits = order.iter().filter_map(|at| visits.get_mut(*at)?.take()).collect();
        for visit in &mut self.visits {
            for at in visit.lanes.iter_mut().flat_map(|lane| &mut lane.visits) {
                *at = places.get(*at).copied().unwrap_or_default();
            }
        }
        let inner: Vec<(usize, Inside)> = self
            .visits
            .iter()
            .enumerate()
            .flat_map(|(place, visit)| {
                let lanes = visit.lanes.iter().enumerate();
                lanes.flat_map(move |(lane, it)| it.visits.iter().map(move |at| (*at, Inside { visit: place, lane })))
            })
            .collect();
        for (at, inside) in inner {
            if let Some(visit) = self.visits.get_mut(at) {
                visit.inside = Some(inside);
            }
        }
        self
    }
}
