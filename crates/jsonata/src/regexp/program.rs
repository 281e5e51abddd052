//! A pattern as steps.

use std::fmt;

use super::class::{Class, folded};
use super::reader::{Part, Reader};

/// Longer programs are refused: repetitions of repetitions grow fast.
const LONGEST: usize = 50_000;

/// One step.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Unit {
        unit: u16,
        back: bool,
    },
    Class {
        class: usize,
        back: bool,
    },
    /// On at the first; if that leads nowhere, at the second.
    Split(usize, usize),
    Jump(usize),
    Save(usize),
    /// Forgets the captures from the first to before the second.
    Forget(usize, usize),
    /// Remembers the place, so that a round of a loop that takes nothing ends it.
    Mark(usize),
    Progress(usize),
    Start,
    End,
    Boundary {
        negated: bool,
    },
    Back {
        group: usize,
        back: bool,
    },
    /// Runs what follows, up to `Done`; goes on at `after`.
    Look {
        negated: bool,
        after: usize,
    },
    Done,
}

/// A regular expression.
#[derive(Clone)]
pub struct Pattern {
    source: String,
    pub(super) steps: Vec<Step>,
    pub(super) classes: Vec<Class>,
    /// Groups, without the whole.
    pub(super) groups: usize,
    /// Groups and marks.
    pub(super) registers: usize,
    pub(super) fold: bool,
    pub(super) multiline: bool,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "/{}/", self.source)
    }
}

impl Pattern {
    /// As it is written, without slashes.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Reads one; flags are `i` and `m`.
    pub(crate) fn new(source: &str, flags: &str) -> Result<Self, String> {
        if flags.matches('i').count() > 1 || flags.matches('m').count() > 1 {
            return Err(format!("Invalid flags supplied to RegExp constructor '{flags}g'"));
        }
        let refused = |reason: &str| {
            let order: String =
                ["g", "i", "m"].iter().filter(|flag| **flag == "g" || flags.contains(**flag)).copied().collect();
            format!("Invalid regular expression: /{source}/{order}: {reason}")
        };
        let mut reader = Reader::new(source);
        let part = reader.read().map_err(refused)?;
        let mut pattern = Self {
            source: source.to_owned(),
            steps: Vec::new(),
            classes: Vec::new(),
            groups: reader.groups,
            registers: (reader.groups + 1) * 2,
            fold: flags.contains('i'),
            multiline: flags.contains('m'),
        };
        pattern.put(&Part::Group { number: Some(0), inner: Box::new(part) }, false, &reader.names).map_err(refused)?;
        pattern.push(Step::Done).map_err(refused)?;
        Ok(pattern)
    }

    fn push(&mut self, step: Step) -> Result<usize, &'static str> {
        if self.steps.len() >= LONGEST {
            return Err("Regular expression too large");
        }
        self.steps.push(step);
        Ok(self.steps.len() - 1)
    }

    fn set(&mut self, at: usize, step: Step) {
        if let Some(place) = self.steps.get_mut(at) {
            *place = step;
        }
    }

    fn put(&mut self, part: &Part, back: bool, names: &[(String, usize)]) -> Result<(), &'static str> {
        match part {
            Part::Unit(unit) => {
                let unit = if self.fold { folded(*unit) } else { *unit };
                self.push(Step::Unit { unit, back })?;
            }
            Part::Class(class) => {
                self.classes.push(class.clone());
                self.push(Step::Class { class: self.classes.len() - 1, back })?;
            }
            Part::Sequence(parts) => {
                let order: Vec<&Part> = if back { parts.iter().rev().collect() } else { parts.iter().collect() };
                for part in order {
                    self.put(part, back, names)?;
                }
            }
            Part::Choice(ways) => self.put_choice(ways, back, names)?,
            Part::Group { number: None, inner } => self.put(inner, back, names)?,
            Part::Group { number: Some(number), inner } => {
                let (first, second) = if back { (number * 2 + 1, number * 2) } else { (number * 2, number * 2 + 1) };
                self.push(Step::Save(first))?;
                self.put(inner, back, names)?;
                self.push(Step::Save(second))?;
            }
            Part::Repeat { inner, least, most, lazy, groups } => {
                for _ in 0..*least {
                    self.forget(*groups)?;
                    self.put(inner, back, names)?;
                }
                match most {
                    None => self.put_loop(inner, *lazy, *groups, back, names)?,
                    Some(most) => self.put_optional(inner, most - least, *lazy, *groups, back, names)?,
                }
            }
            Part::Start => drop(self.push(Step::Start)?),
            Part::End => drop(self.push(Step::End)?),
            Part::Boundary { negated } => drop(self.push(Step::Boundary { negated: *negated })?),
            Part::Back(group) => drop(self.push(Step::Back { group: *group, back })?),
            Part::NamedBack(name) => {
                let group = names.iter().find(|(other, _)| other == name).map(|(_, group)| *group);
                self.push(Step::Back { group: group.ok_or("Invalid named capture referenced")?, back })?;
            }
            Part::Look { inner, behind, negated } => {
                let look = self.push(Step::Look { negated: *negated, after: 0 })?;
                self.put(inner, *behind, names)?;
                self.push(Step::Done)?;
                let after = self.steps.len();
                self.set(look, Step::Look { negated: *negated, after });
            }
        }
        Ok(())
    }

    fn put_choice(&mut self, ways: &[Part], back: bool, names: &[(String, usize)]) -> Result<(), &'static str> {
        let mut ends = Vec::new();
        for (index, way) in ways.iter().enumerate() {
            if index + 1 == ways.len() {
                self.put(way, back, names)?;
                break;
            }
            let split = self.push(Step::Jump(0))?;
            self.put(way, back, names)?;
            ends.push(self.push(Step::Jump(0))?);
            let next = self.steps.len();
            self.set(split, Step::Split(split + 1, next));
        }
        let end = self.steps.len();
        for jump in ends {
            self.set(jump, Step::Jump(end));
        }
        Ok(())
    }

    fn forget(&mut self, (first, last): (usize, usize)) -> Result<(), &'static str> {
        if first < last {
            self.push(Step::Forget(first * 2, last * 2))?;
        }
        Ok(())
    }

    fn put_loop(
        &mut self,
        inner: &Part,
        lazy: bool,
        groups: (usize, usize),
        back: bool,
        names: &[(String, usize)],
    ) -> Result<(), &'static str> {
        let mark = self.registers;
        self.registers += 1;
        let split = self.push(Step::Jump(0))?;
        self.push(Step::Mark(mark))?;
        self.forget(groups)?;
        self.put(inner, back, names)?;
        self.push(Step::Progress(mark))?;
        self.push(Step::Jump(split))?;
        let end = self.steps.len();
        self.set(split, if lazy { Step::Split(end, split + 1) } else { Step::Split(split + 1, end) });
        Ok(())
    }

    fn put_optional(
        &mut self,
        inner: &Part,
        count: usize,
        lazy: bool,
        groups: (usize, usize),
        back: bool,
        names: &[(String, usize)],
    ) -> Result<(), &'static str> {
        let mut splits = Vec::new();
        for _ in 0..count {
            splits.push(self.push(Step::Jump(0))?);
            let mark = self.registers;
            self.registers += 1;
            self.push(Step::Mark(mark))?;
            self.forget(groups)?;
            self.put(inner, back, names)?;
            self.push(Step::Progress(mark))?;
        }
        let end = self.steps.len();
        for split in splits {
            self.set(split, if lazy { Step::Split(end, split + 1) } else { Step::Split(split + 1, end) });
        }
        Ok(())
    }
}
