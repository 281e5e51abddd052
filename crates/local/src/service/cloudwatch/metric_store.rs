//! The figures that the service keeps: all of them in the store, those of the last minutes in memory, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::samples::Samples;
use super::series::{MINUTE_MS, Series};
use crate::clock::Clock;
use crate::store::{Store, StoreError};

/// One datum of a request: what it is of, when, and its samples.
pub(super) type Datum = (Series, i64, Samples);

/// A metric's samples by the minute (milliseconds since 1970).
type Minutes = BTreeMap<i64, Samples>;

/// What memory has of a metric. There are some thirty metrics a user, and mostly a minute or two of each: a list has no room to spare.
struct Held {
    series: Arc<Series>,
    /// Minutes that may still grow, or that the store may not have yet, in order.
    minutes: Vec<(i64, Samples)>,
    /// The last minute that the store alone has.
    left: Option<i64>,
}

impl Held {
    fn new(series: Arc<Series>) -> Self {
        Self { series, minutes: Vec::new(), left: None }
    }

    /// A minute's samples, if memory has them.
    fn minute(&self, minute: i64) -> Option<&Samples> {
        let at = self.minutes.binary_search_by_key(&minute, |(at, _)| *at).ok()?;
        self.minutes.get(at).map(|(_, samples)| samples)
    }

    /// A minute's samples; what `kept` has, or none yet, where memory had none.
    fn minute_or(
        &mut self,
        minute: i64,
        kept: impl FnOnce() -> Result<Option<Samples>, StoreError>,
    ) -> Result<Option<&mut Samples>, StoreError> {
        let at = match self.minutes.binary_search_by_key(&minute, |(at, _)| *at) {
            Ok(at) => at,
            Err(at) => {
                let samples = kept()?.unwrap_or_default();
                self.minutes.reserve_exact(1);
                self.minutes.insert(at, (minute, samples));
                at
            }
        };
        Ok(self.minutes.get_mut(at).map(|(_, samples)| samples))
    }
}

const METRICS: &str = "metric";
/// What was put since the figures were written last, one document a request.
const PUT: &str = "metric-put";
/// How long one-minute figures are kept.
const KEPT_MS: i64 = 15 * 86_400_000;
/// How long figures may wait for the disk.
const WRITE_EVERY_MS: i64 = 1000;
/// How long figures stay in memory: most of what comes late comes within this.
const HELD_MS: i64 = 2 * MINUTE_MS;
/// Between two looks at what may leave memory.
const LEAVE_EVERY_MS: i64 = MINUTE_MS / 2;

/// The figures of metrics, in memory behind a lock and in the store.
pub(super) struct MetricStore {
    pub(super) clock: Clock,
    store: Store,
    state: Mutex<State>,
}

/// Everything behind the lock.
#[derive(Default)]
pub(super) struct State {
    metrics: BTreeMap<Arc<Series>, Held>,
    /// Minutes that are not in the store as they are.
    unsaved: BTreeSet<(Arc<Series>, i64)>,
    saved_ms: i64,
    left_ms: i64,
    /// The store's mark behind the figures that it was handed last.
    mark: u64,
    /// Requests whose data are in the store one by one.
    puts: u64,
}

impl MetricStore {
    /// What the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(clock: Clock, store: Store) -> Result<Self, StoreError> {
        let mut state = State::default();
        let oldest = clock.now_ms() - KEPT_MS;
        for key in store.keys(METRICS)? {
            let (series, minute) = read_key(&key).ok_or_else(|| store.unreadable(METRICS, &key))?;
            if minute < oldest {
                store.delete(METRICS, &key);
            } else {
                let held = state.held(&series);
                held.left = held.left.max(Some(minute));
            }
        }
        for (_, data) in store.load::<Vec<Datum>>(PUT)? {
            state.puts += 1;
            for (series, at_ms, samples) in &data {
                state.merge(series, *at_ms, samples, &store)?;
            }
        }
        let metrics = Self { clock, store, state: Mutex::new(state) };
        metrics.settle();
        Ok(metrics)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every metric that there is a figure of, in order.
    pub(super) fn series<T>(&self, each: impl FnMut(&Series) -> Option<T>) -> Vec<T> {
        self.state().metrics.keys().map(Arc::as_ref).filter_map(each).collect()
    }

