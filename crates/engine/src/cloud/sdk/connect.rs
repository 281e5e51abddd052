//! From a target to clients: one configuration, nine services.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
#[cfg(test)]
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::answer::OnlyAnswers;
use super::caller::Caller;
use super::clients::Clients;
use super::endpoint::{self, Endpoints};
use super::failure::refused;
use super::interceptor::{CallCount, ClockReading, HostPrefix};
use super::{credentials, transport};
use crate::cloud::call::{QueueOptions, Quotas};
use crate::cloud::{CallOrder, Cloud, CloudError, ConnectOptions, ErrorClass, StaticCredentials};
use crate::host;
use crate::model::Target;

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_millis(3100);

/// Opens a connection (see [`crate::cloud::connect()`]).
pub(in crate::cloud) async fn connect(target: &Target, options: ConnectOptions) -> Result<Arc<dyn Cloud>, CloudError> {
    let ConnectOptions { endpoint_url, credentials: given, quotas, published, time, interrupt, listener, buckets } =
        options;
    let endpoint_url = endpoint_url.or_else(|| target.endpoint_url.clone());
    let renewal = if given.is_some() { String::new() } else { credentials::renewal(target).await };
    if let Some(url) = &endpoint_url {
        usable(url)?;
    }
    let config = match (endpoint_url, given) {
        (Some(url), Some(given)) => reported(target, url, given)?,
        (endpoint_url, given) => found(target, endpoint_url, given).await?,
    };
    let endpoints = Arc::new(Endpoints::of_config(&config, &target.region));
    let is_loopback = endpoints.all_loopback();
    let published = published.unwrap_or(!is_loopback);
    let quotas = Quotas { region: target.region.to_string(), published, given: quotas, live: BTreeMap::new() };
    let time = time.unwrap_or_else(host::real_time);
    let places = Arc::clone(&endpoints);
    let endpoint_of = Box::new(move |operation: &str| places.of(operation));
    let queue = QueueOptions { quotas, buckets, time, is_loopback, endpoint_of, renewal, listener };
    let caller = Caller::new(queue, endpoints, CallOrder::looking(interrupt));
    Ok(Arc::new(account(&config, caller, target)))
}

/// Endpoint and credentials are both told: neither environment nor files of the AWS tools have a say, however broken they are.
fn reported(target: &Target, url: String, given: StaticCredentials) -> Result<SdkConfig, CloudError> {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(target.region.to_string()))
        .credentials_provider(credentials::fixed(given))
        .retry_config(retries())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .endpoint_url(url)
        .build();
    let endpoints = Endpoints::of_config(&config, &target.region);
    let config = config.into_builder().app_name(app_name()?);
    if endpoints.all_loopback() && endpoints.all_plain() {
        return Ok(on_this_machine(config.build(), &endpoints));
    }
    Ok(config.http_client(transport::tls(target.ca_bundle.as_ref())?).build())
}

/// What is not told is found by the AWS rules.
async fn found(
    target: &Target,
    endpoint_url: Option<String>,
    given: Option<StaticCredentials>,
) -> Result<SdkConfig, CloudError> {
    let http = transport::tls(target.ca_bundle.as_ref())?;
    let role = target.role_arn.as_deref().filter(|_| given.is_none());
    let provider = match given {
        Some(given) => credentials::fixed(given),
        None => credentials::by_the_rules(target, &http).await,
    };
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new(target.region.to_string()))
        .credentials_provider(provider.clone())
        .http_client(http)
        .retry_config(retries())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .app_name(app_name()?);
    if let Some(profile) = &target.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    let endpoints = Endpoints::of_config(&config, &target.region);
    for url in endpoints.custom() {
        usable(url)?;
    }
    let config = if endpoints.all_loopback() { on_this_machine(config, &endpoints) } else { config };
    let direct = Target { role_arn: None, ..target.clone() };
    credentials::proven(&provider, &direct).await?;
    let Some(role) = role else { return Ok(config) };
    let assumed = credentials::assumed(target, role, &config, provider).await;
    credentials::proven(&assumed, target).await?;
    Ok(config.into_builder().credentials_provider(assumed).build())
}

fn app_name() -> Result<AppName, CloudError> {
    AppName::new("labctl").map_err(|error| refused("connect", ErrorClass::Other, error.to_string()))
}

/// For plain HTTP there are no authorities to load, and no proxy is in between.
fn on_this_machine(config: SdkConfig, endpoints: &Endpoints) -> SdkConfig {
    if endpoints.all_plain() { config.into_builder().http_client(transport::plain()).build() } else { config }
}

/// For who fetches credentials. The clients themselves retry nothing: `Caller` does, since each attempt draws from a bucket.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4)
}

