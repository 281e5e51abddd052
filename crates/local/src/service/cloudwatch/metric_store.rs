//! The figures that the service keeps: all of them in the store, those of the last minutes in memory, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;
use tokio::time::Instant;

use super::samples::Samples;
use super::series::{MINUTE_MS, Named, Series};
use crate::clock::Clock;
use crate::store::{Store, StoreError};

/// One datum of a request: what it is of, when, and its samples.
pub(super) type Datum = (Series, i64, Samples);

/// A metric's samples by the minute (milliseconds since 1970).
type Minutes = BTreeMap<i64, Samples>;

/// What memory has of a metric. There are some thirty metrics a user, and mostly a minute or two of each: a list has no room to spare.
#[derive(Default)]
struct Held {
    /// Minutes that may still grow, or that the store may not have yet, in order.
    minutes: Vec<(i64, Samples)>,
    /// The last minute that the store alone has.
    left: Option<i64>,
    /// When a figure came last, since the endpoint began.
    touched: Duration,
}

impl Held {
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
/// How long figures may wait for the disk. This and what follows is the machine's time: the endpoint's may jump by minutes.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// How long figures stay in memory after the last of their metric: in a class whose users have their turns, most get no more.
const HELD: Duration = Duration::from_secs(15);
/// Between two looks at what may leave memory.
const LEAVE_EVERY: Duration = Duration::from_secs(5);

/// The figures of metrics, in memory behind a lock and in the store.
pub(super) struct MetricStore {
    pub(super) clock: Clock,
    store: Store,
    begun: Instant,
    state: Mutex<State>,
}

/// Everything behind the lock.
#[derive(Default)]
pub(super) struct State {
    /// None is ever removed, so a place among them names a metric.
    metrics: IndexMap<Series, Held>,
    /// Places of metrics, and their minutes that are not in the store as they are.
    unsaved: BTreeSet<(usize, i64)>,
    saved: Duration,
    left: Duration,
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
                let held = state.metrics.entry(series).or_default();
                held.left = held.left.max(Some(minute));
            }
        }
        for (_, data) in store.load::<Vec<Datum>>(PUT)? {
            state.puts += 1;
            for (series, at_ms, samples) in &data {
                let place = state.place(series);
                state.change(place, (*at_ms, Duration::ZERO), &store, |own| own.merge(samples))?;
            }
        }
        let metrics = Self { clock, store, begun: Instant::now(), state: Mutex::new(state) };
        metrics.settle();
        Ok(metrics)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every metric that there is a figure of, as they came.
    pub(super) fn series<T>(&self, each: impl FnMut(&Series) -> Option<T>) -> Vec<T> {
        self.state().metrics.keys().filter_map(each).collect()
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

    /// Adds a value that the endpoint measured itself; the figures of the last second may die with it.
    pub(super) fn add(&self, series: &Named<'_>, at_ms: i64, value: f64, unit: &str) {
        let mut state = self.state();
        let place = match state.metrics.get_index_of(series) {
            Some(place) => place,
            None => state.place(&series.to_series()),
        };
        let added = state.change(place, (at_ms, self.begun.elapsed()), &self.store, |own| own.add(value, unit));
        if let Err(error) = added {
            self.store.note(&error);
        }
        self.store.stir();
        self.save_now_and_then(&mut state);
    }

    /// Adds the data of a request. They are queued for the store as they are: the figures of a minute that they belong to may
    /// be large, and are written now and then.
    pub(super) fn take(&self, data: &[Datum]) {
        let mut state = self.state();
        let now = self.begun.elapsed();
        for (series, at_ms, samples) in data {
            let place = state.place(series);
            if let Err(error) = state.change(place, (*at_ms, now), &self.store, |own| own.merge(samples)) {
                self.store.note(&error);
            }
        }
        state.puts += 1;
        self.store.put(PUT, &format!("{:020}", state.puts), data);
        self.save_now_and_then(&mut state);
    }

    fn save_now_and_then(&self, state: &mut State) {
        let now = self.begun.elapsed();
        if now.saturating_sub(state.saved) >= WRITE_EVERY {
            self.save(state, now);
        }
    }

    /// Hands the figures that only memory holds to the store.
    pub(super) fn settle(&self) {
        self.save(&mut self.state(), self.begun.elapsed());
    }

    fn save(&self, state: &mut State, now: Duration) {
        state.saved = now;
        let unsaved = std::mem::take(&mut state.unsaved);
        if now.saturating_sub(state.left) >= LEAVE_EVERY && self.store.has_written(state.mark) {
            state.left = now;
            state.leave(now.saturating_sub(HELD), &unsaved);
        }
        if unsaved.is_empty() {
            return;
        }
        let documents = unsaved.iter().filter_map(|(place, minute)| {
            let (series, held) = state.metrics.get_index(*place)?;
            Some((write_key(series, *minute), held.minute(*minute)?))
        });
        self.store.replace(METRICS, documents, PUT);
        state.mark = self.store.mark();
    }
}

