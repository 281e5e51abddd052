//! The service's state and its operations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;

use super::dashboard_calls::Dashboard;
use super::samples::Samples;
use super::series::{MINUTE_MS, Series};
use crate::api;
use crate::clock::Clock;
use crate::service::members::Members;
use crate::service::{Authority, MetricSink, Service, TagSource, Tagged, not_offered};
use crate::store::{Store, StoreError};
use crate::wire::{Answer, Call, Caller, Fault};

/// One datum of a request: what it is of, when, and its samples.
pub(super) type Datum = (Series, i64, Samples);

/// A metric's samples by the minute (milliseconds since 1970).
pub(super) type Minutes = BTreeMap<i64, Samples>;

pub(super) const DASHBOARDS: &str = "dashboard";
const METRICS: &str = "metric";
/// What was put since the figures were written last, one document a request.
const PUT: &str = "metric-put";
/// How long one-minute figures are kept.
const KEPT_MS: i64 = 15 * 86_400_000;
/// How long figures may wait for the disk.
const WRITE_EVERY_MS: i64 = 1000;

/// CloudWatch.
pub(crate) struct CloudWatchService {
    pub(super) clock: Clock,
    pub(super) store: Store,
    authority: Arc<dyn Authority>,
    pub(super) account: String,
    pub(super) partition: &'static str,
    state: Mutex<State>,
}

/// Everything behind the lock.
#[derive(Default)]
pub(super) struct State {
    /// Dashboards belong to the account, not to a region.
    pub(super) dashboards: BTreeMap<String, Dashboard>,
    pub(super) metrics: BTreeMap<Series, Minutes>,
    /// Minutes that are not in the store as they are.
    unsaved: BTreeSet<(Series, i64)>,
    saved_ms: i64,
    /// Requests whose data are in the store one by one.
    puts: u64,
}

impl CloudWatchService {
    /// CloudWatch with the dashboards and figures of the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(
        clock: Clock,
        store: Store,
        authority: Arc<dyn Authority>,
        account: &str,
        partition: &'static str,
    ) -> Result<Arc<Self>, StoreError> {
        let dashboards = store.load(DASHBOARDS)?.into_iter().collect();
        let mut state = State { dashboards, ..State::default() };
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
        let account = account.to_owned();
        let service = Self { clock, store, authority, account, partition, state: Mutex::new(state) };
        service.settle();
        Ok(Arc::new(service))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what the endpoint measured itself; the figures of the last second may die with it.
    fn add(&self, series: &Series, at_ms: i64, samples: &Samples) {
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
    pub(crate) fn settle(&self) {
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

    pub(super) fn dashboard_arn(&self, name: &str) -> String {
        format!("arn:{}:cloudwatch::{}:dashboard/{name}", self.partition, self.account)
    }

    fn permit(&self, call: &Call) -> Result<(), Fault> {
        if call.caller == Caller::Root {
            return Ok(());
        }
        let members = Members::of(call);
        let name = members.text("DashboardName").or_else(|| members.texts("DashboardNames").first().copied());
        let resource = name.map_or_else(|| "*".to_owned(), |name| self.dashboard_arn(name));
        self.authority
            .authorize(&call.caller, &api::action(call), &resource)
            .map_err(|message| Fault::client("AccessDenied", message).status(403))
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

impl MetricSink for CloudWatchService {
    fn record(
        &self,
        region: &str,
        namespace: &str,
        metric: &str,
        dimensions: &[(&str, &str)],
        at_ms: i64,
        value: f64,
        unit: &str,
    ) {
        if value.is_finite() {
            let series = Series::new(region, namespace, metric, dimensions.iter().copied());
            self.add(&series, at_ms, &Samples::of(value, 1.0, unit));
        }
    }
}

impl TagSource for CloudWatchService {
    fn regions(&self) -> Vec<String> {
        self.state().metrics.keys().map(|series| series.region.clone()).collect()
    }

    /// Dashboards are global, so they are listed where global resources are.
    fn tagged(&self, region: &str) -> Vec<Tagged> {
        if region != global_region(self.partition) {
            return Vec::new();
        }
        let state = self.state();
        let with_tags = state.dashboards.iter().filter(|(_, dashboard)| !dashboard.tags.is_empty());
        with_tags
            .map(|(name, dashboard)| Tagged {
                arn: self.dashboard_arn(name),
                resource_type: "cloudwatch:dashboard",
                tags: dashboard.tags.clone(),
            })
            .collect()
    }
}

fn global_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-eusc" => "eusc-de-east-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        _ => "us-east-1",
    }
}

#[async_trait]
impl Service for CloudWatchService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        self.permit(&call)?;
        let (members, region) = (Members::of(&call), call.region.as_str());
        let output = match call.operation.as_str() {
            "PutDashboard" => self.put_dashboard(members)?,
            "GetDashboard" => self.get_dashboard(members)?,
            "ListDashboards" => self.list_dashboards(members)?,
            "DeleteDashboards" => self.delete_dashboards(members)?,
            "PutMetricData" => {
                self.put_metric_data(region, members)?;
                Value::Null
            }
            "GetMetricData" => self.get_metric_data(region, members)?,
            "GetMetricStatistics" => self.get_metric_statistics(region, members)?,
            "ListMetrics" => self.list_metrics(region, members)?,
            "TagResource" => self.tag_resource(members)?,
            "UntagResource" => self.untag_resource(members)?,
            "ListTagsForResource" => self.list_tags_for_resource(members)?,
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}
