//! The tree of a path that was only named.

use super::event::HistoryEvent;
use super::tree::{End, Trace};
use crate::outline::Outline;

impl Trace {
    /// What an execution does that goes this way: states in the order in which they are entered, those inside a Parallel or Map after
    /// it. It has no times; a state is left through a catcher where nothing else leads on.
    ///
    /// # Errors
    /// The first name that is no state of the machine.
    pub fn along(outline: &Outline, path: &[String]) -> Result<Self, String> {
        let mut events = Vec::with_capacity(path.len() * 2);
        for (name, id) in path.iter().zip((1..).step_by(2)) {
            let Some(state) = outline.states.iter().find(|state| state.name == *name) else { return Err(name.clone()) };
            for (id, previous_id, what) in [(id, 0, "Entered"), (id + 1, id, "Exited")] {
                let event_type = format!("{}State{what}", state.state_type);
                let name = Some(name.clone());
                events.push(HistoryEvent { id, previous_id, event_type, name, ..HistoryEvent::default() });
            }
        }
        let mut trace = Self::of(outline, &events);
        for visit in &mut trace.visits {
            (visit.entered_ms, visit.left_ms) = (None, None);
            visit.attempts.clear();
            if visit.state_type == "Fail" {
                visit.end = Some(End::Failed);
            }
            for lane in &mut visit.lanes {
                (lane.started_ms, lane.ended_ms) = (None, None);
            }
        }
        Ok(trace)
    }
}
