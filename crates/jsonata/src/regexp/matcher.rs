//! Runs a pattern: the ways not taken wait on a stack, and each step costs.

use super::class::{folded, is_line_end, is_word};
use super::program::{Pattern, Step};

/// The budget is used up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// Where a pattern matched: the whole first, then its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub start: usize,
    pub end: usize,
    pub groups: Vec<Option<(usize, usize)>>,
}

/// No more ways wait than this.
const MOST_WAYS: usize = 2_000_000;
/// No more changes are remembered than this.
const MOST_CHANGES: usize = 4_000_000;

struct Run<'p> {
    pattern: &'p Pattern,
    units: &'p [u16],
    registers: Vec<Option<usize>>,
    /// What was in registers that have changed since a way was put aside.
    undo: Vec<(usize, Option<usize>)>,
    ways: Vec<(usize, usize, usize)>,
    budget: &'p mut u64,
}

impl Pattern {
    /// The first match at or after a place.
    pub(crate) fn find(&self, units: &[u16], from: usize, budget: &mut u64) -> Result<Option<Found>, Exhausted> {
        let registers = u64::try_from(self.registers / 4).unwrap_or(u64::MAX);
        for start in from..=units.len() {
            *budget = budget.checked_sub(registers).ok_or(Exhausted)?;
            let mut run = Run {
                pattern: self,
                units,
                registers: vec![None; self.registers],
                undo: Vec::new(),
                ways: Vec::new(),
                budget,
            };
            if run.run(0, start)?.is_some() {
                let pair = |group: usize| {
                    let at = |index: usize| run.registers.get(index).copied().flatten();
                    Some((at(group * 2)?, at(group * 2 + 1)?))
                };
                let (start, end) = pair(0).unwrap_or((start, start));
                return Ok(Some(Found { start, end, groups: (1..=self.groups).map(pair).collect() }));
            }
        }
        Ok(None)
    }
}

impl Run<'_> {
    /// Where it ends, if it matches.
    fn run(&mut self, start: usize, place: usize) -> Result<Option<usize>, Exhausted> {
        let floor = self.ways.len();
        let (mut next, mut at) = (start, place);
        loop {
            *self.budget = self.budget.checked_sub(1).ok_or(Exhausted)?;
            let pattern = self.pattern;
            let Some(step) = pattern.steps.get(next) else { return Ok(None) };
            let mut fine = true;
            next += 1;
            match step {
                Step::Done => {
                    self.ways.truncate(floor);
                    return Ok(Some(at));
                }
                Step::Unit { unit, back } => {
                    fine = self
                        .consume(&mut at, *back, |found| found == *unit || (pattern.fold && folded(found) == *unit));
                }
                Step::Class { class, back } => {
                    let class = pattern.classes.get(*class);
                    fine =
                        self.consume(&mut at, *back, |found| class.is_some_and(|class| class.has(found, pattern.fold)));
                }
                Step::Split(first, second) => {
                    if self.ways.len() >= MOST_WAYS || self.undo.len() >= MOST_CHANGES {
                        return Err(Exhausted);
                    }
                    self.ways.push((*second, at, self.undo.len()));
                    next = *first;
                }
                Step::Jump(to) => next = *to,
                Step::Save(register) | Step::Mark(register) => self.write(*register, Some(at)),
                Step::Forget(first, last) => (*first..*last).for_each(|register| self.write(register, None)),
                Step::Progress(mark) => fine = self.registers.get(*mark).copied().flatten() != Some(at),
                Step::Start => {
                    fine = at == 0 || (pattern.multiline && self.before(at).is_some_and(is_line_end));
                }
                Step::End => {
                    fine = at == self.units.len()
                        || (pattern.multiline && self.units.get(at).copied().is_some_and(is_line_end));
                }
                Step::Boundary { negated } => {
                    let left = self.before(at).is_some_and(is_word);
                    let right = self.units.get(at).copied().is_some_and(is_word);
                    fine = (left != right) != *negated;
                }
                Step::Back { group, back } => fine = self.again(*group, &mut at, *back)?,
                Step::Look { negated, after } => {
                    let undo = self.undo.len();
                    let found = self.run(next, at)?.is_some();
                    if *negated || !found {
                        self.unwind(undo);
                    }
                    fine = found != *negated;
                    next = *after;
                }
            }
            if !fine {
                if self.ways.len() <= floor {
                    return Ok(None);
                }
                let Some((step, place, undo)) = self.ways.pop() else { return Ok(None) };
                self.unwind(undo);
                (next, at) = (step, place);
            }
        }
    }

    fn before(&self, at: usize) -> Option<u16> {
        self.units.get(at.checked_sub(1)?).copied()
    }

    fn consume(&self, at: &mut usize, back: bool, fits: impl Fn(u16) -> bool) -> bool {
        let unit = if back { self.before(*at) } else { self.units.get(*at).copied() };
        if !unit.is_some_and(fits) {
            return false;
        }
        if back {
            *at -= 1;
        } else {
            *at += 1;
        }
        true
    }

    fn write(&mut self, register: usize, value: Option<usize>) {
        if let Some(place) = self.registers.get_mut(register)
            && *place != value
        {
            // Nothing waits: nothing will be undone.
            self.undo.push((register, *place));
            *place = value;
        }
    }

    fn unwind(&mut self, length: usize) {
        while self.undo.len() > length {
            if let Some((register, value)) = self.undo.pop()
                && let Some(place) = self.registers.get_mut(register)
            {
                *place = value;
            }
        }
    }

    /// What a group matched, once more. A group that matched nothing is empty.
    fn again(&mut self, group: usize, at: &mut usize, back: bool) -> Result<bool, Exhausted> {
        let register = |index: usize| self.registers.get(index).copied().flatten();
        let (Some(start), Some(end)) = (register(group * 2), register(group * 2 + 1)) else { return Ok(true) };
        let wanted = self.units.get(start..end).unwrap_or_default();
        *self.budget = self.budget.checked_sub(wanted.len() as u64).ok_or(Exhausted)?;
        let place = if back { at.checked_sub(wanted.len()) } else { Some(*at) };
        let Some(place) = place else { return Ok(false) };
        let Some(found) = self.units.get(place..place + wanted.len()) else { return Ok(false) };
        let same =
            |(left, right): (&u16, &u16)| left == right || (self.pattern.fold && folded(*left) == folded(*right));
        if !wanted.iter().zip(found).all(same) {
            return Ok(false);
        }
        *at = if back { place } else { place + wanted.len() };
        Ok(true)
    }
}
