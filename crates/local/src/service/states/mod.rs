//! Step Functions: state machines, executions, their histories and logs, task tokens. What a machine does next is
//! decided by [`labctl_asl`]; here it is driven: tasks are carried out, time passes, events are kept.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html>

mod access;
mod answer;
mod checker;
mod create;
mod delivery;
mod driver;
mod engine;
mod errand;
mod execution;
mod fault;
mod finished;
mod history;
mod lambda_task;
mod list;
mod logger;
mod logging;
mod machine;
mod metadata;
mod metrics;
mod mock_service;
mod mock_task;
mod name;
mod nested_task;
mod paging;
mod queue_task;
mod read;
mod recorder;
mod registry;
mod resource;
mod sdk_members;
mod sdk_service;
mod sdk_task;
mod service;
mod start;
mod state;
mod stop;
mod tags;
mod task;
mod token;
mod transitions;
mod update;
mod validate;

pub(crate) use resource::is_offered;
pub(crate) use service::StatesService;

#[cfg(test)]
mod ledger;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod tests;
