//! What is in a log group.

use super::clients::Clients;
use crate::cloud::{CloudError, LogQuery};
use crate::model::LogEvent;

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
pub(super) async fn events(clients: &Clients, query: LogQuery<'_>) -> Result<Vec<LogEvent>, CloudError> {
    let LogQuery { group, filter, since_ms, until_ms } = query;
    let (mut events, mut token) = (Vec::new(), None);
    loop {
        let ask = || {
            let request = clients.logs.filter_log_events().log_group_name(group).start_time(since_ms);
            let request = request.set_end_time(until_ms).set_next_token(token.clone());
            if filter.is_empty() { request.send() } else { request.filter_pattern(filter).send() }
        };
        let page = clients.caller.call("logs:FilterLogEvents", ask).await?;
        events.extend(page.events.unwrap_or_default().into_iter().map(|event| LogEvent {
            timestamp_ms: event.timestamp.unwrap_or_default(),
            stream: event.log_stream_name.unwrap_or_default(),
            message: event.message.unwrap_or_default(),
        }));
        token = page.next_token;
        if token.is_none() {
            return Ok(events);
        }
    }
}