    /// A metric's samples by the minute: from the first, and before the end.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn minutes(&self, series: &Series, first: i64, end: i64) -> Result<Minutes, StoreError> {
        let state = self.state();
        let Some(held) = state.metrics.get(series) else { return Ok(Minutes::new()) };
        let in_memory: Minutes = held.minutes.iter().filter(|(at, _)| (first..end).contains(at)).cloned().collect();
        let is_whole = held.left.is_none_or(|left| left < first);
        drop(state);
        if is_whole {
            return Ok(in_memory);
        }
        // What leaves memory meanwhile is in both.
        let stored = self.store.between::<Samples>(METRICS, &write_key(series, first), &write_key(series, end))?;
        let mut found = Minutes::new();
        for (key, samples) in stored {
            let (of, minute) = read_key(&key).ok_or_else(|| self.store.unreadable(METRICS, &key))?;
            if of == *series && (first..end).contains(&minute) {
                found.insert(minute, samples);
            }
        }
        found.extend(in_memory);
        Ok(found)
    }

    /// Adds what the endpoint measured itself; the figures of the last second may die with it.
    pub(super) fn add(&self, series: &Series, at_ms: i64, samples: &Samples) {
        let mut state = self.state();
        if let Err(error) = state.merge(series, at_ms, samples, &self.store) {
            self.store.note(&error);
        }
        self.store.stir();
        self.save_now_and_then(&mut state);
    }

    /// Adds the data of a request. They are queued for the store as they are: the figures of a minute that they belong to may
    /// be large, and are written now and then.
    pub(super) fn take(&self, data: &[Datum]) {
        let mut state = self.state();
        for (series, at_ms, samples) in data {
            if let Err(error) = state.merge(series, *at_ms, samples, &self.store) {
                self.store.note(&error);
            }
        }
        state.puts += 1;
        self.store.put(PUT, &format!("{:020}", state.puts), data);
        self.save_now_and_then(&mut state);
    }

    fn save_now_and_then(&self, state: &mut State) {
        let now = self.clock.now_ms();
        if now - state.saved_ms >= WRITE_EVERY_MS {
            self.save(state, now);
        }
    }

    /// Hands the figures that only memory holds to the store.
    pub(super) fn settle(&self) {
        let now = self.clock.now_ms();
        self.save(&mut self.state(), now);
    }

    fn save(&self, state: &mut State, now: i64) {
        state.saved_ms = now;
        let unsaved = std::mem::take(&mut state.unsaved);
        if now - state.left_ms >= LEAVE_EVERY_MS && self.store.has_written(state.mark) {
            state.left_ms = now;
            state.leave(now - HELD_MS, &unsaved);
        }
        if unsaved.is_empty() {
            return;
        }
        let documents = unsaved.iter().filter_map(|(series, minute)| {
            let samples = state.metrics.get(series)?.minute(*minute)?;
            Some((write_key(series.as_ref(), *minute), samples))
        });
        self.store.replace(METRICS, documents, PUT);
        state.mark = self.store.mark();
    }
}

impl State {
    /// What memory has of a metric, of which it may not have heard yet.
    fn held(&mut self, series: &Series) -> &mut Held {
        let known = self.metrics.get_key_value(series).map(|(series, _)| Arc::clone(series));
        let series = known.unwrap_or_else(|| Arc::new(series.clone()));
        self.metrics.entry(Arc::clone(&series)).or_insert_with(|| Held::new(series))
    }

