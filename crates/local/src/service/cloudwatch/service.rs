//! CloudWatch as the wire and the other services meet it.

use std::borrow::Cow;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use async_trait::async_trait;

use super::dashboard_calls::{delete_dashboards, get_dashboard, list_dashboards, put_dashboard};
use super::dashboard_store::DashboardStore;
use super::metric_calls::list_metrics;
use super::metric_data::get_metric_data;
use super::metric_store::MetricStore;
use super::put_metric_data::put_metric_data;
use super::read_calls::get_metric_statistics;
use super::series::Named;
use super::tag_calls::{list_tags_for_resource, tag_resource, untag_resource};
use crate::api;
use crate::clock::Clock;
use crate::service::members::Members;
use crate::service::{Authority, MetricSink, Service, TagSource, Tagged, names_after, not_offered};
use crate::store::{Store, StoreError};
use crate::wire::{Answer, Call, Caller, Fault};

/// CloudWatch.
pub(crate) struct CloudWatchService {
    dashboards: DashboardStore,
    metrics: MetricStore,
    authority: Arc<dyn Authority>,
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
        let dashboards = DashboardStore::load(clock.clone(), store.clone(), account, partition)?;
        Ok(Arc::new(Self { dashboards, metrics: MetricStore::load(clock, store)?, authority }))
    }

    /// Hands the figures that only memory holds to the store.
    pub(crate) fn settle(&self) {
        self.metrics.settle();
    }

    fn permit(&self, call: &Call) -> Result<(), Fault> {
        if call.caller == Caller::Root {
            return Ok(());
        }
        let members = Members::of(call);
        let name = members.text("DashboardName").or_else(|| members.texts("DashboardNames").first().copied());
        let resource = name.map_or_else(|| "*".to_owned(), |name| self.dashboards.arn(name));
        self.authority
            .authorize(&call.caller, &api::action(call), &resource)
            .map_err(|message| Fault::client("AccessDenied", message).status(403))
    }
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
            let mut sorted = Cow::Borrowed(dimensions);
            if !dimensions.is_sorted() {
                sorted.to_mut().sort_unstable();
            }
            let series = Named { region, namespace, name: metric, dimensions: &sorted };
            self.metrics.add(&series, at_ms, value, unit);
        }
    }
}

impl TagSource for CloudWatchService {
    fn regions(&self) -> Vec<String> {
        self.metrics.series(|series| Some(series.region.clone()))
    }

    fn resource_types(&self) -> Vec<&'static str> {
        vec!["cloudwatch:dashboard"]
    }

    /// Dashboards are global, so they are listed where global resources are.
    fn tagged(&self, region: &str, after: &str, each: &mut dyn FnMut(Tagged) -> ControlFlow<()>) {
        if region != global_region(self.dashboards.partition) {
            return;
        }
        let Some(after) = names_after(&self.dashboards.arn(""), after) else { return };
        let dashboards = self.dashboards.lock();
        let rest = dashboards.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let mut shown = rest.filter(|(_, dashboard)| !dashboard.tags.is_empty()).map(|(name, dashboard)| Tagged {
            arn: self.dashboards.arn(name),
            resource_type: "cloudwatch:dashboard",
            tags: dashboard.tags.clone(),
        });
        let _ = shown.try_for_each(each);
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
        api::hold(&call)?;
        let (dashboards, metrics) = (&self.dashboards, &self.metrics);
        let (members, region) = (Members::of(&call), call.region.as_str());
        let output = match call.operation.as_str() {
            "PutDashboard" => put_dashboard(dashboards, members)?,
            "GetDashboard" => get_dashboard(dashboards, members)?,
            "ListDashboards" => list_dashboards(dashboards, members)?,
            "DeleteDashboards" => delete_dashboards(dashboards, members)?,
            "PutMetricData" => put_metric_data(metrics, region, members)?,
            "GetMetricData" => get_metric_data(metrics, region, members)?,
            "GetMetricStatistics" => get_metric_statistics(metrics, region, members)?,
            "ListMetrics" => list_metrics(metrics, region, members)?,
            "TagResource" => tag_resource(dashboards, members)?,
            "UntagResource" => untag_resource(dashboards, members)?,
            "ListTagsForResource" => list_tags_for_resource(dashboards, members)?,
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}
