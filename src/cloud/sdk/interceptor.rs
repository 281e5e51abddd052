//! What is done to every request on its way out.

use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::endpoint_config::EndpointUrl;

use super::caller::Counts;
use super::endpoint::word;

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
