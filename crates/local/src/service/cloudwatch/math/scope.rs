//! What expressions stand in: results of other queries, the time that is asked for, and how much they may make.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::line::Line;
use super::refusal::Refusal;
use super::value::Value;

/// The time that is asked for, in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(in crate::service::cloudwatch) struct Span {
    pub(in crate::service::cloudwatch) start_ms: i64,
    /// The first moment after it.
    pub(in crate::service::cloudwatch) end_ms: i64,
}

/// Points of one series that has one in each period.
const MOST_POINTS: i64 = 100_800;
/// Points that the expressions of a request may make in all.
const MOST_OF_ALL: usize = 5_000_000;

/// What expressions stand in.
pub(in crate::service::cloudwatch) struct Scope<'request> {
    /// Results of other queries by id.
    pub(in crate::service::cloudwatch) results: &'request BTreeMap<String, Value>,
    /// The ids of metrics in the request's order.
    pub(in crate::service::cloudwatch) metrics: &'request [String],
    pub(in crate::service::cloudwatch) span: Span,
    /// The period of what has none of its own.
    pub(in crate::service::cloudwatch) period_ms: i64,
    /// What the request's expressions may still make; see [`points_of_a_request`].
    pub(in crate::service::cloudwatch) left: &'request Cell<usize>,
}

/// The points that the expressions of one request may make.
pub(in crate::service::cloudwatch) fn points_of_a_request() -> Cell<usize> {
    Cell::new(MOST_OF_ALL)
}

impl Scope<'_> {
    /// The result of another query.
    pub(super) fn result(&self, id: &str) -> Result<Value, Refusal> {
        let value = self.results.get(id).ok_or_else(|| Refusal::wrong(format!("ID '{id}' not found")))?;
        self.take(value.size())?;
        Ok(value.clone())
    }

    /// `METRICS()` and `METRICS("text")`.
    pub(super) fn metrics(&self, text: &str) -> Result<Value, Refusal> {
        let mut lines = Vec::new();
        for id in self.metrics.iter().filter(|id| id.contains(text)) {
            if let Value::Line(line) = self.result(id)? {
                lines.push(line);
            }
        }
        Ok(Value::Lines(lines))
    }

    pub(super) fn take(&self, points: usize) -> Result<(), Refusal> {
        let left = self.left.get().checked_sub(points);
        self.left.set(left.ok_or_else(|| Refusal::wrong("The expressions need too many data points"))?);
        Ok(())
    }

    /// The times of a series that has a point in each period.
    pub(super) fn times(&self, period_ms: i64) -> Result<Vec<i64>, Refusal> {
        let first = self.span.start_ms - self.span.start_ms.rem_euclid(period_ms);
        let count = self.span.end_ms.saturating_sub(first) / period_ms;
        if count >= MOST_POINTS {
            return Err(Refusal::wrong(format!("A time series can have at most {MOST_POINTS} data points")));
        }
        self.take(usize::try_from(count).unwrap_or_default())?;
        let times = std::iter::successors(Some(first), |at| at.checked_add(period_ms));
        Ok(times.take_while(|at| *at < self.span.end_ms).collect())
    }

    /// A series that has the same value in each period.
    pub(super) fn level(&self, number: f64) -> Result<Line, Refusal> {
        let line = Line { period_ms: self.period_ms, ..Line::default() };
        let times = self.times(self.period_ms)?;
        Ok(line.with(times.into_iter().map(|at| (at, number))))
    }
}
