//! A time series.

use std::iter::Peekable;

/// A series of values by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::service::cloudwatch) struct Line {
    pub(in crate::service::cloudwatch) label: String,
    /// Milliseconds between its points where none is missing.
    pub(in crate::service::cloudwatch) period_ms: i64,
    /// Time in milliseconds since 1970 and value, oldest first. Every value is finite.
    pub(in crate::service::cloudwatch) points: Vec<(i64, f64)>,
    /// Whether it is a metric as it is, and not the result of an expression.
    pub(in crate::service::cloudwatch) is_metric: bool,
}

impl Line {
    /// A result in place of this series. What is no finite number is dropped.
    pub(super) fn with(&self, points: impl IntoIterator<Item = (i64, f64)>) -> Self {
        let points = points.into_iter().filter(|(_, value)| value.is_finite()).collect();
        Self { label: self.label.clone(), period_ms: self.period_ms, points, is_metric: false }
    }

    pub(super) fn each(&self, change: impl Fn(f64) -> f64) -> Self {
        self.with(self.points.iter().map(|(at, value)| (*at, change(*value))))
    }

    /// Each value with the one before it: their times and values.
    pub(super) fn steps(&self, change: impl Fn((i64, f64), (i64, f64)) -> f64) -> Self {
        let pairs = self.points.iter().zip(self.points.iter().skip(1));
        self.with(pairs.map(|(before, now)| (now.0, change(*before, *now))))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = f64> + Clone + '_ {
        self.points.iter().map(|(_, value)| *value)
    }

    /// The value at a time.
    pub(super) fn at(&self, time: i64) -> Option<f64> {
        let found = self.points.binary_search_by_key(&time, |(at, _)| *at).ok()?;
        self.points.get(found).map(|(_, value)| *value)
    }

    /// The values of two series at each time that either has.
    pub(super) fn beside<'lines>(
        &'lines self,
        other: &'lines Self,
    ) -> impl Iterator<Item = (i64, Option<f64>, Option<f64>)> + 'lines {
        Beside { left: self.points.iter().peekable(), right: other.points.iter().peekable() }
    }
}

struct Beside<'points, I: Iterator<Item = &'points (i64, f64)>> {
    left: Peekable<I>,
    right: Peekable<I>,
}

impl<'points, I: Iterator<Item = &'points (i64, f64)>> Iterator for Beside<'points, I> {
    type Item = (i64, Option<f64>, Option<f64>);

    fn next(&mut self) -> Option<Self::Item> {
        let time = self.left.peek().into_iter().chain(self.right.peek()).map(|(at, _)| *at).min()?;
        let left = self.left.next_if(|(at, _)| *at == time).map(|(_, value)| *value);
        let right = self.right.next_if(|(at, _)| *at == time).map(|(_, value)| *value);
        Some((time, left, right))
    }
}
