//! The services: requests → answers. Each is one folder behind [`Service`]; what they need of each other goes through
//! the small traits of `contract`, so that none knows another's inside.

pub(crate) mod cloudcontrolapi;
pub(crate) mod cloudwatch;
mod contract;
mod deps;
pub(crate) mod iam;
pub(crate) mod lambda;
pub(crate) mod logs;
pub(crate) mod members;
pub(crate) mod page;
pub(crate) mod sqs;
pub(crate) mod states;
pub(crate) mod sts;
pub(crate) mod tagging;
pub(crate) mod tags;

pub use contract::{
    Authority, Invoked, Invoker, LogSink, LogSource, MetricSink, QueueSink, Service, TagSource, Tagged, names_after,
    not_offered,
};
pub use deps::Deps;
pub use iam::lacks_document;
