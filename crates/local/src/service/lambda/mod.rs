//! Lambda: functions from zip packages, their life, and invoking them.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>

mod accepted;
mod access;
mod configuration;
mod create;
mod download;
mod function_store;
mod invocation;
mod invocations;
mod invoke;
mod name;
mod package;
mod read;
mod record;
mod seal;
mod service;
mod tags;
mod update;

pub(crate) use package::open_packages;
pub(crate) use service::LambdaService;

#[cfg(test)]
mod tests;
mod upload;
