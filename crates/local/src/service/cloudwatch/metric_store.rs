//! The figures that the service keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::samples::Samples;
use super::series::{MINUTE_MS, Series};
use crate::clock::Clock;
use crate::store::{Store, StoreError};

/// One datum of a request: what it is of, when, and its samples.
pub(super) type Datum = (Series, i64, Samples);

/// A metric's samples by the minute (milliseconds since 1970).
pub(super) type Minutes = BTreeMap<i64, Samples>;

const METRICS: &str = "metric";
/// What was put since the figures were written last, one document a request.
const PUT: &str = "metric-put";
/// How long one-minute figures are kept.
const KEPT_MS: i64 = 15 * 86_400_000;
/// How long figures may wait for the disk.
const WRITE_EVERY_MS: i64 = 1000;

/// The figures of metrics, in memory behind a lock and in the store.
pub(super) struct MetricStore {
    pub(super) clock: Clock,
    store: Store,
    state: Mutex<State>,
}

/// Everything behind the lock.
#[derive(Default)]
pub(super) struct State {
    pub(super) metrics: BTreeMap<Series, Minutes>,
    /// Minutes that are not in the store as they are.
    unsaved: BTreeSet<(Series, i64)>,
    saved_ms: i64,
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
        for (key, samples) in store.load(METRICS)? {
            let (series, minute) = read_key(&key).ok_or_else(|| store.unreadable(METRICS, &key))?;
            if minute < oldest {
                store.delete(METRICS, &key);
            } else {
                state.metrics.entry(series).or_default().insert(minute, samples);
            }
        }
        for (_, data) in store.load::<Vec<Datum>>(PUT)? {
            state.puts += 1;
            for (series, at_ms, samples) in &data {
                state.merge(series, *at_ms, samples);
            }
        }
        let metrics = Self { clock, store, state: Mutex::new(state) };
        metrics.settle();
        Ok(metrics)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what the endpoint measured itself; the figures of the last second may die with it.
    pub(super) fn add(&self, series: &Series, at_ms: i64, samples: &Samples) {
        let mut state = self.state();
        state.merge(series, at_ms, samples);
        self.save_now_and_then(&mut state);
    }

    /// Adds the data of a request. They are queued for the store as they are: the figures of a minute that they belong to may
    /// be large, and are written now and then.
    pub(super) fn take(&self, data: &[Datum]) {
        let mut state = self.state();
        for (series, at_ms, samples) in data {
            state.merge(series, *at_ms, samples);
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
        if unsaved.is_empty() {
            return;
        }
        let documents = unsaved.iter().filter_map(|(series, minute)| {
            let samples = state.metrics.get(series)?.get(minute)?;
            Some((write_key(series, *minute), samples))
        });
        self.store.replace(METRICS, documents, PUT);
    }
}

impl State {
    /// Adds samples to the minute they fall into.
    fn merge(&mut self, series: &Series, at_ms: i64, samples: &Samples) {
        let minute = at_ms - at_ms.rem_euclid(MINUTE_MS);
        self.metrics.entry(series.clone()).or_default().entry(minute).or_default().merge(samples);
        self.unsaved.insert((series.clone(), minute));
    }
}

fn write_key(series: &Series, minute: i64) -> String {
    serde_json::to_string(&(series, minute)).unwrap_or_default()
}

fn read_key(key: &str) -> Option<(Series, i64)> {
    serde_json::from_str(key).ok()
}
