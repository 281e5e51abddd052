//! How long things took: a list while they are few, then a high dynamic range histogram of three significant figures.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies of executions, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// Half took no longer.
    pub p50: u64,
    /// 90 % took no longer.
    pub p90: u64,
    /// 95 % took no longer.
    pub p95: u64,
    /// 99 % took no longer.
    pub p99: u64,
    /// The longest, exact.
    pub max: u64,
}

/// Latencies of a state, milliseconds from its entering to its exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StateLatency {
    /// Stays counted.
    pub count: u64,
    /// Half took no longer.
    pub p50: u64,
    /// 95 % took no longer.
    pub p95: u64,
    /// 99 % took no longer.
    pub p99: u64,
}

/// A bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// The longest that counts here, milliseconds.
    pub up_to_ms: u64,
    /// How many.
    pub count: u64,
}

/// Durations kept one by one before they become a histogram, which takes as much room as this many.
const FEW: usize = 4096;

/// Durations, counted: few of them exactly, many to three significant figures.
#[derive(Clone, Debug)]
pub(super) struct Durations {
    /// In order, as long as they are few. A class has a list for each user.
    few: Vec<u32>,
    /// A counter that is full stays so: four billion of one length.
    many: Option<Histogram<u32>>,
    min: u64,
    max: u64,
}

impl Default for Durations {
    fn default() -> Self {
        Self { few: Vec::new(), many: None, min: u64::MAX, max: 0 }
    }
}

impl Durations {
    /// Counts one.
    pub(super) fn record(&mut self, ms: u64) {
        let is_counted = match (&mut self.many, u32::try_from(ms)) {
            (Some(many), _) => many.record(ms).is_ok(),
            (None, Ok(short)) if self.few.len() < FEW => {
                let at = self.few.partition_point(|before| *before <= short);
                self.few.insert(at, short);
                true
            }
            (None, _) => self.become_many().is_some_and(|many| many.record(ms).is_ok()),
        };
        if is_counted {
            self.min = self.min.min(ms);
            self.max = self.max.max(ms);
        }
    }

    /// None only if the library refused its own constants; then no more are counted.
    fn become_many(&mut self) -> Option<&mut Histogram<u32>> {
        let mut many = Histogram::new(3).ok()?;
        for ms in std::mem::take(&mut self.few) {
            let _ = many.record(ms.into());
        }
        Some(self.many.insert(many))
    }

    /// Every duration that was counted, as exact as it is kept, in order, and how often.
    pub(super) fn values(&self) -> impl Iterator<Item = (u64, u64)> {
        let few = self.few.chunk_by(u32::eq);
        let few = few.filter_map(|alike| Some((u64::from(*alike.first()?), alike.len() as u64)));
        let many = self.many.iter().flat_map(Histogram::iter_recorded);
        // A bucket's upper edge may lie above everything in it.
        few.chain(many.map(|it| (it.value_iterated_to().clamp(self.min, self.max), it.count_at_value().into())))
    }

    fn count(&self) -> u64 {
        self.many.as_ref().map_or(self.few.len() as u64, Histogram::len)
    }

    /// The least duration that so many of a hundred took no longer than (the nearest rank); 0 when nothing was counted.
    fn at(&self, percent: u64) -> u64 {
        let rank = (self.count().saturating_mul(percent)).div_ceil(100).max(1);
        let mut counted = 0;
        let mut reached = self.values().skip_while(|(_, count)| {
            counted += count;
            counted < rank
        });
        reached.next().map_or(0, |(ms, _)| ms)
    }

    /// The percentiles; none when nothing was counted.
    pub(super) fn latency(&self) -> Option<Latency> {
        (self.count() > 0).then(|| Latency {
            p50: self.at(50),
            p90: self.at(90),
            p95: self.at(95),
            p99: self.at(99),
            max: self.max,
        })
    }

    /// The percentiles of a state.
    pub(super) fn state(&self) -> StateLatency {
        StateLatency { count: self.count(), p50: self.at(50), p95: self.at(95), p99: self.at(99) }
    }

    /// At most `most` bars over the range from the shortest to the longest, each as wide as the others, on round widths.
    pub(super) fn buckets(&self, most: u64) -> Vec<Bucket> {
        if self.count() == 0 {
            return Vec::new();
        }
        let (low, high) = (self.min, self.max);
        let width = round_width(low, high, most.max(1));
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for (ms, count) in self.values() {
            *counts.entry(ms / width).or_default() += count;
        }
        let edge = |index: u64| (index.saturating_add(1)).saturating_mul(width) - 1;
        (low / width..=high / width)
            .map(|index| Bucket { up_to_ms: edge(index), count: counts.get(&index).copied().unwrap_or(0) })
            .collect()
    }
}