    /// Adds samples to the minute they fall into, which may be one that the store alone has.
    fn merge(&mut self, series: &Series, at_ms: i64, samples: &Samples, store: &Store) -> Result<(), StoreError> {
        let minute = at_ms - at_ms.rem_euclid(MINUTE_MS);
        let held = self.held(series);
        let is_stored = held.left.is_some_and(|left| minute <= left);
        let kept = || if is_stored { store.get(METRICS, &write_key(series, minute)) } else { Ok(None) };
        if let Some(own) = held.minute_or(minute, kept)? {
            own.merge(samples);
        }
        let changed = (Arc::clone(&held.series), minute);
        self.unsaved.insert(changed);
        Ok(())
    }

    /// Forgets minutes before a time, which the store has, but for those that are to be written again and what comes after them.
    fn leave(&mut self, before: i64, unsaved: &BTreeSet<(Arc<Series>, i64)>) {
        for held in self.metrics.values_mut() {
            let stays = |(minute, _): &(i64, Samples)| {
                *minute >= before || unsaved.contains(&(Arc::clone(&held.series), *minute))
            };
            // Most metrics have no minute that is so old.
            let count = held.minutes.iter().position(stays).unwrap_or(held.minutes.len());
            let last = held.minutes.drain(..count).next_back().map(|(minute, _)| minute);
            if last.is_some() {
                held.left = held.left.max(last);
                held.minutes.shrink_to_fit();
            }
        }
    }
}

fn write_key(series: &Series, minute: i64) -> String {
    serde_json::to_string(&(series, minute)).unwrap_or_default()
}

fn read_key(key: &str) -> Option<(Series, i64)> {
    serde_json::from_str(key).ok()
}

#[cfg(test)]
mod tests {
    use super::super::samples::Statistic;
    use super::*;
    use crate::clock::TimeMode;

    fn count(metrics: &MetricStore, series: &Series, first: i64, end: i64) -> Vec<(i64, f64)> {
        let minutes = metrics.minutes(series, first, end).unwrap();
        minutes.into_iter().map(|(at, samples)| (at, samples.statistic(Statistic::Sum).unwrap())).collect()
    }

    #[tokio::test]
    async fn old_minutes_leave_memory_and_are_read_and_added_to_all_the_same() {
        let clock = Clock::new(TimeMode::Real, 0);
        let store = Store::open(None).unwrap();
        let metrics = MetricStore::load(clock.clone(), store.clone()).unwrap();
        let series = Series::new("us-east-1", "AWS/States", "ExecutionsStarted", []);
        let now = clock.now_ms();
        let first = now - now.rem_euclid(MINUTE_MS) - 20 * MINUTE_MS;
        let one = Samples::of(1.0, 1.0, "Count");
        for at in 0..=20 {
            metrics.add(&series, first + at * MINUTE_MS, &one);
        }
        let all: Vec<(i64, f64)> = (0..=20).map(|at| (first + at * MINUTE_MS, 1.0)).collect();
        let in_memory = || metrics.state().metrics[&series].minutes.len();
        metrics.settle();
        store.flush().await;
        metrics.state().left_ms = 0;
        metrics.settle();
        assert!(in_memory() <= 3, "{}", in_memory());
        assert_eq!(count(&metrics, &series, first, now + 1), all);
        assert_eq!(count(&metrics, &series, first + MINUTE_MS, first + 3 * MINUTE_MS), all[1..3]);
        // Late data are added to what the store has, and to a minute that it does not have.
        metrics.add(&series, first + 5, &one);
        metrics.add(&series, first - MINUTE_MS, &one);
        let mut more = all.clone();
        more[0].1 = 2.0;
        more.insert(0, (first - MINUTE_MS, 1.0));
        assert_eq!(count(&metrics, &series, 0, now + 1), more);
        metrics.settle();
        store.flush().await;
        // Another process finds the same.
        let again = MetricStore::load(clock, store).unwrap();
        assert_eq!(again.series(|series| Some(series.name.clone())), ["ExecutionsStarted"]);
        assert!(again.state().metrics[&series].minutes.is_empty());
        assert_eq!(count(&again, &series, 0, now + 1), more);
    }
}
