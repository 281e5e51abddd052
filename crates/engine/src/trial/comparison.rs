//! Two saved runs beside each other, and whether they differ by more than chance.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::latency::{Bucket, Durations, Latency, StateLatency};
use super::record::each_record;

/// Measurements on each side below which nothing is judged.
const FEWEST: u64 = 8;

/// A standard score beyond which chance alone would lie in one of a hundred comparisons.
const SCORE: f64 = 2.576;

/// Of all pairs of one measurement from each run, the share in which the later run must be the slower one: 56 % is what Vargha and
/// Delaney call a small effect. Of many thousand executions the smallest shift is beyond chance, and worth nobody's time.
const SHARE: f64 = 0.56;

/// The rule, for whoever reads the words.
pub const RULE: &str = "beyond noise: Mann-Whitney rank test on the durations, two-proportion test on the outcomes, each at |z| >= 2.58 \
     (1 % by chance); for durations also at least 56 % of pairs slower (or faster)";

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing beyond noise.
    #[default]
    Same,
    /// The later run took longer.
    Slower,
    /// The later run took less time.
    Faster,
    /// The later run has a larger share of the outcome.
    More,
    /// The later run has a smaller share of the outcome.
    Fewer,
    /// Too few measurements.
    TooFew,
}

/// Durations of the same thing in both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DurationChange {
    /// In the earlier run.
    pub before: StateLatency,
    /// In the later run.
    pub after: StateLatency,
    /// The later run's median over the earlier one's; none when that is 0.
    pub p50_ratio: Option<f64>,
    /// The share of pairs, one from each run, in which the later run's took longer; a tie counts half.
    pub slower_share: f64,
    /// The rank test's standard score; positive where the later run is slower.
    pub z: f64,
    /// In a word.
    pub verdict: Verdict,
}

/// Executions with one outcome in both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeChange {
    /// In the earlier run.
    pub before: u64,
    /// In the later run.
    pub after: u64,
    /// The standard score of the difference of the shares; positive where the later run has the larger one.
    pub z: f64,
    /// In a word.
    pub verdict: Verdict,
}

/// A saved run, as its records tell.
#[derive(Clone, Debug, Default)]
pub struct SavedFigures {
    /// Executions started.
    pub started: u64,
    /// Executions over.
    pub finished: u64,
    /// Users.
    pub users: usize,
    outcomes: BTreeMap<String, u64>,
    durations: Durations,
    states: BTreeMap<String, Durations>,
}

impl SavedFigures {
    /// Reads a run's records one after the other.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut figures = Self::default();
        let mut users = std::collections::BTreeSet::new();
        each_record(path, |record| {
            figures.started += 1;
            if let Some(ms) = record.ms() {
                figures.finished += 1;
                figures.durations.record(ms);
                *figures.outcomes.entry(record.outcome).or_default() += 1;
            }
            let states_ms = if record.read_for_cause { BTreeMap::new() } else { record.states_ms };
            for (state, stays) in states_ms {
                let durations = figures.states.entry(state).or_default();
                for ms in stays {
                    durations.record(ms);
                }
            }
            users.insert(record.user);
        })?;
        figures.users = users.len();
        Ok(figures)
    }

    /// How long whole executions took, in so many bars at most.
    pub fn histogram(&self, bars: u64) -> Vec<Bucket> {
        self.durations.buckets(bars)
    }

    /// Percentiles of whole executions; none when nothing finished.
    pub fn latency_ms(&self) -> Option<Latency> {
        self.durations.latency()
    }
}

/// Two runs beside each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Whole executions.
    pub executions: DurationChange,
    /// By state, those that both runs were in.
    pub states: BTreeMap<String, DurationChange>,
    /// By outcome.
    pub outcomes: BTreeMap<String, OutcomeChange>,
}

impl Comparison {
    /// Compares a later run with an earlier one.
    pub fn of(before: &SavedFigures, after: &SavedFigures) -> Self {
        let states = before.states.iter().filter_map(|(state, durations)| {
            Some((state.clone(), DurationChange::of(durations, after.states.get(state)?)))
        });
        let count = |figures: &SavedFigures, outcome: &str| figures.outcomes.get(outcome).copied().unwrap_or(0);
        let outcomes = before.outcomes.keys().chain(after.outcomes.keys()).map(|outcome| {
            let (earlier, later) = (count(before, outcome), count(after, outcome));
            (outcome.clone(), OutcomeChange::of((earlier, before.finished), (later, after.finished)))
        });
        Self {
            executions: DurationChange::of(&before.durations, &after.durations),
            states: states.collect(),
            outcomes: outcomes.collect(),
        }
    }
}

impl DurationChange {
    fn of(before: &Durations, after: &Durations) -> Self {
        let (earlier, later) = (before.state(), after.state());
        let (slower_share, z) = ranks(before, after);
        let verdict = if earlier.count < FEWEST || later.count < FEWEST {
            Verdict::TooFew
        } else if z >= SCORE && slower_share >= SHARE {
            Verdict::Slower
        } else if z <= -SCORE && slower_share <= 1.0 - SHARE {
            Verdict::Faster
        } else {
            Verdict::Same
        };
        let p50_ratio = (earlier.p50 > 0).then(|| round(float(later.p50) / float(earlier.p50)));
        Self { before: earlier, after: later, p50_ratio, slower_share: round(slower_share), z: round(z), verdict }
    }
}