impl State {
    /// A metric's place among all, of which there may have been nothing yet.
    fn place(&mut self, series: &Series) -> usize {
        match self.metrics.get_index_of(series) {
            Some(place) => place,
            None => self.metrics.insert_full(series.clone(), Held::default()).0,
        }
    }

    /// Changes the samples of the minute that a time falls into, which may be one that the store alone has.
    fn change(
        &mut self,
        place: usize,
        (at_ms, now): (i64, Duration),
        store: &Store,
        change: impl FnOnce(&mut Samples),
    ) -> Result<(), StoreError> {
        let minute = at_ms - at_ms.rem_euclid(MINUTE_MS);
        let Some((series, held)) = self.metrics.get_index_mut(place) else { return Ok(()) };
        held.touched = now;
        let is_stored = held.left.is_some_and(|left| minute <= left);
        let kept = || if is_stored { store.get(METRICS, &write_key(series, minute)) } else { Ok(None) };
        if let Some(own) = held.minute_or(minute, kept)? {
            change(own);
        }
        self.unsaved.insert((place, minute));
        Ok(())
    }

    /// Forgets the minutes of metrics that got nothing since a time, which the store has, but for those that are to be written again and
    /// what comes after them.
    fn leave(&mut self, before: Duration, unsaved: &BTreeSet<(usize, i64)>) {
        let quiet = self.metrics.values_mut().enumerate().filter(|(_, held)| held.touched < before);
        for (place, held) in quiet {
            let stays = |(minute, _): &(i64, Samples)| unsaved.contains(&(place, *minute));
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
        let named = Named { region: "us-east-1", namespace: "AWS/States", name: "ExecutionsStarted", dimensions: &[] };
        let series = named.to_series();
        let now = clock.now_ms();
        let first = now - now.rem_euclid(MINUTE_MS) - 20 * MINUTE_MS;
        for at in 0..=20 {
            metrics.add(&named, first + at * MINUTE_MS, 1.0, "Count");
        }
        let all: Vec<(i64, f64)> = (0..=20).map(|at| (first + at * MINUTE_MS, 1.0)).collect();
        let in_memory = || metrics.state().metrics[&series].minutes.len();
        metrics.settle();
        store.flush().await;
        let place = metrics.state().place(&series);
        let later = metrics.begun.elapsed() + HELD;
        metrics.state().leave(later, &BTreeSet::from([(place, first + 19 * MINUTE_MS)]));
        assert_eq!(in_memory(), 2, "what is not written yet, and what comes after it");
        metrics.state().leave(Duration::ZERO, &BTreeSet::new());
        assert_eq!(in_memory(), 2, "what got something just now");
        metrics.state().leave(later, &BTreeSet::new());
        assert_eq!(in_memory(), 0);
        assert_eq!(count(&metrics, &series, first, now + 1), all);
        assert_eq!(count(&metrics, &series, first + MINUTE_MS, first + 3 * MINUTE_MS), all[1..3]);
        // Late data are added to what the store has, and to a minute that it does not have.
        metrics.add(&named, first + 5, 1.0, "Count");
        metrics.add(&named, first - MINUTE_MS, 1.0, "Count");
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
