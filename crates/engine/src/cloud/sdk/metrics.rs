//! What metrics of CloudWatch come to.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use aws_smithy_types::DateTime;

use super::clients::Clients;
use crate::cloud::{CloudError, MetricQuery};

/// Queries in one request.
const MOST: usize = 500;
/// CloudWatch keeps figures of an hour for 15 months, and finer ones for less.
const HOUR_SECONDS: i32 = 3_600;

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>
pub(super) async fn sums(
    clients: &Clients,
    queries: &[MetricQuery],
    since_ms: i64,
    until_ms: i64,
) -> Result<Vec<f64>, CloudError> {
    let mut sums = Vec::with_capacity(queries.len());
    for chunk in queries.chunks(MOST) {
        let asked: Vec<MetricDataQuery> = chunk.iter().enumerate().map(|(at, query)| asked(at, query)).collect();
        let mut found: BTreeMap<String, f64> = BTreeMap::new();
        let mut token = None;
        loop {
            let ask = || {
                let request = clients.dashboards.get_metric_data().set_metric_data_queries(Some(asked.clone()));
                let request = request.start_time(DateTime::from_millis(since_ms)).set_next_token(token.clone());
                request.end_time(DateTime::from_millis(until_ms)).send()
            };
            let page = clients.caller.call("cloudwatch:GetMetricData", ask).await?;
            for result in page.metric_data_results.unwrap_or_default() {
                let sum: f64 = result.values().iter().sum();
                *found.entry(result.id.unwrap_or_default()).or_default() += sum;
            }
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        sums.extend((0..chunk.len()).map(|at| found.get(&id(at)).copied().unwrap_or_default()));
    }
    Ok(sums)
}

fn id(at: usize) -> String {
    format!("q{at}")
}

fn asked(at: usize, query: &MetricQuery) -> MetricDataQuery {
    let (name, value) = &query.dimension;
    let metric = Metric::builder().namespace(query.namespace).metric_name(query.metric);
    let metric = metric.dimensions(Dimension::builder().name(*name).value(value).build()).build();
    let statistic = if query.counts_samples { "SampleCount" } else { "Sum" };
    let stat = MetricStat::builder().metric(metric).period(HOUR_SECONDS).stat(statistic).build();
    MetricDataQuery::builder().id(id(at)).metric_stat(stat).build()
}
