//! What is done to every request on its way out, and what is read of every answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_types::endpoint_config::EndpointUrl;

use super::endpoint::word;
use crate::host;

/// Takes the `sync-` off the host name of StartSyncExecution where the endpoint is a custom one: `sync-127.0.0.1` is no host.
/// It must run after serialization, since the operation's own interceptor puts the prefix there before it.
#[derive(Debug)]
pub(super) struct HostPrefix;

impl Intercept for HostPrefix {
    fn name(&self) -> &'static str {
        "HostPrefix"
    }

    fn read_after_serialization(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &aws_smithy_runtime_api::client::runtime_components::RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if bag.load::<EndpointUrl>().is_some() {
            bag.interceptor_state().unset::<EndpointPrefix>();
        }
        Ok(())
    }
}

/// Counts every attempt, retries among them.
#[derive(Debug)]
pub(super) struct CallCount(pub(super) Arc<Counts>);

impl Intercept for CallCount {
    fn name(&self) -> &'static str {
        "CallCount"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &aws_smithy_runtime_api::client::runtime_components::RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(operation) = bag.load::<Metadata>() {
            self.0.add(format!("{}:{}", word(operation.service()), operation.name()));
        }
        Ok(())
    }
}

/// How far an endpoint's clock is ahead of this machine's.
#[derive(Debug, Default)]
pub(super) struct EndpointClock(AtomicI64);

impl EndpointClock {
    pub(super) fn ahead_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The header in which the embedded endpoint tells its own time, which may have jumped, in milliseconds since 1970.
const OWN_TIME: &str = "x-local-time";

/// `Date` has whole seconds: what is nearer than that is no difference.
const SECOND_MS: i64 = 1_500;

/// Reads the endpoint's clock off its answers.
#[derive(Debug)]
pub(super) struct ClockReading(pub(super) Arc<EndpointClock>);

impl Intercept for ClockReading {
    fn name(&self) -> &'static str {
        "ClockReading"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &aws_smithy_runtime_api::client::runtime_components::RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.response().headers();
        let own = headers.get(OWN_TIME).and_then(|text| text.parse::<i64>().ok());
        let date = || DateTime::from_str(headers.get("date")?, Format::HttpDate).ok()?.to_millis().ok();
        let ahead = match own {
            Some(ms) => Some(ms - host::now_ms()),
            None => date().map(|ms| ms - host::now_ms()).map(|ahead| if ahead.abs() < SECOND_MS { 0 } else { ahead }),
        };
        if let Some(ahead) = ahead {
            self.0.0.store(ahead, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Attempts by `service:Operation`.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<BTreeMap<String, u64>>);

impl Counts {
    pub(super) fn add(&self, operation: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
    }

    pub(super) fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
