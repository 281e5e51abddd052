//! Where calls go, service by service.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use crate::model::Region;

/// The services labctl calls: the word in `service:Operation`, the SDK's identifier, the host name's first part.
const SERVICES: [(&str, &str, &str); 9] = [
    ("states", "SFN", "states"),
    ("lambda", "Lambda", "lambda"),
    ("iam", "IAM", "iam"),
    ("logs", "CloudWatch Logs", "logs"),
    ("cloudwatch", "CloudWatch", "monitoring"),
    ("sqs", "SQS", "sqs"),
    ("sts", "STS", "sts"),
    ("cloudformation", "CloudControl", "cloudcontrolapi"),
    ("tag", "Resource Groups Tagging API", "tagging"),
];

/// The word that stands before the colon in `service:Operation`, by the SDK's service identifier.
pub(super) fn word(service_id: &str) -> &str {
    // It is asked at AWS alone, never at a custom endpoint, and so has no place in the table.
    if service_id == "Service Quotas" {
        return "servicequotas";
    }
    SERVICES.iter().find(|(_, id, _)| *id == service_id).map_or(service_id, |(word, ..)| word)
}

/// The endpoint of each service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoints {
    custom: BTreeMap<&'static str, String>,
    region: Region,
}

impl Endpoints {
    /// Reads them from a configuration, in the order the SDK takes them.
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    pub(super) fn of_config(config: &SdkConfig, region: &Region) -> Self {
        let explicit = config.get_origin("endpoint_url").is_client_config();
        let custom = SERVICES.iter().filter_map(|(word, id, _)| {
            let own = || {
                let key = ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
                config.service_config()?.load_config(key.build().ok()?)
            };
            let own = if explicit { None } else { own() };
            own.or_else(|| config.endpoint_url().map(str::to_owned)).map(|url| (*word, url))
        });
        Self { custom: custom.collect(), region: region.clone() }
    }

    /// The URL calls of an operation (`service:Operation`) or service go to.
    pub(super) fn of(&self, operation: &str) -> String {
        // Packages are read from where Lambda says.
        let service = if operation == "download" { "lambda" } else { operation.split(':').next().unwrap_or(operation) };
        match self.custom.get(service) {
            Some(url) => url.clone(),
            None => self.aws(service),
        }
    }

    /// The endpoint for telling: Step Functions', which labs turn on.
    pub(super) fn reported(&self) -> String {
        self.of("states")
    }

    /// Which stand-in for AWS roles are made at; empty for AWS itself.
    pub(super) fn stand_in(&self) -> String {
        self.custom.get("iam").cloned().unwrap_or_default()
    }

    /// Every custom endpoint.
    pub(super) fn custom(&self) -> impl Iterator<Item = &str> {
        self.custom.values().map(String::as_str)
    }

    /// Whether every call stays on this machine.
    pub(super) fn all_loopback(&self) -> bool {
        self.custom.len() == SERVICES.len() && self.custom.values().all(|url| is_loopback(url))
    }

    /// Whether no call needs TLS.
    pub(super) fn all_plain(&self) -> bool {
        self.custom.len() == SERVICES.len() && self.custom.values().all(|url| url.starts_with("http://"))
    }

    fn aws(&self, service: &str) -> String {
        let host = SERVICES.iter().find(|(word, ..)| *word == service).map_or(&service, |(_, _, host)| host);
        let partition = self.region.partition();
        match *host {
            "iam" => format!("https://{}", partition.iam_host),
            host => format!("https://{host}.{}.{}", self.region, partition.dns_suffix),
        }
    }
}

/// The host of a URL, without port and brackets.
pub(super) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

fn is_loopback(url: &str) -> bool {
    host(url).is_some_and(|host| {
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_urls() {
        for (url, expected) in [
            ("http://127.0.0.1:4566", Some("127.0.0.1")),
            ("https://localhost:9297/x", Some("localhost")),
            ("http://[::1]:80/", Some("::1")),
            ("https://me@host.example", Some("host.example")),
            ("127.0.0.1:4566", None),
            ("http://", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for url in ["http://127.0.0.1:1", "http://127.9.9.9", "https://localhost:1", "http://[::1]:1"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["http://10.0.0.1", "https://localhost.example.com", "https://states.eu-west-1.amazonaws.com"] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn without_a_custom_endpoint_calls_go_to_aws() {
        let endpoints = |region| Endpoints { custom: BTreeMap::new(), region: Region::new(region).unwrap() };
        assert_eq!(endpoints("eu-west-1").reported(), "https://states.eu-west-1.amazonaws.com");
        assert_eq!(
            endpoints("cn-north-1").of("cloudwatch:PutDashboard"),
            "https://monitoring.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(endpoints("eu-west-1").of("iam:CreateRole"), "https://iam.amazonaws.com");
        assert_eq!(endpoints("eusc-de-east-1").reported(), "https://states.eusc-de-east-1.amazonaws.eu");
        assert_eq!(endpoints("us-gov-east-1").of("iam:CreateRole"), "https://iam.us-gov.amazonaws.com");
        assert!(!endpoints("eu-west-1").all_loopback());
    }
}
