//! CloudWatch: dashboards and metrics.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html>

mod body;
mod dashboard_calls;
mod dashboard_store;
mod label;
mod math;
mod metric_calls;
mod metric_data;
mod metric_store;
mod put_metric_data;
mod queries;
mod read_calls;
mod samples;
mod series;
mod service;
mod tag_calls;

pub(crate) use service::CloudWatchService;
