//! The Cloud Control API over records: a resource of one of a few types is what was asked for, and nothing acts on it.
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_Operations.html>

mod change_calls;
mod model;
mod read_calls;
mod record;
mod record_store;
mod resource_type;
mod service;

pub(crate) use service::CloudControlService;
