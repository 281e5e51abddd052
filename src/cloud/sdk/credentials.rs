//! Who calls: a given key pair, else what the AWS rules find, and on top of that perhaps a role to assume.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::imds;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::failure::no_credentials;
use super::transport;
use crate::cloud::{CloudError, StaticCredentials};
use crate::model::Target;

/// A key pair given by hand.
pub(super) fn fixed(given: StaticCredentials) -> SharedCredentialsProvider {
    let StaticCredentials { access_key_id, secret_access_key, session_token } = given;
    SharedCredentialsProvider::new(Credentials::new(access_key_id, secret_access_key, session_token, None, "labctl"))
}

/// The AWS rules: environment, profile, web identity, container, instance. The instance's service is asked once and briefly, since
/// off EC2 nobody answers there. <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
pub(super) async fn by_the_rules(target: &Target, http: &SharedHttpClient) -> SharedCredentialsProvider {
    let region = Region::new(target.region.to_string());
    let config = ProviderConfig::without_region().with_region(Some(region.clone())).with_http_client(http.clone());
    // The instance's own address is never reached through a proxy.
    let instance = imds::Client::builder()
        .configure(&config.clone().with_http_client(transport::plain()))
        .connect_timeout(Duration::from_millis(300))
        .read_timeout(Duration::from_millis(500))
        .max_attempts(1)
        .build();
    let mut chain = DefaultCredentialsChain::builder().configure(config).region(region).imds_client(instance);
    if let Some(profile) = &target.profile {
        chain = chain.profile_name(profile);
    }
    SharedCredentialsProvider::new(chain.build().await)
}

/// The role the target names, assumed with the credentials of `config`.
pub(super) async fn assumed(
    target: &Target,
    role_arn: &str,
    config: &SdkConfig,
    base: SharedCredentialsProvider,
) -> SharedCredentialsProvider {
    let mut role = AssumeRoleProvider::builder(role_arn)
        .session_name("labctl")
        .region(Region::new(target.region.to_string()))
        .configure(config);
    if let Some(external_id) = &target.external_id {
        role = role.external_id(external_id);
    }
    SharedCredentialsProvider::new(role.build_from_provider(base).await)
}

/// Looks for them now, so that their absence is told before anything is done.
pub(super) async fn proven(provider: &SharedCredentialsProvider, target: &Target) -> Result<(), CloudError> {
    let source = match (&target.role_arn, &target.profile) {
        (Some(role), _) => format!(" for role `{role}`"),
        (None, Some(profile)) => format!(" for profile `{profile}`"),
        (None, None) => String::new(),
    };
    let found = provider.provide_credentials().await;
    found.map(|_| ()).map_err(|error| no_credentials("connect", &error, &source))
}
