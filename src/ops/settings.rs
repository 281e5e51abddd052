//! Settings of every use case: the manifest, where results go, and what is said above the manifest.

use std::path::PathBuf;

use super::locate;
use crate::host;
use crate::local::TimeMode;
use crate::manifest::Overrides;
use crate::model::TargetKind;

/// Settings that every use case takes.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The manifest: TOML, YAML or JSON by its extension.
    pub(crate) manifest: PathBuf,
    /// Whether nobody named it, and it was looked for.
    pub(crate) is_manifest_found: bool,
    /// Where rendered files, the journal and the local endpoint's store go.
    pub(crate) out: PathBuf,
    /// Where the lab goes, whatever the manifest says.
    pub(crate) target: Option<TargetKind>,
    /// Any endpoint that speaks AWS.
    pub(crate) endpoint_url: Option<String>,
    /// The AWS region.
    pub(crate) region: Option<String>,
    /// A profile of the AWS configuration files.
    pub(crate) profile: Option<String>,
    /// A file to which all events are appended.
    pub(crate) events: Option<PathBuf>,
    /// Whether costly and destructive work is agreed to beforehand.
    pub(crate) yes: bool,
    /// Whether nobody hears remarks, so that no warning counts as reported.
    pub(crate) quiet: bool,
    /// Whether a program reads the result: remarks are then part of it.
    pub(crate) for_program: bool,
    /// How fast time goes on the local endpoint.
    pub(crate) time: Option<TimeMode>,
    /// Throttling of the local endpoint: `none`, `aws`, or a file.
    pub(crate) quotas: Option<String>,
    /// Faults of the local endpoint: a file.
    pub(crate) faults: Option<PathBuf>,
}

impl Default for Settings {
    /// The manifest of this folder or the nearest above, and `out` beside it.
    fn default() -> Self {
        Self::located(None, None)
    }
}

impl Settings {
    /// These paths; a manifest that is not named is looked for, and results go beside the manifest.
    pub(crate) fn located(manifest: Option<PathBuf>, out: Option<PathBuf>) -> Self {
        let is_manifest_found = manifest.is_none();
        let manifest = manifest.unwrap_or_else(locate::manifest);
        Self {
            is_manifest_found,
            out: out.unwrap_or_else(|| locate::beside(&manifest)),
            manifest,
            target: None,
            endpoint_url: None,
            region: None,
            profile: None,
            events: None,
            yes: false,
            quiet: false,
            for_program: false,
            time: None,
            quotas: None,
            faults: None,
        }
    }

    /// Where the journal lies.
    pub(crate) fn journal_path(&self) -> PathBuf {
        self.out.join("journal.jsonl")
    }

    /// What is said above the manifest, here and by the environment.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            target: self.configured_target(),
            endpoint_url: self.configured_endpoint(),
            region: self.region.clone(),
            profile: self.profile.clone(),
            now_ms: Some(host::now_ms()),
        }
    }

    /// The target, else `aws` where the environment names an endpoint for a service.
    fn configured_target(&self) -> Option<TargetKind> {
        let is_named = || SERVICE_VARIABLES.iter().any(|name| host::env(name).is_some());
        self.target.or_else(|| is_named().then_some(TargetKind::Aws))
    }

    /// The endpoint, else `AWS_ENDPOINT_URL`; the environment gives way to the local target.
    fn configured_endpoint(&self) -> Option<String> {
        let from_environment = || match self.target {
            Some(TargetKind::Local) => None,
            _ => host::env("AWS_ENDPOINT_URL"),
        };
        self.endpoint_url.clone().or_else(from_environment)
    }
}

/// Variables that point one service elsewhere. Which URL goes where is the SDK's own business.
const SERVICE_VARIABLES: [&str; 8] = [
    "AWS_ENDPOINT_URL_CLOUDWATCH",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API",
    "AWS_ENDPOINT_URL_SFN",
    "AWS_ENDPOINT_URL_SQS",
    "AWS_ENDPOINT_URL_STS",
];
