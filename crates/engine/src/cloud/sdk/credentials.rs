//! Who calls: a given key pair, else what the AWS rules find, and on top of that perhaps a role to assume.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{Region, SdkConfig};
use aws_config::{imds, profile};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};

use super::failure::no_credentials;
use super::transport;
use crate::cloud::{CloudError, StaticCredentials};
use crate::host;
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

/// What to do once these credentials have run out, as the end of a sentence: what fits where they come from.
pub(super) async fn renewal(target: &Target) -> String {
    let keys = host::env("AWS_ACCESS_KEY_ID").is_some();
    let Some(profile) = target.profile.clone().or_else(|| host::env("AWS_PROFILE").filter(|_| !keys)) else {
        if keys {
            let token = if host::env("AWS_SESSION_TOKEN").is_some() { ", and AWS_SESSION_TOKEN" } else { "" };
            return format!("set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY{token} anew");
        }
        return renewal_of("default", &EnvConfigFiles::default()).await;
    };
    renewal_of(&profile, &EnvConfigFiles::default()).await
}

async fn renewal_of(profile: &str, files: &EnvConfigFiles) -> String {
    let option = if profile == "default" { String::new() } else { format!(" --profile {profile}") };
    let loaded = profile::load(&Fs::real(), &Env::real(), files, Some(profile.to_owned().into())).await;
    let Ok(profiles) = loaded else { return format!("give profile `{profile}` new credentials") };
    // A profile that assumes a role lives on the credentials of another.
    let mut name = profile;
    for _ in 0..8 {
        let Some(found) = profiles.get_profile(name) else { break };
        if found.get("sso_session").is_some() || found.get("sso_start_url").is_some() {
            let option = if name == profile { option } else { format!(" --profile {name}") };
            return format!("run `aws sso login{option}`");
        }
        if found.get("credential_process").is_some() {
            return format!("see to it that the `credential_process` of profile `{name}` gives new ones");
        }
        match found.get("source_profile") {
            Some(source) if source != name => name = source,
            _ => break,
        }
    }
    format!("give profile `{name}` new credentials (`aws sso login{option}`, or new keys in the credentials file)")
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

#[cfg(test)]
mod tests {
    use aws_runtime::env_config::file::EnvConfigFileKind;

    use super::*;

    #[tokio::test]
    async fn what_renews_credentials_depends_on_where_they_come_from() {
        let config = "[sso-session school]\nsso_start_url = https://example.com/start\nsso_region = eu-west-1\n\
                      [profile lab]\nsso_session = school\nsso_account_id = 123456789012\nsso_role_name = Teacher\n\
                      [profile class]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = lab\n\
                      [profile vault]\ncredential_process = vault\n\
                      [profile old]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n";
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
        for (profile, expected) in [
            ("lab", "run `aws sso login --profile lab`"),
            ("class", "run `aws sso login --profile lab`"),
            ("vault", "see to it that the `credential_process` of profile `vault` gives new ones"),
            (
                "old",
                "give profile `old` new credentials (`aws sso login --profile old`, or new keys in the credentials file)",
            ),
        ] {
            assert_eq!(renewal_of(profile, &files).await, expected);
        }
    }
}