impl OutcomeChange {
    /// Counts and what they are of.
    fn of((before, all_before): (u64, u64), (after, all_after): (u64, u64)) -> Self {
        let (of_before, of_after) = (float(all_before), float(all_after));
        let both = (float(before) + float(after)) / (of_before + of_after).max(1.0);
        let error = (both * (1.0 - both) * (1.0 / of_before.max(1.0) + 1.0 / of_after.max(1.0))).sqrt();
        let gap = float(after) / of_after.max(1.0) - float(before) / of_before.max(1.0);
        let z = if error > 0.0 { gap / error } else { 0.0 };
        let verdict = if all_before < FEWEST || all_after < FEWEST {
            Verdict::TooFew
        } else if z >= SCORE {
            Verdict::More
        } else if z <= -SCORE {
            Verdict::Fewer
        } else {
            Verdict::Same
        };
        Self { before, after, z: round(z), verdict }
    }
}

/// The share of pairs in which the later one is longer, and its standard score with ties taken into account
/// (Mann and Whitney, <https://doi.org/10.1214/aoms/1177730491>).
fn ranks(before: &Durations, after: &Durations) -> (f64, f64) {
    let mut counts: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for (ms, count) in before.values() {
        counts.entry(ms).or_default().0 += count;
    }
    for (ms, count) in after.values() {
        counts.entry(ms).or_default().1 += count;
    }
    let (mut below, mut wins, mut ties, mut later) = (0.0, 0.0, 0.0, 0.0);
    for (one, other) in counts.into_values().map(|(one, other)| (float(one), float(other))) {
        wins += other * (below + one / 2.0);
        below += one;
        later += other;
        let same = one + other;
        ties += same * same * same - same;
    }
    let (pairs, all) = (below * later, below + later);
    if pairs == 0.0 {
        return (0.5, 0.0);
    }
    let variance = pairs / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)).max(1.0));
    let z = if variance > 0.0 { (wins - pairs / 2.0) / variance.sqrt() } else { 0.0 };
    (wins / pairs, z)
}

fn float(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts and milliseconds stay far below 2^52")]
    let float = count as f64;
    float
}

/// To thousandths: more is not known.
fn round(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::record::{Record, RecordFile};
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Durations {
        let mut durations = Durations::default();
        values.into_iter().for_each(|ms| durations.record(ms));
        durations
    }

    #[test]
    fn a_shift_is_reported_from_noise() {
        let verdict = |before: &Durations, after: &Durations| DurationChange::of(before, after).verdict;
        let usual = of((0..200).map(|number| 100 + number % 40));
        assert_eq!(verdict(&usual, &of((0..200).map(|number| 100 + (number * 7) % 40))), Verdict::Same);
        assert_eq!(verdict(&usual, &of((0..200).map(|number| 110 + number % 40))), Verdict::Slower);
        assert_eq!(verdict(&usual, &of((0..200).map(|number| 90 + number % 40))), Verdict::Faster);
        assert_eq!(verdict(&usual, &of([500, 500])), Verdict::TooFew);
        // Beyond chance in 40,000 executions, and still nothing to speak of.
        let many = |shift: u64| of((0..40_000).map(move |number| 1000 + shift + number % 400));
        let change = DurationChange::of(&many(0), &many(10));
        assert!(change.z > SCORE, "{change:?}");
        assert_eq!(change.verdict, Verdict::Same);
    }

    #[test]
    fn ranks_agree_with_a_worked_example() {
        // Of twelve pairs the later one is longer in nine, and one is a tie.
        let (share, z) = ranks(&of([1, 3, 5]), &of([2, 5, 7, 9]));
        assert!((share - 9.5 / 12.0).abs() < 1e-9, "{share}");
        let variance: f64 = 12.0 / 12.0 * (8.0 - 6.0 / 42.0);
        assert!((z - 3.5 / variance.sqrt()).abs() < 1e-9, "{z}");
    }

    #[test]
    fn shares_of_outcomes_are_compared() {
        let verdict = |before, after| OutcomeChange::of(before, after).verdict;
        assert_eq!(verdict((80, 100), (78, 100)), Verdict::Same);
        assert_eq!(verdict((80, 100), (50, 100)), Verdict::Fewer);
        assert_eq!(verdict((0, 100), (20, 100)), Verdict::More);
        assert_eq!(verdict((100, 100), (100, 100)), Verdict::Same);
        assert_eq!(verdict((3, 3), (0, 3)), Verdict::TooFew);
    }

    #[test]
    fn a_saved_run_compared_with_itself_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        let records = RecordFile::create(&path).unwrap();
        for number in 0..20 {
            records.add(&Record {
                user: format!("user{}", number % 2),
                outcome: "COMPLETED".into(),
                started_ms: 0,
                stopped_ms: (number < 19).then_some(number),
                states_ms: BTreeMap::from([("Work".into(), vec![1, 2])]),
                ..Record::default()
            });
        }
        let figures = SavedFigures::read(&path).unwrap();
        assert_eq!((figures.started, figures.finished, figures.users), (20, 19, 2));
        let comparison = Comparison::of(&figures, &figures);
        assert_eq!(comparison.executions.verdict, Verdict::Same);
        assert_eq!((comparison.states["Work"].before.count, comparison.outcomes["COMPLETED"].after), (40, 19));
    }

    proptest! {
        #[test]
        fn the_other_way_round_is_the_opposite(
            one in proptest::collection::vec(0_u64..50, 1..60),
            other in proptest::collection::vec(0_u64..50, 1..60),
        ) {
            let (one, other) = (of(one), of(other));
            let ((share, z), (back_share, back_z)) = (ranks(&one, &other), ranks(&other, &one));
            prop_assert!((share + back_share - 1.0).abs() < 1e-9 && (z + back_z).abs() < 1e-9);
        }
    }
}
