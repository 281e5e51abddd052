//! What is in a log group.

use std::collections::BTreeMap;

use super::clients::Clients;
use crate::cloud::{CloudError, LogQuery};
use crate::model::LogEvent;

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
pub(super) async fn pages(
    clients: &Clients,
    query: LogQuery<'_>,
    each: &mut (dyn FnMut(Vec<LogEvent>) + Send),
) -> Result<(), CloudError> {
    let LogQuery { group, filter, since_ms, until_ms } = query;
    let (mut alike, mut token) = (BTreeMap::new(), None);
    loop {
        let ask = || {
            let request = clients.logs.filter_log_events().log_group_name(group).start_time(since_ms);
            let request = request.set_end_time(until_ms).set_next_token(token.clone());
            if filter.is_empty() { request.send() } else { request.filter_pattern(filter).send() }
        };
        let page = clients.caller.call("logs:FilterLogEvents", ask).await?;
        let events = page.events.unwrap_or_default().into_iter().map(|event| {
            let (timestamp_ms, stream) =
                (event.timestamp.unwrap_or_default(), event.log_stream_name.unwrap_or_default());
            let message = event.message.unwrap_or_default();
            // Not every stand-in gives ids.
            let id = event.event_id.filter(|id| !id.is_empty()).unwrap_or_else(|| {
                let content = format!("{stream}/{timestamp_ms}/{message}");
                let before = alike.entry(content.clone()).or_insert(0_u32);
                *before += 1;
                format!("{content}/{before}")
            });
            LogEvent { id, timestamp_ms, stream, message }
        });
        each(events.collect());
        token = page.next_token;
        if token.is_none() {
            return Ok(());
        }
    }
}
