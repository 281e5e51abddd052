//! Simple Queue Service.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>

mod attributes;
mod batch_calls;
mod digest;
mod forms;
mod message;
mod message_calls;
mod queue;
mod queue_calls;
mod queue_store;
mod send;
mod service;
mod tag_calls;

pub(crate) use service::SqsService;
