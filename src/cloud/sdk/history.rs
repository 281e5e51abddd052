//! The history of a STANDARD execution. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>

use aws_sdk_sfn::types::{HistoryEvent as Raw, StateEnteredEventDetails, StateExitedEventDetails};

use super::account::Account;
use super::execution::millis;
use crate::cloud::CloudError;
use crate::model::HistoryEvent;

impl Account {
    /// Every event, oldest first, in pages of a thousand; inputs and outputs stay behind.
    pub(super) async fn execution_history(&self, arn: &str) -> Result<Vec<HistoryEvent>, CloudError> {
        let (mut events, mut token) = (Vec::new(), None);
        loop {
            let ask = || {
                let request = self.states.get_execution_history().execution_arn(arn).max_results(1000);
                request.include_execution_data(false).set_next_token(token.clone()).send()
            };
            let page = self.caller.call("states:GetExecutionHistory", ask).await?;
            events.extend(page.events.iter().map(event));
            token = page.next_token;
            if token.is_none() {
                return Ok(events);
            }
        }
    }
}

fn event(raw: &Raw) -> HistoryEvent {
    let entered = raw.state_entered_event_details().map(StateEnteredEventDetails::name);
    let exited = raw.state_exited_event_details().map(StateExitedEventDetails::name);
    let (error, cause) = failure(raw);
    HistoryEvent {
        id: raw.id,
        previous_id: raw.previous_event_id,
        timestamp_ms: millis(&raw.timestamp),
        event_type: raw.r#type.as_str().to_owned(),
        state: entered.or(exited).map(str::to_owned),
        error: error.map(str::to_owned),
        cause: cause.map(str::to_owned),
    }
}

/// Error and cause of whichever failure the event is: tasks, functions and activities each have their own fields.
fn failure(raw: &Raw) -> (Option<&str>, Option<&str>) {
    macro_rules! first {
        ($($details:ident)*) => {
            $(if let Some(details) = raw.$details() {
                return (details.error(), details.cause());
            })*
        };
    }
    first! {
        task_failed_event_details task_start_failed_event_details task_submit_failed_event_details
        task_timed_out_event_details lambda_function_failed_event_details
        lambda_function_schedule_failed_event_details lambda_function_start_failed_event_details
        lambda_function_timed_out_event_details activity_failed_event_details
        activity_schedule_failed_event_details activity_timed_out_event_details
        execution_failed_event_details execution_aborted_event_details execution_timed_out_event_details
        map_run_failed_event_details evaluation_failed_event_details
    }
    (None, None)
}