/// The least width of 1, 2 or 5 times a power of ten with which the range needs no more than `most` bars.
fn round_width(low: u64, high: u64, most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for step in [1, 2, 5] {
            let width = power.saturating_mul(step);
            if high / width - low / width < most {
                return width;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Durations {
        let mut durations = Durations::default();
        for &value in values {
            durations.record(value);
        }
        durations
    }

    #[test]
    fn percentiles_of_a_known_run() {
        let durations = of(&(1..=100).collect::<Vec<_>>());
        assert_eq!(durations.latency(), Some(Latency { p50: 50, p90: 90, p95: 95, p99: 99, max: 100 }));
        assert_eq!(durations.state(), StateLatency { count: 100, p50: 50, p95: 95, p99: 99 });
        assert_eq!(Durations::default().latency(), None);
    }

    #[test]
    fn the_shortest_and_the_longest_are_exact() {
        for value in [10_000, 123_456, 7_654_321] {
            let durations = of(&[value]);
            assert_eq!(
                durations.latency(),
                Some(Latency { p50: value, p90: value, p95: value, p99: value, max: value })
            );
            assert_eq!(durations.values().collect::<Vec<_>>(), [(value, 1)]);
            assert_eq!(durations.buckets(10), [Bucket { up_to_ms: value, count: 1 }]);
        }
        let two = of(&[100, 200]);
        assert_eq!((two.at(50), two.at(51)), (100, 200), "the nearest rank: half of them took 100 ms or less");
    }

    #[test]
    fn many_are_counted_as_few_are() {
        let lengths = |count: usize| (0..).map(|it| it * 7919 % 5003).take(count).collect::<Vec<u64>>();
        for count in [FEW, FEW + 1, 3 * FEW] {
            let durations = of(&lengths(count));
            let mut sorted = lengths(count);
            sorted.sort_unstable();
            assert_eq!(durations.values().map(|(_, count)| count).sum::<u64>(), count as u64);
            assert_eq!((durations.many.is_some(), durations.few.is_empty()), (count > FEW, count > FEW));
            for percent in [50, 90, 95, 99] {
                let exact = sorted[(count * percent).div_ceil(100) - 1];
                let got = durations.at(percent as u64);
                assert!(got >= exact && got <= exact + exact / 500 + 1, "p{percent} of {count}: {got} for {exact}");
            }
        }
        let long = of(&[u64::from(u32::MAX) + 9, 3]);
        assert_eq!(long.values().collect::<Vec<_>>(), [(3, 1), (u64::from(u32::MAX) + 9, 1)], "the longest is exact");
    }

    #[test]
    fn bars_are_round_and_hold_everything() {
        let bars = of(&[0, 3, 99, 100, 199, 950]).buckets(10);
        assert_eq!(bars.first(), Some(&Bucket { up_to_ms: 99, count: 3 }));
        assert_eq!(bars.get(1), Some(&Bucket { up_to_ms: 199, count: 2 }));
        assert_eq!(bars.last(), Some(&Bucket { up_to_ms: 999, count: 1 }));
        assert_eq!(bars.len(), 10);
        assert_eq!(of(&[7, 7]).buckets(10), [Bucket { up_to_ms: 7, count: 2 }]);
        assert!(Durations::default().buckets(10).is_empty());
    }

    proptest! {
        #[test]
        fn percentiles_rise_and_stay_within_a_thousandth(mut values in proptest::collection::vec(0_u64..10_000_000, 1..300)) {
            let latency = of(&values).latency().unwrap();
            values.sort_unstable();
            let rank = |percent: usize| values[(values.len() * percent).div_ceil(100).max(1) - 1];
            for (got, percent) in [(latency.p50, 50), (latency.p90, 90), (latency.p95, 95), (latency.p99, 99)] {
                let exact = rank(percent);
                prop_assert!(got >= exact && got <= exact + exact / 500 + 1, "p{percent}: {got} for {exact}");
            }
            prop_assert_eq!(latency.max, rank(100));
            prop_assert!(latency.p50 <= latency.p90 && latency.p90 <= latency.p95);
            prop_assert!(latency.p95 <= latency.p99 && latency.p99 <= latency.max);
        }

        #[test]
        fn bars_hold_everything(values in proptest::collection::vec(0_u64..u64::MAX / 4, 0..50), most in 1_u64..40) {
            let bars = of(&values).buckets(most);
            prop_assert!(bars.len() as u64 <= most);
            prop_assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), values.len() as u64);
        }
    }
}
