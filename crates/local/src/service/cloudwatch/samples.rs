//! The samples of one metric in one period, and the statistics of them.

use serde::{Deserialize, Serialize};

/// Samples. Equal values are kept once with their count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Samples {
    count: f64,
    sum: f64,
    smallest: Option<f64>,
    largest: Option<f64>,
    /// Value and count, by value; a set given as its statistics alone has none.
    values: Vec<(f64, f64)>,
    pub(super) unit: String,
}

/// Different values kept as they are; further ones are kept to three digits, which a percentile can spare.
const EXACT: usize = 1000;

/// A value to three digits.
fn rounded(value: f64) -> f64 {
    if value == 0.0 {
        return value;
    }
    let scale = 10_f64.powf(value.abs().log10().floor() - 2.0);
    (value / scale).round() * scale
}

/// A statistic that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Statistic {
    SampleCount,
    Sum,
    Average,
    Minimum,
    Maximum,
    /// `p99.9`
    Percentile(f64),
}

impl Statistic {
    /// Reads a statistic's name.
    pub(super) fn read(name: &str) -> Option<Self> {
        Some(match name {
            "SampleCount" => Self::SampleCount,
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            _ => {
                let rank: f64 = name.strip_prefix('p')?.parse().ok()?;
                return (0.0..=100.0).contains(&rank).then_some(Self::Percentile(rank));
            }
        })
    }
}

impl Samples {
    /// One value, so many times.
    pub(super) fn of(value: f64, count: f64, unit: &str) -> Self {
        Self {
            count,
            sum: value * count,
            smallest: Some(value),
            largest: Some(value),
            values: vec![(value, count)],
            unit: unit.to_owned(),
        }
    }

    /// A set of which only the statistics are known.
    pub(super) fn summary(count: f64, sum: f64, smallest: f64, largest: f64, unit: &str) -> Self {
        Self { count, sum, smallest: Some(smallest), largest: Some(largest), values: Vec::new(), unit: unit.to_owned() }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.smallest = [self.smallest, other.smallest].into_iter().flatten().reduce(f64::min);
        self.largest = [self.largest, other.largest].into_iter().flatten().reduce(f64::max);
        for (value, count) in &other.values {
            self.keep(*value, *count);
        }
        self.set_unit(&other.unit);
    }

    /// Adds one value.
    pub(super) fn add(&mut self, value: f64, unit: &str) {
        self.count += 1.0;
        self.sum += value;
        self.smallest = Some(self.smallest.map_or(value, |smallest| smallest.min(value)));
        self.largest = Some(self.largest.map_or(value, |largest| largest.max(value)));
        self.keep(value, 1.0);
        self.set_unit(unit);
    }

    fn keep(&mut self, value: f64, count: f64) {
        let value = if self.values.len() < EXACT { value } else { rounded(value) };
        match self.values.binary_search_by(|(known, _)| known.total_cmp(&value)) {
            Ok(at) => {
                if let Some(known) = self.values.get_mut(at) {
                    known.1 += count;
                }
            }
            Err(at) => {
                // Most metrics have one value a minute, or a few.
                if self.values.is_empty() {
                    self.values.reserve_exact(1);
                }
                self.values.insert(at, (value, count));
            }
        }
    }

    /// The first unit stays.
    fn set_unit(&mut self, unit: &str) {
        if self.unit.is_empty() {
            unit.clone_into(&mut self.unit);
        }
    }

    /// A statistic; `None` when it cannot be said (a percentile of a bare summary).
    pub(super) fn statistic(&self, statistic: Statistic) -> Option<f64> {
        match statistic {
            _ if self.count <= 0.0 => None,
            Statistic::SampleCount => Some(self.count),
            Statistic::Sum => Some(self.sum),
            Statistic::Average => Some(self.sum / self.count),
            Statistic::Minimum => self.smallest,
            Statistic::Maximum => self.largest,
            Statistic::Percentile(rank) => self.percentile(rank),
        }
    }

    /// The value below which so many hundredths lie, between the two nearest samples.
    fn percentile(&self, rank: f64) -> Option<f64> {
        let total: f64 = self.values.iter().map(|(_, count)| count).sum();
        if total <= 0.0 {
            return None;
        }
        let place = (total - 1.0).max(0.0) * rank / 100.0;
        let at = |place: f64| {
            let mut passed = 0.0;
            let found = self.values.iter().find(|(_, count)| {
                passed += count;
                place < passed
            });
            found.or(self.values.last()).map(|(value, _)| *value)
        };
        let (below, above) = (at(place.floor())?, at(place.ceil())?);
        Some(below + (above - below) * place.fract())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[f64]) -> Samples {
        values.iter().fold(Samples::default(), |mut all, value| {
            all.merge(&Samples::of(*value, 1.0, "Milliseconds"));
            all
        })
    }

    #[test]
    fn statistics_of_a_few_samples() {
        let all = samples(&[4.0, 1.0, 3.0, 2.0, 2.0]);
        for (name, expected) in [
            ("SampleCount", 5.0),
            ("Sum", 12.0),
            ("Average", 2.4),
            ("Minimum", 1.0),
            ("Maximum", 4.0),
            ("p50", 2.0),
            ("p0", 1.0),
            ("p100", 4.0),
            ("p75", 3.0),
        ] {
            let statistic = Statistic::read(name).unwrap();
            let found = all.statistic(statistic).unwrap();
            assert!((found - expected).abs() < 1e-9, "{name}: {found}");
        }
    }

    #[test]
    fn many_different_samples_are_kept_small_and_their_percentiles_near() {
        let mut all = Samples::default();
        for number in 0..20_000 {
            all.merge(&Samples::of(f64::from(number) / 7.0, 1.0, ""));
        }
        assert!(all.values.len() < 6000, "{}", all.values.len());
        let median = all.statistic(Statistic::Percentile(50.0)).unwrap();
        assert!((median / (10_000.0 / 7.0) - 1.0).abs() < 0.01, "{median}");
        assert_eq!(all.statistic(Statistic::SampleCount), Some(20_000.0));
    }

    #[test]
    fn nothing_has_no_statistics_and_a_summary_no_percentile() {
        assert_eq!(Samples::default().statistic(Statistic::Average), None);
        let mut summary = Samples::summary(10.0, 50.0, 1.0, 9.0, "Count");
        summary.merge(&Samples::summary(0.0, 0.0, 5.0, 5.0, "Count"));
        assert_eq!(summary.statistic(Statistic::Average), Some(5.0));
        assert_eq!(summary.statistic(Statistic::Percentile(50.0)), None);
    }

    #[test]
    fn unknown_statistics_are_refused() {
        for name in ["p101", "p-1", "median", "pNaN", ""] {
            assert_eq!(Statistic::read(name), None, "{name}");
        }
    }
}
