//! The history of a STANDARD execution. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>

use std::sync::Arc;

use aws_sdk_sfn::types::{
    ActivityScheduledEventDetails, EvaluationFailedEventDetails, HistoryEvent as Raw, HistoryEventExecutionDataDetails,
    LambdaFunctionScheduledEventDetails, MapIterationEventDetails,
};

use super::clients::Clients;
use super::execution::millis;
use crate::asl::trace::{EventData, HistoryEvent, function_called};
use crate::cloud::CloudError;

/// Every event, oldest first, in pages of a thousand.
pub(super) async fn history(clients: &Clients, arn: &str, data: bool) -> Result<Vec<HistoryEvent>, CloudError> {
    let (mut events, mut token, mut last) = (Vec::new(), None, None);
    loop {
        let ask = || {
            let request = clients.states.get_execution_history().execution_arn(arn).max_results(1000);
            request.include_execution_data(data).set_next_token(token.clone()).send()
        };
        let page = clients.caller.call("states:GetExecutionHistory", ask).await?;
        events.extend(page.events.iter().map(|raw| event(raw, &mut last)));
        token = page.next_token;
        if token.is_none() {
            return Ok(events);
        }
    }
}

/// `last` is the data before it: what one state gives, the next one is given.
fn event(raw: &Raw, last: &mut Option<Arc<str>>) -> HistoryEvent {
    let (error, cause) = failure(raw);
    let iteration = iteration(raw);
    let event = HistoryEvent {
        id: raw.id,
        previous_id: raw.previous_event_id,
        timestamp_ms: millis(&raw.timestamp),
        event_type: raw.r#type.as_str().to_owned(),
        resource: resource(raw),
        function: function(raw),
        index: iteration.and_then(|details| u64::try_from(details.index()).ok()),
        error: error.map(str::to_owned),
        cause: cause.map(str::to_owned),
        ..HistoryEvent::default()
    };
    if let Some(details) = raw.state_entered_event_details() {
        let input = data(details.input(), details.input_details(), last);
        return HistoryEvent { name: Some(details.name().to_owned()), input, ..event };
    }
    if let Some(details) = raw.state_exited_event_details() {
        let output = data(details.output(), details.output_details(), last);
        return HistoryEvent { name: Some(details.name().to_owned()), output, ..event };
    }
    if let Some(details) = raw.execution_started_event_details() {
        return HistoryEvent { input: data(details.input(), details.input_details(), last), ..event };
    }
    if let Some(details) = raw.execution_succeeded_event_details() {
        return HistoryEvent { output: data(details.output(), details.output_details(), last), ..event };
    }
    let evaluated = raw.evaluation_failed_event_details().map(EvaluationFailedEventDetails::state);
    if let Some(details) = raw.task_scheduled_event_details() {
        let parameters = Some(details.parameters()).filter(|text| !text.is_empty());
        return HistoryEvent { input: data(parameters, None, last), ..event };
    }
    if let Some(details) = raw.task_submitted_event_details() {
        return HistoryEvent { output: data(details.output(), details.output_details(), last), ..event };
    }
    if let Some(details) = raw.task_succeeded_event_details() {
        return HistoryEvent { output: data(details.output(), details.output_details(), last), ..event };
    }
    let name = iteration.and_then(MapIterationEventDetails::name).or(evaluated);
    HistoryEvent { name: name.map(str::to_owned), ..event }
}

fn data(
    text: Option<&str>,
    details: Option<&HistoryEventExecutionDataDetails>,
    last: &mut Option<Arc<str>>,
) -> Option<EventData> {
    let truncated = details.is_some_and(HistoryEventExecutionDataDetails::truncated);
    let text = text?;
    let text = last.take().filter(|last| **last == *text).unwrap_or_else(|| text.into());
    *last = Some(Arc::clone(&text));
    Some(EventData { text, truncated })
}

fn iteration(raw: &Raw) -> Option<&MapIterationEventDetails> {
    raw.map_iteration_started_event_details()
        .or_else(|| raw.map_iteration_succeeded_event_details())
        .or_else(|| raw.map_iteration_failed_event_details())
        .or_else(|| raw.map_iteration_aborted_event_details())
}

/// What an attempt calls.
fn resource(raw: &Raw) -> Option<String> {
    if let Some(details) = raw.task_scheduled_event_details() {
        return Some(format!("{}:{}", details.resource_type(), details.resource()));
    }
    let function = raw.lambda_function_scheduled_event_details().map(LambdaFunctionScheduledEventDetails::resource);
    let activity = || raw.activity_scheduled_event_details().map(ActivityScheduledEventDetails::resource);
    function.or_else(activity).map(str::to_owned)
}

/// The function that an attempt calls.
fn function(raw: &Raw) -> Option<String> {
    if let Some(details) = raw.task_scheduled_event_details() {
        let (service, action) = (details.resource_type(), details.resource());
        return function_called(Some(service), Some(action), Some(details.parameters()));
    }
    let resource = raw.lambda_function_scheduled_event_details()?.resource();
    function_called(None, Some(resource), None)
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