/// The clients on a finished configuration.
fn account(config: &SdkConfig, caller: Caller, target: &Target) -> Clients {
    macro_rules! client {
        ($service:ident) => {
            $service::Client::from_conf(
                $service::config::Builder::from(config)
                    .retry_config(RetryConfig::disabled())
                    .interceptor(HostPrefix)
                    .interceptor(CallCount(Arc::clone(&caller.counts)))
                    .interceptor(ClockReading(Arc::clone(&caller.clock)))
                    .interceptor(OnlyAnswers)
                    .build(),
            )
        };
    }
    Clients {
        region: target.region.clone(),
        ca_bundle: target.ca_bundle.clone(),
        identity: Arc::default(),
        iam: client!(aws_sdk_iam),
        lambda: client!(aws_sdk_lambda),
        states: client!(aws_sdk_sfn),
        logs: client!(aws_sdk_cloudwatchlogs),
        dashboards: client!(aws_sdk_cloudwatch),
        queues: client!(aws_sdk_sqs),
        resources: client!(aws_sdk_cloudcontrol),
        sts: client!(aws_sdk_sts),
        tagging: client!(aws_sdk_resourcegroupstagging),
        quotas: client!(aws_sdk_servicequotas),
        caller,
        last_observation: Arc::default(),
        imposed: Arc::default(),
        settling: Arc::default(),
    }
}

fn usable(url: &str) -> Result<(), CloudError> {
    let shaped = url.starts_with("http://") || url.starts_with("https://");
    if shaped && endpoint::host(url).is_some() && !url.contains(char::is_whitespace) {
        return Ok(());
    }
    let message = format!("`{url}` is not an endpoint URL; it looks like `https://host:port`");
    Err(refused("connect", ErrorClass::Invalid, message))
}

/// An account whose calls are answered by `http`, for replay tests.
#[cfg(test)]
pub(super) fn replayed(http: SharedHttpClient, endpoint_url: Option<&str>) -> Clients {
    use crate::model::{Region as RegionName, TargetKind};

    let region = RegionName::new("eu-west-1").unwrap();
    let target = Target::new(TargetKind::Aws, region.clone());
    let given = StaticCredentials {
        access_key_id: "AKIAEXAMPLE".into(),
        secret_access_key: "secret".into(),
        session_token: None,
    };
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials::fixed(given))
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(1));
    if let Some(url) = endpoint_url {
        config = config.endpoint_url(url);
    }
    let config = config.build();
    let endpoints = Arc::new(Endpoints::of_config(&config, &region));
    let places = Arc::clone(&endpoints);
    let queue = QueueOptions {
        quotas: Quotas { region: "eu-west-1".into(), ..Quotas::default() },
        buckets: crate::cloud::call::Buckets::default(),
        time: host::real_time(),
        is_loopback: endpoints.all_loopback(),
        endpoint_of: Box::new(move |operation: &str| places.of(operation)),
        renewal: "RENEW".to_owned(),
        listener: None,
    };
    account(&config, Caller::new(queue, endpoints, CallOrder::default()), &target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Region as RegionName, TargetKind};

    fn target() -> Target {
        Target::new(TargetKind::Local, RegionName::new("eu-west-1").unwrap())
    }

    fn options(url: &str) -> ConnectOptions {
        let credentials = StaticCredentials {
            access_key_id: "AKIAEXAMPLE".into(),
            secret_access_key: "secret".into(),
            session_token: None,
        };
        ConnectOptions {
            endpoint_url: Some(url.to_owned()),
            credentials: Some(credentials),
            ..ConnectOptions::default()
        }
    }

    #[tokio::test]
    async fn an_endpoint_that_nobody_answers_at_is_named() {
        // A port that was free a moment ago and that nobody listens on.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let cloud = connect(&target(), options(&url)).await.unwrap();
        assert_eq!(cloud.endpoint(), url);
        let error = cloud.identity().await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Unreachable);
        assert!(error.message.starts_with(&format!("cannot reach `{url}`: ")), "{error}");
        assert_eq!(cloud.calls(), BTreeMap::from([("sts:GetCallerIdentity".to_owned(), 4)]));
    }

    #[tokio::test]
    async fn an_endpoint_that_is_no_url_is_refused() {
        for url in ["127.0.0.1:80", "ftp://127.0.0.1", "http://", "http://a b"] {
            let error = connect(&target(), options(url)).await.map(|_| ()).unwrap_err();
            assert_eq!(error.class, ErrorClass::Invalid);
            assert!(error.message.contains(&format!("`{url}` is not an endpoint URL")), "{error}");
        }
    }
}
