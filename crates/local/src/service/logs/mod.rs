//! CloudWatch Logs: groups, streams, events.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html>

mod event_calls;
mod filter;
mod group;
mod group_calls;
mod json_filter;
mod log_store;
mod policy_calls;
mod reading;
mod service;
mod stream_calls;
mod tag_calls;

pub(crate) use service::LogsService;
