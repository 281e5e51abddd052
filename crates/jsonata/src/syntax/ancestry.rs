//! Finds for each `%` the step whose parent it means.

use std::sync::Arc;

use super::tree::{Kind, Node, Slot};
use crate::error::ParseError;

/// The `%` of an expression.
#[derive(Default)]
pub(super) struct Ancestry {
    slots: Vec<State>,
}

struct State {
    label: Arc<str>,
    /// How many steps it is still away from its parent.
    level: usize,
}

impl Ancestry {
    /// A new `%`.
    pub(super) fn slot(&mut self) -> Slot {
        let index = self.slots.len();
        let label: Arc<str> = Arc::from(format!("!{index}"));
        self.slots.push(State { label: Arc::clone(&label), level: 1 });
        Slot { label, index }
    }

    /// What is said when there is no parent.
    pub(super) fn lost(at: usize) -> ParseError {
        ParseError::new("S0217", "The object representing the 'parent' cannot be derived from this expression", at)
    }

    fn level(&self, slot: usize) -> usize {
        self.slots.get(slot).map_or(0, |state| state.level)
    }

    /// Looks for the parents of the last step's `%` in the steps before it; gives those that are further out.
    pub(super) fn resolve(&mut self, steps: &mut [Node], slots: Vec<usize>) -> Result<Vec<usize>, ParseError> {
        let mut left = Vec::new();
        for slot in slots {
            let mut before = steps.len().saturating_sub(1);
            while self.level(slot) > 0 {
                if before == 0 {
                    left.push(slot);
                    break;
                }
                before -= 1;
                // Steps that bind their value and stay where they are count as one.
                while before > 0 && has_focus(steps, before) && has_focus(steps, before - 1) {
                    before -= 1;
                }
                if let Some(step) = steps.get_mut(before) {
                    self.seek(step, slot)?;
                }
            }
        }
        Ok(left)
    }

    /// The `%` of a filter: the step itself is the nearest. Gives all of them to whom the step belongs.
    pub(super) fn through_filter(&mut self, step: &mut Node, slots: Vec<usize>) -> Result<Vec<usize>, ParseError> {
        for slot in &slots {
            if self.level(*slot) == 1 {
                self.seek(step, *slot)?;
            } else if let Some(state) = self.slots.get_mut(*slot) {
                state.level = state.level.saturating_sub(1);
            }
        }
        Ok(slots)
    }

    fn seek(&mut self, node: &mut Node, slot: usize) -> Result<(), ParseError> {
        match &mut node.kind {
            Kind::Name(_) | Kind::Wildcard => {
                let Some(state) = self.slots.get_mut(slot) else { return Ok(()) };
                state.level = state.level.saturating_sub(1);
                if state.level == 0 {
                    let label = Arc::clone(&state.label);
                    node.binding_mut().ancestors.push(label);
                    node.tuple = true;
                }
            }
            Kind::Parent(_) => {
                if let Some(state) = self.slots.get_mut(slot) {
                    state.level += 1;
                }
            }
            Kind::Block(parts) => {
                if let Some(last) = parts.last_mut() {
                    node.tuple = true;
                    self.seek(last, slot)?;
                }
            }
            Kind::Path(path) => {
                node.tuple = true;
                for (index, step) in path.steps.iter_mut().rev().enumerate() {
                    if index == 0 || self.level(slot) > 0 {
                        self.seek(step, slot)?;
                    }
                }
            }
            _ => return Err(Self::lost(node.at)),
        }
        Ok(())
    }
}

fn has_focus(steps: &[Node], at: usize) -> bool {
    steps.get(at).and_then(|step| step.binding.as_ref()).is_some_and(|binding| binding.focus.is_some())
}
